"""What kill_everywhere.py and power_loss.py interrupt, and what must hold afterwards.

A scenario is a home that was prepared, the command that is interrupted there, the words by which it says that it is
done, and a judge. A judge sees what the mail server took, what the files hold, and what any other program could ask.
"""

import hashlib
import json
from dataclasses import dataclass

from aftermath import JANE, ME, check_letter, damage_of, rows
from old_database import to_version_1

ADD = ["add", "--company", "Globex", "--position", "Analyst", "--contact", f"Jane Doe <{JANE}>"]
ADD += ["--interviewed", "16 days ago", "--promised", "13 days ago"]
DRAFT, APPROVE, TICK = ["draft", "1"], ["approve", "1"], ["tick"]
INIT = ["init", "--name", "Ada Byron", "--email", ME, "--timezone", "Europe/London", "--no-login"]
INIT += ["--smtp-host", "127.0.0.1", "--smtp-tls", "none", "--smtp-user", ""]
NEW_SUBJECT = "Analyst position: one more word"
NEW_TEXT = """Dear Jane Doe,

Thank you again for the interview about the Analyst position at Globex. I would
like to ask how things stand, and will gladly send what you need.

Kind regards,
Ada Byron
"""
NEW_WORDS = hashlib.sha256(" ".join(NEW_TEXT.split()).encode()).hexdigest()
PUBLIC = ("applications", "interviews")


@dataclass(frozen=True)
class Scenario:
    name: str
    prepared: tuple
    command: list
    # What it says once it is done; `None` where only the mail server can say it.
    done: str | None
    judge: object
    # Further things to do to the prepared home.
    shape: object = None
    terminal: bool = False
    has_settings: bool = True
    # Whether it is asked to end (SIGTERM) as well.
    ends_well: bool = False


def added(story):
    database = story.program.home / "followup.db"
    applications = [rows(database, f"SELECT count(*) FROM {table}")[0][0] for table in PUBLIC]
    story.needs(applications in ([0, 0], [1, 1]), f"added by half: {applications}")
    story.needs(applications == [1, 1] or not story.done, "what was added is not there")
    story.needs(len(story.told) == applications[0], f"{applications[0]} letters wait, but {len(story.told)} were asked about")
    story.needs(not story.letters, "a letter went unapproved")


def asked(story):
    """At least once, and a second time as the same mail."""
    story.needs(story.told, "nobody was asked")
    ids = {mail["message_id"] for mail in story.told}
    story.needs(len(ids) <= 1, f"the same question in {len(ids)} different mails")
    story.needs(not story.letters, "a letter went unapproved")


def drafted(story):
    """Who has seen the letter need not be asked about it."""
    story.needs(not story.letters, "a letter went unapproved")
    story.needs(story.told or story.done or waits(story), "nobody was asked, and nothing waits")
    goes_when_approved(story)


def approved(story):
    check_letter(story)
    story.needs(story.letters or not story.done, "it was approved, and did not go")
    story.needs(story.letters or waits(story), "it was lost")
    if not story.letters:
        goes_when_approved(story)


def recalled(story):
    check_letter(story)
    story.needs(not (story.letters and story.done), "it was taken back, and went")
    story.needs(story.letters or waits(story), "it was lost")


def edited(story):
    """The old letter or the new one, never a mixture, and never the old one once the new one was there."""
    check_letter(story)
    story.needs(not (story.letters and story.done), "the words were changed, and the old ones went")
    if not story.letters:
        goes_when_approved(story)
    for letter in story.letters:
        is_new = (letter["subject"] == NEW_SUBJECT, letter["words"] == NEW_WORDS)
        story.needs(is_new in ((True, True), (False, False)), "half of the words are new")
        story.needs(is_new[0] or not story.done, "the new words were lost")


def sent(story):
    """It went once; or it may have gone, and the person knows."""
    check_letter(story)
    uncertain = [mail for mail in story.told if mail["subject"].startswith("Did your letter")]
    story.needs(len(story.letters) == 1 or uncertain, f"it was lost, and nobody told: {subjects(story)}")
    story.needs(len(uncertain) <= 1 and len(uncertain) == len(story.told), f"told of what is not so: {subjects(story)}")


def ended_well(story):
    """Asked to end, it ends: the letter went once, and nothing is in doubt."""
    check_letter(story)
    story.needs(len(story.letters) == 1, "the letter did not go")
    story.needs(not story.told, f"told of what is not so: {subjects(story)}")


def ended(story):
    """They answered, or it was closed."""
    check_letter(story)
    over = "SELECT 1 FROM applications WHERE outcome IS NOT NULL OR status = 'closed'"
    is_recorded = bool(rows(story.program.home / "followup.db", over))
    story.needs(is_recorded or not story.done, "what was noted is not there")
    story.needs(is_recorded != bool(story.letters), f"noted: {is_recorded}, but {len(story.letters)} letters went")


