//! Strategies of the person's own, `[[strategy.NAME]]`, beside the built-in ones.

use std::collections::BTreeMap;

use super::error::ConfigError;
use super::layers::Layers;
use crate::core::etiquette::{CountsFrom, LONGEST_OFFSET, Offset, Rule, Stage, Step, Strategy};

/// All strategies by name, the built-in ones among them.
///
/// Errors with the first step that cannot be used, by its number.
pub(super) fn strategies(layers: &Layers) -> Result<BTreeMap<String, Strategy>, ConfigError> {
    let mut all = Strategy::built_in();
    for (name, steps) in &layers.settings.strategy {
        let key = format!("strategy.{name}");
        let wrong =
            |why: &str| ConfigError::Value { place: layers.place(&key).clone(), key: key.clone(), why: why.to_owned() };
        if steps.is_empty() {
            return Err(wrong("has no step; it needs one at least"));
        }
        let mut checked: Vec<Step> = Vec::new();
        for (number, written) in (1..).zip(steps) {
            let bad = |part: &str, why: String| ConfigError::Value {
                place: layers.place(&format!("{key}.{number}{part}")).clone(),
                key: format!("{key}, step {number}"),
                why,
            };
            let rule = Rule::from_name(&written.rule).ok_or_else(|| {
                let names = Rule::ALL.map(|rule| format!("{:?}", rule.name())).join(", ");
                bad(".rule", format!("there is no rule {:?}; there are: {names}", written.rule))
            })?;
            if checked.iter().any(|step| step.rule == rule) {
                return Err(bad(".rule", format!("the rule {:?} has a step already; one is enough", rule.name())));
            }
            let offset = |name: &str, text: &str| {
                let why = || {
                    format!(
                        "{name}: {text:?} will not do; it takes \"5 business days\" or \"14 days\", 1 to {LONGEST_OFFSET}"
                    )
                };
                text.parse::<Offset>().map_err(|()| bad(&format!(".{name}"), why()))
            };
            let step =
                Step { rule, opens: offset("opens", &written.opens)?, closes: offset("closes", &written.closes)? };
            if !step.is_in_order() {
                let why =
                    format!("closes: {:?} is not always after {:?}, when it opens", written.closes, written.opens);
                return Err(bad(".closes", why));
            }
            if let Err(why) = has_its_place(rule, &checked) {
                return Err(bad(".rule", why));
            }
            checked.push(step);
        }
        if all.insert(name.clone(), Strategy::new(checked)).is_some() {
            return Err(wrong("is the name of a built-in strategy; take another"));
        }
    }
    Ok(all)
}

/// Whether a step of `rule` can ever have its turn after those `before` it.
fn has_its_place(rule: Rule, before: &[Step]) -> Result<(), String> {
    let writes = |step: &Step| matches!(step.rule.stage(), Stage::Letter | Stage::SecondLetter | Stage::LastLetter);
    match rule.counts_from() {
        CountsFrom::LastLetter if !before.iter().any(writes) => {
            Err(format!("{:?} counts from the last letter, and no step before it writes one", rule.name()))
        }
        _ if rule == Rule::ThankYou && !before.is_empty() => {
            Err(format!("{:?} comes first: after the other steps it is too late for thanks", rule.name()))
        }
        _ if rule.stage() == Stage::Letter && before.iter().any(|step| step.rule.stage() > Stage::Letter) => {
            Err(format!("{:?} is for a first letter, and stands behind what follows one", rule.name()))
        }
        _ => Ok(()),
    }
}
