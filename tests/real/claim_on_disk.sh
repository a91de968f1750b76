#!/usr/bin/env bash
# The claim is on disk before the letter leaves: what the unchanged program asks of the system while it sends is written
# down by strace, and what it wrote into the database must be synced before it says MAIL and before it says DATA.
#
#   tests/real/claim_on_disk.sh     as root on Debian or Ubuntu (installs strace and faketime if they are missing)
#   FOLLOWUP=PATH ...               this binary instead of `cargo build` and target/debug/followup

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"
need strace strace

start_server server
new_home home "$at_any_time"
program() {
    HOME=$work "$binary" --home "$home" "$@" </dev/null
}
{
    program add --company Globex --position Analyst --contact 'Jane Doe <jane@globex.example>' \
        --interviewed '16 days ago' --promised '13 days ago' && program draft 1 && program approve 1
} >/dev/null || give_up "a letter can be approved"

calls=$work/calls
HOME=$work strace -f -y -s 40 -o "$calls" -e trace=write,pwrite64,sendto,fsync,fdatasync \
    "$binary" --home "$home" tick >"$work/tick.log" 2>&1 </dev/null ||
    unavailable "strace cannot follow the program: $(tail -n 3 "$work/tick.log")"

# synced_before COMMAND: what was written after the login, the claim, is synced when COMMAND is said.
synced_before() {
    awk -v command="\"$1" '
        /sendto\(.*"AUTH/ { written = 0; synced = 0 }
        /write(64)?\(.*followup\.db-wal>/ { written = NR; synced = 0 }
        /sync\(.*followup\.db-wal>/ { synced = NR }
        /sendto\(/ && index($0, command) {
            said = 1
            if (!written) { print "nothing was written before line " NR; exit 1 }
            if (!synced) { print "line " written " is not synced before line " NR; exit 1 }
            exit
        }
        END { if (!said) { print "it was never said"; exit 1 } }' "$calls"
}

check "the letter was sent" grep -q 'sent 1' "$work/tick.log"
check "the claim is synced before MAIL" synced_before 'MAIL FROM'
check "the claim is synced before DATA" synced_before 'DATA'
