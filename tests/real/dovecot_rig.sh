# shellcheck shell=bash
# A real Dovecot of our own that does nothing but answer who may log in: its configuration, sockets and log lie in the
# temporary folder, and it is stopped at exit. The system's own Dovecot, if there is one, is not touched.
#
# Source it after lib.sh. Then:
#   start_dovecot USER PASSWORD   who may log in; Postfix asks at $sasl_socket
#   stop_dovecot, run_dovecot     ends it, and starts it again
# $dovecot_log is its log.

# shellcheck source=tests/real/lib.sh
[ -n "${work:-}" ] || { echo "source lib.sh first" >&2; exit 2; }

dovecot_home=$work/dovecot
dovecot_log=$dovecot_home/log
sasl_socket=$dovecot_home/auth

start_dovecot() {
    need_root "Dovecot cannot be started by anyone else"
    need dovecot dovecot-core
    mkdir -m 755 "$dovecot_home" "$dovecot_home/run"
    install -m 400 -o dovecot /dev/stdin "$dovecot_home/users" <<<"$1:{PLAIN}$2::::::"
    cat >"$dovecot_home/dovecot.conf" <<CONFIG
base_dir = $dovecot_home/run
state_dir = $dovecot_home/run
log_path = $dovecot_log
auth_verbose = yes
auth_failure_delay = 0
auth_mechanisms = plain login
protocols =
ssl = no
passdb {
  driver = passwd-file
  args = $dovecot_home/users
}
# Nobody is made to wait for having been wrong before.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service auth {
  unix_listener $sasl_socket {
    mode = 0600
    user = postfix
  }
}
CONFIG
    show_on_failure "$dovecot_log"
    at_exit stop_dovecot
    run_dovecot
}

run_dovecot() {
    dovecot -c "$dovecot_home/dovecot.conf" >"$dovecot_home/start.log" 2>&1 ||
        give_up "Dovecot starts" "$(cat "$dovecot_home/start.log")"
    wait_until 10 test -S "$sasl_socket" || give_up "Dovecot listens" "$(cat "$dovecot_log")"
}

dovecot_is_gone() {
    local process
    for process in "${dovecot_processes[@]}"; do
        ! kill -0 "$process" || return 1
    done
}

# Only this one, and its children too: those that answer somebody already would go on doing so.
stop_dovecot() {
    local master=$dovecot_home/run/master.pid
    [ -s "$master" ] || return 0
    mapfile -t dovecot_processes < <(cat "$master"; pgrep -P "$(cat "$master")")
    kill "${dovecot_processes[@]}" 2>/dev/null
    wait_until 10 dovecot_is_gone || echo "Dovecot did not stop: see $master"
    rm -f "$master" "$sasl_socket"
}
