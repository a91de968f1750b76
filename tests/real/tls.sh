#!/usr/bin/env bash
# The line to a real mail server: Postfix with submission (STARTTLS) and submissions (TLS from the
# first byte), with certificates of an authority that is made on the spot. A letter goes over each,
# and over none whose certificate cannot be believed, or that does not offer STARTTLS. The witnesses
# are the Maildirs and the log of Postfix.
#
#   tests/real/tls.sh              as root on Debian or Ubuntu (installs postfix and openssl if missing)
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   KEEP=1 ...                     leave mailboxes, logs and the homes for a look

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/postfix_rig.sh
. "$here/postfix_rig.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
# shellcheck source=tests/real/authority.sh
. "$here/authority.sh"
at_any_hour
export FOLLOWUP__SMTP__COPY=none

authority ours
authority other
certificate good localhost 30
certificate expired localhost -1
certificate elsewhere elsewhere.example 30

submission=$(free_port)
submissions=$(free_port)
old=$(free_port)
foreign=$(free_port)
more_settings="smtpd_tls_chain_files = $tls/good.chain
smtpd_tls_loglevel = 1"
more_services="tlsmgr unix - - n 1000? 1 tlsmgr
127.0.0.1:$submission inet n - n - - smtpd
    -o smtpd_tls_security_level=encrypt
127.0.0.1:$submissions inet n - n - - smtpd
    -o smtpd_tls_wrappermode=yes
127.0.0.1:$old inet n - n - - smtpd
    -o smtpd_tls_wrappermode=yes -o smtpd_tls_chain_files=$tls/expired.chain
127.0.0.1:$foreign inet n - n - - smtpd
    -o smtpd_tls_security_level=encrypt -o smtpd_tls_chain_files=$tls/elsewhere.chain"
start_postfix ada@me.example jane@globex.example
pass "Postfix $(postconf -c "$work/postfix/config" -h mail_version) listens with certificates of ours"

# approved POSITION PORT TLS: the new folder $home has an approved letter, for that server.
approved() {
    followup init --no-login --name 'Ada Byron' --email ada@me.example \
        --smtp-host localhost --smtp-port "$2" --smtp-tls "$3" &&
        letter_for jane@globex.example "$1"
}

tls_is_new() {
    local seen
    seen=$(grep -o 'TLS connection established from [^:]*: [^ ]*' "$mail_log" | sed 's/.*: //' | sort -u)
    echo "$seen"
    [ -n "$seen" ] && ! grep -qv '^TLSv1\.[23]$' <<<"$seen"
}

delivered=0

# goes WHAT PORT TLS: the letter of a new home reaches the mailbox.
goes() {
    home=$work/$1
    check "$1: a letter is approved" approved "$1" "$2" "$3" || return
    check "$1: followup check takes the line" followup check
    check "$1: it goes" followup tick || return
    wait_until 20 queue_is_empty
    delivered=$((delivered + 1))
    check "$1: Postfix delivered it, once" count_is "$delivered" deliveries_to jane@globex.example
}

# refuses WHAT PORT TLS WORDS: exit 6, with these words, and Postfix got no letter.
refuses() {
    home=$work/$1
    check "$1: a letter is approved" approved "$1" "$2" "$3" || return
    tells "$1: nothing goes, and it says why" 6 "*$4*" followup tick
    check "$1: Postfix has no letter more" count_is "$delivered" deliveries_to jane@globex.example
    check "$1: the letter is still approved" still_approved
}

export FOLLOWUP__SMTP__CA_FILE=$tls/ours.pem
goes STARTTLS "$submission" starttls
goes 'implicit TLS' "$submissions" implicit
refuses 'no STARTTLS' "$smtp_port" starttls 'not offered'
refuses 'an expired certificate' "$old" implicit 'certificate'
refuses 'the certificate of another host' "$foreign" starttls 'certificate'
refuses 'TLS where none is spoken' "$smtp_port" implicit 'TLS'
export FOLLOWUP__SMTP__CA_FILE=$tls/other.pem
refuses 'an authority that is not ours, over STARTTLS' "$submission" starttls 'certificate'
refuses 'an authority that is not ours' "$submissions" implicit 'certificate'
unset FOLLOWUP__SMTP__CA_FILE
refuses 'an authority that this machine does not know' "$submissions" implicit 'certificate'

check "Postfix names TLS 1.2 or newer for both letters" tls_is_new
check "the recipient's mailbox holds both letters" count_is 2 letters_in_box jane@globex.example
