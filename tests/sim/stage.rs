//! What everybody in a life shares: the clocks, the dice, the server's temper, the witness, and the story that is told
//! when something goes wrong.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use followup::clock::Clock;
use followup::config::{Config, from_text};
use jiff::SignedDuration;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::clock::Clocks;
use super::dice::Dice;
use super::notes::Manners;
use super::person::Person;
use super::witness::{Limits, Witness};

/// The person's own address.
pub(crate) const ME: &str = "ada@home.example";

/// What can go wrong in this life; no life has all of it, so that each fault also meets a world that is otherwise well.
#[derive(Debug, Clone)]
pub(crate) struct Fate {
    /// Percent of the looks in which the program is killed.
    pub(crate) crashes: f64,
    /// Percent of the looks in which it is asked to stop.
    pub(crate) stops: f64,
    pub(crate) suspends: bool,
    pub(crate) clock_jumps: bool,
    pub(crate) full_disk: bool,
    pub(crate) restores: bool,
    /// Percent of the server's answers that are not as they should be, in bad times.
    pub(crate) server_faults: f64,
    /// Percent of the letters after which its answer is not as it should be, whatever the weather.
    pub(crate) dot_faults: f64,
    /// Recipients are only taken a while after the first try.
    pub(crate) greylists: bool,
    /// It says so only when it has the whole letter.
    pub(crate) reads_first: bool,
    /// Percent of the server's answers before which something happens elsewhere.
    pub(crate) meanwhile: f64,
    pub(crate) days: i64,
    pub(crate) most_applications: usize,
    pub(crate) zone: &'static str,
    pub(crate) per_day: u32,
    pub(crate) employer_gap: u32,
    /// The profile `prompt`, else `patient`.
    pub(crate) is_prompt: bool,
    pub(crate) max_letters: u32,
}

const ZONES: [&str; 10] = [
    "Europe/Berlin",
    "America/New_York",
    "Europe/London",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Pacific/Auckland",
    "Africa/Casablanca",
    "UTC",
    "America/St_Johns",
];

impl Fate {
    fn of(dice: &Dice) -> Self {
        let or_never = |percent: f64, often: f64| if dice.chance(percent) { often } else { 0.0 };
        Self {
            crashes: or_never(60.0, 15.0),
            stops: or_never(40.0, 5.0),
            suspends: dice.chance(40.0),
            clock_jumps: dice.chance(30.0),
            full_disk: dice.chance(15.0),
            restores: dice.chance(20.0),
            server_faults: dice.one_of(&[0.0, 2.0, 10.0, 10.0, 30.0]),
            dot_faults: dice.one_of(&[0.0, 0.0, 30.0, 60.0]),
            greylists: dice.chance(25.0),
            reads_first: dice.chance(50.0),
            meanwhile: dice.one_of(&[0.0, 2.0, 8.0]),
            days: dice.number(4, 36),
            most_applications: usize::try_from(dice.number(1, 4)).unwrap(),
            zone: dice.one_of(&ZONES),
            per_day: dice.one_of(&[1, 2, 20]),
            employer_gap: dice.one_of(&[0, 5, 5, 2]),
            is_prompt: dice.chance(35.0),
            max_letters: dice.one_of(&[2, 2, 2, 1, 3]),
        }
    }

    /// A zone for a recipient.
    pub(crate) fn any_zone(dice: &Dice) -> &'static str {
        dice.one_of(&ZONES)
    }
}

/// The server's temper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weather {
    Fine,
    Rough,
    /// Nobody answers.
    Dead,
}

#[derive(Debug)]
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    pub(crate) clocks: Clocks,
    pub(crate) dice: Dice,
    pub(crate) fate: Fate,
    weather: Mutex<Weather>,
    config: Mutex<Arc<Config>>,
    witness: Mutex<Witness>,
    pub(crate) person: Mutex<Person>,
    story: Mutex<Vec<String>>,
    /// How many machines there have been.
    machines: AtomicU32,
    /// The program is to be killed while it waits for the word of the server.
    is_struck: AtomicBool,
    /// Nothing goes wrong any more.
    calm: Mutex<bool>,
}

impl Stage {
    pub(crate) fn new(seed: u64, folder: PathBuf) -> Arc<Self> {
        let dice = Dice::new(seed);
        let fate = Fate::of(&dice);
        // From November 2026 on, for two years: all of the transitions of a year are met.
        let first = jiff::Timestamp::constant(1_793_491_200, 0);
        let now = first + SignedDuration::from_mins(dice.number(0, 2 * 365 * 24 * 60));
        let stage = Self {
            config: Mutex::new(settings(&fate, "Ada Byron", &dice)),
            folder,
            clocks: Clocks::new(now),
            weather: Mutex::new(Weather::Fine),
            witness: Mutex::default(),
            person: Mutex::default(),
            story: Mutex::default(),
            machines: AtomicU32::new(1),
            is_struck: AtomicBool::new(false),
            calm: Mutex::new(false),
            fate,
            dice,
        };
        if !stage.fate.clock_jumps {
            let zone = stage.config().etiquette.zone.clone();
            let (per_day, gap) = (stage.fate.per_day as usize, stage.fate.employer_gap as usize);
            stage.witness(|witness| witness.limits = Some(Limits { per_day, gap, zone }));
        }
        let manners = Manners { is_prompt: stage.fate.is_prompt, max_letters: stage.fate.max_letters as usize };
        stage.witness(|witness| witness.manners = manners);
        stage.tell(format!("seed {seed}: {:?}", stage.fate));
        Arc::new(stage)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.join("followup.db")
    }

