//! Phone numbers as people write them.

use followup::core::phone::{BadPhone, Phone};

/// The number as callers from abroad write it, with the country that it is in.
fn shown(text: &str, country: Option<&str>) -> String {
    let phone = Phone::parse(text, country).unwrap();
    format!("{} {}", phone.international(), phone.country().as_deref().unwrap_or("?"))
}

fn wrong(text: &str, country: Option<&str>) -> BadPhone {
    Phone::parse(text, country).unwrap_err()
}

#[test]
fn a_number_with_a_plus_needs_no_country() {
    assert_eq!(shown("+44 20 7946 0000", None), "+44 20 7946 0000 GB");
    assert_eq!(shown("+44 (0)20-7946.0000", Some("US")), "+44 20 7946 0000 GB");
    assert_eq!(shown("Tel.: +49 (0) 30 / 90 18 20", None), "+49 30 901820 DE");
    assert_eq!(shown("tel:+49-30-901820", None), "+49 30 901820 DE");
    assert_eq!(shown("＋81 ３-1234-5678", None), "+81 3-1234-5678 JP");
}

#[test]
fn a_number_as_it_is_dialled_within_the_country_needs_it() {
    assert_eq!(shown("020 7946 0000", Some("GB")), "+44 20 7946 0000 GB");
    assert_eq!(shown("020 7946 0000", Some("gb")), "+44 20 7946 0000 GB");
    assert_eq!(shown("(415) 555-2671", Some("US")), "+1 415-555-2671 US");
    assert_eq!(shown("030 901820", Some("DE")), "+49 30 901820 DE");
    assert_eq!(shown("01 42 68 53 00", Some("FR")), "+33 1 42 68 53 00 FR");
    assert_eq!(shown("912 345 678", Some("ES")), "+34 912 34 56 78 ES");
    assert_eq!(shown("098765 43210", Some("IN")), "+91 98765 43210 IN");
    assert_eq!(shown("010 6552 9988", Some("CN")), "+86 10 6552 9988 CN");
    assert_eq!(shown("03-1234-5678", Some("JP")), "+81 3-1234-5678 JP");
    assert_eq!(shown("(11) 91234-5678", Some("BR")), "+55 11 91234-5678 BR");
    for nowhere in [None, Some("QQ"), Some("Germany"), Some(""), Some("001")] {
        assert_eq!(wrong("020 7946 0000", nowhere), BadPhone::NeedsCountry, "{nowhere:?}");
    }
}

#[test]
fn a_number_may_begin_with_00_or_with_what_is_dialled_there_instead() {
    for country in [None, Some("DE"), Some("US"), Some("JP")] {
        assert_eq!(shown("0049 30 901820", country), "+49 30 901820 DE", "{country:?}");
    }
    assert_eq!(shown("011 49 30 901820", Some("US")), "+49 30 901820 DE");
}

#[test]
fn an_extension_is_kept_and_shown() {
    for text in ["+1 415 555 2671 ext. 12", "+1 415 555 2671 x12", "+1 (415) 555-2671 extension 12"] {
        let phone = Phone::parse(text, None).unwrap();
        assert_eq!(phone.international(), "+1 415-555-2671 ext. 12", "{text}");
    }
    assert_eq!(shown("+49 30 901820 ext. 7", None), "+49 30 901820 ext. 7 DE");
    assert_eq!(shown("020 7946 0000 x12", Some("GB")), "+44 20 7946 0000 x12 GB");
}

#[test]
fn countries_that_share_a_calling_code_are_told_apart_by_the_area() {
    assert_eq!(shown("+1 212 555 0123", None), "+1 212-555-0123 US");
    assert_eq!(shown("+1 416 555 0123", None), "+1 416-555-0123 CA");
    assert_eq!(shown("+1 242 322 1234", None), "+1 242-322-1234 BS");
    assert_eq!(shown("+7 495 123 45 67", None), "+7 495 123-45-67 RU");
    assert!(shown("+7 727 258 8888", None).ends_with(" KZ"));
    assert!(shown("+44 1534 123456", None).ends_with(" JE"));
    let prefix = |text| Phone::parse(text, None).unwrap().prefix();
    assert_eq!(prefix("+1 212 555 0123"), "+1");
    assert_eq!(prefix("+1 416 555 0123"), "+1 416");
    assert_eq!(prefix("+44 1534 123456"), "+44 1534");
    assert_eq!(prefix("+49 30 901820"), "+49");
}

#[test]
fn a_number_that_is_in_no_one_country_says_none() {
    let nowhere = ["+1 800 555 0199", "+1 500 234 5678", "+1 900 234 5678", "+800 1234 5678", "+881 612 345 678"];
    for text in nowhere.into_iter().chain(["+870 773 111 632", "+49 800 1234567", "+44 800 123 4567"]) {
        assert_eq!(Phone::parse(text, None).unwrap().country(), None, "{text}");
    }
    assert_eq!(Phone::parse("+247 62889", None).unwrap().country().as_deref(), Some("SH"), "Ascension");
}

#[test]
fn what_is_wrong_is_told_apart() {
    assert_eq!(wrong("", None), BadPhone::NoNumber);
    assert_eq!(wrong("call me", Some("GB")), BadPhone::NoNumber);
    assert_eq!(wrong("+44 20 7946 0000 or +44 20 7946 0001", None), BadPhone::NoNumber);
    assert_eq!(wrong("+999 123 4567", None), BadPhone::NoCallingCode);
    assert_eq!(wrong("+44 20 7946", None), BadPhone::TooShort);
    assert_eq!(wrong("555-2671", Some("US")), BadPhone::TooShort, "the area code is missing");
    assert_eq!(wrong("110", Some("DE")), BadPhone::TooShort, "an emergency call is no way to an employer");
    assert_eq!(wrong("+44 20 7946 0000 / 0001", None), BadPhone::TooLong);
    assert_eq!(wrong("+1 415 555 2671 12", None), BadPhone::TooLong);
    assert_eq!(wrong(&"1".repeat(201), Some("US")), BadPhone::TooLong);
    assert_eq!(wrong(&format!("{}+44 20 7946 0000", "Jane ".repeat(40)), None), BadPhone::TooLong);
    assert_eq!(wrong("+1 710 234 5678", None), BadPhone::NotValid { country: "United States".to_owned() });
    assert_eq!(wrong("+44 7700 900123", None), BadPhone::NotValid { country: "United Kingdom".to_owned() });
}

#[test]
fn words_after_a_number_do_not_become_digits() {
    for text in ["+49 30 1234 home", "+44 20 7946 0000 (Jane)", "+1 800 FLOWERS"] {
        assert_eq!(wrong(text, None), BadPhone::Letters, "{text}");
    }
}

#[test]
fn what_is_wrong_is_said_in_words_that_go_on_after_the_number() {
    let said = [
        (wrong("abc", None), "is no phone number such as +44 20 7946 0000"),
        (wrong("020 7946 0000", None), "may be in any country; write it with +44 ..., or give --country"),
        (wrong("+44 20 7946", None), "is too short for a phone number; write all of it, with its area code"),
        (
            wrong("+44 7700 900123", None),
            "is no number that there is in its country (United Kingdom); see whether all digits are right",
        ),
    ];
    for (why, words) in said {
        assert_eq!(why.to_string(), words);
    }
}

#[test]
fn a_phone_context_that_the_library_does_not_survive_is_no_number() {
    assert_eq!(wrong(";phone-context=+1;tel:123", None), BadPhone::NoNumber);
    assert_eq!(wrong("tel:030;phone-context=+49", None), BadPhone::NoNumber);
}
