#!/usr/bin/env bash
# Are the tests any good? Each patch of this folder plants one bug in a copy of the source; the tests that it names
# (its "rigs") must turn red. A patch that no longer applies or compiles, or a bug that nobody notices, fails.
#
#   tests/mutants/run.sh [NAME...]     each bug, or those named, until the first rig that notices it
#   ... --each                         every rig that a bug names, not only until the first
#   ... --all                          every suite of tests/ on each bug, and the scripts that it names
#   ... --rigs 'sim delivery'          these rigs instead of those that it names
#   ... --table                        besides, write what was seen into README.md
#   ... --applies                      only see whether each patch still applies; takes seconds
#
# A patch begins with `# SENTENCE (INVARIANT)` and `# rigs: NAME...`, the one that should notice it first: a suite of
# tests/, a part of one (`delivery/pace`, by the names of its tests), or `real/NAME.sh`. A rig that is not there (yet) is
# left out. The copies, what is built of them and what was seen stay in $CARGO_TARGET_DIR/mutants (target/mutants).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/../real/lib.sh"
# shellcheck source=tests/mutants/core_copy.sh
. "$here/core_copy.sh"
export LC_ALL=C INSTA_UPDATE=no CARGO_TERM_COLOR=never CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0 RUST_BACKTRACE=0

# A rig that takes longer has noticed: nothing may hang.
deadline=${DEADLINE:-400}
each=false all=false table=false only_applies=false chosen='' names=()
while [ $# -gt 0 ]; do
    case $1 in
        --each) each=true ;;
        --all) all=true each=true ;;
        --rigs) chosen=$2 each=true && shift ;;
        --table) table=true ;;
        --applies) only_applies=true ;;
        -*) give_up "there is no option $1" ;;
        *) names+=("$(basename "$1" .patch)") ;;
    esac
    shift
done
if [ ${#names[@]} -eq 0 ]; then
    for patch in "$here"/*.patch; do
        names+=("$(basename "$patch" .patch)")
    done
fi

# apply FOLDER NAME OPTION...: the lines around it may have moved, and all but the nearest may have changed.
apply() {
    local folder=$1 name=$2
    shift 2
    (cd "$folder" && GIT_CEILING_DIRECTORIES=$(dirname "$folder") git apply -C1 "$@" "$here/$name.patch")
}

if $only_applies; then
    for name in "${names[@]}"; do
        check "$name applies" apply "$root" "$name" --check
    done
    exit
fi

mkdir -p "${CARGO_TARGET_DIR:-$root/target}/mutants/source"
base=$(realpath "${CARGO_TARGET_DIR:-$root/target}/mutants")
source=$base/source
core=$base/core
export CARGO_TARGET_DIR=$source-build
seen=$base/seen
touch "$seen" "$work/caught_by"

# Makes the copy what the project is now. What is the same keeps its age, so that it is not built again.
copy_project() {
    local file
    git -C "$root" ls-files -co --exclude-standard -- ':!tests/mutants' | sort >"$work/files"
    (cd "$source" && find . -type f -printf '%P\n') | sort | comm -13 "$work/files" - | sed "s|^|$source/|" |
        xargs -r -d '\n' rm -f
    while IFS= read -r file; do
        if [ -f "$root/$file" ] && ! cmp -s "$root/$file" "$source/$file"; then
            mkdir -p "$(dirname "$source/$file")"
            cp "$root/$file" "$source/$file"
        fi
    done <"$work/files"
}

all_suites() {
    local suite
    for suite in sim phases plan forecast properties letters clock dates store facts settings migrations delivery zones \
        tls international service cli setup kill daemon_life always_possible bad_input log_volume screens; do
        [ ! -f "$source/tests/$suite.rs" ] || printf '%s ' "$suite"
    done
}

# rigs_of NAME: those that are there.
rigs_of() {
    local rig rigs named
    named=$(sed -n 's/^# rigs: //p' "$here/$1.patch")
    rigs=${chosen:-$named}
    if $all; then
        rigs="$(all_suites) $(tr ' ' '\n' <<<"$named" | grep '^real/')"
    fi
    for rig in $rigs; do
        if [ -f "$source/tests/${rig%%/*}.rs" ] || [ -f "$source/tests/$rig" ]; then
            echo "$rig"
        fi
    done
}

# touches_core_alone NAME
touches_core_alone() {
    ! grep "^+++ " "$here/$1.patch" 2>/dev/null | grep -qv '^+++ b/src/core/'
}

# build RIG NAME: what the rig needs while NAME is planted; sets $place, and $command, which runs it there.
build() {
    place=$source
    case $1 in
        real/*)
            command=(env CI= FOLLOWUP="$CARGO_TARGET_DIR/debug/followup" COUNT=3 bash "tests/$1")
            # As the suites have it, so that nothing is compiled for it alone.
            (cd "$source" && cargo test --locked --no-run --test clock) >"$work/build.log" 2>&1
            return
            ;;
    esac
    local suite=${1%%/*} part=${1#*/}
    if [[ " $core_suites " == *" $suite "* ]] && touches_core_alone "$2"; then
        place=$core
    fi
    (cd "$place" && CARGO_TARGET_DIR=$place-build cargo test --no-run --test "$suite") >"$work/build.log" 2>&1 || return
    command=("$(sed -n "s|^  Executable tests/$suite.rs (\(.*\))$|\1|p" "$work/build.log")")
    [ "$part" = "$suite" ] || command+=("$part")
}

