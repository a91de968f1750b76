# shellcheck shell=bash
# A real Postfix of our own: configuration, queue, data, mailboxes and log lie in the temporary
# folder, it listens on one port of 127.0.0.1 without TLS, it delivers into Maildirs and to nowhere
# else, and it is stopped at exit. The system's own Postfix, if there is one, is not touched.
#
# Source it after lib.sh. Then:
#   start_postfix ADDRESS...   a Maildir for each address; other addresses of the same domains are
#                              accepted too and land in `anyone@DOMAIN`. Sets $smtp_port, $mail_log.
#                              $more_settings and $more_services, if they are set, are added to the
#                              configuration.
#   letters_to ADDRESS         the files delivered to it, one a line, oldest first
#   letters_in_box ADDRESS     how many these are
#   deliveries_to ADDRESS      how many deliveries to it the log of Postfix counts
#   queue_is_empty             nothing is still on its way

# shellcheck source=tests/real/lib.sh
[ -n "${work:-}" ] || { echo "source lib.sh first" >&2; exit 2; }

smtp_port=
mail_log=$work/postfix/mail.log

start_postfix() {
    local home=$work/postfix owner address domains=()
    need_root "Postfix cannot be started by anyone else"
    need python3 python3
    need postfix postfix

    # Deliveries are made as this user, who therefore has to reach the Maildirs through every folder above.
    owner=$(id -u nobody)
    chmod 711 "$work"
    mkdir -m 755 "$home" "$home/config" "$home/queue"
    install -d -m 700 -o postfix "$home/data"
    install -d -m 700 -o "$owner" "$home/mail"
    setpriv --reuid "$owner" --clear-groups test -w "$home/mail" ||
        unavailable "user nobody cannot reach $home/mail: choose another TMPDIR"
    smtp_port=$(free_port)

    mapfile -t domains < <(printf '%s\n' "${@#*@}" | sort -u)
    for address in "$@"; do
        printf '%s %s/\n' "$address" "$address"
    done >"$home/config/mailboxes"
    for address in "${domains[@]}"; do
        printf '@%s anyone@%s/\n' "$address" "$address"
    done >>"$home/config/mailboxes"

    cat >"$home/config/main.cf" <<CONFIG
compatibility_level = 3.6
queue_directory = $home/queue
data_directory = $home/data
maillog_file = $mail_log
maillog_file_prefixes = $home

myhostname = mx.rig.example
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
# So the name in Received is what the client called itself, not what this machine calls it.
smtpd_peername_lookup = no

# Into the Maildirs, or nowhere: nothing can leave this machine.
mydestination =
local_recipient_maps =
alias_maps =
alias_database =
virtual_mailbox_domains = ${domains[*]}
virtual_mailbox_maps = texthash:$home/config/mailboxes
virtual_mailbox_base = $home/mail
virtual_uid_maps = static:$owner
virtual_gid_maps = static:$(id -g nobody)
default_transport = error:this server has no way out
relay_transport = error:this server has no way out
smtpd_relay_restrictions = reject_unauth_destination

# Postfix repairs what local clients send: it adds a missing Date or Message-ID, drops Bcc, takes
# bare line feeds. All of that off: letters arrive as they were sent, or are refused.
local_header_rewrite_clients =
message_drop_headers =
strict_rfc821_envelopes = yes
smtpd_helo_required = yes
smtpd_forbid_unauth_pipelining = yes
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
${more_settings:-}
CONFIG

    # service type private unpriv chroot wakeup maxproc command
    cat >"$home/config/master.cf" <<CONFIG
127.0.0.1:$smtp_port inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
virtual unix - n n - - virtual
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
flush unix n - n 1000? 0 flush
showq unix n - n - - showq
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
${more_services:-}
CONFIG

    show_on_failure "$mail_log"
    at_exit stop_postfix
    postfix -c "$home/config" start >"$home/start.log" 2>&1 ||
        give_up "Postfix starts" "$(cat "$home/start.log")"
    wait_until 20 postfix_greets ||
        give_up "Postfix greets on 127.0.0.1:$smtp_port" "$(cat "$home/start.log")"
}

postfix_greets() {
    python3 -c 'import smtplib, sys; smtplib.SMTP("127.0.0.1", int(sys.argv[1]), "rig.example", 5).quit()' "$smtp_port"
}

# Only this one: `postfix stop` reads the process id from our own queue directory.
stop_postfix() {
    postfix -c "$work/postfix/config" status 2>/dev/null || return 0
    postfix -c "$work/postfix/config" stop >>"$work/postfix/start.log" 2>&1 ||
        printf 'Postfix did not stop: see pid/master.pid in %s\n' "$work/postfix/queue"
}

letters_to() {
    local box=$work/postfix/mail/$1
    find "$box/new" "$box/cur" -type f -printf '%T@ %p\n' 2>/dev/null | sort -n | cut -d' ' -f2-
}

letters_in_box() {
    letters_to "$1" | grep -c .
}

deliveries_to() {
    grep -F " to=<$1>," "$mail_log" | grep -c ' status=sent '
}

queue_is_empty() {
    local said
    said=$(postqueue -c "$work/postfix/config" -j) && [ -z "$said" ]
}
