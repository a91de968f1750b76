//! Facts in `add` and `set`: what cannot be seen, what is too long, addresses, zones, countries.

use super::*;

/// What no text may hold, by name.
const UNSEEN: [(&str, &str); 10] = [
    ("a carriage return", "a\rb"),
    ("a line feed", "a\nb"),
    ("NUL", "a\0b"),
    ("an escape", "a\u{1b}[2Jb"),
    ("a bidi override", "a\u{202e}b"),
    ("a bidi isolate", "a\u{2066}b"),
    ("a byte order mark", "a\u{feff}b"),
    ("a line separator", "a\u{2028}b"),
    ("a C1 control", "a\u{9b}b"),
    ("delete", "a\u{7f}b"),
];
/// The flags of `add` and `set`, with what their errors begin with.
const FLAGS: [(&str, &str); 12] = [
    ("company", "--company: has a character that cannot be seen"),
    ("position", "--position: has a character that cannot be seen"),
    ("contact", "--contact: "),
    ("hr", "--hr: "),
    ("phone", "--phone: has a character that cannot be seen"),
    ("hr-phone", "--hr-phone: has a character that cannot be seen"),
    ("timezone", "--timezone: has a character that cannot be seen"),
    ("country", "--country: "),
    ("strength", "--strength: has a character that cannot be seen"),
    ("job-url", "--job-url: has a character that cannot be seen"),
    ("language", "--language: there are no letters in"),
    ("strategy", "--strategy: there is no strategy"),
];

fn value_of(flag: &str, text: &str) -> String {
    match flag {
        "contact" | "hr" => format!("--{flag}={text} <jane@globex.example>"),
        _ => format!("--{flag}={text}"),
    }
}

#[test]
fn no_fact_holds_what_cannot_be_seen() {
    let shell = globex("waiting");
    for (flag, says) in FLAGS {
        for (what, text) in UNSEEN {
            let value = value_of(flag, text);
            refused(&shell, &format!("add, {what} in --{flag}"), &add(&[&value]), 2, says);
            refused(&shell, &format!("set, {what} in --{flag}"), &["set", "1", &value], 2, says);
        }
    }
}

#[test]
fn no_fact_is_too_long() {
    let shell = globex("waiting");
    let long = "x".repeat(201);
    for (flag, says) in FLAGS {
        let says = match flag {
            "country" | "language" | "strategy" => says.to_owned(),
            flag => format!("--{flag}: is longer than 200 characters"),
        };
        let value = value_of(flag, &long);
        refused(&shell, &format!("add, a long --{flag}"), &add(&[&value]), 2, &says);
        refused(&shell, &format!("set, a long --{flag}"), &["set", "1", &value], 2, &says);
    }
    taken(&shell, &add(&[&value_of("position", &"ü".repeat(200))]));
}

#[test]
fn no_word_of_the_person_holds_what_cannot_be_seen() {
    let shell = globex("waiting");
    let body = shell.folder().join("body.txt");
    let body = body.to_str().unwrap();
    let long = "x".repeat(20_001);
    let line = &long[..201];
    let lines = UNSEEN.into_iter().chain([("too much", line), ("nothing", ""), ("spaces", "  ")]);
    for (what, text) in lines {
        refused(&shell, &format!("called, {what}"), &["called", "1", "voicemail", "--note", text], 2, "note: ");
        refused(&shell, &format!("close, {what}"), &["close", "1", "--why", text], 2, "--why: ");
        refused(&shell, &format!("reject, {what}"), &["reject", "1", "--why", text], 2, "--why: ");
        refused(&shell, &format!("edit, {what}"), &["edit", "1", "--subject", text], 2, "subject: ");
    }
    let texts = UNSEEN.into_iter().filter(|(_, text)| !text.contains('\n'));
    for (what, text) in texts.chain([("too much", long.as_str()), ("nothing", ""), ("spaces", " \n ")]) {
        refused(&shell, &format!("note, {what}"), &["note", "1", text], 2, "note: ");
        std::fs::write(body, text).unwrap();
        refused(&shell, &format!("edit a body, {what}"), &["edit", "1", "--body-file", body], 2, "body: ");
    }
    // What a note and a body may hold.
    shell.must(&["note", "1", "first line\nsecond\tline"]);
    std::fs::write(body, "Dear Jane,\r\n\r\nThank you.\r\n\r\nAda Byron\r\n").unwrap();
    assert_eq!(taken(&shell, &["edit", "1", "--body-file", body])["body"], "Dear Jane,\n\nThank you.\n\nAda Byron\n");
}

