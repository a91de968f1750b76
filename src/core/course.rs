//! Where an application stands in its strategy: whose turn it is, and what has been. The first step that applies, and
//! is neither used up nor over, is the one; after the last there is only letting go.

use jiff::Timestamp;
use jiff::civil::Date;

use super::application::{Application, Contact, Interview};
use super::etiquette::{Anchor, CountsFrom, Due, Etiquette, Stage, Step, There};
use super::followup::{CancelReason, FollowUp, Kind, Phase};
use super::plan::Case;

/// How many business days after the last that happened, and was not answered, it is time to let go. (Etiquette: no
/// source; as long as between two letters.)
const SILENCE: u32 = 10;

/// Where a case stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Course {
    /// This step is next, or now.
    Step(Due),
    /// All steps are behind; some time later it is time to ask whether to close it as unanswered.
    AtItsEnd(LetGo),
    /// The strategy has no step for such an interview.
    NoStep,
    /// There is nothing to count from yet.
    NoInterview,
}

/// When to ask whether to let go: `business_days` after `counted_from`, the day of the last that happened, or on which the last
/// step was over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LetGo {
    pub counted_from: Date,
    pub business_days: u32,
    /// The recipient's date.
    pub on: Date,
    pub close_at: Timestamp,
}

impl Course {
    /// The step, if there is one.
    pub fn due(&self) -> Option<&Due> {
        match self {
            Course::Step(due) => Some(due),
            _ => None,
        }
    }
}

/// Where `case` stands at `now`. The step that is on its way stays the one until its time is over.
pub fn course(now: Timestamp, case: &Case, etiquette: &Etiquette) -> Course {
    let application = &case.application;
    let Some(interview) = application.latest_interview() else { return Course::NoInterview };
    let Some(strategy) = etiquette.strategy_of(application) else { return Course::NoStep };
    let history = History { case, etiquette, there: etiquette.there(application), anchor: Anchor::of(&interview) };
    let (mut is_any_for_it, mut last_end) = (false, None);
    for step in strategy.steps.iter().filter(|step| step.rule.applies_to(&interview)) {
        // Without the letter that they count from, calls and second letters are no answer to an interview.
        is_any_for_it |= step.rule.counts_from() != CountsFrom::LastLetter;
        let Some(due) = history.due(step, &interview) else { continue };
        match history.used_up_by(&due) {
            Some(it) if may_be_corrected(it, application) && now < due.late_closes => return Course::Step(due),
            Some(it) if has_lapsed(it) => {}
            Some(_) => continue,
            None if history.is_over(&due, last_end, now) => {}
            None => return Course::Step(due),
        }
        last_end = last_end.max(Some(due.late_closes_on));
    }
    match is_any_for_it {
        true => Course::AtItsEnd(history.time_to_let_go(&interview, last_end)),
        false => Course::NoStep,
    }
}

/// Whether a letter by the step of `due` is refused for good, and its address has been corrected since: then it is
/// composed anew. Gives that follow-up.
pub fn corrected<'a>(case: &'a Case, due: &Due) -> Option<&'a FollowUp> {
    let last = case.followups.iter().rev().find(|it| uses_up(it, due))?;
    may_be_corrected(last, &case.application).then_some(last)
}

/// How many letters went, or may have gone, after the interview of `anchor`; thanks do not count.
pub fn letters_after(case: &Case, anchor: &Anchor) -> u32 {
    u32::try_from(letters(case).filter(|it| it.anchor.is_same_interview(anchor)).count()).unwrap_or(u32::MAX)
}

/// The last letter that went after the interview and promise of `anchor`, or may have gone; thanks do not count.
pub fn last_letter<'a>(case: &'a Case, anchor: &Anchor) -> Option<&'a FollowUp> {
    letters(case).filter(|it| it.anchor.is_same(anchor)).max_by_key(|it| it.phase.ended_at())
}

/// Whom a call is to: the personnel department where its number is known, else the contact.
pub fn callee(application: &Application) -> Option<&Contact> {
    [&application.hr, &application.contact].into_iter().find(|who| who.phone.is_some())
}

/// The letters that went, or may have gone, thanks aside.
fn letters(case: &Case) -> impl Iterator<Item = &FollowUp> {
    case.followups.iter().filter(|it| went(it) && it.rule.stage() != Stage::ThankYou)
}

/// A letter that their server has, or may have.
fn went(followup: &FollowUp) -> bool {
    followup.kind == Kind::Letter && matches!(followup.phase, Phase::Sent { .. } | Phase::Uncertain { .. })
}

/// Whether `followup` was the one step of its stage for the anchor of `due`: a step fires once per anchor, and thanks once
/// per interview. One that was cancelled by an answer, a close or other facts is not, since these may be taken back:
/// nobody wrote, and nobody decided.
fn uses_up(followup: &FollowUp, due: &Due) -> bool {
    let was_undone =
        |why: &CancelReason| !matches!(why, CancelReason::Rejected(_) | CancelReason::Lapsed | CancelReason::NoRoom);
    let undone = matches!(&followup.phase, Phase::Cancelled { why, .. } if was_undone(why));
    let is_same = match due.rule.stage() {
        Stage::ThankYou => followup.anchor.is_same_interview(&due.anchor),
        _ => followup.anchor.is_same(&due.anchor),
    };
    !undone && is_same && followup.rule.stage() == due.rule.stage()
}

fn is_rejected(phase: &Phase) -> bool {
    matches!(phase, Phase::Cancelled { why: CancelReason::Rejected(_), .. })
}

