#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `renew inspect`: what is in a file of keys and certificates, in words and as JSON; and the PKCS#12
# files that others publish with what is expected of them.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
p12() { python3 -B "$ROOT/tests/tools/p12.py" "$@"; }
cd "$TMP" || exit 1
make_ca ca "Some CA"
make_pair ca one
make_pair ca two
openssl pkcs12 -export -inkey one.key -in one.crt -certfile ca.pem -name client -passout pass: -out open.p12
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr 'A-F' 'a-f'; }
run "$RENEW" inspect open.p12
exits 0 "a PKCS#12 with an empty password"
like "$out" "client: pair" "its alias and kind"
like "$out" "SHA-256  $(print_of one.crt)" "the fingerprint is openssl's"
like "$out" "key      EC P-256, belongs to the certificate" "its key, and that it belongs there"
like "$out" "chain    CN=Some CA \(root\)" "its chain"
like "$out" "AES-256-CBC by PBKDF2 \(hmacWithSHA256\), 2048 iterations; MAC SHA256, 2048 iterations" "its protection"
run "$RENEW" inspect open.p12 --json
is "$(jq -r '.schema, .format, .entries[0].alias, .entries[0].belongs_together, (.entries[0].chain | length), .entries[0].chain[0].sha256' <<<"$out" | tr '\n' ' ')" \
  "renew.inspect/1 PKCS#12 client true 2 $(print_of one.crt) " "the same as JSON"
unlike "$out" "PRIVATE" "no key leaves it"
run "$RENEW" inspect one.pem
like "$out" "PEM, 1 entry.*pair.*CN=one.*belongs to the certificate" "a PEM pair"
cat one.key two.crt >mixed.pem
run "$RENEW" inspect mixed.pem
like "$out" "does NOT belong" "a key beside a foreign certificate"
openssl x509 -in one.crt -outform DER -out one.der
openssl crl2pkcs7 -nocrl -certfile one.crt -certfile ca.pem -out both.p7b
run "$RENEW" inspect one.der
like "$out" "DER, 1 entry" "DER"
run "$RENEW" inspect both.p7b
like "$out" "PKCS#7, 2 entries" "PKCS#7"
awk '{ printf "%s\\n", $0 }' one.crt >literal.pem
run "$RENEW" inspect literal.pem
like "$out" "W0718" "line ends as two characters are noted"
p12 jks old.jks storepass a one.key one.crt
for row in "old.jks:Java keystore" "nowhere:No such file" "/dev/null:no regular file" ".:no regular file" "$ROOT/README.md:none of PEM, DER, PKCS#7 and PKCS#12" "client-store:renew inspect client-store --of PLAN" "ca.key.pub:No such"; do
  run "$RENEW" inspect "${row%:*}"
  exits 3 "inspect ${row%:*}: exit 3"
  like "$err" "${row##*:}" "inspect ${row%:*}: ${row##*:}"
done
for file in open.p12 one.pem; do
  run "$RENEW" inspect client-store --of $file
  is "$((status != 0))" 1 "--of $file: refused"
  like "$err" "--of names a plan, which $file is not; what is in that file: renew inspect $file" "--of $file: the way out"
done
run "$RENEW" inspect client-store --of nowhere
exits 2 "--of a plan that is not there"
like "$err" 'there is no plan .*nowhere' "is told as anywhere"
run "$RENEW" inspect one.pem --password x
exits 2 "no password on the command line"

# As others publish them. A password is the secret of a declared keystore.
data=$ROOT/../shared/data/keystores
if [[ -f $data/EXPECT.jsonl ]]; then
  count=0
  while IFS=$'\t' read -r file password expect keys; do
    count=$((count + 1))
    printf "%s" "${password#=}" >password && chmod 600 password
    printf 'renew 1\nrole a "A" {\n  reach by console\n}\nsecret s from file "%s"\nkeystore store {\n  kind pkcs12\n  file "%s"\n  password with s\n  owner a\n}\ncertificate c {\n  in store\n  alias "x"\n  signed by ca\n}\nca ca {\n  protocol manual\n}\nplan p "P" {\n  renews c\n  policy overlap\n  one: a creates c.new\n  sign: a gets c.new signed by ca\n  two: a replaces c.old with c.new in store keeping alias\n}\n' \
      "$TMP/password" "$data/$file" >plan.renew
    run "$RENEW" inspect store --of plan.renew --json
    case $expect in
    ok)
      exits 0 "$file opens"
      [[ $keys == - ]] || is "$(jq '[.entries[] | select(.kind == "pair" or .kind == "key")] | length' <<<"$out")" "$keys" "$file: $keys key"
      ;;
    reject) [[ $status == 3 ]] && ok 0 "$file is refused" || ok 1 "$file is refused" ;;
    *)
      if [[ $status == 0 ]]; then ok 0 "$file opens"; else
        like "$err" 'cannot check|not know|has none' "$file: a method that is not there is named"
        unlike "$err" 'does not open' "$file: and not called a wrong password"
      fi
      ;;
    esac
  done < <(jq -r 'select(.format == "pkcs12") | [.file, "=" + (.password // ""), .expect, (if .entries then ([.entries[] | select(.kind == "key")] | length) else "-" end)] | @tsv' "$data/EXPECT.jsonl")
  [[ $count -ge 25 ]]
  ok $? "$count files"
else
  ok 0 "published files # SKIP ../shared/data/keystores is not there"
fi
# What other programs leave behind.
cat two.key one.key one.crt >keys.pem
run "$RENEW" inspect keys.pem
like "$out" "holds 2 private keys; programs take the first.*does NOT belong" "of two keys in a file the first counts, and it is said"
openssl pkcs12 -export -nomac -inkey one.key -in one.crt -name bare -passout pass:geheim -out bare.p12
run "$RENEW" inspect bare.p12 --no-input
like "$out" "no MAC.*its key has a password.*bare: pair.*does not open" "a file without a MAC lets itself be opened, its key does not"
openssl base64 -in open.p12 -out open.b64
run "$RENEW" inspect open.b64
like "$status $err" "^3 .*base64.*openssl base64 -d" "a PKCS#12 as text: what to type"
openssl pkcs8 -topk8 -in one.key -v2 aes-256-cbc -v2prf hmacWithSHA512 -iter 12345 -passout pass:geheim -out closed.key
cat closed.key one.crt >closed.pem
printf geheim >closed.pass
chmod 600 closed.pass
cat >closed.renew <<'PLAN'
renew 1

role sender-admin {
  reach by console
}

secret closed-pass from file "closed.pass"

keystore sender-keystore {
  kind pem
  file "closed.pem"
  password with closed-pass
  owner sender-admin
}

ca corporate {
  protocol manual
}

system erp {
  owner sender-admin
  accepts-many yes
}

certificate client {
  in sender-keystore
  alias "client"
  subject "CN=one"
  signed by corporate
  valid for 365d
}

flow orders {
  nodes worker-1
  calls erp with client
}

plan renew-client {
  renews client
  policy overlap

  create: sender-admin creates client.new
  sign: sender-admin gets client.new signed by corporate
  accept-both: sender-admin accepts client.old, client.new on erp
  exchange: sender-admin replaces client.old with client.new in sender-keystore keeping alias
  restart: sender-admin restarts orders on worker-1 {
    check call of orders on worker-1
  }
  remove-old: sender-admin removes client.old from erp
}
PLAN
run "$RENEW" inspect sender-keystore --of closed.renew --no-input
like "$out" "pair.*belongs to the certificate" "the key of a PEM file is opened with the plan's secret, too"
done_testing
