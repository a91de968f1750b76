#!/usr/bin/env bash
# The rules for the clock itself, to the second, with the unchanged program: it is believed from midnight of the build
# date on and not a second before; it may be two minutes behind the last instant that was recorded, and not a second
# more; only the person's word, `check --accept-clock`, ends that, and not even that for a clock from before the build
# date. And a machine that sleeps beyond a letter's window, before the letter or in the midst of it: nothing bursts out,
# the person is asked anew. The witness is the mail server's log.
#
#   tests/real/clock_edges.sh     as root on Debian or Ubuntu (installs faketime if it is missing)
#   FOLLOWUP=PATH ...             this binary instead of `cargo build` and target/debug/followup

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"
# shellcheck source=tests/real/clock_rig.sh
. "$here/clock_rig.sh"

berlin=Europe/Berlin

# The clock stands still at that second.
stands_at() {
    date -d "$1" '+%F %T' >"$clock.new" && mv "$clock.new" "$clock"
}

# letters_of PROMISED NAME...: an application for each, with the interview and the promise on that day.
letters_of() {
    local promised=$1 name
    shift
    for name in "$@"; do letter "$name" "$berlin" "$promised" "$promised"; done
}

# looks WHAT STATUS: one look ends with STATUS.
looks() {
    local status
    followup tick >"$work/said" 2>&1
    status=$?
    [ "$status" -eq "$2" ] || fail "$1: a look ends with $2" "$status: $(<"$work/said")"
}

# held WHAT NAME...: a look sends none of them, and says why.
held() {
    local what=$1
    shift
    looks "$what" 1
    check "$what: the look says that the clock cannot be trusted" grep -q 'cannot be trusted' "$work/said"
    check "$what: nothing goes" taken 0 "$@"
}

start_server edges

# The build date, as clock.rs has it: midnight of 1 November 2026.
new_home build "$at_any_time"
stands_at '2026-11-01 00:00:00Z'
letters_of 2026-10-16 second
approve second
stands_at '2026-10-31 23:59:59Z'
held "the second before the build date" second
followup check --accept-clock >"$work/said" 2>&1
check "its clock is not believed by anybody's word" grep -q 'which cannot be' "$work/said"
held "the second before the build date, accepted" second
followup approve "${number_of[second]}" >/dev/null 2>&1 && fail "the second before the build date: nothing can be approved"
stands_at '2026-11-01 00:00:00Z'
looks "the first second of the build date" 0
check "the first second of the build date: it goes" taken 1 second

# Two minutes behind what was recorded last, by a letter that was approved before.
for behind in 119 120 121; do
    new_home "behind-$behind" "$at_any_time"
    stands_at '2027-01-12 10:00:00Z'
    letters_of 2026-12-31 "behind-$behind" "other-$behind"
    approve "behind-$behind"
    stands_at '2027-01-12 12:00:00Z'
    # This is recorded, and is the last.
    followup draft "${number_of[other-$behind]}" >/dev/null
    stands_at "2027-01-12 12:00:00Z $behind seconds ago"
    if [ "$behind" -le 120 ]; then
        looks "$behind seconds behind" 0
        check "$behind seconds behind: it goes" taken 1 "behind-$behind"
        looks "again $behind seconds behind" 0
        check "and once only" taken 1 "behind-$behind"
    else
        held "$behind seconds behind" "behind-$behind"
        stands_at '2027-01-12 12:00:00Z 120 seconds ago'
        looks "a second later" 0
        check "a second later it goes" taken 1 "behind-$behind"
    fi
done

# Back and forth by every distance: while it is behind nothing goes, whatever the distance, and then each letter once.
for distance in 3min 1hour 1day 1month 1year 9years; do
    name=back-$distance
    new_home "$name" "$at_any_time"
    stands_at '2037-01-12 10:00:00Z'
    letters_of 2036-12-31 "$name" "other-$name"
    approve "$name"
    stands_at '2037-01-12 12:00:00Z'
    followup draft "${number_of[other-$name]}" >/dev/null
    stands_at "2037-01-12 12:00:00Z $distance ago"
    held "$distance back" "$name"
    stands_at '2037-01-12 12:00:01Z'
    looks "$distance back and right again" 0
    check "$distance back and right again: it goes" taken 1 "$name"
