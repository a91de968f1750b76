//! A letter's words: a template and the facts become subject and body. Templates are minijinja, strict: a
//! name that does not exist is an error with the file and the line, never an empty place in a letter.

use jiff::civil::Date;
use minijinja::{Environment, UndefinedBehavior, context};
use textwrap::WordSplitter::NoHyphenation;

use super::application::{Application, Contact, check_line, check_text, reorders_text};
use super::etiquette::{Anchor, Rule, Stage};
use super::followup::Kind;
use super::thread::Thread;

/// The name of the template for a letter that missed its window.
pub const LATE: &str = "late";
/// The name of the script for a phone call.
pub const CALL: &str = "call";
/// The templates that must exist, by name.
pub const TEMPLATES: [&str; 8] = [
    "thank-you",
    "promise-passed",
    "after-second-interview",
    "after-interview",
    CALL,
    "second-letter",
    "last-letter",
    LATE,
];
/// Enough for a letter hundreds of times as long as any; ends a loop that would not end.
const FUEL: u64 = 50_000;
/// The width at which long lines of a composed letter are broken: the custom of plain-text mail is 72; a few
/// less leave room to quote it.
const LINE_WIDTH: usize = 68;

/// Stands for a space at which no line is broken, until the lines are: a private character (Unicode 23.5),
/// since a no-break space could be the person's own.
const KEEP_TOGETHER: &str = "\u{E000}";

/// The person who writes, and the account their letters leave from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    pub name: String,
    pub email: String,
    pub phone: Option<String>,
    /// The mail account as `username@host:port`; part of what is approved, never shown to the recipient.
    pub account: String,
}

/// Subject and body, as typed or composed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    pub subject: String,
    /// Lines end with a line feed; the last one too.
    pub body: String,
}

/// A letter as it would go: everything that the recipient will see, and the account it leaves from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub from: Sender,
    /// Has an address.
    pub to: Contact,
    pub text: Text,
    /// The Message-IDs of the conversation it stands in, the answered one last; none where it begins one.
    pub references: Vec<String>,
}

/// What a letter is written for, or a call made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Occasion<'a> {
    pub rule: Rule,
    pub kind: Kind,
    /// Its first window was missed.
    pub late: bool,
    pub anchor: &'a Anchor,
    /// The day on which the last letter went that this one follows, if there was one.
    pub last_letter: Option<Date>,
}

impl Occasion<'_> {
    /// The name of its template.
    fn template(&self) -> &'static str {
        match (self.kind, self.late) {
            (Kind::Call, _) => CALL,
            (Kind::Letter, true) if self.rule.stage() == Stage::Letter => LATE,
            // What follows a letter names that one, late or not.
            (Kind::Letter, _) => self.rule.template(),
        }
    }
}

/// A template that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{origin}{}: {why}", place(*line, *column))]
pub struct TemplateError {
    /// The file, or `built-in NAME`.
    pub origin: String,
    pub line: Option<usize>,
    /// In characters, the first is 1.
    pub column: Option<usize>,
    pub why: String,
}

/// One template before it is compiled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// One of [`TEMPLATES`].
    pub name: String,
    /// Where it was read, for messages.
    pub origin: String,
    pub text: String,
}

/// All templates, compiled.
#[derive(Debug)]
pub struct Letters {
    templates: Environment<'static>,
    sources: Vec<Source>,
}

impl Letters {
    /// The letters that the program brings along.
    pub fn built_in() -> Vec<Source> {
        let texts = [
            include_str!("../../config/letters/thank-you.txt"),
            include_str!("../../config/letters/promise-passed.txt"),
            include_str!("../../config/letters/after-second-interview.txt"),
            include_str!("../../config/letters/after-interview.txt"),
            include_str!("../../config/letters/call.txt"),
            include_str!("../../config/letters/second-letter.txt"),
            include_str!("../../config/letters/last-letter.txt"),
            include_str!("../../config/letters/late.txt"),
        ];
        let source = |(&name, text): (&&str, &str)| Source {
            name: name.to_owned(),
            origin: format!("built-in {name}.txt"),
            text: text.to_owned(),
        };
        TEMPLATES.iter().zip(texts).map(source).collect()
    }

