//! The faults of the test server, and how the local part of a recipient selects one.
//!
//! The grammar is `<what>-<where>`, optionally with a plus tag that keeps addresses apart
//! (`450-at-data+anna@example.org`):
//!
//! | what      | it means                                                                 |
//! |-----------|--------------------------------------------------------------------------|
//! | `554`     | this reply code instead of the usual one; 421 also closes the connection  |
//! | `drop`    | close the connection without a word                                      |
//! | `hang`    | never answer; the connection stays open until one side closes it         |
//! | `garbage` | a line that is no reply, and go on                                       |
//! | `half`    | the first two digits of the usual reply, then close                      |
//! | `trickle` | the usual reply, one byte at a time                                      |
//!
//! | where        | it strikes                                                            |
//! |--------------|-----------------------------------------------------------------------|
//! | `at-rcpt`    | instead of the answer to this recipient                               |
//! | `at-data`    | instead of the `354`                                                  |
//! | `after-data` | right after the `354`, before the body is read (`drop`, `hang`)       |
//! | `at-dot`     | the message was read to the final dot, and is lost (`drop`, `hang`)   |
//! | `after-dot`  | the message was read and, unless the reply is 4xx or 5xx, *accepted*; the fault takes the place of the `250` |
//!
//! `greylist@` gets 451 the first time this very address is named, and is accepted from then on.
//! `refuse-copy@` is accepted, and every recipient named after it in the transaction gets 550.
//! A transaction with several such addresses meets the first fault of `at-data` and later.

use super::local_part;

/// What the server does instead of the usual reply; the table above says what each means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Reply(u16),
    Drop,
    Hang,
    Garbage,
    Half,
    Trickle,
}

impl Fault {
    fn named(what: &str) -> Option<Self> {
        match what {
            "drop" => Some(Self::Drop),
            "hang" => Some(Self::Hang),
            "garbage" => Some(Self::Garbage),
            "half" => Some(Self::Half),
            "trickle" => Some(Self::Trickle),
            _ if what.len() == 3 => what.parse().ok().filter(|code| (200..600).contains(code)).map(Self::Reply),
            _ => None,
        }
    }

    /// Whether a server that does this after the final dot has taken the message.
    pub(super) fn takes_message(self) -> bool {
        !matches!(self, Self::Reply(400..))
    }
}

/// Where in the transaction a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    AtRcpt,
    AtData,
    AfterData,
    AtDot,
    AfterDot,
}

impl Place {
    fn named(place: &str) -> Option<Self> {
        match place {
            "at-rcpt" => Some(Self::AtRcpt),
            "at-data" => Some(Self::AtData),
            "after-data" => Some(Self::AfterData),
            "at-dot" => Some(Self::AtDot),
            "after-dot" => Some(Self::AfterDot),
            _ => None,
        }
    }
}

/// What a recipient's address asks of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selected {
    Nothing,
    Fault(Fault, Place),
    Greylisting,
    RefusalOfCopies,
}

/// Reads the wish out of an address. An error for a name that is nearly a fault: a test that
/// misspells one must not pass as if the server had obeyed.
pub(super) fn selected_by(address: &str) -> Result<Selected, String> {
    let local_part = local_part(address);
    let name = local_part.split_once('+').map_or(local_part, |(name, _tag)| name);
    match name {
        "greylist" => return Ok(Selected::Greylisting),
        "refuse-copy" => return Ok(Selected::RefusalOfCopies),
        _ => {}
    }
    let Some(dash) = name.find("-at-").or_else(|| name.find("-after-")) else {
        return Ok(Selected::Nothing);
    };
    match (Fault::named(&name[..dash]), Place::named(&name[dash + 1..])) {
        (None, None) => Ok(Selected::Nothing),
        // There is no reply to change here: the server only goes away, or silent.
        (Some(fault), Some(Place::AfterData | Place::AtDot)) if !matches!(fault, Fault::Drop | Fault::Hang) => {
            Err(format!("{address}: only drop and hang are possible there"))
        }
        (Some(fault), Some(place)) => Ok(Selected::Fault(fault, place)),
        _ => Err(format!("{address} looks like a fault, and is none")),
    }
}
