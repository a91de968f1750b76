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

binary=${FOLLOWUP:-}
if [ -z "$binary" ]; then
    crate=$(cd "$here/../.." && pwd)
    (cd "$crate" && cargo build --quiet) || give_up "the program builds"
    binary=${CARGO_TARGET_DIR:-$crate/target}/debug/followup
fi
binary=$(realpath "$binary")
[ -x "$binary" ] || give_up "there is a program to test" "$binary cannot be run"

# Nothing of the caller's own settings may enter.
unset "${!FOLLOWUP@}" "${!XDG_@}" "${!SSL_CERT@}"
export NO_COLOR=1
export FOLLOWUP__ME__TIMEZONE=Europe/London
export FOLLOWUP__SENDING__HOURS=00:00-24:00 FOLLOWUP__SENDING__DAYS=all FOLLOWUP__SENDING__GRACE=0s
export FOLLOWUP__SMTP__COPY=none

need openssl openssl
tls=$work/tls
mkdir -m 755 "$tls"

# authority NAME: a new one, which vouches for others.
authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$tls/$1.key" -out "$tls/$1.pem" 2>>"$tls/log" || give_up "an authority is made" "$(cat "$tls/log")"
}

# certificate NAME HOST DAYS: for HOST, by the authority `ours`; negative DAYS are over.
certificate() {
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$2" >"$tls/$1.ext"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$tls/$1.key" -out "$tls/$1.csr" 2>>"$tls/log" ||
        give_up "a certificate is asked for" "$(cat "$tls/log")"
    openssl x509 -req -in "$tls/$1.csr" -CA "$tls/ours.pem" -CAkey "$tls/ours.key" -CAcreateserial \
        -days "$3" -extfile "$tls/$1.ext" -out "$tls/$1.pem" 2>>"$tls/log" ||
        give_up "a certificate is made" "$(cat "$tls/log")"
    # Postfix wants the key first.
    cat "$tls/$1.key" "$tls/$1.pem" >"$tls/$1.chain"
}

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
    mkdir -m 700 "$home"
    followup init --no-login --name 'Ada Byron' --email ada@me.example \
        --smtp-host localhost --smtp-port "$2" --smtp-tls "$3" &&
        followup add --company Globex --position "$1" --contact 'Jane Doe <jane@globex.example>' \
            --interviewed '16 days ago' --promised '13 days ago' &&
        followup draft 1 && followup approve 1
}

followup() {
    HOME=$work "$binary" --home "$home" "$@" </dev/null
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
    local said status words=$4
    home=$work/$1
    check "$1: a letter is approved" approved "$1" "$2" "$3" || return
    said=$(followup tick 2>&1)
    status=$?
    if [ "$status" -eq 6 ] && [[ $(tr -s ' \n' ' ' <<<"$said") == *"$words"* ]]; then
        pass "$1: nothing goes, and it says why"
    else
        fail "$1: nothing goes, and it says why" "$said (exit $status)"
    fi
    check "$1: Postfix has no letter more" count_is "$delivered" deliveries_to jane@globex.example
    check "$1: the letter is still approved" grep -q '"phase": "approved"' <(followup show 1 --json)
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
