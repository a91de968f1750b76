//! Facts in any script come back as they were given; and whatever another program writes, the page holds.

use followup::core::application::{LONGEST_LINE, check_line, reorders_text};
use support::shell::Shell;

use super::*;

/// A text of one line that a fact may be, in any script.
fn a_fact() -> impl Strategy<Value = String> {
    "[\\PC]{1,40}".prop_filter("a fact", |text| check_line("text", text).is_ok() && text.trim() == text)
}

/// Any text at all, most of it of what troubles a terminal, a table or a sentence.
fn any_trouble() -> impl Strategy<Value = String> {
    let trouble =
        "\u{1b}\u{9b}\u{7}\r\n\t\0\u{202e}\u{2066}\u{2069}\u{2028}\u{2029}\u{feff}\u{200d}\u{301} '\"%_<>{}&·…東🌻";
    let letter = prop_oneof![any::<char>(), prop::sample::select(trouble.chars().collect::<Vec<_>>())];
    prop::collection::vec(letter, 0..30).prop_map(String::from_iter)
}

/// What must never reach a terminal.
fn moves_the_cursor(c: char) -> bool {
    (c.is_control() && c != '\n' && c != '\t') || reorders_text(c)
}

proptest! {
    #![proptest_config(tries(48))]

    #[test]
    fn facts_come_back_as_they_were_given(company in a_fact(), position in a_fact(), name in a_fact(), strength in a_fact()) {
        let mut shell = Shell::new();
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let flags = [
            format!("--company={company}"), format!("--position={position}"), format!("--strength={strength}"),
            format!("--contact=\"{quoted}\" <jane@globex.example>"),
        ];
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        let dates = ["add", "--interviewed=2026-11-03", "--promised=2026-11-06", "--json"];
        let added = shell.run(&[&dates[..], &flags].concat());
        prop_assert_eq!(added.code, 0, "{}", added.err);
        let shown = shell.json(&["show", "1"])["application"].clone();
        prop_assert_eq!(&shown["company"], &company);
        prop_assert_eq!(&shown["position"], &position);
        prop_assert_eq!(&shown["contact"]["name"], &name);
        for columns in [None, Some(40), Some(20)] {
            shell.columns = columns;
            for look in [&[][..], &["list"], &["show", "1"], &["why", "1"], &["draft", "1"], &["queue"], &["log"]] {
                let said = shell.run(look);
                prop_assert_eq!((said.code, said.err.as_str()), (0, ""), "{:?}", look);
                prop_assert!(!said.out.contains(moves_the_cursor), "{:?}: {:?}", look, said.out);
            }
        }
    }

    #[test]
    fn whatever_another_program_writes_the_page_holds(texts in prop::collection::vec(any_trouble(), 6), length in 0..2000usize) {
        let shell = Shell::new();
        shell.add_globex();
        let literal = |text: &str| format!("'x' || CAST(x'{}' AS TEXT)", text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>());
        let columns = ["company", "position", "contact_name", "contact_email", "timezone", "strengths"];
        let assignments: Vec<String> = columns.iter().zip(&texts).map(|(column, text)| format!("{column} = {}", literal(text))).collect();
        shell.sql(&format!("UPDATE applications SET {}", assignments.join(", ")));
        shell.sql(&format!("UPDATE applications SET job_url = printf('%.{}c', 'u')", length + LONGEST_LINE));
        let looks: [&[&str]; 10] = [
            &[], &["list"], &["list", "--all"], &["show", "1"], &["why", "1"], &["queue"], &["log"], &["status"], &["approve", "1"],
            &["forget", "1"],
        ];
        for look in looks {
            let said = shell.run(look);
            prop_assert!(said.code <= 4, "{:?}: {:?}", look, said);
            let text = said.out + &said.err;
            prop_assert!(!text.contains(moves_the_cursor), "{:?}: {:?}", look, text);
            let json = shell.run(&[look, &["--json"]].concat());
            let document = if json.code == 0 { &json.out } else { &json.err };
            prop_assert!(serde_json::from_str::<serde_json::Value>(document).is_ok(), "{:?}: {:?}", look, document);
        }
    }
}
