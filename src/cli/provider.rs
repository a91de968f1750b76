//! What is known of mail providers: the server for sending that belongs to an address, and what a refused
//! password most often means there. Facts of November 2026, from the providers' own help pages.

/// What is known of one provider.
struct Provider {
    /// Domains of its addresses, and of its servers.
    domains: &'static [&'static str],
    server: &'static str,
    advice: &'static str,
}

const PROVIDERS: [Provider; 6] = [
    Provider {
        domains: &["gmail.com", "googlemail.com"],
        server: "smtp.gmail.com",
        advice: "Gmail wants an app password: Google Account > Security > 2-Step Verification > App passwords.",
    },
    Provider {
        domains: &["fastmail.com", "fastmail.fm"],
        server: "smtp.fastmail.com",
        advice: "Fastmail wants an app password: Settings > Privacy & Security > App passwords.",
    },
    Provider {
        domains: &["yahoo.com"],
        server: "smtp.mail.yahoo.com",
        advice: "Yahoo wants an app password: Account Security > Generate app password.",
    },
    Provider {
        domains: &["gmx.net", "gmx.de", "gmx.at", "gmx.ch"],
        server: "mail.gmx.net",
        advice: "GMX must first allow it: Settings > POP3 & IMAP.",
    },
    Provider {
        domains: &["mailbox.org"],
        server: "smtp.mailbox.org",
        advice: "mailbox.org wants an application password where two-factor login is on.",
    },
    Provider { domains: &["posteo.de", "posteo.net"], server: "posteo.de", advice: "" },
];

/// The server for sending that most likely belongs to `address`; port 465.
pub(super) fn server_of(address: &str) -> Option<String> {
    let domain = address.rsplit_once('@')?.1.to_lowercase();
    let known = PROVIDERS.iter().find(|it| it.domains.contains(&domain.as_str()));
    Some(known.map_or_else(|| format!("smtp.{domain}"), |it| it.server.to_owned()))
}

/// What a refused password most often means at `server`; `None` where nothing is known of it.
pub(super) fn advice(server: &str) -> Option<&'static str> {
    let server = server.to_lowercase();
    PROVIDERS.iter().find(|it| it.server == server && !it.advice.is_empty()).map(|it| it.advice)
}
