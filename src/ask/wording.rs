//! The words in which the person is told: what waits, why now, the whole letter, and the one line for each
//! thing they can do.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use textwrap::WordSplitter::NoHyphenation;

use super::calls;
use crate::core::application::Application;
use crate::core::etiquette::Rule;
use crate::core::followup::{Draft, Recipient};
use crate::core::kindness::Caution;
use crate::core::letter::Text;
use crate::core::tell::{Channel, News, Notice};
use crate::core::tone::{Remark, Severity};

/// The mail that tells all of `notices`; `zone` is the person's.
pub fn mail(notices: &[Notice], now: Timestamp, zone: &TimeZone) -> Text {
    let works_again = |notice: &&Notice| matches!(notice.news, News::WorksAgain { .. });
    let is_restored = |notice: &&Notice| matches!(notice.news, News::Restored { .. });
    let applications = notices.iter().filter(|notice| !works_again(notice)).map(|notice| notice.application.id);
    let need_them = applications.collect::<BTreeSet<_>>().len();
    // That the database is another one comes first: it says what to look at before any yes.
    let (first, others): (Vec<&Notice>, Vec<&Notice>) = notices.iter().partition(is_restored);
    // What works again is the subject only where there is nothing else, and what is over where nothing waits.
    let waits = |notice: &&&Notice| matches!(notice.news, News::Ask { .. } | News::Call { .. });
    let main = others.iter().find(waits);
    let main = main.or(others.iter().find(|notice| need_them == 0 || !works_again(notice)));
    let subject = match (first.first(), main) {
        (Some(restored), _) => headline(restored),
        (None, Some(one)) if need_them < 2 => headline(one),
        _ => format!("{need_them} of your applications need you"),
    };
    let parts: Vec<String> = [first, others].concat().into_iter().map(|notice| section(notice, now, zone)).collect();
    let rule = format!("\n\n{}\n\n", "-".repeat(64));
    Text { subject, body: parts.join(&rule) + "\n" }
}

fn headline(notice: &Notice) -> String {
    let company = &notice.application.company;
    match &notice.news {
        News::Ask { window, rule, late, times, .. } => {
            let late = if *late { "late " } else { "" };
            let (noun, closes) = (rule.noun(), day(window.closes, &notice.zone));
            match times {
                0 => format!("A {late}{noun} to {company} waits for your word (closes {closes})"),
                _ => format!("Still waiting for your word: the {late}{noun} to {company} (closes {closes})"),
            }
        }
        News::Call { window, .. } => {
            format!("Time to call {company} (until {})", day(window.closes, &notice.zone))
        }
        News::Unanswered { .. } => format!("{company} has not answered: let go?"),
        News::Failed { .. } => format!("The letter to {company} was refused by their server"),
        News::Uncertain { .. } => format!("Did your letter to {company} arrive?"),
        News::PutOff { .. } => format!("The letter to {company} could not go yet"),
        News::Lapsed { rule, .. } => format!("The {} to {company} was not sent: its time is over", rule.noun()),
        News::Held { .. } => format!("Your {company} cannot go on"),
        News::Restored { .. } => "Your approvals were taken back: the database is another one".to_owned(),
        News::WorksAgain { what: Channel::Account, .. } => "Your mail account works again".to_owned(),
        News::WorksAgain { what: Channel::Asks, .. } => "Mail to yourself gets through again".to_owned(),
    }
}

