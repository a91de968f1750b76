#!/usr/bin/env bash
# Everyday trouble with a real mail account: Postfix takes letters only from those who log in, and a real Dovecot says
# who may. A letter goes from `init` to the mailbox by every way to log in; with a wrong password, without one, with
# Dovecot or Postfix away, past somebody who hides STARTTLS, greylisted, or to a mailbox that is full, it does what
# docs/decisions/003 says, and the person is told. The witnesses are the logs of Postfix and Dovecot, and the Maildirs.
#
#   tests/real/logins.sh           as root on Debian or Ubuntu (installs what is missing: postfix, dovecot-core,
#                                  postgrey, faketime, openssl)
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   KEEP=1 ...                     leave mailboxes, logs and the homes for a look

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/postfix_rig.sh
. "$here/postfix_rig.sh"
# shellcheck source=tests/real/dovecot_rig.sh
. "$here/dovecot_rig.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
# shellcheck source=tests/real/authority.sh
. "$here/authority.sh"
# shellcheck source=tests/real/mail_account.sh
. "$here/mail_account.sh"
at_any_hour
export FOLLOWUP__SMTP__COPY=none FOLLOWUP__LOG__LEVEL=trace

need postgrey postgrey
# Postfix must be there before Dovecot gives its user a socket.
need postfix postfix
start_dovecot ada@me.example "$password"
authority ours
certificate good localhost 30

submission=$(free_port) submissions=$(free_port) plain_only=$(free_port) login_only=$(free_port)
greylisting=$(free_port) grey_port=$(free_port) busy=$(free_port) delaying=$(free_port)
more_settings="smtpd_tls_chain_files = $tls/good.chain
smtpd_tls_loglevel = 1
smtpd_sasl_type = dovecot
smtpd_sasl_path = $sasl_socket
# Each command is answered for itself, as many providers do it.
smtpd_delay_reject = no
smtpd_sender_restrictions = permit_sasl_authenticated, check_sender_access static:{530 5.7.0 Authentication required}
smtpd_recipient_restrictions = check_recipient_access inline:{{full@globex.example = 552 5.2.2 Mailbox full}}
smtpd_end_of_data_restrictions = check_recipient_access inline:{{long@globex.example = 552 5.3.4 Too big}}
# How soon it tries again what failed because Dovecot was away.
service_throttle_time = 1s"
starttls="-o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes"
more_services="tlsmgr unix - - n 1000? 1 tlsmgr
127.0.0.1:$submission inet n - n - - smtpd $starttls
127.0.0.1:$submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
127.0.0.1:$plain_only inet n - n - - smtpd $starttls -o smtpd_sasl_mechanism_filter=plain
127.0.0.1:$login_only inet n - n - - smtpd $starttls -o smtpd_sasl_mechanism_filter=login
127.0.0.1:$delaying inet n - n - - smtpd $starttls -o smtpd_delay_reject=yes
    -o smtpd_client_restrictions=permit_sasl_authenticated,reject
127.0.0.1:$greylisting inet n - n - - smtpd $starttls
    -o smtpd_recipient_restrictions=check_policy_service,inet:127.0.0.1:$grey_port
127.0.0.1:$busy inet n - n - - smtpd $starttls
    -o { smtpd_end_of_data_restrictions = check_sender_access texthash:$work/busy }"
echo 'ada@me.example 452 4.2.2 Mailbox full' >"$work/busy"
start_postfix ada@me.example jane@globex.example
pass "Postfix $(postconf -c "$work/postfix/config" -h mail_version) and Dovecot $(dovecot --version | cut -d' ' -f1) listen"

mkdir -m 755 "$work/postgrey"
chown postgrey "$work/postgrey"
: >"$work/postgrey/nobody"
postgrey --inet="127.0.0.1:$grey_port" --dbdir="$work/postgrey" --delay=1 --whitelist-clients="$work/postgrey/nobody" \
    --whitelist-recipients="$work/postgrey/nobody" >"$work/postgrey.log" 2>&1 &
grey=$!
stop_postgrey() { kill "$grey"; wait "$grey"; } 2>/dev/null
at_exit stop_postgrey
listens() { python3 -c 'import socket, sys; socket.create_connection(("127.0.0.1", int(sys.argv[1])))' "$1"; }
wait_until 20 listens "$grey_port" || give_up 'postgrey listens' "$(cat "$work/postgrey.log")"

# logs_in WHAT PORT TLS AUTH METHOD MORE...
logs_in() {
    local what="$1, $4" port=$2 encryption=$3 auth=$4 method=$5
    shift 5
    begins "$what" jane@globex.example "$port" "$encryption" "$@"
    FOLLOWUP__SMTP__AUTH=$auth goes "$what"
    check "$what: Postfix saw a login by $method" method_is "$method"
}
for auth in 'auto PLAIN' 'plain PLAIN' 'login LOGIN'; do
    logs_in STARTTLS "$submission" starttls "${auth% *}" "${auth#* }" "${with_file[@]}"
    [ "$auth" != 'auto PLAIN' ] || starttls_home=$home
    logs_in TLS "$submissions" implicit "${auth% *}" "${auth#* }" "${with_command[@]}"
