"""Who may read what: every mode x owner x way to a file that holds a secret, and the modes of all that is created.

    permissions.py BINARY WORK STRIDE

As root also with files of other owners, and as a person who is not root. BINARY and WORK must be reachable by anybody.
STRIDE takes every so-maniest mode.
"""

import os
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from created_files import created_files
from home_rig import SETTINGS, Person, Report, judged

IS_ROOT = os.getuid() == 0
ADA, SOMEBODY = (12001, 12002) if IS_ROOT else (os.getuid(), None)
OWNERS = {"the person": ADA, "root": 0, "somebody else": SOMEBODY} if IS_ROOT else {"the person": ADA}
RUNNERS = {"the person": ADA, "root": 0} if IS_ROOT else {"the person": ADA}
WAYS = ["directly", "by a symlink", "by a symlink into somebody's folder", "in a folder that all can write"]
SECRET = "correct horse battery"


def settings(**smtp):
    """Settings with these lines in [smtp] instead of the plain password."""
    lines = "".join(f'{key} = "{value}"\n' for key, value in smtp.items())
    return SETTINGS.format(port=9).replace('password = "secret"\n', lines)


def modes(stride, every):
    """All 512, or all of group and others with the few of an owner that make sense."""
    owners = range(8) if every else (0o4, 0o6, 0o7)
    found = [owner << 6 | rest for owner in owners for rest in range(64)]
    # The usual ones always.
    return sorted(set(found[::stride]) | {0o600, 0o400, 0o640, 0o604, 0o644, 0o660, 0o620, 0o000})


class Place:
    """A home with one file that holds a secret, to be reached in one way."""

    def __init__(self, work, name, kind, way, runner):
        self.folder = work / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o755)
        home = self.home = self.folder / "home"
        home.mkdir(mode=0o700)
        own(home, runner)
        wanted = home / "followup.toml" if kind == "the settings with a password" else self.folder / "password"
        self.file = wanted
        if way != "directly":
            there = self.folder / "there"
            there.mkdir(mode=0o755)
            self.file = there / wanted.name
            if way == "in a folder that all can write":
                there.chmod(0o777)
            if way == "by a symlink into somebody's folder" and SOMEBODY:
                own(there, SOMEBODY)
            if wanted.parent == home or way != "in a folder that all can write":
                wanted.symlink_to(self.file)
            else:
                wanted = self.file
        if kind == "the settings with a password":
            self.file.write_text(settings(password=SECRET))
        else:
            self.file.write_text(SECRET + "\n")
            (home / "followup.toml").write_text(settings(password_file=wanted))
            (home / "followup.toml").chmod(0o600)
            own(home / "followup.toml", runner)
        self.named = wanted


def own(path, user):
    if IS_ROOT:
        os.chown(path, user, user)


def can_read(user, owner, mode):
    if user == 0:
        return True
    return bool(mode & 0o400) if user == owner else bool(mode & 0o004)


def judge(person, place, owner, mode):
    """The way ssh does it: what anybody but its owner may do anything with is refused."""
    os.chmod(place.file, mode)
    ran = person.run("--home", str(place.home), "list")
    said = " ".join((ran.err + ran.out).split())
    if ran.wrong():
        return ran.wrong()
    if SECRET in said:
        return "the password is said aloud"
    if not can_read(person.user, owner, mode) and not (mode & 0o077 and ran.code == 5 and "others can read" in said):
        return None if ran.code == 5 and str(place.named) in said and "denied" in said else f"unreadable: {said[-300:]}"
    if mode & 0o077:
        clear = ran.code == 5 and "others can read it" in said and f"chmod 600 {place.named}" in said
        return None if clear else f"it is not refused in clear words: {ran.code} {said[-300:]}"
    return None if ran.code == 0 else f"it is refused: {said[-300:]}"


def secrets(binary, work, stride, report):
    """Every mode of the two files that hold the password."""
    jobs = []
    for kind in ("the settings with a password", "the password file"):
        for way in WAYS:
            for whose, owner in OWNERS.items():
                for who, runner in RUNNERS.items():
                    jobs.append((kind, way, whose, owner, who, runner))

    def job(number_and_case):
        number, (kind, way, whose, owner, who, runner) = number_and_case
        place = Place(work, f"place-{number}", kind, way, runner)
        person = Person(binary, work, runner)
        own(place.file, owner)
        every = (way, whose, who) == ("directly", "the person", "the person")
        for mode in modes(stride, every):
            said = f"{mode:04o}, of {whose}, read by {who}"
            report.case(f"{kind}, {way}", said, judged(lambda: judge(person, place, owner, mode)))
        shutil.rmtree(place.folder)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(job, enumerate(jobs)))


def others(binary, work, report):
    """Files without a password: what `check` says of the database, and what need not be kept from anybody."""
    home = work / "others"
    home.mkdir(mode=0o700)
    own(home, ADA)
    person = Person(binary, work, ADA)
    file = home / "followup.toml"
    file.write_text(settings())
    own(file, ADA)
    file.write_text(file.read_text().replace('username = "ada"\n', ""))

    def names(path, mode):
        def judge():
            os.chmod(path, mode)
            said = " ".join(person.run("--home", str(home), "check").out.split())
            is_named = f"chmod 600 {path}" in said and f"{mode:04o}" in said
            return None if is_named == bool(mode & 0o077) else f"{mode:04o}: {said[-600:]}"

        return judge

    person.run("--home", str(home), "list")
    for mode in (0o600, 0o640, 0o604, 0o644, 0o660, 0o666, 0o700):
        report.case("check names a database that others can read", f"{mode:04o}", judged(names(home / "followup.db", mode)))
    for mode in (0o600, 0o640, 0o644):
        os.chmod(file, mode)
        ran = person.run("--home", str(home), "list")
        report.case("settings without a password may be read", f"{mode:04o}", ran.err if ran.code else None)
    credentials = work / "credentials"
    credentials.mkdir(mode=0o700)
    own(credentials, ADA)
    secret = credentials / "smtp-password"
    secret.write_text(SECRET)
    own(secret, ADA)
    for text in (settings(), settings(password_file=secret)):
        file.write_text(text)
        os.chmod(file, 0o600)
        # As systemd hands it out: a list of who may read it looks like a group's right.
        os.chmod(secret, 0o440)
        ran = person.run("--home", str(home), "list", CREDENTIALS_DIRECTORY=str(credentials))
        report.case("what systemd hands out is taken", "0440", ran.err if ran.code else None)


def main():
    binary, work, stride = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    report = Report()
    secrets(binary, work, stride, report)
    others(binary, work, report)
    for runner in RUNNERS.values():
        created_files(binary, work, Person(binary, work, runner), report, own)
    report.close("permissions")


if __name__ == "__main__":
    main()
