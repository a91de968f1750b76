#!/usr/bin/env bash
# A walk through the program as a person takes it, in a real terminal of 80 columns (tmux), from `init` to a closed
# application, against a real Postfix, on Monday, 16 November 2026 (Debian's faketime moves the unchanged program's
# clock). Each screen is looked at for what it must say.
#
#   tests/real/walkthrough.sh           as root on Debian or Ubuntu (installs postfix, tmux, faketime if missing)
#   tests/real/walkthrough.sh --write   and writes what was on the screen into docs/walkthrough.md
#   FOLLOWUP=PATH ...                   this binary instead of `cargo build` and target/debug/followup

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/postfix_rig.sh
. "$here/postfix_rig.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
crate=$(cd "$here/../.." && pwd)

need tmux tmux
need faketime faketime
start_postfix ada@me.example jane@globex.example

document=$work/walkthrough.md
mkdir -m 700 "$work/bin"
ln -s "$binary" "$work/bin/followup"
# A mail program of few words: it prints the newest mail of the person.
cat >"$work/bin/mail" <<'PYTHON'
#!/usr/bin/env python3
import email.policy
mail = email.message_from_file(open("newest-mail"), policy=email.policy.default)
print("Subject:", mail["Subject"], "\n\n" + mail.get_content(), end="")
PYTHON
chmod +x "$work/bin/mail"
distance=$(($(date -u -d '2026-11-16 14:55:00' +%s) - $(date +%s)))
[ "$distance" -lt 0 ] || distance=+$distance

terminal=walkthrough-$$
screen() { tmux -L "$terminal" capture-pane -p -S - -t main | sed -e 's/[ ]*$//' -e "s|$work/||g"; }
close_terminal() { tmux -L "$terminal" kill-server 2>/dev/null; }
at_exit close_terminal
# A terminal of the person's: their home, a prompt, and nothing else of this machine.
open_window() {
    cd "$person" && env -i HOME="$person" PATH="$work/bin:/usr/bin:/bin" TERM=xterm-256color LANG=C.UTF-8 TZ=Europe/London \
        FAKETIME_DONT_FAKE_MONOTONIC=1 tmux -L "$terminal" "$@" \
        "faketime -f ${distance}s env PS1='\$ ' NO_COLOR=1 bash --norc --noprofile"
}
open_window new-session -d -s main -x 80 -y 60

at_prompt() { [ "$(screen | grep -v '^$' | tail -1)" = '$' ]; }
says() { screen | tr '\n' ' ' | tr -s ' ' | grep -qF -- "$1"; }
key() { tmux -L "$terminal" send-keys -t main -l "$1" && tmux -L "$terminal" send-keys -t main Enter; }
clear_screen() { key clear; wait_until 10 at_prompt; tmux -L "$terminal" clear-history -t main; }

# tell TEXT: a paragraph of the document.
tell() { printf '\n%s\n' "$1" >>"$document"; }
# Without the prompt that waits for the next command; a port and a folder of the test stand for real ones.
keep() {
    local shown
    shown=$(screen | sed -e "s/$smtp_port/465/g" -e 's|person/\.|~/.|g')
    printf '\n```text\n%s\n```\n' "${shown%$'\n$'}" >>"$document"
}

# walk COMMAND PHRASE...: types the command, waits for the prompt, and looks for the phrases.
walk() {
    local command=$1 phrase
    shift
    clear_screen
    key "$command"
    sleep 0.3
    wait_until 30 at_prompt || give_up "$command comes to its end" "$(screen)"
    for phrase in "$@"; do
        if says "$phrase"; then pass "$command: $phrase"; else fail "$command: $phrase" "$(screen)"; fi
    done
    keep
}

# answer QUESTION ANSWER: waits for the question, and types.
answer() {
    wait_until 10 says "$1" || give_up "it asks: $1" "$(screen)"
    key "$2"
    sleep 0.3
}

cat >"$document" <<'TEXT'
# A walk through followup

From the first command to a closed application, in a terminal of 80 columns. It is Monday, 16 November 2026, shortly
before three in London, and in New York the morning has begun. Everything below was on the screen; it is written by
`tests/real/walkthrough.sh --write`, which walks the same way against a real mail server on every run of the tests.

