//! Mail addresses: which can be used, and how each goes over the wire.
//!
//! An address is kept and shown as it was typed. On the wire its domain is in ASCII (RFC 5890), which every server
//! carries; what stands before the @ stays as it is, and if that is not ASCII the server has to offer SMTPUTF8
//! (RFC 6531).

use std::borrow::Cow;

use lettre::Address;

use super::application::{BadFact, bad, check_line, is_invisible};

/// What is wrong with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    #[error("is not a mail address such as jane@globex.example")]
    NotAnAddress,
    #[error("has no whole domain after the @, such as globex.example")]
    NoDomain,
    #[error("has a character that cannot be seen; type it again")]
    Invisible,
    #[error("has quotation marks in it, which mail servers may not carry; write it without")]
    Quoted,
}

/// The address that `text` is, as it goes over the wire.
pub fn on_the_wire(text: &str) -> Result<Address, BadAddress> {
    if text.chars().any(is_invisible) {
        return Err(BadAddress::Invisible);
    }
    let address: Address = text.parse().map_err(|_| BadAddress::NotAnAddress)?;
    if address.user().contains('"') {
        return Err(BadAddress::Quoted);
    }
    let domain = ascii_domain(address.domain());
    // A number in brackets, such as [127.0.0.1], is no name; no message could be written to it.
    if domain.starts_with('[') || !domain.contains('.') && domain != "localhost" {
        return Err(BadAddress::NoDomain);
    }
    Address::new(address.user(), domain).map_err(|_| BadAddress::NotAnAddress)
}

/// Whether only a server that offers SMTPUTF8 carries `address`: what stands before the @ is not ASCII.
pub fn needs_smtputf8(address: &str) -> bool {
    !address.rsplit_once('@').map_or(address, |(user, _)| user).is_ascii()
}

/// The mail domain of an address, as it goes over the wire.
pub fn wire_domain(address: &str) -> Cow<'_, str> {
    ascii_domain(address.rsplit_once('@').map_or(address, |(_, domain)| domain))
}

/// The name of a domain or of a machine in ASCII: `xn--mller-kva.example` for `müller.example`. One that has no such
/// form is given as it is.
pub fn ascii_domain(domain: &str) -> Cow<'_, str> {
    if domain.is_ascii() {
        return Cow::Borrowed(domain);
    }
    idna::domain_to_ascii(domain).map_or(Cow::Borrowed(domain), Cow::Owned)
}

/// `text` with only the domain of each address in it, for a log that others may read.
pub fn without_people(text: &str) -> String {
    let is_of_a_name = |c: char| !c.is_whitespace() && !"<>()[],;:@".contains(c);
    let pieces = text.split_inclusive(|c| !is_of_a_name(c));
    pieces.map(|piece| if piece.len() > 1 && piece.ends_with('@') { "…@" } else { piece }).collect()
}

/// Checks a mail address, such as `jane@globex.example`.
pub fn check_address(column: &'static str, text: &str) -> Result<(), BadFact> {
    check_line(column, text)?;
    on_the_wire(text).map(drop).map_err(|why| bad(column, format!("{text:?} {why}")))
}
