"""Judges what `llvm-cov export` says: every region and branch is run by a test, or argued.

    coverage.py EXPORT ARGUED [-v] SOURCE...

ARGUED is docs/coverage.md: under a heading `### SOURCE` a list of pieces of code in backticks, each with the reason why
no test runs it. A gap is argued if one of these pieces stands in the line where it begins. What is argued although it
is run is a failure too: it would hide the next gap there.
"""

import json
import re
import sys
from collections import defaultdict
from pathlib import Path

CODE = 0


def read_counts(export):
    """Of each file: how often each region was run, and each branch taken and not taken, in all programs together."""
    regions, branches = defaultdict(lambda: defaultdict(int)), defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for function in json.loads(Path(export).read_text())["data"][0]["functions"]:
        files = function["filenames"]
        for *place, count, file, _, kind in function["regions"]:
            if kind == CODE:
                regions[files[file]][tuple(place)] += count
        for *place, taken, not_taken, file, _, _ in function["branches"]:
            sides = branches[files[file]][tuple(place)]
            sides[0] += taken
            sides[1] += not_taken
    return regions, branches


def gaps(regions, branches, lines):
    """Places that no test runs, one for each line, and conditions that are always or never true."""
    found, seen = [], set()
    for place in sorted(place for place, count in regions.items() if count == 0):
        line, column = place[:2]
        # The way past a block without `else` ends in its brace, and is a side of its condition.
        if line not in seen and lines[line - 1][column - 1 :].strip() != "}":
            found.append((place, "not run"))
            seen.add(line)
    for place, (taken, not_taken) in branches.items():
        if bool(taken) != bool(not_taken):
            found.append((place, "never true" if not_taken else "never false"))
    return sorted(found)


def read_argued(path):
    """Of each source: the pieces of code and why they are not run."""
    argued, source, piece = defaultdict(dict), None, None
    for line in Path(path).read_text().splitlines():
        if heading := re.match(r"### `?(src/\S+?)`?$", line):
            source, piece = heading[1], None
        elif source and (item := re.match(r"- `(.+?)`:? *(.*)", line)):
            piece = item[1]
            argued[source][piece] = item[2]
        elif source and piece and line.startswith("  "):
            argued[source][piece] += f" {line.strip()}"
    return argued


def main():
    export, argued_in, verbose, *sources = sys.argv[1:]
    all_regions, all_branches = read_counts(export)
    argued = read_argued(argued_in)
    for source in sources:
        path = str(Path(source).resolve())
        regions, branches = all_regions[path], all_branches[path]
        lines = Path(source).read_text().splitlines()
        unused, open_gaps, reasons = set(argued[source]), [], []
        for (line, column, *_), what in gaps(regions, branches, lines):
            text = lines[line - 1]
            pieces = [piece for piece in argued[source] if piece in text]
            unused -= set(pieces)
            where = f"{source}:{line}:{column}: {what}: {text[column - 1 :].strip()}"
            if pieces:
                reasons.append(f"  {where}\n    {argued[source][pieces[0]]}")
            else:
                open_gaps.append(f"  {where}")
        sides = [bool(side) for both in branches.values() for side in both]
        run = sum(count > 0 for count in regions.values())
        figures = f"{run} of {len(regions)} regions, {sum(sides)} of {len(sides)} sides of branches"
        wrong = open_gaps + [f"  argued, but run: {piece}" for piece in sorted(unused)]
        ok = regions and not wrong
        print(f"{'ok' if ok else 'FAIL'} {source}: {figures}{f', {len(reasons)} gaps argued' if reasons else ''}")
        print("\n".join(wrong + (reasons if verbose else [])))


if __name__ == "__main__":
    main()
