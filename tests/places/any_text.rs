//! What holds for any text, meant or hostile.

use followup::core::employer::Employer;
use followup::core::phone::Phone;
use followup::core::whereabouts::{guess_country, zone_of_country};
use proptest::prelude::*;
use proptest::test_runner::Config;

/// So many tries; failures are shown small, and kept in no file.
fn tries(cases: u32) -> Config {
    Config { failure_persistence: None, ..Config::with_cases(cases) }
}

/// Pieces of numbers, with what the library looks for in them.
fn number() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,12}",
        "[+＋() ./x#*~,;=-]{1,3}",
        Just("tel:".to_owned()),
        Just(";ext=".to_owned()),
        Just(";isub=".to_owned()),
        Just(";phone-context=".to_owned()),
        Just(" ext. ".to_owned()),
        Just("доб".to_owned()),
        Just("+1".to_owned()),
        Just("00".to_owned()),
        "[٠-٩０-９]{1,6}",
        "\\PC{1,3}",
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

fn country() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop_oneof![
        "[A-Z]{2}",
        prop::sample::select(vec!["US", "GB", "DE", "IT", "BR", "AR", "MX", "001", "é"]).prop_map(str::to_owned),
    ])
}

/// Names with forms, marks and blanks of several scripts among them.
fn company() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "\\PC{0,6}",
        "[A-Za-z.&' -]{1,6}",
        prop::sample::select(vec![
            "GmbH",
            " & Co. KG",
            "S.A.",
            "株式会社",
            "有限公司",
            "㈱",
            "The ",
            " and ",
            "ß",
            "İ",
            "\u{301}",
            "ΟΣ",
            "ŉ",
            "ﬃ"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn address() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC*",
        "[a-z]{1,3}@([a-zA-Z0-9é中-]{0,4}\\.){0,4}(de|uk|co\\.uk|com|xn--[a-z0-9]{1,6}|рф|ck|[0-9]{1,3})\\.?",
    ]
}

proptest! {
    #![proptest_config(tries(3000))]

    #[test]
    fn a_number_is_shown_so_that_it_reads_as_the_same_number(text in number(), country in country()) {
        if let Ok(phone) = Phone::parse(&text, country.as_deref()) {
            let shown = phone.international();
            prop_assert!(shown.starts_with('+'), "{}", shown);
            prop_assert!(shown.starts_with(phone.prefix().split(' ').next().unwrap()));
            let again = Phone::parse(&shown, None);
            prop_assert_eq!(again.as_ref().map(Phone::international), Ok(shown));
            prop_assert!(phone.country().is_none_or(|code| code.len() == 2));
        }
    }

    #[test]
    fn any_text_is_a_number_or_is_refused_with_words(text in "\\PC*", bytes in any::<Vec<u8>>()) {
        for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
            if let Err(why) = Phone::parse(text, Some("DE")) {
                prop_assert!(why.to_string().starts_with(|c: char| c.is_ascii_lowercase()));
            }
        }
    }

    #[test]
    fn a_guess_is_a_country_whatever_is_written(email in address(), phone in number()) {
        if let Some(guess) = guess_country([email.as_str()].into_iter(), [phone.as_str()].into_iter()) {
            prop_assert!(guess.country.len() == 2 && guess.country.bytes().all(|byte| byte.is_ascii_uppercase()));
            prop_assert!(guess.by.to_string().starts_with("from the "));
        }
        prop_assert!(zone_of_country(&email).is_none_or(|zone| zone.contains('/')));
    }

    #[test]
    fn a_name_is_never_empty_and_an_employer_is_itself(company in company(), email in address()) {
        let employer = Employer::of(&company, Some(&email));
        prop_assert_eq!(employer.name.is_empty(), company.trim().is_empty());
        prop_assert!(employer.name.is_empty() || employer.is_same(&employer));
        prop_assert!(employer.domain.is_none_or(|domain| domain.contains('.') && domain.is_ascii()));
    }

    #[test]
    fn a_name_is_the_same_in_capitals_between_blanks_and_with_a_legal_form(company in company()) {
        let name = |text: &str| Employer::of(text, None).name;
        let plain = name(&company);
        prop_assert_eq!(&plain, &name(&format!("  {}\t", company.to_ascii_uppercase())));
        prop_assert_eq!(&plain, &name(&company.to_ascii_lowercase()));
        prop_assert_eq!(name(&format!("Acme {company}")), name(&format!("Acme {company}, Inc.")));
    }
}
