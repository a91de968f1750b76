//! Who is one employer: whether two applications go to the same one, however its name was typed.
//!
//! "Acme", "ACME GmbH" and "Acme, Inc." are one, and so are two names with mail addresses of one domain. A domain
//! counts only where it is the employer's own: not where anybody has an address, and not where recruiting software
//! writes for many.

mod legal_form;
mod mail_owner;
mod spelling;

pub(super) use mail_owner::{host, is_relay};

use super::application::caseless;

/// An employer as it is compared with another; not for showing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Employer {
    /// In small letters, without accents, punctuation, legal forms, "and", and "The" in front; empty only where the
    /// company's name is blank.
    pub name: String,
    /// The domain that the employer registered, in ASCII and small letters: `acme.co.uk` for `jane@hr.acme.co.uk`.
    pub domain: Option<String>,
}

impl Employer {
    /// The employer that people call `company`, one of whom has the mail address `email`.
    pub fn of(company: &str, email: Option<&str>) -> Employer {
        let words = legal_form::without(spelling::words(company));
        let name = if words.is_empty() { caseless(company) } else { spelling::joined(&words) };
        Employer { name, domain: email.and_then(mail_owner::own_domain) }
    }

    /// The name without its blanks, which do not count ("E.ON", "EON"): what is the same for one employer.
    pub fn key(&self) -> String {
        self.name.replace(' ', "")
    }

    /// Whether both are the same employer: by name, or by domain.
    pub fn is_same(&self, other: &Employer) -> bool {
        let has_name = !self.name.is_empty();
        let is_one_domain = self.domain.is_some() && self.domain == other.domain;
        has_name && self.key() == other.key() || is_one_domain
    }
}

impl From<&str> for Employer {
    /// The employer of that name, of whom no address is known.
    fn from(company: &str) -> Self {
        Employer::of(company, None)
    }
}
