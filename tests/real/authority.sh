# shellcheck shell=bash
# Certificates of authorities that are made on the spot, in the folder $tls.
#
# Source it after lib.sh. Then:
#   authority NAME               a new one, $tls/NAME.pem, which vouches for others
#   certificate NAME HOST DAYS   for HOST, by the authority `ours`; negative DAYS are over. $tls/NAME.pem, its
#                                $tls/NAME.key, and both in $tls/NAME.chain

# shellcheck source=tests/real/lib.sh
[ -n "${work:-}" ] || { echo "source lib.sh first" >&2; exit 2; }

need openssl openssl
tls=$work/tls
mkdir -m 755 "$tls"

authority() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=$1" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$tls/$1.key" -out "$tls/$1.pem" 2>>"$tls/log" || give_up "an authority is made" "$(cat "$tls/log")"
}

certificate() {
    printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$2" >"$tls/$1.ext"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$2" \
        -keyout "$tls/$1.key" -out "$tls/$1.csr" 2>>"$tls/log" ||
        give_up "a certificate is asked for" "$(cat "$tls/log")"
    openssl x509 -req -in "$tls/$1.csr" -CA "$tls/ours.pem" -CAkey "$tls/ours.key" -CAcreateserial \
        -days "$3" -extfile "$tls/$1.ext" -out "$tls/$1.pem" 2>>"$tls/log" ||
        give_up "a certificate is made" "$(cat "$tls/log")"
    # Postfix wants the key first.
    cat "$tls/$1.key" "$tls/$1.pem" >"$tls/$1.chain"
}
