#!/usr/bin/env bash
# The clock jumps while the unchanged daemon runs: an hour, days, weeks and months forward, a year backward, before the
# program was written, and through the nights on which clocks change. Whatever it does, letters go once and in their
# recipients' office hours, by the mail server's log, which notes the moved clock; one whose window has closed meanwhile
# is asked about anew; and while the clock is behind what was recorded, nothing goes and every command says so.
#
#   tests/real/clock_jumps.sh     as root on Debian or Ubuntu (installs faketime if it is missing)
#   FOLLOWUP=PATH ...             this binary instead of `cargo build` and target/debug/followup

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"
# shellcheck source=tests/real/clock_rig.sh
. "$here/clock_rig.sh"

berlin=Europe/Berlin
new_york=America/New_York
tokyo=Asia/Tokyo

mkdir "$work/mails"
start_server server --clock "$clock" --keep "$work/mails" --hook "$work/hook"
at_exit kill_daemon

new_story forward '2027-01-11 19:00:00Z'
for name in hour days-b days-n days-t weeks-{1..6} months; do
    case $name in *-n) zone=$new_york ;; *-t) zone=$tokyo ;; *) zone=$berlin ;; esac
    letter "$name" "$zone" 2026-12-28 2026-12-31
done
letter summer "$berlin" 2027-01-11 2027-06-01
approve hour
jump '2027-01-12 07:30:00Z'
check "approved in the evening, nothing has gone by 08:30 in Berlin" taken 0 hour
jump '2027-01-12 08:30:00Z'
check "an hour forward, into their office hours: it goes" taken 1 hour

jump '2027-01-15 23:00:00Z'
approve days-b days-n days-t
jump '2027-01-18 23:00:00Z'
check "three days forward, over a weekend, into nobody's office hours: nothing goes" taken 0 days-b days-n days-t
jump '2027-01-19 10:00:00Z'
check "in Berlin's office hours that to Berlin goes, and no other" taken 1 days-b days-n days-t
jump '2027-01-19 15:00:00Z'
check "in New York's, that to New York" taken 1 days-n
jump '2027-01-20 01:00:00Z'
check "in Tokyo's, that to Tokyo" taken 1 days-t

jump '2027-01-20 23:00:00Z'
approve weeks-{1..6} months
jump '2027-02-10 10:00:00Z'
check "three weeks forward, the windows closed meanwhile: no burst, nothing goes" taken 0 weeks-{1..6} months
check "they wait for a new word" phase_is waiting weeks-1
check "the person is asked anew, by mail" wait_until 30 said_to_the_person 'the wording is for a late letter'
approve weeks-{1..3}
jump '2027-02-10 10:30:00Z'
check "those approved anew go, and only those" taken 3 weeks-{1..6}

jump '2027-02-10 22:00:00Z'
approve months
jump '2027-06-10 10:00:00Z'
check "four months forward: neither the approved letter nor those that waited go" taken 3 weeks-{1..6} months
check "they are given up" phase_is cancelled months
check "and the person is told so" wait_until 30 said_to_the_person 'followup close '"${number_of[months]}"
check "what is due by then is asked for" phase_is waiting summer
approve summer
jump '2027-06-10 10:10:00Z'
check "and goes when approved" taken 1 summer

mapfile -t many < <(printf 'many-%s\n' {1..23})
for name in "${many[@]}"; do letter "$name" "$berlin" 2027-01-11 2027-06-01; done
jump '2027-06-11 20:00:00Z'
approve "${many[@]}"
jump '2027-06-14 10:00:00Z'
check "of 23 that a jump sets free the day's 20 go" taken 20 "${many[@]}"
jump '2027-06-15 10:00:00Z'
check "and the rest on the next" taken 23 "${many[@]}"
if stop_daemon; then pass "SIGTERM ends the daemon after all these jumps, exit 0"; else fail "SIGTERM ends the daemon"; fi

says_so() {
    local command wrong=0 said
    for command in '' list queue agenda 'show 1' 'why 1' 'draft 1' log status check; do
        # shellcheck disable=SC2086 # a command and its argument
        said=$(followup $command 2>&1)
        grep -q 'cannot be trusted' <<<"$said" || { echo "followup $command: $said"; wrong=1; }
    done
    return "$wrong"
}

does_not_say_so() {
    ! followup status 2>&1 | grep 'cannot be trusted'
}

