# shellcheck shell=bash disable=SC2034,SC2154 # scripts that source it read $python; lib.sh set $work
# Python with the package `holidays`, by which our own days are checked. Source it after lib.sh; it sets $python to
# one that has the package in the pinned version: python3 itself, or one of a folder of its own, which needs the network.

# Another version may know better, or worse: look at what differs before you change it.
holidays_version=0.109

has_package() {
    "$1" -c "import holidays, sys; sys.exit(holidays.__version__ != '$holidays_version')" 2>/dev/null
}

python=python3
if ! has_package "$python"; then
    printf 'installing the Python package holidays %s from PyPI (this needs the network)\n' "$holidays_version"
    if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        [ "$(id -u)" -eq 0 ] && install_package python3-venv >"$work/venv.log" 2>&1 </dev/null
    fi
    python=$work/venv/bin/python3
    if ! { python3 -m venv "$work/venv" && "$python" -m pip install --quiet "holidays==$holidays_version"; } \
        >"$work/pip.log" 2>&1 </dev/null || ! has_package "$python"; then
        unavailable "the package could not be installed; without a network, give it to python3 first
$(tail -n 3 "$work/pip.log")"
    fi
fi

export PYTHONDONTWRITEBYTECODE=1
