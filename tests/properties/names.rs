//! Digits are always a number; any part of a company's name that only it has finds it, whatever the case.

use followup::ops::OpError;
use followup::store::Store;
use support::home::Home;
use support::world::{Program, promised};

use super::*;

proptest! {
    #![proptest_config(tries(24))]

    #[test]
    fn a_part_of_a_name_finds_all_that_have_it(
        companies in prop::collection::vec("[a-zA-Zß-žΑ-ωА-я0-9][a-zA-ZäöÜßΣσςΑ-Ωάé0-9 &.'-]{2,12}[a-zA-ZςΣß]", 1..6),
        which in any::<prop::sample::Index>(), from in any::<prop::sample::Index>(), how in 0..3u8,
    ) {
        let home = Home::at_port(9);
        drop(Store::open(&home.folder().join("followup.db")).unwrap());
        let person = Program::start(&home, "2026-11-16T10:00Z").person();
        for company in &companies {
            person.at_desk(|desk| desk.add(&promised(company, "jane@globex.example"))).unwrap();
        }
        let company: Vec<char> = companies[which.index(companies.len())].chars().collect();
        let start = from.index(company.len() - 1);
        let part: String = company[start..].iter().take(5).collect();
        let part = match how { 0 => part, 1 => part.to_uppercase(), _ => part.to_lowercase() };
        prop_assume!(!part.trim().is_empty() && !part.trim().bytes().all(|byte| byte.is_ascii_digit()));
        // Whatever is the same in capitals and in small letters, letter by letter.
        let fold = |text: &str| -> String { text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect() };
        let fits: Vec<i64> = (1..).zip(&companies).filter(|(_, it)| fold(it).contains(&fold(part.trim()))).map(|(id, _)| id).collect();
        prop_assert!(!fits.is_empty(), "{:?} is in none of {:?}", part, companies);
        match person.at_desk(|desk| desk.find(&part)) {
            Ok(id) => prop_assert_eq!(vec![id], fits),
            Err(OpError::Ambiguous(_, listed)) => {
                prop_assert!(fits.len() > 1);
                prop_assert_eq!(listed.iter().map(|(id, _, _)| *id).collect::<Vec<_>>(), fits);
            }
            Err(error) => prop_assert!(false, "{:?}: {}", part, error),
        }
        // A number is a number, even where a company is called so.
        person.at_desk(|desk| desk.add(&promised("2026", "jane@globex.example"))).unwrap();
        let last = i64::try_from(companies.len()).unwrap() + 1;
        for id in 1..=last {
            prop_assert_eq!(person.at_desk(|desk| desk.find(&id.to_string())).unwrap(), id);
        }
        prop_assert!(matches!(person.at_desk(|desk| desk.find("2026")), Err(OpError::NoSuch(..))));
    }

    #[test]
    fn no_name_makes_it_panic(name in any::<String>()) {
        let home = Home::at_port(9);
        let person = Program::start(&home, "2026-11-16T10:00Z").person();
        let found = person.at_desk(|desk| desk.find(&name));
        prop_assert!(matches!(found, Err(OpError::NoSuch(..))), "{:?}", name);
    }
}
