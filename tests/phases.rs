//! Every phase meets every event: the table of the design, whole.

use followup::core::application::Answer;
use followup::core::delivery::{NotSent, Outcome, Retry};
use followup::core::etiquette::{Anchor, Rule, Window};
use followup::core::followup::{
    Approval, CancelReason, Claim, Draft, Event, FollowUp, Kind, Phase, Recipient, Refusal, Told, Tries,
};
use followup::core::letter::Text;
use followup::core::message::Digest;
use jiff::Timestamp;
use jiff::civil::date;

const AT: Timestamp = Timestamp::UNIX_EPOCH;

fn digest(digit: char) -> Digest {
    digit.to_string().repeat(64).parse().unwrap()
}

fn draft(edited: bool) -> Draft {
    Draft {
        text: Text { subject: "Analyst".to_owned(), body: "Dear Jane\n".to_owned() },
        recipient: Recipient { name: None, email: "jane@globex.example".to_owned(), phone: None },
        references: Vec::new(),
        digest: digest('a'),
        composed: digest('a'),
        edited,
        written_earlier: false,
    }
}

fn approval() -> Approval {
    Approval { digest: digest('a'), at: AT }
}

fn claim() -> Claim {
    Claim { at: AT, attempt: 1, message_id: "<1@me.example>".to_owned() }
}

fn sending(stop: Option<CancelReason>) -> Phase {
    Phase::Sending { draft: draft(false), approval: approval(), tries: Tries::default(), claim: claim(), stop }
}

fn phases() -> Vec<(&'static str, Phase)> {
    vec![
        ("planned", Phase::Planned { not_before: None, kept: None }),
        ("waiting", Phase::Waiting { draft: draft(false) }),
        ("approved", Phase::Approved { draft: draft(false), approval: approval(), tries: Tries::default() }),
        ("sending", sending(None)),
        ("stopping", sending(Some(CancelReason::Answered(Answer::Reply)))),
        ("sent", Phase::Sent { draft: Some(draft(false)), at: AT, message_id: None, by: "250 ok".to_owned() }),
        ("failed", Phase::Failed { draft: draft(false), at: AT, reply: "550 no".to_owned() }),
        (
            "uncertain",
            Phase::Uncertain {
                draft: draft(false),
                approval: Some(approval()),
                tries: Tries::default(),
                claim: claim(),
                at: AT,
                why: "lost".to_owned(),
            },
        ),
        ("cancelled", Phase::Cancelled { draft: None, at: AT, why: CancelReason::Closed }),
    ]
}

fn events() -> Vec<(&'static str, Event)> {
    let anchor = Anchor { interview: 1, held_on: date(2026, 11, 3), promised_on: None };
    let window = Window { opens: AT, closes: AT };
    let rule = Rule::Promise;
    let not_sent = NotSent { why: "451".to_owned(), retry: Retry::Letter };
    let submitted = Event::Submitted;
    vec![
        ("replan", Event::Replan { rule, anchor: anchor.clone(), window }),
        ("compose", Event::Compose { rule, anchor, window, late: false, draft: draft(false) }),
        ("edit", Event::Edit { draft: draft(true) }),
        ("approve the letter shown", Event::Approve { digest: digest('a') }),
        ("approve another letter", Event::Approve { digest: digest('b') }),
        ("recall", Event::Recall),
        ("snooze", Event::Snooze { until: date(2026, 12, 1) }),
        ("reject", Event::Reject { why: None }),
        ("heard", Event::Heard { answer: Answer::Reply }),
        ("close", Event::Close),
        ("lapse", Event::Lapse),
        ("supersede", Event::Supersede),
        ("called", Event::Called { outcome: "voicemail".to_owned() }),
        ("claim the approved letter", Event::Claim { digest: digest('a'), message_id: "<1@x>".to_owned() }),
        ("claim another letter", Event::Claim { digest: digest('b'), message_id: "<1@x>".to_owned() }),
        ("accepted", submitted(Outcome::Accepted { reply: "250 ok".to_owned() })),
        ("rejected", submitted(Outcome::Rejected { reply: "550 no".to_owned() })),
        ("not sent", submitted(Outcome::NotSent(not_sent))),
        ("uncertain", submitted(Outcome::Uncertain { why: "lost".to_owned() })),
        ("process died", Event::Orphan),
        ("taken back", Event::TakeBack),
        ("elsewhere: accepted", Event::WentElsewhere { claim: claim(), accepted: true }),
        ("elsewhere: in doubt", Event::WentElsewhere { claim: claim(), accepted: false }),
        ("settled: arrived", Event::Settle { arrived: true, by: "copy".to_owned() }),
        ("settled: did not", Event::Settle { arrived: false, by: "person".to_owned() }),
    ]
}

