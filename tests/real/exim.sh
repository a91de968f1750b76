#!/usr/bin/env bash
# A second opinion: a letter from `init` to the mailbox of a real Exim, over STARTTLS with AUTH PLAIN and over TLS from
# the first byte with AUTH LOGIN. The witnesses are the log of Exim, the Maildir, and Python's mail parser.
#
#   tests/real/exim.sh             as root on Debian or Ubuntu (installs openssl and Exim's libraries if missing)
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   KEEP=1 ...                     leave mailbox, logs and the homes for a look

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
# shellcheck source=tests/real/authority.sh
. "$here/authority.sh"
at_any_hour
export FOLLOWUP__SMTP__COPY=none

need_root "Exim cannot be started by anyone else"
need python3 python3
rig=$work/exim
chmod 711 "$work"
mkdir -m 755 "$rig"

# Debian lets no two mail servers be installed at once, and the other tests need Postfix. So Exim is not installed: its
# package is unpacked in the temporary folder, and only the libraries that it needs are installed, and the user that it
# must find made, for as long as this runs.
package=exim4-daemon-light
fetch_exim() {
    local library
    (cd "$rig" && { apt-get -qq download "$package" || { apt-get -qq update && apt-get -qq download "$package"; }; }) &&
        dpkg-deb -x "$rig/$package"_*.deb "$rig/package" || return
    dpkg-deb -f "$rig/$package"_*.deb Depends | tr ',' '\n' | sed -n 's/^ *\(lib[^ ]*\).*/\1/p' >"$rig/libraries"
    while read -r library; do
        dpkg -s "$library" >/dev/null 2>&1 || install_package "$library" </dev/null || return
    done <"$rig/libraries"
}
fetch_exim >"$rig/fetch.log" 2>&1 || unavailable "Exim could not be fetched: $(tail -n 5 "$rig/fetch.log")"
if ! getent passwd Debian-exim >/dev/null; then
    useradd --system --no-create-home --shell /usr/sbin/nologin Debian-exim || give_up "Exim's user is made"
    at_exit userdel Debian-exim
fi

authority ours
certificate good localhost 30
install -m 640 -g Debian-exim "$tls/good.key" "$rig/key"
password='correct "horse" \ ß§ 1'
install -m 600 /dev/stdin "$work/password" <<<"$password"
printf '%s' "$password" | install -m 640 -g Debian-exim /dev/stdin "$rig/password"
install -d -m 700 -o Debian-exim -g Debian-exim "$rig/spool" "$rig/log" "$rig/mail"

submission=$(free_port)
submissions=$(free_port)
cat >"$rig/exim.conf" <<CONFIG
primary_hostname = mx.rig.example
spool_directory = $rig/spool
log_file_path = $rig/log/%slog
pid_file_path = $rig/spool/pid
local_interfaces = <; 127.0.0.1
daemon_smtp_ports = $submission : $submissions
tls_on_connect_ports = $submissions
tls_advertise_hosts = *
tls_certificate = $tls/good.pem
tls_privatekey = $rig/key
# It runs, and delivers, as its own user alone; and only when the test says so, in a process that the test waits for.
deliver_drop_privilege = true
queue_only = true
keep_environment =
host_lookup =
rfc1413_hosts =
acl_smtp_rcpt = recipient

begin acl
recipient:
  deny !authenticated = *
       message = authentication required
  accept domains = me.example : globex.example
  deny message = this server has no way out

begin routers
boxes:
  driver = accept
  domains = me.example : globex.example
  local_parts = ada : jane
  transport = maildir

begin transports
maildir:
  driver = appendfile
  maildir_format
  directory = $rig/mail/\$local_part_data@\$domain_data
  return_path_add

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_advertise_condition = \${if def:tls_in_cipher}
  server_prompts = :
  server_set_id = \$auth2
  server_condition = \${if and{{eq{\$auth2}{ada@me.example}}{eq{\$auth3}{\${readfile{$rig/password}}}}}}
login:
  driver = plaintext
  public_name = LOGIN
  server_advertise_condition = \${if def:tls_in_cipher}
  server_prompts = Username:: : Password::
  server_set_id = \$auth1
  server_condition = \${if and{{eq{\$auth1}{ada@me.example}}{eq{\$auth2}{\${readfile{$rig/password}}}}}}
CONFIG

