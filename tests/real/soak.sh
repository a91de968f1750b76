#!/usr/bin/env bash
# Half an hour with a mail server that fails a fifth of the time in every way there is, a person who approves, settles,
# recalls and hears, and, in the first half, a daemon that is restarted and killed at random. The clock runs fast, so
# that weeks pass. Then the faults stop, and when all is at rest the server's log and the person's decisions are laid
# side by side: nothing twice, nothing unapproved, nothing lost; and the daemon has not grown.
#
#   tests/real/soak.sh      as root on Debian or Ubuntu (installs faketime if it is missing)
#   FOLLOWUP=PATH ...       this binary instead of `cargo build` and target/debug/followup
#   MINUTES=2 ...           how long the faults last, instead of 30
#   APPLICATIONS=N SEED=N   how many (500; 100 in a short run), and another course of things

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"

minutes=${MINUTES:-30}
[ "$minutes" -ge 10 ] && applications=500 || applications=100
applications=${APPLICATIONS:-$applications}
seed=${SEED:-1}
RANDOM=$seed
# Windows open day by day, and all have opened when nine tenths of the time are over.
if [ "$minutes" -ge 10 ]; then days=28; else days=10; fi
zones=(Europe/Berlin America/New_York Asia/Tokyo Pacific/Auckland Europe/London America/Los_Angeles Asia/Kolkata)
seconds=$((minutes * 60))
sample_every=10
[ "$minutes" -ge 10 ] || sample_every=$minutes

# Each with its window opening on a day of its own, at midnight where the recipient is. As another program would.
write_applications() {
    local id sql='BEGIN;'
    for ((id = 1; id <= applications; id++)); do
        sql+="INSERT INTO applications(company, position, contact_name, contact_email, timezone)
            VALUES ('Company $id', 'Analyst', 'Jane Doe', 'jane.$id@globex.example', '${zones[id % ${#zones[@]}]}');
            INSERT INTO interviews(application_id, held_on, round, promised_on)
            VALUES (last_insert_rowid(), '2027-01-20', 2, date('2027-01-26', '+$((id * days * 9 / 10 / applications)) days'));"
    done
    "${by_moved_clock[@]}" sqlite3 -bail -cmd '.timeout 10000' "$home/followup.db" <<<"$sql COMMIT;"
}

# The clock runs by itself, in steps of half a second of the real one. Only this moves it.
run_clock() {
    local step=$((days * 86400 / seconds / 2))
    while sleep 0.5; do
        clock_forward "$step"
    done
}

# FIELD of the daemon's memory, in kB.
memory() {
    sed -n "s/^$1:[^0-9]*\([0-9]*\) kB/\1/p" "/proc/$daemon/status"
}

# The fewest descriptors within three seconds: none of a connection, none of the clock's file.
descriptors() {
    local fewest=9999 open
    for _ in {1..30}; do
        open=$(find "/proc/$daemon/fd" -mindepth 1 2>/dev/null | wc -l)
        [ "$open" -ge "$fewest" ] || fewest=$open
        sleep 0.1
    done
    echo "$fewest"
}

restart_daemon() {
    if [ $((RANDOM % 2)) -eq 0 ]; then
        stop_daemon || fail "SIGTERM ends the daemon, exit 0" "$(tail -n 5 "$daemon_log")"
        terms=$((terms + 1))
    else
        kill_daemon
        kills=$((kills + 1))
    fi
    start_daemon
}

# By a tenth at most. A short run ends while SQLite still fills its page cache: half a megabyte is forgiven there.
grew_little() {
    local most=$(($1 * 11 / 10))
    [ "$minutes" -ge 10 ] || [ "$most" -ge $(($1 + 512)) ] || most=$(($1 + 512))
    echo "$1 kB after the warm-up, $2 kB at the end"
    [ "$2" -le "$most" ]
}

person_is_done() {
    ! kill -0 "$person"
}

mkdir "$work/mails"
touch "$work/faults"
clock_to '2027-02-01 08:00:00Z'
start_server server --clock "$clock" --faults "$work/faults" --share 0.2 --seed "$seed" --keep "$work/mails"
# One letter to each application: what is counted here is that none goes twice, and a course of several would not end.
new_home soak "$at_any_time
[etiquette]
profile = \"letter\"
[[strategy.letter]]
rule = \"promise\"
opens = \"5 business days\"
closes = \"15 business days\""
show_on_failure "$home/daemon.err"
followup status >/dev/null
check "$applications applications are written" write_applications || exit 1
at_exit kill_daemon
start_daemon
run_clock &
at_exit stop_process $!
"$python" "$here/soak_person.py" "$(printf '%s\n' "${by_moved_clock[@]}" "$binary")" "$home" "$server_log" \
    "$work/decisions" "$work/leave" "$seed" >"$work/person" 2>"$work/person.err" </dev/null &
person=$!
at_exit stop_process "$person"
show_on_failure "$work/person.err"

began=$SECONDS kills=0 terms=0
while [ $((SECONDS - began)) -lt $((seconds / 2)) ]; do
    sleep $((3 + RANDOM % (seconds / 100 + 3)))
    restart_daemon
done
pass "the daemon was killed $kills times and asked to end $terms times"
steady=$daemon curve=() warm='' warm_up=$((SECONDS + seconds / 4))
while [ $((SECONDS - began)) -lt "$seconds" ]; do
    sleep "$sample_every"
    curve+=("$((SECONDS - began))s:$(memory VmRSS)/$(memory RssAnon)")
    if [ -z "$warm" ] && [ "$SECONDS" -ge "$warm_up" ]; then
        warm="$(memory VmRSS) $(memory RssAnon) $(descriptors)"
    fi
done

rm "$work/faults"
touch "$work/leave"
if wait_until 600 person_is_done && wait "$person"; then
    pass "without faults all comes to rest, $((SECONDS - began - seconds)) s later: $(<"$work/person")"
else
    fail "without faults all comes to rest" "$(followup status; tail -n 20 "$work/decisions")"
fi
# Five hours by the moved clock: no mail to the person is put off for longer.
sleep $((5 * 3600 * seconds / (days * 86400) + 3))
read -r rss anon fds <<<"$warm"
check "the daemon has run since the last restart" test -d "/proc/$steady"
check "its memory has not grown by a tenth (VmRSS)" grew_little "$rss" "$(memory VmRSS)"
check "nor has what is its own (RssAnon)" grew_little "$anon" "$(memory RssAnon)"
check "its open files are as many as before: $fds" test "$(descriptors)" -le "$fds"
printf '        VmRSS %s kB -> %s kB, RssAnon %s kB -> %s kB, descriptors %s -> %s\n' \
    "$rss" "$(memory VmRSS)" "$anon" "$(memory RssAnon)" "$fds" "$(descriptors)"
every=$(((${#curve[@]} + 9) / 10))
printf '        VmRSS/RssAnon in kB:'
for ((at = 0; at < ${#curve[@]}; at += every)); do printf ' %s' "${curve[at]}"; done
printf '\n'
check "the daemon never panicked" test "$(grep -ci 'panic' "$home/daemon.err")" -eq 0
followup list --all --json >"$work/state" 2>/dev/null
checks "$python" "$here/soak_judge.py" "$server_log" "$work/decisions" "$work/mails" "$me" "$work/state"
if stop_daemon; then pass "SIGTERM ends it, exit 0"; else fail "SIGTERM ends it, exit 0"; fi
