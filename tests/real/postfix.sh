#!/usr/bin/env bash
# The whole way through a real mail server: another program writes an interview into the database,
# the person is asked by mail, approves, and one letter, well-formed, reaches the recipient's
# mailbox of a real Postfix; a restart sends nothing again. The witnesses are the Maildirs, the
# log of Postfix and Python's mail parser, never our own database.
#
#   tests/real/postfix.sh          as root on Debian or Ubuntu (installs postfix if it is missing)
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   KEEP=1 ...                     leave mailboxes, logs and the home for a look
#
# It runs on any day of the year: the dates of the interview follow the calendar, and every hour
# of every day is allowed for sending.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/postfix_rig.sh
. "$here/postfix_rig.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
at_any_hour

# The daemon looks at least once a minute, even where no file notification wakes it.
a_look=90

home=$work/home
mkdir -m 700 "$home"

sql() {
    sqlite3 -bail -cmd '.timeout 10000' -cmd 'PRAGMA foreign_keys = ON' "$home/followup.db" "$1"
}

# An interview 16 days ago with an answer promised 13 days ago: at least 5 and fewer than 15
# business days have passed since, whatever public holidays lie between, so its window is open.
# interview_at COMPANY POSITION CONTACT ADDRESS, written as any other program would.
interview_at() {
    sql "BEGIN IMMEDIATE;
         INSERT INTO applications(company, position, contact_name, contact_email, timezone)
             VALUES ('$1', '$2', '$3', '$4', 'America/New_York');
         INSERT INTO interviews(application_id, held_on, round, promised_on)
             VALUES (last_insert_rowid(), date('now', '-16 days'), 2, date('now', '-13 days'));
         COMMIT;"
}

start_daemon() {
    daemon_log=$work/$1.log
    show_on_failure "$daemon_log"
    HOME=$person "$binary" --home "$home" daemon >"$daemon_log" 2>&1 </dev/null &
    daemon=$!
    # So that what comes next happens to a running daemon, not to one that is still starting.
    wait_until 5 test -s "$daemon_log"
}

daemon_is_gone() {
    ! kill -0 "$daemon"
}

kill_daemon() {
    [ -z "$daemon" ] || { kill -KILL "$daemon"; wait "$daemon"; } 2>/dev/null
}

# Finishes what it is sending, then ends: after this nothing more can come from it.
stop_daemon() {
    local status
    kill -TERM "$daemon" || give_up "$1" "the daemon had ended before"
    wait_until 10 daemon_is_gone || give_up "$1" "still running after 10 seconds"
    wait "$daemon"
    status=$?
    daemon=
    if [ "$status" -eq 0 ]; then pass "$1"; else fail "$1" "it ended with $status"; fi
}

# ask_for ID: sets $ask to the mail that asks about it, once it is there.
ask_for() {
    local mails
    mapfile -t mails < <(letters_to ada@me.example)
    ask=$(python3 "$here/letters.py" find "followup approve $1" "${mails[@]}")
}

has_letter() {
    [ -n "$(letters_to "$1")" ]
}

# What has reached the person instead of what was waited for.
mails_of_the_person() {
    local mails
    mapfile -t mails < <(letters_to ada@me.example)
    printf '%s mails have come\n' "${#mails[@]}"
    [ "${#mails[@]}" -eq 0 ] || tail -n 60 "${mails[@]}"
}

phase_is() {
    followup show 1 --json >"$work/show.json" &&
        [ "$(python3 "$here/letters.py" field application.phase "$work/show.json")" = "$1" ]
}

addressed() {
    grep -o ' to=<[^>]*>' "$mail_log" | sort -u | tr -d '\n'
}

only_addressed() {
    addressed
    [ "$(addressed)" = "$1" ]
}

need python3 python3
need sqlite3 sqlite3
start_postfix ada@me.example jane@globex.example peter@initech.example
pass "Postfix $(postconf -c "$work/postfix/config" -h mail_version) listens on 127.0.0.1:$smtp_port"

check "init writes the settings" followup init --name 'Ada Byron' --email ada@me.example \
    --smtp-host 127.0.0.1 --smtp-port "$smtp_port" --smtp-tls none || exit 1

daemon=
at_exit kill_daemon
start_daemon daemon-1
check "plain sqlite3 writes an interview" interview_at Globex Analyst 'Jane Doe' jane@globex.example || exit 1

wait_until $a_look ask_for 1 || give_up "the person is asked by mail" "$(mails_of_the_person)"
pass "the person is asked by mail"
check "nothing is sent unapproved" count_is 0 deliveries_to jane@globex.example

check "approve 1" followup approve 1 || exit 1
wait_until $a_look has_letter jane@globex.example || give_up "the letter reaches the recipient"
pass "the letter reaches the recipient"
wait_until 20 queue_is_empty
letter=$(letters_to jane@globex.example | head -n 1)

wait_until 20 phase_is sent
check "show 1 --json: phase sent" phase_is sent || cat "$work/show.json"
# `show` only now: it must have been the ask that made this letter approvable.
checks python3 "$here/letters.py" ask "$ask" 1 "$work/show.json"
checks python3 "$here/letters.py" letter "$letter" "$work/show.json"
mapfile -t mails < <(letters_to ada@me.example)
checks python3 "$here/letters.py" copy "$letter" "${mails[@]}"
check "the recipient's mailbox holds one letter" count_is 1 letters_in_box jane@globex.example
check "the log of Postfix counts one delivery" count_is 1 deliveries_to jane@globex.example

stop_daemon "SIGTERM ends the daemon within 10 seconds, exit 0"
start_daemon daemon-2
# A change that enters no letter makes the sent one due again; the ask for a new application
# proves that the daemon has looked.
check "another program touches the sent application" \
    sql "UPDATE applications SET job_url = 'https://globex.example/jobs/1' WHERE id = 1"
check "another program writes a second interview" \
    interview_at Initech Tester 'Peter Gibbons' peter@initech.example
if wait_until $a_look ask_for 2; then
    pass "after the restart the person is asked about the second"
else
    fail "after the restart the person is asked about the second" "$(mails_of_the_person)"
fi
stop_daemon "SIGTERM ends the restarted daemon too"
check "one more pass by hand (tick)" followup tick
wait_until 20 queue_is_empty

check "after all that, the recipient's mailbox holds one letter" count_is 1 letters_in_box jane@globex.example
check "after all that, the log of Postfix counts one delivery" count_is 1 deliveries_to jane@globex.example
check "nobody else was written to" only_addressed ' to=<ada@me.example> to=<jane@globex.example>'
check "nothing is left in the queue" queue_is_empty
