#!/usr/bin/env bash
# The sandbox and the whole suite on days that are not today: a Sunday at 23:00, the last minutes of a year, and the
# night on which a far year's clocks change. Debian's faketime moves the clock of the unchanged program.
#
#   tests/real/other_days.sh       as root on Debian or Ubuntu (installs faketime if it is missing)

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
cd "$here/../.." || exit 1

need faketime faketime
# Only the wall clock: time-outs are measured as always.
export FAKETIME_DONT_FAKE_MONOTONIC=1
unset "${!FOLLOWUP@}"

# Each test file is a program; built before, so that no compiler sees another day.
programs=$(cargo test --no-run 2>&1 | sed -n 's/^ *Executable .*(\(.*\))$/\1/p')
[ -n "$programs" ] || give_up "the tests build"
cargo build --quiet || give_up "the program builds"
binary=${CARGO_TARGET_DIR:-target}/debug/followup

letter_arrives() {
    faketime -f "$1" "$binary" try --yes | grep -q '^Subject: Analyst position'
}

for moment in '2026-11-29 23:00:00' '2027-12-31 23:58:30' '2029-03-11 01:58:30'; do
    # A distance, not a moment: every process that a test starts must see the same clock.
    distance=+$(($(date -d "$moment" +%s) - $(date +%s)))s
    check "$moment: the sandbox ends with the letter" letter_arrives "$distance"
    for program in $programs; do
        name=$(basename "$program")
        check "$moment: ${name%-*}" faketime -f "$distance" "$program" --quiet
    done
done
