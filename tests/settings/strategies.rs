//! Strategies of the person's own, from the file to the window that they give.

use super::*;
use crate::support::world::application;
use followup::core::etiquette::Rule;
use followup::ops::{Desk, OpError};
use followup::store::Store;

const STEP: &str = "[[strategy.calm]]\nrule = 'promise'\nopens = '7 business days'\ncloses = '20 business days'\n";

/// The file with one step, the second of the two written so that `change` replaces its part.
fn mistake(what: &str, by: &str) -> String {
    let second = "[[strategy.calm]]\nrule = 'second-interview'\nopens = '14 days'\ncloses = '21 days'\n";
    assert!(second.contains(what));
    Rig::with(&format!("{STEP}{}", second.replace(what, by))).mistake()
}

#[test]
fn each_mistake_in_a_step_names_the_strategy_the_step_and_its_place() {
    let table = [
        (
            "'second-interview'",
            "'third'",
            "line 12, column 8: strategy.calm, step 2: there is no rule \"third\"; there are: \"thank-you\", \"promise\", \"second-interview\", \"first-interview\", \"call\", \"second-letter\", \"last-letter\"",
        ),
        ("'second-interview'", "'thank-you'", "line 12, column 8: strategy.calm, step 2: \"thank-you\" comes first"),
        (
            "'second-interview'",
            "'promise'",
            "line 12, column 8: strategy.calm, step 2: the rule \"promise\" has a step already",
        ),
        ("'second-interview'", "2", "line 12, column 8: strategy.calm, step 2: rule must be a text in quotes"),
        ("rule =", "rul =", "line 12, column 1: strategy.calm, step 2: a step has no key `rul`; did you mean `rule`?"),
        ("opens = '14 days'\n", "", "line 11, column 1: strategy.calm, step 2: has no `opens`"),
        (
            "'14 days'",
            "'14'",
            "line 13, column 9: strategy.calm, step 2: opens: \"14\" will not do; it takes \"5 business days\" or \"14 days\"",
        ),
        ("'14 days'", "'two weeks'", "opens: \"two weeks\" will not do"),
        ("'14 days'", "'0 days'", "opens: \"0 days\" will not do"),
        ("'14 days'", "'-1 days'", "opens: \"-1 days\" will not do"),
        ("'21 days'", "'366 days'", "line 14, column 10: strategy.calm, step 2: closes: \"366 days\" will not do"),
        ("'21 days'", "'99999999999 days'", "closes: \"99999999999 days\" will not do"),
        (
            "'21 days'",
            "'14 days'",
            "line 14, column 10: strategy.calm, step 2: closes: \"14 days\" is not always after \"14 days\", when it opens",
        ),
        ("'21 days'", "'10 business days'", "closes: \"10 business days\" is not always after \"14 days\""),
    ];
    for (what, by, expected) in table {
        let said = mistake(what, by);
        assert!(said.contains(expected), "{by}\n  expected: {expected}\n  said:     {said}");
    }
    let whole = [
        (
            STEP.replace("promise", "call"),
            "line 8, column 8: strategy.calm, step 1: \"call\" counts from the last letter, and no step before it writes one",
        ),
        (
            STEP.replace("promise", "thank-you") + &STEP.replace("promise", "second-letter"),
            "step 2: \"second-letter\" counts from the last letter, and no step before it writes one",
        ),
        (
            [STEP.to_owned(), STEP.replace("promise", "call"), STEP.replace("promise", "first-interview")].concat(),
            "step 3: \"first-interview\" is for a first letter, and stands behind what follows one",
        ),
        (STEP.replace("calm", "patient"), "line 7, column 12: strategy.patient: is the name of a built-in strategy"),
        (STEP.replace("calm", "Calm"), "line 7, column 12: the name of a strategy is made of small letters"),
        (STEP.replace("calm", "'very calm'"), "the name of a strategy is made of small letters"),
        (
            STEP.replace("[[", "[").replace("]]", "]"),
            "line 7, column 11: strategy.calm: write each step under [[strategy.calm]]",
        ),
        ("[strategy]\ncalm = []\n".to_owned(), "line 8, column 1: strategy.calm: has no step"),
        (
            "[strategy]\ncalm = ['x']\n".to_owned(),
            "line 8, column 9: strategy.calm, step 1: write it under [[strategy.calm]]",
        ),
        ("[etiquette]\nprofile = 'calmm'\n".to_owned() + STEP, "it takes one of \"calm\", \"patient\", \"prompt\""),
    ];
    for (text, expected) in whole {
        let said = Rig::with(&text).mistake();
        assert!(said.contains(expected), "{text}\n  expected: {expected}\n  said:     {said}");
    }
    assert!(Rig::of("strategy = 5\n").mistake().contains("line 1, column 12: strategy: is for strategies of your own"));
}