/// A dot is a refusal. `stopping` is `sending` with an answer that came too late to stop it.
const TABLE: &str = "
                          planned   waiting   approved  sending   stopping  sent      failed    uncertain cancelled
replan                    planned   planned   planned   .         .         .         .         .         .
compose                   waiting   waiting   waiting   .         .         .         waiting   .         .
edit                      .         waiting   waiting   .         .         .         .         .         .
approve the letter shown  .         approved  approved  .         .         .         .         .         .
approve another letter    .         .         .         .         .         .         .         .         .
recall                    .         .         waiting   .         .         .         .         .         .
snooze                    planned   planned   planned   .         .         .         .         .         .
reject                    cancelled cancelled cancelled .         .         .         .         .         .
heard                     cancelled cancelled cancelled stopping  stopping  .         .         uncertain .
close                     cancelled cancelled cancelled stopping  stopping  .         .         uncertain .
lapse                     cancelled cancelled cancelled .         .         .         .         .         .
supersede                 cancelled cancelled cancelled .         .         .         .         .         .
called                    sent      sent      .         .         .         .         .         .         .
claim the approved letter .         .         sending   .         .         .         .         .         .
claim another letter      .         .         .         .         .         .         .         .         .
accepted                  .         .         .         sent      sent      .         .         .         .
rejected                  .         .         .         failed    failed    .         .         .         .
not sent                  .         .         .         approved  cancelled .         .         .         .
uncertain                 .         .         .         uncertain uncertain .         .         .         .
process died              .         .         .         uncertain uncertain .         .         .         .
taken back                .         .         waiting   .         .         .         .         uncertain .
elsewhere: accepted       sent      sent      sent      .         .         .         .         .         .
elsewhere: in doubt       .         uncertain uncertain .         .         .         .         .         .
settled: arrived          .         .         .         .         .         .         .         sent      .
settled: did not          .         .         .         .         .         .         .         approved  .
";

/// A follow-up that waits for the person's word.
fn waiting(kind: Kind) -> FollowUp {
    FollowUp {
        id: 1,
        application: 1,
        kind,
        rule: Rule::Promise,
        anchor: Anchor { interview: 1, held_on: date(2026, 11, 3), promised_on: Some(date(2026, 11, 6)) },
        window: Window { opens: AT, closes: AT },
        late: false,
        phase: Phase::Waiting { draft: draft(false) },
        shown: None,
        told: Told::default(),
    }
}

#[test]
fn every_phase_answers_every_event_as_the_table_says() {
    let heads: String = phases().iter().map(|(name, _)| format!("{name:<10}")).collect();
    let mut actual = format!("\n{:<26}{}\n", "", heads.trim_end());
    for (name, event) in events() {
        let row: String = phases()
            .into_iter()
            .map(|(_, phase)| match phase.on(event.clone(), AT) {
                Ok(Phase::Sending { stop: Some(_), .. }) => "stopping  ".to_owned(),
                Ok(phase) => format!("{:<10}", phase.word()),
                Err(_) => ".         ".to_owned(),
            })
            .collect();
        actual += &format!("{name:<26}{}\n", row.trim_end());
    }
    assert_eq!(TABLE, actual);
}

#[test]
fn sending_is_reached_by_one_edge_only() {
    let edges: Vec<_> = events()
        .iter()
        .flat_map(|(event_name, event)| {
            phases().into_iter().filter_map(move |(phase_name, phase)| {
                let entered = !matches!(phase, Phase::Sending { .. })
                    && matches!(phase.on(event.clone(), AT), Ok(Phase::Sending { .. }));
                entered.then_some((phase_name, *event_name))
            })
        })
        .collect();
    assert_eq!(edges, [("approved", "claim the approved letter")]);
}

