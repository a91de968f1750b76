"""The windows of the program's letters against those that this computes from the rules of etiquette, with the days of
Python's `holidays` package.

    windows_compared.py FOLLOWUP WORK DIFFERENCES FAKETIME_LIBRARY SMTP_PORT SEED COUNT

For each of COUNT days there is a home in WORK with two applications of each country, interviewed on that day, written
by SQL. The program's clock is moved on, and it is asked for the windows: on the day of the interview for the thank-you,
after the thank-you for the letter itself, and in every fourth home, after letters have gone to the server at
SMTP_PORT, for the call and the second letter.

Nothing of the program's own arithmetic is used. Each window must be the one that comes out with the package's days,
corrected by the file of differences. Where the days of the package alone make another one, it counts as explained.
Two things only are asked of the program: whether it knows 2029, for windows that end in its January; and, in a region
for which the file says `more`, which of the package's days it has (it counts some of them).
"""

import fnmatch
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays_compared
from holidays_compared import COUNTRIES

FIRST, LAST = date(2026, 1, 1), date(2028, 11, 30)
YEARS = (2026, 2027, 2028, 2029)
PROMISED_WITHIN = 40
# Nothing is sent by a clock that is earlier than the program was written: `WRITTEN` in src/clock.rs, which moves.
SENT_FROM = date(2026, 11, 2)
# Two of them each day; the country as a whole is drawn as often as all of its regions.
PLACES = "US US-NY US-CA US-TX GB GB-SCT GB-NIR GB-WLS DE DE-BY DE-BE DE-NW DE-SN FR FR-57 FR-67 FR-971 ES ES-MD ES-CE \
ES-CN ES-PV ES-CT IN IN-MH IN-KA IN-TN IN-GJ CN JP BR BR-SP BR-RJ BR-AM".split()
ZONES = {
    "US": "America/New_York",
    "US-CA": "America/Los_Angeles",
    "US-TX": "America/Chicago",
    "GB": "Europe/London",
    "GB-NIR": "Europe/Belfast",
    "DE": "Europe/Berlin",
    "FR": "Europe/Paris",
    "FR-971": "America/Guadeloupe",
    "ES": "Europe/Madrid",
    "ES-CE": "Africa/Ceuta",
    "ES-CN": "Atlantic/Canary",
    "IN": "Asia/Kolkata",
    "CN": "Asia/Shanghai",
    "JP": "Asia/Tokyo",
    "BR": "America/Sao_Paulo",
    "BR-AM": "America/Manaus",
}
# The hours of UTC at which it is office time in each of the zones above, now in one, now in the other.
SENDING_HOURS = ("05:10", "12:40", "17:40")
RULES = ("thank-you", "promise", "second-interview", "first-interview", "call", "second-letter")
SHOWN = 12


# --- The rules, once more; tests/etiquette/situations.txt works them out by hand


class Calendar:
    def __init__(self, off):
        self.off = set(off)

    def is_business_day(self, day):
        return day.weekday() < 5 and day not in self.off

    def moved(self, day):
        while not self.is_business_day(day):
            day += timedelta(1)
        return day

    def after(self, day, count):
        """The business day of that number, counted from the day after `day`."""
        for _ in range(count):
            day = self.moved(day + timedelta(1))
        return day


def before_december_rule(rule, profile, anchor, calendar):
    """The days of a window as they are counted; they may be free ones."""
    prompt = profile == "prompt"
    if rule == "second-interview":
        return calendar.after(anchor, 8) if prompt else anchor + timedelta(14), anchor + timedelta(21)
    opens, closes = {
        "thank-you": (1, 2),
        "promise": (2 if prompt else 5, 15),
        "first-interview": (7, 15),
        "call": (5, 10),
        "second-letter": (7 if prompt else 10, 20),
    }[rule]
    return calendar.after(anchor, opens), calendar.after(anchor, closes)


