"""Looks for a password in every form in which it might have got out.

    canary.py find PASSWORD USER PATH...    prints each file at or below PATH that has it, and in which form; what is in a
                                            database is read as text too. Exit 1 if there is one
    canary.py form NAME PASSWORD USER       the password in that form
    canary.py forms                         the names of all forms
"""

import base64
import contextlib
import json
import sqlite3
import sys
from pathlib import Path
from urllib.parse import quote, quote_plus


def interior(secret, offset):
    """What base64 makes of it after so many other bytes, without the letters that these have a part in."""
    padded = base64.b64encode(b"\0" * offset + secret)
    whole = (offset + len(secret)) // 3 * 4
    return padded[[0, 2, 3][offset] : whole].decode()


def escaped_as_in_rust(text):
    return "".join({"\\": "\\\\", '"': '\\"'}.get(c, c) for c in text)


def octal(text):
    return "".join(chr(b) if 32 <= b < 127 and chr(b) not in '\\"' else f"\\{b:o}" for b in text.encode())


FORMS = {
    "raw": lambda password, _: password,
    "base64": lambda password, _: base64.b64encode(password.encode()).decode(),
    "base64, one byte on": lambda password, _: interior(password.encode(), 1),
    "base64, two bytes on": lambda password, _: interior(password.encode(), 2),
    "base64 for URLs": lambda password, _: base64.urlsafe_b64encode(password.encode()).decode(),
    "the response of PLAIN": lambda password, user: base64.b64encode(f"\0{user}\0{password}".encode()).decode(),
    "percent-encoded": lambda password, _: quote(password, safe=""),
    "percent-encoded in small letters": lambda password, _: quote(password, safe="").replace("%C3%B6", "%c3%b6"),
    "percent-encoded as a path": lambda password, _: quote(password),
    "percent-encoded as a form": lambda password, _: quote_plus(password),
    "in JSON": lambda password, _: json.dumps(password, ensure_ascii=False)[1:-1],
    "in JSON of ASCII": lambda password, _: json.dumps(password)[1:-1],
    "as Rust escapes it": lambda password, _: escaped_as_in_rust(password),
    "as strace escapes it": lambda password, _: octal(password),
    "in hexadecimal": lambda password, _: password.encode().hex(),
    "in UTF-16": lambda password, _: password.encode("utf-16-le").decode("latin-1"),
    # However it was changed, this much of it is left.
    "a word of it": lambda password, _: "canary",
}


def of_database(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        return "\n".join(database.iterdump()).encode()


def find(password, user, paths):
    needles = {name: form(password, user).encode("latin-1" if name == "in UTF-16" else "utf-8") for name, form in FORMS.items()}
    # Where white space is left out.
    needles |= {f"{name}, run together": b"".join(needle.split()) for name, needle in needles.items()}
    files = [file for path in map(Path, paths) for file in ([path] if path.is_file() else sorted(path.rglob("*")))]
    found = False
    for file in files:
        if not file.is_file():
            continue
        data = file.read_bytes()
        if data.startswith(b"SQLite format 3"):
            data += of_database(file)
        # As it stands, and without the line breaks of folded headers, of quoted-printable and of narrow pages.
        unbroken = data.replace(b"=\r\n", b"").replace(b"=\n", b"")
        data += b"\n" + b"".join(unbroken.split()) + b"\n" + data.lower()
        for name, needle in needles.items():
            if needle in data:
                found = True
                print(f"{file}: {name}")
    return found


match sys.argv[1:]:
    case ["find", password, user, *paths]:
        sys.exit(find(password, user, paths))
    case ["form", name, password, user]:
        print(FORMS[name](password, user))
    case ["forms"]:
        print("\n".join(FORMS))
    case _:
        sys.exit(__doc__)
