//! Public holidays, with their names: which days offices are closed in a country and its regions, as a pure function
//! of place and year.
//!
//! For nine countries the days stand in `holidays/data/CC.txt`, as rules that anybody can check against a wall
//! calendar ([`almanac`] says how they are written). For more than a hundred others there are dates without names
//! (`elsewhere.rs`). Why it is done like this: `docs/decisions/009-public-holidays.md`.

pub mod almanac;
mod calendars;
mod day;
mod easter;
mod elsewhere;
mod place;
mod rule;

pub use almanac::{Almanac, BadLine};
pub use calendars::{Calendars, OWN_HOLIDAY};
pub use easter::easter;
pub use elsewhere::UNNAMED;
pub use place::{Place, UnknownPlace, known_countries, regions_of};

/// The countries of our own data, with the file of each.
const OWN_DATA: [(&str, &str); 9] = [
    ("BR", include_str!("holidays/data/BR.txt")),
    ("CN", include_str!("holidays/data/CN.txt")),
    ("DE", include_str!("holidays/data/DE.txt")),
    ("ES", include_str!("holidays/data/ES.txt")),
    ("FR", include_str!("holidays/data/FR.txt")),
    ("GB", include_str!("holidays/data/GB.txt")),
    ("IN", include_str!("holidays/data/IN.txt")),
    ("JP", include_str!("holidays/data/JP.txt")),
    ("US", include_str!("holidays/data/US.txt")),
];

/// The days of `country` as our own data has them; `None` where it has none.
pub fn almanac_of(country: &str) -> Option<Almanac> {
    let text = OWN_DATA.iter().find(|(code, _)| *code == country)?.1;
    // `tests/holidays.rs` reads every one of them.
    Some(Almanac::parse(text).expect("the files are part of the program, and a test reads each of them"))
}

/// The countries that our own data has, by their codes.
pub fn countries_with_own_data() -> impl Iterator<Item = &'static str> {
    OWN_DATA.iter().map(|(code, _)| *code)
}