def december_rule(rule, opens, calendar):
    """Whether the window moves; what counts is the business day on which it would open."""
    on = calendar.moved(opens)
    return rule == "second-interview" and on.month == 12 and on.day >= 18


def window(rule, profile, anchor, calendar):
    opens, closes = before_december_rule(rule, profile, anchor, calendar)
    if december_rule(rule, opens, calendar):
        opens, closes = opens + timedelta(7), closes + timedelta(7)
    return calendar.moved(opens), calendar.moved(closes)


def late_until(rule, closes, calendar):
    return None if rule in ("thank-you", "call") else calendar.after(closes, 20)


# --- The days


class Place:
    """Where they are: a calendar of the package as it is, and one that the file of differences has corrected."""

    def __init__(self, name, lines, program, home):
        self.name, self.country = name, name.partition("-")[0]
        self.zone = ZoneInfo(ZONES.get(name) or ZONES[self.country])
        as_whom = name
        mine = [line for line in lines if any(fnmatch.fnmatchcase(name, pattern) for pattern in line.places)]
        for line in mine:
            if line.kind == "country":
                as_whom = self.country
            elif line.kind.startswith("as "):
                as_whom = line.kind.split()[1]
        package = set(days_of(as_whom))
        corrected = set(package)
        if any(line.kind == "more" for line in mine):
            corrected -= package - set(days_of(self.country)) - listed(program, home, name)
        for line in mine:
            if line.kind == "ours":
                corrected |= {date.fromisoformat(day) for day in line.dates}
            elif line.kind == "theirs":
                corrected -= {date.fromisoformat(day) for day in line.dates}
        self.package, self.corrected = Calendar(package), Calendar(corrected)
        self.differs = sorted(package ^ corrected)
        knows_2029 = holidays_compared.ask(program, home, name, 2029)["known"]
        self.last_day = date(2029, 1, 31) if knows_2029 else date(2028, 12, 31)


def days_of(place):
    return [date.fromisoformat(day) for day in holidays_compared.theirs(place, YEARS)]


def listed(program, home, place):
    found = set()
    for year in YEARS:
        said = holidays_compared.ask(program, home, place, year)
        found |= {date.fromisoformat(it["date"]) for it in said["holidays"]}
    return found


# --- The situations


@dataclass
class Situation:
    id: int
    place: Place
    held: date
    round: int
    promised: date | None
    profile: str
    phone: bool

    @property
    def rule(self):
        if self.promised:
            return "promise"
        return "first-interview" if self.round == 1 else "second-interview"

    @property
    def anchor(self):
        return self.promised or self.held

    def __str__(self):
        promised = f", promised {self.promised:%a %Y-%m-%d}" if self.promised else ""
        held = f"round {self.round} on {self.held:%a %Y-%m-%d}"
        return f"{self.place.name} ({self.place.zone}), {held}{promised}, {self.profile}"


def some_days(chance, places, count):
    """Any days, days about holidays of theirs, in December, and on weekends; some of them twice."""
    every = [FIRST + timedelta(n) for n in range((LAST - FIRST).days + 1)]
    free = {day for place in places for day in place.package.off}
    near = sorted({day + timedelta(n) for day in free for n in (-8, -2, -1, 0, 1)} & set(every))
    december = [day for day in every if (12, 1) <= (day.month, day.day) <= (12, 24)]
    weekends = [day for day in every if day.weekday() >= 5]
    return [chance.choice((every, every, near, near, december, weekends)[n % 6]) for n in range(count)]


def situations_of(chance, held, places):
    found = []
    for country in COUNTRIES:
        whole, *regions = (place for place in places if place.country == country)
        for _ in range(2):
            place = chance.choice([whole, chance.choice(regions or [whole])])
            rule = chance.choice(("promise", "promise", "second-interview", "second-interview", "first-interview"))
            promised = held + timedelta(chance.randint(0, PROMISED_WITHIN)) if rule == "promise" else None
            round = chance.choice({"promise": (1, 2), "first-interview": (1,), "second-interview": (2, 2, 3)}[rule])
            profile = chance.choice(("patient", "prompt"))
            found.append(Situation(len(found) + 1, place, held, round, promised, profile, chance.random() < 0.5))
    return found


