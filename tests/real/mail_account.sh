# shellcheck shell=bash
# A person whose mail account wants a login, at a Postfix of ours: what they do, and what comes of it, a check or a few
# for each. The witness of what went is the log of Postfix.
#
# Source it after postfix_rig.sh, dovecot_rig.sh, program.sh and authority.sh. It writes $password into a file. Then:
#   account NAME PORT TLS MORE...          a new $home, set up by `init`, which tries the login
#   begins WHAT ADDRESS PORT TLS MORE...   the same, and an approved letter to ADDRESS
#   goes WHAT                              the letter of $home to Jane goes with the next look, once
#   arrived WHAT                           it did already
#   waits WHAT FIRST-LINE                  it did not, and the person is told
# MORE is ${with_file[@]} or ${with_command[@]}, where the password is in a file or printed by a command.

# What is unknown here comes from the scripts that its user sources first; what is unused is for that user.
# shellcheck disable=SC2034,SC2154

# shellcheck source=tests/real/postfix_rig.sh
[ -n "${tls:-}" ] || { echo "source authority.sh first" >&2; exit 2; }

need faketime faketime
password='correct "horse" \ ß§ 1'
install -m 600 /dev/stdin "$work/password" <<<"$password"

account() {
    local port=$2 encryption=$3
    home=$work/home-$1
    shift 3
    followup init --smtp-ca-file "$tls/ours.pem" --name 'Ada Byron' --email ada@me.example --smtp-host localhost \
        --smtp-port "$port" --smtp-tls "$encryption" "$@" &&
        [ -e "$home/followup.toml" ]
}
with_file=(--smtp-user ada@me.example --smtp-password-file "$work/password")
with_command=(--smtp-user ada@me.example --password-command "cat $work/password")

begins() {
    local what=$1 address=$2
    shift 2
    tells "$what: init finds that the server takes the login" 0 '*takes the login*' account "$what" "$@"
    check "$what: a letter is approved" letter_for "$address" Analyst
}

# Letters to Jane so far.
delivered=0
goes() {
    tells "$1: it goes" 0 '*sent 1,*' followup tick
    check "$1: one more look" followup tick
    arrived "$1"
}
arrived() {
    wait_until 20 queue_is_empty
    delivered=$((delivered + 1))
    check "$1: Postfix delivered it, once" count_is "$delivered" deliveries_to jane@globex.example
}

waits() {
    check "$1: nothing was delivered" count_is "$delivered" deliveries_to jane@globex.example
    check "$1: the letter is still approved" still_approved
    tells "$1: list says so in its first line" 0 "! $2*" followup list
    tells "$1: status says so in its first line" 0 "! $2*" followup status
}
refused='The mail server refuses your account'
away='Mail cannot be sent now'

# method_is METHOD: how the sender of the last letter to Jane had logged in.
method_is() {
    local letter
    letter=$(grep ' to=<jane@globex.example>,' "$mail_log" | tail -n 1 | sed 's/.*\]: \([^:]*\): to=.*/\1/')
    grep " $letter: client=" "$mail_log"
    grep -q " $letter: client=.*sasl_method=$1, sasl_username=ada@me.example" "$mail_log"
}
# told WORDS: a mail to the person says so.
told() {
    local mails
    mapfile -t mails < <(letters_to ada@me.example)
    python3 "$here/letters.py" find "$1" "${mails[@]}"
}
# How often Dovecot was given a wrong one.
wrong_passwords() {
    grep -c 'Password mismatch' "$dovecot_log"
}
# answered WITH: how often Postfix refused or put off a letter so.
answered() {
    grep 'NOQUEUE: reject: ' "$mail_log" | grep -c ": $1 "
}
# In ten minutes the next try is due. Only the wall clock: time-outs are measured as always.
later() {
    HOME=$person FAKETIME_DONT_FAKE_MONOTONIC=1 faketime -f +10m "$binary" --home "$home" "$@" </dev/null
}
