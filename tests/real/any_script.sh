#!/usr/bin/env bash
# Letters in any script through a real Postfix: German, Chinese, Arabic, emoji, in names, subjects, letters and
# addresses, and in answer to a mail of theirs. What lies in the mailbox is read by two parsers that know nothing of our
# code, Python's email and mail-parser: it is what was approved, word for word, without a defect.
#
#   tests/real/any_script.sh       as root on Debian or Ubuntu (installs postfix if it is missing)
#   FOLLOWUP=PATH ...              this binary instead of `cargo build` and target/debug/followup
#   KEEP=1 ...                     leave mailboxes, logs and the homes for a look

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/postfix_rig.sh
. "$here/postfix_rig.sh"
# shellcheck source=tests/real/program.sh
. "$here/program.sh"
at_any_hour

crate=$(cd "$here/../.." && pwd)
(cd "$crate" && cargo build --quiet --locked --example read_mail) || give_up "the other parser builds"
read_mail=${CARGO_TARGET_DIR:-$crate/target}/debug/examples/read_mail
[ "${read_mail:0:1}" = / ] || read_mail=$crate/$read_mail

# This one carries any local part; the other one says that it does not.
without=$(free_port)
more_settings="smtputf8_enable = yes"
more_services="127.0.0.1:$without inet n - n - - smtpd -o smtpd_discard_ehlo_keywords=SMTPUTF8"
start_postfix ada@xn--kln-sna.example jane@xn--bcher-kva.example wang@globex.example layla@globex.example \
    jörg@xn--bcher-kva.example
pass "Postfix $(postconf -c "$work/postfix/config" -h mail_version) carries any address on 127.0.0.1:$smtp_port"

me='Ada Größe-Byron 🦊'
my_address=ada@köln.example
home=$work/home
mkdir -m 700 "$home"
# They are all of two mail domains, and each goes at once.
export FOLLOWUP__SENDING__PER_EMPLOYER=0
check "init takes a name and an address in any script" followup init --no-login --name "$me" --email "$my_address" \
    --smtp-host 127.0.0.1 --smtp-port "$smtp_port" --smtp-tls none

cat >"$work/invitation.eml" <<'MAIL'
From: =?utf-8?B?546L5bCP5piO?= <wang@globex.example>
To: ada@xn--kln-sna.example
Date: Mon, 26 Oct 2026 10:00:00 +0800
Message-ID: <invitation@globex.example>
References: <first@globex.example>
Subject: =?utf-8?B?UmU6IOesrOS6jOasoemdouivlQ==?=

Until Tuesday.
MAIL

# letter WHAT BOX COMPANY POSITION CONTACT MORE...: added, its words replaced by those on standard input, approved and
# sent; and what lies in the mailbox BOX is that.
letter() {
    local what=$1 box=$2 company=$3 position=$4 contact=$5 number file
    shift 5
    cat >"$work/words"
    followup add --company "$company" --position "$position" --contact "$contact" --interviewed '16 days ago' \
        --promised '13 days ago' --json "$@" >"$work/added.json" 2>"$work/added.err" ||
        { fail "$what: it is added" "$(cat "$work/added.err")"; return; }
    number=$(python3 "$here/letters.py" field application.id "$work/added.json")
    followup draft "$number" >/dev/null
    [ ! -s "$work/words" ] || followup edit "$number" --body-file "$work/words" >/dev/null
    check "$what: approve" followup approve "$number" --despite
    check "$what: tick" followup tick
    wait_until 20 queue_is_empty
    followup show "$number" --json >"$work/show.json"
    check "$what: Postfix delivered it, once" count_is 1 letters_in_box "$box"
    file=$(letters_to "$box" | tail -n 1)
    [ -n "$file" ] || return
    "$read_mail" "$file" >"$work/read.json" 2>&1 || { fail "$what: mail-parser reads it" "$(cat "$work/read.json")"; return; }
    checks python3 "$here/letters.py" same "$file" "$work/show.json" "$work/read.json" "$me" "$my_address"
}

letter 'German' jane@xn--bcher-kva.example 'Müller & Söhne GmbH, Köln' 'Größenprüferin (m/w/d) – Straßenbau' \
    'Jörg Müller-Lüdenscheidt <jane@bücher.example>' --strength 'sieben Jahre Erfahrung mit Maßen' </dev/null
letter 'Chinese, in answer to their mail' wang@globex.example '格洛贝克斯科技有限公司' '高级数据工程师' \
    '王小明 <wang@globex.example>' --thread "$work/invitation.eml" <<'WORDS'
尊敬的王小明先生：

感谢您在十月三日抽出时间与我面谈高级数据工程师一职。这次谈话让我对贵公司和团队有了更深的了解，我对这个职位的兴趣也更加浓厚，期待有机会加入贵公司，与大家一起工作并为团队作出贡献，同时也希望能在新的环境中继续学习和成长，把自己多年积累的经验用到实处。

.
From 此致
敬礼！ 😊

Ada
WORDS
letter 'Arabic and emoji' layla@globex.example '🚀 غلوبكس 👩‍💻' 'مهندسة بيانات 🧪' 'ليلى بنت أحمد <layla@globex.example>' <<'WORDS'
السيدة ليلى المحترمة،

شكراً جزيلاً على وقتكم. 🇩🇪 👨‍👩‍👧‍👦 ‏أتطلع إلى جوابكم.

مع أطيب التحيات،
Ada
WORDS
letter 'any local part' jörg@xn--bcher-kva.example 'Bücher AG' 'Lektorin' 'Jörg Ä. <jörg@bücher.example>' </dev/null
# Postfix says so in what it adds (RFC 6531, 4.3).
with_utf8() { grep -l 'with UTF8SMTP' "$work/postfix/mail/$1/new/"* | grep -c .; }
check "for that one Postfix was asked to carry any address" count_is 1 with_utf8 jörg@xn--bcher-kva.example
for box in jane@xn--bcher-kva.example wang@globex.example layla@globex.example; do
    check "for $box it was not" count_is 0 with_utf8 "$box"
done

export FOLLOWUP__SMTP__PORT=$without
followup add --company 'Bücher 2' --position Lektorin --contact 'Jörg <jörg@bücher.example>' --interviewed '16 days ago' \
    --promised '13 days ago' >/dev/null
followup draft 5 >/dev/null
check "without SMTPUTF8: approve" followup approve 5
followup tick >/dev/null 2>&1
tells "without SMTPUTF8: it has failed, and says why" 0 '*cannot carry*SMTPUTF8*set 5 --contact*' followup show 5
check "without SMTPUTF8: nothing more was delivered" count_is 1 letters_in_box jörg@xn--bcher-kva.example

# Some hundred letters that are as hostile as the checks let them be, at once.
count=${COUNT:-200} seed=${SEED:-1}
export FOLLOWUP__SMTP__PORT=$smtp_port FOLLOWUP__SENDING__PER_DAY=0 FOLLOWUP__SMTP__COPY=none
check "$count hostile letters of seed $seed are approved" python3 "$here/hostile_letters.py" write "$binary" "$home" "$count" "$seed"
check "they go" followup tick
wait_until 60 queue_is_empty
checks python3 "$here/hostile_letters.py" judge "$binary" "$home" "$count" "$seed" "$read_mail" \
    "$work/postfix/mail/anyone@globex.example/new"