## Setting up
TEXT
wait_until 10 at_prompt || give_up "a terminal opens" "$(screen)"
walk 'followup' 'there are no settings yet' 'run `followup init`'
tell 'It says what to do. (This mail server wants no login, hence the `-`; yours will ask for a password.)'
clear_screen
key "followup init --smtp-port $smtp_port --smtp-tls none"
answer 'Your name' 'Ada Byron'
answer 'Your address:' 'ada at me.example'
answer 'is not a mail address' 'ada@me.example'
answer 'Your phone number' '+44 20 7946 0000'
answer 'Your time zone' ''
answer 'server for sending' '127.0.0.1'
answer 'The name you log in with' '-'
wait_until 20 at_prompt || give_up "init comes to its end" "$(screen)"
check "init tried the login and wrote the settings" says 'takes the login'
keep
tell 'Is all well, and does a mail get out?'
walk 'followup check --send-test' 'ok smtp login' 'ok test mail sent to ada@me.example'

printf '\n## An application\n' >>"$document"
tell 'A day that no calendar has is noticed, and nothing is stored.'
walk "followup add --company Globex --position Analyst --contact 'Jane Doe <jane@globex.example>' --interviewed 2026-11-31" \
    '2026-11-31 is not a day of the calendar'
walk "followup add --company Globex --position Analyst --contact 'Jane Doe <jane@globex.example>' --interviewed 'in 3 days'" \
    'has not taken place yet'
walk "followup add --company Globex --position Analyst --contact 'Jane Doe <jane@globex.example>' --interviewed '13 days ago' --promised 2026-11-06 --timezone America/New_York --strength 'seven years of reporting in SQL'" \
    'Added 1: Analyst at Globex.' 'they promised an answer by Fri 6 Nov 2026' 'followup why 1'
walk 'followup why globex' 'opens' 'neither impatient nor forgetful'
walk 'followup agenda' 'is ready for your word'

printf '\n## The letter\n' >>"$document"
tell 'The service runs in another window (`followup daemon`), and has looked.'
open_window new-window -d -n service
tmux -L "$terminal" send-keys -t service 'followup daemon' Enter
asked() { [ "$(letters_to ada@me.example | wc -l)" -ge 2 ]; }
wait_until 60 asked || give_up "the person is asked by mail" "$(screen)"
pass "the person is asked by mail"
walk 'followup' '1 letter waits for your word.' 'followup draft 1' 'Daemon: running'
tell 'The same stands in the mail that came.'
ask=$(letters_to ada@me.example | tail -1)
install -m 600 "$ask" "$person/newest-mail"
walk 'mail' 'A letter to Globex waits for your word' 'they answered'
tell 'A word is changed, in the editor of the person (here one that changes a word by itself). The new words need a new yes.'
walk "EDITOR='sed -i s/simply/only/' followup edit 1" 'I would only like to ask how things stand'
walk 'followup approve globx' 'did you mean 1, Globex?'
walk 'followup approve globex' 'Approved. It goes in' 'followup recall 1'
walk 'followup recall 1' 'Taken back.'
walk 'followup approve 1 -q'
walk 'followup' 'approved' 'goes today' 'followup recall 1'
tell 'Half a minute later:'
delivered() { [ "$(deliveries_to jane@globex.example)" -ge 1 ]; }
wait_until 60 delivered || give_up "the letter arrives" "$(screen)"
pass "the letter arrives"
is_sent() { HOME=$person faketime -f "${distance}s" "$binary" list 2>/dev/null | grep -q sent; }
wait_until 10 is_sent
walk 'followup' 'Sent: 1, the letter to Jane Doe at Globex'
tell 'It is too late to take it back, and it does not go twice.'
walk 'followup recall 1' 'it is too late: the letter has been sent'
walk 'followup approve 1' 'nothing is open on application 1'

printf '\n## What came of it\n' >>"$document"
walk 'followup called 1 voicemail' 'Noted: voicemail.'
walk "followup heard 1 reply" 'Nothing further is sent.' 'followup promise 1 DATE'
walk 'followup promise 1 friday' 'they promised an answer by Fri 20 Nov 2026' 'Fri 27 Nov'
walk 'followup snooze 1 2026-12-01' 'Not before Tue 1 Dec 2026.'
walk "followup called 1 offer --note 'starting in January'" 'Noted for Analyst at Globex: offer.'
walk "followup close 1 --why 'they took me'" 'Closed 1: Analyst at Globex.'
walk 'followup list' 'No application is open.'
walk 'followup log 1' 'they took me' 'called: offer: starting in January'
walk 'followup backup followup-backup.db' 'readable by you alone'
walk 'followup status' 'Daemon: running' 'Nothing is held'
check "one letter, once" test "$(deliveries_to jane@globex.example)" -eq 1

if [ "${1:-}" = --write ] && [ "$failed" -eq 0 ]; then
    cp "$document" "$crate/docs/walkthrough.md"
    echo "wrote docs/walkthrough.md"
fi
