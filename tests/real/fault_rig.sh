# shellcheck shell=bash disable=SC2034,SC2154 # scripts that source it read what is set here; lib.sh set what is read
# A mail server that fails on purpose (mail_server.py), homes that send to it, and a clock that can be moved while the
# unchanged program runs. Source it after lib.sh.
#
#   clock_to MOMENT, clock_forward SECONDS   for all that `followup` and `start_daemon` run from then on, or run already
#   start_server NAME [OPTION...]            sets $smtp_port and $server_log
#   new_home NAME [SETTINGS]                 sets $home; SETTINGS are lines of followup.toml for [sending]
#   followup ARGUMENT...                     in $home, by the moved clock
#   start_daemon, stop_daemon, kill_daemon   sets $daemon
#   seen WHAT...                             asks the server's log, see server_log.py

need python3 python3
need sqlite3 sqlite3
need faketime faketime

binary=${FOLLOWUP:-}
if [ -z "$binary" ]; then
    crate=$(cd "$here/../.." && pwd)
    (cd "$crate" && cargo build --quiet) || give_up "the program builds"
    binary=${CARGO_TARGET_DIR:-$crate/target}/debug/followup
fi
binary=$(realpath "$binary")
[ -x "$binary" ] || give_up "there is a program to test" "$binary cannot be run"
python=$(python3 -c 'import sys; print(sys.executable)')

# Nothing of the caller's own settings may enter.
unset "${!FOLLOWUP@}" "${!XDG_@}" "${!FAKETIME@}"
# Python would leave compiled files in the source tree.
export NO_COLOR=1 TZ=UTC PYTHONDONTWRITEBYTECODE=1

clock=$work/clock
faketime_library=$(find /usr/lib -name libfaketimeMT.so.1 | head -n 1)
[ -n "$faketime_library" ] || unavailable "libfaketime is not where it should be"
# The wall clock alone: time-outs are measured as always.
by_moved_clock=(env LD_PRELOAD="$faketime_library" FAKETIME_TIMESTAMP_FILE="$clock" FAKETIME_NO_CACHE=1
    FAKETIME_DONT_FAKE_MONOTONIC=1 HOME="$work")
echo +0 >"$clock"

# What faketime shares within a process is named by its number, and stays behind when the process is killed. The next
# process of that number would then not start.
for shared in /dev/shm/faketime_shm_* /dev/shm/sem.faketime_sem_*; do
    [ ! -e "$shared" ] || [ -d "/proc/${shared##*_}" ] || rm -f "$shared"
done

clock_distance() {
    echo $(($(<"$clock")))
}

set_distance() {
    printf '%+d\n' "$1" >"$clock.new" && mv "$clock.new" "$clock"
}

clock_to() {
    set_distance $(($(date -d "$1" +%s) - $(date +%s)))
}

clock_forward() {
    set_distance $(($(clock_distance) + $1))
}

start_server() {
    local name=$1 server
    shift
    server_log=$work/$name.jsonl
    show_on_failure "$work/$name.err"
    "$python" "$here/mail_server.py" "$server_log" "$work/$name.port" "$@" 2>"$work/$name.err" </dev/null &
    server=$!
    at_exit stop_process "$server"
    wait_until 20 test -s "$work/$name.port" || give_up "the mail server starts" "$(cat "$work/$name.err")"
    smtp_port=$(<"$work/$name.port")
}

# Ends it and waits for it; what faketime shares with a process that it cannot clean up goes too.
stop_process() {
    { kill -KILL "$1" && wait "$1"; } 2>/dev/null
    rm -f "/dev/shm/faketime_shm_$1" "/dev/shm/sem.faketime_sem_$1"
}

seen() {
    "$python" "$here/server_log.py" "$server_log" "$@"
}

new_home() {
    home=$work/$1
    me=ada@$1.example
    mkdir -m 700 "$home"
    cat >"$home/followup.toml" <<EOF
[me]
name = "Ada Byron"
email = "$me"
timezone = "Europe/London"
[smtp]
host = "127.0.0.1"
port = $smtp_port
tls = "none"
username = "ada"
password = "secret"
[ask]
digest_at = ""
[sending]
${2:-}
EOF
    chmod 600 "$home/followup.toml"
}

# Any hour of any day, as many as there are, at once.
at_any_time='hours = "00:00-24:00"
days = "all"
grace = "0s"
per_day = 0
per_employer = 0'

followup() {
    "${by_moved_clock[@]}" "$binary" --home "$home" "$@" </dev/null
}

start_daemon() {
    daemon_log=$home/daemon.err
    "${by_moved_clock[@]}" "$binary" --home "$home" daemon >/dev/null 2>>"$daemon_log" </dev/null &
    daemon=$!
}

kill_daemon() {
    [ -z "${daemon:-}" ] || stop_process "$daemon"
    daemon=
}

daemon_is_gone() {
    ! kill -0 "$daemon"
}

# Asked to end, it ends well, after the send in hand.
stop_daemon() {
    local status
    kill -TERM "$daemon" || return
    wait_until 60 daemon_is_gone || return
    wait "$daemon"
    status=$?
    daemon=
    return "$status"
}