# --- The program


class Home:
    def __init__(self, options, name):
        self.options, self.folder = options, options.work / name
        self.folder.mkdir(mode=0o700)
        settings = self.folder / "followup.toml"
        settings.touch(mode=0o600)
        settings.write_text(f"""
[me]
name = "Ada Byron"
email = "ada@me.example"
timezone = "Europe/London"
[smtp]
host = "127.0.0.1"
port = {options.smtp_port}
tls = "none"
username = "ada"
password = "secret"
[sending]
grace = "0s"
per_day = 0
""")

    def run(self, moment, *arguments):
        """Runs it by a clock that shows `moment` of UTC at the start."""
        moved = {"LD_PRELOAD": self.options.faketime, "FAKETIME": f"@{moment:%Y-%m-%d %H:%M:%S}", "TZ": "UTC"}
        environment = {"HOME": str(self.folder), "FAKETIME_DONT_FAKE_MONOTONIC": "1", **moved}
        command = [self.options.program, "--home", str(self.folder), *arguments]
        quiet = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
        answer = subprocess.run(command, timeout=120, env=environment, **quiet)
        if answer.returncode != 0:
            sys.exit(f"{' '.join(command)} at {moment} ended with {answer.returncode}: {answer.stderr}{answer.stdout}")
        return answer.stdout

    def windows(self, moment):
        return {one["id"]: one for one in json.loads(self.run(moment, "list", "--all", "--json"))["applications"]}

    def why(self, moment, id):
        said = json.loads(self.run(moment, "why", str(id), "--json"))
        return said["why"] or {"rule": f"none ({said['application']['phase']})"}

    def write(self, situations):
        database = sqlite3.connect(self.folder / "followup.db", isolation_level=None)
        database.execute("PRAGMA foreign_keys = ON")
        database.execute("BEGIN")
        # By the moved clock; that of this process would be of another year.
        milliseconds = int(at(situations[0].held).replace(tzinfo=UTC).timestamp()) * 1000
        for it in situations:
            _, _, region = it.place.name.partition("-")
            database.execute(
                "INSERT INTO applications (id, company, position, contact_name, contact_email, contact_phone, country, region,"
                " timezone, strategy, added_at) VALUES (?, ?, 'Analyst', 'Jane Doe', ?, ?, ?, ?, ?, ?, ?)",
                (it.id, f"Company {it.id}", f"jane@company{it.id}.example", "+44 20 7946 0000" if it.phone else None,
                 it.place.country, region or None, str(it.place.zone), it.profile, milliseconds))
            database.execute(
                "INSERT INTO interviews (application_id, held_on, round, promised_on) VALUES (?, ?, ?, ?)",
                (it.id, str(it.held), it.round, it.promised and str(it.promised)))
        database.execute("COMMIT")
        database.close()


# --- The comparison


