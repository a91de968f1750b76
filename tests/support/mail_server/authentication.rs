//! `AUTH` with PLAIN, LOGIN and XOAUTH2 (RFC 4954), enough to tell right credentials from wrong.

use super::conversation::{Conversation, Step};

const USERNAME: &str = "VXNlcm5hbWU6";
const PASSWORD: &str = "UGFzc3dvcmQ6";

impl Conversation<'_> {
    /// Goes through the whole exchange before the verdict, or the fault in its place.
    pub(super) fn auth(&mut self, command: &str) -> Step {
        let Some((user, password)) = self.behaviour.credentials.clone() else {
            return self.reply("502 5.5.1 AUTH is not offered").map(drop);
        };
        let mut words = command.split(' ').skip(1);
        let mechanism = words.next().unwrap_or_default().to_ascii_uppercase();
        if !self.behaviour.mechanisms.contains(&mechanism) {
            return self.reply("504 5.5.4 unknown mechanism").map(drop);
        }
        let first = words.next().map(str::to_owned);
        let is_right = match mechanism.as_str() {
            "LOGIN" => {
                let given_user = self.response(first, USERNAME)?;
                let given_password = self.response(None, PASSWORD)?;
                given_user == base64(&user) && given_password == base64(&password)
            }
            "XOAUTH2" => {
                let right = base64(&format!("user={user}\x01auth=Bearer {password}\x01\x01"));
                let is_right = self.response(first, "")? == right;
                if !is_right {
                    // The error comes as a challenge, which the client has to answer.
                    self.response(None, &base64(r#"{"status":"401"}"#))?;
                }
                is_right
            }
            _ => self.response(first, "")? == base64(&format!("\0{user}\0{password}")),
        };
        let usual = if is_right { "235 2.7.0 welcome" } else { "535 5.7.8 wrong credentials" };
        self.authenticated = self.answer(self.behaviour.auth, usual)? == Some(235);
        Ok(())
    }

    /// The response that came with the command, or else the one to a challenge.
    fn response(&mut self, given: Option<String>, challenge: &str) -> Step<String> {
        if let Some(given) = given {
            return Ok(given);
        }
        self.reply(&format!("334 {challenge}"))?;
        self.read_command()
    }
}

fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0, |bits, byte| bits << 8 | usize::from(*byte));
        let bits = bits << (8 * (3 - chunk.len()));
        for position in 0..4 {
            let sextet = bits >> (18 - 6 * position) & 0b11_1111;
            let is_padding = position > chunk.len();
            encoded.push(if is_padding { '=' } else { char::from(ALPHABET[sextet]) });
        }
    }
    encoded
}
