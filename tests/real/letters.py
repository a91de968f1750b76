"""Reads mail as it lies in a Maildir with Python's own parser, which knows nothing of our code.

One line per check: `ok WHAT` or `FAIL WHAT: WHY`. The exit status is 1 if any failed.

    letters.py find TEXT FILE...           the first mail among FILEs that holds TEXT
    letters.py field NAME.NAME JSON        one value of a JSON document
    letters.py ask FILE ID JSON            the mail that asks the person about application ID
    letters.py letter FILE JSON            the letter itself; JSON is what `show --json` printed
    letters.py copy LETTER FILE...         the person's own copy is among FILEs, once
    letters.py same FILE JSON OTHER NAME ADDRESS
                                           the letter from NAME and ADDRESS, as this parser reads it and as
                                           another one did (OTHER), is the approved one in any script
"""

import json
import re
import socket
import sys
from datetime import datetime, timedelta, timezone
from email import message_from_bytes, message_from_string, policy

SENDER = ("Ada Byron", "ada@me.example")
RECIPIENT = ("Jane Doe", "jane@globex.example")

failed = False


def check(what, holds, why=""):
    global failed
    failed = failed or not holds
    print(f"ok {what}" if holds else f"FAIL {what}: {why}")


def read(path):
    with open(path, "rb") as file:
        raw = file.read()
    return raw, message_from_bytes(raw, policy=policy.default)


def text(message):
    return "\n".join(
        part.get_content()
        for part in message.walk()
        if part.get_content_type() == "text/plain"
    )


def words(string):
    """How lines are indented and folded is the mail's own business."""
    return " ".join(string.split())


def faults(raw, message):
    """Everything that Python's parser, or the wire format itself, has to say against a message."""
    for part in message.walk():
        for name, value in part.items():
            for defect in value.defects:
                yield f"{name}: {defect!r}"
        if not part.is_multipart():
            if part.get_content_maintype() == "text":
                try:
                    part.get_content(errors="strict")
                except (LookupError, UnicodeError) as error:
                    yield f"{part.get_content_type()}: {error!r}"
            else:
                part.get_content()
            encoding = str(part.get("Content-Transfer-Encoding", "7bit")).lower()
            if encoding == "7bit" and not part.as_bytes().isascii():
                yield "a 7bit part holds 8-bit octets"
        # Last: some defects are found only when the content is decoded.
        for defect in part.defects:
            yield f"{part.get_content_type()}: {defect!r}"
    if not raw.partition(b"\n\n")[0].isascii():
        yield "the header is not ASCII"
    if b"\r" in raw:
        yield "a carriage return is left in it"
    if (longest := max(map(len, raw.split(b"\n")))) > 998:
        yield f"a line of {longest} octets (RFC 5322 2.1.1: 998)"


def check_form(what, raw, message):
    found = list(faults(raw, message))
    check(f"{what}: Python's email finds no defect in it", not found, "; ".join(found))
    for name in ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version"):
        count = len(message.get_all(name, []))
        if count != 1:
            check(f"{what}: has one {name}", False, f"it has {count}")
    identity = str(message["Message-ID"])
    check(
        f"{what}: Message-ID is on the sender's domain",
        re.fullmatch(r"<[^<>@\s]+@me\.example>", identity),
        identity,
    )
    try:
        age = datetime.now(timezone.utc) - message["Date"].datetime
        check(f"{what}: Date is now", abs(age) < timedelta(minutes=10), f"{age} ago")
    except (AttributeError, TypeError) as error:
        check(f"{what}: Date is an instant", False, f"{message['Date']}: {error}")


def people(header):
    return [(a.display_name, a.addr_spec) for a in header.addresses] if header else []


def machine_names():
    names = {socket.gethostname().lower(), socket.getfqdn().lower()}
    names |= {name.partition(".")[0] for name in names}
    return {name for name in names if name and not name.startswith("localhost")}


def ask(path, number, application):
    raw, message = read(path)
    check_form("ask", raw, message)
    automatic = str(message["Auto-Submitted"])
    check("ask: Auto-Submitted: auto-generated", automatic == "auto-generated", automatic)
    check("ask: goes to the person", [a for _, a in people(message["To"])] == [SENDER[1]], message["To"])
    content = text(message)
    check(
        f"ask: tells to type `followup approve {number}`",
        re.search(rf"\bfollowup approve {number}\b", content),
        content,
    )
    for name in ("subject", "body"):
        wanted = words(application[name])
        check(f"ask: shows the {name} of the letter", wanted and wanted in words(content), content)


