//! Decisions in a phase that is not for them: 3 where nothing is open on the application, 4 where something is.

use super::*;

/// Which exit code each decision gets in each situation: `.` it is taken, 3 nothing is open, 4 refused.
const TABLE: [(&str, &str); 7] = [
    // planned waiting approved sending sent failed uncertain cancelled closed answered held snoozed late over
    ("draft", "4.......3344.."),
    ("approve", "4..433433344.3"),
    // One that has been sent is too late rather than not open.
    ("recall", "44.44343334444"),
    ("reject", "...43343334..3"),
    ("snooze", "...43343334..3"),
    ("resolve", "444433.3334443"),
    ("edit", "4..433433344.3"),
];

#[test]
fn a_decision_that_does_not_fit_the_phase_is_refused_with_the_way_on() {
    let commands: [(&str, &[&str]); 7] = [
        ("draft", &["draft", "1"]),
        ("approve", &["approve", "1"]),
        ("recall", &["recall", "1"]),
        ("reject", &["reject", "1"]),
        ("snooze", &["snooze", "1", "5d"]),
        ("resolve", &["resolve", "1", "--sent"]),
        ("edit", &["edit", "1", "--subject=My interview"]),
    ];
    let mut found = Vec::new();
    for (name, command) in commands {
        let mut codes = String::new();
        for situation in SITUATIONS {
            let shell = globex(situation);
            let said = shell.run(command);
            codes.push(if said.code == 0 { '.' } else { char::from(b'0' + said.code) });
            if said.code != 0 {
                is_clear(&format!("{name}, {situation}"), &said, said.code, "");
            }
        }
        found.push((name, codes));
    }
    let found: Vec<(&str, &str)> = found.iter().map(|(name, codes)| (*name, codes.as_str())).collect();
    assert_eq!(found, TABLE);
}
