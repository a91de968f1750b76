//! The mail to oneself that asks for a word, and tells what else the person must know.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{digest, wording};
use crate::core::delivery::{Mailer, Outcome, Session, Submission};
use crate::core::digest::DailyDigest;
use crate::core::letter::Text;
use crate::core::message::{Mail, message_id};
use crate::core::tell::{News, Notice, Notifier};

/// Tells by a mail over the same account, from the person to the person.
#[derive(Debug)]
pub struct EmailNotifier<M> {
    pub mailer: M,
    pub name: String,
    pub email: String,
    /// The person's zone, for dates.
    pub zone: TimeZone,
    /// The random text of this database, from which Message-IDs follow.
    pub installation: String,
}

impl<M: Mailer> Notifier for EmailNotifier<M> {
    async fn tell(&self, notices: &[Notice], now: Timestamp) -> Outcome {
        // A mail that is tried again is the same mail, though it may say by then what works again.
        let works_again = |notice: &&Notice| matches!(notice.news, News::WorksAgain { .. });
        let is_alone = notices.iter().all(|notice| works_again(&notice));
        let telling = notices.iter().filter(|notice| is_alone || !works_again(notice));
        let identities = std::iter::once("notice").chain(telling.map(|notice| notice.identity.as_str()));
        self.mail(&wording::mail(notices, now, &self.zone), identities, now).await
    }

    async fn digest(&self, digest: &DailyDigest, now: Timestamp) -> Outcome {
        let identities = std::iter::once(digest.identity.as_str());
        self.mail(&digest::mail(&digest.things), identities, now).await
    }
}

impl<M: Mailer> EmailNotifier<M> {
    /// One mail from the person to the person; its Message-ID follows from `identities`.
    async fn mail<'a>(&'a self, text: &Text, identities: impl Iterator<Item = &'a str>, now: Timestamp) -> Outcome {
        let mail = Mail {
            from: (&self.name, &self.email),
            to: (Some(&self.name), &self.email),
            subject: &text.subject,
            body: &text.body,
            message_id: &message_id(&self.installation, &self.email, identities),
            references: &[],
            date: &now.to_zoned(self.zone.clone()),
            auto_generated: true,
        };
        let message = match mail.to_bytes() {
            Ok(message) => message,
            Err(error) => return Outcome::Rejected { reply: error.to_string() },
        };
        let submission = Submission { from: self.email.clone(), to: self.email.clone(), copy: None, message };
        match self.mailer.open().await {
            Ok(mut session) => {
                let outcome = session.submit(&submission, &|| true).await;
                session.close().await;
                outcome
            }
            Err(not_sent) => Outcome::NotSent(not_sent),
        }
    }
}
