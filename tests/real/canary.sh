#!/usr/bin/env bash
# A password that nobody else has, given in every way there is, to a program that is made to say as much as it can: logs
# at trace, every command, settings that are wrong in the very line, a mail server that repeats the login. Afterwards it
# is looked for, in every form, in all that was written or said, and in what every child was given. First of all the rig
# is shown to find one in each of these places.
#
#   tests/real/canary.sh           on Debian or Ubuntu, as root (installs python3, sqlite3 and strace if missing; only
#                                  root can put a journal where there is none)
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   KEEP=1 ...                     leave homes, logs and mails for a look

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
need python3 python3
need sqlite3 sqlite3
need strace strace
# shellcheck source=tests/real/canary_rig.sh
. "$here/canary_rig.sh"
at_any_hour
export FOLLOWUP__LOG__LEVEL=trace RUST_LOG=trace RUST_BACKTRACE=full

proof=$work/proof
mkdir -p "$proof"
missed=0
while IFS= read -r form; do
    printf 'a line before\n{"x": "y%sz"}\nand after\n' "$(canary form "$form" "$password" "$user")" >"$proof/log"
    if is_clean "$proof"; then
        missed=$((missed + 1))
        echo "$form"
    fi
done < <(canary forms)
check 'the rig finds it in each form' test "$missed" -eq 0
rm "$proof/log"
sqlite3 "$proof/file" "CREATE TABLE a(b); INSERT INTO a VALUES (printf('%.5000c', 'x') || 'canary=7f3a')"
check 'the rig finds it in a database' is_not_clean "$proof"
printf 'Subject: x\n\nyour p%%ss/w"\xc3\xb6\x27\\d +ca=\nnary=7f3a\n' >"$proof/file"
check 'the rig finds it in a mail, across its lines' is_not_clean "$proof"
SECRET=$password strace -f -v -s 65536 -e trace=execve -o "$proof/file" sh -c 'true; env true'
check 'the rig finds it in the environment of a child' is_not_clean "$proof"
echo 'nothing' >"$proof/file"
is_nowhere 'the rig finds nothing where nothing is' "$proof"

start_echoing_server
start_journal

# lives WAY [briefly]: a home with letters to send, its account refused, out of order, then well, and a daemon for each
# shape of the log.
lives() {
    local way=$1 modes=(refuse refuse-login defer garbage drop) mode format
    [ "${2:-}" != briefly ] || { modes=(refuse refuse-login) && formats=(text); }
    check "$way: letters are approved" several_letters
    for mode in "${modes[@]}"; do
        echo "$mode" >"$work/mode"
        run check
        # What is held is tried again when the settings change.
        FOLLOWUP__ME__PHONE="+44 $count" run tick --verbose
        FOLLOWUP__ME__PHONE="+45 $count" FOLLOWUP__LOG__FORMAT=json run tick
    done
    echo refuse >"$work/mode"
    [ "${2:-}" = briefly ] || every_look
    for format in "${formats[@]}"; do
        daemon_with "$format"
    done
    run_in_terminal edit 2
    EDITOR_ENDS=1 run_in_terminal edit 2
    run_in_terminal check
    echo accept >"$work/mode"
    run check --send-test
    run tick --verbose
    run log
    HOME=$person "$binary" --home "$home" config >&- 2>"$said/closed"
    HOME=$person "$binary" --home "$home" tick >/dev/full 2>"$said/full"
    mv "$home/followup.toml" "$secrets/$way.toml"
    is_nowhere "$way: it is in no log and on no screen" "$said"
    is_nowhere "$way: it is in no file of its home" "$home"
    is_nowhere "$way: no child was given it" "$children"
    check "$way: the editor was started" test -s "$children/editor.environ"
    check "$way: no child has our settings, or where systemd listens" count_is 0 ours_in_children
    check "$way: nothing panicked" count_is 0 panics
}

