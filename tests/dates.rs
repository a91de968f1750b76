//! Dates as people say them.

use followup::core::dates::{Toward, parse};
use jiff::civil::{Date, date};

#[test]
fn each_form_means_the_day_that_a_person_would_mean() {
    // Today is Wed 18 Nov 2026; the interview was on Tue 3 Nov.
    let today = date(2026, 11, 18);
    let past = |text: &str| parse(text, today, Toward::Past);
    let after = |text: &str| parse(text, today, Toward::After(date(2026, 11, 3)));
    let table: [(&str, Date); 14] = [
        ("2026-11-03", date(2026, 11, 3)),
        ("today", today),
        ("Yesterday", date(2026, 11, 17)),
        ("tomorrow", date(2026, 11, 19)),
        ("12 days ago", date(2026, 11, 6)),
        ("1 day ago", date(2026, 11, 17)),
        ("2 weeks ago", date(2026, 11, 4)),
        ("1 month ago", date(2026, 10, 18)),
        ("wednesday", today),
        ("Friday", date(2026, 11, 13)),
        ("fri", date(2026, 11, 13)),
        ("last friday", date(2026, 11, 13)),
        ("last wednesday", date(2026, 11, 11)),
        ("  12  days  ago ", date(2026, 11, 6)),
    ];
    for (text, expected) in table {
        assert_eq!(past(text), Ok(expected), "{text}");
    }
    // A promised day is after the interview it was named in.
    assert_eq!(after("friday"), Ok(date(2026, 11, 6)));
    assert_eq!(after("tuesday"), Ok(date(2026, 11, 10)));
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "",
        " ",
        "soon",
        "fr",
        "2026-02-30",
        "3 November",
        "99999999999 days ago",
        "-1 days ago",
        "12 ago",
        "last",
        "03.11.2026",
    ] {
        assert!(parse(text, date(2026, 11, 18), Toward::Past).is_err(), "{text:?}");
    }
}