class Comparison:
    def __init__(self):
        self.same, self.explained, self.by_rule, self.unknown = Counter(), Counter(), Counter(), Counter()
        self.wrong = {country: [] for country in COUNTRIES}
        self.moved_in_december = self.counted_out = 0

    def fail(self, situation, what):
        self.wrong[situation.place.country].append(f"{situation}: {what}")

    def reckon(self, situation, rule, anchor):
        """The window to expect, or `None` where it ends on a day for which there is no calendar."""
        place = situation.place
        found = window(rule, situation.profile, anchor, place.corrected)
        if max(*found, *window(rule, situation.profile, anchor, place.package)) > place.last_day:
            self.unknown[place.country] += 1
            return None
        return found

    def compare(self, situation, rule, anchor, said):
        """Whether the program says this window, by the rule that is expected."""
        place = situation.place
        expected = self.reckon(situation, rule, anchor)
        if expected is None:
            return
        if said["rule"] != rule:
            self.fail(situation, f"{rule} from {anchor:%a %Y-%m-%d} is expected, the program has {said['rule']}")
            return
        wanted = [datetime.combine(day, time(hour), place.zone).isoformat() for day, hour in zip(expected, (9, 17))]
        plain = window(rule, situation.profile, anchor, place.package)
        if [said["opens"], said["closes"]] != wanted:
            days = f"{said['opens'][:10]} to {said['closes'][:10]}"
            by_python = f"{expected[0]} to {expected[1]}, and {plain[0]} to {plain[1]} by the package alone"
            if days == f"{expected[0]} to {expected[1]}":
                days, by_python = f"{said['opens']} to {said['closes']}", f"{wanted[0]} to {wanted[1]}"
            self.fail(situation, f"{rule} from {anchor:%a %Y-%m-%d}: the program has {days}, Python {by_python}")
            return
        if plain == expected:
            self.same[place.country] += 1
        elif any(anchor < day <= max(*plain, *expected) for day in place.differs):
            self.explained[place.country] += 1
        else:
            self.fail(situation, f"{rule} from {anchor:%a %Y-%m-%d}: no day from there on differs")
            return
        self.by_rule[rule] += 1
        opens, _ = before_december_rule(rule, situation.profile, anchor, place.corrected)
        self.moved_in_december += december_rule(rule, opens, place.corrected)

    def compare_count(self, situation, rule, anchor, why):
        """The counting out, day by day, and when the letter is given up."""
        calendar = situation.place.corrected
        expected = window(rule, situation.profile, anchor, calendar)
        late = late_until(rule, expected[1], calendar)
        if why["rule"] != rule or (late or expected[1]) > situation.place.last_day:
            return
        wanted = {
            "from": str(anchor),
            "opens": str(expected[0]),
            "closes": str(expected[1]),
            "late until": late and str(late),
        }
        said = {
            "from": why["counts_from"]["date"],
            "opens": why["opens_on"],
            "closes": why["closes_on"],
            "late until": why["late_until"],
        }
        if why["counted_in"] == "business days":
            count, days = 0, []
            day = anchor
            while day < calendar.after(anchor, int(why["opens_after"].split()[0])):
                day += timedelta(1)
                works = calendar.is_business_day(day)
                count += works
                days.append((str(day), count if works else None))
            wanted["days"] = days
            said["days"] = [(it["date"], it["count"]) for it in why["days"]][: len(days)]
        for name, value in wanted.items():
            if said[name] != value:
                self.fail(situation, f"{rule} from {anchor:%a %Y-%m-%d}: {name} by `why` {said[name]}, by Python {value}")
                return
        self.counted_out += 1


def at(day, hour="12:00"):
    return datetime.combine(day, time.fromisoformat(hour))


def one_home(options, chance, comparison, number, held, places):
    situations = situations_of(chance, held, places)
    home = Home(options, f"home-{number}")
    home.run(at(held), "list")
    home.write(situations)

    said = home.windows(at(held))
    for it in situations:
        comparison.compare(it, "thank-you", held, said[it.id])
    asked = chance.choice(situations)
    comparison.compare_count(asked, "thank-you", held, home.why(at(held), asked.id))

    # The last thank-you is over by then, and no letter late yet.
    later = max(it.place.corrected.after(held, 2) for it in situations) + timedelta(2)
    said = home.windows(at(later))
    for it in situations:
        comparison.compare(it, it.rule, it.anchor, said[it.id])
    for it in chance.sample(situations, 3):
        comparison.compare_count(it, it.rule, it.anchor, home.why(at(later), it.id))
    if number % 4 == 0:
        the_chain(chance, comparison, home, situations, later)
    shutil.rmtree(home.folder)


