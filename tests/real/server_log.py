"""Asks the log of mail_server.py.

    server_log.py LOG accepted RECIPIENT    how many letters to RECIPIENT the server took
    server_log.py LOG mails PERSON          how many mails to PERSON alone it took
    server_log.py LOG subjects PERSON       and their subjects
    server_log.py LOG kills FILE            judges what kills.sh did; FILE has a line `CASE RECIPIENT ME PHASE` each
    server_log.py LOG hours                 judges every letter by the office hours of its recipient: the local part
                                            ends with .REGION.CITY, such as jane.europe.berlin@...
"""

import json
import sys
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo


def read(log):
    return [json.loads(line) for line in Path(log).read_text().splitlines()]


def accepted(events, to):
    """The letters to `to` that became the server's: whether or not it said so."""
    return [event for event in events if event["event"] == "accepted" and event["recipients"][0] == to]


def tries(events, to):
    """How often a message to `to` was begun that had come as far as naming them."""
    return [event for event in events if event["event"] == "rcpt" and event["recipients"] == [to]]


# Before MAIL nothing was claimed: it goes once after all. From MAIL on the letter is never tried again.
GOES_ONCE = ("connected", "ehlo", "auth", "quit")
MAY_BE_TAKEN = {"mail": (0,), "rcpt": (0,), "data": (0,), "body": (0, 1), "dot": (1,), "accepted": (1,), "answered": (1,)}
TRIED = {"mail": 0}


def judge_kill(events, phase, recipient, me, ended):
    """What is wrong with how it ended, in words."""
    taken, begun = len(accepted(events, recipient)), len(tries(events, recipient))
    ids = {event["message_id"] for event in accepted(events, recipient)}
    told = len(accepted(events, me))
    mails = [event for event in events if event["event"] == "mail" and event["from"] == me]
    seen = f"{ended}, taken {taken} times, {begun} tries, told {told} times"
    if taken > 1 or len(ids) > 1:
        return f"a DUPLICATE: {seen}"
    if phase in GOES_ONCE:
        return None if (ended, taken, begun, told) == ("sent", 1, 1, 0) else seen
    if begun != TRIED.get(phase, 1) or len(mails) != 1 + told:
        return f"a second try: {seen}, {len(mails)} times MAIL"
    if taken not in MAY_BE_TAKEN[phase]:
        return f"the server is not as it should be: {seen}"
    if phase == "answered" and (ended, told) == ("sent", 0):
        return None
    return None if (ended, told) == ("uncertain", 1) else seen


def judge_term(events, phase, recipient, me, ended):
    taken, told = len(accepted(events, recipient)), len(accepted(events, me))
    begun = len(tries(events, recipient))
    return None if (ended, taken, begun, told) == ("sent", 1, 1, 0) else f"{ended}, taken {taken}, tries {begun}, told {told}"


def kills(events, cases):
    of = defaultdict(list)
    for event in events:
        for address in {event.get("from"), *event["recipients"]} - {None}:
            of[address].append(event)
    hooks = [event for event in events if event["event"] == "hook"]
    outcomes = defaultdict(list)
    for line in Path(cases).read_text().splitlines():
        case, recipient, me, ended, fault = line.split(" ", 4)
        phase, sign, victim = case.split("-")[:3]
        mine = [event for event in of[me] + of[recipient]]
        # One that is to and from the same home stands twice.
        mine = list({id(event): event for event in mine}.values())
        judge = judge_kill if sign == "kill" else judge_term
        wrong = fault.strip() or judge(mine, phase, recipient, me, ended)
        outcomes[phase, sign, victim].append(f"{case}: {wrong}" if wrong else None)
    struck = sum(len(them) for them in outcomes.values())
    for (phase, sign, victim), them in outcomes.items():
        wrong = [one for one in them if one]
        what = "killed" if sign == "kill" else "asked to end"
        print(f"{'FAIL' if wrong else 'ok'} {victim} {what} at {phase}, {len(them)} times")
        for one in wrong[:5]:
            print(f"  {one}")
    print(f"{'ok' if len(hooks) == struck else 'FAIL'} the server says the same: {len(hooks)} struck")


def hours(events):
    letters = [event for event in events if event["event"] == "accepted" and event["recipients"][0].count(".") > 2]
    wrong = []
    for letter in letters:
        region, city = letter["recipients"][0].partition("@")[0].split(".")[1:3]
        zone = ZoneInfo(f"{region.title()}/{city.title()}")
        there = datetime.fromisoformat(letter["clock"]).astimezone(zone)
        if there.weekday() > 4 or not 9 <= there.hour < 17:
            wrong.append(f"  {letter['recipients'][0]} at {there:%a %F %T %Z}")
    print(f"{'FAIL' if wrong or not letters else 'ok'} all {len(letters)} letters came in their recipients' office hours")
    print("\n".join(wrong))


def main():
    events, (what, *rest) = read(sys.argv[1]), sys.argv[2:]
    if what in ("accepted", "mails"):
        print(len(accepted(events, rest[0])))
    elif what == "subjects":
        print("\n".join(event["subject"] for event in accepted(events, rest[0])))
    else:
        {"kills": kills, "hours": hours}[what](events, *rest)


if __name__ == "__main__":
    main()
