//! Whose a mail domain is: the employer's own, anybody's, or that of recruiting software.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::core::address::wire_domain;

const OWNERS: &str = include_str!("mail_owners.txt");

/// The name of the machine or domain in a mail address, in ASCII and small letters. `None` where it has no name of
/// several parts: an address in numbers, or a name within a house.
pub(in crate::core) fn host(email: &str) -> Option<String> {
    let (_, domain) = email.trim().rsplit_once('@')?;
    let domain = wire_domain(domain.trim_end_matches('.')).to_ascii_lowercase();
    let is_label = |label: &str| {
        let is_plain = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        is_plain && (1..=63).contains(&label.len())
    };
    let ending = domain.rsplit_once('.')?.1;
    let is_number = ending.bytes().all(|byte| byte.is_ascii_digit());
    (domain.len() <= 253 && domain.split('.').all(is_label) && !is_number).then_some(domain)
}

/// The domain that the employer registered of whom `email` is. `None` where it is not theirs alone.
pub(super) fn own_domain(email: &str) -> Option<String> {
    let host = host(email)?;
    let domain = psl::domain_str(&host)?;
    (!is_listed("mailbox", domain) && !is_listed("relay", domain)).then(|| domain.to_owned())
}

/// Whether recruiting software writes from `host`, for whichever employer.
pub(in crate::core) fn is_relay(host: &str) -> bool {
    psl::domain_str(host).is_some_and(|domain| is_listed("relay", domain))
}

/// Whether `domain` is in the lines of `mail_owners.txt` of this kind.
fn is_listed(kind: &str, domain: &str) -> bool {
    let any_ending = domain.split_once('.').map(|(label, _)| format!("{label}.*"));
    let is = |domain: &str| KINDS.get(domain).is_some_and(|kinds| kinds.contains(&kind));
    is(domain) || any_ending.is_some_and(|domain| is(&domain))
}

/// The kinds of all domains of the file.
static KINDS: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    let mut kinds: HashMap<&str, Vec<&str>> = HashMap::new();
    for (kind, domains) in OWNERS.lines().filter_map(|line| line.split_once("  ")) {
        domains.split(' ').for_each(|domain| kinds.entry(domain).or_default().push(kind));
    }
    kinds
});