    /// Compiles `sources`, one for each of [`TEMPLATES`], and tries each on sample facts.
    ///
    /// Errors with the file and line of the first that does not compile or names what does not exist.
    pub fn new(sources: Vec<Source>) -> Result<Self, TemplateError> {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        templates.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
        templates.set_fuel(Some(FUEL));
        for source in &sources {
            templates
                .add_template_owned(source.name.clone(), source.text.replace("\r\n", "\n"))
                .map_err(|error| explain(source, &error))?;
        }
        let letters = Self { templates, sources };
        for name in TEMPLATES {
            for facts in sample_facts(name) {
                letters.render(name, facts)?;
            }
        }
        Ok(letters)
    }

    /// Composes the letter for `occasion`, or the script of the call, from the facts alone: no date of today enters it,
    /// so that the same facts give the same letter tomorrow.
    ///
    /// Errors if the template asks for a fact that this application does not have.
    pub fn compose(
        &self,
        occasion: &Occasion,
        application: &Application,
        to: &Contact,
        sender: &Sender,
    ) -> Result<Text, TemplateError> {
        let Occasion { anchor, last_letter, .. } = occasion;
        let round = application.interviews.iter().find(|it| it.id == anchor.interview).map_or(1, |it| it.round);
        let facts = context! {
            me => context! { name => &sender.name, email => &sender.email, phone => sender.phone.as_deref().map(kept) },
            contact => context! { name => &to.name, phone => to.phone.as_deref().map(kept) },
            company => &application.company,
            position => &application.position,
            strengths => &application.strengths,
            job_url => &application.job_url,
            interview => context! {
                date => kept(&long_date(anchor.held_on)), short_date => kept(&short_date(anchor.held_on)), round => ordinal(round),
            },
            promise => anchor.promised_on.map(dated),
            last_letter => last_letter.map(dated),
            late => occasion.late,
        };
        let text = self.render(occasion.template(), facts)?;
        // An answer keeps the subject of its conversation.
        let thread = application.thread.as_ref().filter(|_| occasion.kind == Kind::Letter);
        let subject = thread.and_then(Thread::answer_subject);
        Ok(Text { subject: subject.unwrap_or(text.subject), ..text })
    }

    fn render(&self, name: &str, facts: minijinja::Value) -> Result<Text, TemplateError> {
        let wrong = |origin: &str, why: &str| TemplateError {
            origin: origin.to_owned(),
            line: None,
            column: None,
            why: why.to_owned(),
        };
        let source = self.sources.iter().find(|source| source.name == name);
        let source = source.ok_or_else(|| wrong(name, "there is no template of this name"))?;
        let template = self.templates.get_template(name).map_err(|error| explain(source, &error))?;
        let written = template.render(facts).map_err(|error| explain(source, &error))?;
        let wrong = |why: &str| wrong(&source.origin, why);
        let text =
            Text::parse(&written).ok_or_else(|| wrong("must begin with a line `Subject: ...`, then a blank line"))?;
        let text = Text { subject: text.subject.replace(KEEP_TOGETHER, " "), ..text };
        check_line("subject", &text.subject).map_err(|bad| wrong(&bad.to_string()))?;
        // Addresses and numbers stay whole: lines are broken at spaces only.
        let width = textwrap::Options::new(LINE_WIDTH).break_words(false).word_splitter(NoHyphenation);
        // What is indented, as in the script of a call, stays so.
        let fill = |line: &str| {
            let indent = &line[..line.len() - line.trim_start_matches(' ').len()];
            textwrap::fill(line, width.clone().subsequent_indent(indent))
        };
        let lines: Vec<String> = text.body.lines().map(fill).collect();
        let body = lines.join("\n").replace(KEEP_TOGETHER, " ") + "\n";
        check_text("body", &body).map_err(|bad| wrong(&bad.to_string()))?;
        Ok(Text { subject: text.subject, body })
    }
}

impl Text {
    /// Reads `Subject: ...`, a blank line and the body, as templates and the editor have them; `None`
    /// without the subject line.
    pub fn parse(written: &str) -> Option<Self> {
        let (first, rest) = written.trim_start().split_once('\n')?;
        let subject = first.strip_prefix("Subject:")?.trim().to_owned();
        Some(Self { subject, body: tidy(rest) })
    }

