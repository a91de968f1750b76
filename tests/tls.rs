//! The line to the server: TLS that is verified, or no letter and no login.

mod support;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use followup::core::delivery::{Mailer, Retry};
use followup::mail::smtp::{SmtpMailer, Tls};
use support::home::another_clock;
use support::mail_server::{Behaviour, MailServer};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

const JANE: &str = "jane@globex.example";

/// TLS in front of the mail server, with a certificate for `name`; gives its port. Ends with the test.
fn tls_in_front_of(server: &MailServer, name: &str, certificate_file: &Path) -> u16 {
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
    let (say_port, hear_port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
            say_port.send(listener.local_addr().unwrap().port()).unwrap();
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut outside = acceptor.accept(stream).await.ok()?;
                    let mut inside = TcpStream::connect(("127.0.0.1", behind)).await.ok()?;
                    tokio::io::copy_bidirectional(&mut outside, &mut inside).await.ok()
                });
            }
        });
    });
    hear_port.recv().unwrap()
}

/// A home that logs in at `localhost` over implicit TLS, with an approved letter.
struct Home {
    folder: TempDir,
}

impl Home {
    fn new(port: u16) -> Self {
        use std::os::unix::fs::OpenOptionsExt;
        let home = Self { folder: TempDir::new().unwrap() };
        let path = home.folder.path().join("followup.toml");
        let mut file =
            std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).unwrap();
        write!(
            file,
            "[me]\nname = 'Ada Byron'\nemail = 'ada@me.example'\ntimezone = 'UTC'\n\
             [smtp]\nhost = 'localhost'\nport = {port}\nusername = 'ada'\npassword = 'hunter2'\n\
             [sending]\nhours = '00:00-24:00'\ndays = 'all'\ngrace = '0s'\n"
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
            .envs(another_clock())
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
    let mailer = SmtpMailer { host, port: 25, tls: Tls::None, login: None, hello: "me.example".to_owned() };
    let refused = mailer.open().await.err().unwrap();
    assert_eq!(refused.retry, Retry::Server);
    assert!(refused.why.contains("without encryption"), "{}", refused.why);
}