fn section(notice: &Notice, now: Timestamp, zone: &TimeZone) -> String {
    let Application { id, company, position, .. } = &notice.application;
    let whom = |draft: &Draft| draft.recipient.called().to_owned();
    match &notice.news {
        News::Ask { draft, rule, why, window, late, remarks, cautions, times, was_approved } => {
            // Thanks have two days.
            let snooze = if *rule == Rule::ThankYou { "1d" } else { "3d" };
            let closes = exact(window.closes, &notice.zone);
            let late_words = match (late, was_approved) {
                (true, true) => {
                    "You had said yes, but it could not go before its window closed. So the \
                     wording is for a late letter, and needs your word anew.\n"
                }
                (true, false) => "Its first window was missed, so the wording is for a late letter.\n",
                (false, true) => {
                    "You had said yes; since then something in it has changed, or the account that it goes from, so it \
                     needs your word anew.\n"
                }
                (false, false) => "",
            };
            let again = if *times > 0 { "You were asked before; nothing has been sent.\n" } else { "" };
            fill(&format!(
                "{position} at {company}\n{why}\n{late_words}{again}This is ready to go to {}, until {closes}:\n\n{}\n\
                 First look whether they have tried to reach you, in your junk folder too.\n\n{}{}",
                whom(draft),
                letter(draft),
                commands(&[
                    ("send it", format!("followup approve {id}")),
                    ("change it", format!("followup edit {id}")),
                    ("see it again", format!("followup draft {id}")),
                    ("not now", format!("followup snooze {id} {snooze}")),
                    ("not at all", format!("followup reject {id}")),
                    ("they answered", format!("followup heard {id} reply")),
                ]),
                caution_lines(cautions) + &remark_lines(remarks),
            ))
        }
        News::Call { draft, why, window, hours, cautions, times } => {
            let call = calls::call(&notice.application, (draft, why, *times), (window, hours), now, &notice.zone);
            fill(&(call + &caution_lines(cautions)))
        }
        News::Unanswered { since } => fill(&calls::unanswered(&notice.application, *since)),
        News::Failed { draft, reply } => fill(&format!(
            "{position} at {company}\nTheir mail server did not take the letter to {}:\n\n    {reply}\n\n\
             Nothing was delivered, and nothing is tried again by itself. Is the address right? A phone call may serve \
             better now.\n\n{}",
            draft.recipient.email,
            commands(&[
                ("correct the address", format!("followup set {id} --contact 'Name <mail>'")),
                ("close it", format!("followup close {id}")),
                ("the whole story", format!("followup show {id}")),
            ]),
        )),
        News::Uncertain { draft, why } => fill(&format!(
            "{position} at {company}\nWhether the letter to {} has arrived is not known ({why}). It is not sent again by \
             itself.\n\nA copy in your own inbox is a sign that it went.\n\n{}",
            whom(draft),
            commands(&[
                ("it arrived", format!("followup resolve {id} --sent")),
                ("it did not", format!("followup resolve {id} --not-sent")),
                ("the whole story", format!("followup show {id}")),
            ]),
        )),
        News::PutOff { draft, why, closes } => fill(&format!(
            "{position} at {company}\nThe letter to {} could not go yet:\n\n    {why}\n\nNothing is lost, and it is tried again, \
             in hours that are right for it, until {}.\n\n{}",
            whom(draft),
            exact(*closes, &notice.zone),
            commands(&[
                ("the whole story", format!("followup show {id}")),
                ("stop trying", format!("followup recall {id}")),
            ]),
        )),
        News::Lapsed { rule, closed, was_approved, was_asked } => fill(&format!(
            "{position} at {company}\nThe {} {}. It was not sent and will not be.\n\n{}",
            rule.noun(),
            match (was_approved, was_asked) {
                (true, _) => {
                    format!(
                        "had your word, but could not go before its time was over, {}",
                        exact(*closed, &notice.zone)
                    )
                }
                (false, true) =>
                    format!("waited for your word until its time was over, {}", exact(*closed, &notice.zone)),
                (false, false) => "could not be asked for before its time was over: nobody was looking".to_owned(),
            },
            // After thanks the course has only begun.
            commands(&match rule {
                Rule::ThankYou => vec![("the whole story", format!("followup show {id}"))],
                _ => vec![
                    ("the whole story", format!("followup show {id}")),
                    ("close it", format!("followup close {id}")),
                ],
            }),
        )),
        News::Held { why } => fill(&format!(
            "Application {id} cannot go on until this is corrected:\n\n    {why}\n\n{}",
            commands(&[("the whole story", format!("followup show {id}"))]),
        )),
        News::Restored { words } => fill(&format!(
            "{words}\n\nYou are asked anew about every letter that you had approved.\n\n{}",
            commands(&[
                ("what there is", "followup list".to_owned()),
                ("they answered", "followup heard ID reply".to_owned()),
                ("yes to a letter", "followup approve ID".to_owned()),
            ]),
        )),
        News::WorksAgain { what, since, until, why } => {
            let (failed, goes_on) = match what {
                Channel::Account => (
                    "no mail could be sent over your account",
                    "Letters that you approved go at the next hour that is right for them. One whose time was over \
                     meanwhile does not go: you are asked about it anew.",
                ),
                Channel::Asks => (
                    "mails to yourself did not get through",
                    "Letters that you had approved went all the same, and you are asked and told by mail as before.",
                ),
            };
            fill(&format!(
                "From {} until {} {failed}:\n\n    {why}\n\nThat is over, and nothing was lost. {goes_on}\n\n{}",
                exact(*since, zone),
                exact(*until, zone),
                commands(&[("what goes on", "followup status".to_owned())]),
            ))
        }
    }
}

