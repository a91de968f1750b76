"""Letters in which everything is as hostile as the checks let it be, drawn from a seed, through the real program; and
what lies in a Maildir is, as Python's email and another parser read it, exactly what was approved.

    hostile_letters.py write PROGRAM HOME COUNT SEED    adds, words and approves them
    hostile_letters.py judge PROGRAM HOME COUNT SEED OTHER MAILDIR
                                                        OTHER is the other parser: it prints what it reads as JSON

One line per check: `ok WHAT` or `FAIL WHAT: WHY`. The exit status is 1 if any failed.
"""

import json
import random
import sqlite3
import subprocess
import sys
from collections import Counter
from email import message_from_bytes, policy
from pathlib import Path

WORDS = [
    "Ada", "a", "Müller-Lüdenscheidt", "王小明", "محمد", "Ρένα", "می‌خواهم", "👩‍💻", "🇩🇪", "é", "ﬁ", "ẞ", "İi", "x" * 70, "ß" * 40,
    '"', "'", "\\", '\\"', "<b>", "<x@y.example>", "x@y.example,", ";", ":", "(c)", "(", ")", "[#42]", "@", ".", "..", ",", "=",
    "=?utf-8?q?x?=", "=?utf-8?b?bm8=?=", "?=", "=?", "=20", "=3D", "%0d%0a", "\\r\\n", "&#10;", "{{", "}}", "{%", "Bcc:", "To:", "--",
    "Re:", "${HOME}", "`id`", "$(id)", "'; DROP TABLE applications; --", "\u00a0", "\u3000", "0", "-", "\U0001f600" * 9, "\U00010ffd",
]  # fmt: skip
LINES = [
    ".", "..", ". x", "From here", ">From there", "-- ", "QUIT", "DATA", "RCPT TO:<x@y.example>", "Subject: x", "=", "=\t", "begin 644 x",
    "--=_x", "Content-Type: text/html", "\ttab", "  indented", "", "x" * 997, "x" * 998, "x" * 999, "x" * 3000, "ß" * 499, "王" * 700,
    "long " * 300, "👩‍👩‍👧‍👦 " * 60, "." * 80, "=" * 80, "\u00a0", "a\tb",
]  # fmt: skip
HEADERS = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type", "Content-Transfer-Encoding")
ADDED_ON_THE_WAY = {"Return-Path", "X-Original-To", "Delivered-To", "Received"}


def line(chance):
    words = [chance.choice(WORDS) for _ in range(chance.randint(1, 9))]
    return " ".join(words)[:190].strip() or "x"


def body(chance):
    lines = [chance.choice(LINES) if chance.random() < 0.7 else line(chance) for _ in range(chance.randint(1, 14))]
    return "\n".join(["Dear Jane,", *lines, ""])


def letters(count, seed):
    chance = random.Random(int(seed))
    for number in range(int(count)):
        yield f"hostile.{number}@globex.example", line(chance), line(chance), body(chance)


def run(program, home, *arguments, said=None):
    done = subprocess.run([program, "--home", home, *arguments], input=said, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"FAIL followup {arguments}: {done.stdout}{done.stderr}")
    return done.stdout


def write(program, home, count, seed):
    with sqlite3.connect(Path(home, "followup.db"), timeout=20) as database:
        for address, name, subject, text in letters(count, seed):
            company = f"Company {address}"
            added = database.execute(
                "INSERT INTO applications(company, position, contact_name, contact_email) VALUES (?, 'Analyst', ?, ?)",
                (company, name, address),
            )
            database.execute(
                "INSERT INTO interviews(application_id, held_on, promised_on) VALUES (?, date('now', '-16 days'), date('now', '-13 days'))",
                (added.lastrowid,),
            )
            database.commit()
            number = str(added.lastrowid)
            run(program, home, "draft", number)
            run(program, home, "edit", number, f"--subject={subject}", "--body-file", "-", said=text)
            run(program, home, "approve", number, "--despite")


def header_names(raw):
    head = raw.partition(b"\n\n")[0].decode("ascii", "replace")
    return [each.partition(":")[0] for each in head.split("\n") if each[:1] not in " \t"]


def judge(program, home, count, seed, other, folder):
    shown = json.loads(run(program, home, "list", "--all", "--json"))["applications"]
    ids = {each["contact"]["email"]: str(each["id"]) for each in shown}
    wanted = {address: (name, subject, text) for address, name, subject, text in letters(count, seed)}
    wrong, seen = [], Counter()
    for path in Path(folder).iterdir():
        raw = path.read_bytes()
        message = message_from_bytes(raw, policy=policy.default)
        [to] = message["To"].addresses
        if to.addr_spec not in wanted:
            continue
        seen[to.addr_spec] += 1
        approved = json.loads(run(program, home, "show", ids[to.addr_spec], "--json"))["application"]
        name, subject, text = wanted[to.addr_spec]
        names = [each for each in header_names(raw) if each not in ADDED_ON_THE_WAY]
        defects = [str(defect) for value in message.values() for defect in value.defects] + [str(it) for it in message.defects]
        read = json.loads(subprocess.run([other, path], capture_output=True, check=True).stdout)
        same = {
            "the approved subject is the given one": (approved["subject"], subject),
            "headers": (sorted(names), sorted(HEADERS)),
            "defects": (defects, []),
            # Python leaves a space where a name is divided into two encoded words (RFC 2047, 6.2 wants none).
            "name": ("".join(to.display_name.split()), "".join(name.split())),
            "subject": (str(message["Subject"]), subject),
            "body": (message.get_content().replace("\r\n", "\n").rstrip("\n"), approved["body"].rstrip("\n")),
            "mail-parser's recipients": (read["to"], [[name, to.addr_spec]]),
            "mail-parser's subject": (read["subject"], subject),
            "mail-parser's body": (read["body"].rstrip("\n"), approved["body"].rstrip("\n")),
            "the longest line": (max(map(len, raw.split(b"\n"))) <= 998 and b"\r" not in raw, True),
        }
        wrong += [f"{to.addr_spec}, {what}: {got!r} is not {meant!r}" for what, (got, meant) in same.items() if got != meant]
    missing = [address for address in wanted if seen[address] != 1]
    report = [
        (f"{len(wanted)} hostile letters arrived, each once", [f"{it}: {seen[it]} times" for it in missing]),
        ("each is read by both parsers as it was approved", wrong),
    ]
    for what, why in report:
        print(f"FAIL {what}: {len(why)}: {' | '.join(why[:5])}" if why else f"ok {what}")
    return any(why for _, why in report)


match sys.argv[1:]:
    case ["write", program, home, count, seed]:
        write(program, home, count, seed)
    case ["judge", program, home, count, seed, other, folder]:
        sys.exit(judge(program, home, count, seed, other, folder))
    case _:
        sys.exit(__doc__)
