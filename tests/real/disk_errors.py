"""The n-th write, sync, open, ... of the unchanged program fails, for n = 1 upward until nothing failed any more.

    disk_errors.py BINARY WORK STRIDE PORT:LOG...

strace makes it fail: once, or that call and all after it, in each thread by itself; only calls on the files of the home
and on the backup are counted. Each case is a copy of a home that was made ready before. Then the disk is well again, the
person does the same once more, and the program looks three times. STRIDE takes every so-maniest n.
"""

import os
import re
import sys

from home_rig import Report, Worker, all_of, judged
from home_states import SCENARIOS

CALLS = "pwrite64 write fsync fdatasync openat ftruncate rename mkdir unlink".split()
# How a disk that is broken, and one that is full, answer.
ERRORS = {call: ("ENOSPC", "EIO") for call in CALLS} | {"pread64": ("EIO",), "unlink": ("EIO",)}
FILES = (
    ["followup.db" + end for end in ("", "-wal", "-shm", "-journal", ".sent", ".version-1")]
    + ["followup.db.version-1.part" + end for end in ("", "-journal")]
    + ["followup.lock", "followup.toml", "copy.db", "copy.db-journal", ""]
)


def through(case, calls, trace, *rest):
    """The words before the program's own, for strace to watch it."""
    paths = [word for name in FILES for word in ("-P", str(case / name).rstrip("/"))]
    return ["strace", "-f", "-qq", "-o", str(trace), *paths, "-e", "trace=" + ",".join(calls), *rest]


def counted(worker, scenario):
    """How often each call comes in the thread that makes it most often."""
    case, trace = worker.copy(scenario.ready(worker)), worker.folder / "count"
    ran = worker.run(case, *scenario.words(case), through=through(case, ERRORS, trace))
    if ran.code != 0:
        raise SystemExit(f"FAIL {scenario.name} is done while nothing fails: {ran.err}")
    counts = {}
    for thread, call in re.findall(r"^(\d+) +(\w+)\(", trace.read_text(), re.MULTILINE):
        counts[call, thread] = counts.get((call, thread), 0) + 1
    return {call: max([count for (it, _), count in counts.items() if it == call], default=0) for call in ERRORS}


def strike(worker, scenario, report, call, error, when):
    """One case. True if the fault came."""
    case, mark = worker.copy(scenario.ready(worker)), worker.mark()
    trace = worker.folder / "trace"
    inject = through(case, [call], trace, "-e", f"inject={call}:error={error}:when={when}")
    trace.unlink(missing_ok=True)

    def run_and_judge():
        ran = worker.run(case, *scenario.words(case), through=inject + scenario.patience)
        if "(INJECTED)" not in trace.read_text():
            return None
        scenario.said = ran.code == 0
        return ran.wrong() or scenario.judge(worker, case, ran, mark)

    wrong = judged(run_and_judge)
    if "(INJECTED)" not in trace.read_text():
        return False
    once = "from then on" if when.endswith("+") else "once"
    report.case(f"{scenario.name}: {call} fails {once}", f"{call} {error} {when} ({case.name})", wrong)
    if not scenario.said and scenario.was_done:
        report.note(f"{scenario.name} said that it failed, and was done")
    if not wrong:
        scenario.forget(case)
    return True


def every(worker, scenario, report, call, stride):
    """Every n of one call, until nothing fails any more."""
    for error in ERRORS[call]:
        for forever in ("", "+"):
            if call == "pread64" and forever:
                continue
            last = scenario.counts[call]
            # A call that is rarer than the stride is struck in every fourth series.
            number = 1 + sum(map(ord, scenario.name + call + error + forever)) % min(stride, 4 * last)
            while strike(worker, scenario, report, call, error, f"{number}{forever}"):
                number += stride
                if number > 4 * last + 40 + stride:
                    report.case(f"{scenario.name}: {call}", "it", "never comes to a pass without the fault")
                    break


def main():
    binary, work, stride, *servers = sys.argv[1:]
    workers = [Worker(binary, work, *server.split(":", 1)) for server in servers]
    report, jobs = Report(), []
    for make in [make for make in SCENARIOS if os.environ.get("ONLY", make.name) == make.name]:
        counts = counted(workers[0], make())

        def job(worker, make=make, counts=counts):
            for call in ERRORS:
                if counts[call]:
                    scenario = make()
                    scenario.counts = counts
                    every(worker, scenario, report, call, int(stride))

        jobs.append(job)
    all_of(jobs, workers)
    report.close("disk errors")


if __name__ == "__main__":
    main()
