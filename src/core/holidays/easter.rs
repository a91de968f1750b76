//! Easter Sunday, from which most movable feasts of Christian countries are counted.

use jiff::civil::Date;

/// Easter Sunday of `year` in the western churches; `None` outside 1583 to 9999.
///
/// The Gregorian computus as Oudin put it for whole numbers (Explanatory Supplement to the Astronomical Almanac, 1992,
/// 8.2): of no meaning before the calendar's reform.
pub fn easter(year: i16) -> Option<Date> {
    if !(1583..=9999).contains(&year) {
        return None;
    }
    let y = i32::from(year);
    let century = y / 100;
    let golden = y % 19;
    let correction = (century - 17) / 25;
    let moon = (century - century / 4 - (century - correction) / 3 + 19 * golden + 15) % 30;
    let moon = moon - (moon / 28) * (1 - (moon / 28) * (29 / (moon + 1)) * ((21 - golden) / 11));
    let weekday = (y + y / 4 + moon + 2 - century + century / 4) % 7;
    // Days from 28 March to the Sunday on or before the full moon of Easter.
    let days = moon - weekday;
    let month = 3 + (days + 40) / 44;
    let day = days + 28 - 31 * (month / 4);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
