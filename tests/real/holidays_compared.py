"""The public holidays that the program knows against those of Python's `holidays` package.

(Not called holidays.py: Python would take it for the package.)

Weekdays alone are compared: a Saturday or a Sunday is no business day anyway. Each difference must stand in the file of
differences, a line each, whose four parts have two blanks or more between them:

    ours      PLACES  DATES  REASON    the program has these days, the package does not
    theirs    PLACES  DATES  REASON    the package has these days, the program does not
    more      PLACES  -      REASON    the package has more days of the region's own; ours are still compared with it
    country   PLACES  -      REASON    the program counts the days of the whole country there, and is compared with those
    as OTHER  PLACE   -      REASON    the package does not know the region; it is compared with OTHER
    unknown   PLACES  -      REASON    the package knows this region, the program does not

PLACES are patterns such as `DE-BY` or `BR*`, DATES have blanks between them. A line that nothing needs is a failure.
"""

import fnmatch
import json
import os
import subprocess
import sys
from datetime import date

import holidays
from holidays.utils import list_supported_countries

COUNTRIES = "US GB DE FR ES IN CN JP BR".split()
YEARS = (2026, 2027, 2028)
# In Brazil the program counts some of the optional points, so they are asked for too.
CATEGORIES = {"BR": ("public", "optional")}
# So many weekdays of three years may be missing of a country that the program says it knows.
MISSING_AT_MOST = 8


class Line:
    """A line of the file of differences."""

    def __init__(self, number, text):
        self.number = number
        parts = [part.strip() for part in text.split("  ") if part.strip()]
        if len(parts) != 4:
            sys.exit(f"line {number}: not four parts: {text}")
        self.kind, self.places, self.dates, self.reason = parts[0], parts[1].split(), parts[2].split(), parts[3]
        if self.kind.split()[0] not in ("ours", "theirs", "more", "country", "as", "unknown"):
            sys.exit(f"line {number}: {self.kind} is no kind of difference")
        self.unused = set(self.dates)

    def is_of(self, kind, place):
        return self.kind.split()[0] == kind and any(fnmatch.fnmatchcase(place, it) for it in self.places)

    def use(self, day="-"):
        self.unused.discard(day)


def read(path):
    with open(path, encoding="utf-8") as file:
        lines = [(number, line.split("#")[0].rstrip()) for number, line in enumerate(file, 1)]
    return [Line(number, text) for number, text in lines if text]


def ask(program, home, place, year):
    """What the program says of `place` and `year`; `None` where it has no data of the place."""
    command = [program, "--home", home, "holidays", place, "--year", str(year), "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, env={"HOME": home})
    if answer.returncode == 2:
        return None
    if answer.returncode != 0:
        sys.exit(f"{command} ended with {answer.returncode}: {answer.stderr}")
    return json.loads(answer.stdout)


def weekdays(days):
    return {str(day): name for day, name in days.items() if day.weekday() < 5}


def ours(program, home, place):
    found = {}
    for year in YEARS:
        said = ask(program, home, place, year)
        if said is None or not said["known"]:
            return None
        found.update({date.fromisoformat(it["date"]): it["name"] for it in said["holidays"]})
    return weekdays(found)


def theirs(place, years=YEARS):
    country, _, region = place.partition("-")
    found = {}
    for year in years:
        given = {"categories": CATEGORIES[country]} if country in CATEGORIES else {}
        found.update(holidays.country_holidays(country, subdiv=region or None, years=year, **given).items())
    return weekdays(found)


def compare(program, home, lines, place, known):
    """The differences of one place that stand nowhere, as lines for the file."""

    def lines_of(kind):
        return [line for line in lines if line.is_of(kind, place)]

    country = place.partition("-")[0]
    with_whom = place
    for line in lines_of("country"):
        line.use()
        with_whom = country
    for line in lines_of("as"):
        line.use()
        with_whom = line.kind.split()[1]
    if with_whom == place and place != country and place not in known:
        return [f"as ...  {place}  -  ?"]
    mine = ours(program, home, place)
    if mine is None:
        return [f"the program does not know {place} in all of {YEARS}"]
    other = theirs(with_whom)
    wide = lines_of("more")
    of_the_country = theirs(country) if wide else {}
    left = []
    for kind, days in (("ours", mine.keys() - other.keys()), ("theirs", other.keys() - mine.keys())):
        for day in sorted(days):
            expected = [line for line in lines_of(kind) if day in line.dates]
            for line in expected:
                line.use(day)
            if not expected and kind == "theirs" and wide and day not in of_the_country:
                for line in wide:
                    line.use()
                continue
            if not expected:
                left.append(f"{kind}  {place}  {day}  ? ({(mine if kind == 'ours' else other)[day]})")
    return left


def tell(what, wrong):
    print(f"{'FAIL' if wrong else 'ok'} {what}")
    for line in wrong if os.environ.get("SHOW") else wrong[:12]:
        print(f"    {line}")


def the_nine(program, home, lines):
    for country in COUNTRIES:
        known = {f"{country}-{region}" for region in list_supported_countries()[country]}
        regions = {f"{country}-{region}" for region in ask(program, home, country, YEARS[0])["regions"]}
        left = []
        for place in sorted(known - regions):
            expected = [line for line in lines if line.is_of("unknown", place)]
            for line in expected:
                line.use()
            if not expected:
                left.append(f"unknown  {place}  -  ?")
        for place in [country, *sorted(regions)]:
            left += compare(program, home, lines, place, known)
        tell(f"{country}: each weekday of {YEARS[0]} to {YEARS[-1]} is as they have it, {1 + len(regions)} calendars", left)


def the_others(program, home):
    """A country of which the program says that it knows the year lacks little."""
    poor, count = [], 0
    for country in sorted(list_supported_countries()):
        said = None if country in COUNTRIES else ours(program, home, country)
        if said is not None:
            count += 1
            missing = sorted(theirs(country).keys() - said.keys())
            if len(missing) > MISSING_AT_MOST:
                poor.append(f"{country} lacks {len(missing)}: {' '.join(missing)}")
    if count < 50:
        poor.append(f"only {count} countries were compared")
    tell(f"{count} other countries that it says it knows lack {MISSING_AT_MOST} weekdays at most in three years", poor)


def main():
    program, home, path = sys.argv[1:]
    lines = read(path)
    the_nine(program, home, lines)
    the_others(program, home)
    idle = [f"line {line.number}: {line.kind} {' '.join(line.places)} {' '.join(sorted(line.unused))}" for line in lines if line.unused]
    tell("every difference that is written down is still one", idle)


if __name__ == "__main__":
    main()