    /// What names the machine on which the program runs.
    pub(crate) fn machine(&self) -> String {
        format!("{:032x}", self.machines.load(SeqCst))
    }

    /// All goes on on another machine.
    pub(crate) fn change_machine(&self) {
        self.machines.fetch_add(1, SeqCst);
        self.tell("on another machine");
    }

    pub(crate) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.config.lock().unwrap())
    }

    /// The person signs with another name from now on.
    pub(crate) fn change_name(&self) {
        let name = self.dice.one_of(&["Ada Byron", "Ada King", "A. Lovelace"]);
        self.tell(format!("the settings name her {name:?}"));
        *self.config.lock().unwrap() = settings(&self.fate, name, &self.dice);
    }

    pub(crate) fn weather(&self) -> Weather {
        *self.weather.lock().unwrap()
    }

    pub(crate) fn change_weather(&self, weather: Weather) {
        self.tell(format!("the server is {weather:?}"));
        *self.weather.lock().unwrap() = weather;
    }

    pub(crate) fn is_calm(&self) -> bool {
        *self.calm.lock().unwrap()
    }

    /// From now on everybody does what they should.
    pub(crate) fn calm_down(&self) {
        *self.calm.lock().unwrap() = true;
        self.fill_disk(None);
        self.clocks.put_right();
        let now = self.clocks.now();
        self.witness(|witness| witness.clock_jumped(now));
        self.change_weather(Weather::Fine);
    }

    /// Nothing can be written beyond this many bytes of a file; `None` frees the disk.
    pub(crate) fn fill_disk(&self, bytes: Option<u64>) {
        let limit = getrlimit(Resource::Fsize);
        if limit.current != bytes {
            self.tell(
                bytes.map_or("the disk is free again".to_owned(), |bytes| format!("the disk is full at {bytes}")),
            );
        }
        setrlimit(Resource::Fsize, Rlimit { current: bytes.or(limit.maximum), maximum: limit.maximum }).unwrap();
    }

    /// Adds a line to the story.
    pub(crate) fn tell(&self, what: impl AsRef<str>) {
        let (truth, now) = (self.clocks.truth(), self.clocks.now());
        let error = if truth == now { String::new() } else { format!(" (the clock says {})", short(now)) };
        self.story.lock().unwrap().push(format!("{}{error}  {}", short(truth), what.as_ref()));
    }

    pub(crate) fn story(&self) -> String {
        self.story.lock().unwrap().join("\n")
    }

    /// Lets the witness see something; what it then objects to becomes part of the story.
    pub(crate) fn witness<T>(&self, sees: impl FnOnce(&mut Witness) -> T) -> T {
        let mut witness = self.witness.lock().unwrap();
        let known = witness.breaches.len();
        let seen = sees(&mut witness);
        let new = witness.breaches[known..].to_vec();
        drop(witness);
        new.iter().for_each(|breach| self.tell(format!("BREACH: {breach}")));
        seen
    }

    /// The person does something, right now.
    pub(crate) fn person_acts(&self) {
        self.person.lock().unwrap().act(self);
    }

    /// Something happens elsewhere while the program talks with the server.
    pub(crate) fn meanwhile(&self) {
        if self.is_calm() || !self.dice.chance(self.fate.meanwhile) {
            return;
        }
        match self.dice.number(0, 9) {
            0 if self.fate.suspends => self.suspend(),
            1 if self.fate.clock_jumps => self.jump(),
            _ => self.person_acts(),
        }
    }

    /// Kills the program at its next step, in some lives.
    pub(crate) fn strike(&self) {
        if !self.is_calm() && self.dice.chance(self.fate.crashes) {
            self.is_struck.store(true, SeqCst);
        }
    }

    /// Whether it is to be killed now.
    pub(crate) fn takes_the_strike(&self) -> bool {
        self.is_struck.swap(false, SeqCst)
    }

    pub(crate) fn suspend(&self) {
        let time = self.dice.time(60, 120 * 86_400);
        self.clocks.suspend(time);
        self.tell(format!("the machine slept for {time:#}"));
    }

    pub(crate) fn jump(&self) {
        match self.clocks.error().is_zero() || self.dice.chance(40.0) {
            true => {
                let time = self.dice.time(2, 3 * 365 * 86_400);
                self.clocks.jump(if self.dice.chance(50.0) { time } else { -time });
                self.tell("the clock jumped");
            }
            false => {
                self.clocks.put_right();
                self.tell("the clock is right again");
            }
        }
        let now = self.clocks.now();
        self.witness(|witness| witness.clock_jumped(now));
    }
}

fn short(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%d %a %H:%M:%S").to_string()
}

fn settings(fate: &Fate, name: &str, dice: &Dice) -> Arc<Config> {
    let copy = dice.one_of(&["bcc", "none"]);
    let text = format!(
        "[me]\nname = '{name}'\nemail = '{ME}'\ntimezone = '{}'\n\
         [smtp]\nhost = '127.0.0.1'\nport = 25\ntls = 'none'\nusername = 'ada'\npassword = 'secret'\ncopy = '{copy}'\n\
         [ask]\ndigest_at = ''\n\
         [etiquette]\nprofile = '{}'\nmax_letters = {}\n\
         [sending]\nper_day = {}\nper_employer = '{} business days'\n",
        fate.zone,
        if fate.is_prompt { "prompt" } else { "patient" },
        fate.max_letters,
        fate.per_day,
        fate.employer_gap
    );
    let text = if fate.employer_gap == 0 { text.replace("'0 business days'", "0") } else { text };
    Arc::new(from_text(&text).unwrap())
}
