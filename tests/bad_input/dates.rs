//! Dates that do not exist, are written otherwise, or cannot be: an interview ahead, a promise before it.

use super::*;

/// What names no day, whatever it is for.
const NO_DATES: [(&str, &str); 20] = [
    ("2026-02-30", "is not a day of the calendar"),
    ("2025-02-29", "is not a day of the calendar"),
    ("2026-13-01", "is not a day of the calendar"),
    ("2026-00-10", "is not a day of the calendar"),
    ("03.11.2026", "is not a date"),
    ("11/03/2026", "is not a date"),
    ("3 November", "is not a date"),
    ("20261103", "is not a date"),
    ("2026-11-3", "is not a date"),
    ("26-11-03", "is not a date"),
    ("2026-11-03T10:00", "is not a date"),
    ("-002026-11-03", "is not a date"),
    ("+002026-11-03", "is not a date"),
    ("soon", "is not a date"),
    ("fr", "is not a date"),
    ("-1 days ago", "is not a date"),
    ("99999999999 days ago", "is not a date"),
    ("12 ago", "is not a date"),
    ("\u{202e}friday", "is not a date"),
    ("  ", "is not a date"),
];

#[test]
fn what_is_no_date_is_refused_wherever_one_is_given() {
    let shell = globex("waiting");
    for (text, says) in NO_DATES {
        let [interviewed, promised, on] = ["interviewed", "promised", "on"].map(|flag| format!("--{flag}={text}"));
        refused(&shell, "add --interviewed", &add(&[&interviewed]), 2, says);
        refused(&shell, "add --promised", &add(&[&promised]), 2, says);
        refused(&shell, "set --interviewed", &["set", "1", &interviewed], 2, says);
        refused(&shell, "set --promised", &["set", "1", &promised], 2, says);
        refused(&shell, "interview --on", &["interview", "1", &on], 2, says);
        refused(&shell, "interview --promised", &["interview", "1", "--on=yesterday", &promised], 2, says);
        refused(&shell, "promise", &["promise", "1", "--", text], 2, says);
        refused(&shell, "called --promised", &["called", "1", "still-deciding", &promised], 2, says);
        refused(&shell, "snooze", &["snooze", "1", "--", text], 2, says);
    }
}

#[test]
fn an_interview_ahead_is_none_yet() {
    let shell = globex("waiting");
    for day in ["2026-11-18", "in 3 days", "in 1 month", "2027-11-03", "9999-12-31"] {
        let [interviewed, on] = ["interviewed", "on"].map(|flag| format!("--{flag}={day}"));
        let says = "has not taken place yet";
        refused(&shell, "add", &add(&[&interviewed]), 2, says);
        refused(&shell, "set", &["set", "1", "--promised=", &interviewed], 2, says);
        refused(&shell, "interview", &["interview", "1", &on], 2, says);
    }
}

#[test]
fn an_answer_is_promised_after_the_interview() {
    let shell = globex("waiting");
    let says = "is before the interview on 2026-11-03";
    for day in ["2026-11-02", "0001-01-01", "20 days ago"] {
        let promised = format!("--promised={day}");
        refused(&shell, "add", &add(&[&promised]), 2, says);
        refused(&shell, "set", &["set", "1", &promised], 2, says);
        refused(&shell, "promise", &["promise", "1", day], 2, says);
        refused(&shell, "called", &["called", "1", "still-deciding", &promised], 2, says);
    }
    let arguments = ["interview", "1", "--on=2026-11-12", "--promised=2026-11-11"];
    refused(&shell, "interview", &arguments, 2, "is before the interview on 2026-11-12");
    refused(&shell, "set, the interview after the promise", &["set", "1", "--interviewed=2026-11-12"], 2, "is before");
}

#[test]
fn the_ends_of_the_calendar_are_days_like_others() {
    for (interviewed, promised) in
        [("1970-01-01", "2029-12-31"), ("1999-12-31", "2026-11-20"), ("2026-11-16", "2029-12-31")]
    {
        let shell = Shell::new();
        let [interviewed, promised] = [format!("--interviewed={interviewed}"), format!("--promised={promised}")];
        taken(&shell, &add(&[&interviewed, &promised, "--timezone=Pacific/Kiritimati"]));
        for look in [&["show", "1"][..], &["why", "1"], &["list"], &[], &["queue"]] {
            let said = shell.run(look);
            assert_eq!((said.code, said.err.as_str()), (0, ""), "{interviewed} {promised} {look:?}");
        }
    }
}

#[test]
fn a_snooze_is_until_a_day_ahead_within_its_time() {
    let shell = globex("waiting");
    for day in ["yesterday", "today", "0d", "2026-11-16", "3 days ago"] {
        refused(&shell, day, &["snooze", "1", day], 2, "is not ahead; name a later day");
    }
    for day in ["2026-12-26", "2027-06-01", "10 weeks", "3650d", "9999-12-31"] {
        refused(&shell, day, &["snooze", "1", day], 4, "the time for this letter is over after Fri 25 Dec 2026");
    }
    for day in ["-3d", "3x", "d", "3651d", "1.5d"] {
        refused(&shell, day, &["snooze", "1", "--", day], 2, "is not a date");
    }
    taken(&shell, &["snooze", "1", "2026-12-25"]);
}

#[test]
fn only_who_is_still_deciding_promises() {
    let shell = globex("waiting");
    for outcome in ["no-answer", "voicemail", "rejected", "offer", "next-round", "filled"] {
        let says = format!("--promised goes with still-deciding, not with {outcome}");
        refused(&shell, outcome, &["called", "1", outcome, "--promised=friday"], 2, &says);
    }
}
