#!/usr/bin/env bash
# `kill -9` of the unchanged program at every point of its conversation with the mail server, again and again, as the
# daemon and as the single look of cron. Then three more looks, and three more hours later. The witness is the server's
# own log: never a second acceptance, never a second try once MAIL was said, and either the letter was sent or the
# person was told, once, that it may have been. The same with SIGTERM: the send in hand is finished, and recorded.
#
#   tests/real/kills.sh     as root on Debian or Ubuntu (installs faketime if it is missing)
#   FOLLOWUP=PATH ...       this binary instead of `cargo build` and target/debug/followup
#   COUNT=3 ...             so many kills of each victim at each point, instead of 20

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"

count=${COUNT:-20}
terms=${TERMS:-$(((count + 3) / 4))}
phases=(connected ehlo auth mail rcpt data body dot accepted answered quit)
at_once=3
clock_forward $((5 * 3600))

# A letter that the person has read and approved, so that it goes at the next look and nothing is asked before.
approved_letter_to() {
    {
        program add --company Globex --position Analyst --contact "Jane Doe <$1>" \
            --interviewed '16 days ago' --promised '13 days ago' && program draft 1 && program approve 1
    } >/dev/null
}

# By the real clock: what is killed runs as it always does.
program() {
    HOME=$work "$binary" --home "$home" "$@" </dev/null 2>>"$home/err"
}

looks() {
    for _ in 1 2 3; do
        "$@" || fault+="a look fails: $(tail -n 1 "$home/err"); "
    done >/dev/null
}

later() {
    followup tick 2>>"$home/err"
}

phase_now() {
    program show 1 --json | sed -n 's/^ *"phase": "\(.*\)",\?$/\1/p'
}

# strike PHASE SIGNAL VICTIM NUMBER: one home, one letter, one signal; a line of the result goes to $cases.
strike() {
    local phase=$1 sign=$2 victim=$3 case=$1-${2,,}-$3-$4 fault='' status pid
    new_home "$case" "$at_any_time"
    local recipient=jane@$case.globex.example
    approved_letter_to "$recipient" || fault+="the letter cannot be approved; "
    printf '%s %s %s %s\n' "$phase" "$recipient" "$sign" "$home/pid" >"$hook.new"
    mv "$hook.new" "$hook"
    # shellcheck disable=SC2016 # the inner shell expands its own
    HOME=$work timeout 60 sh -c 'echo $$ >"$1"; shift; exec "$@"' sh "$home/pid" \
        "$binary" --home "$home" "$victim" >/dev/null 2>>"$home/err" </dev/null &
    pid=$!
    { wait "$pid"; } 2>/dev/null
    status=$?
    case $sign-$status in
        KILL-137 | TERM-0) ;;
        *) fault+="it ended with $status; " ;;
    esac
    # The daemon that was asked to end has done all there is to do, if it had the letter in hand.
    case $sign-$phase in
        TERM-connected | TERM-ehlo | TERM-auth | KILL-*) ;;
        *) [ "$(phase_now)" = sent ] || fault+="it was not recorded as sent; " ;;
    esac
    looks program tick
    looks later
    printf '%s %s %s %s %s\n' "$case" "$recipient" "$me" "$(phase_now)" "$fault" >>"$cases"
    [ -n "$fault" ] || rm -rf "$home"
}

# Every strike at one point, in its own subshell with its own server.
strikes_at() {
    local phase=$1 number victim
    hook=$work/$phase.hook
    cases=$work/$phase.cases
    for ((number = 1; number <= count; number++)); do
        for victim in daemon tick; do
            strike "$phase" KILL "$victim" "$number"
            [ "$number" -gt "$terms" ] || strike "$phase" TERM "$victim" "$number"
        done
    done
}

running() {
    jobs -pr | wc -l
}

a_place_is_free() {
    [ "$(running)" -lt $((servers + at_once)) ]
}

pass "$("$binary" --version): $count kills of the daemon and of tick at each of ${#phases[@]} points"
servers=0
strikers=()
for phase in "${phases[@]}"; do
    start_server "$phase" --hook "$work/$phase.hook"
    servers=$((servers + 1))
    wait_until 600 a_place_is_free
    strikes_at "$phase" &
    strikers+=($!)
done
wait "${strikers[@]}"
for phase in "${phases[@]}"; do
    server_log=$work/$phase.jsonl
    checks seen kills "$work/$phase.cases"
done
