#!/usr/bin/env bash
# The service as a person has it: the unit of systemd/user under a real user manager of systemd, its log in a real
# systemd-journald, by the lines of the README. A small mail server on loopback takes the letters; it, the journal and
# systemctl are the witnesses.
#
#   tests/real/systemd.sh          as root on Debian or Ubuntu (installs what is missing); under 3 minutes
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   UNIT=PATH ...                  this unit instead of systemd/user/followup.service
#   KEEP=1 ...                     leave the home, the journal and the mails for a look
#
# Nothing of this machine is touched: the script has namespaces of its own for mounts and processes, with an empty /run,
# an empty journal and a user more, and they end with it. Skipped (77) where no user manager can run.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
if [ "${1:-}" != apart ] && unshare --mount --pid --fork --mount-proc true 2>/dev/null; then
    unshare --mount --pid --fork --kill-child --mount-proc bash "$here/systemd.sh" apart &
    outer=$!
    # `unshare` hears no signal; the one within cleans up.
    trap 'kill -TERM "$(cat "/proc/$outer/task/$outer/children")"' INT TERM HUP
    while :; do
        wait "$outer"
        status=$?
        kill -0 "$outer" 2>/dev/null || exit "$status"
    done
fi
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
need_root "a user is added, in a mount namespace"
[ "${1:-}" = apart ] || unavailable "this machine gives no namespaces for mounts and processes"

crate=$(cd "$here/../.." && pwd)
binary=${FOLLOWUP:-}
if [ -z "$binary" ]; then
    (cd "$crate" && cargo build --quiet) || give_up "the program builds"
    binary=${CARGO_TARGET_DIR:-$crate/target}/debug/followup
fi
binary=$(realpath "$binary")
[ -x "$binary" ] || give_up "there is a program to test" "$binary cannot be run"
unit=$(realpath "${UNIT:-$crate/systemd/user/followup.service}")
# Nothing of the caller's own settings may enter.
unset "${!FOLLOWUP@}" "${!XDG_@}"

need python3 python3
need sqlite3 sqlite3
need journalctl systemd
need setpriv util-linux
manager=/lib/systemd/systemd
journald=/lib/systemd/systemd-journald
if [ ! -x "$manager" ] || [ ! -x "$journald" ]; then
    unavailable "there is no $manager or no $journald"
fi

# --- A user of our own, on a machine that has only just started, as far as they can see.

# In the range of people: only those have a journal of their own.
uid=$((20000 + RANDOM))
home=$work/ada
chmod 711 "$work"
apart() {
    mount -t tmpfs -o mode=755 tmpfs /run && mount -t tmpfs -o mode=755 tmpfs /var/log || return
    mkdir -p /run/systemd/system /run/systemd/journal /run/user /var/log/journal
    # The journal is kept on "disk" from the start: only there each user has one of their own.
    touch /run/systemd/journal/flushed
    mkdir /run/systemd/journald.conf.d
    printf '[Journal]\nReadKMsg=no\n' >/run/systemd/journald.conf.d/test.conf
    { cat /etc/passwd && echo "ada:x:$uid:$uid::$home:/bin/sh"; } >"$work/passwd"
    { cat /etc/group && echo "ada:x:$uid:"; } >"$work/group"
    mount --bind "$work/passwd" /etc/passwd && mount --bind "$work/group" /etc/group &&
        install -d -m 700 -o "$uid" -g "$uid" "$home" "/run/user/$uid"
}
apart >"$work/apart.err" 2>&1 || unavailable "nothing can be mounted apart: $(cat "$work/apart.err")"

as_person=(setpriv --reuid "$uid" --regid "$uid" --clear-groups env -i -C "$home" HOME="$home" USER=ada LOGNAME=ada
    LANG=C.UTF-8 PATH="$home/.cargo/bin:/usr/bin:/bin" XDG_RUNTIME_DIR="/run/user/$uid" NO_COLOR=1)
person() { "${as_person[@]}" "$@" </dev/null; }
followup() { person followup "$@"; }
userctl() { person systemctl --user --no-pager "$@"; }
journal() { person journalctl --user --quiet --no-pager "$@"; }

