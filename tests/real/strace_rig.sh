# shellcheck shell=bash disable=SC2034,SC2154 # scripts that source it read what is set here; others set what is read
# What kill_everywhere.sh and power_loss.sh share: strace, a folder in memory, and the scenarios of scenarios.py, a few at
# once, each with a mail server of its own. Source it after fault_rig.sh.
#
#   for_each_scenario COMMAND...   runs `COMMAND... NAME` for each; what it says is in $work/NAME.said
#   count_lines FILE...            sums up the lines `WHAT NUMBER` of files, the most first

need strace strace
strace -qq -o /dev/null true 2>/dev/null || unavailable "strace may trace nothing here (ptrace is forbidden)"

memory=$(mktemp -d /dev/shm/rig.XXXXXX 2>/dev/null || mktemp -d "$work/rig.XXXXXX")
at_exit rm -rf "$memory"
at_once=$(($(nproc) + 1))

scenario_names() {
    if [ -n "${SCENARIOS:-}" ]; then
        # shellcheck disable=SC2086 # names without spaces
        printf '%s\n' $SCENARIOS
    else
        "$python" "$here/scenarios.py"
    fi
}

for_each_scenario() {
    local name names jobs=()
    mapfile -t names < <(scenario_names)
    [ ${#names[@]} -gt 0 ] || give_up "there are scenarios"
    for name in "${names[@]}"; do
        start_server "$name"
        wait_until 3600 a_place_is_free "${jobs[@]}"
        "$@" "$name" >"$work/$name.said" 2>&1 &
        jobs+=($!)
    done
    # Of one that ended long ago the shell may know nothing any more; what it found is in its file.
    wait "${jobs[@]}" 2>/dev/null
    for name in "${names[@]}"; do
        checks cat "$work/$name.said"
    done
}

a_place_is_free() {
    local running
    # Not by the number alone: after some ten thousand system calls another process may have it.
    running=$(comm -12 <(jobs -rp | sort) <(printf '%s\n' "$@" | sort) | wc -l)
    [ "$running" -lt "$at_once" ]
}

count_lines() {
    awk '{ times[$1] += $2 } END { for (what in times) print times[what], what }' "$@" | sort -rn | paste -sd ',' | sed 's/,/, /g'
}
