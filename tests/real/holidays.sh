#!/usr/bin/env bash
# The public holidays of the program against those of another: Python's `holidays` package, for the nine countries of
# our own data and every region of theirs, each weekday of 2026 to 2028; and how complete the other countries are.
# What differs stands with its reason in holidays_differences.txt; what stands there and no longer differs fails.
#
#   tests/real/holidays.sh        installs the package into a folder of its own, which needs the network (PyPI), unless
#                                 `python3` has it in the pinned version already
#   FOLLOWUP=PATH ...             this binary instead of `cargo build` and target/debug/followup
#   SHOW=1 ...                    prints what differs as lines for holidays_differences.txt, reasons to be written

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
need python3 python3
# shellcheck source=tests/real/program.sh
. "$here/program.sh"

# shellcheck source=tests/real/holidays_package.sh
. "$here/holidays_package.sh"

# Settings of the caller would add days of their own.
mkdir "$work/home"
checks "$python" "$here/holidays_compared.py" "$binary" "$work/home" "$here/holidays_differences.txt"
