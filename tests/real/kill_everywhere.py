"""Kills the program at each system call of one scenario that changes a file or speaks to the server, and judges.

    kill_everywhere.py SCENARIO BINARY FAKETIME_LIBRARY PLACE PORT SERVER_LOG COUNT PROOF

strace counts the calls of each thread by itself. So every kind of call is counted for each file of the home by itself
too, which finds the threads that write to it; a series ends with the run that passes through untouched. With a COUNT,
so many kills of each series, spread over it; with 0 all. PROOF is empty, or a fault of the rig's own making, made after
each kill: `forgets` puts the home back as it was before, `loses` takes the database away, `opens` lets others read it.
"""

import os
import re
import shutil
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import scenarios
from aftermath import ME, SETTINGS, Program, ServerLog, Story, check_files, finish

CALLS = "openat pwrite64 write writev fsync fdatasync ftruncate fchmod unlink unlinkat rename renameat2 linkat mkdir flock"
CALLS += " fcntl connect sendto sendmsg recvfrom exit_group"
# A series may be longer than it was the first time, but not without end.
AT_MOST = 400


class Rig:
    def __init__(self, name, binary, faketime, place, port, server_log, count, proof):
        self.scenario = next(one for one in scenarios.SCENARIOS if one.name == name)
        self.place, self.count, self.proof = Path(place), int(count), proof
        self.program = Program(binary, faketime, self.place / "run")
        self.prepared = self.place / "prepared"
        self.log, self.asked_it = ServerLog(server_log), False
        self.place.mkdir(mode=0o700, exist_ok=True)
        self.prepare(port)

    def prepare(self, port):
        program = Program(self.program.binary, self.program.faketime, self.prepared)
        program.place.mkdir(mode=0o700)
        if self.scenario.has_settings:
            program.home.mkdir(mode=0o700)
            (program.home / "followup.toml").write_text(SETTINGS.format(me=ME, port=port))
            (program.home / "followup.toml").chmod(0o600)
        for command in self.scenario.prepared:
            program.must(*command)
        if self.scenario.shape:
            self.scenario.shape(program)

    def interrupted(self, tracer):
        """Runs the command in a fresh home; gives how it ended and what the server saw of it."""
        shutil.rmtree(self.program.place, ignore_errors=True)
        shutil.copytree(self.prepared, self.program.place)
        self.log.until_all_hung_up()
        process = self.program.start(self.scenario.command, ["strace", "-f", "-qq", *tracer], terminal=self.scenario.terminal)
        seen = self.end_when_done(process) if self.scenario.command == ["daemon"] else []
        ran = finish(process)
        return ran, seen + self.log.until_all_hung_up()

    def end_when_done(self, process):
        """A daemon that nothing has struck is asked to end when it has hung up."""
        self.asked_it = False
        seen, deadline = [], time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            seen += self.log.news()
            if any(event["event"] == "quit" for event in seen) and not self.log.open:
                time.sleep(0.05)
                self.asked_it = True
                children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
                for child in children:
                    send(int(child), signal.SIGTERM)
                break
            time.sleep(0.003)
        return seen

    def learn(self):
        """The kinds of calls in a whole run: (CALL, FILE or None), with how often the busiest thread makes it."""
        trace = self.place / "trace"
        ran, _ = self.interrupted(["-y", "-o", trace, "-e", "trace=" + ",".join("?" + call for call in CALLS.split())])
        if ran.status != 0:
            raise SystemExit(f"FAIL {self.scenario.name} ends well when nobody interrupts it: {ran}")
        of_files, of_all, elsewhere = Counter(), Counter(), set()
        for line in trace.read_text(errors="replace").splitlines():
            if not (call := re.match(r"(\d+) +(\w+)\(", line)):
                continue
            thread, name = call.groups()
            of_all[name, thread] += 1
            path = re.search(re.escape(str(self.program.place)) + r"/((?:home/)?(?:followup|backup)\.[\w.-]+)", line)
            if path:
                of_files[name, path[1], thread] += 1
            else:
                # Also a file whose name is drawn by chance: it is another one in the next run.
                elsewhere.add(name)
        series = Counter()
        for (name, path, _), times in of_files.items():
            series[name, path] = max(series[name, path], times)
        for (name, _), times in of_all.items():
            if name in elsewhere:
                series[name, None] = max(series[name, None], times)
        return series

    def strike(self, call, path, number, sign):
        """What is wrong afterwards, or `None` if the run passed through untouched."""
        trace = self.program.place / "trace"
        tracer = ["-o", trace, "-e", f"trace={call}", "-e", f"inject={call}:signal={sign}:when={number}"]
        if path:
            tracer += ["-P", self.program.place / path]
        ran, first = self.interrupted(tracer)
        if not self.was_struck(ran, sign, trace):
            return None if ran.status == 0 else [f"not struck, it ended with {ran.status}: {ran.said}"]
        trace.unlink()
        words = self.scenario.done
        story = Story(self.program, self.log, words is not None and words in ran.said, first)
        if sign == "TERM":
            spoke = any(event["event"] == "mail" for event in first)
            story.needs(ran.status == 0 or not spoke and ran.status == -signal.SIGTERM, f"it ended with {ran.status}")
        self.commit_fault_of_ours()
        check_files(self.program, story)
        if self.scenario.has_settings:
            story.wrong += self.program.look_again()
        story.then += self.log.until_all_hung_up()
        (self.scenario.judge if sign == "KILL" else scenarios.ended_well)(story)
        check_files(self.program, story)
        return story.wrong

    def was_struck(self, ran, sign, trace):
        if sign == "KILL":
            return ran.status == -signal.SIGKILL
        return not self.asked_it and "--- SIGTERM" in trace.read_text(errors="replace")

    def commit_fault_of_ours(self):
        if self.proof == "forgets":
            shutil.rmtree(self.program.home)
            shutil.copytree(self.prepared / "home", self.program.home)
        elif self.proof == "loses":
            for path in self.program.home.glob("followup.db*"):
                path.unlink()
        elif self.proof == "opens":
            (self.program.home / "followup.db").chmod(0o644)

    def numbers(self, times):
        if not self.count or times <= self.count:
            return range(1, AT_MOST)
        return sorted({1 + at * (times - 1) // max(1, self.count - 1) for at in range(self.count)})

    def strike_everywhere(self, series, sign):
        struck, wrong = Counter(), []
        for (call, path), times in sorted(series.items(), key=str):
            for number in self.numbers(times):
                found = self.strike(call, path, number, sign)
                if found is None:
                    break
                struck[call] += 1
                wrong += [f"at {call} {number} of {path or 'any file'}: {one}" for one in found]
        what = f"{self.scenario.name}: {'killed' if sign == 'KILL' else 'asked to end'} {struck.total()} times"
        print(f"{'FAIL' if wrong or not struck else 'ok'} {what}")
        for one in wrong[:12]:
            print(f"  {one}")
        print(f"  {', '.join(f'{call} {times}' for call, times in struck.most_common())}")
        return struck


def send(pid, sign):
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        pass


def main():
    rig = Rig(*sys.argv[1:])
    series = rig.learn()
    total = {"KILL": rig.strike_everywhere(series, "KILL")}
    if rig.scenario.ends_well and not rig.proof:
        total["TERM"] = rig.strike_everywhere(series, "TERM")
    if not rig.proof:
        lines = [f"{sign}-{call} {times}\n" for sign, struck in total.items() for call, times in struck.items()]
        (rig.place / "struck").write_text("".join(lines))


if __name__ == "__main__":
    main()