# Groups of processes for the manager, where systemd has those of a user; PID 1, this script, is in the root of them.
groups=()
own_groups() {
    local number controllers path root file
    while IFS=: read -r number controllers path; do
        case $number:$controllers in
            0:) root=/sys/fs/cgroup/unified; [ -d "$root" ] || root=/sys/fs/cgroup ;;
            *:name=systemd) root=/sys/fs/cgroup/systemd ;;
            *) continue ;;
        esac
        path=${path%/init.scope}
        root=$root${path%/}/user.slice/user-$uid.slice/user@$uid.service
        mkdir -p "$root" || return
        groups+=("$root")
        for file in "" cgroup.procs cgroup.threads cgroup.subtree_control tasks; do
            [ ! -e "$root/$file" ] || chown "$uid" "$root/$file" || return
        done
    done </proc/self/cgroup
    [ ${#groups[@]} -ne 0 ]
}
remove_groups() {
    local root
    for root in "${groups[@]}"; do
        processes_in "$root" | xargs -r kill -KILL
        wait_until 5 no_process_in "$root"
        find "$root" -depth -type d -exec rmdir {} \;
        rmdir -p "${root%/*}"
    done 2>/dev/null
}
# (Those of another namespace would be 0, and 0 is everybody's group.)
processes_in() { find "$1" -name cgroup.procs -exec cat {} + | grep -vx 0; }
no_process_in() { [ -z "$(processes_in "$1")" ]; }

start_journald() {
    "$journald" 2>>"$work/journald.err" </dev/null &
    journald_pid=$!
    # The socket stays behind when it ends, so look for one that answers.
    wait_until 10 python3 -c 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).connect("/run/systemd/journal/socket")'
}
start_manager() {
    (
        for root in "${groups[@]}"; do echo "$BASHPID" >"$root/cgroup.procs" || exit; done
        exec "${as_person[@]}" "$manager" --user --log-target=journal
    ) >>"$work/manager.log" 2>&1 </dev/null &
    manager_pid=$!
    wait_until 20 manager_runs
}
manager_runs() { [[ $(userctl is-system-running) =~ ^(running|degraded)$ ]]; }
stop_manager() {
    [ -n "$manager_pid" ] || return 0
    userctl exit || kill "$manager_pid"
    wait "$manager_pid"
    manager_pid=
} 2>/dev/null
stop_process() {
    [ -z "$1" ] || { kill "$1"; wait "$1"; } 2>/dev/null
}
end_all() {
    journal >"$work/journal.txt" 2>&1
    stop_manager
    stop_process "$journald_pid"
    stop_process "$catcher_pid"
    remove_groups
    [ "${KEEP:-}" != 1 ] || cp -r /var/log/journal "$work/journal"
}
manager_pid='' journald_pid='' catcher_pid=''
at_exit end_all
for log in manager.log journald.err catcher.err mails/log journal.txt; do show_on_failure "$work/$log"; done

own_groups 2>"$work/groups.err" || unavailable "no group of processes can be made: $(cat "$work/groups.err")"
start_journald || unavailable "systemd-journald does not start: $(cat "$work/journald.err")"
start_manager || unavailable "no user manager starts: $(cat "$work/manager.log")"
pass "a user manager of $("$manager" --version | head -n 1) runs, and a journal"

# --- A mail server: it wants the login, notes whom it takes a letter for, and answers late after the letter to `slow`.

password='Pferd+Batterie/50%&Klammer'
mkdir "$work/mails"
cat >"$work/catcher.py" <<'PYTHON'
import base64, socketserver, sys, threading, time

folder, password = sys.argv[1:]
lock = threading.Lock()
numbers = iter(range(1, 1000))


