# shellcheck shell=bash disable=SC2154 # lib.sh and fault_rig.sh set what is read here
# What clock_jumps.sh tells its stories with: letters by name, and jumps of the clock that the running daemon has seen
# when they return. Source it after fault_rig.sh.

declare -A number_of address_of

# letter NAME ZONE HELD PROMISED: an application; its letter may go from the fifth to the fifteenth business day after
# PROMISED, and late for twenty more.
letter() {
    local zone=${2,,}
    address_of[$1]=jane.${zone//\//.}@$1.example
    number_of[$1]=$(followup add --company "$1" --position Analyst --contact "Jane Doe <${address_of[$1]}>" --timezone "$2" \
        --interviewed "$3" --promised "$4" --json | sed -n 's/^ *"id": \([0-9]*\),$/\1/p')
    [ -n "${number_of[$1]}" ] || give_up "$1 is added"
}

approve() {
    local name
    for name in "$@"; do
        { followup draft "${number_of[$name]}" && followup approve "${number_of[$name]}"; } >"$work/said" 2>&1 ||
            fail "$name is approved" "$(<"$work/said")"
    done
}

looked_at() {
    sed -n 's/.*"looked_at":"\([^"]*\)".*/\1/p' "$home/followup.lock"
}

# The daemon has looked within ten minutes after the moment to which the clock jumped.
has_looked() {
    [[ $(looked_at) > $jumped_to && $(looked_at) < $soon_after ]]
}

has_looked_again() {
    touch "$home/followup.db"
    has_looked && [[ $(looked_at) > $first_look ]]
}

# jump MOMENT: the clock is set while the daemon runs, which is to notice by itself. Returns after a whole look of it.
jump() {
    jumped_to=$(date -d "$1" +%FT%T) soon_after=$(date -d "$1 + 10 minutes" +%FT%T)
    clock_to "$1"
    wait_until 90 has_looked || give_up "the daemon notices that it is $1" "it looked at $(looked_at)"
    # That look may have begun before the jump.
    first_look=$(looked_at)
    wait_until 30 has_looked_again || give_up "the daemon looks again at $1" "it looked at $(looked_at)"
}

# taken NUMBER NAME...: so many letters, together, are the server's.
taken() {
    local wanted=$1 name sum=0
    shift
    for name in "$@"; do
        sum=$((sum + $(seen accepted "${address_of[$name]}")))
    done
    echo "$sum taken"
    [ "$sum" -eq "$wanted" ]
}

phase_is() {
    followup show "${number_of[$2]}" --json | grep -F "\"phase\": \"$1\""
}

said_to_the_person() {
    grep -rlFq "$1" "$work/mails"
}

new_story() {
    kill_daemon
    new_home "$1" "${3:-}"
    show_on_failure "$home/daemon.err"
    clock_to "$2"
    followup status >/dev/null
    start_daemon
    jump "$2"
}
