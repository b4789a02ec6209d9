#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E0704 E0722 E0726 E0728 E0729
# A plan whose keystore is a PKCS#12: the pair is made, signed, exchanged under its alias; what cannot
# work is named before anything is touched.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
p12() { python3 -B "$ROOT/tests/tools/p12.py" "$@"; }
cd "$TMP" || exit 1
make_ca ca "Some CA"
make_pair ca old
make_pair ca other
chmod 600 ca.key
echo store >password && chmod 600 password
cat >plan.renew <<'PLAN'
renew 1

role admin "Administrator" {
  reach by console
}

secret store-password from file "password"

keystore store {
  kind pkcs12
  file "store.p12"
  password with store-password
  owner admin
}

ca corporate {
  protocol local
  certificate file "ca.pem"
  key file "ca.key"
}

certificate client {
  in store
  alias "client"
  subject "CN=client"
  key ec p-256
  signed by corporate
  valid for 30d
  renew 10d before expiry
}

plan exchange "Exchange" {
  renews client
  policy overlap

  create: admin creates client.new
  sign: admin gets client.new signed by corporate
  exchange: admin replaces client.old with client.new in store keeping alias {
    check client.new present in store
  }
}
PLAN
touch renew.conf && rm renew.conf
fresh() { rm -rf state store.p12*; openssl pkcs12 -export -inkey old.key -in old.crt -name client -passout pass:store -out store.p12; }
subject() { openssl pkcs12 -in store.p12 -passin pass:store -clcerts -nokeys 2>/dev/null | openssl x509 -noout -subject; }
refused() { # CODE REGEX NAME
  local before
  before=$(sha256sum <store.p12)
  run "$RENEW" run plan.renew
  exits 3 "$3: exit 3"
  like "$err" "error\[$1\]" "$3: $1"
  like "$err" "$2" "$3: says $2"
  like "$err" '= help: ' "$3: with a way out"
  is "$(sha256sum <store.p12)" "$before" "$3: not touched"
}
fresh
run "$RENEW" run plan.renew
exits 0 "the plan runs through"
is "$(subject)" "subject=CN = client" "the store has the new pair, and openssl opens it"
is "$(ls store.p12*)" "store.p12" "nothing is left beside it"
fresh && echo wrong >password
refused E0726 'password does not open' "a wrong password"
echo store >password
fresh && head -c 600 store.p12 >cut && mv cut store.p12
refused E0728 'cut off' "half a file"
p12 jks store.p12 store client old.key old.crt
refused E0728 'JKS.*keytool -importkeystore|keytool -importkeystore' "a Java keystore of the old kind"
fresh && sed -i 's/alias "client"/alias "nobody"/' plan.renew
refused E0725 'its pairs are `client`' "no such alias"
sed -i 's/alias "nobody"/alias "client"/' plan.renew
p12 plain store.p12 pair:Client:old.key,old.crt pair:client:other.key,other.crt
refused E0704 'case only' "two aliases that differ in case only"
p12 mac store.p12 2000000000
refused E0729 '2000000000 rounds' "a file that asks for two thousand million rounds"
p12 mac store.p12 pbmac1
refused E0729 'PBMAC1|pbmac1' "a file whose integrity is protected by PBMAC1"

# What is not rewritten shows itself when the step acts; the pair in place stays.
p12 plain store.p12 nest:x:old.key,old.crt
sed -i 's/alias "client"/alias "x-inside"/' plan.renew
before=$(sha256sum <store.p12)
run "$RENEW" run plan.renew
exits 4 "a pair in a nested safe: the step fails"
like "$err" 'E0722: ' "a pair in a nested safe: E0722"
is "$(sha256sum <store.p12)" "$before" "a pair in a nested safe: not touched"
done_testing
