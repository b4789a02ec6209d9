#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A pair in a PKCS#12 is replaced and nothing else: round trips with keytool and openssl, 50 entries of
# which one changes, kill -9 at every system call, and everything that is refused by name. What is in a
# file is taken apart by tests/tools/p12.py, which knows nothing of the program under test.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
cd "$TMP" || exit 1
tool=$(dirname "$RENEW")/tests/pem_pair
p12() { python3 -B "$ROOT/tests/tools/p12.py" "$@"; }
[[ -x $tool ]] || { echo "Bail out! make unit builds $tool"; exit 1; }
make_ca ca "Some CA"
for name in old new other; do make_pair ca $name; done

leaf() { # FILE PASSWORD ALIAS: the subject of the leaf of the alias, as keytool sees it
  keytool -list -v -keystore "$1" -storepass "$2" -alias "$3" 2>/dev/null | sed -n 's/^Owner: *//p' | head -1
}
fits() { # FILE PASSWORD: openssl finds key and certificate, and they belong together
  local key cert
  key=$(openssl pkcs12 -legacy -in "$1" -passin "pass:$2" -nocerts -nodes 2>/dev/null | openssl pkey -pubout 2>/dev/null)
  cert=$(openssl pkcs12 -legacy -in "$1" -passin "pass:$2" -clcerts -nokeys 2>/dev/null | openssl x509 -noout -pubkey 2>/dev/null)
  [[ -n $key && $key == "$cert" ]]
}
subject() { openssl pkcs12 -legacy -in "$1" -passin "pass:$2" -clcerts -nokeys 2>/dev/null | openssl x509 -noout -subject 2>/dev/null; }
scheme() { openssl pkcs12 -legacy -in "$1" -passin "pass:$2" -noout -info 2>&1 | grep -E '^(MAC|PKCS7|Shrouded)' | grep -v 'MAC length'; }

# openssl's files: each encryption is kept.
for form in "" "-legacy" "-certpbe AES-128-CBC -keypbe AES-256-CBC -iter 5000 -macalg sha512" \
  "-certpbe NONE -keypbe NONE" "-certpbe PBE-SHA1-3DES -keypbe PBE-SHA1-3DES -macalg sha1" "-nomac"; do
  # shellcheck disable=SC2086
  openssl pkcs12 -export $form -inkey old.key -in old.crt -certfile ca.pem -name MyAlias -passout pass:store -out o.p12
  before=$(scheme o.p12 store)
  run "$tool" pkcs12 o.p12 MyAlias store new.pem
  exits 0 "openssl ${form:-default}: replaced"
  fits o.p12 store && [[ $(subject o.p12 store) == "subject=CN = new" ]]
  ok $? "openssl ${form:-default}: openssl finds the new pair"
  is "$(scheme o.p12 store)" "$before" "openssl ${form:-default}: encryption, MAC and iterations are kept"
  like "$(openssl pkcs12 -legacy -in o.p12 -passin pass:store -nodes 2>/dev/null)" 'friendlyName: MyAlias' \
    "openssl ${form:-default}: the alias is kept as it was written"
done

# Passwords: none, empty, and not of ASCII.
for word in "" "σύνθημα γνώρισμα" "pass wörd €"; do
  openssl pkcs12 -export -inkey old.key -in old.crt -name a -passout "pass:$word" -out w.p12
  run "$tool" pkcs12 w.p12 a "${word:--}" new.pem
  exits 0 "password \`$word\`: replaced"
  fits w.p12 "$word" && [[ $(subject w.p12 "$word") == "subject=CN = new" ]]
  ok $? "password \`$word\`: openssl opens it with the same one"
done

# Without a name: the only pair is meant.
openssl pkcs12 -export -inkey old.key -in old.crt -passout pass:store -out n.p12
run "$tool" pkcs12 n.p12 anything store new.pem
exits 0 "a file with one nameless pair"
unlike "$(openssl pkcs12 -in n.p12 -passin pass:store -nodes 2>/dev/null)" 'friendlyName' "it stays without a name"

