"""The modes of all that the program creates, under every umask: its owner's alone, and its owner's to read."""

import os
import pty
import shutil
import stat
import subprocess

from home_rig import ADD, DEADLINE, ME, Wrong, judged
from old_database import to_version_1

UMASKS = (0o000, 0o022, 0o077, 0o027, 0o277, 0o777)
INIT = ["init", "--name", "Ada Byron", "--email", ME, "--smtp-host", "127.0.0.1", "--smtp-port", "9", "--smtp-tls",
        "none", "--no-login"]  # fmt: skip


def check_all(folder, expected):
    """Every file below is 0600 and every folder 0700; and what is expected is there."""
    found = [folder, *folder.rglob("*")]
    names = {path.name for path in found}
    for path in found:
        mode, wanted = stat.S_IMODE(path.lstat().st_mode), 0o700 if path.is_dir() else 0o600
        if mode != wanted:
            raise Wrong(f"{path.relative_to(folder.parent)} is {mode:04o}")
    if missing := set(expected) - names:
        raise Wrong(f"{sorted(missing)} are not there, but {sorted(names)}")


def must(person, home, *arguments, **how):
    ran = person.run("--home", str(home), *arguments, **how)
    if ran.wrong() or ran.code != 0:
        raise Wrong(f"{arguments[0]} ended with {ran.code}: {ran.err[-300:]}")


def set_up(person, home, umask):
    """`init` in a folder of a folder that is not there, and the first facts."""
    must(person, home, *INIT, umask=umask)
    must(person, home, *ADD, umask=umask)
    must(person, home, "draft", "1", umask=umask)


def daemon_beside(person, home, umask):
    """All that is there while the daemon runs: the lock, the log, what SQLite shares."""
    who = {"user": person.user, "group": person.user, "extra_groups": []} if os.getuid() == 0 else {}
    running = subprocess.Popen(
        [person.binary, "--home", str(home), "daemon"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE, text=True, cwd="/", umask=umask,
        env={"HOME": str(person.work), "PATH": os.environ["PATH"]}, **who,
    )  # fmt: skip
    try:
        said = ""
        while "watching" not in said:
            line = running.stderr.readline()
            if not line:
                raise Wrong(f"the daemon does not begin: {said[-300:]}")
            said += line
        must(person, home, "note", "1", "a few words", umask=umask)
        expected = ["followup.db", "followup.db-wal", "followup.db-shm", "followup.lock", "followup.toml"]
        check_all(home.parent, expected)
    finally:
        running.terminate()
        running.communicate(timeout=DEADLINE)


def edit_that_fails(person, home, umask, own):
    """What is typed is in a file of its own, which stays when the editor fails."""
    folder = person.work / f"typed-{umask:o}-{person.user}"
    folder.mkdir(mode=0o700)
    own(folder, person.user)
    editor = person.work / "editor.sh"
    editor.write_text('#!/bin/sh\nstat -c "%a" "$1" >>"$SEEN"\necho more >>"$1"\nexit 1\n')
    editor.chmod(0o755)
    ours, theirs = pty.openpty()
    seen = folder / "seen"
    seen.write_text("")
    own(seen, person.user)
    person.run(
        "--home", str(home), "edit", "1", umask=umask, stdin=theirs, VISUAL=str(editor), SEEN=str(seen),
        TMPDIR=str(folder),
    )  # fmt: skip
    os.close(theirs)
    os.close(ours)
    kept = [path for path in folder.iterdir() if path != seen]
    if seen.read_text().split() != ["600"] or len(kept) != 1:
        raise Wrong(f"the editor saw a file of mode {seen.read_text()!r}, and {len(kept)} were kept")
    if stat.S_IMODE(kept[0].stat().st_mode) != 0o600:
        raise Wrong(f"what was kept is {stat.S_IMODE(kept[0].stat().st_mode):04o}")
    shutil.rmtree(folder)


def created_files(binary, work, person, report, own):
    for umask in UMASKS:
        folder = work / f"created-{umask:o}-{person.user}"
        folder.mkdir(mode=0o700)
        own(folder, person.user)
        home = folder / "new" / "home"

        def case():
            set_up(person, home, umask)
            check_all(folder, ["followup.toml", "followup.db"])
            must(person, home, "backup", str(home / "copy.db"), umask=umask)
            person.run("--home", str(home), "tick", umask=umask)
            check_all(folder, ["copy.db", "followup.lock"])
            daemon_beside(person, home, umask)
            to_version_1(home / "followup.db")
            must(person, home, "list", umask=umask)
            check_all(folder, ["followup.db.version-1"])
            edit_that_fails(person, home, umask, own)

        who = "root" if person.user == 0 else "the person"
        wrong = judged(case)
        report.case("all that is created is its owner's alone, and theirs to read", f"umask {umask:04o}, {who}", wrong)
        shutil.rmtree(folder, ignore_errors=True)
