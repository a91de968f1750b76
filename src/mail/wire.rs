//! The stream below SMTP: plain to loopback, or TLS verified against the system's trust store.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls_platform_verifier::Verifier;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// For one address of several: the first may lead nowhere (IPv6 often does) while the next is well.
const ADDRESS_DEADLINE: Duration = Duration::from_secs(20);

/// Connects to `host`:`port`, trying each of its addresses.
///
/// `loopback_only`: refuses every address that leaves this machine.
pub(super) async fn connect(host: &str, port: u16, loopback_only: bool) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
    for address in lookup_host((host, port)).await? {
        if loopback_only && !address.ip().is_loopback() {
            let why = "without encryption, letters go to this machine only; set smtp.tls to \"implicit\"";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
        let connecting = timeout(ADDRESS_DEADLINE, TcpStream::connect(address)).await;
        match connecting.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
            Ok(stream) => {
                // A letter is written in two pieces; the second must not wait for the first's acknowledgement.
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Speaks TLS 1.2 or newer over `stream`; the certificate must be `host`'s, by the system's trust store or by one of
/// `authorities`.
pub(super) async fn encrypt(
    stream: TcpStream,
    host: &str,
    authorities: &[CertificateDer<'static>],
) -> io::Result<tokio_rustls::client::TlsStream<TcpStream>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Verifier::new_with_extra_roots(authorities.iter().cloned(), Arc::clone(&provider));
    let settings = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier.map_err(io::Error::other)?))
        .with_no_client_auth();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    TlsConnector::from(Arc::new(settings)).connect(name, stream).await
}
