#!/usr/bin/env bash
# Proves the rig and the mail checks themselves, with Python's smtplib in place of our program: what
# is sent arrives as it was sent, nothing is repaired on the way, and what is wrong is seen.
#
#   tests/real/postfix_rig_proof.sh          as root on Debian or Ubuntu

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/real/lib.sh
. "$here/lib.sh"
# shellcheck source=tests/real/postfix_rig.sh
. "$here/postfix_rig.sh"

start_postfix ada@me.example jane@globex.example
pass "Postfix $(postconf -c "$work/postfix/config" -h mail_version) listens on 127.0.0.1:$smtp_port"

# submit EHLO RECIPIENT... <MESSAGE: octets as they are; prints the server's word on the message.
submit() {
    python3 -c '
import smtplib, sys
port, ehlo, *recipients = sys.argv[1:]
server = smtplib.SMTP("127.0.0.1", int(port), ehlo, 10)
server.ehlo()
server.mail("ada@me.example")
for recipient in recipients:
    code, said = server.rcpt(recipient)
    if code != 250:
        sys.exit(f"{code} {said.decode()}")
server.putcmd("data")
server.getreply()
server.send(sys.stdin.buffer.read() + b"\r\n.\r\n")
code, said = server.getreply()
server.quit()
print(code, said.decode())
sys.exit(code != 250)
' "$smtp_port" "$@"
}

refused() {
    ! submit "$@"
}

good() {
    printf '%s\r\n' 'From: Ada Byron <ada@me.example>' 'To: Jane Doe <jane@globex.example>' \
        'Subject: Analyst position' "Date: $(date -R)" 'Message-ID: <1@me.example>' 'MIME-Version: 1.0' \
        'Content-Type: text/plain; charset=utf-8' 'Content-Transfer-Encoding: quoted-printable' '' \
        'Dear Jane Doe,' '' 'caf=C3=A9.' '..a dot' '' 'Ada Byron'
}

printf '{"application": {"subject": "Analyst position", "body": "Dear Jane Doe,\\n\\ncaf\\u00e9.\\n.a dot\\n\\nAda Byron"}}' \
    >"$work/show.json"

newest() {
    letters_to jane@globex.example | tail -n 1
}

# found_wrong WHY: a check with these words fails, and none breaks off.
found_wrong() {
    local said
    said=$(python3 "$here/letters.py" letter "$(newest)" "$work/show.json" 2>&1 | grep -v '^ok ')
    printf '%s\n' "$said"
    grep -q "^FAIL letter: .*$1" <<<"$said" && ! grep -q '^Traceback' <<<"$said"
}

# seen_wrong WHAT EHLO SED_EXPRESSION WHY: a good letter, changed so, is delivered and found wrong.
seen_wrong() {
    local before
    before=$(newest)
    good | sed "$3" | submit "$2" jane@globex.example >/dev/null || { fail "$1" "not accepted"; return; }
    wait_until 10 queue_is_empty
    if [ "$(newest)" = "$before" ]; then fail "$1" "not delivered"; else check "$1" found_wrong "$4"; fi
}

good | submit me.example jane@globex.example ada@me.example >/dev/null
wait_until 10 queue_is_empty
checks python3 "$here/letters.py" letter "$(newest)" "$work/show.json"
checks python3 "$here/letters.py" copy "$(newest)" "$(letters_to ada@me.example)"
check "the log counts one delivery" test "$(deliveries_to jane@globex.example)" = 1

seen_wrong "a missing Date is not added on the way, and seen" me.example '/^Date/d' \
    "has one Date: it has 0"
seen_wrong "a missing Message-ID is not added, and seen" me.example '/^Message-ID/d' \
    "has one Message-ID: it has 0"
seen_wrong "a Date of yesterday" me.example "s/^Date:.*/Date: $(date -R -d '1 day ago')\r/" \
    "Date is now"
seen_wrong "a Message-ID of this machine" me.example "s/^Message-ID:.*/Message-ID: <1@$(hostname)>\r/" \
    "on the sender's domain"
seen_wrong "two subjects" me.example 's/^Subject:.*/&\nSubject: again\r/' \
    "has one Subject: it has 2"
seen_wrong "an address list that does not parse" me.example 's/^To:.*/To: Jane Doe <jane@globex.example\r/' \
    "missing trailing '>'"
seen_wrong "8-bit octets that are not declared" me.example 's/quoted-printable/7bit/; s/=C3=A9/é/' \
    "a 7bit part holds 8-bit octets"
seen_wrong "octets that are not UTF-8" me.example 's/=C3=A9/=E9/' \
    "UnicodeDecodeError"
seen_wrong "base64 that is not" me.example 's/quoted-printable/base64/' \
    "Base64"
seen_wrong "one character of the body changed" me.example 's/a dot/A dot/' \
    "to the letter"
seen_wrong "a header that names the program" me.example 's/^MIME/X-Mailer: Followup 0.1\r\nMIME/' \
    "names this program"
seen_wrong "an EHLO that names this machine" "$(hostname)" '' \
    "names this machine"

good | sed 's/^MIME/Bcc: ada@me.example\r\nMIME/' | submit me.example jane@globex.example >/dev/null
wait_until 10 queue_is_empty
bcc_is_seen() {
    grep '^FAIL letter: has no Bcc' < <(python3 "$here/letters.py" copy "$(newest)" "$(newest)")
}
check "Bcc is not dropped on the way, and seen" bcc_is_seen

check "a bare line feed is refused" refused me.example jane@globex.example < <(good | tr -d '\r')
check "a recipient elsewhere is refused" refused me.example jane@elsewhere.example < <(good)
good | submit me.example nobody.known@globex.example >/dev/null
wait_until 10 queue_is_empty
check "any other address of a known domain is delivered too" test "$(letters_to anyone@globex.example | wc -l)" = 1

stop_postfix
nobody_listens() {
    ! postfix_greets 2>/dev/null
}
check "nobody listens once it is stopped" nobody_listens