def letter(path, application):
    raw, message = read(path)
    check_form("letter", raw, message)
    check("letter: From", people(message["From"]) == [SENDER], message["From"])
    check("letter: To", people(message["To"]) == [RECIPIENT], message["To"])
    check("letter: Subject is the approved one", message["Subject"] == application["subject"], message["Subject"])
    check("letter: MIME-Version: 1.0", message["MIME-Version"] == "1.0", message["MIME-Version"])
    check("letter: is text/plain", message.get_content_type() == "text/plain", message.get_content_type())
    body = message.get_content() if not message.is_multipart() else ""
    approved = application["body"].replace("\r\n", "\n")
    check(
        "letter: body is the approved one, to the letter",
        body.rstrip("\n") == approved.rstrip("\n") != "",
        f"\n{body!r} is not\n{approved!r}",
    )
    check("letter: bounces go to the sender", message["Return-Path"] == f"<{SENDER[1]}>", message["Return-Path"])

    # This Postfix looks no name up, so in its Received, too, only the client's EHLO could name us.
    header = raw.partition(b"\n\n")[0].decode("ascii", "replace").lower()
    naming = [line for line in header.splitlines() if "followup" in line]
    check("letter: no header names this program", not naming, naming)
    names = machine_names()
    tokens = {t for t in re.findall(r"[\w.-]+", header) if not t.endswith(".example")}
    naming = sorted(t for t in tokens if t in names or t.partition(".")[0] in names)
    check("letter: no header, nor EHLO, names this machine", not naming, naming)


def copy(path, others):
    wanted = read(path)[1]
    check("letter: has no Bcc", "Bcc" not in wanted, wanted["Bcc"])
    copies = [m for _, m in map(read, others) if m["Message-ID"] == wanted["Message-ID"]]
    check("copy: reaches the person once", len(copies) == 1, f"{len(copies)} of {len(others)} mails")
    for each in copies:
        check("copy: has no Bcc", "Bcc" not in each, each["Bcc"])
        check("copy: reads as the letter does", text(each) == text(wanted) and each["To"] == wanted["To"], str(each))


def on_the_wire(address):
    """The domain in ASCII; what stands before it as it is."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{domain.encode('idna').decode('ascii')}"


def same(path, application, other, sender):
    raw, message = read(path)
    found = list(faults(raw, message))
    if not application["contact"]["email"].rpartition("@")[0].isascii():
        # RFC 6532, which Python knows only where it is given text; and it calls each such address a defect.
        message = message_from_string(raw.decode(), policy=policy.default.clone(utf8=True))
        found = faults(raw, message)
        found = [it for it in found if "NonASCIILocalPartDefect" not in it and it != "the header is not ASCII"]
    check("Python's email finds no defect in it", not found, "; ".join(found))
    mine = {
        "from": [list(one) for one in people(message["From"])],
        "to": [list(one) for one in people(message["To"])],
        "subject": message["Subject"],
        # Text in base64 has the line ends of the wire (RFC 2046, 4.1.1).
        "body": message.get_content().replace("\r\n", "\n"),
        "references": str(message["References"] or "").split(),
        "in_reply_to": str(message["In-Reply-To"] or "").split(),
    }
    contact, thread = application["contact"], application["thread"] or {"references": []}
    wanted = {
        "from": [[sender[0], on_the_wire(sender[1])]],
        "to": [[contact["name"], on_the_wire(contact["email"])]],
        "subject": application["subject"],
        "body": application["body"],
        "references": thread["references"],
        "in_reply_to": thread["references"][-1:],
    }
    for parser, reading in (("Python's email", mine), ("mail-parser", other)):
        for name, value in wanted.items():
            got = reading[name]
            if name == "body":
                value, got = value.rstrip("\n"), got.rstrip("\n")
            check(f"as {parser} reads it, {name} is what was approved", got == value, f"{got!r} is not {value!r}")


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


match sys.argv[1:]:
    case ["find", wanted, *paths]:
        for path in paths:
            message = read(path)[1]
            if re.search(rf"\b{re.escape(wanted)}\b", text(message)):
                print(path)
                sys.exit()
        sys.exit(1)
    case ["field", names, path]:
        value = load(path)
        for name in names.split("."):
            value = value[name]
        print(value)
    case ["ask", path, number, document]:
        ask(path, number, load(document)["application"])
    case ["letter", path, document]:
        letter(path, load(document)["application"])
    case ["same", path, document, other, name, address]:
        same(path, load(document)["application"], load(other), (name, address))
    case ["copy", path, *others]:
        copy(path, others)
    case _:
        sys.exit(__doc__)
sys.exit(1 if failed else 0)
