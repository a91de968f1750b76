//! Facts of an application as anybody may type them: checked, stored, composed into a letter, and that into a message.

use std::cell::RefCell;

use followup::config::from_text;
use followup::core::application::{Application, Contact, Interview, check_line, check_text};
use followup::core::dates::{Toward, parse};
use followup::core::etiquette::Etiquette;
use followup::core::thread::Thread;
use followup::core::tone::remarks;
use followup::ops::{Desk, OpError};
use followup::store::Store;
use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::read_back::Letter;
use super::{Parts, can_be_shown};

const SETTINGS: &str = "[me]\nname = 'Ada Byron'\nemail = 'ada@me.example'\ntimezone = 'UTC'\nphone = '+44 20 7946 0000'\n\
    [smtp]\nhost = 'localhost'\n";
const TODAY: Date = date(2026, 11, 16);

struct Home {
    store: Store,
    etiquette: Etiquette,
    _folder: TempDir,
}

thread_local! {
    /// One database for all runs.
    static HOME: RefCell<Home> = RefCell::new(Home::new());
}

impl Home {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let store = Store::open(&folder.path().join("followup.db")).unwrap();
        Self { store, etiquette: from_text(SETTINGS).unwrap().etiquette, _folder: folder }
    }
}

pub fn run(data: &[u8]) {
    let application = typed(Parts::of(data));
    HOME.with_borrow_mut(|home| add(home, &application));
}

fn typed(mut parts: Parts) -> Application {
    let (company, position) = (parts.text(), parts.text());
    let mut contact = || Contact { name: parts.some(), email: parts.some(), phone: parts.some() };
    let (contact, hr) = (contact(), contact());
    let [held_on, promised_on] = [0, 1].map(|_| parse(&parts.text(), TODAY, Toward::Past).ok());
    let references: Vec<String> = parts.text().split(' ').filter(|id| !id.is_empty()).map(str::to_owned).collect();
    let subject = parts.some();
    let interview = Interview { id: 0, held_on: held_on.unwrap_or(date(2026, 11, 3)), round: 1, promised_on };
    Application {
        id: 0,
        company,
        position,
        contact,
        hr,
        timezone: parts.some(),
        country: parts.some(),
        language: parts.some().unwrap_or_else(|| "en".to_owned()),
        strategy: parts.some(),
        job_url: parts.some(),
        thread: (!references.is_empty()).then_some(Thread { references, subject }),
        strengths: parts
            .some()
            .into_iter()
            .flat_map(|all| all.split(';').map(|it| it.trim().to_owned()).collect::<Vec<_>>())
            .collect(),
        // Behind all others: what is in the corpus keeps its meaning.
        region: parts.some(),
        closed: false,
        answer: None,
        added_at: Timestamp::UNIX_EPOCH,
        interviews: vec![interview],
    }
}

fn add(home: &mut Home, application: &Application) {
    let Home { store, etiquette, .. } = home;
    let checked = etiquette.check(application, TODAY);
    let now = TODAY.at(10, 0, 0, 0).to_zoned(etiquette.zone.clone()).unwrap().timestamp();
    let mut desk = Desk { store, etiquette, now };
    let added = match desk.add(application) {
        Ok(added) => added,
        Err(error @ (OpError::BadFact(_) | OpError::Held(_))) => return can_be_shown(&error.to_string()),
        Err(error) => panic!("{error}"),
    };
    assert_eq!(checked, Ok(()));
    let stored = added.case.application;
    let (id, interviews) = (stored.id, stored.interviews.clone());
    let given = Application { id, interviews, added_at: stored.added_at, ..application.clone() };
    assert_eq!(stored, given, "what is stored is what was given");
    // Once its letter is due, in time and late, with the facts as they are.
    for weeks in [0, 1, 3] {
        desk.now = now + SignedDuration::from_hours(weeks * 7 * 24);
        if let Ok(situation) = desk.draft(id)
            && let Some(draft) = situation.followup().and_then(|it| it.phase.draft())
        {
            let sender = &etiquette.sender;
            check_line("subject", &draft.text.subject).unwrap();
            check_text("body", &draft.text.body).unwrap();
            remarks(&stored, sender, draft).iter().for_each(|remark| can_be_shown(&remark.text));
            let letter = Letter {
                from: (&sender.name, &sender.email),
                to: (draft.recipient.name.as_deref(), &draft.recipient.email),
                subject: &draft.text.subject,
                body: &draft.text.body,
                references: &draft.references,
            };
            letter.is_read_from(&letter.to_bytes().unwrap());
        }
    }
    desk.forget(id).unwrap();
}
