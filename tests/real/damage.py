"""A database that is damaged: what the unchanged program does with it, and what it leaves alone.

    damage.py BINARY WORK COUNT SEED PORT:LOG...

Every case is a copy of a home with eight applications, two of them approved and due, and a write-ahead log of its own.
Something of it is broken, then the daemon is started and `tick` runs. No letter may go but an approved one, as it was
approved, once. Whoever says that the database is damaged must say which file and what to do, and must have changed no
byte of it. COUNT bytes are flipped, spread over all pages and over what stands in them, drawn with SEED.
"""

import random
import shutil
import sqlite3
import struct
import sys

from home_rig import ADD, Report, Worker, Wrong, all_of, judged

# What the program says of a database that it will not work on.
REFUSES = ("is damaged, and was not touched", "is not a database", "malformed", "it was not touched")
FILES = ("followup.db", "followup.db-wal")


def make(worker):
    """The home; its database in one file, and what was committed last in the write-ahead log beside it."""
    home = worker.folder / "damage"
    worker.new_home(home.name)
    for number in range(1, 9):
        words = [word.replace("globex", f"globex{number}").replace("Globex", f"Globex{number}") for word in ADD]
        worker.must(home, *words)
    for number in (1, 2, 3):
        worker.must(home, "draft", str(number))
    # For the freelist: pages that nothing uses any more.
    database = sqlite3.connect(home / "followup.db")
    database.executescript("CREATE TABLE x (y); INSERT INTO x VALUES (randomblob(40000)); DROP TABLE x;")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # As long as this is open, nobody moves the log into the database.
    holding = sqlite3.connect(home / "followup.db")
    holding.execute("SELECT count(*) FROM applications").fetchall()
    worker.must(home, "approve", "1")
    worker.must(home, "approve", "2")
    taken = worker.folder / "damage-taken"
    shutil.copytree(home, taken)
    holding.close()
    database.close()
    # The same with all of it in the one file.
    whole = worker.copy(taken)
    worker.must(whole, "list")
    whole.rename(worker.folder / "damage-whole")
    return taken, worker.folder / "damage-whole"


def approved(home):
    """The letters that may go: recipient and subject."""
    connection = sqlite3.connect(home / "followup.db")
    found = connection.execute("SELECT recipient_email, subject, body FROM followups WHERE phase = 'approved'").fetchall()
    connection.close()
    return {to: (subject, body) for to, subject, body in found}


def bytes_of(case):
    # An empty log is none: SQLite makes one to look into the database.
    return {name: (case / name).read_bytes() if (case / name).is_file() else b"" for name in FILES}


def judge(worker, case, letters):
    """What is wrong with what the program does on `case`. Returns whether it refused."""
    mark, before = worker.mark(), bytes_of(case)
    refused = []
    for command in (["daemon"], ["tick"], ["tick"]):
        words = ["timeout", "--preserve-status", "--kill-after=60", "1"] if command == ["daemon"] else []
        ran = worker.run(case, *command, through=words)
        if ran.wrong():
            return ran.wrong(), True
        said = " ".join(ran.err.split())
        if any(words in said for words in REFUSES):
            refused.append(said)
            if ran.code == 0:
                return f"{command[0]} ends well on it", True
            if "followup.db" not in said or not ran.says_what_to_do():
                return f"not which file, or not what to do: {said[-300:]}", True
        elif ran.code not in (0, 1, 6):
            return f"{command[0]} ended with {ran.code}: {said[-300:]}", True
        if "was not touched" in said and bytes_of(case) != before:
            return f"it said that it touched nothing, and did: {said[-200:]}", True
        if ran.code not in (0, 6):
            refused.append(said)
        before = bytes_of(case)
    gone = worker.seen(mark).letters
    for letter in gone:
        to = letter["recipients"][0]
        if to not in letters or letter["subject"] != letters[to][0]:
            return f"a letter to {to}, {letter['subject']!r}, that nobody approved", bool(refused)
    recipients = [letter["recipients"][0] for letter in gone]
    if len(set(recipients)) < len(recipients):
        return f"a DUPLICATE: {recipients}", bool(refused)
    return None, bool(refused)