# Given by mistake in a name that is no setting; and what a service has besides.
export FOLLOWUP_SMTP_PASSWORD=$password NOTIFY_SOCKET=$work/notify
new_home toml "password = $in_toml"
lives toml
new_home command "password_command = [\"$work/password-command\"]"
lives command
check 'command: it was run' test -s "$children/command.environ"
new_home file "password_file = \"$secrets/password\""
lives file briefly
export FOLLOWUP__SMTP__PASSWORD=$password
new_home environment
lives environment briefly
unset FOLLOWUP__SMTP__PASSWORD
export CREDENTIALS_DIRECTORY=$secrets
new_home credential
lives credential briefly
unset CREDENTIALS_DIRECTORY FOLLOWUP_SMTP_PASSWORD NOTIFY_SOCKET

check 'the server heard it: it was in use' \
    grep -qaF "$(canary form 'the response of PLAIN' "$password" "$user")" "$secrets/heard"
check 'the server took letters and mails' test "$(find "$work/mails" -type f | wc -l)" -ge 10
is_nowhere 'it is in no mail, though the server had repeated it' "$work/mails"
check 'an editor left a file behind' test -n "$(find "$TMPDIR" -name 'letter-*')"
is_nowhere 'it is not in that' "$TMPDIR"
if [ -e "$work/journal" ]; then
    check 'the journal was written' grep -aq SYSLOG_IDENTIFIER "$work/journal"
    is_nowhere 'it is not in the journal' "$work/journal"
fi

# Settings that are wrong in the very line. What is typed wrong stands here as it is in the file.
mistakes=0
while IFS= read -r line; do
    mistaken "$(printf '%b' "$line")"
    mistakes=$((mistakes + 1))
done <<'LINES'
password = p%ss/w"ö'\\\\d +canary=7f3a
password = 7f3a+canary
password = 7.3canary
password = "p%ss/w\\"ö'\\\\\\\\d +canary=7f3a
password = 'p%ss/w"ö'\\\\d +canary=7f3a'
password = "p%ss/w\\qö +canary=7f3a"
password = "p%ss/w\\ucanary=7f3a"
password = ["p%ss +canary=7f3a"]
password = { is = "p%ss +canary=7f3a" }
password = 2026-01-01canary
password = true-canary
password = "p%ss +canary=7f3a"\npassword = "p%ss +canary=7f3a"
password = """p%ss +canary=7f3a\nsecond line"""
password = "p%ss +canary=7f3a" "canary"
password = "p%ss +canary=7f3a\\u0000"
password = "p%ss +canary=7f3a"\npassword_file = "/nowhere"
password "p%ss +canary=7f3a"
password: "p%ss +canary=7f3a"
pasword = "p%ss +canary=7f3a"
smtp.password = "p%ss +canary=7f3a"
[smtp.password]\nvalue = "p%ss +canary=7f3a"
[[smtp.password]]\nvalue = "p%ss +canary=7f3a"
[me.password]\nis = "p%ss +canary=7f3a"
[account]\npassword = "p%ss +canary=7f3a"
[imap]\npassword = "p%ss +canary=7f3a"
LINES
is_nowhere "$mistakes mistakes in its line: no message repeats it" "$work"/mistake-*

# mistaken_file TEXT [MODE]: a file that will not do as one.
mistaken_file() {
    printf '%b' "$1" >"$secrets/mistaken"
    chmod "${2:-600}" "$secrets/mistaken"
    mistaken "password_file = \"$secrets/mistaken\""
}
mistaken_file 'p%ss +canary=7f3a\nand more\n'
mistaken_file 'p%ss +canary=7f3a\0'
mistaken_file 'p%ss +canary=7f3a\xff'
mistaken_file 'p%ss +canary=7f3a\n' 644
is_nowhere 'nor where the file with it will not do' "$work"/mistake-*

file=$secrets/password
for script in "cat $file; exit 3" "cat $file $file" "cat $file; printf '\\\\377'" "cat $file >&2" "yes \$(cat $file)"; do
    mistakes=$((mistakes + 1))
    new_home "command-$mistakes" "password_command = [\"sh\", \"-c\", \"$script\"]"
    check "a command that fails: letters are approved" several_letters
    run check
    run tick --verbose
    is_nowhere "nor where the command with it fails: ${script//$secrets\//}" "$home" "$said"
done