done
for distance in 1second 3min 1hour 1day 1month 1year 9years; do
    name=ahead-$distance
    new_home "$name" "$at_any_time"
    stands_at '2027-01-12 10:00:00Z'
    letters_of 2026-12-31 "$name"
    approve "$name"
    stands_at "2027-01-12 10:00:00Z $distance"
    looks "$distance ahead" 0
    case $distance in
        1second | 3min | 1hour | 1day) check "$distance ahead, in its window: it goes" taken 1 "$name" ;;
        1month) check "$distance ahead, its window closed: it waits for a new word" phase_is waiting "$name" ;;
        *) check "$distance ahead: it is given up" phase_is cancelled "$name" ;;
    esac
    case $distance in
        1month | *year*) check "$distance ahead: nothing has gone" taken 0 "$name" ;;
    esac
    case $distance in
        3min | 1hour | 1day | 1month | *year*)
            stands_at '2027-01-12 10:00:00Z'
            sent=$(taken 0 "$name")
            looks "$distance ahead and back again" 1
            check "$distance ahead and back again: nothing more goes" test "$(taken 0 "$name")" = "$sent"
            followup check --accept-clock >/dev/null 2>&1
            looks "$distance ahead and back again, accepted" 0
            ;;
    esac
    case $distance in
        1hour) check "$distance ahead and back again, accepted: what went does not go again" taken 1 "$name" ;;
        1month | *year*)
            check "$distance ahead and back again, accepted: it waits for a word" phase_is waiting "$name"
            check "$distance ahead and back again, accepted: nothing goes without it" taken 0 "$name"
            approve "$name"
            looks "$distance ahead and back again, approved" 0
            check "$distance ahead and back again, approved anew: it goes" taken 1 "$name"
            ;;
    esac
done

# A machine that sleeps: its processes stand still while the clock goes on.
sleeps() {
    grep -q '^State:[^a-z]*T' "/proc/$daemon/status"
}

mkdir "$work/mails"
start_server asleep --clock "$clock" --keep "$work/mails" --hook "$work/hook"
at_exit kill_daemon
clock_to '2027-01-11 19:00:00Z'
new_story asleep '2027-01-11 19:00:00Z'
letters_of 2026-12-31 evening-{1..5}
approve evening-{1..5}
jump '2027-01-11 19:05:00Z'
asked=$(seen mails "$me")
kill -STOP "$daemon"
check "the machine is asleep" wait_until 20 sleeps
clock_to '2027-01-22 09:30:00Z'
kill -CONT "$daemon"
jump '2027-01-22 09:31:00Z'
check "awake after their windows, in office hours: no letter goes" taken 0 evening-{1..5}
check "all wait for a new word" phase_is waiting evening-5
check "the person is asked anew" wait_until 30 said_to_the_person 'is for a late letter'
check "in one mail" count_is $((asked + 1)) seen mails "$me"
jump '2027-01-25 09:31:00Z'
check "without a word none ever goes" taken 0 evening-{1..5}

new_story midst '2027-01-11 19:00:00Z'
letters_of 2026-12-31 midst
approve midst
echo "$daemon" >"$work/pid"
echo "copy ${address_of[midst]} STOP $work/pid" >"$work/hook"
clock_to '2027-01-15 09:30:00Z'
check "the machine falls asleep while the letter's recipient is named" wait_until 90 sleeps
clock_to '2027-01-22 09:30:00Z'
kill -CONT "$daemon"
jump '2027-01-22 09:31:00Z'
check "awake after its window, in office hours: the letter in hand does not go" taken 0 midst
check "it waits for a new word" phase_is waiting midst
approve midst
jump '2027-01-22 10:30:00Z'
check "and goes with it, once" taken 1 midst
check "the server was never given its text before" count_is 1 grep -c "\"event\": \"data\".*${address_of[midst]}" "$server_log"
kill_daemon
