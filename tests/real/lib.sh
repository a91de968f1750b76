# shellcheck shell=bash
# What the tests against real programs share: needed packages, one line per check, a temporary
# folder, waiting with a deadline, and a last line that says how many checks passed.
#
# Source it first. It owns the EXIT trap: register clean-up with `at_exit`.
# KEEP=1 leaves the temporary folder behind for a look.

set -uo pipefail
PATH=$PATH:/usr/sbin:/sbin

passed=0
failed=0
clean_up=()
evidence=()

pass() {
    passed=$((passed + 1))
    printf 'ok    %s\n' "$1"
}

# fail WHAT [DETAILS]
fail() {
    failed=$((failed + 1))
    printf 'FAIL  %s\n' "$1"
    [ -z "${2:-}" ] || printf '%s\n' "$2" | sed 's/^/        /'
}

# check WHAT COMMAND...: passes when the command does; otherwise what it printed is shown.
check() {
    local what=$1 said status
    shift
    said=$("$@" 2>&1) && { pass "$what"; return 0; }
    status=$?
    fail "$what" "${said:+$said$'\n'}($1 ended with $status)"
    return 1
}

# count_is NUMBER COMMAND...: whether the command prints that number.
count_is() {
    local wanted=$1 count
    shift
    count=$("$@")
    echo "$count"
    [ "$count" -eq "$wanted" ]
}

# checks COMMAND...: for a command that makes several checks and prints `ok WHAT` or `FAIL WHAT`
# for each. One that breaks off, or checks nothing, is a failure too.
checks() {
    local said status line before=$((passed + failed)) failed_before=$failed
    said=$("$@" 2>&1)
    status=$?
    while IFS= read -r line; do
        case $line in
            'ok '*) pass "${line#ok }" ;;
            'FAIL '*) fail "${line#FAIL }" ;;
            '') ;;
            *) printf '        %s\n' "$line" ;;
        esac
    done <<<"$said"
    if [ $((passed + failed)) -eq "$before" ]; then
        fail "$* checks something" "(it ended with $status and no result)"
    elif [ "$status" -ne 0 ] && [ "$failed" -eq "$failed_before" ]; then
        fail "$* comes to its end" "(it ended with $status)"
    fi
    [ "$failed" -eq "$failed_before" ]
}

# give_up WHAT: a failure after which the rest would only repeat it.
give_up() {
    fail "$@"
    exit 1
}

# unavailable WHY: this machine cannot run the test. Skipped (77), but in CI that is a failure:
# there a test that does not run would look like one that passes.
unavailable() {
    if [ "${CI:-}" = true ]; then
        give_up "this machine can run the test" "$1"
    fi
    printf 'skipped: %s\n' "$1"
    exit 77
}

# wait_until DEADLINE_SECONDS COMMAND...: the command, again and again, until it succeeds.
# It runs in this shell and should be a function, or a command cheap enough for five times a second.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.2
    done
}

# at_exit COMMAND...: run at the end, the last registered first, however the script ends.
at_exit() {
    clean_up=("$(printf '%q ' "$@")" "${clean_up[@]}")
}

# show_on_failure FILE: the end of this log is printed if any check failed.
show_on_failure() {
    evidence+=("$1")
}

finish() {
    local status=$? command file
    trap - EXIT
    trap '' INT TERM HUP
    for command in "${clean_up[@]}"; do
        eval "$command"
    done
    if [ "$status" -eq 77 ] && [ "$failed" -eq 0 ]; then
        rm -rf "$work"
        exit 77
    fi
    if [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        fail "the script comes to its end" "(it ended with $status)"
    fi
    if [ "$failed" -ne 0 ]; then
        for file in "${evidence[@]}"; do
            [ -s "$file" ] || continue
            printf '\n--- the end of %s\n' "${file#"$work"/}"
            tail -n 40 "$file"
        done
        [ ${#evidence[@]} -eq 0 ] || printf '\n'
    fi
    if [ "${KEEP:-}" = 1 ]; then
        printf 'kept: %s\n' "$work"
    else
        rm -rf "$work"
    fi
    printf '%s passed, %s failed\n' "$passed" "$failed"
    # A bare `exit` in a trap would repeat the status from before it.
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ] || exit 1
    exit 0
}

# The folder's name must not hold the program's: tests look for that in what the program wrote.
work=$(mktemp -d "${TMPDIR:-/tmp}/real.XXXXXXXX") || exit 1
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# install_package PACKAGE: as root, without a question, without removing anything that is installed, and
# without starting a service: while it runs, Debian's policy-rc.d says no to every start.
install_package() (
    policy=/usr/sbin/policy-rc.d
    aside=$work/policy-rc.d
    # shellcheck disable=SC2317 # the trap calls it
    put_back() {
        rm -f "$policy"
        if [ -e "$aside" ] || [ -L "$aside" ]; then
            mv "$aside" "$policy"
        fi
    }
    trap '' INT TERM HUP
    if [ -e "$policy" ] || [ -L "$policy" ]; then
        mv "$policy" "$aside" || exit 1
    fi
    trap put_back EXIT
    trap 'exit 143' INT TERM HUP
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"

    export DEBIAN_FRONTEND=noninteractive
    if [ "$1" = postfix ]; then
        echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
    fi
    get=(apt-get -o DPkg::Lock::Timeout=300 -qq)
    add=("${get[@]}" install --yes --no-remove --no-install-recommends "$1")
    "${add[@]}" || { "${get[@]}" update && "${add[@]}"; }
)

# need PROGRAM PACKAGE: PROGRAM is there, or its Debian package is installed now.
need() {
    local log=$work/install-$2.log
    if command -v "$1" >/dev/null; then
        return
    fi
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        unavailable "this test needs $1 (Debian package $2): install it, or run this as root on Debian"
    fi
    printf 'installing %s for %s\n' "$2" "$1"
    install_package "$2" >"$log" 2>&1 </dev/null || true
    hash -r
    command -v "$1" >/dev/null || unavailable "package $2 could not be installed:
$(tail -n 5 "$log")"
}

need_root() {
    [ "$(id -u)" -eq 0 ] || unavailable "this test needs root: $1"
}

# free_port: a TCP port of 127.0.0.1 that nothing listens on.
free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}
