#!/usr/bin/env bash
# Which branches of what decides, sends and records are run by no test: each must be argued in docs/coverage.md.
#
# The program and its tests are built once more with counters in them (`-C instrument-coverage`), they run, and the
# program that they start as another process counts too; one that is killed (`kill -9`) does not.
#
#   tests/coverage.sh      as root on Debian or Ubuntu (installs the llvm-profdata and llvm-cov of rustc's LLVM)
#   tests/coverage.sh -v   says besides which gaps are argued, and why

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/real/lib.sh"
cd "$here/.." || exit 1

rooms=(src/core/followup.rs src/core/followup/phase.rs src/core/plan.rs src/core/pace.rs src/core/calendar.rs
    src/mail/*.rs src/perform.rs src/perform/*.rs src/clock.rs)

# The format of the counts changes with LLVM.
llvm=$(rustc -vV | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
need "llvm-cov-$llvm" "llvm-$llvm"
need python3 python3

CARGO_TARGET_DIR=$(realpath -m "${CARGO_TARGET_DIR:-target}/coverage")
export CARGO_TARGET_DIR
mkdir -p "$CARGO_TARGET_DIR"
# Only our own code gets counters. Branches are counted by an option that is not settled yet.
RUSTC_WORKSPACE_WRAPPER=$CARGO_TARGET_DIR/counting.sh
export RUSTC_WORKSPACE_WRAPPER
[ -x "$RUSTC_WORKSPACE_WRAPPER" ] ||
    install -m 755 /dev/stdin "$RUSTC_WORKSPACE_WRAPPER" <<'WRAPPER'
#!/bin/sh
RUSTC_BOOTSTRAP=1 exec "$@" -C instrument-coverage -Z coverage-options=branch
WRAPPER

# These are enough; each of them more would run nothing new.
tests=()
for name in always_possible cli clock daemon_life delivery facts forecast holidays international kill phases plan restored store \
    tls zones; do
    tests+=(--test "$name")
done
log=$work/cargo.log
show_on_failure "$log"
built=$(cargo test --locked --no-run "${tests[@]}" 2>&1) || give_up "the tests build" "$built"
mapfile -t programs < <(sed -n 's/^ *Executable .*(\(.*\))$/\1/p' <<<"$built")
counts=$work/counts
run_tests() {
    # Eight files for each program, into which its processes add up what they counted.
    LLVM_PROFILE_FILE=$counts/%8m.profraw cargo test --locked --no-fail-fast "${tests[@]}" >"$log" 2>&1
}
check "all tests pass" run_tests

objects=()
for program in "${programs[@]}"; do objects+=(-object "$program"); done
check "the counts are read" "llvm-profdata-$llvm" merge -sparse -o "$work/all" "$counts"/*.profraw
"llvm-cov-$llvm" export -instr-profile="$work/all" "$CARGO_TARGET_DIR/debug/followup" "${objects[@]}" \
    --sources "${rooms[@]/#/$PWD/}" >"$work/export.json" || give_up "the counts are shown"
checks python3 "$here/coverage.py" "$work/export.json" docs/coverage.md "${1:-}" "${rooms[@]}"
