//! Whoever is at the other end, or sits between, and is not the server of that name with a certificate that counts: not a
//! byte of a login or a letter leaves. The witness is every byte that arrived there, as it came over the line, and as it
//! was decrypted where there was a handshake.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use followup::core::delivery::{Mailer, NotSent, Password, Retry};
use followup::mail::smtp::{Login, SmtpMailer, Tls};
use lettre::transport::smtp::authentication::Mechanism;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, date_time_ymd,
};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const USER: &str = "ada";
const PASSWORD: &str = "hunter2-secret";
/// As PLAIN and as LOGIN say it.
const IN_BASE64: [&str; 3] = ["AGFkYQBodW50ZXIyLXNlY3JldA", "aHVudGVyMi1zZWNyZXQ", "YWRh\r\n"];

/// What the other end does when the handshake is to begin.
#[derive(Clone)]
enum End {
    /// A handshake with this chain, its own certificate first, and the key of that.
    Shakes(Vec<CertificateDer<'static>>, Arc<KeyPair>),
    /// This, whatever handshake begins.
    Says(Vec<u8>),
}

/// Keeps what is read.
struct Tap<S>(S, Arc<Mutex<Vec<u8>>>);

impl<S: AsyncRead + Unpin> AsyncRead for Tap<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context, buf: &mut ReadBuf) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.0).poll_read(cx, buf);
        self.1.lock().unwrap().extend(&buf.filled()[before..]);
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Tap<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Says yes to whatever it hears, line by line, until nothing more comes.
async fn agree(stream: impl AsyncRead + AsyncWrite + Unpin, replies: &[&str]) -> Option<()> {
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    for reply in replies.iter().chain(std::iter::repeat(&"250 go on\r\n")) {
        stream.write_all(reply.as_bytes()).await.ok()?;
        stream.flush().await.ok()?;
        line.clear();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return Some(());
        }
    }
    None
}

async fn serve(stream: TcpStream, tls: Tls, end: End, heard: Arc<Mutex<Vec<u8>>>) -> Option<()> {
    let mut stream = Tap(stream, Arc::clone(&heard));
    if tls == Tls::StartTls {
        // It names itself as it likes.
        for reply in ["220 elsewhere.example\r\n", "250-elsewhere.example\r\n250 STARTTLS\r\n", "220 go\r\n"] {
            stream.write_all(reply.as_bytes()).await.ok()?;
            while !reply.starts_with("220 go") && stream.read_u8().await.ok()? != b'\n' {}
        }
    }
    match end {
        End::Says(bytes) => {
            // In answer to the handshake, not before.
            stream.read_u8().await.ok()?;
            stream.write_all(&bytes).await.ok()?;
            stream.shutdown().await.ok()?;
            stream.read_to_end(&mut Vec::new()).await.ok().map(drop)
        }
        End::Shakes(chain, key) => {
            let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
            let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
            let settings = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
            let settings = settings.with_no_client_auth().with_single_cert(chain, key).unwrap();
            let stream = TlsAcceptor::from(Arc::new(settings)).accept(stream).await.ok()?;
            let offers = "250-elsewhere.example\r\n250 AUTH PLAIN LOGIN\r\n";
            let after_greeting = [offers, "235 welcome\r\n"];
            let greeting: &[&str] = if tls == Tls::StartTls { &[] } else { &["220 elsewhere.example\r\n"] };
            let replies = [greeting, &after_greeting].concat();
            // After STARTTLS it does not speak first.
            let mut stream = Tap(stream, heard);
            if tls == Tls::StartTls {
                while stream.read_u8().await.ok()? != b'\n' {}
            }
            agree(stream, &replies).await
        }
    }
}

/// Logs in at `localhost`, where that is `end` and `root` is trusted. Gives what came of it, and every byte that arrived.
async fn logging_in(tls: Tls, root: &CertificateDer<'static>, end: End) -> (Result<(), NotSent>, Vec<u8>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&heard);
    let server = tokio::spawn(async move { serve(listener.accept().await.unwrap().0, tls, end, log).await });
    let mailer = SmtpMailer {
        host: "localhost".to_owned(),
        port,
        tls,
        authorities: vec![root.clone()],
        login: Some(Login {
            username: USER.to_owned(),
            password: Password::from(PASSWORD),
            mechanisms: vec![Mechanism::Plain, Mechanism::Login],
        }),
        hello: "me.example".to_owned(),
        progress: || {},
    };
    let opened = mailer.open().await.map(drop);
    // The line is closed by now, so that the server ends too.
    server.await.unwrap();
    let heard = heard.lock().unwrap().clone();
    (opened, heard)
}

