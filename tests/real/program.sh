# shellcheck shell=bash
# The program to test: $FOLLOWUP, or what `cargo build` makes, and a person who has nothing but it.
#
# Source it after lib.sh. It sets $binary and an empty $person, and takes the caller's own settings out of the
# environment. Then:
#   at_any_hour                   every hour of every day is allowed for sending, at once after the yes
#   followup ARGUMENTS...         the program, with its files in $home
#   letter_for ADDRESS POSITION   an approved letter to Jane Doe, whatever the day of the year
#   still_approved                the first letter of $home is
#   tells WHAT STATUS PATTERN COMMAND...
#                                 passes when the command ends with STATUS and what it says matches PATTERN

# shellcheck source=tests/real/lib.sh
[ -n "${work:-}" ] || { echo "source lib.sh first" >&2; exit 2; }

binary=${FOLLOWUP:-}
if [ -z "$binary" ]; then
    crate=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
    (cd "$crate" && cargo build --quiet) || give_up "the program builds"
    binary=${CARGO_TARGET_DIR:-$crate/target}/debug/followup
fi
binary=$(realpath "$binary")
[ -x "$binary" ] || give_up "there is a program to test" "$binary cannot be run"

# Nothing of the caller's own settings may enter.
unset "${!FOLLOWUP@}" "${!XDG_@}" "${!SSL_CERT@}"
export NO_COLOR=1
# Each mail to the person is then an ask, news or a copy.
export FOLLOWUP__ASK__DIGEST_AT=
person=$work/person
mkdir -m 700 "$person"

at_any_hour() {
    export FOLLOWUP__ME__TIMEZONE=Europe/London
    export FOLLOWUP__SENDING__HOURS=00:00-24:00 FOLLOWUP__SENDING__DAYS=all FOLLOWUP__SENDING__GRACE=0s
}

followup() {
    HOME=$person "$binary" --home "${home:?}" "$@" </dev/null
}

letter_for() {
    followup add --company Globex --position "$2" --contact "Jane Doe <$1>" \
        --interviewed '16 days ago' --promised '13 days ago' &&
        followup draft 1 && followup approve 1
}

still_approved() {
    followup show 1 --json | grep '"phase": '
    followup show 1 --json | grep -q '"phase": "approved"'
}

tells() {
    local what=$1 wanted=$2 pattern=$3 said status
    shift 3
    # In this shell: it may set variables.
    "$@" >"$work/tells" 2>&1
    status=$?
    said=$(cat "$work/tells")
    # However the lines are broken.
    # shellcheck disable=SC2053
    if [ "$status" -eq "$wanted" ] && [[ $(tr -s ' \n' ' ' <<<"$said") == $pattern ]]; then
        pass "$what"
    else
        fail "$what" "$said ($1 ended with $status)"
    fi
}
