//! The layers: whatever is written in which of them, the last one wins, unchanged, and the list names it.

use super::*;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// Keys that take any text as far as its type goes.
const TEXTS: [&str; 8] = [
    "me.name",
    "me.phone",
    "smtp.host",
    "smtp.username",
    "smtp.password_file",
    "etiquette.profile",
    "sending.hours",
    "log.format",
];
const NUMBERS: [&str; 3] = ["smtp.port", "etiquette.max_letters", "sending.per_day"];
const LISTS: [&str; 3] = ["ask.via", "calendar.extra_holidays", "smtp.password_command"];

/// One setting somewhere: in layer 0 (the machine's file) to 3 (the command line).
#[derive(Debug, Clone)]
struct Written {
    layer: usize,
    key: &'static str,
    value: toml::Value,
}

/// Quotes, escapes, what looks like another type, leading zeros, other scripts; and anything at all.
fn text() -> impl Strategy<Value = String> {
    const TRICKY: [&str; 28] = [
        "012345",
        "0",
        "true",
        "1.5",
        "2026-12-24",
        "\"",
        "'",
        "'''",
        "\"\"\"",
        "a\\nb",
        "\\",
        "a\nb",
        " a ",
        "",
        "Zoë",
        "日本",
        "\u{200D}",
        "a=b # c",
        "[a]",
        "{a}",
        "$HOME",
        "${HOME}",
        "a,b",
        "off",
        "null",
        "0x10",
        "1e3",
        "\t",
    ];
    prop_oneof![select(&TRICKY[..]).prop_map(str::to_owned), "[^\u{0}]{0,12}"]
}

fn written() -> impl Strategy<Value = Written> {
    // A list in a variable is split at commas, and white space around them is not of it.
    let item = "[^\u{0},\\s]{1,6}";
    let value = prop_oneof![
        (select(&TEXTS[..]), text()).prop_map(|(key, text)| (key, toml::Value::from(text))),
        (select(&NUMBERS[..]), any::<i64>()).prop_map(|(key, number)| (key, toml::Value::from(number))),
        (select(&LISTS[..]), proptest::collection::vec(item, 0..4))
            .prop_map(|(key, list)| (key, toml::Value::from(list))),
    ];
    (0..4_usize, value).prop_map(|(layer, (key, value))| Written { layer, key, value })
}

