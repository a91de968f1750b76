//! The page that people read: lines broken to its width, tables fitted into it, colour where there is some.
//! Colour never carries meaning alone.

use std::borrow::Cow;
use std::io;

use anstyle::{AnsiColor, Style};
use textwrap::WordSplitter::NoHyphenation;
use unicode_width::UnicodeWidthStr;

use super::table::Table;
use crate::core::application::reorders_text;

/// Sentences are not longer than this even where there is more room.
const WIDEST_PROSE: usize = 80;
/// Below this many columns the cells of a row stand below each other.
pub(super) const NARROWEST_TABLE: usize = 60;

/// What is known of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// Columns of the terminal; `None` for a file or a pipe.
    pub(super) columns: Option<usize>,
    pub(super) colour: bool,
}

/// A part of what a command says to people.
#[derive(Debug)]
pub(super) enum Passage {
    /// Sentences, a paragraph to a line: broken where the page ends.
    Prose(String),
    /// A table, fitted into the page.
    Rows(Table),
    /// A message or a script, printed as it is.
    Verbatim(String),
}

impl Page {
    /// Columns for sentences.
    pub(super) fn width(self) -> usize {
        self.columns.unwrap_or(WIDEST_PROSE).clamp(1, WIDEST_PROSE)
    }

    /// Says `passage` as it is printed, in one piece or several, until `say` fails.
    pub(super) fn print(self, passage: &Passage, mut say: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        match passage {
            Passage::Prose(text) => say(&self.prose(text)),
            Passage::Rows(table) => table.print(self, say),
            Passage::Verbatim(text) => say(text),
        }
    }

    /// `text` as it is printed: nothing invisible in it, lines broken at spaces with the following ones
    /// indented like the first, marks and commands in colour.
    pub(super) fn prose(self, text: &str) -> String {
        let mut laid_out = String::with_capacity(text.len() + text.len() / 8);
        for line in text.lines() {
            let line = visible(line);
            let broken = self.fill(&line);
            for line in broken.split('\n') {
                laid_out += &if self.colour { Cow::Owned(paint(line)) } else { Cow::Borrowed(line) };
                laid_out.push('\n');
            }
        }
        laid_out
    }

    fn fill(self, line: &str) -> Cow<'_, str> {
        if fits(line, self.width()) {
            return Cow::Borrowed(line);
        }
        let indent: String = line.chars().take_while(|c| *c == ' ').collect();
        let indent = if line.starts_with("! ") { "  " } else { &indent };
        Cow::Owned(break_lines(line, textwrap::Options::new(self.width()).subsequent_indent(indent)))
    }

    /// `text` after `begins`, with the lines that follow standing under its first word; on a narrow page they
    /// are indented a little instead.
    pub(super) fn hang(self, begins: &str, text: &str) -> String {
        let indent = if self.width() < NARROWEST_TABLE { 4 } else { begins.width() };
        let indent = " ".repeat(indent);
        let options = textwrap::Options::new(self.width()).initial_indent(begins).subsequent_indent(&indent);
        break_lines(text, options) + "\n"
    }

    /// One item of a list of checks: `ok`, `no` or `--`, what it is about, how it stands, and what to do.
    pub(super) fn item(self, word: &str, name: &str, what: &str, hints: &[String]) -> String {
        let begins = format!("  {word}  {name:<13} ");
        let under = " ".repeat(if self.width() < NARROWEST_TABLE { 4 } else { begins.width() });
        let hints: String = hints.iter().map(|hint| self.hang(&under, hint)).collect();
        self.hang(&begins, what) + &hints
    }
}

/// Breaks `text` at its spaces, but for those inside a command: it is to be copied in one piece.
fn break_lines(text: &str, options: textwrap::Options) -> String {
    /// A private character (Unicode 23.5): a no-break space could be the person's own.
    const KEEP_TOGETHER: &str = "\u{E000}";
    let mut kept = String::with_capacity(text.len());
    // Words of a command that are still to come: its verb, and at most two more.
    let mut inside = 0;
    for word in text.split_inclusive(' ') {
        let begins = options.width >= NARROWEST_TABLE && word.trim_start_matches(['`', '(']) == "followup ";
        inside = if begins { 3 } else { inside };
        let ends = word.trim_end().ends_with(['.', ',', ';', ':', ')', '`', '·']) || inside == 0;
        match word.strip_suffix(' ').filter(|_| !ends) {
            Some(bare) => {
                inside -= 1;
                kept += bare;
                kept += if inside == 0 { " " } else { KEEP_TOGETHER };
            }
            None => {
                inside = 0;
                kept += word;
            }
        }
    }
    let options = options.break_words(false).word_splitter(NoHyphenation);
    textwrap::fill(&kept, options).replace(KEEP_TOGETHER, " ")
}

/// Whether `text` takes at most `width` columns. No character takes more columns than bytes.
fn fits(text: &str, width: usize) -> bool {
    text.len() <= width || columns(text) <= width
}

/// How many columns `text` takes.
pub(super) fn columns(text: &str) -> usize {
    if is_plain(text) { text.len() } else { text.width() }
}

/// Whether all of `text` is ASCII that can be seen. Nearly all that is printed is such text, and need not be looked
/// up character by character.
pub(super) fn is_plain(text: &str) -> bool {
    // All of it, without leaving early: so the bytes are looked at many at a time.
    text.bytes().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'))
}

/// `text` without what would move a terminal's cursor or reorder its line: another program may have written
/// anything into a company's name.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| (c.is_control() && !matches!(c, '\n' | '\t')) || reorders_text(c);
    if is_plain(text) || !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(|c| if is_hidden(c) { '\u{FFFD}' } else { c }).collect())
}

/// What a line begins with, and a command at its end, in colour.
pub(super) fn paint(line: &str) -> String {
    let alarm = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    let wants_you = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let well = Style::new().fg_color(Some(AnsiColor::Green.into()));
    let command = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
    let marks = [("! ", alarm), ("> ", wants_you), ("  ok ", well), ("  no ", alarm), ("followup: ", alarm)];
    let (mark, rest) = match marks.into_iter().find(|(mark, _)| line.starts_with(mark)) {
        Some((mark, style)) => (format!("{style}{mark}{style:#}"), &line[mark.len()..]),
        None => (String::new(), line),
    };
    let begins = ["  followup ", ": followup "].into_iter().filter_map(|before| rest.rfind(before)).max();
    match begins.map(|at| rest.split_at(at + 2)) {
        Some((before, does)) => format!("{mark}{before}{command}{does}{command:#}"),
        None => mark + rest,
    }
}