#[test]
fn an_approval_of_other_words_than_the_drafts_cannot_be_claimed() {
    let stale = Phase::Approved {
        draft: draft(false),
        approval: Approval { digest: digest('b'), at: AT },
        tries: Tries::default(),
    };
    for digit in ['a', 'b'] {
        let claim = Event::Claim { digest: digest(digit), message_id: "<1@x>".to_owned() };
        assert!(stale.clone().on(claim, AT).is_err());
    }
}

#[test]
fn after_an_answer_or_a_close_a_letter_that_did_not_arrive_needs_a_new_word() {
    let uncertain = || Event::Submitted(Outcome::Uncertain { why: "lost".to_owned() });
    let did_not = || Event::Settle { arrived: false, by: "person".to_owned() };
    let ends = || [Event::Heard { answer: Answer::Reply }, Event::Close];
    let before_it = ends().into_iter().flat_map(|end| [[end.clone(), uncertain()], [end, Event::Orphan]]);
    let after_it = ends().into_iter().flat_map(|end| [[uncertain(), end.clone()], [Event::Orphan, end]]);
    for [first, second] in before_it.chain(after_it) {
        let phase = sending(None).on(first, AT).and_then(|it| it.on(second, AT)).and_then(|it| it.on(did_not(), AT));
        assert_eq!(phase, Ok(Phase::Waiting { draft: draft(false) }));
    }
}

#[test]
fn each_claim_is_counted_and_of_the_tries_only_those_that_failed_by_the_letter_itself() {
    let before = Tries { claims: 2, count: 1, last: Some((AT, "450".to_owned())) };
    let approved = Phase::Approved { draft: draft(false), approval: approval(), tries: before.clone() };
    let claim = Event::Claim { digest: digest('a'), message_id: "<1@x>".to_owned() };
    let sending = approved.on(claim, AT).unwrap();
    let later = AT + jiff::SignedDuration::from_secs(60);
    let own = Tries { claims: 3, count: 2, last: Some((later, "451".to_owned())) };
    for (retry, after) in [(Retry::Letter, own), (Retry::Server, Tries { claims: 3, ..before })] {
        let Phase::Sending { claim, .. } = &sending else { panic!("{sending:?}") };
        assert_eq!(claim.attempt, 3);
        let not_sent = Outcome::NotSent(NotSent { why: "451".to_owned(), retry });
        let phase = sending.clone().on(Event::Submitted(not_sent), later).unwrap();
        assert_eq!(phase, Phase::Approved { draft: draft(false), approval: approval(), tries: after });
    }
}

