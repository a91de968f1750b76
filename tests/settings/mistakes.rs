//! Each mistake, and the very words that name it. The home's file has six lines before what a row of the table adds,
//! the last two of them in the section `[smtp]`.

use super::*;

const SYNTAX: [(&str, &str); 10] = [
    ("[sending\n", "home/followup.toml, line 7, column 9: "),
    ("port = \n", "home/followup.toml, line 7, column 8: "),
    ("port = 1\nport = 2\n", "home/followup.toml, line 8, column 1: duplicate key"),
    ("just words\n", "home/followup.toml, line 7, column 6: "),
    ("password = \"hunter2secret\n", "home/followup.toml, line 7, column "),
    ("password = hunter2secret\n", "home/followup.toml, line 7, column 12: "),
    ("password = 'it's hunter2secret'\n", "home/followup.toml, line 7, column "),
    ("password = \"\\hunter2secret\"\n", "home/followup.toml, line 7, column "),
    ("password = 'hunter2secret' hunter2secret\n", "home/followup.toml, line 7, column "),
    ("[smtp]\n", "home/followup.toml, line 7, column "),
];

const UNKNOWN: [(&str, &str); 15] = [
    ("[smpt]\n", "home/followup.toml, line 7, column 2: there is no section `smpt`; did you mean `smtp`?"),
    ("[SENDING]\n", "line 7, column 2: there is no section `SENDING`; did you mean `sending`?"),
    ("[strategies.calm]\n", "line 7, column 2: there is no section `strategies`; did you mean `strategy`?"),
    ("[profile]\n", "line 7, column 2: there is no section `profile`; did you mean `etiquette.profile`?"),
    ("[qqq]\n", "line 7, column 2: there is no section `qqq` |"),
    ("prot = 25\n", "line 7, column 1: there is no key `smtp.prot`; did you mean `smtp.port`?"),
    ("  user = 'ada'\n", "line 7, column 3: there is no key `smtp.user`; did you mean `smtp.username`?"),
    (
        "passwrod = 'hunter2secret'\n",
        "line 7, column 1: there is no key `smtp.passwrod`; did you mean `smtp.password`?",
    ),
    ("PORT = 25\n", "line 7, column 1: there is no key `smtp.PORT`; did you mean `smtp.port`?"),
    ("per_day = 3\n", "line 7, column 1: there is no key `smtp.per_day`; did you mean `sending.per_day`?"),
    ("zzz = 3\n", "line 7, column 1: there is no key `smtp.zzz` |"),
    ("[sending]\nhour = '9-5'\n", "line 8, column 1: there is no key `sending.hour`; did you mean `sending.hours`?"),
    ("[log]\nlevle = 'info'\n", "line 8, column 1: there is no key `log.levle`; did you mean `log.level`?"),
    ("[ask]\nremind.me = 'x'\n", "line 8, column 1: ask.remind: must be a text in quotes"),
    ("\n\n# a comment\nhots = 'x'\n", "line 10, column 1: there is no key `smtp.hots`; did you mean `smtp.host`?"),
];

const TYPES: [(&str, &str); 14] = [
    ("port = 'many'\n", "home/followup.toml, line 7, column 8: smtp.port: must be a whole number, without quotes |"),
    ("port = '465'\n", "line 7, column 8: smtp.port: must be a whole number, without quotes"),
    ("port = 46.5\n", "line 7, column 8: smtp.port: must be a whole number, without quotes"),
    ("port = true\n", "line 7, column 8: smtp.port: must be a whole number, without quotes"),
    ("username = 7\n", "line 7, column 12: smtp.username: must be a text in quotes"),
    ("password = 12345\n", "line 7, column 12: smtp.password: must be a text in quotes"),
    ("password = ['hunter2secret']\n", "line 7, column 12: smtp.password: must be a text in quotes"),
    ("password.is = 'hunter2secret'\n", "smtp.password: must be a text in quotes"),
    (
        "password_command = 'pass show mail'\n",
        "line 7, column 20: smtp.password_command: must be a list of texts in quotes",
    ),
    ("password_command = ['pass', 3]\n", "line 7, column 20: smtp.password_command: must be a list of texts"),
    ("[ask]\nvia = 'email'\n", "line 8, column 7: ask.via: must be a list of texts in quotes"),
    (
        "[calendar]\nextra_holidays = [2026-12-24]\n",
        "line 8, column 18: calendar.extra_holidays: must be a list of texts",
    ),
    ("[sending]\nper_employer = []\n", "line 8, column 16: sending.per_employer: must be a whole number, or a text"),
    ("[sending]\ngrace = 30\n", "line 8, column 9: sending.grace: must be a text in quotes"),
];