fn has_lapsed(followup: &FollowUp) -> bool {
    matches!(followup.phase, Phase::Cancelled { why: CancelReason::Lapsed, .. })
}

fn may_be_corrected(followup: &FollowUp, application: &Application) -> bool {
    let Phase::Failed { draft, .. } = &followup.phase else { return false };
    application.recipient().is_some_and(|recipient| recipient.email.as_ref() != Some(&draft.recipient.email))
}

/// What has been after one interview and promise.
struct History<'a> {
    case: &'a Case,
    etiquette: &'a Etiquette,
    there: There<'a>,
    anchor: Anchor,
}

impl History<'_> {
    /// The window of `step`; `None` where it cannot be: there is nothing to count from, nowhere to write or call to, or
    /// no letter is left.
    fn due(&self, step: &Step, interview: &Interview) -> Option<Due> {
        let application = &self.case.application;
        let can_write = application.recipient().is_some();
        let is_possible = match step.rule.stage() {
            Stage::ThankYou => can_write,
            Stage::Letter => can_write && self.is_letter_left() || !can_write && callee(application).is_some(),
            Stage::Call => callee(application).is_some(),
            Stage::SecondLetter | Stage::LastLetter => can_write && self.is_letter_left(),
        };
        let counted_from = match step.rule.counts_from() {
            CountsFrom::Interview => Some(interview.held_on),
            CountsFrom::Promise => interview.promised_on,
            CountsFrom::LastLetter => self.last_letter().and_then(|it| it.phase.ended_at()).map(|at| self.day_of(at)),
        };
        let counted_from = counted_from.filter(|_| is_possible)?;
        Some(self.etiquette.window(&self.there, application, interview, step, counted_from))
    }

    fn is_letter_left(&self) -> bool {
        letters_after(self.case, &self.anchor) < self.etiquette.max_letters
    }

    fn last_letter(&self) -> Option<&FollowUp> {
        last_letter(self.case, &self.anchor)
    }

    /// When the first letter after this interview and promise went.
    fn first_letter_at(&self) -> Option<Timestamp> {
        letters(self.case).filter(|it| it.anchor.is_same(&self.anchor)).filter_map(|it| it.phase.ended_at()).min()
    }

    /// The follow-up that used the step of `due` up, besides the one that is on its way.
    fn used_up_by(&self, due: &Due) -> Option<&FollowUp> {
        let open = self.case.open().map(|it| it.id);
        let others = || self.case.followups.iter().rev().filter(|it| Some(it.id) != open);
        let has_used = |it: &&FollowUp| match due.rule.stage() {
            // After a letter, thanks for the same interview come too late.
            Stage::ThankYou => uses_up(it, due) || went(it) && it.anchor.is_same_interview(&due.anchor),
            // A call before any letter was not the one that follows a letter.
            Stage::Call => uses_up(it, due) && it.phase.ended_at() >= self.first_letter_at(),
            _ => uses_up(it, due),
        };
        others().find(has_used)
    }

    /// Whether nothing can come of the step of `due` any more, the one before it having ended on `last_end`. One that is on
    /// its way lapses first, and so does a letter that was planned for while nobody looked: the person is told of it.
    fn is_over(&self, due: &Due, last_end: Option<Date>, now: Timestamp) -> bool {
        if now < due.late_closes {
            return false;
        }
        let is_on_its_way = self.case.open().is_some_and(|open| uses_up(open, due));
        let had_its_time = self.known_since() < due.late_closes && last_end < Some(due.late_closes_on);
        let was_planned_for = had_its_time && due.rule.may_be_late(due.kind);
        !is_on_its_way && !was_planned_for
    }

    fn known_since(&self) -> Timestamp {
        self.case.application.added_at.max(self.case.known_since.unwrap_or(Timestamp::MIN))
    }

    /// When to ask whether to close it: some time after the last that happened, and not before the day after `last_end`,
    /// the end of the last step that was let pass.
    fn time_to_let_go(&self, interview: &Interview, last_end: Option<Date>) -> LetGo {
        let There { calendar, zone } = &self.there;
        let done = self.case.followups.iter().filter(|it| {
            let is_done = matches!(it.phase, Phase::Sent { .. } | Phase::Uncertain { .. } | Phase::Failed { .. });
            is_done && it.anchor.is_same_interview(&self.anchor)
        });
        let days = done.filter_map(|it| it.phase.ended_at()).map(|at| self.day_of(at));
        let known = [Some(interview.held_on), interview.promised_on, Some(self.day_of(self.known_since()))];
        let last = days.chain(known.into_iter().flatten()).max().unwrap_or(interview.held_on);
        let after = |counted_from, business_days| {
            let on = calendar.business_days_after(counted_from, business_days);
            LetGo { counted_from, business_days, on, close_at: self.etiquette.hours.opens(on, zone) }
        };
        // Whoever has just said no to a letter is not asked in the same breath.
        let rejected =
            self.case.followups.iter().filter(|it| is_rejected(&it.phase)).filter_map(|it| it.phase.ended_at());
        let over = last_end.max(rejected.max().map(|at| self.day_of(at)));
        let ends = [Some(after(last, SILENCE)), over.map(|end| after(end, 1))];
        // Of two on the same day the first is the reason.
        ends.into_iter().flatten().rev().max_by_key(|it| it.on).unwrap_or_else(|| after(last, SILENCE))
    }

    /// The recipient's date at `at`.
    fn day_of(&self, at: Timestamp) -> Date {
        self.there.zone.to_datetime(at).date()
    }
}
