//! What an address and a number tell of where somebody is.

use std::iter::empty;

use followup::core::whereabouts::{guess_country, zone_of_country};
use jiff::tz::TimeZone;

/// The guess and what it rests on, as a person reads it.
fn guess(emails: &[&str], phones: &[&str]) -> String {
    match guess_country(emails.iter().copied(), phones.iter().copied()) {
        Some(guess) => format!("{} {}", guess.country, guess.by),
        None => "none".to_owned(),
    }
}

fn by_mail(email: &str) -> String {
    guess(&[email], &[])
}

#[test]
fn the_ending_of_an_address_tells_the_country() {
    assert_eq!(by_mail("jane@globex.de"), "DE from the mail address, .de");
    assert_eq!(by_mail("jane@hr.globex.co.uk"), "GB from the mail address, .co.uk");
    assert_eq!(by_mail("JANE@GLOBEX.COM.BR."), "BR from the mail address, .com.br");
    assert_eq!(by_mail("jane@globex.co.jp"), "JP from the mail address, .co.jp");
    assert_eq!(by_mail("jane@globex.is"), "IS from the mail address, .is");
    assert_eq!(by_mail("jane@bücher.at"), "AT from the mail address, .at");
}

#[test]
fn an_ending_in_the_countrys_own_script_tells_it_too() {
    assert_eq!(by_mail("jane@globex.xn--p1ai"), "RU from the mail address, .рф");
    assert_eq!(by_mail("jane@пример.рф"), "RU from the mail address, .рф");
    assert_eq!(by_mail("jane@globex.xn--fiqs8s"), "CN from the mail address, .中国");
    assert_eq!(by_mail("jane@globex.한국"), "KR from the mail address, .한국");
    assert_eq!(by_mail("jane@globex.भारत"), "IN from the mail address, .भारत");
    assert_eq!(by_mail("jane@globex.السعودية"), "SA from the mail address, .السعودية");
}

#[test]
fn an_ending_of_no_country_or_that_anybody_buys_tells_nothing() {
    for ending in
        "com org net dev example eu su xn--e1a4c xn--p1acf io co ai me tv fm cc ws ly gg to la sh ac st ag am \
        dj vc nu tk ml ga cf gq im so"
            .split_whitespace()
    {
        assert_eq!(by_mail(&format!("jane@globex.{ending}")), "none", "{ending}");
    }
    assert_eq!(by_mail("jane@globex.uk.com"), "none", "uk.com is somebody's name below .com");
    for no_address in ["", "@", "jane", "jane@de", "jane@192.0.2.1", "jane@[192.0.2.1]", "jane@a..de", "jane@.de"] {
        assert_eq!(by_mail(no_address), "none", "{no_address}");
    }
}

#[test]
fn recruiting_software_says_where_it_was_made_and_not_where_the_employer_is() {
    assert_eq!(by_mail("reply+1@globex.personio.de"), "none");
    assert_eq!(guess(&["reply+1@personio.de"], &["+34 912 345 678"]), "ES from the phone number, +34");
}

#[test]
fn a_phone_number_written_for_callers_from_abroad_tells_the_country() {
    assert_eq!(guess(&["jane@globex.com"], &["+49 30 901820"]), "DE from the phone number, +49");
    assert_eq!(guess(&[], &["0049 30 901820"]), "DE from the phone number, +49");
    assert_eq!(guess(&[], &["030 901820", "+1 416 555 0123"]), "CA from the phone number, +1 416");
    assert_eq!(guess(&[], &["030 901820", "+1 800 555 0199", "+881 612 345 678", "nonsense"]), "none");
}

#[test]
fn the_address_is_believed_before_the_number() {
    assert_eq!(guess(&["jane@globex.fr"], &["+49 30 901820"]), "FR from the mail address, .fr");
    assert_eq!(guess(&["jane@globex.io", "hr@globex.fr"], &["+49 30 901820"]), "FR from the mail address, .fr");
    assert!(guess_country(empty(), empty()).is_none());
}

#[test]
fn a_country_with_the_same_clocks_everywhere_has_a_zone() {
    let zones = [
        ("DE", "Europe/Berlin"),
        ("GB", "Europe/London"),
        ("FR", "Europe/Paris"),
        ("IN", "Asia/Kolkata"),
        ("CN", "Asia/Shanghai"),
        ("JP", "Asia/Tokyo"),
        ("AR", "America/Argentina/Buenos_Aires"),
        ("UZ", "Asia/Tashkent"),
        ("UA", "Europe/Kyiv"),
        ("KZ", "Asia/Almaty"),
        ("XK", "Europe/Belgrade"),
    ];
    for (country, zone) in zones {
        assert_eq!(zone_of_country(country), Some(zone), "{country}");
    }
    for country in "US CA BR AU MX RU ID ES PT CL NZ QQ - # de".split(' ').chain([""]) {
        assert_eq!(zone_of_country(country), None, "{country:?}");
    }
}

#[test]
fn every_zone_that_is_named_is_one() {
    let letters = || b'A'..=b'Z';
    let codes = letters().flat_map(|one| letters().map(move |two| format!("{}{}", one as char, two as char)));
    let zones: Vec<_> = codes.filter_map(|code| zone_of_country(&code)).collect();
    assert!(zones.len() > 220, "{}", zones.len());
    for zone in zones {
        assert!(TimeZone::get(zone).is_ok(), "{zone}");
    }
}