# The other direction: keytool's file with 50 entries.
entries=() subjects=()
for i in $(seq 1 46); do
  make_pair ca "e$i"
  entries+=("entry$i" "e$i.key" "e$i.crt")
done
p12 jks fifty.jks storepass "${entries[@]}" client old.key old.crt root1 - ca.pem root2 - other.crt
keytool -importkeystore -noprompt -srckeystore fifty.jks -srcstorepass storepass -destkeystore fifty.p12 \
  -deststoretype pkcs12 -deststorepass storepass >/dev/null 2>&1
keytool -genseckey -keyalg AES -keysize 256 -alias aes -keystore fifty.p12 -storepass storepass >/dev/null 2>&1
cp fifty.p12 before.p12
p12 bags before.p12 storepass >before.bags
is "$(keytool -list -keystore fifty.p12 -storepass storepass 2>/dev/null | sed -n 's/^Your keystore contains //p')" "50 entries" "keytool's file has 50 entries"
chmod 640 fifty.p12
run "$tool" pkcs12 fifty.p12 client storepass new.pem
exits 0 "one of 50 is replaced"
is "$(stat -c %a fifty.p12)" 640 "the rights are kept"
p12 bags fifty.p12 storepass >after.bags
is "$(diff <(cut -d' ' -f1,2,4 before.bags) <(cut -d' ' -f1,2,4 after.bags))" "" "kinds, aliases, attributes and order are the same"
is "$(diff before.bags after.bags | grep '^>' | cut -d' ' -f2,3)" $'locked-key client\ncert client' "of all bags only the pair's two are others"
is "$(wc -l <after.bags)" "$(wc -l <before.bags)" "no bag more, no bag less ($(wc -l <after.bags))"
is "$(leaf fifty.p12 storepass client)" "CN=new" "keytool sees the new pair"
is "$(diff <(keytool -list -v -keystore before.p12 -storepass storepass 2>/dev/null) <(keytool -list -v -keystore fifty.p12 -storepass storepass 2>/dev/null) | grep -E '^[<>] (Alias|Entry|Creation)')" "" \
  "keytool sees the other 49 as they were"
keytool -importkeystore -noprompt -srckeystore fifty.p12 -srcstorepass storepass -destkeystore back.jks -deststoretype jks \
  -deststorepass storepass -srcalias client >/dev/null 2>&1
is "$(leaf back.jks storepass client)" "CN=new" "keytool takes key and certificate out again"

# What nobody knows stays: revocation lists, secrets, nested safes, unknown bags and attributes.
printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\n' >crl.conf
: >index.txt
openssl ca -gencrl -keyfile ca.key -cert ca.pem -crldays 1 -out crl.pem -config crl.conf 2>/dev/null
p12 plain zoo.p12 unknown:u: crl:c:crl.pem nest:n:other.key,other.crt pair:client:old.key,old.crt secret:s: pair:zwei:e1.key,e1.crt
p12 bags zoo.p12 - >before.bags
run "$tool" pkcs12 zoo.p12 client - new.pem
exits 0 "a file with everything, without encryption and MAC: replaced"
p12 bags zoo.p12 - >after.bags
is "$(diff before.bags after.bags | grep '^>' | cut -d' ' -f2,3)" $'key client\ncert client' "only the pair's two bags are others"
is "$(wc -l <after.bags)" 8 "all 8 bags are there"
is "$(diff <(cut -d' ' -f1,2,4 before.bags) <(cut -d' ' -f1,2,4 after.bags))" "" "with their attributes, in their order"

