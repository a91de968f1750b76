"""What a person does while the disk fails, each from a home made ready for it, and what must hold after it."""

import shutil
import sqlite3

from home_rig import ADD, JANE, ME, Wrong, sound, went_once_or_told
from old_database import to_version_1

EDITED = "These are the words that I typed myself, and nothing else."


class Scenario:
    """One command, with what is to be said of it."""

    name = ""
    # Whether it was done, as the disk has it.
    was_done = False
    # Whether it said that it was done.
    said = False
    # Whether a letter goes in the end.
    letters = True
    # Who sends waits for the disk, so as to record what the server said, until they are asked to end.
    patience = []

    def __init__(self):
        self.counts = {}

    def make(self, worker, home):
        """Makes the home ready."""
        worker.must(home, *ADD)
        worker.must(home, "draft", "1")

    def words(self, case):
        raise NotImplementedError

    def done(self, worker, case):
        raise NotImplementedError

    def ready(self, worker):
        home = worker.folder / self.name.replace(" ", "-")
        if not home.exists():
            worker.new_home(home.name)
            self.make(worker, home)
        return home

    def again(self, worker, case):
        """The person does it once more, if it was not done."""
        if not self.was_done:
            worker.must(case, *self.words(case))

    def after(self, worker, case):
        """What the person does besides, so that the letter goes."""

    def look(self, worker, case):
        worker.look(case)

    def judge(self, worker, case, ran, mark):
        """What is wrong with a run under a fault, and with what follows when the fault is over."""
        self.mark = mark
        self.was_done = self.done(worker, case)
        if ran.code == 0 and not self.was_done:
            raise Wrong(f"it said that it was done, and it is lost: {ran.out[-200:]!r}")
        if ran.code != 0 and self.was_done and "nothing was changed" in ran.err:
            raise Wrong(f"it said that nothing was changed, and it was done: {ran.err[-200:]!r}")
        self.again(worker, case)
        if not self.done(worker, case):
            raise Wrong("it is not done, with nothing wrong any more")
        self.after(worker, case)
        self.look(worker, case)
        self.judge_end(worker, case, worker.seen(mark))
        sound(case / "followup.db")
        left = [path.name for path in case.iterdir() if ".part" in path.name or path.name.startswith(".tmp")]
        if left:
            raise Wrong(f"left behind: {left}")
        return None

    def judge_end(self, worker, case, seen):
        if self.letters:
            went_once_or_told(worker, case, seen)
        elif seen.letters:
            raise Wrong(f"{len(seen.letters)} letters went that should not")

    def forget(self, case):
        shutil.rmtree(case, ignore_errors=True)


class Add(Scenario):
    name = "add"

    def make(self, worker, home):
        worker.must(home, "list")

    def words(self, case):
        return ADD

    def done(self, worker, case):
        return "Globex" in worker.must(case, "list", "--all")

    def after(self, worker, case):
        worker.must(case, "draft", "1")
        worker.must(case, "approve", "1")

    def judge_end(self, worker, case, seen):
        super().judge_end(worker, case, seen)
        if "Globex" in worker.must(case, "list", "--all").partition("Globex")[2]:
            raise Wrong("it was added twice")


class Approve(Scenario):
    name = "approve"

    def words(self, case):
        return ["approve", "1"]

    def done(self, worker, case):
        return worker.phase(case) == "approved"


class Edit(Scenario):
    """It takes the approval back: without a new one nothing goes, neither the old words nor the new ones."""

    name = "edit"

    def make(self, worker, home):
        super().make(worker, home)
        worker.must(home, "approve", "1")
        (home / "words.txt").write_text(EDITED + "\n")

    def words(self, case):
        return ["edit", "1", "--body-file", str(case / "words.txt")]

    def done(self, worker, case):
        application = worker.application(case)
        is_new = EDITED in application["body"]
        if is_new and application["phase"] != "waiting":
            raise Wrong(f"the new words are {application['phase']} without a yes")
        return is_new

    def after(self, worker, case):
        # It does not say thank you.
        worker.must(case, "approve", "1", "--despite")


class Recall(Scenario):
    name = "recall"
    letters = False

    def make(self, worker, home):
        super().make(worker, home)
        worker.must(home, "approve", "1")

    def words(self, case):
        return ["recall", "1"]

    def done(self, worker, case):
        return worker.phase(case) == "waiting"


class Heard(Recall):
    name = "heard"

    def words(self, case):
        return ["heard", "1", "reply"]

    def done(self, worker, case):
        return worker.phase(case) == "cancelled"