#[test]
fn an_application_follows_the_strategy_it_names_else_the_profile() {
    let text = format!("{STEP}[etiquette]\nprofile = 'prompt'\n");
    let etiquette = Rig::with(&text).load().unwrap().etiquette;
    // Promised for Fri 6 Nov 2026: two business days on is Tue 10 Nov, five Fri 13, seven Tue 17.
    for (strategy, opens) in [(None, "2026-11-10"), (Some("patient"), "2026-11-13"), (Some("calm"), "2026-11-17")] {
        let mut application = application("Globex", "jane@globex.example", "2026-11-03", Some("2026-11-06"));
        application.strategy = strategy.map(str::to_owned);
        let today = "2026-11-20".parse().unwrap();
        assert_eq!(etiquette.check(&application, today), Ok(()));
        let due = etiquette.letter_due(&application).unwrap();
        assert_eq!((due.rule, due.opens_on.to_string().as_str()), (Rule::Promise, opens), "{strategy:?}");
        application.strategy = Some("bold".to_owned());
        let bad = etiquette.check(&application, today).unwrap_err().to_string();
        assert_eq!(bad, "strategy: there is no strategy \"bold\"; there are: calm, patient, prompt");
        assert_eq!(etiquette.letter_due(&application), None);
    }
    let as_profile = Rig::with(&text.replace("'prompt'", "'calm'")).load().unwrap().etiquette;
    let application = application("Globex", "jane@globex.example", "2026-11-03", Some("2026-11-06"));
    assert_eq!(as_profile.letter_due(&application).unwrap().closes_on.to_string(), "2026-12-04");
}

#[test]
fn a_strategy_in_a_later_layer_replaces_the_whole_one_of_that_name() {
    let rig = Rig::with(STEP);
    let two = format!("{STEP}{}", STEP.replace("'promise'", "'first-interview'"));
    rig.write(&rig.machine(), &format!("{two}{}", two.replace("calm", "slow")));
    let etiquette = rig.load().unwrap().etiquette;
    let steps = |name: &str| etiquette.strategies[name].steps.len();
    assert_eq!((steps("calm"), steps("slow"), etiquette.strategies.len()), (1, 2, 4));
    assert_eq!(rig.setting("strategy.calm").1, Origin::File { path: rig.home(), line: 7 });
    assert_eq!(rig.setting("strategy.slow").1.to_string(), format!("{}, line 9", rig.machine().display()));
}

#[test]
fn an_application_with_a_strategy_that_is_not_there_is_not_added() {
    let rig = Rig::with(STEP);
    let etiquette = rig.load().unwrap().etiquette;
    let mut store = Store::open(&rig.places.database).unwrap();
    let now = "2026-11-20T10:00:00Z".parse().unwrap();
    let mut desk = Desk { store: &mut store, etiquette: &etiquette, now };
    let mut application = application("Globex", "jane@globex.example", "2026-11-03", Some("2026-11-06"));
    application.strategy = Some("calmm".to_owned());
    let refused = desk.add(&application);
    assert!(matches!(&refused, Err(OpError::BadFact(fact)) if fact.column == "strategy"), "{refused:?}");
    assert_eq!(desk.list(true, "").unwrap(), []);
    application.strategy = Some("calm".to_owned());
    assert_eq!(desk.add(&application).unwrap().due().unwrap().opens_on.to_string(), "2026-11-17");
}