def pages(file, size=4096):
    data = file.read_bytes()
    return {number: data[number * size : (number + 1) * size] for number in range(len(data) // size)}


def flips(home, count, seed):
    """Where to flip a byte, and what stands there, as (WHAT, PLACE): every page is hit in its head and in its cells."""
    draw, found = random.Random(seed), []
    free = free_pages(home / "followup.db")
    for number, page in pages(home / "followup.db").items():
        head = 100 if number == 0 else 0
        if number in free:
            found.append(("a free page", number * 4096 + draw.randrange(4096)))
            continue
        found.append(("the head of a page", number * 4096 + head + draw.randrange(12)))
        cells, = struct.unpack(">H", page[head + 3 : head + 5])
        used, = struct.unpack(">H", page[head + 5 : head + 7])
        if cells:
            found.append(("the list of cells", number * 4096 + head + 8 + draw.randrange(2 * cells)))
        if 0 < used < 4096:
            found.append(("a cell", number * 4096 + draw.randrange(used, 4096)))
    found += [("the head of the file", place) for place in range(100)]
    draw.shuffle(found)
    more = [("a cell", draw.randrange(4096, (home / "followup.db").stat().st_size)) for _ in range(count)]
    return (found + more)[:count]


def free_pages(file):
    connection = sqlite3.connect(file)
    trunk, found = struct.unpack(">I", file.read_bytes()[32:36])[0], set()
    connection.close()
    while trunk:
        found.add(trunk - 1)
        page = file.read_bytes()[(trunk - 1) * 4096 : trunk * 4096]
        trunk, leaves = struct.unpack(">II", page[:8])
        found |= {it - 1 for it in struct.unpack(f">{leaves}I", page[8 : 8 + 4 * leaves])}
    return found


def flip(file, place, draw):
    data = bytearray(file.read_bytes())
    data[place] ^= 1 << draw.randrange(8)
    file.write_bytes(data)


def words_of_letters(home):
    """Each place inside the words of an approved letter, where no check of pages can see a change."""
    data = (home / "followup.db").read_bytes()
    found = []
    for _, body in approved(home).values():
        at = data.find(body[:200].encode())
        found += [at + step for step in range(0, 200, 9)] if at >= 0 else []
    return found


def of_the_log(home):
    """The write-ahead log cut off in the middle of whatever it holds."""
    size = (home / "followup.db-wal").stat().st_size
    frames = (size - 32) // 4120
    ends = {"inside its head": [0, 1, 24, 31], "after its head": [32]}
    starts = [32 + frame * 4120 for frame in range(frames)]
    ends["inside the head of a frame"] = [at + inside for at in starts for inside in (1, 23)]
    ends["inside a frame"] = [at + inside for at in starts for inside in (24, 25, 2000, 4119)]
    ends["between two frames"] = starts[1:]
    return ends


def text(case):
    (case / "followup.db").write_text("These are words, and no database.\n" * 300)


def folder(case):
    (case / "followup.db").unlink()
    (case / "followup.db").mkdir()


def half(case):
    file = case / "followup.db"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 8192 * 4096])


def half_a_page(case):
    file = case / "followup.db"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2 + 1000])


def empty(case):
    (case / "followup.db").write_bytes(b"")


def garbage_beside(case):
    (case / "followup.db-shm").write_bytes(random.Random(1).randbytes(32768))


def no_shm(case):
    (case / "followup.db-shm").unlink(missing_ok=True)


def log_of_another(worker, case):
    """Another home's log, by the same program, of other applications."""
    other = worker.new_home("another")
    worker.must(other, *[word.replace("globex", "initech") for word in ADD])
    worker.must(other, "draft", "1")
    holding = sqlite3.connect(other / "followup.db")
    holding.execute("SELECT count(*) FROM applications").fetchall()
    worker.must(other, "approve", "1")
    shutil.copy(other / "followup.db-wal", case / "followup.db-wal")
    holding.close()
    shutil.rmtree(other)


