//! Where a run reads from and writes to. The real one is the terminal (or the pipe) of the process; tests bring
//! their own, so that every word can be looked at without one.

use std::cell::Cell;
use std::io::{self, BufRead, IsTerminal, Write};

/// Bytes that a pipe takes before its writer has to wait, and as many as anybody may ask for (pipe(7)).
const ORDINARY_PIPE: usize = 64 * 1024;
const LARGE_PIPE: usize = 1024 * 1024;

/// Standard output, standard error, and somebody to ask.
pub trait Console {
    /// The columns of the terminal that output goes to; `None` if it goes into a file or a pipe.
    fn columns(&self) -> Option<usize>;

    /// Whether colour is wanted: a terminal that has it, and no `NO_COLOR`.
    fn has_colour(&self) -> bool;

    /// Whether somebody is there who can be asked.
    fn can_ask(&self) -> bool;

    /// Writes to standard output.
    fn out(&self, text: &str) -> io::Result<()>;

    /// Writes to standard error. Nobody is left to tell if this fails.
    fn err(&self, text: &str);

    /// Asks for one line; `hidden`: what is typed is not shown. `None` at the end of the input.
    fn ask(&self, question: &str, hidden: bool) -> io::Result<Option<String>>;

    /// Shows what is being waited for, where somebody watches, until [`Console::arrived`].
    fn waiting_for(&self, what: &str);

    /// Takes away what [`Console::waiting_for`] showed.
    fn arrived(&self);
}

/// The terminal or the pipes of this process.
#[derive(Debug, Default)]
pub struct Terminal {
    /// How much of the line of standard error is taken by what is being waited for.
    waiting: Cell<usize>,
}

impl Console for Terminal {
    fn columns(&self) -> Option<usize> {
        if !io::stdout().is_terminal() {
            return None;
        }
        terminal_size::terminal_size_of(io::stdout()).map(|(columns, _)| usize::from(columns.0)).filter(|&it| it > 0)
    }

    fn has_colour(&self) -> bool {
        anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never
    }

    fn can_ask(&self) -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    fn out(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout();
        if text.len() > ORDINARY_PIPE / 2 {
            // Else writer and reader wait for each other once for every piece. What is no pipe refuses, and a system
            // that does not let us have so much: then it is slower.
            let _ = rustix::pipe::fcntl_setpipe_size(&out, LARGE_PIPE);
        }
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    }

    fn err(&self, text: &str) {
        let _ = io::stderr().write_all(text.as_bytes());
    }

    fn ask(&self, question: &str, hidden: bool) -> io::Result<Option<String>> {
        self.out(question)?;
        if hidden {
            return match rpassword::read_password() {
                Ok(typed) => Ok(Some(typed)),
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
                Err(error) => Err(error),
            };
        }
        let mut line = String::new();
        match io::stdin().lock().read_line(&mut line)? {
            0 => Ok(None),
            _ => Ok(Some(line)),
        }
    }

    fn waiting_for(&self, what: &str) {
        if io::stderr().is_terminal() {
            self.err(&format!("\r{what} "));
            self.waiting.set(what.chars().count() + 1);
        }
    }

    fn arrived(&self) {
        let waiting = self.waiting.take();
        if waiting > 0 {
            self.err(&format!("\r{}\r", " ".repeat(waiting)));
        }
    }
}
