#!/usr/bin/env bash
# When letters may go, against another reckoning: some thousand windows of the unchanged program, of interviews from
# January 2026 to November 2028 in nine countries and regions of theirs, and what Python makes of the same rules with
# its `holidays` package. A window may differ only by days that stand in holidays_differences.txt.
#
#   tests/real/windows.sh         as root on Debian or Ubuntu (installs faketime and sqlite3 if they are missing);
#                                 installs the package into a folder of its own, which needs the network (PyPI), unless
#                                 `python3` has it in the pinned version already
#   FOLLOWUP=PATH ...             this binary instead of `cargo build` and target/debug/followup
#   COUNT=N ...                   the interviews of so many days, 170 if not given; below 150 it is not asked that
#                                 every country and rule comes often
#   SEED=N ...                    other situations; the number is printed
#   SHOW=1 ...                    prints all that differs, not the first dozen of each country

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/fault_rig.sh
. "$here/fault_rig.sh"
# shellcheck source=tests/real/holidays_package.sh
. "$here/holidays_package.sh"

seed=${SEED:-2026}
printf 'seed %s\n' "$seed"
# Letters go to it, so that there are calls and second letters.
start_server server
checks "$python" "$here/windows_compared.py" "$binary" "$work" "$here/holidays_differences.txt" \
    "$faketime_library" "$smtp_port" "$seed" "${COUNT:-170}"
