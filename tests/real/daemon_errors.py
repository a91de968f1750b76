"""The disk fails under the running daemon, once or from some call on until it is well again: the daemon goes on by
itself, and the letter goes once.

    daemon_errors.py BINARY WORK STRIDE PORT:LOG...

strace stands behind the daemon (`-D`), so that it can be taken away while the daemon runs: then the disk is well.
"""

import os
import signal
import subprocess
import sys
import time

from disk_errors import through
from home_rig import DEADLINE, Report, Worker, Wrong, all_of, judged, went_once_or_told
from home_states import Send

CASES = [("pwrite64", "ENOSPC", 44), ("pwrite64", "EIO", 44), ("fsync", "EIO", 8), ("fsync", "ENOSPC", 8),
         ("pread64", "EIO", 40), ("openat", "EIO", 5), ("write", "ENOSPC", 4)]  # fmt: skip


def wait(until, seconds):
    end = time.monotonic() + seconds
    while not (found := until()) and time.monotonic() < end:
        time.sleep(0.05)
    return bool(found)


def tracer_of(pid):
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return int(next(line.split()[1] for line in status if line.startswith("TracerPid")))
    except (OSError, StopIteration):
        return 0


class Daemon:
    """Under strace, as long as the disk fails; started again when it ends, as systemd does."""

    def __init__(self, worker, case, words):
        self.worker, self.case, self.err = worker, case, case / "daemon.err"
        self.process = self.start([*words[:1], "-D", "-I2", *words[1:]])
        self.starts = 1

    def start(self, words=()):
        with self.err.open("a") as err:
            return subprocess.Popen(
                [*words, self.worker.binary, "--home", str(self.case), "daemon"], env=self.worker.environment,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=err, cwd=self.worker.folder,
            )  # fmt: skip

    def said(self):
        return self.err.read_text()

    def says_damaged(self):
        """What cannot be read is damaged, for all that the program can know: then it says so, and waits for a person."""
        return " is damaged" in " ".join(self.said().split()) or "malformed" in self.said()

    def heal(self):
        """The disk is well. Whether the daemon still runs."""
        if tracer := tracer_of(self.process.pid):
            os.kill(tracer, signal.SIGTERM)
            wait(lambda: not tracer_of(self.process.pid), 10)
        if self.process.poll() is None:
            return True
        if self.process.returncode not in (1, 5):
            raise Wrong(f"it ended with {self.process.returncode}: {self.said()[-300:]}")
        if self.process.returncode == 5 and not self.says_damaged():
            raise Wrong(f"it ended as if the settings were wrong, and is not started again: {self.said()[-300:]}")
        self.process, self.starts = self.start(), self.starts + 1
        return False

    def end(self):
        self.process.terminate()
        return self.process.wait(DEADLINE)


def strike(worker, report, call, error, when):
    scenario = Send()
    case, mark = worker.copy(scenario.ready(worker)), worker.mark()
    trace = worker.folder / "daemon-trace"
    trace.unlink(missing_ok=True)
    words = through(case, [call], trace, "-e", f"inject={call}:error={error}:when={when}")
    seen = {"came": False}

    def run_and_judge():
        daemon = Daemon(worker, case, words)
        try:
            # It sends, or says that it cannot, or ends.
            wait(lambda: worker.seen(mark).letters or "recorded" in daemon.said() or daemon.process.poll() is not None, 6)
            went_on = daemon.heal()
            seen["came"] = "(INJECTED)" in trace.read_text()
            at_rest = ("sent", "uncertain")
            # Put off for minutes, as by a busy server: it goes when somebody looks hours later.
            is_put_off = lambda: "no letter goes that is not noted" in daemon.said()
            if not wait(lambda: worker.phase(case) in at_rest or is_put_off(), 75):
                raise Wrong(f"the disk is well, and it is {worker.phase(case)}: {daemon.said()[-300:]}")
        finally:
            code = daemon.end()
        if code != 0 or "panicked" in daemon.said():
            raise Wrong(f"it ended with {code}: {daemon.said()[-300:]}")
        if is_put_off():
            worker.must(case, "tick", environment=worker.later)
        else:
            worker.look(case)
        went_once_or_told(worker, case, worker.seen(mark))
        report.note("the daemon went on by itself" if went_on else "the daemon ended, and was started again")

    wrong = judged(run_and_judge)
    if not seen["came"] and not wrong:
        return False
    once = "from then on" if when.endswith("+") else "once"
    report.case(f"the daemon: {call} fails {once}", f"{call} {error} {when} ({case.name})", wrong)
    if not wrong:
        scenario.forget(case)
    return True


def main():
    binary, work, stride, *servers = sys.argv[1:]
    workers, report, jobs = [Worker(binary, work, *server.split(":", 1)) for server in servers], Report(), []
    step = max(1, int(stride) // 2)
    for call, error, most in CASES:
        for forever in ("", "+"):
            for number in range(1 + (len(jobs) * 7) % min(step, most), most + 1, step):
                jobs.append(lambda worker, args=(call, error, f"{number}{forever}"): strike(worker, report, *args))
    Send().ready(workers[0])
    all_of(jobs, workers)
    report.close("disk errors under the daemon")


if __name__ == "__main__":
    main()