#[test]
fn what_is_no_address_is_refused() {
    let shell = globex("waiting");
    let local = format!("{}@globex.example", "j".repeat(300));
    let domain = format!("jane@{}.example", "g".repeat(300));
    let table: [(&str, &str, &str); 18] = [
        ("no at sign", "jane", "is not a name and an address"),
        ("a name alone", "Jane Doe", "is not a name and an address"),
        ("two at signs", "jane@globex@example.com", "is not a name and an address"),
        ("two at signs together", "jane@@globex.example", "is not a name and an address"),
        ("a space", "jane doe@globex.example", "is not a name and an address"),
        ("nobody", "@globex.example", "is not a name and an address"),
        ("nowhere", "jane@", "is not a name and an address"),
        ("a trailing dot", "jane@globex.example.", "is not a name and an address"),
        ("a dot too many", "jane@globex..example", "is not a name and an address"),
        ("no end", "Jane Doe <jane@globex.example", "is not a name and an address"),
        ("empty brackets", "Jane Doe <>", "is not a name and an address"),
        ("two addresses", "jane@globex.example, joan@globex.example", "is not a name and an address"),
        ("only spaces", "   ", "is not a name and an address"),
        ("300 characters before the at sign", &local, "is not a name and an address"),
        ("300 characters after it", &domain, "is not a name and an address"),
        ("no whole domain", "jane@globex", "has no whole domain after the @"),
        ("a quoted one", "\"jane doe\"@globex.example", "is not a name and an address"),
        ("no whole international domain", "Jane <jane@münchen>", "has no whole domain after the @"),
    ];
    for flag in ["contact", "hr"] {
        for (name, text, says) in table {
            let value = format!("--{flag}={text}");
            refused(&shell, &format!("add --{flag}, {name}"), &add(&[&value]), 2, says);
            refused(&shell, &format!("set --{flag}, {name}"), &["set", "1", &value], 2, says);
        }
    }
}

#[test]
fn names_in_every_script_and_plain_addresses_are_taken() {
    let shell = Shell::new();
    let table = [
        ("Jörg Müller", "jorg@globex.example"),
        ("山田太郎", "yamada@globex.example"),
        ("محمد بن سلمان", "m@globex.example"),
        ("نیک\u{200c}پی", "n@globex.example"),
        ("क\u{94d}\u{200d}ष", "k@globex.example"),
        ("O'Brien", "o@globex.example"),
        ("Jean-Luc d'Arc", "j@xn--mnchen-3ya.example"),
        ("Jané", "jané@münchen.example"),
        ("王小明", "王@例え.テスト"),
        ("Zoë 🌻 Quist", "z+jobs@sub.globex.example"),
        ("J. R. Ewing", "jr@globex.example"),
        ("Dr. Jane Doe, PhD", "jane@globex.example"),
        ("Jane Doe (HR)", "hr@globex.example"),
    ];
    for (name, address) in table {
        let written =
            if name.contains([',', '(']) { format!("\"{name}\" <{address}>") } else { format!("{name} <{address}>") };
        let application = taken(&shell, &add(&[&format!("--contact={written}")]));
        assert_eq!(
            (&application["contact"]["name"], &application["contact"]["email"]),
            (&name.into(), &address.into())
        );
    }
    assert_eq!(taken(&shell, &add(&["--contact=jane@globex.example"]))["contact"]["name"], Value::Null);
}

#[test]
fn unknown_zones_countries_languages_and_strategies_are_named() {
    let shell = globex("waiting");
    let table = [
        ("--timezone=Mars/Olympus", "is not a time zone such as America/New_York"),
        ("--timezone=EST+5", "is not a time zone"),
        ("--timezone=../UTC", "is not a time zone"),
        ("--timezone=/etc/passwd", "is not a time zone"),
        ("--timezone= ", "--timezone: is empty"),
        ("--country=USA", "is no country; write two letters"),
        ("--country=U", "is no country"),
        ("--country=U1", "is no country"),
        ("--country=é", "is no country"),
        ("--country=  ", "is no country"),
        ("--language=tlh", "there are no letters in \"tlh\"; there are: en"),
        ("--language=", "there are no letters in \"\""),
        ("--strategy=pushy", "there is no strategy \"pushy\""),
        ("--company=", "--company: is empty"),
        ("--company=\u{3000} ", "--company: is empty"),
        ("--position=", "--position: is empty"),
        ("--round=0", "write a number from 1 to 20"),
        ("--round=21", "write a number from 1 to 20"),
        ("--round=-1", "write a number from 1 to 20"),
        ("--round=x", "write a number from 1 to 20"),
        ("--round=2.5", "write a number from 1 to 20"),
        ("--round=", "write a number from 1 to 20"),
    ];
    for (flag, says) in table {
        refused(&shell, &format!("add {flag}"), &add(&[flag]), 2, says);
        refused(&shell, &format!("set {flag}"), &["set", "1", flag], 2, says);
    }
    for flag in
        ["--contact=", "--phone=", "--hr=", "--timezone=", "--country=", "--strategy=", "--promised=", "--strength="]
    {
        refused(&shell, &format!("add {flag}"), &add(&[flag]), 2, "is empty");
    }
    // `set` takes these away, but not the last way to reach them.
    refused(&shell, "set --contact=", &["set", "1", "--contact="], 2, "there is no way to reach them");
    taken(&shell, &["set", "1", "--timezone=", "--country=us"]);
}
