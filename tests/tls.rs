//! The line to the server: TLS that is verified, or no letter and no login.

mod support;

// The path is spelled out so that this file does not become a test of its own.
#[path = "tls/hostile.rs"]
mod hostile;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, Mutex};

use followup::core::delivery::{Mailer, Retry};
use followup::mail::smtp::{SmtpMailer, Tls};
use support::home::passed_on;
use support::mail_server::{Behaviour, MailServer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const JANE: &str = "jane@globex.example";

/// A front that has TLS from the first byte.
fn tls_in_front_of(server: &MailServer, name: &str, certificate_file: &Path) -> u16 {
    front_of(server, name, certificate_file, &[]).0
}

/// TLS in front of the mail server, with a certificate for `name`, begun after the conversation `before`: what the
/// server says, each time it has heard a line, and first of all. Gives its port, and what it heard without TLS. Ends
/// with the test.
fn front_of(
    server: &MailServer,
    name: &str,
    certificate_file: &Path,
    before: &'static [&'static str],
) -> (u16, Arc<Mutex<String>>) {
    let certified = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(certificate_file, certified.cert.pem()).unwrap();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let settings = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(settings));
    let behind = server.port();
    let heard = Arc::new(Mutex::new(String::new()));
    let log = Arc::clone(&heard);
    let (say_port, hear_port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            say_port.send(listener.local_addr().unwrap().port()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, acceptor.clone(), before, behind, Arc::clone(&log)));
            }
        });
    });
    (hear_port.recv().unwrap(), heard)
}

async fn serve(
    mut stream: TcpStream,
    acceptor: TlsAcceptor,
    before: &'static [&'static str],
    behind: u16,
    heard: Arc<Mutex<String>>,
) -> Option<()> {
    for (at, reply) in before.iter().enumerate() {
        let mut byte = if at == 0 { b'\n' } else { b' ' };
        while byte != b'\n' {
            byte = stream.read_u8().await.ok()?;
            heard.lock().unwrap().push(char::from(byte));
        }
        stream.write_all(reply.as_bytes()).await.ok()?;
    }
    let mut outside = acceptor.accept(stream).await.ok()?;
    let mut inside = TcpStream::connect(("127.0.0.1", behind)).await.ok()?;
    // After STARTTLS a server does not greet again (RFC 3207, 4.2).
    while !before.is_empty() && inside.read_u8().await.ok()? != b'\n' {}
    tokio::io::copy_bidirectional(&mut outside, &mut inside).await.ok().map(drop)
}

/// A home that logs in at `localhost` over implicit TLS, with an approved letter.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new(port: u16) -> Self {
        Self::with(port, "")
    }

    /// With more lines in the section `[smtp]`.
    fn with(port: u16, more: &str) -> Self {
        use std::os::unix::fs::OpenOptionsExt;
        let home = Self { folder: TempDir::new().unwrap() };
        let path = home.folder.path().join("followup.toml");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
        write!(
            file,
            "[me]\nname = 'Ada Byron'\nemail = 'ada@me.example'\ntimezone = 'UTC'\n\
             [smtp]\nhost = 'localhost'\nport = {port}\nusername = 'ada'\npassword = 'hunter2'\n{more}\n\
             [sending]\nhours = '00:00-24:00'\ndays = 'all'\ngrace = '0s'\n\
             [ask]\ndigest_at = ''\n"
        )
        .unwrap();
        home.run(
            &[
                "add",
                "--company=Globex",
                "--position=Analyst",
                "--contact",
                JANE,
                "--interviewed=16 days ago",
                "--promised=13 days ago",
            ],
            None,
        );
        home.run(&["draft", "1"], None);
        assert!(home.run(&["approve", "1"], None).status.success());
        home
    }

    /// Runs the program; `trusted` is the one certificate that the system trusts.
    fn run(&self, arguments: &[&str], trusted: Option<&Path>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_followup"));
        command
            .args(arguments)
            .env_clear()
            .envs(passed_on())
            .env("FOLLOWUP_HOME", self.folder.path())
            .stdin(Stdio::null());
        if let Some(file) = trusted {
            command.env("SSL_CERT_FILE", file);
        }
        command.output().unwrap()
    }
}

fn server() -> MailServer {
    MailServer::with(Behaviour { credentials: Some(("ada".to_owned(), "hunter2".to_owned())), ..Behaviour::default() })
}

#[test]
fn a_letter_goes_over_tls_that_is_verified() {
    let (server, folder) = (server(), TempDir::new().unwrap());
    let certificate = folder.path().join("certificate.pem");
    let home = Home::new(tls_in_front_of(&server, "localhost", &certificate));
    let ran = home.run(&["tick"], Some(&certificate));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(server.acceptances_for(JANE), 1);
}

#[test]
fn a_certificate_that_nobody_vouches_for_or_of_another_name_gets_no_login_and_no_letter() {
    let folder = TempDir::new().unwrap();
    let certificate = folder.path().join("certificate.pem");
    let other = folder.path().join("other.pem");
    std::fs::write(&other, rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem()).unwrap();
    for (name, trusted) in [("localhost", &other), ("elsewhere.example", &certificate)] {
        let server = server();
        let home = Home::new(tls_in_front_of(&server, name, &certificate));
        let ran = home.run(&["tick"], Some(trusted));
        assert_eq!(ran.status.code(), Some(6), "{name}");
        let said = String::from_utf8_lossy(&ran.stderr).into_owned();
        assert!(said.contains("TLS") && !said.contains("hunter2"), "{said}");
        assert!(server.log().is_empty(), "{name}: {}", server.transcript());
    }
}

