"""Judges a soak by the mail server's log, the mails it took, and what the person decided. Prints `ok` and `FAIL` lines.

    soak_judge.py SERVER_LOG DECISIONS MAILS PERSON STATE

MAILS is the folder of the accepted messages, PERSON the person's address, STATE the JSON of `list --all` at the end.
"""

import json
import sys
from collections import Counter, defaultdict
from email import message_from_bytes
from pathlib import Path

AT_REST = ("sent", "failed", "cancelled", "uncertain")
# A letter that was in hand when they answered may have begun this long after, at the most.
IN_HAND = 10.0


def read(path):
    return [json.loads(line) for line in Path(path).read_text().splitlines()]


def judge(what, wrong):
    print(f"{'FAIL' if wrong else 'ok'} {what}")
    for one in wrong[:10]:
        print(f"  {one}")


def number(address):
    return int(address.partition("@")[0].rpartition(".")[2])


def is_allowed(decisions, begun):
    """Whether the last word on the letter, when it was begun, was yes. `None`, or why not."""
    yes = [one for one in decisions if one["what"] in ("approve", "not-sent") and one["code"] == 0 and one["began"] <= begun]
    if not yes:
        return "never approved"
    last = max(one["began"] for one in yes)
    for one in decisions:
        if one["code"] != 0 or one["ended"] > begun:
            continue
        slack = IN_HAND if one.get("phase") in ("sending", "uncertain", "interrupted") else 0.0
        is_end = one["what"] in ("heard", "close")
        if is_end and one["ended"] + slack < begun:
            reopened = any(it["what"] == "reopen" and one["began"] < it["began"] <= begun for it in decisions)
            if not reopened:
                return f"{one['what']} {begun - one['ended']:.1f} s before"
        if (is_end or one["what"] in ("recall", "snooze")) and one["began"] > last and one["ended"] + slack < begun:
            return f"{one['what']} {begun - one['ended']:.1f} s before, and no yes since"
    return None


def main():
    log, decisions_file, mails, person, state = sys.argv[1:]
    events, decisions = read(log), defaultdict(list)
    for one in read(decisions_file):
        decisions[one["application"]].append(one)
    is_letter = lambda event: event["recipients"] and event["recipients"][0] != person
    letters = [event for event in events if event["event"] == "accepted" and is_letter(event)]
    begun = [event for event in events if event["event"] == "rcpt" and is_letter(event)]

    taken, ids = Counter(), Counter()
    duplicates, unapproved, other_words = [], [], []
    for letter in letters:
        id = number(letter["recipients"][0])
        own = decisions[id]
        taken[id] += 1
        ids[letter["message_id"]] += 1
        again = sum(1 for one in own if one["what"] == "not-sent" and one["code"] == 0 and one["began"] <= letter["at"])
        if taken[id] > 1 + again or ids[letter["message_id"]] > 1 + again:
            duplicates.append(f"application {id}: taken {taken[id]} times, {again} times said not to have arrived")
        said = [one["words"] for one in own if one["what"] == "approve" and one["code"] == 0 and one["began"] <= letter["at"]]
        if letter["words"] not in said:
            other_words.append(f"application {id}, {letter['message_id']}")
    for letter in begun:
        id = number(letter["recipients"][0])
        why = is_allowed(decisions[id], letter["mail_at"])
        if why:
            unapproved.append(f"application {id} at {letter['mail_clock']}: {why}")
    twice = sum(1 for count in taken.values() if count > 1)
    judge(f"of {len(letters)} letters none was taken twice, but for {twice} whose first the person said had not arrived", duplicates)
    judge(f"of {len(begun)} letters begun, each was approved and not taken back, answered or closed since", unapproved)
    judge(f"each of {len(letters)} letters has the words that were approved", other_words)

    texts = []
    for path in Path(mails).glob(f"*-{person}"):
        texts.append(" ".join(message_from_bytes(path.read_bytes()).get_payload(decode=True).decode().split()))
    every = json.loads(Path(state).read_text())["applications"]
    running = [one for one in every if one["status"] == "open" and not one["outcome"]]
    judge(f"{len(running)} that go on are at rest", [f"{one['id']}: {one['phase']}" for one in running if one["phase"] not in AT_REST])
    lost = [f"{one['id']}" for one in running if one["phase"] == "sent" and not taken[one["id"]] and not said_sent(decisions[one["id"]])]
    judge("each that is recorded as sent was taken by the server, or the person said so", lost)
    denied = {id for id, own in decisions.items() if any(one["what"] == "not-sent" and one["code"] == 0 for one in own)}
    unknown = [f"{one['id']}: {one['phase']}" for one in running if taken[one["id"]] and one["id"] not in denied]
    unknown = [one for one in unknown if not one.endswith((" sent", " uncertain"))]
    judge("each that the server took is known to have gone, or to be uncertain", unknown)
    commands = {"uncertain": "followup resolve {} --sent", "failed": "followup set {} --contact"}
    untold = []
    for one in running:
        command = commands.get(one["phase"])
        if command and not any(command.format(one["id"]) in text for text in texts):
            untold.append(f"{one['id']}: {one['phase']}")
    unsettled = sum(1 for one in running if one["phase"] in commands)
    judge(f"the person was told of each of {unsettled} that are refused or uncertain at the end", untold)
    codes = Counter(one["code"] for own in decisions.values() for one in own)
    odd = [json.dumps(one) for own in decisions.values() for one in own if one["code"] not in (0, 3, 4)]
    judge(f"every command of the person was done or refused (exit codes {dict(sorted(codes.items()))})", odd)

    faults = Counter(event["fault"] for event in events if event.get("fault"))
    connections = sum(1 for event in events if event["event"] == "connected")
    what = Counter(one["what"] for own in decisions.values() for one in own if one["code"] == 0)
    mail_ids = Counter(event["message_id"] for event in events if event["event"] == "accepted" and not is_letter(event))
    print(f"  {connections} connections, {sum(faults.values())} faults of {len(faults)} kinds: {dict(faults.most_common())}")
    print(f"  the person: {dict(what.most_common())}")
    print(f"  {sum(mail_ids.values())} mails to the person, {sum(count - 1 for count in mail_ids.values())} of them for the second time")


def said_sent(decisions):
    return any(one["what"] == "sent" and one["code"] == 0 for one in decisions)


main()