def migrated(story):
    """The letter that was approved goes, and what it was before is kept."""
    check_letter(story)
    story.needs(len(story.letters) == 1 and not story.told, f"{len(story.letters)} letters, {subjects(story)}")
    kept = story.program.home / "followup.db.version-1"
    story.needs(kept.exists() or not story.done, "what it was before is not kept")
    if kept.exists():
        story.needs(rows(kept, "PRAGMA user_version") == [(1,)], "what was kept is not what it was before")
        story.needs(len(rows(kept, "SELECT 1 FROM applications")) == 1, "what was kept is not whole")


def backed_up(story):
    copy = story.program.place / "backup.db"
    story.needs(copy.exists() or not story.done, "there is no backup")
    if copy.exists():
        damage = damage_of(copy, PUBLIC)
        story.needs(damage is None, f"what looks like a backup is none: {damage}")
        story.needs(damage or len(rows(copy, "SELECT 1 FROM applications")) == 1, "the backup is not whole")
    approved(story)


def forgotten(story):
    """It goes or it is gone, to the last trace."""
    check_letter(story)
    is_gone = not rows(story.program.home / "followup.db", "SELECT 1 FROM applications")
    story.needs(is_gone or not story.done, "it is not forgotten")
    story.needs(is_gone != bool(story.letters), f"forgotten: {is_gone}, but {len(story.letters)} letters went")
    if is_gone:
        files = [path for path in story.program.home.iterdir() if path.is_file()]
        traces = [path.name for path in files if any(word in path.read_bytes() for word in (b"Globex", b"Jane", b"globex"))]
        story.needs(not traces, f"what is forgotten is still to be read in {' '.join(traces)}")


def set_up(story):
    """The settings are whole or not there; either way the next step is open."""
    program = story.program
    settings = program.home / "followup.toml"
    story.needs(settings.exists() or not story.done, "the settings are not there")
    if not settings.exists():
        program.run(*INIT, later=True)
    ran = program.run(*ADD, later=True)
    story.needs(ran.status == 0, f"nothing can be added: {ran.said}")


def subjects(story):
    return [mail["subject"] for mail in story.told]


def waits(story):
    ran = story.program.run("queue", "--json", later=True)
    return ran.status == 0 and bool(json.loads(ran.said)["applications"])


def goes_when_approved(story):
    """What waits, or the person is about to approve, is still there and goes once."""
    for command in (DRAFT, APPROVE, TICK, TICK):
        ran = story.program.run(*command, later=True)
        story.needs(ran.status == 0, f"{' '.join(command)} ended with {ran.status}: {ran.said}")
    story.then += story.server_log.until_all_hung_up()
    story.needs(len(story.letters) == 1, f"approved after all, {len(story.letters)} letters went")


def as_of_version_1(program):
    to_version_1(program.home / "followup.db")


def with_an_older_version(program):
    """As it stands beside the database after an upgrade."""
    copy = program.home / "followup.db.version-1"
    copy.write_bytes((program.home / "followup.db").read_bytes())
    copy.chmod(0o600)


def write_words(program):
    (program.place / "words.txt").write_text(f"Subject: {NEW_SUBJECT}\n\n{NEW_TEXT}")
    (program.place / "body.txt").write_text(NEW_TEXT)
    (program.place / "body.txt").chmod(0o600)


EDIT = ["edit", "1", "--subject", NEW_SUBJECT, "--body-file", "PLACE/body.txt"]
LETTER, YES = (ADD, DRAFT), (ADD, DRAFT, APPROVE)
SCENARIOS = [
    Scenario("first start", (), ADD, "Added 1", added),
    Scenario("init", (), INIT, "Wrote", set_up, has_settings=False),
    Scenario("add", (["status"],), ADD, "Added 1", added),
    Scenario("draft", (ADD,), DRAFT, "waits for your word", drafted),
    Scenario("ask", (ADD,), TICK, None, asked),
    Scenario("approve", LETTER, APPROVE, "Approved.", approved),
    Scenario("recall", YES, ["recall", "1"], "Taken back.", recalled),
    Scenario("edit", YES, EDIT, NEW_SUBJECT, edited, write_words),
    Scenario("edit in an editor", YES, ["edit", "1"], NEW_SUBJECT, edited, write_words, terminal=True),
    Scenario("heard", YES, ["heard", "1", "reply"], "Noted", ended),
    Scenario("close", YES, ["close", "1"], "Closed", ended),
    Scenario("tick", YES, TICK, "sent 1", sent, ends_well=True),
    Scenario("daemon", YES, ["daemon"], None, sent, ends_well=True),
    Scenario("migrate", YES, ["status"], "Daemon:", migrated, as_of_version_1),
    Scenario("backup", YES, ["backup", "PLACE/backup.db"], "Wrote", backed_up),
    Scenario("forget", YES, ["forget", "1", "--yes"], "Forgotten", forgotten, with_an_older_version),
]

if __name__ == "__main__":
    print("\n".join(scenario.name.replace(" ", "-") for scenario in SCENARIOS))
