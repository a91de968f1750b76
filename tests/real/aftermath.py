"""The program, interrupted and started again, and what the other side says of it: the mail server's log and the files.

Used by kill_everywhere.py and power_loss.py. The program's own database is not asked; that its file is whole, and what
stands in the tables that are public, any program can see.
"""

import json
import os
import pty
import select
import shutil
import signal
import sqlite3
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

ME, JANE = "ada@home.example", "jane@globex.example"
SETTINGS = """[me]
name = "Ada Byron"
email = "{me}"
timezone = "Europe/London"
[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "ada"
password = "secret"
[ask]
digest_at = ""
[sending]
hours = "00:00-24:00"
days = "all"
grace = "0s"
per_day = 0
per_employer = 0
"""
# Nothing of the program takes this long here.
DEADLINE = 60
LOOKS = 3
# Later than any pause before something is tried again.
HOURS_LATER = "+5h"


@dataclass
class Ran:
    status: int
    said: str


class Program:
    """The binary, at work on the folder `home` inside of `place`, where all that it writes is to be found."""

    def __init__(self, binary, faketime, place):
        self.binary, self.faketime, self.place = binary, faketime, Path(place)
        self.home = self.place / "home"

    def command(self, arguments):
        return [self.binary, "--home", str(self.home), *(str(one).replace("PLACE", str(self.place)) for one in arguments)]

    def environment(self, later):
        (self.place / "tmp").mkdir(mode=0o700, exist_ok=True)
        moved = {"LD_PRELOAD": self.faketime, "FAKETIME": HOURS_LATER, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.place),
            "TMPDIR": str(self.place / "tmp"),
            "EDITOR": f"cp {self.place}/words.txt",
            "TZ": "UTC",
            "NO_COLOR": "1",
        } | (moved if later else {})

    def start(self, arguments, tracer=(), later=False, terminal=False):
        """Under a umask that hides nothing: what others may not read, the program itself has to close."""
        options = {"env": self.environment(later), "umask": 0, "stderr": subprocess.STDOUT, "start_new_session": True}
        if not terminal:
            out = open(self.place / "said", "w+b")
            process = subprocess.Popen(
                [*tracer, *self.command(arguments)], stdin=subprocess.DEVNULL, stdout=out, **options
            )
            process.ours = out
            return process
        ours, theirs = pty.openpty()
        process = subprocess.Popen([*tracer, *self.command(arguments)], stdin=theirs, stdout=theirs, **options)
        os.close(theirs)
        process.ours = os.fdopen(ours, "rb", buffering=0)
        return process

    def run(self, *arguments, later=False, tracer=(), terminal=False):
        return finish(self.start(arguments, tracer, later, terminal))

    def must(self, *arguments, later=False):
        ran = self.run(*arguments, later=later)
        if ran.status != 0:
            raise SystemExit(f"FAIL {' '.join(arguments)} ended with {ran.status}: {ran.said}")
        return ran.said

    def look_again(self):
        """What goes wrong when it is started again, three times now and three times hours later."""
        wrong = []
        for later in (False, True):
            for _ in range(LOOKS):
                ran = self.run("tick", later=later)
                if ran.status != 0:
                    wrong.append(f"tick ended with {ran.status}: {ran.said.strip()[-300:]}")
        return wrong


def finish(process):
    """Waits for its end. What it said in a terminal is there until the terminal is closed."""
    has_ended = process.poll() is not None or has_ended_within(DEADLINE, process.pid)
    if not has_ended:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if not has_ended:
        return Ran(-1, "it did not end")
    said = b""
    if process.ours.seekable():
        process.ours.seek(0)
    try:
        while piece := process.ours.read(1 << 16):
            said += piece
    except OSError:
        pass
    process.ours.close()
    return Ran(process.returncode, said.decode("utf-8", "replace").replace("\r\n", "\n"))


def has_ended_within(seconds, pid):
    end = os.pidfd_open(pid)
    has_ended = bool(select.select([end], [], [], seconds)[0])
    os.close(end)
    return has_ended


class ServerLog:
    """The log of mail_server.py, as it grows."""

    def __init__(self, path):
        self.file = open(path, encoding="utf-8")
        self.rest, self.open = "", set()

    def news(self):
        """The events since the last time."""
        *lines, self.rest = (self.rest + self.file.read()).split("\n")
        events = [json.loads(line) for line in lines]
        for event in events:
            {"connected": self.open.add, "closed": self.open.discard}.get(event["event"], id)(event["connection"])
        return events

    def until_all_hung_up(self):
        events, deadline = self.news(), time.monotonic() + 10
        while self.open and time.monotonic() < deadline:
            time.sleep(0.002)
            events += self.news()
        return events


@dataclass
class Story:
    """What became of one interruption."""

    program: Program
    server_log: ServerLog
    # Whether the command had said that it was done.
    done: bool
    # Of the mail server: while the interrupted command ran, and after.
    first: list
    then: list = field(default_factory=list)
    wrong: list = field(default_factory=list)

    def accepted(self, recipients):
        return [it for it in self.first + self.then if it["event"] == "accepted" and recipients(it["recipients"])]

    @property
    def letters(self):
        """The letters to Jane that became the server's."""
        return self.accepted(lambda them: them[0] == JANE)

    @property
    def told(self):
        """The mails to the person alone."""
        return self.accepted(lambda them: them == [ME])

    def needs(self, holds, otherwise):
        if not holds:
            self.wrong.append(otherwise)


def check_letter(story):
    """Whatever was interrupted: never twice, and never again once it was begun. No other mail goes meanwhile."""
    was_begun = any(event["event"] == "mail" for event in story.first)
    again = [it for it in story.then if it["event"] == "rcpt" and it["recipients"] == [JANE]]
    story.needs(len(story.letters) <= 1, f"a DUPLICATE: {len(story.letters)} letters were taken")
    story.needs(not (was_begun and again), "a second try of a letter that had been begun")
    story.needs(len(again) <= 1, f"{len(again)} tries after the interruption")


def check_files(program, story):
    """Whole, and nobody else's to read."""
    for path in program.place.rglob("*"):
        # What is the rig's own.
        if path.name in ("said", "words.txt", "trace") or path.is_symlink():
            continue
        mode = path.stat().st_mode & 0o777
        story.needs(mode & 0o077 == 0, f"{path.relative_to(program.place)} can be read by others: {mode:o}")
    for path in sorted(program.home.glob("followup.db*")):
        if path.name == "followup.db" or path.suffix.startswith(".version-"):
            damage = damage_of(path)
            story.needs(damage is None, f"{path.name}: {damage}")


def damage_of(database, tables=()):
    """What is wrong with a database file: looked at in a copy, for looking at it would mend it."""
    copy = database.parent.parent / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(mode=0o700)
    for end in ("", "-wal", "-journal"):
        if (part := database.with_name(database.name + end)).exists():
            shutil.copy(part, copy)
    try:
        with sqlite3.connect(copy / database.name) as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
            loose = connection.execute("PRAGMA foreign_key_check").fetchall()
            missing = set(tables) - {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        connection.close()
    except sqlite3.DatabaseError as error:
        return str(error)
    if said != ["ok"]:
        return "; ".join(said)[:200]
    return f"rows of nothing: {loose}" if loose else f"without {missing}" if missing else None


def rows(database, sql):
    """What stands in a public table; the database is not in use."""
    connection = sqlite3.connect(database)
    found = connection.execute(sql).fetchall()
    connection.close()
    return found