done
mapfile -t letters < <(letters_to jane@globex.example)
home=$starttls_home followup show 1 --json >"$work/show.json"
checks python3 "$here/letters.py" letter "${letters[0]}" "$work/show.json"
checks python3 "$here/letters.py" letter "${letters[1]}" "$work/show.json"
logs_in 'PLAIN alone' "$plain_only" starttls auto PLAIN "${with_file[@]}"
logs_in 'LOGIN alone' "$login_only" starttls auto LOGIN "${with_file[@]}"

begins 'nothing in common' jane@globex.example "$login_only" starttls "${with_file[@]}"
export FOLLOWUP__SMTP__AUTH=plain
tells 'nothing in common: tick says so' 6 '*offers no way to log in*' followup tick
waits 'nothing in common' "$refused"
unset FOLLOWUP__SMTP__AUTH
goes 'any way again'

install -m 600 "$work/password" "$work/hers"
with_hers=(--smtp-user ada@me.example --smtp-password-file "$work/hers")
begins 'wrong password' jane@globex.example "$submission" starttls "${with_hers[@]}"
echo 'correct horse' >"$work/hers"
tells 'wrong password: tick says so' 6 '*535*' followup tick
tells 'wrong password: the next tick too' 6 '*535*' followup tick
check 'wrong password: Dovecot was asked once' count_is 1 wrong_passwords
waits 'wrong password' "$refused*535"
tells 'wrong password: check says what to look at' 6 '*no smtp login*535*the password right?*' followup check
cp "$work/password" "$work/hers"
tells 'corrected: check finds it well' 0 '*ok smtp login*' followup check
goes 'corrected'
check 'corrected: the person is told by mail' told 'That is over, and nothing was lost'

begins 'daemon' jane@globex.example "$submission" starttls "${with_hers[@]}"
echo 'correct horse' >"$work/hers"
before=$(wrong_passwords)
show_on_failure "$work/daemon.log"
HOME=$person "$binary" --home "$home" daemon >"$work/daemon.log" 2>&1 </dev/null &
daemon=$!
kill_daemon() { [ -z "$daemon" ] || kill -KILL "$daemon"; }
at_exit kill_daemon
was_refused() { followup list | grep -q "^! $refused"; }
check 'daemon: it tries the wrong password' wait_until 30 was_refused
waits 'daemon' "$refused*535"
cp "$work/password" "$work/hers"
has_one_more() { [ "$(deliveries_to jane@globex.example)" -gt "$delivered" ]; }
check 'daemon: it notices the corrected file by itself' wait_until 90 has_one_more
kill "$daemon"
wait "$daemon"
check 'daemon: SIGTERM ends it, exit 0' test $? -eq 0
daemon=
check 'daemon: one more look' followup tick
arrived 'daemon'
check 'daemon: Dovecot was asked once with the wrong one' count_is $((before + 1)) wrong_passwords

begins 'Dovecot away' jane@globex.example "$submission" starttls "${with_file[@]}"
stop_dovecot
tells 'Dovecot away: tick says so' 6 '*454*' followup tick
waits 'Dovecot away' "$away*454"
run_dovecot
tells 'Dovecot back: nothing is tried before its time' 6 '*454*' followup tick
check 'Dovecot back: followup check' followup check
goes 'Dovecot back'

tells 'no login: init has nothing against it' 0 '*' account 'no login' "$submission" starttls
check 'no login: a letter is approved' letter_for jane@globex.example Analyst
tells 'no login: tick says so' 6 '*530*' followup tick
waits 'no login' "$refused*530"
export FOLLOWUP__SMTP__USERNAME=ada@me.example FOLLOWUP__SMTP__PASSWORD_FILE=$work/password
# The letter would go from another account than the one that was approved.
tells 'a login at last: the letter goes from another account, so that it waits for a new yes' 0 '*sent 0,*' followup tick
check 'a login at last: approved again' followup approve 1
goes 'a login at last'
unset FOLLOWUP__SMTP__USERNAME FOLLOWUP__SMTP__PASSWORD_FILE

tells 'no login, refused at RCPT: init has nothing against it' 0 '*' account 'no login, later' "$delaying" starttls
check 'no login, refused at RCPT: a letter is approved' letter_for jane@globex.example Analyst
tells 'no login, refused at RCPT: tick says so' 6 '*554*Access denied*smtp.username*' followup tick
waits 'no login, refused at RCPT' "$refused*554"
tells 'no login, refused at RCPT: check says what is missing' 0 '*set smtp.username*' followup check

