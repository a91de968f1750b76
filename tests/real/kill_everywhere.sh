#!/usr/bin/env bash
# `kill -9` of the unchanged program at every system call by which it changes a file or speaks to the mail server, in
# every command that matters: strace counts the calls and strikes before the n-th, for every n until a run passes through
# untouched. After each the program is started again, three times at once and three times hours later. The witnesses are
# the mail server's own log and the files: never a second letter, never a second try of one that was begun, nothing lost
# in silence, what was said to be done is done, nothing is done by half, every file is whole and nobody else's to read.
# The same with SIGTERM while a letter goes: the send in hand is finished and recorded.
#
#   tests/real/kill_everywhere.sh     as root on Debian or Ubuntu (installs strace and faketime if they are missing)
#   FOLLOWUP=PATH ...                 this binary instead of `cargo build` and target/debug/followup
#   COUNT=1 ...                       so many kills of each series at the most, spread over it, instead of all
#   SCENARIOS='tick backup' ...       these alone, by their names in scenarios.py, a dash for each space

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"
# shellcheck source=tests/real/strace_rig.sh
. "$here/strace_rig.sh"

began=$SECONDS

# strikes COUNT PROOF NAME: as kill_everywhere.py says.
strikes() {
    "$python" "$here/kill_everywhere.py" "${3//-/ }" "$binary" "$faketime_library" "$memory/$3$2" "$smtp_port" \
        "$server_log" "$1" "$2"
}

# A rig that finds nothing proves nothing: it has to find this fault, which is of its own making.
proof() {
    local what=$1 scenario=$2 proof=$3 words=$4
    start_server "$scenario-$proof"
    strikes 1 "$proof" "$scenario" >"$work/said" 2>&1
    check "it finds $what" grep -q "$words" "$work/said" || cat "$work/said"
}

pass "$("$binary" --version), $(strace --version | head -n 1)"
for_each_scenario strikes "${COUNT:-0}" ''
proof 'a second letter, when the home forgets what was claimed' tick forgets 'a DUPLICATE'
proof 'a lost letter, when the database is taken away' tick loses 'it was lost'
proof 'what was said to be done and is not there' approve loses 'it was approved, and did not go'
proof 'a file that others can read' add opens 'can be read by others'
printf '        struck in %s s: %s\n' "$((SECONDS - began))" "$(count_lines "$memory"/*/struck)"