#[test]
fn a_server_that_does_not_speak_tls_gets_no_login_and_no_letter() {
    let server = server();
    let home = Home::new(server.port());
    assert_eq!(home.run(&["tick"], None).status.code(), Some(6));
    assert!(
        !server.transcript().contains("AUTH PLAIN") && !server.transcript().contains("MAIL"),
        "{}",
        server.transcript()
    );
    assert!(server.accepted().is_empty());
}

#[tokio::test]
async fn without_tls_only_this_machine_itself_is_connected_to() {
    // An address for documentation (RFC 5737): nobody is there, and nobody is asked.
    let host = "192.0.2.1".to_owned();
    let mailer = SmtpMailer {
        host,
        port: 25,
        tls: Tls::None,
        authorities: Vec::new(),
        login: None,
        hello: "me.example".to_owned(),
        progress: || {},
    };
    let refused = mailer.open().await.err().unwrap();
    assert_eq!(refused.retry, Retry::Server);
    assert!(refused.why.contains("without encryption"), "{}", refused.why);
}

const STARTTLS: &str = "tls = 'starttls'";

#[test]
fn a_letter_goes_over_a_line_that_is_encrypted_by_starttls() {
    let (server, folder) = (server(), TempDir::new().unwrap());
    let certificate = folder.path().join("certificate.pem");
    let before =
        &["220 mail.example ESMTP\r\n", "250-mail.example\r\n250-PIPELINING\r\n250 StartTLS\r\n", "220 go\r\n"];
    let (port, heard) = front_of(&server, "localhost", &certificate, before);
    let home = Home::with(port, STARTTLS);
    let ran = home.run(&["tick"], Some(&certificate));
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    assert_eq!(server.acceptances_for(JANE), 1);
    // Everything else was said behind the encryption, what is offered was asked for there too.
    for conversation in heard.lock().unwrap().split_terminator("STARTTLS\r\n") {
        assert_eq!(conversation, "EHLO me.example\r\n");
    }
    assert!(server.transcript().contains("EHLO me.example"), "{}", server.transcript());
}

const EHLO: &str = "250-mail.example\r\n250 STARTTLS\r\n";
const INJECTED: &str = "it said more than it was asked";

/// What a server, or somebody before it, says, and what is made of it.
const SPOILED: [(&[&str], &str); 8] = [
    (&["220 mail.example\r\n", "250-mail.example\r\n250 AUTH PLAIN\r\n", "250 OK\r\n"], "STARTTLS: it is not offered"),
    (&["220 mail.example\r\n", EHLO, "454 4.7.0 TLS not available\r\n"], "STARTTLS: 454 4.7.0 TLS not available"),
    (&["220 mail.example\r\n", EHLO, "220 go\r\n250-mail.example\r\n250 AUTH PLAIN\r\n"], INJECTED),
    (&["220 mail.example\r\n", "250-mail.example\r\n250 STARTTLS\r\n220 go\r\n", ""], INJECTED),
    (&["220 mail.example\r\n250 STARTTLS\r\n", EHLO, "220 go\r\n"], INJECTED),
    (&["220 mail.example\r\n", "502 5.5.1 no EHLO here\r\n", "220 go\r\n"], "EHLO: 502 5.5.1 no EHLO here"),
    (&["554 5.7.1 not you\r\n", EHLO, "220 go\r\n"], "the greeting: 554 5.7.1 not you"),
    (&["SSH-2.0-OpenSSH_9.2\r\n", EHLO, "220 go\r\n"], "the greeting: it does not speak SMTP"),
];

#[test]
fn without_a_clean_starttls_there_is_no_login_and_no_letter() {
    for (before, expected) in SPOILED {
        let (server, folder) = (server(), TempDir::new().unwrap());
        let certificate = folder.path().join("certificate.pem");
        let (port, heard) = front_of(&server, "localhost", &certificate, before);
        let home = Home::with(port, STARTTLS);
        let ran = home.run(&["tick"], Some(&certificate));
        let said = String::from_utf8_lossy(&ran.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(ran.status.code(), Some(6), "{before:?}: {said}");
        assert!(said.contains(expected) && !said.contains("hunter2"), "{before:?}: {said}");
        assert!(server.log().is_empty(), "{before:?}: {}", server.transcript());
        let heard = heard.lock().unwrap().replace("EHLO me.example\r\n", "").replace("STARTTLS\r\n", "");
        assert_eq!(heard, "", "{before:?}");
    }
}

#[test]
fn after_starttls_the_certificate_counts_as_much() {
    let (server, folder) = (server(), TempDir::new().unwrap());
    let certificate = folder.path().join("certificate.pem");
    let before = &["220 mail.example\r\n", "250-mail.example\r\n250 STARTTLS\r\n", "220 go\r\n"];
    let (port, _) = front_of(&server, "elsewhere.example", &certificate, before);
    let ran = Home::with(port, STARTTLS).run(&["tick"], Some(&certificate));
    assert_eq!(ran.status.code(), Some(6));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("certificate"));
    assert!(server.log().is_empty(), "{}", server.transcript());
}

#[test]
fn an_authority_of_the_persons_own_is_trusted_besides_those_of_the_machine() {
    let folder = TempDir::new().unwrap();
    let (mine, other) = (folder.path().join("mine.pem"), folder.path().join("other.pem"));
    std::fs::write(&other, rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap().cert.pem()).unwrap();
    let server = server();
    let port = tls_in_front_of(&server, "localhost", &mine);
    for (authority, trusted, acceptances) in [(&other, &other, 0), (&mine, &other, 1), (&other, &mine, 2)] {
        let home = Home::with(port, &format!("ca_file = '{}'", authority.display()));
        home.run(&["tick"], Some(trusted));
        assert_eq!(server.acceptances_for(JANE), acceptances, "{}", server.transcript());
    }
}
