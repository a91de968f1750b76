//! The legal form of a company, which people write or leave out: "GmbH", "Inc.", 株式会社.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::spelling;

static FORMS: LazyLock<Forms> = LazyLock::new(|| Forms::read(include_str!("legal_forms.txt")));

/// Forms as they are compared, without blanks.
#[derive(Debug, Default)]
struct Forms {
    end: HashSet<String>,
    front: HashSet<String>,
    /// Longest first: 股份有限公司 ends with 有限公司.
    glued: Vec<String>,
    /// So many words are the most that one is written in.
    words: usize,
}

impl Forms {
    /// Reads `legal_forms.txt`, whose head says what is in it.
    fn read(text: &str) -> Self {
        let mut forms = Forms { words: 8, ..Forms::default() };
        for line in text.lines() {
            let Some((kind, those)) = line.split_once("  ") else { continue };
            let those = those.split(' ').map(|form| spelling::words(form).concat());
            match kind {
                "end" => forms.end.extend(those),
                "front" => forms.front.extend(those),
                "glued" => forms.glued.extend(those),
                _ => {}
            }
        }
        // They may stand by themselves as well.
        forms.end.extend(forms.glued.iter().cloned());
        forms.front.extend(forms.glued.iter().cloned());
        forms.glued.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms
    }

    /// How many of the last words are one form; never all of them.
    fn at_end(&self, words: &[String]) -> Option<usize> {
        let most = self.words.min(words.len().saturating_sub(1));
        (1..=most).rev().find(|count| self.end.contains(&words[words.len() - count..].concat()))
    }

    /// How many of the first words are one form; never all of them.
    fn in_front(&self, words: &[String]) -> Option<usize> {
        let most = self.words.min(words.len().saturating_sub(1));
        (1..=most).rev().find(|&count| self.front.contains(&words[..count].concat()))
    }

    /// `word` without a form that it begins or ends with; `None` where there is none, or nothing else.
    fn unglued(&self, word: &str) -> Option<String> {
        let rest = |form: &String| word.strip_suffix(form.as_str()).or_else(|| word.strip_prefix(form.as_str()));
        self.glued.iter().filter_map(rest).find(|rest| !rest.is_empty()).map(str::to_owned)
    }
}

/// The words of a company's name without its legal forms. A company that is called like one keeps its name.
pub(super) fn without(mut words: Vec<String>) -> Vec<String> {
    loop {
        if let Some(count) = FORMS.at_end(&words) {
            words.truncate(words.len() - count);
        } else if let Some(count) = FORMS.in_front(&words) {
            words.drain(..count);
        } else if let Some((at, rest)) = ungluable(&words) {
            words[at] = rest;
        } else {
            return words;
        }
    }
}

/// The first or last word that has a form stuck to it, and what is left of it.
fn ungluable(words: &[String]) -> Option<(usize, String)> {
    let ends = [0, words.len().saturating_sub(1)];
    ends.into_iter().find_map(|at| Some((at, FORMS.unglued(words.get(at)?)?)))
}