    /// The form that [`Text::parse`] reads.
    pub fn to_file(&self) -> String {
        format!("Subject: {}\n\n{}", self.subject, self.body)
    }
}

/// A body as it is kept: no blank lines around it, line feeds only, one at the end.
pub fn tidy(body: &str) -> String {
    let body = body.replace("\r\n", "\n");
    let lines: Vec<&str> = body.lines().map(str::trim_end).collect();
    lines.join("\n").trim_matches('\n').to_owned() + "\n"
}

/// `, line 3, column 8`, as far as it is known.
fn place(line: Option<usize>, column: Option<usize>) -> String {
    let place = |word: &str, number: Option<usize>| number.map_or_else(String::new, |it| format!(", {word} {it}"));
    place("line", line) + &place("column", column)
}

fn explain(source: &Source, error: &minijinja::Error) -> TemplateError {
    let mut why =
        error.detail().map_or_else(|| error.kind().to_string(), |detail| format!("{}: {detail}", error.kind()));
    if error.kind() == minijinja::ErrorKind::UndefinedError {
        why += "; there are: me.name, me.email, me.phone, contact.name, contact.phone (of a call), company, position, \
                strengths, job_url, interview.date, interview.short_date, interview.round, promise.date, \
                promise.short_date, last_letter.date, last_letter.short_date (promise and last_letter are none without \
                one), late";
    }
    if error.kind() == minijinja::ErrorKind::OutOfFuel {
        why = "does not end, or is far too long".to_owned();
    }
    // It may quote the template, and whatever stands there.
    let why = why.replace(|c: char| c.is_control() || reorders_text(c), "\u{FFFD}");
    let text = source.text.replace("\r\n", "\n");
    let before = error.range().and_then(|range| text.get(..range.start));
    let column = before.map(|before| before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
    TemplateError { origin: source.origin.clone(), line: error.line(), column, why }
}

/// A date as templates have it.
fn dated(date: Date) -> minijinja::Value {
    context! { date => kept(&long_date(date)), short_date => kept(&short_date(date)) }
}

/// The richest and the barest facts that the template `name` may meet.
fn sample_facts(name: &str) -> [minijinja::Value; 2] {
    let date = context! { date => "Friday, 6 November", short_date => "6 November" };
    let interview = context! { date => "Tuesday, 3 November", short_date => "3 November", round => "second" };
    let nothing = minijinja::Value::from(());
    let full = context! {
        me => context! { name => "Ada Byron", email => "ada@me.example", phone => "+44 20 7946 0000" },
        contact => context! { name => "Jane Doe", phone => "+1 212 555 0100" }, company => "Globex", position => "Analyst",
        strengths => ["seven years of reporting", "a calm way with customers"], job_url => "https://globex.example/1",
        interview => interview.clone(), promise => date.clone(), last_letter => date.clone(),
        late => true,
    };
    let bare = context! {
        me => context! { name => "Ada Byron", email => "ada@me.example", phone => nothing.clone() },
        contact => context! { name => nothing.clone(), phone => if name == CALL { "+1 212 555 0100".into() } else { nothing.clone() } },
        company => "Globex", position => "Analyst",
        strengths => Vec::<String>::new(), job_url => nothing.clone(), interview => interview,
        promise => if name == Rule::Promise.template() { date.clone() } else { nothing.clone() },
        last_letter => if follows_a_letter(name) { date } else { nothing },
        late => false,
    };
    [full, bare]
}

/// Whether the template `name` is only for what follows a letter that went.
fn follows_a_letter(name: &str) -> bool {
    [Rule::SecondLetter, Rule::LastLetter].iter().any(|rule| rule.template() == name)
}

/// `Tuesday, 3 November`.
pub fn long_date(date: Date) -> String {
    date.strftime("%A, %-d %B").to_string()
}

/// `3 November`.
pub fn short_date(date: Date) -> String {
    date.strftime("%-d %B").to_string()
}

fn kept(text: &str) -> String {
    text.replace(' ', KEEP_TOGETHER)
}

fn ordinal(round: u32) -> String {
    const WORDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    let word = usize::try_from(round).ok().and_then(|round| WORDS.get(round.wrapping_sub(1)));
    word.map_or_else(|| format!("{round}th"), |&word| word.to_owned())
}