/// One who vouches for others, with a certificate of its own.
struct Authority {
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    Authority { certificate: params.self_signed(&key).unwrap().into(), issuer: Issuer::new(params, key) }
}

/// A certificate for `name` by `authority`, changed before it is signed.
fn certified(authority: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> End {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, &authority.issuer).unwrap();
    End::Shakes(vec![certificate.into()], Arc::new(key))
}

/// A certificate for `localhost` by one that may not vouch for anybody, whose own one is by `authority`.
fn by_a_leaf(authority: &Authority) -> End {
    let params = CertificateParams::new(["elsewhere.example".to_owned()]).unwrap();
    let key = KeyPair::generate().unwrap();
    let between: CertificateDer = params.signed_by(&key, &authority.issuer).unwrap().into();
    let leaf = Authority { certificate: between.clone(), issuer: Issuer::new(params, key) };
    let End::Shakes(chain, key) = certified(&leaf, "localhost", |_| {}) else { unreachable!("it shakes hands") };
    End::Shakes([chain, vec![between]].concat(), key)
}

fn self_signed() -> End {
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    End::Shakes(vec![certified.cert.into()], Arc::new(certified.signing_key))
}

/// A `ServerHello` (RFC 5246, 7.4.1.3) of this version that takes this cipher, with these last bytes of chance.
fn hello(version: [u8; 2], cipher: [u8; 2], last: [u8; 8]) -> End {
    let body = [&version[..], &[7; 24], &last, &[0], &cipher, &[0]].concat();
    let handshake = [&[2, 0, 0, u8::try_from(body.len()).unwrap()], &body[..]].concat();
    let record = [&[22], &version[..], &[0, u8::try_from(handshake.len()).unwrap()], &handshake[..]].concat();
    End::Says(record)
}

const NO_SENTINEL: [u8; 8] = [7; 8];
const AES_128_GCM: [u8; 2] = [0xc0, 0x2f];

fn says(bytes: impl AsRef<[u8]>) -> End {
    End::Says(bytes.as_ref().to_vec())
}

/// Each way not to be the server, with what is said about it.
fn hostile(authority: &Authority) -> Vec<(&'static str, End, &'static str)> {
    let other = self::authority("another");
    vec![
        (
            "expired",
            certified(authority, "localhost", |it| {
                (it.not_before, it.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1))
            }),
            "certificate expired",
        ),
        (
            "not yet valid",
            certified(authority, "localhost", |it| {
                (it.not_before, it.not_after) = (date_time_ymd(2400, 1, 1), date_time_ymd(2401, 1, 1))
            }),
            "certificate not valid yet",
        ),
        ("wrong host", certified(authority, "elsewhere.example", |_| {}), "not valid for name"),
        ("a part of the name", certified(authority, "localhost.elsewhere.example", |_| {}), "not valid for name"),
        ("self-signed", self_signed(), "UnknownIssuer"),
        ("unknown authority", certified(&other, "localhost", |_| {}), "UnknownIssuer"),
        (
            "not for servers",
            certified(authority, "localhost", |it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]),
            "certificate",
        ),
        (
            "an authority as a server",
            certified(authority, "localhost", |it| it.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)),
            "CaUsedAsEndEntity",
        ),
        ("by one that is no authority", by_a_leaf(authority), "certificate"),
        (
            "no TLS",
            says("220 elsewhere.example\r\n250-elsewhere.example\r\n250 AUTH PLAIN\r\n235 welcome\r\n"),
            "InvalidContentType",
        ),
        ("nothing", says(""), "TLS"),
        ("an alert", says([21, 3, 3, 0, 2, 2, 40]), "HandshakeFailure"),
        ("half a record", says([22, 3, 3, 1, 0, 2]), "TLS"),
        ("TLS 1.1", hello([3, 2], [0, 0x2f], NO_SENTINEL), "incompatible"),
        ("TLS 1.0", hello([3, 1], [0, 0x2f], NO_SENTINEL), "incompatible"),
        ("SSL 3.0", hello([3, 0], [0, 0x2f], NO_SENTINEL), "incompatible"),
        ("no cipher", hello([3, 3], [0, 0], NO_SENTINEL), "SelectedUnofferedCipherSuite"),
        ("3DES", hello([3, 3], [0, 0x0a], NO_SENTINEL), "SelectedUnofferedCipherSuite"),
        ("AES without secrecy for what is past", hello([3, 3], [0, 0x2f], NO_SENTINEL), "SelectedUnofferedCipherSuite"),
        ("talked down to TLS 1.2", hello([3, 3], AES_128_GCM, *b"DOWNGRD\x01"), "AttemptedDowngrade"),
    ]
}

