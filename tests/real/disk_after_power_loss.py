"""What a disk may hold after the power went: from the operations of strace_log.py, for power_loss.py.

What was synced is there: the content of a file by fsync of the file, its name by fsync of its folder. Of the rest a disk
may keep whatever it likes, in any order; LOSSES are the ways that are tried.
"""

import random
from pathlib import Path

SECTOR = 512


class Disk:
    """The files below one folder, as the system shows them and as they are on the disk."""

    def __init__(self, folder):
        self.root = str(folder)
        self.contents, self.durable, self.pending = {}, {}, {}
        self.names, self.handles = {}, {}
        for path in Path(folder).rglob("*"):
            self.names[str(path)] = self.folder(path) if path.is_dir() else self.file(path.read_bytes())
        for file in self.contents:
            self.durable[file] = self.contents[file]
        self.durable_names = dict(self.names)

    def file(self, content=b""):
        """Files are numbers; whoever has it open keeps it, whatever its name."""
        number = len(self.contents)
        self.contents[number], self.durable[number], self.pending[number] = content, b"", []
        return number

    def folder(self, path):
        return str(path)

    def is_ours(self, path):
        # What stands in shared memory is made anew from the log.
        return path.startswith(self.root + "/") and not path.endswith("-shm")

    def do(self, one):
        if one.what == "open" and (self.is_ours(one.path) or one.path == self.root):
            if one.is_new and one.path not in self.names:
                self.names[one.path] = self.file()
            self.handles[one.handle] = self.root if one.path == self.root else self.names.get(one.path)
            if one.is_emptied:
                self.change(one.handle, None, 0)
        elif one.what == "write":
            self.change(one.handle, one.data, one.at)
        elif one.what == "truncate":
            self.change(one.handle, None, one.at)
        elif one.what == "sync":
            self.sync(self.handles.get(one.handle))
        elif one.what == "mkdir" and self.is_ours(one.path):
            self.names[one.path] = self.folder(one.path)
        elif one.what in ("rename", "link") and one.path in self.names:
            self.names[one.to] = self.names[one.path]
        if one.what in ("rename", "unlink"):
            self.names.pop(one.path, None)

    def change(self, handle, data, at):
        file = self.handles.get(handle)
        if file in self.contents:
            at = len(self.contents[file]) if at is None else at
            self.pending[file].append((data, at))
            self.contents[file] = changed(self.contents[file], data, at)

    def sync(self, file):
        if file in self.contents:
            self.durable[file], self.pending[file] = self.contents[file], []
        elif file is not None:
            is_inside = lambda name: str(Path(name).parent) == file
            kept = {name: it for name, it in self.durable_names.items() if not is_inside(name)}
            self.durable_names = kept | {name: it for name, it in self.names.items() if is_inside(name)}

    def after(self, are_names_kept, content):
        """The files by name, with what `content` says of each; folders have none."""
        names = self.names if are_names_kept else self.durable_names
        is_there = lambda name: name == self.root or (name in names and is_there(str(Path(name).parent)))
        return {name: content(self, it) if it in self.contents else None for name, it in names.items() if is_there(name)}


def changed(content, data, at):
    """The content after a write of `data`, or, without data, with its length made `at`."""
    if data is None:
        return content[:at].ljust(at, b"\0")
    return content[:at].ljust(at, b"\0") + data + content[at + len(data) :]


def nothing(disk, file):
    return disk.durable[file]


def everything(disk, file):
    return disk.contents[file]


def some(disk, file, keeps):
    """What was synced, and those of the later changes that `keeps` wants."""
    content = disk.durable[file]
    for number, change in enumerate(disk.pending[file]):
        content = changed(content, *change) if keeps(number) else content
    return content


def last(disk, file):
    return some(disk, file, lambda number: number == len(disk.pending[file]) - 1)


def all_but_the_first(disk, file):
    return some(disk, file, lambda number: number > 0)


def lengths(disk, file):
    return disk.durable[file][: len(disk.contents[file])].ljust(len(disk.contents[file]), b"\0")


def torn(seed):
    """Of each change those sectors that chance wants; each file another way."""

    def content(disk, file):
        chance, content = random.Random(f"{seed} {file}"), disk.durable[file]
        for data, at in disk.pending[file]:
            if data is None:
                content = changed(content, None, at) if chance.random() < 0.5 else content
                continue
            start = 0
            while start < len(data):
                end = min(len(data), start + SECTOR - (at + start) % SECTOR)
                if chance.random() < 0.5:
                    content = changed(content, data[start:end], at + start)
                start = end
        return content

    return content


def one_file_in_two(odd):
    return lambda disk, file: (everything if file % 2 == odd else nothing)(disk, file)


# The name, whether names are kept, and what is kept of each file.
LOSSES = [
    ("nothing that was not synced", False, nothing),
    ("names, but no data", True, nothing),
    ("data, but no names", False, everything),
    ("everything", True, everything),
    ("names and lengths, but zeros for data", True, lengths),
    ("the last write of each file", True, last),
    ("all but the first write of each file", True, all_but_the_first),
    ("every second file", True, one_file_in_two(0)),
    ("every other second file", True, one_file_in_two(1)),
    ("sectors here and there", True, torn(1)),
    ("sectors here and there, but no names", False, torn(2)),
    ("other sectors here and there", True, torn(3)),
]