const VALUES: [(&str, &str); 53] = [
    ("port = 0\n", "home/followup.toml, line 7, column 8: smtp.port: 0 is not a port from 1 to 65535"),
    ("port = -1\n", "smtp.port: -1 is not a port"),
    ("port = 65536\n", "smtp.port: 65536 is not a port"),
    ("port = 99999999999999999999\n", "line 7, column "),
    (
        "tls = 'tls'\n",
        "line 7, column 7: smtp.tls: \"tls\" will not do; it takes \"implicit\", \"starttls\" or \"none\"",
    ),
    ("ca_file = 'ca.pem'\n", "line 7, column 11: smtp.ca_file: ca.pem must begin with /"),
    ("ca_file = '/nowhere/ca.pem'\n", "line 7, column 11: smtp.ca_file: /nowhere/ca.pem cannot be read: No such file"),
    ("ca_file = '/dev/null'\n", "line 7, column 11: smtp.ca_file: /dev/null"),
    ("ca_file = '/etc/passwd'\n", "line 7, column 11: smtp.ca_file: /etc/passwd has no certificate in it"),
    ("auth = 'cram-md5'\n", "smtp.auth: \"cram-md5\" will not do; it takes \"auto\", \"plain\" or \"login\""),
    ("copy = 'yes'\n", "smtp.copy: \"yes\" will not do; it takes \"bcc\" or \"none\""),
    ("username = \"a\\u0000b\"\n", "line 7, column 12: smtp.username: has a character that cannot be seen"),
    (
        "username = 'ada'\n",
        "line 7, column 12: smtp.username: is set, but none of smtp.password, smtp.password_file and",
    ),
    (
        "username = 'ada'\npassword = \"hunter2secret\\n2\"\n",
        "line 8, column 12: smtp.password: has more than one line",
    ),
    ("username = 'ada'\npassword = \"hunter2secret\\u0000\"\n", "line 8, column 12: smtp.password: has a NUL"),
    ("username = 'ada'\npassword_file = 'pw'\n", "line 8, column 17: smtp.password_file: \"pw\" must begin with /"),
    (
        "username = 'ada'\npassword_file = '/nowhere/pw'\n",
        "smtp.password_file: /nowhere/pw cannot be read: No such file",
    ),
    ("username = 'ada'\npassword_file = '/'\n", "line 8, column 17: smtp.password_file: /: this is not a file"),
    (
        "username = 'ada'\npassword_command = ['', 'x']\n",
        "line 8, column 20: smtp.password_command: begins with no program",
    ),
    ("username = 'ada'\npassword_command = [\"a\\u0000\"]\n", "smtp.password_command: has a NUL character"),
    (
        "username = 'ada'\npassword = 'hunter2secret'\npassword_file = '/x'\n",
        "line 9, column 17: smtp.password_file: is set, and so is smtp.password (home/followup.toml, line 8, column 12); keep one",
    ),
    (
        "username = 'ada'\npassword_file = '/x'\npassword_command = ['x']\n",
        "line 9, column 20: smtp.password_command: is set, and so is smtp.password_file",
    ),
    (
        "[etiquette]\nprofile = 'pushy'\n",
        "line 8, column 11: etiquette.profile: \"pushy\" will not do; it takes one of \"patient\", \"prompt\"",
    ),
    (
        "[etiquette]\nmax_letters = 0\n",
        "line 8, column 15: etiquette.max_letters: 0 will not do; it takes a whole number from 1 on",
    ),
    ("[etiquette]\nmax_letters = -2\n", "etiquette.max_letters: -2 will not do"),
    (
        "[sending]\nhours = '9-5'\n",
        "line 8, column 9: sending.hours: \"9-5\" will not do; it takes two times of day such as \"09:00-17:00\"",
    ),
    ("[sending]\nhours = '17:00-09:00'\n", "sending.hours: \"17:00-09:00\" will not do"),
    ("[sending]\nhours = '09:00-24:01'\n", "sending.hours: \"09:00-24:01\" will not do"),
    ("[sending]\nhours = '+9:00-17:00'\n", "sending.hours: \"+9:00-17:00\" will not do"),
    ("[sending]\ndays = 'weekdays'\n", "sending.days: \"weekdays\" will not do; it takes \"mon-fri\" or \"all\""),
    ("[sending]\ngrace = 'soon'\n", "sending.grace: \"soon\" will not do; it takes a time such as"),
    ("[sending]\ngrace = '-5s'\n", "sending.grace: \"-5s\" will not do"),
    ("[sending]\ngrace = '32d'\n", "sending.grace: \"32d\" will not do"),
    ("[sending]\nper_day = -1\n", "sending.per_day: -1 will not do; it takes a whole number from 0 on"),
    (
        "[sending]\nper_employer = 'often'\n",
        "sending.per_employer: \"often\" will not do; it takes 0, or a text such as",
    ),
    ("[sending]\nper_employer = 5\n", "sending.per_employer: 5 will not do; it takes 0, or a text such as"),
    ("[sending]\nper_employer = '251 business days'\n", "sending.per_employer: \"251 business days\" will not do"),
    (
        "[calendar]\ncountry = 'Germany'\n",
        "line 8, column 11: calendar.country: \"Germany\" will not do; it takes two capital letters",
    ),
    ("[calendar]\ncountry = 'de'\n", "calendar.country: \"de\" will not do"),
    (
        "[calendar]\ncountry = 'DE-XX'\n",
        "line 8, column 11: calendar.country: Germany has no region XX; there are: BB,",
    ),
    (
        "[calendar]\nextra_holidays = ['2026-12-24', '2026-02-30']\n",
        "calendar.extra_holidays: \"2026-02-30\" will not do; it takes dates",
    ),
    ("[ask]\nvia = ['email', 'pigeon']\n", "ask.via: [\"email\", \"pigeon\"] will not do; it takes [\"email\"]"),
    (
        "[ask]\ndigest_at = '24:00'\n",
        "line 8, column 13: ask.digest_at: \"24:00\" will not do; it takes a time of day such as \"08:30\", or \"\" for none",
    ),
    ("[ask]\ndigest_at = '8'\n", "line 8, column 13: ask.digest_at: \"8\" will not do"),
    ("[ask]\ndigest_at = '08:60'\n", "ask.digest_at: \"08:60\" will not do"),
    ("[ask]\ndigest_at = '08:30:00'\n", "ask.digest_at: \"08:30:00\" will not do"),
    ("[ask]\ndigest_at = ' 08:30'\n", "ask.digest_at: \" 08:30\" will not do"),
    ("[ask]\ndigest_at = '8:30 am'\n", "ask.digest_at: \"8:30 am\" will not do"),
    ("[ask]\ndigest_at = 'off'\n", "ask.digest_at: \"off\" will not do"),
    ("[ask]\ndigest_at = false\n", "line 8, column 13: ask.digest_at: must be a text in quotes"),
    ("[ask]\nremind = 'never'\n", "line 8, column 10: ask.remind: \"never\" will not do; it takes a time such as"),
    (
        "[log]\nlevel = 'loud'\n",
        "line 8, column 9: log.level: \"loud\" will not do; it takes error, warn, info, debug or trace",
    ),
    (
        "[log]\nformat = 'xml'\n",
        "log.format: \"xml\" will not do; it takes \"auto\", \"text\", \"json\" or \"journald\"",
    ),
];

