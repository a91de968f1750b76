#!/usr/bin/env bash
# Writes others.txt anew, from the sources of the crate `opening-hours`, as `cargo` unpacks them:
#
#   src/core/holidays/data/others.sh ~/.cargo/registry/src/*/opening-hours-VERSION 2025 2030 >new.txt
#
# The countries of our own data are left out. Look at what changed, then run tests/real/holidays.sh: it says which
# countries lack so much that their line must end with "incomplete".

set -euo pipefail
crate=$1 first=$2 last=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Feasts that follow the moon, days that the government moves, days of cantons: three weekdays a year or more are missing.
incomplete='AL BA BD BJ BS BW CH EC EG GA GD GI GM GY HN ID KZ MA MD MN NE NG RU SG SR SV TN TR VA VE VN'

sed -n '1,/^$/p' "$here/others.txt"
sed -n 's/^ *Self::\([A-Z][A-Z]\) => "\(..*[^A-Z].*\)",$/\1 \2/p' "$crate/opening-hours/src/localization/country/generated.rs" |
    while read -r code name; do
        [ -e "$here/$code.txt" ] && continue
        case " $incomplete " in *" $code "*) mark='  incomplete' ;; *) mark='' ;; esac
        printf '%s  %s%s\n' "$code" "$name" "$mark"
        awk -v code="$code" -v first="$first" -v last="$last" '
            $1 == code && substr($2, 1, 4) >= first && substr($2, 1, 4) <= last && !seen[$2]++ {
                year = substr($2, 1, 4)
                days[year] = days[year] " " substr($2, 6)
            }
            END { for (year = first; year <= last; year++) if (year in days) print year " " days[year] }
        ' "$crate/opening-hours/data/holidays_public.global.txt"
    done
