#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An authority that answers from outside, by a program (`protocol command`) or by a person (`protocol
# manual`): its answer is judged before it is believed, in every form it comes in; and a program that
# died in between is never silently asked again.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
export land=$TMP/land
mkdir -p "$land" "$TMP/conf" "$TMP/ca"
cd "$TMP/ca" || exit 1
make_ca ca "Some CA"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=Sub CA" -keyout sub.key -out sub.csr 2>/dev/null
openssl x509 -req -in sub.csr -CA ca.pem -CAkey ca.key -days 30 -out sub.pem -extfile <(echo "basicConstraints=critical,CA:TRUE") 2>/dev/null
make_pair ca old
cat >sign <<'SIGN'
#!/bin/bash
# The authority: what it does stands in $land/mood; every request is counted.
cd "$(dirname "$0")" || exit 1
mood=$(cat ../land/mood)
if [[ -n ${1:-} ]]; then csr=$(cat "$1"); else csr=$(cat); fi
echo asked >>asked
sign() { # ISSUER [OPTIONS...]
  local issuer=$1
  shift
  openssl x509 -req -in <(echo "$csr") -CA "$issuer.pem" -CAkey "$issuer.key" -days 20 "$@" 2>/dev/null
}
case $mood in
good) sign sub; cat sub.pem ca.pem ;;
text) echo "Your certificate:"; sign sub | sed 's/$/\r/'; echo "and its chain"; cat sub.pem ;;
der) sign ca | openssl x509 -outform DER ;;
p7b) openssl crl2pkcs7 -nocrl -certfile <(sign sub; cat sub.pem) ;;
p7bder) openssl crl2pkcs7 -nocrl -certfile <(sign sub; cat sub.pem) -outform DER ;;
other) cat old.crt ca.pem ;;
expired) openssl ca -batch -config <(printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nunique_subject=no\nnew_certs_dir=.\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n') \
  -startdate 20200101000000Z -enddate 20210101000000Z -cert ca.pem -keyfile ca.key -in <(echo "$csr") -notext 2>/dev/null ;;
server) sign ca -extfile <(echo "extendedKeyUsage=serverAuth") ;;
subject) sign ca -subj "/CN=somebody-else" -set_serial 5 -force_pubkey <(openssl req -in <(echo "$csr") -noout -pubkey) ;;
leaf) sign sub ;;
nothing) echo "we will come back to you" ;;
no) echo "no such profile" >&2; exit 3 ;;
die) kill -9 $$ ;;
slow) sleep 1; sign sub; cat sub.pem; touch ../land/slept; sleep 2 ;;
hang) echo $$ >../land/hangs; exec sleep 30 ;;
esac
SIGN
: >index.txt
chmod 755 sign
cd "$land" || exit 1
plan() { # PROTOCOL
  cat >plan.renew <<PLAN
renew 1

role admin "Administrator" {
  reach by console
}

keystore store {
  kind pem
  file "store.pem"
  owner admin
}

ca authority {
  $1
}

certificate client {
  in store
  alias "client"
  subject "CN=client"
  key ec p-256
  signed by authority
  renew 10d before expiry
}

plan p "P" {
  renews client
  policy overlap

  create: admin creates client.new
  sign: admin gets client.new signed by authority
  exchange: admin replaces client.old with client.new in store keeping alias
}
PLAN
}
by_program=$'protocol command\n  command "'"$TMP/ca/sign"
export RENEW_CONFIG=$TMP/conf/renew.conf
printf 'renew 1\nallow commands in "%s"\n' "$TMP/ca" >"$RENEW_CONFIG"
fresh() { # MOOD
  rm -rf "$TMP/state" "$TMP/ca/asked" slept hangs
  echo "$1" >mood
  cp "$TMP/ca/old.pem" store.pem
}
asked() { cat "$TMP/ca/asked" 2>/dev/null | wc -l; }
subject() { openssl x509 -in store.pem -noout -subject; }
run_id() { "$RENEW" status --json 2>/dev/null | grep -oE '20[0-9]{2}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1; }

plan "$by_program\""
for mood in good text p7b p7bder; do
  fresh $mood
  run "$RENEW" run plan.renew
  exits 0 "program, $mood: done"
  is "$(subject)" "subject=CN = client" "program, $mood: the new pair is in place"
  is "$(grep -c BEGIN.CERT store.pem)" 2 "program, $mood: with its intermediate, without its root"
done
fresh der
run "$RENEW" run plan.renew
exits 4 "program, der: one certificate alone, whose issuer nobody knows"
plan "$by_program \${csr}\""
fresh good
run "$RENEW" run plan.renew
exits 0 "the request by its file"
plan "$by_program\""
for row in "other:for the key of this run" "expired:has expired" "server:not for clients" \
  "subject:CN=somebody-else" "leaf:lacks the certificate of the issuer, CN=Sub CA" "nothing:no certificate" "no:no such profile"; do
  fresh "${row%%:*}"
  run "$RENEW" run plan.renew
  exits 4 "program, ${row%%:*}: the step fails"
  like "$out$err" "${row#*:}" "program, ${row%%:*}: ${row#*:}"
  is "$(subject)" "subject=CN = old" "program, ${row%%:*}: nothing is exchanged"
  is "$(asked)" 1 "program, ${row%%:*}: asked once"
done
fresh other
"$RENEW" run plan.renew >/dev/null 2>&1
echo good >mood
"$RENEW" retry "$(run_id)" sign --because "the CA took the wrong one" >/dev/null 2>&1
run "$RENEW" resume "$(run_id)"
exits 0 "after a wrong answer, retry asks again"
is "$(subject)" "subject=CN = client" "and the good one is taken"

fresh die
run "$RENEW" run plan.renew
exits 9 "the program dies: a person decides"
run "$RENEW" resume "$(run_id)"
is "$(asked)" 1 "resume does not ask again"
echo good >mood
"$RENEW" decide "$(run_id)" sign redo --because "the CA has no request" >/dev/null 2>&1
"$RENEW" resume "$(run_id)" >/dev/null 2>&1
is "$(asked) $(subject)" "2 subject=CN = client" "after the decision it is asked again"

fresh hang
"$RENEW" run plan.renew >/dev/null 2>&1 &
pid=$!
for _ in $(seq 100); do [[ -e hangs ]] && break; sleep 0.1; done
{ kill -9 $pid; wait $pid; } 2>/dev/null
run "$RENEW" resume "$(run_id)"
exits 9 "renew is killed while the program runs: a person decides"
like "$out$err" 'may have signed, or not' "it says why"
is "$(asked)" 1 "nobody asked again"
kill -9 "$(cat hangs)" 2>/dev/null

fresh slow
"$RENEW" run plan.renew >/dev/null 2>&1 &
pid=$!
for _ in $(seq 100); do [[ -e slept ]] && break; sleep 0.1; done
{ kill -9 $pid; wait $pid; } 2>/dev/null
run "$RENEW" resume "$(run_id)"
exits 0 "the answer was written before the kill: it is taken"
is "$(asked) $(subject)" "1 subject=CN = client" "with one request"

echo 'renew 1' >"$RENEW_CONFIG"
fresh good
run "$RENEW" run plan.renew
exits 3 "a program that is not allowed"
like "$err" 'E1011' "E1011, before anything"
is "$(asked)" 0 "and it was not run"

# By a person.
plan "protocol manual"
fresh good
run "$RENEW" run plan.renew
exits 5 "a person: waits with exit 5"
csr=$(find "$TMP/state" -name '*.csr' -path '*outbox*')
like "$out$err" "$csr" "the request's file is named"
run "$RENEW" tasks
like "$out" "renew sign 20[0-9-]*-a sign --evidence FILE" "the task says that the answer is a file"
id=$(run_id)
for row in "other:for the key of this run" "expired:has expired" "server:not for clients" "subject:CN=somebody-else" \
  "leaf:lacks the certificate of the issuer" "nothing:no certificate"; do
  echo "${row%%:*}" >mood
  "$TMP/ca/sign" "$csr" >answer
  "$RENEW" sign "$id" sign --evidence answer >sign.out 2>&1
  run "$RENEW" resume "$id"
  exits 5 "a person, ${row%%:*}: refused, asked again"
  like "$(cat sign.out)$out$err" "${row#*:}" "a person, ${row%%:*}: ${row#*:}"
done
mkfifo pipe
run timeout 20 "$RENEW" sign "$id" sign --evidence pipe
exits 3 "a person, a pipe that nobody writes to: not waited for"
like "$err" 'error.E0002.: the evidence file pipe cannot be read: it is no regular file' "which is told"
for file in absent .; do
  run "$RENEW" sign "$id" sign --evidence $file
  exits 3 "a person, an answer that cannot be read ($file)"
  like "$err" "error.E0002.: the evidence file $file cannot be read: " "which is told with its code"
done
run "$RENEW" journal "$TMP" --verify
exits 3 "a folder in the place of an exported journal"
like "$err" 'error.E0002.: the journal .* cannot be read: Is a directory' "which is told"
echo p7bder >mood
"$TMP/ca/sign" "$csr" >answer.p7b
"$RENEW" sign "$id" sign --evidence answer.p7b >/dev/null 2>&1
"$RENEW" resume "$id" >/dev/null 2>&1
is "$(subject)" "subject=CN = client" "a person, PKCS#7: taken"
done_testing
