//! Two readers: `calcard`, which did not write it, for values; and a strict one of our own for lines, since libraries
//! forgive much that calendar programs do not.

use calcard::icalendar::{ICalendar, ICalendarProperty};

/// One component, with its lines unfolded, and its texts as the other library has them.
#[derive(Debug)]
pub(super) struct Component {
    pub(super) kind: String,
    lines: Vec<String>,
    texts: Vec<(&'static str, String)>,
}

impl Component {
    /// The whole line of that property, which must be there once.
    pub(super) fn line(&self, property: &str) -> &str {
        let mut found = self.lines.iter().filter(|line| name(line) == property);
        let line = found.next().unwrap_or_else(|| panic!("no {property} in {self:?}"));
        assert!(found.next().is_none(), "{property} twice in {self:?}");
        line
    }

    /// As it stands.
    pub(super) fn value(&self, property: &str) -> &str {
        self.line(property).split_once(':').unwrap().1
    }

    pub(super) fn has(&self, property: &str) -> bool {
        self.lines.iter().any(|line| name(line) == property)
    }

    /// As the other library reads it.
    pub(super) fn text(&self, property: &str) -> &str {
        self.texts.iter().find(|(name, _)| *name == property).map_or("", |(_, text)| text)
    }
}

fn name(line: &str) -> &str {
    line.split([':', ';']).next().unwrap()
}

/// What is in `text`, which both readers take, and on which they agree.
pub(super) fn calendar(text: &str) -> Vec<Component> {
    let mut found = check(text);
    let read = ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    let root = &read.components[0];
    let theirs: Vec<_> = root.component_ids.iter().map(|&id| &read.components[id as usize]).collect();
    assert_eq!(theirs.len(), found.len(), "{text}");
    for (ours, theirs) in found.iter_mut().zip(theirs) {
        assert_eq!(theirs.component_type.as_str(), ours.kind);
        for (name, property) in
            [("SUMMARY", ICalendarProperty::Summary), ("DESCRIPTION", ICalendarProperty::Description)]
        {
            if let Some(entry) = theirs.property(&property) {
                assert_eq!(entry.values.len(), 1, "{name} is one text: {entry:?}");
                let text = entry.values[0].as_text().unwrap().to_owned();
                assert_eq!(unescaped(ours.value(name)), text);
                ours.texts.push((name, text));
            }
        }
        if ours.has("UID") {
            assert_eq!(theirs.uid(), Some(ours.value("UID")));
        }
    }
    found
}

/// What a value of the type TEXT says. (RFC 5545, 3.3.11)
fn unescaped(value: &str) -> String {
    let (mut text, mut chars) = (String::new(), value.chars());
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some(c @ ('\\' | ';' | ',')) => text.push(c),
                other => panic!("no escape: {other:?} in {value:?}"),
            },
            ';' | ',' => panic!("{c} stands alone in {value:?}"),
            c => text.push(c),
        }
    }
    text
}

/// Reads `text` as RFC 5545 has it, and nothing else: lines of 75 octets at most that end with CRLF, folded between
/// characters; the properties that must be there, and none twice; UTC instants that come one after the other.
pub(super) fn check(text: &str) -> Vec<Component> {
    assert!(text.ends_with("\r\n"), "the last line ends too");
    for line in text.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(!line.is_empty() && line.len() <= 75, "{} octets: {line:?}", line.len());
        let after_last = line.len() - line.trim_end_matches('\\').len();
        assert!(after_last % 2 == 0, "an escape is in two lines: {line:?}");
        assert!(!line.contains(|c: char| c.is_control() && c != '\t'), "{line:?}");
    }
    let unfolded = text.replace("\r\n ", "");
    let mut lines = unfolded.lines();
    assert_eq!(lines.next(), Some("BEGIN:VCALENDAR"));
    let (mut head, mut found, mut open) = (Vec::new(), Vec::new(), Vec::<String>::new());
    let mut is_closed = false;
    for line in lines {
        assert!(!is_closed, "something after the end: {line}");
        let (property, value) = line.split_once(':').unwrap_or_else(|| panic!("no property: {line:?}"));
        let is_name = |c: char| c.is_ascii_uppercase() || c == '-';
        assert!(name(property).chars().all(is_name), "no name: {line:?}");
        match property {
            "BEGIN" => {
                if open.is_empty() {
                    found.push(Component { kind: value.to_owned(), lines: Vec::new(), texts: Vec::new() });
                }
                open.push(value.to_owned());
            }
            "END" if value == "VCALENDAR" => is_closed = true,
            "END" => assert_eq!(open.pop().as_deref(), Some(value), "{text}"),
            _ if open.is_empty() => head.push(line.to_owned()),
            _ if open.len() == 1 => found.last_mut().unwrap().lines.push(line.to_owned()),
            _ => {}
        }
    }
    assert!(is_closed && open.is_empty() && !found.is_empty(), "{text}");
    for property in ["VERSION", "PRODID", "CALSCALE", "METHOD", "NAME", "X-WR-CALNAME"] {
        assert_eq!(head.iter().filter(|line| name(line) == property).count(), 1, "{property}");
    }
    let uids: Vec<&str> = found.iter().filter(|it| it.kind != "VTIMEZONE").map(|it| it.value("UID")).collect();
    for (at, uid) in uids.iter().enumerate() {
        assert!(!uids[..at].contains(uid), "{uid} twice\n{text}");
        assert!(uid.len() == 36 && uid.chars().all(|c| c == '-' || c.is_ascii_hexdigit()), "{uid}");
    }
    found.iter().for_each(check_component);
    found
}

fn check_component(component: &Component) {
    if component.kind == "VTIMEZONE" {
        return;
    }
    for line in &component.lines {
        component.line(name(line));
    }
    let instant = |property: &str| {
        let value = component.value(property);
        let is_utc = value.len() == 16 && value.ends_with('Z') && value.as_bytes()[8] == b'T';
        assert!(is_utc && value.bytes().filter(u8::is_ascii_digit).count() == 14, "{property}:{value}");
        value
    };
    instant("DTSTAMP");
    assert!(!component.value("SUMMARY").is_empty());
    assert!(component.value("CATEGORIES") == "followup" && component.has("DESCRIPTION"));
    match component.kind.as_str() {
        "VEVENT" if component.line("DTSTART").starts_with("DTSTART;VALUE=DATE:") => {
            assert_eq!(component.value("DTSTART").len(), 8);
        }
        "VEVENT" => assert!(instant("DTSTART") < instant("DTEND") && !component.has("DUE")),
        "VTODO" => {
            assert!(!component.has("DTEND") && component.value("STATUS") == "NEEDS-ACTION");
            assert!(!component.has("DTSTART") || instant("DTSTART") < instant("DUE"));
        }
        other => panic!("what is a {other}?"),
    }
}
