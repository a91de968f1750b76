#!/usr/bin/env bash
# What the program does when its disk fails. The witness is the mail server's own log, and the file system.
#
# 1. The n-th write, sync, open, ... fails, for every n until nothing fails any more (strace), while something is added,
#    approved, edited, taken back, answered, asked for, sent, backed up, migrated, set up, forgotten.
# 2. A small file system that is full but for k pages, for every k until there is room enough; and then there is room.
# 3. A database that is damaged: flipped bytes, a log that is cut off, another file in its place.
# 4. Backups while others write.
#
# No letter goes twice, nothing that was said to be done is lost, what fails says what to do, and goes on when the fault
# is over. A damaged database is not touched, and nothing goes from it that was not approved.
#
#   tests/real/storage_faults.sh     as root on Debian or Ubuntu (installs strace, faketime if they are missing); without
#                                    root the second part is left out
#   FOLLOWUP=PATH ...                this binary instead of `cargo build` and target/debug/followup
#   STRIDE=1 COUNT=400 ...           every n, instead of every 40th; so many flipped bytes, instead of 30
#   SEED=2 ...                       other bytes
#   PARTS='errors full' ...          only these of errors, full, damage, backups; ONLY=approve: only that of the first

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
need strace strace
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"

stride=${STRIDE:-40} count=${COUNT:-30} seed=${SEED:-1}
export TMPDIR=$work

servers=()
for number in 1 2; do
    start_server "server-$number"
    servers+=("$smtp_port:$server_log")
done

has_part() {
    [[ " ${PARTS:-errors full damage backups} " == *" $1 "* ]]
}

part() {
    local name=$1
    shift
    checks "$python" "$here/$name.py" "$binary" "$work" "$@"
}

pass "$("$binary" --version): every ${stride}th fault, $count flipped bytes drawn with $seed"
if has_part errors; then
    part disk_errors "$stride" "${servers[@]}"
    part daemon_errors "$stride" "${servers[@]}"
fi
if has_part full; then
    mounted=$work/small
    mkdir "$mounted"
    if [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o size=600k small "$mounted" 2>"$work/mount.err"; then
        at_exit umount "$mounted"
        part full_disk $(((stride + 3) / 4)) "$mounted" "${servers[0]}"
    else
        printf '        left out: a full file system, since none can be mounted here. %s\n' "$(cat "$work/mount.err" 2>&1)"
    fi
fi
if has_part damage; then
    part damage "$count" "$seed" "${servers[@]}"
fi
if has_part backups; then
    part backup_loop $((count / 2)) "${servers[0]}"
fi
