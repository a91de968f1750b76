#!/usr/bin/env bash
# The power goes at every instant of a command. strace records each write of the unchanged program to its files; they are
# replayed up to that instant, once with what was synced alone, and in the other ways in which a disk may keep the rest:
# files torn in sectors, later writes without earlier ones, names without data, data without names. The program is started
# on what is left, and judged by the mail server's own log and the files, as in kill_everywhere.sh: what had been said to
# be done is there, a letter that had been begun is never begun again, the database is whole, `check` is content.
# From the same recording: the claim was synced before MAIL and DATA went out.
#
#   tests/real/power_loss.sh      as root on Debian or Ubuntu (installs strace and faketime if they are missing)
#   FOLLOWUP=PATH ...             this binary instead of `cargo build` and target/debug/followup
#   COUNT=8 ...                   so many losses of each command, spread over it, instead of all that differ
#   SCENARIOS='tick backup' ...   these alone, by their names in scenarios.py, a dash for each space

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"
# shellcheck source=tests/real/strace_rig.sh
. "$here/strace_rig.sh"

began=$SECONDS
# Commands alone: what a daemon or an editor does besides is another process's, or comes at any time.
SCENARIOS=$(scenario_names | grep -v -e '^daemon$' -e '^edit-in-an-editor$')

# losses COUNT PROOF NAME: as power_loss.py says.
losses() {
    "$python" "$here/power_loss.py" "${3//-/ }" "$binary" "$faketime_library" "$memory/$3$2" "$smtp_port" "$server_log" \
        "$1" "$2"
}

# A rig that finds nothing proves nothing: a program that never syncs has to be found out.
proof() {
    local what=$1 scenario=$2 words=$3
    start_server "$scenario-unsynced"
    losses 0 unsynced "$scenario" >"$work/said" 2>&1
    check "it finds $what, when nothing is synced" grep -q "$words" "$work/said" || cat "$work/said"
}

pass "$("$binary" --version), $(strace --version | head -n 1)"
for_each_scenario losses "${COUNT:-0}" ''
proof 'a second try of a letter' tick 'a DUPLICATE\|a second try'
proof 'an approval that is not there' approve 'it was approved, and did not go'
printf '        replayed in %s s: %s\n' "$((SECONDS - began))" "$(count_lines "$memory"/*/struck)"
