#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E0708 E0709 E0724 E0725 E1007 E1009 E1011 E1121
# What cannot work is named before anything is touched: with its code, a way out, and no change of any
# file of the landscape.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
land=$TMP/land
begin() {
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf" "$TMP/state"
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
}
files() { find . -type f -not -path './state/*' -exec sha256sum {} + | sort; }
refused() { # CODE NAME [EXIT PLAN...]: `run` ends with 3, says CODE and a way out, touches nothing
  local before
  before=$(files)
  run "$RENEW" run "${@:4}" $([[ $# -lt 4 ]] && echo reference.renew)
  exits "${3:-3}" "$2: exit ${3:-3}"
  like "$err" "error\[$1\]" "$2: $1"
  like "$err" '= help: ' "$2: with a way out"
  is "$(files)" "$before" "$2: nothing was touched"
}
# What the check of the text finds too: exit 1 there, 3 where the plan was compiled before.
compile() {
  "$RENEW" plan reference.renew -o compiled.rplan >"$TMP/compiled" || exit 1
  digest=$(tail -1 compiled.rplan | sed 's/^sha256 //')
}
refused_both() { # CODE NAME
  refused "$1" "$2, when the text is checked" 1
  refused "$1" "$2" 3 compiled.rplan --digest "$digest"
}
begin
rm keystore/client.pem
refused E0725 "the keystore's file is missing"
begin
openssl x509 -in keystore/client.pem >keystore/only && mv keystore/only keystore/client.pem
refused 'E07(24|25)' "the keystore holds no key"
begin
openssl pkey -in keystore/client.pem >keystore/only && mv keystore/only keystore/client.pem
refused E0725 "the keystore holds no certificate"
begin
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 >keystore/other 2>/dev/null
openssl x509 -in keystore/client.pem >>keystore/other && mv keystore/other keystore/client.pem
refused E0724 "key and certificate of the keystore do not match"
begin
compile
echo "no certificate here" >ca/ca.pem
refused_both E0708 "the authority's file holds no certificate"
begin
rm ca/ca.pem
refused E0708 "the authority's file is missing"
begin
openssl genpkey -algorithm ec -pkeyopt ec_paramgen_curve:P-256 >ca/ca.key 2>/dev/null
refused E0724 "key and certificate of the authority do not match"
for validity in "20200101000000Z 20210101000000Z expired" "20900101000000Z 20910101000000Z future"; do
  read -r from until name <<<"$validity"
  begin
  compile
  : >ca/index.txt
  openssl ca -batch -selfsign -config <(printf '[ca]\ndefault_ca=d\n[d]\ndatabase=ca/index.txt\nnew_certs_dir=ca\nserial=ca/serial\ndefault_md=sha256\npolicy=p\nx509_extensions=x\n[p]\ncommonName=supplied\n[x]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign,cRLSign\n[req]\ndistinguished_name=n\n[n]\n') \
    -create_serial -startdate "$from" -enddate "$until" -keyfile ca/ca.key \
    -in <(openssl req -new -key ca/ca.key -subj "/CN=Reference CA") -out ca/ca.pem -notext 2>/dev/null
  refused_both E0709 "an issuer that is $name"
done
begin
chmod 644 ca/ca.key
refused E1007 "the authority's key may be read by others"
begin
echo 'renew 1' >"$RENEW_CONFIG"
refused E1011 "a command outside the allow-list"
begin
rm commands/restart
refused E1011 "a command that is not there"
begin
chmod 777 commands/restart
refused E1011 "a command that everybody may write"
begin
sed -i 's/^ca corporate/secret ca-password from env "RENEW_TEST_NOT_SET"\n\nca corporate/; s/key file "ca\/ca.key"/& with ca-password/' reference.renew
unset RENEW_TEST_NOT_SET
refused E1009 "a secret that is not set"
begin
sed -i "s|^ca corporate|secret ca-password from file \"$TMP/open-secret\"\n\nca corporate|; s/key file \"ca\/ca.key\"/& with ca-password/" reference.renew
echo secret >"$TMP/open-secret" && chmod 644 "$TMP/open-secret"
refused E1007 "a secret file that others may read"
begin
echo 'allow commands "x"' >"$RENEW_CONFIG"
refused E1121 "a renew.conf that is no renew.conf"
begin
cp "$RENEW_CONFIG" renew.conf
export RENEW_CONFIG=$land/renew.conf
refused E1121 "a renew.conf inside the repository"
cd "$TMP" || exit 1
done_testing