# behind WHAT MOMENT RIGHT NAME: the clock falls back to MOMENT, in office hours; RIGHT is right again.
behind() {
    jump "$2"
    check "$1: nothing goes" taken 0 "$4"
    check "$1: status and every other command say so" says_so
    followup approve "${number_of[other]}" >/dev/null 2>&1 && fail "$1: nothing can be approved"
    check "$1: JSON says so" grep -q '"trusted": false' <(followup status --json)
    jump "$3"
    check "$1: when the clock is right again, it goes" taken 1 "$4"
    check "$1: and nothing is said any more" does_not_say_so
}

has_stepped_back() {
    touch "$home/followup.db"
    [[ $(looked_at) < 2028-03-15T09:59:59 ]]
}

new_story backward '2028-03-13 19:00:00Z'
for name in year build other; do letter "$name" "$berlin" 2028-02-28 2028-03-01; done
approve year
followup draft "${number_of[other]}" >/dev/null
behind 'a year behind' '2027-03-15 10:00:00Z' '2028-03-14 10:00:00Z' year
jump '2028-03-14 20:00:00Z'
approve build
behind 'before the program was written' '2020-06-01 10:00:00Z' '2028-03-15 10:00:00Z' build
check "the daemon's log says when it was wrong, and when right again" \
    count_is 2 grep -c 'the clock is right again' "$home/daemon.err"
clock_to '2028-03-15 09:58:30Z'
check "the daemon looks after a small step back too" wait_until 90 has_stepped_back
check "a minute behind is an ordinary correction" does_not_say_so

sleeps() {
    grep -q '^State:[^a-z]*T' "/proc/$daemon/status"
}

# The machine is put to sleep in the midst of a conversation, the server's answer on its way.
new_story asleep '2027-01-11 19:00:00Z'
letter asleep "$berlin" 2026-12-28 2026-12-31
approve asleep
echo "$daemon" >"$work/pid"
echo "copy ${address_of[asleep]} STOP $work/pid" >"$work/hook"
clock_to '2027-01-15 15:00:00Z'
check "the machine falls asleep while the letter's recipient is named" wait_until 90 sleeps
clock_to '2027-01-16 22:00:00Z'
kill -CONT "$daemon"
jump '2027-01-16 22:01:00Z'
check "awake again on a Saturday night, the letter does not go" taken 0 asleep
jump '2027-01-18 10:00:00Z'
check "it goes on Monday" taken 1 asleep

# night EVENING BEFORE AFTER BERLIN NEW_YORK PROMISED: letters approved on the evening before the clocks change go when
# the office opens on Monday by the clock on its wall, which is BERLIN and NEW_YORK in UTC; not two minutes before.
night() {
    local evening=$1 before=$2 after=$3 in_berlin=$4 in_new_york=$5 day=${2%% *}
    jump "$evening"
    letter "berlin-$day" "$berlin" "$6" "$6"
    letter "new-york-$day" "$new_york" "$6" "$6"
    approve "berlin-$day" "new-york-$day"
    jump "$before"
    jump "$after"
    jump "$in_berlin 2 minutes ago"
    check "the night of $day: before Berlin's office opens, nothing has gone" taken 0 "berlin-$day" "new-york-$day"
    jump "$in_berlin 1 minute"
    check "the night of $day: when it opens, its letter goes" taken 1 "berlin-$day" "new-york-$day"
    jump "$in_new_york 2 minutes ago"
    check "the night of $day: not before New York's opens" taken 0 "new-york-$day"
    jump "$in_new_york 1 minute"
    check "the night of $day: then that goes too" taken 1 "new-york-$day"
}

new_story nights '2027-03-12 12:00:00Z'
night '2027-03-14 01:00Z' '2027-03-14 06:59Z' '2027-03-14 07:01Z' '2027-03-15 08:00Z' '2027-03-15 13:00Z' 2027-03-01
night '2027-03-27 20:00Z' '2027-03-28 00:59Z' '2027-03-28 01:01Z' '2027-03-29 07:00Z' '2027-03-29 13:00Z' 2027-03-15
night '2027-10-30 19:00Z' '2027-10-31 00:59Z' '2027-10-31 01:01Z' '2027-11-01 08:00Z' '2027-11-01 13:00Z' 2027-10-18
night '2027-11-07 00:00Z' '2027-11-07 05:59Z' '2027-11-07 06:01Z' '2027-11-08 08:00Z' '2027-11-08 14:00Z' 2027-10-25
kill_daemon
checks seen hours