const LATER: [(&str, &str); 3] = [
    ("[imap]\nhost = 'x'\n", "line 7, column 2: this version cannot look into a mailbox yet"),
    ("auth = 'xoauth2'\n", "line 7, column 8: smtp.auth: this version cannot do \"xoauth2\" yet"),
    ("copy = 'append'\n", "line 7, column 8: smtp.copy: this version cannot do \"append\" yet"),
];

#[test]
fn every_mistake_in_a_file_is_named_by_its_place_and_never_shows_a_secret() {
    let table = [&SYNTAX[..], &UNKNOWN, &TYPES, &VALUES, &LATER].concat();
    let mut wrong = String::new();
    for (text, expected) in table {
        let said = Rig::with(text).mistake();
        let has_place = said.starts_with("home/followup.toml, line ") && said.ends_with("correct home/followup.toml");
        if !said.contains(expected) || !has_place {
            wrong += &format!("{text:?}\n  expected: {expected}\n  said:     {said}\n");
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn what_is_needed_and_not_written_is_asked_for_by_the_file_it_belongs_into() {
    let table = [
        ("", "home/followup.toml: me.name: is empty | write it into home/followup.toml"),
        ("[me]\nname = 'Ada'\n", "home/followup.toml: me.email: is empty | write it into home/followup.toml"),
        (
            "[me]\nname = 'Ada'\nemail = 'a@me.example'\n",
            "home/followup.toml: smtp.host: is empty: name your provider's",
        ),
        ("[me]\nname = ''\n", "home/followup.toml, line 2, column 8: me.name: is empty | correct home/followup.toml"),
        ("[me]\nname = 'A'\nemail = 'nobody'\n", "line 3, column 9: me.email: \"nobody\" is not a mail address"),
        ("[me]\nname = 'A'\nemail = 'a@b.c'\nphone = ' '\n", "line 4, column 9: me.phone: is empty"),
        (
            "[me]\nname = 'A'\nemail = 'a@b.c'\ntimezone = 'Mars'\n",
            "line 4, column 12: me.timezone: \"Mars\" is not a time",
        ),
        ("name = 'Ada'\n", "line 1, column 1: there is no section `name`; did you mean `me.name`?"),
        ("me = 'Ada'\n", "line 1, column 1: `me` is a section: write [me] above its keys"),
        ("me.name = 3\n", "line 1, column 11: me.name: must be a text in quotes"),
        ("[me]\nname = 'Ada\u{202E}'\n", "line 2, column 8: me.name: has a character that cannot be seen, U+202E"),
    ];
    for (text, expected) in table {
        let said = Rig::of(text).mistake();
        assert!(said.contains(expected), "{text:?}\n  expected: {expected}\n  said:     {said}");
    }
}

#[test]
fn every_mistake_in_the_environment_or_on_the_command_line_names_its_source() {
    let variables = [
        (
            "FOLLOWUP__SMTP__HOSTT",
            "x",
            "$FOLLOWUP__SMTP__HOSTT: there is no setting for this variable; did you mean `$FOLLOWUP__SMTP__HOST`?",
        ),
        ("FOLLOWUP__SMTP__PASWORD", SECRET, "did you mean `$FOLLOWUP__SMTP__PASSWORD`?"),
        ("FOLLOWUP__smtp__host", "x", "did you mean `$FOLLOWUP__SMTP__HOST`?"),
        ("FOLLOWUP__HOST", "x", "$FOLLOWUP__HOST: there is no setting for this variable"),
        ("FOLLOWUP__", "x", "$FOLLOWUP__: there is no setting for this variable"),
        ("FOLLOWUP__IMAP__HOST", "x", "$FOLLOWUP__IMAP__HOST: this version cannot look into a mailbox yet"),
        (
            "FOLLOWUP__STRATEGY__CALM",
            "x",
            "$FOLLOWUP__STRATEGY__CALM: a strategy of your own is written in followup.toml",
        ),
        (
            "FOLLOWUP__SMTP__PORT",
            "many",
            "$FOLLOWUP__SMTP__PORT: smtp.port: must be a whole number | correct the environment variable FOLLOWUP__SMTP__PORT, or unset it",
        ),
        ("FOLLOWUP__SMTP__PORT", "", "$FOLLOWUP__SMTP__PORT: smtp.port: must be a whole number"),
        ("FOLLOWUP__SMTP__PORT", "70000", "$FOLLOWUP__SMTP__PORT: smtp.port: 70000 is not a port"),
        ("FOLLOWUP__SENDING__HOURS", "9-5", "$FOLLOWUP__SENDING__HOURS: sending.hours: \"9-5\" will not do"),
        (
            "FOLLOWUP__SENDING__PER_EMPLOYER",
            "5",
            "$FOLLOWUP__SENDING__PER_EMPLOYER: sending.per_employer: 5 will not do",
        ),
        ("FOLLOWUP__ASK__VIA", "email,log", "$FOLLOWUP__ASK__VIA: ask.via: [\"email\", \"log\"] will not do"),
        ("FOLLOWUP__ME__NAME", "", "$FOLLOWUP__ME__NAME: me.name: is empty"),
    ];
    for (name, value, expected) in variables {
        let said = Rig::with("").variable(name, value).mistake();
        assert!(said.contains(expected), "{name}\n  expected: {expected}\n  said:     {said}");
    }
    let arguments = [
        (
            "log.levle",
            "debug",
            "command line: there is no key `log.levle`; did you mean `log.level`? | correct the command line",
        ),
        ("logg.level", "debug", "command line: there is no section `logg`; did you mean `log`?"),
        ("smtp.port", "x", "command line: smtp.port: must be a whole number"),
        ("log.level", "loud", "command line: log.level: \"loud\" will not do"),
    ];
    for (key, value, expected) in arguments {
        let said = Rig::with("").argument(key, value).mistake();
        assert!(said.contains(expected), "{key}\n  expected: {expected}\n  said:     {said}");
    }
}

#[test]
fn a_list_of_all_settings_needs_no_complete_ones_but_right_types_and_known_keys() {
    assert!(Rig::of("").describe().is_ok());
    assert!(Rig::of("[sending]\nhours = '9-5'\n").describe().is_ok(), "a bad value is still a value");
    for (text, expected) in [&SYNTAX[..], &UNKNOWN, &TYPES].concat() {
        let error = Rig::with(text).describe().expect_err(text).to_string();
        assert!(!error.contains(SECRET) && error.contains(" line "), "{expected}: {error}");
    }
}
