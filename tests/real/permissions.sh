#!/usr/bin/env bash
# Who may read what: every mode of the two files that hold the password, by every owner, reached directly, by symlinks and
# in folders of others. What others can read is refused, in clear words, the way ssh does; all else is taken. And all
# that the program creates is its owner's alone, and theirs to read, under every umask: settings, database, what SQLite
# puts beside it, lock, backup, the old version's copy, what is typed in an editor, and the folders.
#
#   tests/real/permissions.sh     as root, to have other owners; without root, with files of your own
#   FOLLOWUP=PATH ...             this binary instead of `cargo build` and target/debug/followup
#   STRIDE=1 ...                  every mode, instead of every 16th besides the usual ones

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
need python3 python3
# shellcheck source=tests/real/program.sh
. "$here/program.sh"

[ "$(id -u)" -eq 0 ] || printf '        without root: only files of your own are tried\n'
# Whoever runs it must come to it.
chmod 755 "$work"
cp "$binary" "$work/program"
chmod 755 "$work/program"
export PYTHONDONTWRITEBYTECODE=1
checks python3 "$here/permissions.py" "$work/program" "$work" "${STRIDE:-16}"
