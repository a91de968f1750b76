//! What stays of a name when how it was typed does not count: its words, in small letters.

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

/// The words of `text` without case, accents and punctuation; wide and narrow letters are one, and `㈱` is `株`.
pub(super) fn words(text: &str) -> Vec<String> {
    let apart = DecomposingNormalizerBorrowed::new_nfkd().normalize(text).to_lowercase();
    let letters: String = apart.chars().filter(|&c| !is_dropped(c)).map(plain).collect();
    let whole = ComposingNormalizerBorrowed::new_nfc().normalize(&letters).into_owned();
    let words = whole.split(|c| !is_of_a_word(c)).filter(|word| !word.is_empty()).map(|word| word.replace('ß', "ss"));
    let mut words: Vec<String> = words.map(|word| word.replace('æ', "ae").replace('œ', "oe")).collect();
    let says_more = |word: &String| !matches!(word.as_str(), "and" | "und");
    if words.iter().any(says_more) {
        words.retain(says_more);
    }
    if words.len() > 1 && words[0] == "the" {
        words.remove(0);
    }
    words
}

/// The words with blanks between, but for initials: `jp morgan` for "J. P. Morgan".
pub(super) fn joined(words: &[String]) -> String {
    let is_initial = |word: &String| word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 && !(is_initial(word) && is_initial(&words[at - 1])) {
            text.push(' ');
        }
        text.push_str(word);
    }
    text
}

/// Accents of Latin, Greek and Cyrillic letters, apostrophes, and what joins or parts letters without being seen. The
/// marks of other scripts stay: there they are letters.
fn is_dropped(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')
}

/// Letters with a stroke are no letters with an accent to Unicode, but people leave it out just so.
fn plain(c: char) -> char {
    match c {
        'ł' => 'l',
        'ø' => 'o',
        'đ' => 'd',
        'ı' => 'i',
        other => other,
    }
}

/// Letters and digits; the signs of South and South-East Asian scripts too, and the voicing marks of kana.
fn is_of_a_word(c: char) -> bool {
    let is_sign = matches!(c, '\u{0900}'..='\u{0963}' | '\u{0966}'..='\u{0DF3}' | '\u{0E00}'..='\u{0FFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17D3}' | '\u{3099}' | '\u{309A}');
    c.is_alphanumeric() || is_sign
}