class Send(Scenario):
    name = "the sending tick"

    def make(self, worker, home):
        super().make(worker, home)
        worker.must(home, "approve", "1")

    patience = ["timeout", "--preserve-status", "--kill-after=60", "3"]

    def words(self, case):
        return ["tick"]

    def done(self, worker, case):
        return worker.phase(case) in ("sent", "uncertain")

    # Letters rest.
    rested = False

    def again(self, worker, case):
        """Where the send journal could not be written, letters rest for a while, as when the server is away."""
        if self.was_done:
            return
        ran = worker.run(case, "tick")
        self.rested = ran.code != 0
        if self.rested and "no letter goes that is not noted there" not in " ".join(ran.err.split()):
            raise Wrong(f"tick fails, with nothing wrong any more: {ran.err[-300:]}")
        if self.rested:
            worker.must(case, "tick", environment=worker.later)

    def look(self, worker, case):
        """Nobody goes back to before that while."""
        for _ in range(3 if self.rested else 0):
            worker.must(case, "tick", environment=worker.later)
        if not self.rested:
            super().look(worker, case)


class Ask(Scenario):
    """Asking is at least once, with the same Message-ID."""

    name = "the asking tick"
    letters = False
    patience = Send.patience

    def make(self, worker, home):
        worker.must(home, *ADD)

    def words(self, case):
        return ["tick"]

    def done(self, worker, case):
        return bool(worker.seen(self.mark).asks)

    def judge_end(self, worker, case, seen):
        super().judge_end(worker, case, seen)
        # One mail, however often it was handed over; hours later another, that mail works again.
        if len({event["message_id"] for event in seen.asks}) > 2:
            raise Wrong(f"the person was asked again and again: {[event['subject'] for event in seen.asks]}")


class Backup(Scenario):
    name = "backup"

    def make(self, worker, home):
        super().make(worker, home)
        worker.must(home, "approve", "1")

    def words(self, case):
        return ["backup", str(case / "copy.db")]

    def done(self, worker, case):
        copy = case / "copy.db"
        if not copy.exists():
            return False
        sound(copy)
        if copy.stat().st_mode & 0o777 != 0o600:
            raise Wrong(f"the copy's mode is {copy.stat().st_mode:o}")
        connection = sqlite3.connect(copy)
        phases = connection.execute("SELECT phase FROM followups").fetchall()
        connection.close()
        if phases != [("approved",)]:
            raise Wrong(f"the copy is not all of it: {phases}")
        return True


class Migrate(Send):
    """The first command of a newer version: the old database is kept beside it, whole, before anything is changed."""

    name = "migrate"

    def make(self, worker, home):
        super().make(worker, home)
        to_version_1(home / "followup.db")

    def words(self, case):
        return ["list"]

    def done(self, worker, case):
        connection = sqlite3.connect(case / "followup.db")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.close()
        kept = case / "followup.db.version-1"
        if version == 1 and not kept.exists():
            return False
        if version != 1 and not kept.exists():
            raise Wrong(f"the database is of version {version}, and the old one was not kept")
        sound(kept)
        if kept.stat().st_mode & 0o777 != 0o600:
            raise Wrong(f"the kept copy's mode is {kept.stat().st_mode:o}")
        return version != 1


class Init(Scenario):
    name = "init"

    def make(self, worker, home):
        (home / "followup.toml").unlink()

    def words(self, case):
        port = str(self.port)
        return ["init", "--name", "Ada Byron", "--email", ME, "--smtp-host", "127.0.0.1", "--smtp-port", port,
                "--smtp-tls", "none", "--no-login"]  # fmt: skip

    def ready(self, worker):
        self.port = worker.port
        return super().ready(worker)

    def done(self, worker, case):
        settings = case / "followup.toml"
        if not settings.exists():
            return False
        if settings.stat().st_mode & 0o777 != 0o600:
            raise Wrong(f"the settings' mode is {settings.stat().st_mode:o}")
        text = settings.read_text()
        if 'name = "Ada Byron"' not in text or "[log]" not in text:
            raise Wrong("half of the settings were written")
        # The first command makes the database, if `init` did not come to it.
        worker.must(case, "list")
        return True

    def judge_end(self, worker, case, seen):
        if seen.accepted:
            raise Wrong("something was sent")


class Forget(Recall):
    name = "forget"

    def words(self, case):
        return ["forget", "1", "--yes"]

    def done(self, worker, case):
        gone = "Globex" not in worker.must(case, "list", "--all")
        return gone

    def judge_end(self, worker, case, seen):
        super().judge_end(worker, case, seen)
        for file in case.glob("followup.db*"):
            if b"Jane Doe" in file.read_bytes() or JANE.encode() in file.read_bytes():
                raise Wrong(f"what was forgotten can be read in {file.name}")


SCENARIOS = [Add, Approve, Edit, Recall, Heard, Send, Ask, Backup, Migrate, Init, Forget]
