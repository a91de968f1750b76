#!/usr/bin/env bash
# Lets each fuzz target look for what breaks the program, from its committed corpus on, so many seconds each.
#
#   bash fuzz/run.sh [SECONDS]     each target for so long (300)
#   TARGETS='dates reply' ...      these alone
#   JOBS=2 ...                     so many at a time (1)
#   SANITIZER=address ...          with this one (none: neither the program nor its targets have anything unsafe in them)
#
# It needs Rust with its nightly toolchain, or any other one that it then asks to do what only nightly does, and a C++
# compiler. cargo-fuzz is installed where it is missing. What a target comes upon lies in fuzz/work/TARGET; a finding, in
# fuzz/artifacts/TARGET, with the command that runs it again.

set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2

seconds=${1:-300}
targets=${TARGETS:-$(sed -n 's/^path = "fuzz_targets\/\(.*\)\.rs"$/\1/p' Cargo.toml)}
jobs=${JOBS:-1}
sanitizer=${SANITIZER:-none}
cargo_fuzz=0.13.2

toolchain=()
if rustup toolchain list 2>/dev/null | grep -q '^nightly'; then toolchain=(+nightly); else export RUSTC_BOOTSTRAP=1; fi
if ! command -v c++ >/dev/null; then
    echo 'this needs a C++ compiler (Debian package g++)' >&2
    exit 2
fi
PATH=$PATH:$PWD/target/tools/bin
if ! cargo fuzz --version >/dev/null 2>&1; then
    cargo install --quiet --locked --version "$cargo_fuzz" --root target/tools --target-dir target/tools cargo-fuzz || exit 2
fi
# Databases and settings are written anew for each input: not to a disk.
[ ! -w /dev/shm ] || export TMPDIR=${TMPDIR:-/dev/shm}

# fuzz TARGET: until its time is over or it finds something.
fuzz() {
    mkdir -p "work/$1"
    cargo "${toolchain[@]}" fuzz run --sanitizer "$sanitizer" "$1" "work/$1" "corpus/$1" -- -timeout=20 \
        -max_total_time="$seconds" -max_len=16384 -rss_limit_mb=2048 -print_final_stats=1 >"work/$1.log" 2>&1
}

passed=0 failed=0
for target in $targets; do
    cargo "${toolchain[@]}" fuzz build --sanitizer "$sanitizer" "$target" || exit 2
done
running=()
# settle: waits for the oldest that runs, and says how it ended.
settle() {
    local target=${running[0]% *} process=${running[0]#* }
    running=("${running[@]:1}")
    if wait "$process"; then
        passed=$((passed + 1))
        printf 'ok    %s: %s runs in %s s\n' "$target" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "work/$target.log")" "$seconds"
    else
        failed=$((failed + 1))
        printf 'FAIL  %s\n' "$target"
        tail -n 40 "work/$target.log" | sed 's/^/        /'
    fi
}
for target in $targets; do
    [ ${#running[@]} -lt "$jobs" ] || settle
    fuzz "$target" &
    running+=("$target $!")
done
while [ ${#running[@]} -gt 0 ]; do settle; done
printf '%s passed, %s failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
