"""The person in soak.sh: approves what waits, settles, recalls, hears, and writes down all that was decided.

    soak_person.py FOLLOWUP HOME SERVER_LOG DECISIONS LEAVE SEED

FOLLOWUP is the program's call, one argument a line. DECISIONS gets one JSON object for each command: when it began and
ended by the machine's clock, for which application, its exit code, and the words that were approved. As long as the
file LEAVE is not there, the person hears and recalls as well; once it is, only approves and settles, all but KEPT of
the uncertain, until nothing more is on its way. Then it ends, and says how things stand.
"""

import hashlib
import json
import random
import subprocess
import sys
import time
from pathlib import Path

KEPT = 3
# A second or two of the real clock: what a tired server and a slow machine may take.
ROUND = 0.7


def words(text):
    """The sum over the words alone: lines may be broken anew on the way."""
    return hashlib.sha256(" ".join(text.split()).encode()).hexdigest()


class Person:
    def __init__(self, call, home, server_log, decisions, leave, seed):
        self.call = call.split("\n") + ["--home", home]
        self.server_log, self.leave = Path(server_log), Path(leave)
        self.decisions = open(decisions, "a", buffering=1, encoding="utf-8")
        self.random = random.Random(int(seed))
        self.corrected = set()
        self.reopen = set()

    def run(self, *arguments):
        """The exit code and the JSON of one command."""
        run = subprocess.run([*self.call, *arguments, "--json"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        try:
            return run.returncode, json.loads(run.stdout or "{}"), run.stderr
        except json.JSONDecodeError:
            return run.returncode, {}, f"no JSON: {run.stdout!r} {run.stderr}"

    def look(self, *arguments):
        code, answer, errors = self.run(*arguments)
        if code != 0:
            self.note(what=arguments[0], application=None, code=code, began=time.time(), errors=errors[-500:])
        return answer

    def note(self, **what):
        self.decisions.write(json.dumps({"ended": time.time(), **what}) + "\n")

    def decide(self, what, application, *arguments, **more):
        began = time.time()
        code, answer, errors = self.run(*arguments)
        note = {"what": what, "application": application, "code": code, "began": began, **more}
        if code not in (0, 3, 4):
            note["errors"] = errors[-500:]
        if what in ("heard", "close") and code == 0:
            # In hand already, it could not be stopped.
            note["ended"] = time.time()
            note["phase"] = self.look("show", str(application)).get("application", {}).get("phase")
        if what == "approve":
            approved = answer.get("applications") or [answer.get("application") or {}]
            for one in approved:
                if one.get("phase") in ("approved", "sending", "sent"):
                    self.note(**{**note, "application": one["id"], "code": 0, "words": words(one["body"])})
            if code == 0:
                return
        self.note(**note)

    def arrived(self, application):
        """Whether the copy is in the person's own inbox, as it were."""
        address = f".{application}@"
        for line in self.server_log.read_text().splitlines():
            event = json.loads(line) if '"accepted"' in line else {}
            if event.get("event") == "accepted" and address in event["recipients"][0]:
                return True
        return False

    def resolve(self, application):
        arrived = self.arrived(application)
        # Now and then a person is mistaken; then, and only then, a second letter is their own doing.
        word = "--sent" if arrived != (self.random.random() < 0.2) else "--not-sent"
        self.decide("sent" if word == "--sent" else "not-sent", application, "resolve", str(application), word)

    def one_round(self):
        leaving = self.leave.exists()
        every = {one["id"]: one for one in self.look("list", "--all").get("applications", [])}
        by_phase = {}
        for id, one in every.items():
            by_phase.setdefault(one["phase"] if one["status"] == "open" else "closed", []).append(id)
        waiting = by_phase.get("waiting", [])
        if waiting and (leaving or self.random.random() < 0.3):
            self.decide("approve", None, "approve", "--all")
        for id in self.some(waiting, 8):
            self.decide("approve", id, "approve", str(id))
        uncertain = by_phase.get("uncertain", [])
        for id in self.some(uncertain[KEPT:], 4):
            self.resolve(id)
        for id in [] if leaving else self.some(by_phase.get("failed", []), 1):
            if id not in self.corrected and self.random.random() < 0.3:
                self.corrected.add(id)
                self.decide("set", id, "set", str(id), "--contact", f"Jane Doe <corrected.{id}@globex.example>")
        if not leaving:
            self.change_something(every, by_phase)
        for id in self.some(self.reopen, 50 if leaving else 1 if self.random.random() < 0.1 else 0):
            self.reopen.discard(id)
            self.decide("reopen", id, "reopen", str(id))
            leaving = False
        return every, leaving

    def change_something(self, every, by_phase):
        chance = self.random.random
        for id in self.some(by_phase.get("approved", []), 1 if chance() < 0.4 else 0):
            self.decide("recall", id, "recall", str(id))
        for id in self.some(waiting := by_phase.get("waiting", []), 1 if chance() < 0.2 else 0):
            self.decide("snooze", id, "snooze", str(id), "1d")
        on_their_way = waiting + by_phase.get("approved", []) + by_phase.get("uncertain", [])
        for id in self.some(on_their_way or list(every), 1 if chance() < 0.08 else 0):
            what = self.random.choice(("heard", "heard", "close"))
            self.decide(what, id, what, str(id), *(["reply"] if what == "heard" else []))
            if chance() < 0.3:
                self.reopen.add(id)
        if chance() < 0.02:
            for id in by_phase.get("approved", []):
                self.decide("recall", id, "recall", str(id))

    def some(self, ids, most):
        return self.random.sample(sorted(ids), min(len(ids), most))

    def live(self):
        while True:
            began = time.time()
            every, leaving = self.one_round()
            phases = [one["phase"] for one in every.values() if one["status"] == "open" and not one["outcome"]]
            at_rest = all(phase in ("sent", "failed", "cancelled", "uncertain") for phase in phases)
            if leaving and at_rest and phases.count("uncertain") <= KEPT:
                break
            time.sleep(max(0.0, ROUND - (time.time() - began)))
        counts = {phase: phases.count(phase) for phase in sorted(set(phases))}
        ended = len(every) - len(phases)
        print(f"{len(every)} applications: {counts}, {ended} answered or closed")


Person(*sys.argv[1:]).live()