# What is broken, what breaks it, and whether it must be refused (None where either will do).
WHOLE_FILES = [
    ("a text file in its place", text, True),
    ("a folder in its place", folder, True),
    ("a database cut in half", half, True),
    ("a database cut within a page", half_a_page, True),
    ("an empty file in its place", empty, None),
]
BESIDE = [
    ("-shm full of garbage", garbage_beside, False),
    ("-shm deleted", no_shm, False),
]


def main():
    binary, work, count, seed, *servers = sys.argv[1:]
    workers = [Worker(binary, work, *server.split(":", 1)) for server in servers]
    report, jobs, draw = Report(), [], random.Random(int(seed))
    ready = {worker: make(worker) for worker in workers}
    letters = approved(ready[workers[0]][1])
    if len(letters) != 2:
        raise SystemExit("FAIL two letters are approved and due")

    def case_of(kind, which, break_it, must=None, forbid_letters=False, name=""):
        def job(worker):
            taken, whole = ready[worker]
            case = worker.copy(whole if which == "whole" else taken)
            for beside in ("followup.db-wal", "followup.db-shm") if which == "whole" else ():
                (case / beside).unlink(missing_ok=True)
            break_it(worker, case)
            seen = {}

            def whole_case():
                mark = worker.mark()
                wrong, seen["refused"] = judge(worker, case, letters)
                seen["letters"], seen["asks"] = len(worker.seen(mark).letters), len(worker.seen(mark).asks)
                if not wrong and must is True and not seen["refused"] and not nothing_works(worker, case):
                    wrong = "it was not noticed"
                if not wrong and must is False and (seen["refused"] or seen["letters"] != 2):
                    wrong = f"nothing of worth was lost, and {seen['letters']} of 2 letters went"
                if not wrong and forbid_letters and seen["letters"] > 1:
                    wrong = "a letter whose words had changed was sent"
                if not wrong and forbid_letters and not seen["refused"] and not seen["asks"]:
                    wrong = "a letter whose words had changed was not asked for anew"
                return wrong

            wrong = judged(whole_case)
            report.case(kind, f"{name} ({case.name})", wrong)
            report.note(f"{kind}: {'refused' if seen.get('refused') else 'went on'}, {seen.get('letters', 0)} letters")
            if not wrong:
                shutil.rmtree(case)

        jobs.append(job)

    taken, whole = ready[workers[0]]
    count = int(count)
    for what, place in flips(whole, count, int(seed)):
        case_of(f"a byte is flipped in {what}", "whole",
                lambda _, case, place=place: flip(case / "followup.db", place, draw), name=f"byte {place}")  # fmt: skip
    places = words_of_letters(whole)
    for place in draw.sample(places, min(len(places), max(4, count // 10))):
        case_of("a byte is flipped in an approved letter", "whole",
                lambda _, case, place=place: flip(case / "followup.db", place, draw), forbid_letters=True)  # fmt: skip
    for where, ends in of_the_log(taken).items():
        for end in draw.sample(ends, min(len(ends), max(2, count // 10))):
            case_of(f"the log ends {where}", "taken",
                    lambda _, case, end=end: cut(case / "followup.db-wal", end))  # fmt: skip
    for what, break_it, must in WHOLE_FILES:
        case_of(what, "whole", lambda _, case, break_it=break_it: break_it(case), must)
    for what, break_it, must in BESIDE:
        case_of(what, "taken", lambda _, case, break_it=break_it: break_it(case), must)
    case_of("the log of another database", "whole", log_of_another)
    case_of("nothing is broken", "whole", lambda _, case: None, False)
    case_of("nothing is broken, with a log", "taken", lambda _, case: None, False)
    all_of(jobs, workers)
    report.close("damage")


def cut(file, end):
    with file.open("r+b") as log:
        log.truncate(end)


def nothing_works(worker, case):
    return worker.run(case, "tick").code != 0


if __name__ == "__main__":
    main()