exim_log=$rig/log/mainlog
show_on_failure "$exim_log"
show_on_failure "$rig/log/paniclog"
exim=("$rig/package/usr/sbin/exim4" -C "$rig/exim.conf")
exim_is_gone() {
    ! kill -0 "$(cat "$rig/exim.pid")" 2>/dev/null
}
stop_exim() {
    kill "$(cat "$rig/exim.pid")" 2>/dev/null
    wait_until 10 exim_is_gone || echo "Exim did not stop: see $rig/exim.pid"
}
exim_greets() {
    python3 -c 'import smtplib, sys; smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "rig.example", 5).quit()' "$submission"
}
# In the foreground of a job of ours, so that its process id is known.
"${exim[@]}" -bdf >"$rig/start.log" 2>&1 &
echo $! >"$rig/exim.pid"
at_exit stop_exim
wait_until 20 exim_greets || give_up "Exim greets on 127.0.0.1:$submission" "$(cat "$rig/start.log")"
pass "Exim $("${exim[@]}" -bV | sed -n '1s/^Exim version \([^ ]*\).*/\1/p') listens with a certificate of ours"

letters() {
    find "$rig/mail/jane@globex.example/new" -type f 2>/dev/null
}
deliveries() {
    grep ' => jane <jane@globex.example> ' "$exim_log" | grep -c ' T=maildir'
}
# logins_by METHOD: how many letters Exim took from somebody who logged in so, behind encryption.
logins_by() {
    grep ' <= ada@me.example ' "$exim_log" | grep ' X=TLS1\.[23]:' | grep -c " A=$1:ada@me.example "
}

# setting PORT TLS PASSWORD-FILE: the settings of a new $home, with the login tried.
setting() {
    SSL_CERT_FILE=$tls/ours.pem followup init --name 'Ada Byron' --email ada@me.example --smtp-host localhost \
        --smtp-port "$1" --smtp-tls "$2" --smtp-user ada@me.example --smtp-password-file "$3"
}

# is_the_draft LETTER: it is what `draft --raw` showed, but for what is given when it is sent.
is_the_draft() {
    diff <(tr -d '\r' <"$work/draft.eml" | grep -Ev '^(Date|Message-ID): ') \
        <(sed -n '/^Date: /,$p' "$1" | grep -Ev '^(Date|Message-ID): ')
}

# goes WHAT METHOD: an approved letter of $home reaches the mailbox, once.
delivered=0
goes() {
    local before letter
    before=$(letters)
    check "$1: a letter is approved" letter_for jane@globex.example "$1" || return
    followup draft 1 --raw >"$work/draft.eml"
    check "$1: it goes" followup tick || return
    check "$1: one more tick" followup tick
    check "$1: Exim delivers what it has" "${exim[@]}" -qf
    delivered=$((delivered + 1))
    check "$1: the log of Exim counts one delivery" count_is "$delivered" deliveries
    check "$1: Exim took it from a login by $2 behind TLS 1.2 or newer" count_is 1 logins_by "$2"
    letter=$(letters | grep -vxF "${before:-none}")
    check "$1: it is what draft --raw had shown" is_the_draft "$letter"
    followup show 1 --json >"$work/show.json"
    checks python3 "$here/letters.py" letter "$letter" "$work/show.json"
}

install -m 600 /dev/stdin "$work/wrong" <<<'correct horse'
home=$work/refused
tells "a wrong password: init says 535, exit 6" 6 '*535*nothing was written*' setting "$submission" starttls "$work/wrong"
check "a wrong password: nothing was written" test ! -e "$home/followup.toml"
check "a wrong password: Exim saw the login fail" grep -q '535 Incorrect authentication data' "$exim_log"

export FOLLOWUP__SMTP__AUTH=plain
home=$work/starttls
tells "STARTTLS: init finds that Exim takes the login" 0 '*takes the login*' setting "$submission" starttls "$work/password"
export FOLLOWUP__SMTP__CA_FILE=$tls/ours.pem
goes STARTTLS plain

unset FOLLOWUP__SMTP__CA_FILE
export FOLLOWUP__SMTP__AUTH=login

home=$work/implicit
tells "TLS: init finds that Exim takes the login" 0 '*takes the login*' setting "$submissions" implicit "$work/password"
export FOLLOWUP__SMTP__CA_FILE=$tls/ours.pem
goes TLS login

check "the recipient's mailbox holds both letters" count_is 2 grep -c . <(letters)
check "nothing is left in Exim's queue" count_is 0 "${exim[@]}" -bpc
check "nothing was wrong in Exim's eyes" test ! -s "$rig/log/paniclog"
