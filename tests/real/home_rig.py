"""Homes, runs of the program, and what its mail server saw: what the parts of storage_faults.sh share.

A worker has a mail server of its own (mail_server.py), so that what came during a case is of that case. `Report` prints
one line for each kind of case, as `checks` of lib.sh wants them: `ok WHAT, N times` or `FAIL WHAT, M of N times`.
"""

import json
import os
import queue
import shutil
import sqlite3
import subprocess
import threading
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ME = "ada@h.example"
JANE = "jane@globex.example"
SETTINGS = """\
[me]
name = "Ada Byron"
email = "ada@h.example"
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
ADD = ["add", "--company", "Globex", "--position", "Analyst", "--contact", f"Jane Doe <{JANE}>",
       "--interviewed", "16 days ago", "--promised", "13 days ago"]  # fmt: skip
HOURS_LATER = 5
# Nothing that the program does at once takes as long.
DEADLINE = 90


class Ran:
    """How a run of the program ended."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def wrong(self):
        """What no run may do, whatever fails under it."""
        if "panicked" in self.err or self.code in (101, 134):
            return f"it panicked: {self.err[-300:]}"
        if self.code < 0 or self.code in (124, 137, 139):
            return f"it ended with {self.code}: {self.err[-300:]}"
        if self.code != 0 and not self.says_what_to_do():
            return f"it ended with {self.code} and no clear words: {self.err[-300:]!r}"
        return None

    def says_what_to_do(self):
        """`followup: WHAT` and, indented, what to do; or the loader's own words, where the program never began."""
        lines = [line for line in self.err.splitlines() if line.strip()]
        said = [number for number, line in enumerate(lines) if line.startswith("followup:")]
        if said:
            return any(line.startswith("  ") for line in lines[said[0] + 1 :])
        return any("error while loading shared libraries" in line for line in lines)