# Refused by name, and not touched.
p12 plain twins.p12 pair:MyAlias:old.key,old.crt pair:myalias:other.key,other.crt
openssl pkcs12 -export -inkey old.key -in old.crt -name a -passout pass:store -out s.p12
head -c 700 s.p12 >cut.p12
{ cat s.p12; echo; } >long.p12
: >empty.p12
openssl pkcs12 -export -nokeys -in old.crt -caname a -passout pass:store -out certs.p12
refused() { # FILE ALIAS PASSWORD REGEX NAME
  local before
  before=$(sha256sum <"$1")
  run "$tool" pkcs12 "$1" "$2" "$3" new.pem
  exits 1 "$5: refused"
  like "$err" "$4" "$5: $4"
  is "$(sha256sum <"$1")" "$before" "$5: not touched"
}
refused s.p12 a wrong 'password does not open' "a wrong password"
refused s.p12 a - 'has a password, and none is named' "no password"
refused s.p12 b store 'no pair under `b`; its pairs are `a`' "no such alias"
refused fifty.p12 root1 storepass 'a certificate only' "an alias of a certificate"
refused fifty.p12 aes storepass 'and no key|something else' "an alias of a secret key"
refused twins.p12 MyAlias - 'in case only' "two aliases that differ in case only"
refused zoo.p12 n-inside - 'inside another safe' "a pair in a nested safe"
refused cut.p12 a store 'cut off, damaged' "half a file"
refused long.p12 a store '1 bytes stand behind' "a file with more behind it"
refused empty.p12 a store 'is empty' "an empty file"
refused fifty.jks client storepass 'Java keystore \(JKS\)' "a JKS file"
refused new.pem a store 'it is PEM' "a PEM file"
refused ca.pem a store 'it is PEM' "a certificate"

# A link stays a link.
openssl pkcs12 -export -inkey old.key -in old.crt -name a -passout pass:store -out target.p12
ln -s target.p12 link.p12
"$tool" pkcs12 link.p12 a store new.pem
[[ -L link.p12 && $(subject target.p12 store) == "subject=CN = new" ]]
ok $? "a link is followed and stays"

# kill -9 at every system call: the old pair or the new one.
if strace -o /dev/null true 2>/dev/null; then
  openssl pkcs12 -export -inkey old.key -in old.crt -name a -passout pass:store -out kill.p12
  cp kill.p12 k.p12
  strace -o trace "$tool" pkcs12 k.p12 a store new.pem
  bad="" kills=0 olds=0 news=0
  while read -r name nth; do
    cp kill.p12 k.p12
    (
      strace -o /dev/null -e trace="$name" -e inject="$name:signal=KILL:when=$nth" "$tool" pkcs12 k.p12 a store new.pem
      exit $?
    ) >/dev/null 2>&1
    [[ $? == 137 ]] && kills=$((kills + 1))
    case $(fits k.p12 store && subject k.p12 store) in
    "subject=CN = old") olds=$((olds + 1)) which="CN=old" ;;
    "subject=CN = new") news=$((news + 1)) which="CN=new" ;;
    *) bad+="$name $nth: neither"$'\n' which= ;;
    esac
    # keytool once for each state and each place of the rename: it takes half a second.
    [[ $name != rename && $name != fsync ]] || [[ $(leaf k.p12 store a) == "$which" ]] || bad+="$name $nth: keytool"$'\n'
    "$tool" pkcs12 k.p12 a store new.pem 2>/dev/null || bad+="$name $nth: the next attempt fails"$'\n'
    [[ $(subject k.p12 store) == "subject=CN = new" && ! -e k.p12.renew-new ]] || bad+="$name $nth: after the next attempt"$'\n'
  done < <(awk -F'(' '/^[a-z_0-9]+\(/ { count[$1]++; if (begun && $1 !~ /^(mmap|munmap|mprotect|mlock|madvise|brk|getrandom|futex|sysinfo)$/) print $1, count[$1]; if (/pem-pair-begins/) begun = 1 }' trace)
  is "$bad" "" "at every point the store holds the old pair or the new one, and the next attempt ends it"
  [[ $kills -ge 20 && $olds -gt 0 && $news -gt 0 ]]
  ok $? "killed at $kills points: $olds old, $news new"
else
  ok 0 "kill -9 # SKIP strace may not trace here"
fi
done_testing