/// Breaks long lines at 72 columns; lines that begin with a space stay as they are.
pub(super) fn fill(text: &str) -> String {
    let width = textwrap::Options::new(72).break_words(false).word_splitter(NoHyphenation);
    let line = |line: &str| if line.starts_with(' ') { line.to_owned() } else { textwrap::fill(line, &width) };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Recipient, subject and body, indented; or number and script of a call.
pub fn letter(draft: &Draft) -> String {
    let Recipient { name, email, phone } = &draft.recipient;
    let mut text = match (name, phone) {
        (Some(name), Some(phone)) => format!("    Call: {name}, {phone}\n\n"),
        (None, Some(phone)) => format!("    Call: {phone}\n\n"),
        (Some(name), None) => format!("    To: {name} <{email}>\n    Subject: {}\n\n", draft.text.subject),
        (None, None) => format!("    To: {email}\n    Subject: {}\n\n", draft.text.subject),
    };
    for line in draft.text.body.lines() {
        text += format!("    {line}").trim_end();
        text += "\n";
    }
    text
}

pub(super) fn commands(lines: &[(&str, String)]) -> String {
    let width = lines.iter().map(|(does, _)| does.len() + 2).max().unwrap_or(0).max(16);
    lines.iter().map(|(does, command)| format!("  {does:<width$}{command}\n")).collect()
}

/// What to mind, one a line; empty where there is nothing.
pub fn caution_lines(cautions: &[Caution]) -> String {
    let lines: String = cautions.iter().map(|caution| format!("mind: {}\n", caution.text)).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// The remarks, one a line, errors first; empty without any.
pub fn remark_lines(remarks: &[Remark]) -> String {
    let mut sorted: Vec<&Remark> = remarks.iter().collect();
    sorted.sort_by_key(|remark| remark.severity);
    let line = |remark: &&Remark| {
        let mark = if remark.severity == Severity::Error { "must be changed" } else { "remark" };
        let text = remark.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let about = if text.is_empty() { text } else { format!(" ({text:?})") };
        format!("{mark}: {}{about}\n", remark.reason)
    };
    let lines: String = sorted.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

/// `Tue 1 Dec`, in `zone`.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%a %-d %b").to_string()
}

/// `Tue 1 Dec 17:00 (New York)`, in `zone`.
pub fn exact(at: Timestamp, zone: &TimeZone) -> String {
    format!("{} ({})", at.to_zoned(zone.clone()).strftime("%a %-d %b %H:%M"), place(zone))
}

/// A zone by the name of its place: `New York`.
pub fn place(zone: &TimeZone) -> String {
    let name = zone.iana_name().unwrap_or("local time");
    name.rsplit('/').next().unwrap_or(name).replace('_', " ")
}
