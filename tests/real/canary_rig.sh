# shellcheck shell=bash
# A password that nobody else has, a mail server that repeats it, a journal that keeps what it is sent, an editor and a
# password command that keep what they are given; and where all of that is kept.
#
# Source it after lib.sh and program.sh. It sets $password, $user, $in_toml, and $secrets, the one folder where the
# password may be. Then:
#   canary ARGUMENT...            canary.py
#   is_clean PATH...              whether the password is nowhere there; is_not_clean is the contrary
#   is_nowhere WHAT PATH...       a check for that
#   start_echoing_server          takes letters at $smtp_port, into $work/mails; $work/mode says how it takes a login
#   start_journal                 sets $formats, the shapes of the log that there are here
#   new_home NAME LINE...         sets $home, with these lines in [smtp]; $said, and $children
#   run ARGUMENT...               the program there, with what it says in $said
#   run_in_terminal ARGUMENT...   the same, somebody being there; each child's arguments and environment in $children
#   every_look, several_letters, daemon_with FORMAT, mistaken LINE...

# What is unknown here comes from the scripts that its user sources first; what is unused is for that user.
# shellcheck disable=SC2034,SC2154

# shellcheck source=tests/real/program.sh
[ -n "${person:-}" ] || { echo "source program.sh first" >&2; exit 2; }

# With what is written in another way in a URL, in JSON, in TOML, in a shell.
password="p%ss/w\"ö'\\d +canary=7f3a"
user=ada
in_toml="\"p%ss/w\\\"ö'\\\\d +canary=7f3a\""
export PYTHONDONTWRITEBYTECODE=1
python=$(python3 -c 'import sys; print(sys.executable)')

secrets=$work/secrets
mkdir -m 700 "$secrets" "$work/tmp" "$work/mails"
export TMPDIR=$work/tmp
install -m 600 /dev/stdin "$secrets/password" <<<"$password"
install -m 600 /dev/stdin "$secrets/smtp-password" <<<"$password"

canary() { "$python" "$here/canary.py" "$@"; }
is_clean() { canary find "$password" "$user" "$@"; }
is_not_clean() { ! is_clean "$@" >/dev/null; }
is_nowhere() {
    local what=$1
    shift
    check "$what" is_clean "$@"
}

# keeps NAME: the lines of a script that keeps what it was given, as NAME.
# shellcheck disable=SC2016 # for the script to expand
keeps() {
    printf '#!/bin/sh\nmkdir -p "$CHILDREN"\n'
    printf "tr '\\\\0' '\\\\n' </proc/\$\$/environ >\"\$CHILDREN/%s.environ\"\n" "$1"
    printf "tr '\\\\0' '\\\\n' </proc/\$\$/cmdline >\"\$CHILDREN/%s.cmdline\"\n" "$1"
}
{
    keeps editor
    # shellcheck disable=SC2016 # for the script to expand
    printf 'echo "P.S. Hello." >>"$1"\nexit "${EDITOR_ENDS:-0}"\n'
} >"$work/editor"
{
    keeps command
    printf 'tee /dev/stderr <"%s"\n' "$secrets/password"
} >"$work/password-command"
chmod 755 "$work/editor" "$work/password-command"
export EDITOR=$work/editor
unset VISUAL

# stop PROCESS
stop() { kill "$1" && wait "$1"; } 2>/dev/null

start_echoing_server() {
    echo accept >"$work/mode"
    "$python" "$here/echoing_server.py" "$secrets/heard" "$work/port" "$work/mode" "$work/mails" 2>"$work/server.err" &
    at_exit stop $!
    wait_until 20 test -s "$work/port" || give_up 'the mail server starts' "$(cat "$work/server.err")"
    smtp_port=$(<"$work/port")
}

start_journal() {
    local socket=/run/systemd/journal/socket
    formats=(text json)
    [ ! -e "$socket" ] && [ "$(id -u)" -eq 0 ] || return 0
    if [ ! -d "${socket%/*}" ]; then
        mkdir -p "${socket%/*}"
        at_exit rmdir --ignore-fail-on-non-empty "${socket%/*}"
    fi
    "$python" -c 'import socket, sys
with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal, open(sys.argv[2], "ab", buffering=0) as log:
    journal.bind(sys.argv[1])
    while True:
        log.write(journal.recv(1 << 20))' "$socket" "$work/journal" &
    at_exit rm -f "$socket"
    at_exit stop $!
    wait_until 20 test -S "$socket" || give_up 'a journal listens'
    formats+=(journald)
}

