"""The faults of mail_server.py.

A fault is `WHAT-WHERE`. What: a reply code (421 hangs up too), `drop`, `garbage` (no reply), `half` (of a reply, then
drop), `trickle` (byte by byte), `slow` (the usual reply, late), `refuse` (nobody listens for a while). Where: a phase
at which the reply is due; `copy` is the second RCPT, at `dot` the message is lost, at `accepted` it is taken.
"""

ON_CONNECTIONS = {
    "connected": "refuse drop 421 554 garbage half trickle slow",
    "ehlo": "drop 421 451 garbage trickle",
    "auth": "drop 454 535 421 garbage",
}
ON_MESSAGES = {
    "mail": "drop 421 451 452 550 garbage trickle",
    "rcpt": "drop 421 450 451 550 553 garbage half slow",
    "copy": "drop 421 450 550",
    "data": "drop 421 451 554 garbage trickle",
    "body": "drop",
    "dot": "drop 421 451 452 550 554",
    "accepted": "drop slow garbage half trickle",
}

WITHOUT_LINE_END = ("half", "drop", "refuse")
HANGS_UP = ("half", "drop", "refuse", "421")
# The usual answer was given in the end.
GOES_ON = (None, "slow", "trickle")


def draw(faults, random):
    """One of `faults`, as (WHAT, WHERE): each place is as likely as any other."""
    where = random.choice(sorted(faults))
    return random.choice(faults[where].split()), where


def words(what, usual):
    """What is said in place of `usual`, without the line end."""
    if what and what.isdigit():
        return f"{what} on purpose"
    return {"garbage": "\x07 what?", "half": usual[:2], "refuse": "", "drop": ""}.get(what, usual)
