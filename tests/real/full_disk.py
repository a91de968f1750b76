"""A small file system that is full but for k pages, for k = 0 upward until the command has room enough.

    full_disk.py BINARY WORK STRIDE MOUNTED PORT:LOG

MOUNTED is an empty file system of some hundred KiB. Each home is put on it, what is left is filled up but for k pages,
and the command runs. Then there is room again: the person does it once more, and everything goes on, once. As in
disk_errors.py, but nothing is made to fail: the file system itself is full.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from home_rig import DEADLINE, Report, Worker, Wrong, judged
from home_states import Add, Approve, Ask, Backup, Edit, Forget, Heard, Migrate, Recall, Send

PAGE = 4096


def fill(mounted, pages):
    """Leaves room for so many pages."""
    with (mounted / "filling").open("wb", buffering=0) as filling:
        try:
            while True:
                filling.write(bytes(PAGE))
        except OSError:
            pass
        filling.truncate(max(0, os.fstat(filling.fileno()).st_size // PAGE * PAGE - pages * PAGE))


def empty(mounted):
    for path in mounted.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def strike(worker, scenario, report, mounted, pages):
    """One case. Whether the command had room enough."""
    home = scenario.ready(worker)
    empty(mounted)
    case, mark = mounted / "home", worker.mark()
    shutil.copytree(home, case)
    fill(mounted, pages)
    ended = {}

    def run_and_judge():
        ran = worker.run(case, *scenario.words(case), through=scenario.patience)
        ended["well"] = ran.code == 0
        (mounted / "filling").unlink()
        return ran.wrong() or scenario.judge(worker, case, ran, mark)

    wrong = judged(run_and_judge)
    (mounted / "filling").unlink(missing_ok=True)
    report.case(f"{scenario.name} on a full disk", f"{pages} pages free", wrong)
    if not ended.get("well"):
        report.note(f"{scenario.name} had no room")
    return ended.get("well")


def daemon(worker, report, mounted, pages):
    """The daemon waits for room, and goes on by itself: it is not started again."""
    scenario = Send()
    home = scenario.ready(worker)
    empty(mounted)
    case, mark = mounted / "home", worker.mark()
    shutil.copytree(home, case)
    fill(mounted, pages)
    running = subprocess.Popen(
        [worker.binary, "--home", str(case), "daemon"], env=worker.environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=(worker.folder / "daemon.err").open("w"), cwd=worker.folder,
    )  # fmt: skip

    def run_and_judge():
        try:
            # Long enough to send, or to say that it cannot.
            waited = wait(lambda: worker.seen(mark).letters or "nothing can be recorded" in said(worker), 5)
            (mounted / "filling").unlink()
            if not wait(lambda: worker.seen(mark).letters, 75):
                raise Wrong(f"there is room, and no letter goes: {said(worker)[-300:]} (waited: {waited})")
            wait(lambda: worker.phase(case) != "sending", 20)
        finally:
            running.terminate()
            code = running.wait(DEADLINE)
        if code != 0:
            raise Wrong(f"the daemon ended with {code}: {said(worker)[-300:]}")
        worker.look(case)
        scenario.judge_end(worker, case, worker.seen(mark))

    wrong = judged(run_and_judge)
    (mounted / "filling").unlink(missing_ok=True)
    report.case("the daemon on a full disk", f"{pages} pages free", wrong)


def said(worker):
    return (worker.folder / "daemon.err").read_text()


def wait(until, seconds):
    end = time.monotonic() + seconds
    while not (found := until()) and time.monotonic() < end:
        time.sleep(0.05)
    return bool(found)


def main():
    binary, work, stride, mounted, server = sys.argv[1:]
    worker, report, mounted, stride = Worker(binary, work, *server.split(":", 1)), Report(), Path(mounted), int(stride)
    for make in (Send, Approve, Add, Backup, Ask, Edit, Recall, Heard, Forget, Migrate):
        pages, scenario = 0, make()
        while not strike(worker, scenario, report, mounted, pages):
            pages += stride
            if pages > 200:
                report.case(scenario.name, "it", "never has room enough")
                break
    for pages in range(0, 40, 2 * stride):
        daemon(worker, report, mounted, pages)
    empty(mounted)
    report.close("full disk")


if __name__ == "__main__":
    main()