# The first thing in $work/rig.log that went wrong.
first_failure() {
    grep -m 1 -oP '^(test \K.*(?= \.\.\. FAILED$)|FAIL  \K.*)' "$work/rig.log"
}

# With all that it started.
stop_rig() {
    [ -z "$pid" ] || kill -KILL -- "-$pid" 2>/dev/null
}
pid=''
at_exit stop_rig

# run_rig: whether what was built last passes; else $failure is the first thing that did not. It ends with that.
run_rig() {
    local status end=$((SECONDS + deadline))
    failure=''
    (cd "$place" && INSTA_WORKSPACE_ROOT=$place exec setsid "${command[@]}") >"$work/rig.log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        failure=$(first_failure) && break
        if [ "$SECONDS" -ge "$end" ]; then
            failure="(it hangs)"
            break
        fi
        sleep 0.2
    done
    [ -z "$failure" ] || stop_rig
    { wait "$pid"; } 2>/dev/null
    status=$?
    pid=''
    [ -n "$failure" ] || failure=$(first_failure) || true
    # Skipped is not passed, and nothing was noticed.
    [ "$status" -ne 77 ] || return 0
    [ "$status" -eq 0 ] || failure=${failure:-"(it ends with $status)"}
    [ -z "$failure" ]
}

is_green() {
    build "$1" nothing || { cat "$work/build.log" && return 1; }
    run_rig || { echo "$failure" && return 1; }
}

# Plants NAME, and lets its rigs look for it.
hunt() {
    local name=$1 rig caught='' rigs
    rigs=$(rigs_of "$name")
    sed -i "/^$name\t/d" "$seen"
    if [ -z "$rigs" ]; then
        fail "$name: none of its rigs is there" "$(sed -n 2p "$here/$name.patch")"
        return
    fi
    if ! apply "$source" "$name" 2>"$work/apply.log"; then
        fail "$name does not apply" "$(cat "$work/apply.log")"
        return
    fi
    ! touches_core_alone "$name" || apply "$core" "$name"
    for rig in $rigs; do
        if ! build "$rig" "$name"; then
            fail "$name does not compile" "$(grep -m 3 -A 5 '^error' "$work/build.log")"
            break
        elif run_rig; then
            printf '%s\t%s\tmissed\t\n' "$name" "$rig" >>"$seen"
        else
            printf '%s\t%s\tcaught\t%s\n' "$name" "$rig" "$failure" >>"$seen"
            caught=${caught:-"$rig: $failure"}
            echo "$rig" >>"$work/caught_by"
            $each || break
        fi
    done
    ! touches_core_alone "$name" || apply "$core" "$name" -R
    apply "$source" "$name" -R || give_up "$name can be taken out again"
    if [ -n "$caught" ]; then
        pass "$name is caught by $caught"
    elif grep -q "^$name	" "$seen"; then
        fail "$name is caught" "nobody noticed: $(tr '\n' ' ' <<<"$rigs")"
    fi
}

# What was seen of every patch as a table, a bug in each row and a suite or script in each column.
write_table() {
    local suites patch name suite verdicts
    suites=$(cut -f 2 "$seen" | sed '/^real/!s|/.*||' | sort -u)
    printf '| planted bug | what it breaks |'
    # shellcheck disable=SC2086
    printf ' %s |' $suites
    printf ' the first that failed |\n|---|---|'
    for suite in $suites; do
        printf ':-:|'
    done
    printf -- '---|\n'
    for patch in "$here"/*.patch; do
        name=$(basename "$patch" .patch)
        printf '| %s | %s |' "$name" "$(sed -n '1s/^# //p' "$patch")"
        for suite in $suites; do
            verdicts=$(grep -E "^$name	$suite(/[^	]*)?	" "$seen" | cut -f 3)
            case $verdicts in
                *caught*) printf ' x |' ;;
                *missed*) printf ' - |' ;;
                *) printf '  |' ;;
            esac
        done
        printf ' %s |\n' "$(grep -m 1 "^$name	.*	caught	" "$seen" | cut -f 4)"
    done
}

copy_project
copy_core "$core"
for name in "${names[@]}"; do
    hunt "$name"
done
# A rig that is red anyway would seem to notice everything.
sort -u "$work/caught_by" >"$work/noticed"
while IFS= read -r rig <&3; do
    check "$rig is green without a planted bug" is_green "$rig"
done 3<"$work/noticed"
if $table; then
    sed '/^| planted bug/,$d' "$here/README.md" >"$work/README.md"
    write_table >>"$work/README.md"
    cp "$work/README.md" "$here/README.md"
fi