def the_chain(chance, comparison, home, situations, later):
    """Letters go on one day; then there is a call, where a phone number is known, and a second letter."""
    day = later + timedelta(chance.randint(0, 30))
    day += timedelta({5: 2, 6: 1}.get(day.weekday(), 0))
    if not SENT_FROM <= day <= date(2028, 12, 31):
        return
    for hour in SENDING_HOURS:
        home.run(at(day, hour), "tick", "--quiet")
        # With nothing that waits it would fail.
        if any(one["phase"] == "waiting" for one in home.windows(at(day, hour)).values()):
            home.run(at(day, hour), "approve", "--all", "--quiet")
        home.run(at(day, hour) + timedelta(minutes=2), "tick", "--quiet")

    # `list` goes on to show the letter that went, `why` what comes.
    said = home.windows(at(day + timedelta(1)))
    called = []
    for it in situations:
        opens, _ = window(it.rule, it.profile, it.anchor, it.place.corrected)
        goes = opens <= day and it.place.corrected.is_business_day(day)
        if goes != (said[it.id]["phase"] == "sent") or said[it.id]["rule"] != it.rule:
            expected = "sent" if goes else "not sent yet"
            comparison.fail(it, f"{it.rule} by {day:%a %Y-%m-%d} is {said[it.id]['phase']}, by Python {expected}")
        elif goes:
            rule = "call" if it.phone else "second-letter"
            compare_both(comparison, home, it, rule, day, day + timedelta(1))
            if it.phone:
                called.append(it)
    for it in called:
        # The day after the call was over, which nobody made.
        compare_both(comparison, home, it, "second-letter", day, it.place.corrected.after(day, 10) + timedelta(1))


def compare_both(comparison, home, situation, rule, sent, today):
    why = home.why(at(today), situation.id)
    comparison.compare(situation, rule, sent, why)
    comparison.compare_count(situation, rule, sent, why)


@dataclass
class Options:
    program: str
    work: Path
    differences: str
    faketime: str
    smtp_port: int
    seed: int
    count: int


def tell(what, wrong):
    print(f"{'FAIL' if wrong else 'ok'} {what}")
    for line in wrong if os.environ.get("SHOW") else wrong[:SHOWN]:
        print(f"    {line}")


def main():
    program, work, differences, faketime, port, seed, count = sys.argv[1:]
    options = Options(program, Path(work), differences, faketime, int(port), int(seed), int(count))
    chance = random.Random(options.seed)
    lines = holidays_compared.read(differences)
    home = Path(work) / "holidays"
    home.mkdir()
    places = [Place(name, lines, program, str(home)) for name in PLACES]
    comparison = Comparison()
    days = some_days(chance, places, options.count)
    for number, held in enumerate(days):
        one_home(options, chance, comparison, number, held, places)

    full = options.count >= 150
    print(f"{2 * len(COUNTRIES) * len(days)} interviews on {len(set(days))} days, seed {options.seed}")
    for country in COUNTRIES:
        wrong, same, explained = comparison.wrong[country], comparison.same[country], comparison.explained[country]
        if same + explained < (300 if full else 1):
            wrong.append(f"only {same + explained} were compared")
        unknown = f", {comparison.unknown[country]} end beyond the calendar" if comparison.unknown[country] else ""
        tell(f"{country} {same} ok, {explained} explained, {len(wrong)} wrong{unknown}", wrong)
    for rule in RULES:
        few = full and comparison.by_rule[rule] < 100
        tell(f"{rule}: {comparison.by_rule[rule]} windows are the same", ["these are too few"] if few else [])
    for number, least, what in (
        (comparison.moved_in_december, 20, "of these were moved by the December rule"),
        (comparison.counted_out, 300, "were counted out day by day, and are given up on the same day"),
    ):
        tell(f"{number} {what}", ["these are too few"] if full and number < least else [])


if __name__ == "__main__":
    main()