class Client(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def note(self, *words):
        with lock, open(f"{folder}/log", "a") as log:
            print(*words, file=log)

    def handle(self):
        self.say("220 mx.example")
        known, to = False, []
        while line := self.rfile.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                self.say("250-mx.example")
                self.say("250 AUTH PLAIN")
            elif verb == "AUTH":
                known = base64.b64decode(line.split()[2]).split(b"\0")[1:] == [b"ada", password.encode()]
                self.say("235 ok" if known else "535 no")
            elif not known and verb != "QUIT":
                self.say("530 log in")
            elif verb == "RCPT":
                to.append(line.partition("<")[2].partition(">")[0])
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                with open(f"{folder}/{next(numbers)}.eml", "wb") as mail:
                    while (line := self.rfile.readline()) not in (b".\r\n", b""):
                        mail.write(line)
                self.note("in hand", *to)
                if to[0].startswith("slow"):
                    time.sleep(5)
                self.note("taken", *to)
                self.say("250 taken")
                to = []
            elif verb == "QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


with Server(("127.0.0.1", 0), Client) as server:
    with open(f"{folder}/port", "w") as port:
        print(server.server_address[1], file=port)
    server.serve_forever()
PYTHON
touch "$work/mails/log"
python3 "$work/catcher.py" "$work/mails" "$password" 2>"$work/catcher.err" </dev/null &
catcher_pid=$!
wait_until 10 test -s "$work/mails/port" || give_up "the mail server starts"

# taken TO...: how many letters it has taken for exactly these.
taken() { grep -cFx "taken $*" "$work/mails/log"; }
in_hand() { grep -qF "in hand $1" "$work/mails/log"; }
once() { count_is 1 taken "$@"; }

# --- Small words for what follows.

# settings FILE [COPY]: good ones, whole at once.
settings() {
    # shellcheck disable=SC2016 # the shell of the person expands it
    person sh -c 'umask 077; mkdir -p "${1%/*}" && printf "%s\n" "$2" >"$1.new" && mv "$1.new" "$1"' - "$1" "
[me]
name = 'Ada Byron'
email = 'ada@me.example'
timezone = 'Europe/London'
[smtp]
host = '127.0.0.1'
port = $(cat "$work/mails/port")
tls = 'none'
username = 'ada'
password = '$password'
copy = '${2:-bcc}'
[ask]
digest_at = ''
[sending]
hours = '00:00-24:00'
days = 'all'
grace = '0s'"
}
# As many have it: a link into a folder that the daemon does not watch, so that a reload shows at once what it does.
toml=$home/dotfiles/followup.toml
spoil() { person sed -i "$1" "$toml"; }

# approved ID COMPANY ADDRESS [NAME=VALUE]: a letter that may go at once; a variable for the commands.
approved() {
    local command=(person env ${4:+"$4"} followup)
    "${command[@]}" add --company "$2" --position Analyst --contact "Jane Doe <$3>" \
        --interviewed '16 days ago' --promised '13 days ago' &&
        "${command[@]}" draft "$1" && "${command[@]}" approve "$1"
}
is_sent() {
    followup show "$1" --json >"$work/show.json" &&
        [ "$(python3 "$here/letters.py" field application.phase "$work/show.json")" = sent ]
}

property() { userctl show --property "$1" --value "${2:-followup}"; }
# is PROPERTY VALUE [UNIT]
is() {
    local value
    value=$(property "$1" "${3:-followup}")
    echo "$1=$value"
    [ "$value" = "$2" ]
}
# pid_of UNIT: sets $pid. Without a process it ends here: systemd says 0 then, and 0 would be our own group.
pid_of() {
    pid=$(property MainPID "$1")
    [ "${pid:-0}" -gt 1 ] || give_up "$1 has a process" "$(userctl status "$1" 2>&1)"
}
# started_anew PID UNIT: another process than that one, and ready.
started_anew() { [ "$(property MainPID "$2")" != "$1" ] && is ActiveState active "$2"; }
status_says() {
    userctl status followup >"$work/status"
    cat "$work/status"
    grep -qF -- "$1" "$work/status"
}

# `logged WORDS` looks at what the unit, or systemd about it, has logged since the last `mark`. (Not by a cursor: where
# that is an entry of another unit, `journalctl --after-cursor` loses the next one.)
log_of() { journal -u "$1" -o cat; }
mark() { mark=$(log_of followup | wc -l); }
log_since() { log_of followup | tail -n "+$((mark + 1))"; }
logged() { log_since | grep -F -- "$1"; }
# logs WORDS: it comes within a few seconds.
logs() { wait_until 15 logged "$@" || { log_since; return 1; }; }
own_lines_of() { journal _SYSTEMD_USER_UNIT="$1.service" _COMM=followup -o cat | grep -c .; }

# --- By the lines of the README.

person mkdir -p .cargo/bin .config/systemd/user
install -o "$uid" -m 755 "$binary" "$home/.cargo/bin/followup"
units=$home/.config/systemd/user
install -o "$uid" -m 644 "$unit" "$units/followup.service"
person mkdir .config/followup
settings "$toml"
person ln -s "$toml" .config/followup/followup.toml
verify() {
    local said
    said=$(person systemd-analyze --user verify "$units/followup.service" 2>&1) && [ -z "$said" ] && return
    echo "$said"
    return 1
}
check "systemd-analyze verify has no complaint about the unit" verify

check "a letter is approved" approved 1 Globex jane@globex.example || exit 1
# While another program writes, the daemon cannot get ready; it waits for 5 seconds.
hold_database() {
    person sqlite3 "$home/.local/share/followup/followup.db" 'BEGIN IMMEDIATE' ".shell touch $home/held" \
        ".shell timeout 20 sh -c 'until [ -e $home/release ]; do sleep 0.1; done'" COMMIT
}
hold_database &
holding=$!
wait_until 10 test -e "$home/held" || give_up "another program holds the database"
userctl enable --now followup >"$work/enable" 2>&1 &
enabling=$!
wait_until 5 is SubState start && sleep 1
check "while it cannot get ready, the unit is still starting" is SubState start
touch "$home/release"
wait "$holding"
if wait "$enabling"; then
    pass "systemctl --user enable --now followup: exit 0"
else
    give_up "systemctl --user enable --now followup: exit 0" "$(cat "$work/enable")"
fi
check "... and the unit is active" is ActiveState active
check "systemctl --user status: active (running)" status_says 'Active: active (running)'
wait_until 10 status_says 'Status: "nothing to do'
check "systemctl --user status: how things stand" status_says 'Status: "nothing to do'

# --- What it did is in the journal.

check "the approved letter is sent" wait_until 15 is_sent 1
check "the mail server has it once, for her and the copy" once jane@globex.example ada@me.example
said_in_journal() { journal -u followup | grep -F 'application 1: sent'; }
check "journalctl --user -u followup tells it" wait_until 10 said_in_journal
journal APPLICATION=1 -o json >"$work/application.json"
checks python3 - "$work/application.json" <<'PYTHON'
import json, sys

lines = [json.loads(line) for line in open(sys.argv[1])]
found = [line for line in lines if line["MESSAGE"] == "application 1: sent"]
print("ok" if len(found) == 1 else "FAIL", "journalctl --user APPLICATION=1 has the line `application 1: sent`, once")
wanted = dict(APPLICATION="1", FOLLOWUP="1", PHASE="sent", PRIORITY="6", SYSLOG_IDENTIFIER="followup")
for name, value in wanted.items():
    is_so = [line.get(name) for line in found] == [value]
    print(f"ok {name}={value}" if is_so else f"FAIL {name}={value}: {found or lines}")
PYTHON

stop_manager
start_manager || give_up "the user manager starts anew"
check "at the next login it is there by itself" wait_until 15 is ActiveState active

# --- Beside it: one that has nothing to do, and one that hangs. A healthy one looks every 60 seconds at least.

for name in idle hung; do
    settings "$home/$name/followup.toml"
    { sed "s| daemon\$| --home %h/$name daemon|" "$unit" && printf '[Service]\nWatchdogSec=65s\n'; } >"$units/$name.service"
done
userctl daemon-reload
check "a second and a third one start, with homes and watchdogs of 65 s of their own" userctl start idle hung
pid_of idle
idle=$pid
pid_of hung
hung=$pid
kill -STOP "$hung"
has_begun() { journal _SYSTEMD_USER_UNIT=idle.service -o cat | grep -qx watching; }
check "the idle one has begun" wait_until 10 has_begun
idle_lines=$(own_lines_of idle)

# --- Reload.

pid_of followup
main=$pid
settings "$home/good/followup/followup.toml"
mark
spoil 's/^password/passwort/'
check "systemctl --user reload followup" userctl reload followup
check "... makes it read the settings" logs 'asked to read the settings again'
check "bad settings: an error in the journal" logs 'the settings cannot be used, going on with those before'
check "... it names the setting" logs passwort
check "... it stays active" is ActiveState active
check "... as the same process" is MainPID "$main"
check "... another letter is approved" approved 2 Initech peter@initech.example "XDG_CONFIG_HOME=$home/good"
check "... and goes, by the settings before" wait_until 15 once peter@initech.example ada@me.example
mark
settings "$toml" none
check "corrected ones: systemctl --user reload followup" userctl reload followup
check "... it goes on with them" logs 'the settings have changed'

# --- Killed.

mark
kill -KILL "$main"
check "after kill -9 systemd starts it anew" wait_until 25 started_anew "$main" followup
check "... once" is NRestarts 1

# --- Stopped with a letter in hand. It goes without a copy: the corrected settings.

check "a letter is approved whose answer comes late" approved 3 Hooli slow@hooli.example
wait_until 15 in_hand slow@hooli.example
check "it is in hand" in_hand slow@hooli.example
check "the server has not taken it yet" count_is 0 taken slow@hooli.example
mark
check "systemctl --user stop followup" userctl stop followup
check "... waits until the server has taken it" once slow@hooli.example
check "... it is recorded as sent" is_sent 3
check "... exit 0" is ExecMainStatus 0
check "... the unit is inactive, not failed" is ActiveState inactive
check "... the journal says how it ended" logged 'application 3: sent'

# --- Started with settings that cannot be read: the quotation mark after the password is missing.

mark
spoil "s/^\(password = .*\)'\$/\1/"
refused() { ! userctl start followup; }
check "with bad settings systemctl --user start fails" refused
check "... exit 5" is ExecMainStatus 5
check "... the unit is failed" is ActiveState failed
check "... the journal says why" logs 'followup.toml, line '
says_why() { journal -u followup -p err -o cat | grep -q 'followup.toml, line [0-9]*, column [0-9]*: '; }
check "... as an error, in one entry" wait_until 10 says_why

# --- The watchdog.

check "the hung one is ended and started anew" wait_until 100 started_anew "$hung" hung
check "... by the watchdog" grep -qF 'Watchdog timeout' <(log_of hung)
check "... once" is NRestarts 1 hung
check "the idle one was left alone" is MainPID "$idle" idle
check "... it has begun with words in the journal" test "$idle_lines" -gt 0
check "... and has said nothing since, for more than 65 seconds" count_is "$idle_lines" own_lines_of idle
check "with bad settings it was not tried again meanwhile" is NRestarts 0
check "... the unit is still failed" is ActiveState failed
settings "$toml"
check "with good ones systemctl --user start works again" userctl start followup

# --- Without a journal.

stop_process "$journald_pid"
start_journald || give_up "systemd-journald starts anew" "$(cat "$work/journald.err")"
mark
check "after journald was restarted, reload" userctl reload followup
check "... is in the journal" logs 'asked to read the settings again'
userctl stop followup
check "one more letter is approved" approved 4 Pied last@piper.example
stop_process "$journald_pid"
journald_pid=
"${as_person[@]}" FOLLOWUP__LOG__FORMAT=journald followup daemon >"$work/forced" 2>&1 </dev/null &
forced=$!
check "without journald, a forced journal: a warning on standard error" \
    wait_until 10 grep -q 'WARN.*the journal cannot be reached' "$work/forced" || cat "$work/forced"
check "... it goes on, and sends" wait_until 15 once last@piper.example ada@me.example
kill -TERM "$forced"
if wait "$forced"; then pass "... to a good end"; else fail "... to a good end" "$(cat "$work/forced")"; fi
check "... it is recorded as sent" is_sent 4

# --- Who reads the journal learns no secret. All of it, of the system too.

journalctl --directory=/var/log/journal --all --output=export >"$work/journal.export" 2>/dev/null
checks python3 - "$work" "$password" <<'PYTHON'
import base64, email, email.policy, glob, re, sys, urllib.parse

work, password = sys.argv[1:]
text = b"".join(open(f"{work}/{name}", "rb").read() for name in ("journal.export", "forced"))


def check(what, found):
    print(f"ok {what}" if not found else f"FAIL {what}: {found}")


check("the whole journal is looked at", [n for n in (1, 2, 3) if b"application %d: sent" % n not in text])
forms = {password, urllib.parse.quote(password), urllib.parse.quote(password, safe=""), urllib.parse.quote_plus(password)}
for before in ("", "\0", "ada\0", "\0ada\0", "x", "xx"):
    # Without what depends on its neighbours.
    forms.add(base64.b64encode((before + password).encode()).decode()[8:-4])
forms |= {form[:12] for form in forms}
check("the password is nowhere in the journal, in no form", [form for form in forms if form.encode() in text])
check("no whole address", sorted(set(re.findall(rb"[\w.+-]+@[\w-]+\.example", text))))
lines = set()
for path in glob.glob(f"{work}/mails/*.eml"):
    mail = email.message_from_file(open(path), policy=email.policy.default)
    lines |= {mail["Subject"], *(line.strip() for line in mail.get_content().splitlines())}
lines = {line for line in lines if len(line) >= 10}
print("ok" if len(lines) > 10 else "FAIL", f"{len(lines) > 10 and 'more than 10' or len(lines)} lines of letters are looked for")
check("no line of a letter", [line for line in lines if line.encode() in text])
PYTHON
check "nobody got a letter twice" test "$(grep -c '^taken.*\(jane\|peter\|slow\|last\)@' "$work/mails/log")" -eq 4
