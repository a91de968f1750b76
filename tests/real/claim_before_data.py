"""Shows from what strace recorded of a sending look that the claim was on the disk before the letter was begun.

The claim is what names the letter's Message-ID. Written to the database's log, it must have been synced, and nothing
written to the database since may wait for its sync, when MAIL and when DATA go out to the server.
"""

from dataclasses import replace

# And what is kept beside it of letters in hand, where there is such a file.
DATABASE = ("followup.db", "followup.db-wal", "followup.db.sent")


def what_is_wrong(recorded, message_id):
    """Why it is not so, or `None`."""
    paths, waiting, is_claimed = {}, [], False
    for one in recorded:
        name = one.path.rpartition("/")[2]
        if one.what == "open" and name in DATABASE:
            paths[one.handle] = name
        elif one.what in ("write", "truncate") and one.handle in paths:
            waiting.append(paths[one.handle])
            is_claimed = is_claimed or message_id.encode() in one.data
        elif one.what == "sync" and one.handle in paths:
            waiting = [name for name in waiting if name != paths[one.handle]]
        elif one.what == "say" and one.data[:4] in (b"MAIL", b"DATA"):
            verb = one.data[:4].decode()
            if not is_claimed:
                return f"{verb} was said before the claim was written"
            if waiting:
                return f"{verb} was said while {len(waiting)} writes to {waiting[0]} were not synced"
            if verb == "DATA":
                return None
    return "the letter was never begun"


def judge(recorded, events):
    message_id = next(event["message_id"] for event in events if event["event"] == "accepted").strip("<>")
    wrong = what_is_wrong(recorded, message_id)
    print(f"{'FAIL' if wrong else 'ok'} the claim was synced before MAIL and DATA went out: {wrong or 'by the recording'}")
    if wrong:
        return
    # A check that cannot fail proves nothing: recordings as they would be, were it not so.
    said = lambda verb: next(at for at, one in enumerate(recorded) if one.what == "say" and one.data[:4] == verb)
    mail, data = said(b"MAIL"), said(b"DATA")
    claim = next(at for at, one in enumerate(recorded) if one.what == "write" and message_id.encode() in one.data)
    sync = next(at for at in range(claim, mail) if recorded[at].what == "sync")
    rest = recorded[sync + 1 :]
    mail, data = mail - sync, data - sync
    doctored = {
        "without that sync": recorded[:sync] + rest,
        "with that sync only after DATA": recorded[:sync] + rest[:data] + [recorded[sync]] + rest[data:],
        "with that sync on another file": recorded[:sync] + [replace(recorded[sync], handle=0)] + rest,
        "with the claim after MAIL": recorded[:claim] + rest[:mail] + recorded[claim : sync + 1] + rest[mail:],
        "with one more write before DATA": recorded[: sync + 1] + rest[: data - 1] + [recorded[claim]] + rest[data - 1 :],
    }
    for what, recording in doctored.items():
        found = what_is_wrong(recording, message_id)
        print(f"{'ok' if found else 'FAIL'} a recording {what} is found out: {found}")
