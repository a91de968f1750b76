#!/usr/bin/env bash
# cargo-mutants on what decides: `core/followup` and `core/plan`. Each of hundreds of small changes must turn a test
# red; those that may stay are argued in survivors.md, and named in skip.txt, one regular expression a line.
#
#   tests/mutants/core.sh [OPTION...]   the options are those of `cargo mutants`, such as --file src/core/pace.rs
#
# It works on a copy that has nothing but `core` and its tests, so that a mutant takes seconds. The copy, and what is
# built of it, stay in $CARGO_TARGET_DIR/mutants (target/mutants). Needs `cargo install cargo-mutants --locked`.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/../real/lib.sh"
# shellcheck source=tests/mutants/core_copy.sh
. "$here/core_copy.sh"
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=1 CARGO_PROFILE_DEV_DEBUG=0
cargo mutants --version >/dev/null 2>&1 || unavailable "this needs cargo-mutants: cargo install cargo-mutants --locked"

mkdir -p "${CARGO_TARGET_DIR:-$root/target}/mutants"
base=$(realpath "${CARGO_TARGET_DIR:-$root/target}/mutants")
core=$base/core
export CARGO_TARGET_DIR=$base/core-build
copy_core "$core"

files=(--file src/core/followup.rs --file src/core/followup/phase.rs --file src/core/plan.rs)
[ $# -eq 0 ] || files=("$@")
skip=()
while IFS= read -r pattern; do
    skip+=(--exclude-re "$pattern")
done <"$here/skip.txt"
cd "$core" || exit 1
# 2 and 3: some were missed, or hung.
cargo mutants --in-place --timeout 60 --no-shuffle --colors never "${files[@]}" "${skip[@]}" --output "$base"
status=$?
[ "$status" -le 3 ] || give_up "cargo-mutants comes to its end" "(it ended with $status)"
while IFS= read -r mutant; do
    pass "$mutant"
done < <(cat "$base/mutants.out/caught.txt" "$base/mutants.out/timeout.txt")
while IFS= read -r mutant; do
    fail "$mutant" "no test notices"
done <"$base/mutants.out/missed.txt"