#[test]
fn what_an_answer_or_a_close_ended_says_so() {
    let answered = CancelReason::Answered(Answer::Offer);
    for (event, reason) in [(Event::Heard { answer: Answer::Offer }, answered), (Event::Close, CancelReason::Closed)] {
        let why = |phase: Result<Phase, Refusal>| match phase {
            Ok(Phase::Cancelled { why, .. } | Phase::Sending { stop: Some(why), .. }) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(why(Phase::Waiting { draft: draft(false) }.on(event.clone(), AT)), reason);
        assert_eq!(why(sending(None).on(event, AT)), reason);
        let not_sent = Outcome::NotSent(NotSent { why: "451".to_owned(), retry: Retry::Server });
        assert_eq!(why(sending(Some(reason.clone())).on(Event::Submitted(not_sent), AT)), reason);
    }
}

#[test]
fn approving_twice_keeps_the_first_approval() {
    let approved = Phase::Approved { draft: draft(false), approval: approval(), tries: Tries::default() };
    let later = AT + jiff::SignedDuration::from_secs(60);
    let again = approved.clone().on(Event::Approve { digest: digest('a') }, later).unwrap();
    assert_eq!(again, approved);
}

#[test]
fn what_the_person_typed_survives_a_snooze_and_a_change_of_facts() {
    let window = Window { opens: AT, closes: AT };
    let anchor = Anchor { interview: 1, held_on: date(2026, 11, 3), promised_on: None };
    let replan = Event::Replan { rule: Rule::Promise, anchor, window };
    for event in [Event::Snooze { until: date(2026, 12, 1) }, replan] {
        let planned = Phase::Waiting { draft: draft(true) }.on(event, AT).unwrap();
        let Phase::Planned { kept, .. } = planned else { panic!("{planned:?}") };
        assert_eq!(kept, Some(draft(true).text));
    }
}

#[test]
fn a_letter_is_approved_and_edited_and_a_call_made_and_neither_the_other_way_round() {
    let refused = |kind, event| waiting(kind).on(event, AT).map(|after| after.phase);
    let approve = Event::Approve { digest: digest('a') };
    assert_eq!(refused(Kind::Call, approve.clone()), Err(Refusal::IsACall));
    assert_eq!(refused(Kind::Call, Event::Edit { draft: draft(true) }), Err(Refusal::IsACall));
    let called = Event::Called { outcome: "no answer".to_owned() };
    assert_eq!(refused(Kind::Letter, called.clone()), Err(Refusal::IsALetter));
    assert!(refused(Kind::Letter, approve).is_ok() && refused(Kind::Call, called).is_ok());
}

#[test]
fn news_that_is_told_again_is_counted_and_other_news_is_counted_anew() {
    let later = AT + jiff::SignedDuration::from_secs(60);
    let told =
        |news: &str, times, ever, at| Told { news: Some(news.to_owned()), times, ever, at: Some(at), after: None };
    let put_off = Told { after: Some(later), ..told("one", 3, 5, AT) };
    assert_eq!(put_off.again("one".to_owned(), later), told("one", 4, 6, later));
    assert_eq!(put_off.again("another".to_owned(), later), told("another", 1, 6, later));
}

#[test]
fn what_is_composed_anew_is_told_anew_as_another_message_than_any_before() {
    let told = Told { news: Some("one".to_owned()), times: 3, ever: 5, at: Some(AT), after: Some(AT) };
    let before = FollowUp { told, ..waiting(Kind::Letter) };
    let window = Window { opens: AT, closes: AT + jiff::SignedDuration::from_secs(60) };
    let (rule, anchor) = (Rule::SecondInterview, Anchor { promised_on: None, ..before.anchor.clone() });
    let event = Event::Compose { rule, anchor: anchor.clone(), window, late: true, draft: draft(true) };
    let after = before.clone().on(event, AT).unwrap();
    let told = Told { ever: 5, ..Told::default() };
    assert_eq!(
        after,
        FollowUp { rule, anchor, window, late: true, phase: Phase::Waiting { draft: draft(true) }, told, ..before }
    );
}

#[test]
fn each_refusal_says_why_in_words() {
    let said: Vec<String> = phases()
        .into_iter()
        .filter_map(|(name, phase)| Some(format!("{name}: {}", phase.on(Event::Recall, AT).err()?)))
        .collect();
    insta::assert_snapshot!(said.join("\n"), @r"
    planned: there is nothing to take back: it is not approved
    waiting: there is nothing to take back: it is not approved
    sending: it is too late: the letter is being sent
    stopping: it is too late: the letter is being sent
    sent: it is too late: the letter has been sent
    failed: the server refused it; correct the address first
    uncertain: it is not known whether the letter arrived; settle that first
    cancelled: it was cancelled
    ");
}

#[test]
fn what_is_settled_or_ended_without_having_been_begun_is_refused_for_that() {
    let settle = || Event::Settle { arrived: false, by: "person".to_owned() };
    for (name, phase) in phases() {
        let is_sending = matches!(phase, Phase::Sending { .. });
        let in_the_way = if is_sending { Refusal::BeingSent } else { Refusal::NothingToSettle };
        let is_uncertain = matches!(phase, Phase::Uncertain { .. });
        assert_eq!(phase.clone().on(settle(), AT).err(), (!is_uncertain).then_some(in_the_way), "{name}");
        let ends = [Event::Orphan, Event::Submitted(Outcome::Accepted { reply: "250 ok".to_owned() })];
        for end in ends {
            assert_eq!(phase.clone().on(end, AT).err(), (!is_sending).then_some(Refusal::NotBeingSent), "{name}");
        }
    }
}
