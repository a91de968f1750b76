//! Rows of cells, fitted into the page's columns.

use std::borrow::Cow;
use std::io;

use super::page::{NARROWEST_TABLE, Page, columns, is_plain, paint};
use crate::core::application::reorders_text;

/// Rows are said in pieces of about so many bytes, which is what a pipe takes at once.
const PIECE: usize = 64 * 1024;

/// Rows of cells. These stand one after the other in one text, so that a list of ten thousand rows costs no more than
/// a few allocations.
#[derive(Debug)]
pub(super) struct Table {
    text: String,
    /// Row by row.
    cells: Vec<Cell>,
    /// Columns that the widest cell of each column takes.
    widths: Vec<usize>,
    /// Which cells are cut where there is no room, and how many columns are left to them at least.
    give_way: &'static [(usize, usize)],
}

#[derive(Debug, Clone, Copy)]
struct Cell {
    /// Where it ends in the text.
    end: u32,
    columns: u32,
}

impl Table {
    /// An empty one, of `N` columns. Where the page is too narrow, cells of the columns in `give_way`
    /// are cut, the widest first, each down to the columns that stand beside it there.
    pub(super) fn new<const N: usize>(give_way: &'static [(usize, usize)]) -> Self {
        Self { text: String::new(), cells: Vec::new(), widths: vec![0; N], give_way }
    }

    /// Adds a row. Each cell is given in the pieces that it consists of; what cannot be seen in them is shown as a
    /// mark: another program may have written a line end into a company's name, and with it a row of its own.
    pub(super) fn push<const N: usize>(&mut self, row: [&[&str]; N]) {
        let (begins, first) = (self.text.len(), self.cells.len());
        for pieces in row {
            let from = self.text.len();
            pieces.iter().for_each(|piece| self.text += piece);
            let end = self.text.len();
            self.cells.push(Cell { end: saturated(end), columns: saturated(end - from) });
        }
        // Most rows are plain, and that was all.
        if !is_plain(&self.text[begins..]) {
            self.text.truncate(begins);
            for (pieces, cell) in row.into_iter().zip(&mut self.cells[first..]) {
                let (from, seen) = (self.text.len(), |c| if is_hidden(c) { '\u{FFFD}' } else { c });
                self.text.extend(pieces.iter().flat_map(|piece| piece.chars()).map(seen));
                *cell = Cell { end: saturated(self.text.len()), columns: saturated(columns(&self.text[from..])) };
            }
        }
        for (cell, width) in self.cells[first..].iter().zip(&mut self.widths) {
            *width = (*width).max(cell.columns as usize);
        }
    }

    /// Says the rows as they are printed, piece by piece, until `say` fails. On a narrow page the cells of a row
    /// stand below each other. In a file or a pipe there is room for all of them: it may be searched.
    pub(super) fn print(&self, page: Page, mut say: impl FnMut(&str) -> io::Result<()>) -> io::Result<()> {
        let widths = match page.columns {
            None => Some(self.widths.clone()),
            Some(room) => self.fit(room),
        };
        let mut said = String::with_capacity(PIECE + 1024);
        let mut begins = 0;
        for row in self.cells.chunks(self.widths.len()) {
            let from = said.len();
            let cells = row.iter().map(|cell| {
                let text = self.text.get(begins..cell.end as usize).unwrap_or_default();
                begins = cell.end as usize;
                (text, cell.columns as usize)
            });
            match &widths {
                Some(widths) => beside_each_other(&mut said, cells.zip(widths)),
                None => below_each_other(&mut said, cells),
            }
            // What stands below each other may still be too long for a narrow page.
            match (&widths, page.colour) {
                (Some(_), false) => {}
                (Some(_), true) => {
                    let row = said.split_off(from);
                    said += &(paint(row.trim_end_matches('\n')) + "\n");
                }
                (None, _) => {
                    let block = said.split_off(from);
                    said += &page.prose(&block);
                }
            }
            if said.len() > PIECE {
                say(&said)?;
                said.clear();
            }
        }
        if said.is_empty() { Ok(()) } else { say(&said) }
    }

    /// The widths of the columns if they have `room` together; `None` if they cannot stand beside each other.
    fn fit(&self, room: usize) -> Option<Vec<usize>> {
        let mut widths = self.widths.clone();
        let taken = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
        for _ in room..taken {
            let can_give = self.give_way.iter().filter(|&&(at, narrowest)| widths[at] > narrowest);
            let widest = can_give.map(|&(at, _)| at).max_by_key(|&at| widths[at])?;
            widths[widest] -= 1;
        }
        (room >= NARROWEST_TABLE).then_some(widths)
    }
}

fn beside_each_other<'a>(row: &mut String, cells: impl Iterator<Item = ((&'a str, usize), &'a usize)>) {
    for ((cell, columns), &width) in cells {
        let used = if columns <= width {
            *row += cell;
            columns
        } else {
            push_cut(row, cell, width)
        };
        let gap = width.saturating_sub(used) + 2;
        *row += &blanks(gap);
    }
    row.truncate(row.trim_end_matches(' ').len());
    row.push('\n');
}

/// Mark and number, and what it is about, begin the block of a row.
fn below_each_other<'a>(block: &mut String, cells: impl Iterator<Item = (&'a str, usize)>) {
    let filled = cells.map(|(cell, _)| cell.trim()).filter(|cell| !cell.is_empty());
    for (at, cell) in filled.enumerate() {
        *block += match at {
            0 => "",
            1 => "  ",
            _ => "\n    ",
        };
        *block += cell;
    }
    block.push('\n');
}

/// So many blanks.
pub(super) fn blanks(count: usize) -> Cow<'static, str> {
    const BLANKS: &str = "                                                                ";
    BLANKS.get(..count).map_or_else(|| " ".repeat(count).into(), Cow::Borrowed)
}

/// Pushes as much of `cell` as fits in `width` columns with a mark at its end; gives the columns that it takes.
fn push_cut(text: &mut String, cell: &str, width: usize) -> usize {
    // Measured as a whole: a mark may change what stands before it.
    let ends = cell.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| columns(&cell[..end]) < width).last().unwrap_or(0);
    *text += &cell[..end];
    text.push('…');
    columns(&cell[..end]) + 1
}

/// Four gigabytes of text are no table to be read.
fn saturated(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether `c` in a cell would move the terminal's cursor, or reorder its line.
fn is_hidden(c: char) -> bool {
    c.is_control() || reorders_text(c)
}
