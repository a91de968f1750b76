//! Facts that would break a file that is put together carelessly.

use followup::core::application::check_line;
use proptest::prelude::*;

use super::*;

/// Writes the facts as another program would, then reads the calendar.
fn with_facts(company: &str, position: &str, contact: &str, strict: bool) -> Vec<Component> {
    let shell = globex("waiting");
    let database = rusqlite::Connection::open(shell.database()).unwrap();
    let sql = "UPDATE applications SET company = ?, position = ?, contact_name = ? WHERE id = 1";
    database.execute(sql, [company, position, contact]).unwrap();
    let found = export(&shell);
    if strict {
        assert!(!found[0].text("SUMMARY").starts_with("Cannot go on"), "{}", found[0].text("DESCRIPTION"));
        let expected = format!("Letter to {contact} ({position} at {company})");
        assert_eq!(found[0].text("SUMMARY"), expected);
        assert_eq!(found[1].text("SUMMARY"), format!("Say yes or no: l{}", &expected[1..]));
    }
    found
}

#[test]
fn every_sign_that_means_something_in_a_calendar_is_only_itself() {
    for company in [
        "Globex; Initech, Hooli: \"and\" \\sons\\",
        "a\\nb\\,c\\;d\\\\e",
        "END:VEVENT",
        "BEGIN:VTODO;X=\"y\":z",
        "مجموعة العمل، ذ.م.م; שלום, בע\"מ",
        "東京電力ホールディングス株式会社",
        "🦀👩‍👩‍👧‍👦🏳️‍🌈 GmbH & Co. KG",
        "a\u{301}e\u{308}o\u{323}\u{200d}x",
    ] {
        with_facts(company, "Analyst", "Jane Doe", true);
    }
}

/// What hung or ended the library that was tried first.
#[test]
fn blanks_of_any_kind_after_any_characters_are_folded() {
    for (begin, blank) in [("🦀", " "), ("a", "\u{a0}"), ("é", "\u{3000}"), ("🦀", "a "), ("", "\u{2003}")] {
        let text = format!("x{}{}x", begin.repeat(70), blank.repeat(60));
        with_facts(&text, "Analyst", &text, true);
    }
}

#[test]
fn a_line_end_from_another_program_is_held_and_begins_no_line() {
    for text in ["Globex\r\nEND:VCALENDAR", "Globex\nATTENDEE:x", "Globex\u{2028}x", "Globex\u{85}x", "Glo\u{0}bex"] {
        let found = with_facts(text, "Analyst", "Jane Doe", false);
        assert_eq!(found.len(), 1, "{text:?}");
        assert!(found[0].text("SUMMARY").starts_with("Cannot go on: Analyst at Glo"), "{found:?}");
        assert!(found[0].text("DESCRIPTION").contains("company: has a character"), "{found:?}");
    }
}

#[test]
fn a_row_that_cannot_be_read_is_in_it_beside_the_others() {
    let shell = globex("waiting");
    shell.sql(
        "INSERT INTO applications (id, company, position, contact_email) VALUES (2, 'Hooli', 'Tester', 'no address')",
    );
    shell.sql("INSERT INTO interviews (application_id, held_on) VALUES (2, '2026-11-03')");
    let found = summaries(&shell);
    assert_eq!((found.len(), found[2].as_str()), (3, "VTODO Cannot go on: Tester at Hooli"), "{found:?}");
    shell.must(&["close", "2"]);
    assert_eq!(summaries(&shell).len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// What passes the checks comes back as it was given.
    #[test]
    fn any_good_facts_come_back_as_they_were(
        company in r#"x[\PC\\;,:" 🦀ש\u{a0}]{1,150}"#,
        position in r#"x[a\\nN;,: 🦀\u{a0}]{1,100}"#,
        contact in r#"x[\PC\\;,:" ]{1,100}"#,
    ) {
        let is_good = |text: &String| check_line("company", text).is_ok();
        prop_assume!([&company, &position, &contact].into_iter().all(is_good));
        with_facts(&company, &position, &contact, true);
    }

    /// All else is held, in a calendar as good. (A blank company the database itself refuses.)
    #[test]
    fn any_facts_at_all_give_a_calendar(
        company in r#"x[\PC\\;,:"\r\n\t\u{85}\u{2028}\u{202e}]{1,220}"#,
        position in r#"x[a\\nN;,:\r\n\u{a0}]{0,200}"#,
        contact in r#"x[\PC\\;,:"\n]{0,120}"#,
    ) {
        prop_assert!(!with_facts(&company, &position, &contact, false).is_empty());
    }
}