new_home() {
    home=$work/$1
    said=$home.said
    children=$home.children
    shift
    mkdir -m 700 "$home" "$said" "$children"
    count=0
    printf '%s\n' '[me]' 'name = "Ada Byron"' 'email = "ada@me.example"' '[ask]' 'digest_at = ""' \
        '[smtp]' 'host = "127.0.0.1"' "port = $smtp_port" 'tls = "none"' "username = \"$user\"" "$@" |
        install -m 600 /dev/stdin "$home/followup.toml"
}

run() {
    count=$((count + 1))
    # shellcheck disable=SC2094
    HOME=$person CHILDREN=$children "$binary" --home "$home" "$@" >"$said/$count" 2>&1 </dev/null
    echo "($* ended with $?)" >>"$said/$count"
}

run_in_terminal() {
    local trace=$work/trace
    count=$((count + 1))
    HOME=$person CHILDREN=$children script -qec "$(printf '%q ' strace -f -qq -v -s 65536 -e trace=execve -o "$trace" \
        "$binary" --home "$home" "$@")" "$said/$count" >/dev/null 2>&1 </dev/null
    # The first is the program itself, with the environment that the person gave it.
    tail -n +2 "$trace" | grep execve >"$children/$count.strace"
}

# How many children were given what is ours alone.
ours_in_children() {
    grep -rlE '^(FOLLOWUP__|FOLLOWUP_SMTP|NOTIFY_SOCKET)|"(FOLLOWUP__|FOLLOWUP_SMTP|NOTIFY_SOCKET=)' "$children" | wc -l
}

panics() { grep -rlai 'panicked' "$said" | wc -l; }

several_letters() {
    local number
    for number in 1 2 3; do
        followup add --company "Globex $number" --position Analyst --contact "Jane Doe <jane$number@globex.example>" \
            --interviewed '16 days ago' --promised '13 days ago' && followup draft "$number" &&
            followup approve "$number" || return
    done
}

every_look() {
    local look
    for look in '' check tick status list 'show 1' 'why 1' log agenda queue config; do
        # shellcheck disable=SC2086
        run $look
        # shellcheck disable=SC2086
        run $look --json
    done
}

daemon_with() {
    local daemon log=$said/daemon-$1 before ready
    [ "$1" != journald ] || log=$work/journal
    # says MORE WORDS: the log says so, more often than MORE times.
    # shellcheck disable=SC2317 # wait_until calls it
    says() { [ "$(grep -ac "$2" "$log" 2>/dev/null)" -gt "$1" ]; }
    before=$(grep -ac 'asked to read' "$log" 2>/dev/null)
    ready=$(grep -ac watching "$log" 2>/dev/null)
    HOME=$person CHILDREN=$children FOLLOWUP__LOG__FORMAT=$1 "$binary" --home "$home" daemon \
        >"$said/daemon-$1" 2>&1 </dev/null &
    daemon=$!
    wait_until 30 says "${ready:-0}" watching
    tr '\0' '\n' <"/proc/$daemon/cmdline" >"$said/cmdline-$1"
    kill -HUP "$daemon"
    check "a daemon whose log is $1 reads its settings again" wait_until 30 says "${before:-0}" 'asked to read'
    run status
    run backup "$said/backup-$1.db"
    kill -TERM "$daemon"
    wait "$daemon"
}

# mistaken LINE...: no command that needs the settings takes them with this.
mistaken() {
    local look
    number=$((${number:-0} + 1))
    new_home "mistake-$number" "$@"
    for look in check 'config --json' 'tick --json' daemon; do
        # shellcheck disable=SC2086
        run $look
    done
    mv "$home/followup.toml" "$secrets/mistake-$number.toml"
    grep -q 'ended with [1-9]' "$said/4" || fail "it is a mistake: $*" "$(cat "$said/4")"
}