fn holds(heard: &[u8], words: &str) -> bool {
    heard.windows(words.len()).any(|it| it.eq_ignore_ascii_case(words.as_bytes()))
}

const BOTH: [Tls; 2] = [Tls::Implicit, Tls::StartTls];

#[tokio::test]
async fn the_server_itself_is_told_the_login() {
    let authority = authority("ours");
    for tls in BOTH {
        let end = certified(&authority, "localhost", |_| {});
        let (opened, heard) = logging_in(tls, &authority.certificate, end).await;
        assert_eq!(opened, Ok(()), "{tls:?}");
        // The witness hears what it must not hear from the others.
        assert!(holds(&heard, "AUTH PLAIN") && holds(&heard, IN_BASE64[0]), "{tls:?}");
    }
}

#[tokio::test]
async fn anybody_else_is_told_nothing() {
    let authority = authority("ours");
    let mut wrong = Vec::new();
    for tls in BOTH {
        for (what, end, words) in hostile(&authority) {
            let (opened, heard) = logging_in(tls, &authority.certificate, end).await;
            let Err(NotSent { why, retry }) = opened else { panic!("{what}, {tls:?}: it was logged in to") };
            if retry != Retry::Server || !why.contains(words) {
                wrong.push(format!("{what}, {tls:?}: {why}"));
            }
            for word in ["AUTH", "MAIL", "RCPT", "DATA", PASSWORD].into_iter().chain(IN_BASE64) {
                assert!(!holds(&heard, word), "{what}, {tls:?}: {word}");
            }
            let before = if tls == Tls::StartTls { &b"EHLO me.example\r\nSTARTTLS\r\n"[..] } else { b"" };
            let rest = heard.strip_prefix(before).unwrap_or_else(|| panic!("{what}, {tls:?}: {heard:?}"));
            // The records of the handshake, or an alert, which TLS 1.3 encrypts; no data.
            let is_quiet = |record: &&[u8]| matches!(record[0], 20..=22) || (record[0], record.len()) == (23, 5 + 19);
            let loud = records(rest).into_iter().find(|record| !is_quiet(record));
            assert_eq!(loud, None, "{what}, {tls:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The TLS records (RFC 8446, 5.1) that `bytes` are.
fn records(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    while let [_, _, _, high, low, ..] = *bytes {
        let length = 5 + usize::from(u16::from_be_bytes([high, low]));
        let (record, rest) = bytes.split_at(length.min(bytes.len()));
        found.push(record);
        bytes = rest;
    }
    found
}

#[tokio::test]
async fn nothing_older_than_tls_1_2_and_no_old_cipher_is_offered() {
    let authority = authority("ours");
    let (_, heard) = logging_in(Tls::Implicit, &authority.certificate, says("")).await;
    // Record and handshake have 5 and 4 bytes, then version, 32 bytes of chance, session, ciphers, compression.
    let hello = &heard[9..];
    let session = usize::from(hello[34]);
    let rest = &hello[35 + session..];
    let length = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
    let ciphers: Vec<u16> = rest[2..2 + length].chunks(2).map(|two| u16::from_be_bytes([two[0], two[1]])).collect();
    // AEAD and forward secrecy alone (TLS 1.3's three; ECDHE with AES-GCM or ChaCha20), and the mark of renegotiation.
    let good = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02c, 0xc02f, 0xc030, 0xcca8, 0xcca9, 0x00ff];
    assert!(!ciphers.is_empty() && ciphers.iter().all(|cipher| good.contains(cipher)), "{ciphers:x?}");
    let mut extensions = &rest[2 + length + 2 + 2..];
    let mut versions = None;
    while let [kind_high, kind_low, high, low, ..] = *extensions {
        let length = usize::from(u16::from_be_bytes([high, low]));
        if (kind_high, kind_low) == (0, 43) {
            versions = Some(extensions[5..4 + length].chunks(2).collect::<Vec<_>>());
        }
        extensions = &extensions[4 + length..];
    }
    let versions = versions.expect("supported_versions (RFC 8446, 4.2.1)");
    assert!(versions.iter().all(|it| [[3, 3], [3, 4]].contains(&[it[0], it[1]])), "{versions:?}");
}
