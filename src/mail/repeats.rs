//! Whether a server's words repeat what it was told at the login: some quote the whole line, for whoever debugs them.

/// A run of so many letters of a secret is enough: the rest may be written in another way.
const TELLING: usize = 6;
/// As many bytes in base64.
const TELLING_IN_BASE64: usize = 8;

/// Whether `words` have a good part of `secret` in them, as it is or in base64, as a login says it (RFC 4954).
pub(super) fn repeats(words: &str, secret: &str) -> bool {
    let letters: Vec<char> = secret.chars().collect();
    let mut runs = letters.windows(TELLING.min(letters.len()).max(1)).map(String::from_iter);
    if runs.any(|run| words.contains(&run)) {
        return true;
    }
    // What stands before it, such as the user's name, moves it by so many bytes; the letters at both ends are then only
    // half its own.
    (0..3).any(|before| {
        let written = in_base64(&[&b"\0\0"[..before], secret.as_bytes()].concat());
        let whole = (before + secret.len()) / 3 * 4;
        let own = written.get([0, 2, 3][before]..whole).unwrap_or_default();
        let length = TELLING_IN_BASE64.min(own.len());
        length > 0 && (0..=own.len() - length).any(|at| words.contains(&own[at..at + length]))
    })
}

fn in_base64(bytes: &[u8]) -> String {
    let mut written = String::new();
    // Writing into memory does not fail; its lines are broken as those of a letter's body are.
    let _ = email_encoding::body::base64::encode(bytes, &mut written);
    written.replace("\r\n", "")
}
