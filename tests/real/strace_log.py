"""What strace wrote down, as the operations by which a program changes files and speaks: for power_loss.py.

Recorded with `strace -f -qq -xx -s 1000000 -e trace=CALLS`. One process, however many threads: descriptors are shared.
Operations stand in the order in which the calls returned; a call that failed is none.
"""

import re
from dataclasses import dataclass

CALLS = (
    "openat ?open ?creat close dup fcntl lseek write writev pwrite64 pwritev pwritev2 ftruncate ?truncate fallocate fsync "
    "fdatasync ?rename renameat renameat2 ?link linkat ?unlink unlinkat ?mkdir mkdirat socket sendto sendmsg copy_file_range"
)
OPTIONS = ["-xx", "-s", "1000000", "-e", "trace=" + ",".join(CALLS.split()), "-e", "signal=none"]
# Calls that change files in ways that are not understood here; better to say so than to overlook them.
NOT_UNDERSTOOD = "pwritev pwritev2 truncate fallocate copy_file_range creat open sendmsg"


@dataclass(frozen=True)
class Operation:
    # open, write, truncate, sync, rename, link, unlink, mkdir; say (to a socket), print (to the person)
    what: str
    # The number that the open file has here; each opening is another one.
    handle: int = 0
    path: str = ""
    to: str = ""
    # Where; at the end of the file, however long it is, for `None`.
    at: int | None = 0
    data: bytes = b""
    is_new: bool = False
    is_emptied: bool = False


def text(quoted):
    """`"\\x61\\x62"`, as strace writes it with -xx."""
    return bytes.fromhex(quoted.replace("\\x", ""))


def whole_calls(lines):
    """(name, arguments, result) of each call, one that was interrupted by another thread's put together again."""
    begun = {}
    for line in lines:
        thread, _, rest = line.strip().partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            begun[thread] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest):
            rest = begun.pop(thread) + resumed[1]
        if call := re.match(r"(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?)", rest):
            name, arguments, result = call.groups()
            if not result.startswith("-") and result != "?":
                yield name, arguments, int(result, 0)


def operations(lines):
    """Every operation, in order."""
    files, sockets, positions, handles = {}, set(), {}, 0
    for name, arguments, result in whole_calls(lines):
        strings = [text(one) for one in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments)]
        first = arguments.split(",")[0]
        descriptor = int(first) if first.isdigit() else -1
        numbers = [int(one) for one in re.findall(r"(?<![\w\\])\d+(?=,|$)", re.sub(r'"[^"]*"', "", arguments))]
        if name in NOT_UNDERSTOOD.split() and descriptor not in sockets:
            raise SystemExit(f"FAIL every call is understood: {name}")
        if name == "openat":
            handles += 1
            files[result], positions[result] = handles, None if "O_APPEND" in arguments else 0
            sockets.discard(result)
            is_new, is_emptied = "O_CREAT" in arguments, "O_TRUNC" in arguments
            yield Operation("open", handles, strings[0].decode(), is_new=is_new, is_emptied=is_emptied)
        elif name in ("dup", "fcntl") and (name == "dup" or "F_DUPFD" in arguments):
            if descriptor in files:
                files[result], positions[result] = files[descriptor], positions.get(descriptor, 0)
        elif name == "close":
            files.pop(descriptor, None)
            sockets.discard(descriptor)
        elif name == "socket":
            sockets.add(result)
        elif name == "lseek" and positions.get(descriptor) is not None:
            positions[descriptor] = result
        elif name in ("sendto", "write", "writev", "pwrite64"):
            data = b"".join(strings)[:result]
            if descriptor in sockets:
                yield Operation("say", data=data)
            elif descriptor in files:
                at = numbers[-1] if name == "pwrite64" else positions[descriptor]
                yield Operation("write", files[descriptor], at=at, data=data)
                if name != "pwrite64" and at is not None:
                    positions[descriptor] = at + result
            elif descriptor in (1, 2):
                yield Operation("print", data=data)
        elif name == "ftruncate" and descriptor in files:
            yield Operation("truncate", files[descriptor], at=numbers[-1])
        elif name in ("fsync", "fdatasync") and descriptor in files:
            yield Operation("sync", files[descriptor])
        elif name.startswith(("rename", "link")):
            yield Operation(name[:6] if name[0] == "r" else "link", path=strings[0].decode(), to=strings[1].decode())
        elif name.startswith("unlink"):
            yield Operation("unlink", path=strings[0].decode())
        elif name.startswith("mkdir"):
            yield Operation("mkdir", path=strings[0].decode())


def without_syncs(recorded):
    """As of a program that never waits for the disk."""
    return [one for one in recorded if one.what != "sync"]

