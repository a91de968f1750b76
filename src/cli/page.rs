//! The page that people read: lines broken to its width, tables fitted into it, colour where there is some.
//! Colour never carries meaning alone.

use std::borrow::Cow;

use anstyle::{AnsiColor, Style};
use textwrap::WordSplitter::NoHyphenation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::core::application::reorders_text;

/// Sentences are not longer than this even where there is more room.
const WIDEST_PROSE: usize = 80;
/// Nor are tables longer than this: the eye has to find the end of the line.
const WIDEST_TABLE: usize = 120;
/// Below this many columns the cells of a row stand below each other.
const NARROWEST_TABLE: usize = 60;
/// No cell is cut shorter than this.
const NARROWEST_CELL: usize = 8;

/// What is known of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// Columns of the terminal; `None` for a file or a pipe.
    pub(super) columns: Option<usize>,
    pub(super) colour: bool,
}

impl Page {
    /// Columns for sentences.
    pub(super) fn width(self) -> usize {
        self.columns.unwrap_or(WIDEST_PROSE).clamp(1, WIDEST_PROSE)
    }

    /// `text` as it is printed: nothing invisible in it, lines broken at spaces with the following ones
    /// indented like the first, marks and commands in colour.
    pub(super) fn lay_out(self, text: &str) -> String {
        // Tables are fitted already, and may be wider than sentences.
        let widest = self.columns.unwrap_or(WIDEST_PROSE);
        let mut laid_out = String::with_capacity(text.len() + text.len() / 8);
        for line in text.lines() {
            // Most lines by far: they are as they should be, and fit.
            if !self.colour && is_plain(line) && characters(line) <= self.width() {
                laid_out += line;
                laid_out.push('\n');
                continue;
            }
            let line = visible(line);
            let is_row = is_table_row(&line) && fits(&line, widest.min(WIDEST_TABLE));
            let broken = if is_row { Cow::Borrowed(&*line) } else { self.fill(&line) };
            for line in broken.lines() {
                laid_out += &if self.colour { Cow::Owned(paint(line)) } else { Cow::Borrowed(line) };
                laid_out.push('\n');
            }
            if broken.is_empty() {
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

    /// `rows` with their cells in columns; where there is no room for all, the cells of the columns in
    /// `give_way` are cut, the widest first. On a narrow page the cells of a row stand below each other.
    pub(super) fn table<const N: usize>(self, rows: &[[Cow<str>; N]], give_way: &[usize]) -> String {
        let room = self.columns.unwrap_or(WIDEST_PROSE).min(WIDEST_TABLE);
        let mut widths = [0; N];
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = columns(cell).max(*width);
            }
        }
        let gaps = 2 * (N - 1);
        let mut missing = (widths.iter().sum::<usize>() + gaps).saturating_sub(room);
        while missing > 0 {
            let cut = give_way.iter().copied().filter(|&at| widths[at] > NARROWEST_CELL).max_by_key(|&at| widths[at]);
            let Some(widest) = cut else { break };
            widths[widest] -= 1;
            missing -= 1;
        }
        if missing > 0 || room < NARROWEST_TABLE {
            return rows.iter().map(|row| below_each_other(row)).collect();
        }
        let mut text = String::with_capacity(rows.len() * (room + 1));
        for row in rows {
            for (cell, width) in row[..N - 1].iter().zip(widths) {
                push_cell(&mut text, cell, width);
                text += "  ";
            }
            text += &row[N - 1];
            text.truncate(text.trim_end().len());
            text.push('\n');
        }
        text
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

/// A line with two columns or more, and so none to be broken like a sentence.
fn is_table_row(line: &str) -> bool {
    line.trim_start().as_bytes().windows(2).any(|pair| pair == b"  ")
}

fn below_each_other(row: &[Cow<str>]) -> String {
    let mut cells = row.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let mut text = String::new();
    // Mark and number, and what it is about, begin the block.
    let first: Vec<&str> = cells.by_ref().take(2).collect();
    text += &(first.join("  ") + "\n");
    for cell in cells {
        text += &format!("    {cell}\n");
    }
    text
}

fn push_cell(text: &mut String, cell: &str, width: usize) {
    let room = width.saturating_sub(1);
    let mut used = columns(cell);
    if used <= width {
        *text += cell;
    } else if cell.is_ascii() {
        *text += &cell[..room];
        text.push('…');
        used = width;
    } else {
        used = 0;
        for c in cell.chars() {
            let columns = c.width().unwrap_or(0);
            if used + columns > room {
                break;
            }
            text.push(c);
            used += columns;
        }
        text.push('…');
        used += 1;
    }
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(used)));
}

/// Whether `text` takes at most `width` columns. No character takes more columns than bytes.
fn fits(text: &str, width: usize) -> bool {
    text.len() <= width || columns(text) <= width
}

/// How many characters `text` has.
fn characters(text: &str) -> usize {
    // Every byte but those that go on with a character.
    text.bytes().filter(|byte| byte & 0xC0 != 0x80).count()
}

/// How many columns `text` takes.
fn columns(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false if is_plain(text) => characters(text),
        false => text.width(),
    }
}

/// Whether all of `text` can be seen, and each character of it takes one column: ASCII, and the `…` of what was cut.
/// Nearly all that is printed is such text, and need not be looked up character by character. A `false` says
/// nothing.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| IS_PLAIN[usize::from(byte)])
}

/// The bytes of plain text. Of the three bytes of `…`, in whatever order, only characters of one column can be made.
const IS_PLAIN: [bool; 256] = {
    let (mut is_plain, mut byte) = ([false; 256], 0);
    while byte < is_plain.len() {
        is_plain[byte] = matches!(byte as u8, b' '..=b'~' | b'\n' | b'\t' | 0xE2 | 0x80 | 0xA6);
        byte += 1;
    }
    is_plain
};

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
fn paint(line: &str) -> String {
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