class Worker:
    """One mail server, and the homes that send to it."""

    def __init__(self, binary, work, port, log):
        self.binary, self.log, self.port = binary, Path(log), port
        self.folder = Path(work) / f"worker-{port}"
        self.folder.mkdir(exist_ok=True)
        self.environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"], "NO_COLOR": "1", "TZ": "UTC"}
        library = next(Path("/usr/lib").rglob("libfaketimeMT.so.1"), None)
        faked = {"LD_PRELOAD": str(library), "FAKETIME": f"+{HOURS_LATER}h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        self.later = {**self.environment, **faked}
        self.numbers = 0

    def run(self, home, *arguments, through=(), environment=None, at=None):
        command = [*through, self.binary, "--home", str(home), *arguments]
        ran = subprocess.run(
            command, capture_output=True, stdin=subprocess.DEVNULL, timeout=DEADLINE, cwd=at or self.folder,
            env=environment or self.environment, check=False, errors="replace",
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    def must(self, home, *arguments, **how):
        ran = self.run(home, *arguments, **how)
        if ran.code != 0:
            raise Wrong(f"{' '.join(arguments)[:40]} fails, with nothing wrong any more: {ran.err[-300:]}")
        return ran.out

    def new_home(self, name):
        home = self.folder / name
        home.mkdir(mode=0o700)
        settings = home / "followup.toml"
        settings.write_text(SETTINGS.format(port=self.port))
        settings.chmod(0o600)
        return home

    def copy(self, home):
        self.numbers += 1
        case = self.folder / f"case-{self.numbers}"
        shutil.rmtree(case, ignore_errors=True)
        shutil.copytree(home, case)
        return case

    def application(self, home, number=1):
        return json.loads(self.must(home, "show", str(number), "--json"))["application"]

    def phase(self, home, number=1):
        return self.application(home, number)["phase"]

    def mark(self):
        return self.log.stat().st_size if self.log.exists() else 0

    def seen(self, mark):
        with self.log.open("rb") as log:
            log.seek(mark)
            return Seen([json.loads(line) for line in log])

    def look(self, home, times=2, later=True):
        """Ticks until all is at rest, also some hours later; each must be well."""
        for _ in range(times):
            self.must(home, "tick")
        if later:
            self.must(home, "tick", environment=self.later)


class Seen:
    """What the server saw since a moment."""

    def __init__(self, events):
        self.accepted = [event for event in events if event["event"] == "accepted"]
        self.letters = [event for event in self.accepted if event["recipients"][0] != ME]
        self.asks = [event for event in self.accepted if event["recipients"] == [ME]]


class Wrong(Exception):
    """A promise that was not kept, in words."""


def sound(database):
    """Errors unless the database is one, whole and consistent."""
    connection = sqlite3.connect(database)
    try:
        found = connection.execute("PRAGMA integrity_check").fetchall()
        if found != [("ok",)] or connection.execute("PRAGMA foreign_key_check").fetchall():
            raise Wrong(f"{database.name} is damaged: {found[:3]}")
    except sqlite3.DatabaseError as error:
        raise Wrong(f"{database.name} cannot be read: {error}") from None
    finally:
        connection.close()


def went_once_or_told(worker, home, seen, number=1):
    """The letter went exactly once; or it is uncertain, went at most once, and the person was told."""
    letters = len([event for event in seen.letters if event["recipients"][0] == JANE])
    phase = worker.phase(home, number)
    if letters > 1:
        raise Wrong(f"a DUPLICATE: {letters} acceptances, {phase}")
    if (phase, letters) == ("sent", 1) or (phase == "uncertain" and seen.asks):
        return
    raise Wrong(f"it is {phase} with {letters} acceptances, told {len(seen.asks)} times")


class Report:
    """How many cases of each kind there were, and what was wrong."""

    def __init__(self):
        self.cases, self.wrong, self.lock = defaultdict(int), defaultdict(list), threading.Lock()
        self.notes = defaultdict(int)
        self.began = time.time()

    def case(self, kind, name, wrong):
        with self.lock:
            self.cases[kind] += 1
            if wrong:
                self.wrong[kind].append(f"{name}: {wrong}")

    def note(self, what):
        with self.lock:
            self.notes[what] += 1

    def close(self, what):
        for kind, count in self.cases.items():
            wrong = self.wrong[kind]
            said = f"{len(wrong)} of {count} times" if wrong else f"{count} times"
            print(f"{'FAIL' if wrong else 'ok'} {kind}, {said}")
            for one in wrong[:6]:
                print(f"  {one}")
        for note, count in sorted(self.notes.items()):
            print(f"  seen {count} times: {note}")
        print(f"  {what}: {sum(self.cases.values())} cases in {time.time() - self.began:.0f} s")


def all_of(jobs, workers):
    """Runs each job, a function of a worker, by whichever worker is free."""
    free = queue.Queue()
    for worker in workers:
        free.put(worker)

    def one(job):
        worker = free.get()
        try:
            job(worker)
        finally:
            free.put(worker)

    with ThreadPoolExecutor(len(workers)) as pool:
        list(pool.map(one, jobs))


def judged(case):
    """What is wrong with a case, in words; `None` if nothing is."""
    try:
        return case()
    except Wrong as wrong:
        return str(wrong)
    except subprocess.TimeoutExpired as slow:
        return f"it hangs: {' '.join(map(str, slow.cmd))[-80:]}"


class Person:
    """Somebody who runs the program, by their number: as root, who can be anybody."""

    def __init__(self, binary, work, user):
        self.binary, self.work, self.user = binary, work, user

    def run(self, *arguments, umask=0o022, stdin=subprocess.DEVNULL, **environment):
        who = {"user": self.user, "group": self.user, "extra_groups": []} if os.getuid() == 0 else {}
        ran = subprocess.run(
            [self.binary, *arguments], capture_output=stdin == subprocess.DEVNULL, stdin=stdin, timeout=DEADLINE,
            stdout=None if stdin == subprocess.DEVNULL else stdin, stderr=None if stdin == subprocess.DEVNULL else stdin,
            cwd="/", check=False, errors="replace", umask=umask,
            env={"HOME": str(self.work), "PATH": os.environ["PATH"], "NO_COLOR": "1", "TZ": "UTC", **environment}, **who,
        )  # fmt: skip
        return Ran(ran.returncode, ran.stdout or "", ran.stderr or "")
