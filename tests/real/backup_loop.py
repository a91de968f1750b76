"""`backup`, again and again, while other processes write as fast as they can: each copy is a whole database, and holds
what was committed before the backup began.

    backup_loop.py BINARY WORK COUNT PORT:LOG

One process adds, drafts and approves through the program; one writes plain SQL in large and small pieces; the daemon
sends meanwhile.
"""

import sqlite3
import subprocess
import sys
import threading
import time

from home_rig import ADD, DEADLINE, Report, Worker, Wrong, judged, sound


# Commits of plain SQL during one backup: without an end the database would grow for as long as that takes.
MOST_PIECES = 20


class Writers:
    """What was committed, as the writers know it."""

    def __init__(self, worker, home):
        self.worker, self.home, self.stop = worker, home, threading.Event()
        self.added, self.approved, self.counted, self.wrong = 0, 0, 0, []
        self.counted_before = 0
        self.threads = [threading.Thread(target=self.guard, args=(work,)) for work in (self.people, self.program)]

    def guard(self, work):
        try:
            while not self.stop.is_set():
                work()
        except Exception as wrong:  # Said by the judge.
            self.wrong.append(repr(wrong))

    def people(self):
        number = self.added + 1
        words = [word.replace("globex", f"globex{number}").replace("Globex", f"Globex{number}") for word in ADD]
        made = self.worker.must(self.home, *words, "--json").partition('"id": ')[2].partition(",")[0]
        self.added = number
        for command in ("draft", "approve"):
            self.worker.must(self.home, command, made)
        self.approved += 1

    def program(self):
        if self.counted >= self.counted_before + MOST_PIECES:
            self.stop.wait(0.01)
            return
        database = sqlite3.connect(self.home / "followup.db", timeout=30)
        with database:
            for piece in range(1 + self.counted % 40):
                database.execute(
                    "INSERT INTO applications (company, position, contact_phone, job_url) VALUES ('Plain', 'SQL', '1', ?)",
                    [f"{self.counted} {piece} " + "x" * 300],
                )
        self.counted += 1
        database.close()


def judge(worker, home, copy, before, ran):
    if ran.wrong() or ran.code != 0:
        return ran.wrong() or f"it ended with {ran.code}: {ran.err[-200:]}"
    sound(copy)
    if copy.stat().st_mode & 0o777 != 0o600:
        return f"its mode is {copy.stat().st_mode:o}"
    database = sqlite3.connect(copy)

    def count(sql):
        return database.execute(sql).fetchone()[0]

    added = count("SELECT count(*) FROM applications WHERE company LIKE 'Globex%'")
    approved = count("SELECT count(*) FROM journal WHERE what = 'approved'")
    pieces = count("SELECT count(DISTINCT substr(job_url, 1, instr(job_url, ' '))) FROM applications WHERE company = 'Plain'")
    halves = count(
        "SELECT count(*) FROM (SELECT CAST(substr(job_url, 1, instr(job_url, ' ')) AS INTEGER) n, count(*) c"
        " FROM applications WHERE company = 'Plain' GROUP BY n HAVING c <> 1 + n % 40)"
    )
    database.close()
    if added < before[0] or approved < before[1] or pieces < before[2]:
        return f"it holds {added, approved, pieces}, and {before} were committed before it began"
    return f"{halves} commits are in it by half" if halves else None


def main():
    binary, work, count, server = sys.argv[1:]
    worker, report = Worker(binary, work, *server.split(":", 1)), Report()
    home = worker.new_home("backups")
    worker.must(home, "list")
    daemon = subprocess.Popen(
        [binary, "--home", str(home), "daemon"], env=worker.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=worker.folder,
    )  # fmt: skip
    writers = Writers(worker, home)
    for thread in writers.threads:
        thread.start()
    number, end = 0, time.monotonic() + DEADLINE
    while number < int(count) or (writers.added < 5 and time.monotonic() < end):
        number += 1
        copy = worker.folder / f"copy-{number}.db"
        before = (writers.added, writers.approved, writers.counted)
        writers.counted_before = writers.counted
        ran = worker.run(home, "backup", str(copy))
        report.case("backup while others write", copy.name, judged(lambda: judge(worker, home, copy, before, ran)))
        copy.unlink(missing_ok=True)
    writers.stop.set()
    for thread in writers.threads:
        thread.join()
    daemon.terminate()
    code = daemon.wait(DEADLINE)

    def all_well():
        if writers.wrong or code != 0:
            raise Wrong(f"the daemon ended with {code}, the writers say {writers.wrong}")
        if min(writers.added, writers.counted) < 2:
            raise Wrong("nobody wrote")
        sound(home / "followup.db")

    report.case("and the writers and the daemon are well", "they", judged(all_well))
    report.note(f"{writers.added} applications and {writers.counted} pieces of plain SQL were committed meanwhile")
    report.close("backups")


if __name__ == "__main__":
    main()