/// As it is given where there are no types.
fn untyped(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Array(items) => items.iter().map(untyped).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn variable(key: &str) -> String {
    format!("FOLLOWUP__{}", key.replace('.', "__").to_uppercase())
}

/// The settings of one file, one line each, so that the line of a key is known.
fn file(all: &[&Written]) -> String {
    all.iter().map(|it| format!("{} = {}\n", it.key, it.value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_last_layer_wins_unchanged_and_the_list_names_it(all in proptest::collection::vec(written(), 0..24)) {
        // One of a key in each layer.
        let mut all = all;
        all.sort_by_key(|it| (it.layer, it.key));
        all.dedup_by_key(|it| (it.layer, it.key));
        let of_layer = |layer: usize| all.iter().filter(|it| it.layer == layer).collect::<Vec<_>>();
        let mut rig = Rig::of("");
        rig.write(&rig.machine(), &file(&of_layer(0)));
        rig.write(&rig.home(), &file(&of_layer(1)));
        rig.environment = of_layer(2).iter().map(|it| (variable(it.key), untyped(&it.value))).collect();
        rig.command_line = of_layer(3).iter().map(|it| (it.key.to_owned(), untyped(&it.value))).collect();
        let defaults: toml::Table = followup::config::DEFAULTS.parse().unwrap();
        for setting in rig.describe().unwrap() {
            let (section, name) = setting.key.split_once('.').unwrap();
            let last = all.iter().rfind(|it| it.key == setting.key);
            let expected = last.map_or_else(|| defaults[section][name].clone(), |it| it.value.clone());
            let line = |layer| of_layer(layer).iter().position(|it| it.key == setting.key).unwrap() + 1;
            let origin = match last.map(|it| it.layer) {
                None => Origin::Default,
                Some(0) => Origin::File { path: rig.machine(), line: physical(&of_layer(0), line(0)) },
                Some(1) => Origin::File { path: rig.home(), line: physical(&of_layer(1), line(1)) },
                Some(2) => Origin::Environment(variable(&setting.key)),
                Some(_) => Origin::CommandLine,
            };
            let found: toml::Table = format!("it = {}", setting.value).parse().unwrap();
            prop_assert_eq!(&found["it"], &expected, "{}", setting.key);
            prop_assert_eq!(setting.origin, origin, "{}", setting.key);
        }
    }

    #[test]
    fn any_password_and_name_come_through_every_layer_as_they_are(
        password in "[^\u{0}\r\n]{1,16}", name in "[A-Za-zë日'\"\\\\#=\\[{$, ]{0,8}[0-9]{1,4}", layer in any::<Index>(),
    ) {
        let quoted = |text: &str| toml::Value::from(text).to_string();
        let both = format!("me.name = {}\nsmtp.password = {}\n", quoted(&name), quoted(&password));
        let rest = "smtp.host = 'localhost'\nsmtp.username = 'ada'\nme.email = 'ada@me.example'\n";
        let rig = match layer.index(4) {
            0 => {
                let rig = Rig::of(rest);
                rig.write(&rig.machine(), &both);
                rig
            }
            1 => Rig::of(&format!("{rest}{both}")),
            2 => Rig::of(rest).variable("FOLLOWUP__ME__NAME", &name).variable("FOLLOWUP__SMTP__PASSWORD", &password),
            _ => Rig::of(rest).argument("me.name", &name).argument("smtp.password", &password),
        };
        let config = rig.load().unwrap();
        prop_assert_eq!(&config.etiquette.sender.name, &name);
        let found = &config.account.login.as_ref().unwrap().password;
        prop_assert!(found.is_same(&password.as_str().into()));
        prop_assert_eq!(rig.setting("smtp.password").0, "(set)");
    }
}

/// The line on which the `number`-th of these stands: a text may go over several.
fn physical(all: &[&Written], number: usize) -> usize {
    file(&all[..number - 1]).matches('\n').count() + 1
}

#[test]
fn a_list_of_a_variable_is_split_at_commas_and_an_empty_one_is_empty() {
    let set = |text: &str| {
        Rig::with("").variable("FOLLOWUP__SMTP__PASSWORD_COMMAND", text).setting("smtp.password_command").0
    };
    assert_eq!(set("pass, show ,mail"), "[\"pass\", \"show\", \"mail\"]");
    assert_eq!(set(""), "[]");
    let zero = Rig::with("").variable("FOLLOWUP__SENDING__PER_EMPLOYER", "0");
    assert_eq!(zero.setting("sending.per_employer").0, "0");
    assert_eq!(zero.load().unwrap().etiquette.per_employer, 0);
}

#[test]
fn variables_of_other_programs_and_of_the_program_itself_set_nothing() {
    let rig =
        Rig::with("").variable("FOLLOWUP_HOME", "/x").variable("XFOLLOWUP__SMTP__PORT", "1").variable("HOST", "x");
    assert!(rig.load().unwrap().is_same(&Rig::with("").load().unwrap()));
}

#[test]
fn an_origin_reads_as_a_place_to_go_to() {
    let rig = Rig::with("").variable("FOLLOWUP__SMTP__PORT", "25").argument("log.level", "debug");
    let origin = |key: &str| rig.setting(key).1.to_string();
    assert_eq!(origin("smtp.tls"), "default");
    assert_eq!(origin("smtp.host"), format!("{}, line 6", rig.home().display()));
    assert_eq!(origin("smtp.port"), "$FOLLOWUP__SMTP__PORT");
    assert_eq!(origin("log.level"), "command line");
    assert_eq!(rig.load().unwrap().log.level, "debug");
}

#[test]
fn an_empty_secret_is_seen_to_be_empty() {
    assert_eq!(Rig::with("").setting("smtp.password").0, "\"\"");
}