between=$(free_port)
python3 "$here/strip_starttls.py" "$between" "$submission" "$work/said" &
proxy=$!
stop_proxy() { kill "$proxy"; wait "$proxy"; } 2>/dev/null
at_exit stop_proxy
wait_until 20 listens "$between" || give_up 'somebody stands between'
lines_before=$(wc -l <"$mail_log")
tells 'STARTTLS hidden: init says so' 0 '*could not be asked*STARTTLS*not offered*' \
    account 'STARTTLS hidden' "$between" starttls "${with_file[@]}"
check 'STARTTLS hidden: a letter is approved' letter_for jane@globex.example Analyst
tells 'STARTTLS hidden: tick says so' 6 '*STARTTLS*not offered*' followup tick
waits 'STARTTLS hidden' "$away"
check 'STARTTLS hidden: it came as far as EHLO' grep -q '^EHLO me.example' "$work/said"
check 'STARTTLS hidden: not a byte of a login or a letter was said' \
    count_is 0 grep -Eic 'AUTH|MAIL|RCPT|DATA|ada@me' "$work/said"
check 'STARTTLS hidden: Postfix saw neither' count_is 0 \
    grep -Ec ' (auth|mail)=[0-9]' <(tail -n "+$((lines_before + 1))" "$mail_log")

begins 'greylisted' jane@globex.example "$greylisting" starttls "${with_file[@]}"
started=$SECONDS
check 'greylisted: tick' followup tick
check 'greylisted: Postfix put it off for postgrey' grep -q '450 4.2.0 .*Greylisted' "$mail_log"
check 'greylisted: the letter is still approved' still_approved
check 'greylisted: nothing is tried before its time' followup tick
check 'greylisted: nothing was delivered' count_is "$delivered" deliveries_to jane@globex.example
past_the_delay() { [ "$SECONDS" -gt $((started + 2)) ]; }
wait_until 10 past_the_delay
tells 'greylisted: ten minutes later it goes' 0 '*sent 1,*' later tick
check 'greylisted: one more look' later tick
arrived 'greylisted'

# full WHAT ADDRESS PORT: refused for good.
full() {
    begins "$1" "$2" "$3" starttls "${with_file[@]}"
    check "$1: tick" followup tick
    check "$1: one more look" followup tick
    tells "$1: the person sees it" 0 '*1 application needs you*refused*' followup
    tells "$1: and what to do" 0 "*552*followup set 1 --contact*" followup show 1
    check "$1: the person is told by mail" told '552'
    check "$1: and what to do, too" told 'followup set 1 --contact'
    check "$1: nothing was delivered" count_is 0 deliveries_to "$2"
    rm -f "$work/postfix/mail/ada@me.example/new/"*
}
full 'mailbox full' full@globex.example "$submission"
check 'mailbox full: Postfix was asked once' count_is 1 answered '552 5.2.2'
full 'too big, after the dot' long@globex.example "$submission"

begins 'full for now' jane@globex.example "$busy" starttls "${with_file[@]}"
check 'full for now: tick' followup tick
check 'full for now: Postfix put it off after the dot' grep -q 'reject: END-OF-MESSAGE .*: 452 4.2.2 ' "$mail_log"
check 'full for now: the letter is still approved' still_approved
check 'full for now: nothing was delivered' count_is "$delivered" deliveries_to jane@globex.example
echo 'ada@me.example OK' >"$work/busy"
postfix -c "$work/postfix/config" reload >>"$work/postfix/start.log" 2>&1
tells 'full for now: ten minutes later it goes' 0 '*sent 1,*' later tick
arrived 'full for now'

begins 'Postfix away' jane@globex.example "$submission" starttls "${with_file[@]}"
stop_postfix
tells 'Postfix away: tick says so' 6 '*cannot be reached*refused*' followup tick
waits 'Postfix away' "$away"
postfix -c "$work/postfix/config" start >>"$work/postfix/start.log" 2>&1
wait_until 20 postfix_greets
check 'Postfix back: followup check' followup check
goes 'Postfix back'

# In base64 too, as PLAIN and LOGIN say it.
secrets=("$password" 'correct horse' "$(base64 <<<"$password" | cut -c 1-20)"
    "$(printf '\0ada@me.example\0%s' "$password" | base64 -w 0 | cut -c 1-30)")
files_with_secrets() {
    grep -rlaF -e "${secrets[0]}" -e "${secrets[1]}" -e "${secrets[2]}" -e "${secrets[3]}" "$work"/home-* "$work/"*.log
}
check 'no password is in any log, database or home' count_is 0 grep -c . <(files_with_secrets)
check 'the mailbox holds each letter once' count_is "$delivered" letters_in_box jane@globex.example
check 'nothing is left in the queue' queue_is_empty
