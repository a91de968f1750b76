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

# Another version may know better, or worse: look at what differs before you change it.
version=0.109

has_package() {
    "$1" -c "import holidays, sys; sys.exit(holidays.__version__ != '$version')" 2>/dev/null
}

python=python3
if ! has_package "$python"; then
    printf 'installing the Python package holidays %s from PyPI (this needs the network)\n' "$version"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        [ "$(id -u)" -eq 0 ] && install_package python3-venv >"$work/venv.log" 2>&1 </dev/null
    fi
    python=$work/venv/bin/python3
    if ! { python3 -m venv "$work/venv" && "$python" -m pip install --quiet "holidays==$version"; } \
        >"$work/pip.log" 2>&1 </dev/null || ! has_package "$python"; then
        unavailable "the package could not be installed; without a network, give it to python3 first
$(tail -n 3 "$work/pip.log")"
    fi
fi

export PYTHONDONTWRITEBYTECODE=1
# Settings of the caller would add days of their own.
mkdir "$work/home"
checks "$python" "$here/holidays_compared.py" "$binary" "$work/home" "$here/holidays_differences.txt"
