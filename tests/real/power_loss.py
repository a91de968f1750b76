"""Replays what one scenario wrote up to a loss of power, at every instant, and starts the program on what is left.

    power_loss.py SCENARIO BINARY FAKETIME_LIBRARY PLACE PORT SERVER_LOG COUNT PROOF

strace records every write; disk_after_power_loss.py says what a disk may hold of them. With a COUNT, so many different
remains at the most, drawn from all; with 0 all. PROOF is empty, or a fault of the rig's own making, which it has to find:
`unsynced` takes every sync for nothing, and loses all.
"""

import hashlib
import random
import shutil
import sys
from collections import Counter

import claim_before_data
import strace_log
from aftermath import ME, Story, check_files
from disk_after_power_loss import LOSSES, Disk, everything
from kill_everywhere import Rig


def promises(recorded, events):
    """For each instant: what the person has read, and what the server has seen, as its log would say it."""
    accepted = [event for event in events if event["event"] == "accepted"]
    printed, seen, recipients, body = "", [], [], None
    yield printed, []
    for one in recorded:
        if one.what == "print":
            printed += one.data.decode("utf-8", "replace")
        elif one.what == "say" and body is not None:
            body += one.data
            if body.endswith(b"\r\n.\r\n"):
                seen, body = [*seen, accepted.pop(0)], None
        elif one.what == "say":
            verb, address = one.data[:4], one.data.decode("utf-8", "replace").partition("<")[2].partition(">")[0]
            recipients = [*recipients, address] if verb == b"RCPT" else [] if verb == b"MAIL" else recipients
            body = b"" if verb == b"DATA" else None
            seen = [*seen, {"event": verb.decode().lower(), "from": ME, "recipients": recipients}]
        yield printed, seen


class Replay:
    def __init__(self, *arguments):
        self.rig = Rig(*arguments)
        self.recorded, self.events = self.record()
        self.files = {str(path): path.read_bytes() for path in self.rig.program.place.rglob("*") if path.is_file()}
        if self.rig.proof == "unsynced":
            self.recorded = strace_log.without_syncs(self.recorded)

    def record(self):
        trace = self.rig.place / "recorded"
        ran, events = self.rig.interrupted(["-o", trace, *strace_log.OPTIONS])
        if ran.status != 0:
            raise SystemExit(f"FAIL {self.rig.scenario.name} ends well when nobody interrupts it: {ran}")
        with open(trace) as lines:
            return list(strace_log.operations(lines)), events

    def remains(self):
        """Every different state of the disk with what was promised by then: (where, files, done, seen)."""
        rig, known, found = self.rig, set(), []
        shutil.rmtree(rig.program.place)
        shutil.copytree(rig.prepared, rig.program.place)
        disk = Disk(rig.program.place)
        for at, (one, (printed, seen)) in enumerate(zip([None, *self.recorded], promises(self.recorded, self.events))):
            if one:
                disk.do(one)
            done = rig.scenario.done is not None and rig.scenario.done in printed
            for loss, are_names_kept, content in LOSSES[:1] if rig.proof else LOSSES:
                files = disk.after(are_names_kept, content)
                digest = hashlib.sha256(repr((sorted(files.items()), done, seen)).encode()).digest()
                if digest not in known:
                    known.add(digest)
                    after = f"after {at} of {len(self.recorded)} ({one.what if one else 'nothing'}), kept: {loss}"
                    found.append((after, files, done, seen))
        self.tells_all = self.is_as_it_was(disk.after(True, everything))
        return found

    def is_as_it_was(self, files):
        """Whether the replay of everything ends with the files that the program left."""
        is_of_the_rig = lambda name: name.rpartition("/")[2] in ("said", "words.txt", "body.txt")
        replayed = {name: content for name, content in files.items() if content is not None and not is_of_the_rig(name)}
        return replayed == {name: content for name, content in self.files.items() if not is_of_the_rig(name)}

    def restart(self, files, done, seen):
        """What is wrong with the program when it starts on these files."""
        rig = self.rig
        shutil.rmtree(rig.program.place)
        shutil.copytree(rig.prepared, rig.program.place, ignore=shutil.ignore_patterns("home"))
        if rig.scenario.has_settings:
            rig.program.home.mkdir(mode=0o700)
        for name, content in sorted(files.items()):
            path = rig.program.place / name.removeprefix(str(rig.program.place) + "/")
            if content is None:
                path.mkdir(mode=0o700, exist_ok=True)
            else:
                path.write_bytes(content)
                path.chmod(0o600)
        story = Story(rig.program, rig.log, done, seen)
        check_files(rig.program, story)
        if rig.scenario.has_settings:
            story.wrong += rig.program.look_again()
        story.then += rig.log.until_all_hung_up()
        rig.scenario.judge(story)
        check_files(rig.program, story)
        if rig.scenario.has_settings:
            ran = rig.program.run("check", later=True)
            rig.log.until_all_hung_up()
            story.needs(ran.status == 0, f"check is not content: {ran.said}")
        return story.wrong

    def run(self):
        found = self.remains()
        tried = found
        if 0 < self.rig.count < len(found):
            # The last, for it is promised the most.
            tried = [*random.Random(1).sample(found[:-1], self.rig.count - 1), found[-1]]
        wrong, kinds = [], Counter()
        for after, files, done, seen in tried:
            kinds[after.partition("kept: ")[2]] += 1
            wrong += [f"{after}: {one}" for one in self.restart(files, done, seen)]
        times = len(tried)
        syncs = sum(one.what == "sync" for one in self.recorded)
        what = f"{self.rig.scenario.name}: the power went {times} times, in {len(self.recorded)} operations with {syncs} syncs"
        print(f"{'FAIL' if wrong else 'ok'} {what}")
        for one in wrong[:12]:
            print(f"  {one}")
        print(f"  {', '.join(f'{kind} {times}' for kind, times in kinds.most_common())}")
        told = "tells all" if self.tells_all else "does not tell all"
        print(f"{'ok' if self.tells_all else 'FAIL'} {self.rig.scenario.name}: what was recorded {told} that became of the files")
        if not self.rig.proof:
            (self.rig.place / "struck").write_text(f"losses {times}\nof {len(found)}\n")


def main():
    replay = Replay(*sys.argv[1:])
    if replay.rig.scenario.name == "tick" and not replay.rig.proof:
        claim_before_data.judge(replay.recorded, replay.events)
    replay.run()


if __name__ == "__main__":
    main()
