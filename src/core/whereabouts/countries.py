#!/usr/bin/env python3
"""Writes countries.txt anew, from the time zone database as the system has it:

    src/core/whereabouts/countries.py >new.txt

Needs nothing but Python and the tzdata package, with its zone.tab. Look at what changed before you take it.
"""

import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

TABLE = Path("/usr/share/zoneinfo/zone.tab")
# Kazakhstan brought its clocks together in March 2024, so what differed until then counts no more.
FIRST, LAST = datetime(2024, 3, 1, tzinfo=timezone.utc), datetime(2036, 1, 1, tzinfo=timezone.utc)
# The first zone in the table is that of the largest city, as its head says, but where the map comes first.
LARGEST = {"UZ": "Asia/Tashkent"}
# Zones that no employer of the country means: by law all of China has the clocks of Beijing, and the table counts
# Crimea, whose clocks are those of Moscow, to Ukraine.
LEFT_OUT = {"Asia/Urumqi", "Europe/Simferopol"}
# Not in ISO 3166, but with a calling code and a two-letter code that everybody uses.
ADDED = {"XK": ["Europe/Belgrade"]}

HEAD = """\
# Countries by their ISO 3166 codes, and the time zone of each where all of it has the same clocks; `-` where they differ.
# From the time zone database {version} (public domain). Written by countries.py, which says what differs from it and why.
"""


def clocks(zone):
    """The offsets from UTC, one for each half day; every change of the clocks moves one of them."""
    instants = range(int((LAST - FIRST) / timedelta(hours=12)))
    return [(FIRST + timedelta(hours=12 * at)).astimezone(ZoneInfo(zone)).utcoffset() for at in instants]


def zones_of_countries():
    zones = {code: list(names) for code, names in ADDED.items()}
    for line in TABLE.read_text().splitlines():
        if not line.startswith("#"):
            code, _, zone = line.split("\t")[:3]
            if zone not in LEFT_OUT:
                zones.setdefault(code, []).append(zone)
    return dict(sorted(zones.items()))


def main():
    version = (TABLE.parent / "tzdata.zi").read_text().split("\n", 1)[0].removeprefix("# version ")
    print(HEAD.format(version=version))
    for code, zones in zones_of_countries().items():
        first = clocks(zones[0])
        is_one = all(clocks(other) == first for other in zones[1:])
        zone = LARGEST.get(code, zones[0])
        if zone not in available_timezones() or zone not in zones:
            sys.exit(f"{zone} is no zone of {code}")
        print(code, "", zone if is_one else "-")


if __name__ == "__main__":
    main()
