#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1012 E1121
# renew.conf: what a repository demands when its plans are checked, what a machine demands before a run
# begins, and the ways of a machine: vault, proxy, roots.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
cd "$land" || exit 1
export RENEW_CONFIG=$land.conf/renew.conf
cp "$RENEW_CONFIG" "$TMP/machine.conf"
repository() { printf 'renew 1\n\n%s\n' "$1" >renew.conf; }
machine() { # LINES: beside what the landscape needs
  cp "$TMP/machine.conf" "$RENEW_CONFIG"
  printf '%s\n' "$1" >>"$RENEW_CONFIG"
}

# ---- the repository's ----
: >renew.conf
run "$RENEW" check reference.renew
exits 0 "an empty renew.conf marks the root and demands nothing"
repository 'forbid removes'
run "$RENEW" check reference.renew
exits 1 "a forbidden verb"
like "$err" 'E1012.*reference.renew:[0-9]*:.*`removes` is forbidden' "the line is named"
run "$RENEW" plan reference.renew
exits 1 "nor is it planned"
repository 'allow commands in "commands"'
run "$RENEW" check reference.renew
exits 1 "a repository allows no command"
like "$err" 'E1121.*renew.conf:3:1' "the line is named"
repository 'profle {
  rsa-min 3072
}'
run "$RENEW" check renew.conf
exits 1 "a mistyped line"
like "$err" 'renew.conf:3' "is found by its line"
repository 'profile {
  rsa-min 3072
  rsa-min 4096
}'
run "$RENEW" check renew.conf
like "$err" 'E0405' "a key given twice"
repository 'import "reference.renew"'
run "$RENEW" check renew.conf
exits 1 "a renew.conf imports nothing"
mkdir sub && : >sub/renew.conf && chmod 000 sub/renew.conf
[[ $(id -u) == 0 ]] || { run "$RENEW" check sub/renew.conf; exits 3 "one that may not be read"; }
rm -rf sub renew.conf

# ---- the machine's, against a plan that was compiled elsewhere ----
run "$RENEW" plan reference.renew -o "$TMP/approved.rplan"
exits 0 "the plan is compiled where nothing forbids it"
digest=$(grep -oE '[0-9a-f]{64}' <<<"$out" | tail -1)
before=$(find . -type f -exec sha256sum {} + | sort)
refused() { # LINES WORDS NAME
  machine "$1"
  run "$RENEW" run "$TMP/approved.rplan" --digest "$digest"
  exits 3 "$3: exit 3"
  like "$err" "E1012.*$2" "$3: E1012"
  like "$err" "= help: " "$3: with a way out"
  is "$(find . -type f -exec sha256sum {} + | sort)" "$before" "$3: nothing was touched"
}
refused 'forbid removes' 'no plan may say `removes` here' "a forbidden verb"
refused 'profile {
  change-number required
}' 'names no change ticket' "a change number that is demanded"
refused 'profile {
  max-validity 30d
}' 'valid too long' "a validity that is too long"
sed 's/key ec p-256/key rsa 2048/' reference.renew >rsa.renew
run "$RENEW" plan rsa.renew -o "$TMP/approved.rplan"
digest=$(grep -oE '[0-9a-f]{64}' <<<"$out" | tail -1)
before=$(find . -type f -exec sha256sum {} + | sort)
refused 'profile {
  rsa-min 3072
}' 'RSA key of 2048 bits is too short' "a key that is too short"
machine 'proxy "http://127.0.0.1:1" for'
run "$RENEW" run "$TMP/approved.rplan" --digest "$digest"
exits 3 "a broken line of the machine's renew.conf"
like "$err" "E1121.*$RENEW_CONFIG:[0-9]+: " "is named with its line"

# ---- the vault ----
mkdir -p "$TMP/bin"
cat >"$TMP/bin/read-vault" <<'S'
#!/bin/sh
[ "$1" = -field ] && [ "$3" = "kv/ca#password" ] && [ -z "$HOME" ] && cat "${0%/*}/password"
S
chmod 755 "$TMP/bin/read-vault"
echo "wall-lantern" >"$TMP/bin/password"
sed 's/^ca corporate/secret ca-password from vault "kv\/ca#password"\n\nca corporate/; s/key file "ca\/ca.key"/& with ca-password/' \
  reference.renew >vault.renew
openssl pkey -in ca/ca.key -aes256 -passout pass:wall-lantern -out ca/sealed && mv ca/sealed ca/ca.key
chmod 600 ca/ca.key
machine ''
run "$RENEW" run vault.renew
exits 3 "no program for the vault"
like "$err" 'E1009.*secret-command vault' "the way out is named"
machine 'secret-command vault "read-vault"'
run "$RENEW" run vault.renew
like "$err" 'E1121.*absolute path' "a program without a folder is refused"
machine "secret-command vault \"$TMP/bin/read-vault -field password\""
run "$RENEW" run vault.renew
exits 5 "the program's answer opens the authority's key"
unlike "$(cat "$XDG_STATE_HOME"/renew/logs/*/* 2>/dev/null) $out $err" 'wall-lantern' "and stands nowhere"
echo "wrong" >"$TMP/bin/password"
run "$RENEW" run vault.renew
exits 3 "a wrong answer opens nothing"
rm "$TMP/bin/password"
run "$RENEW" run vault.renew
exits 3 "a program that fails gives none"
like "$err" "E1009.*did not end with 0" "it is named"
like "$err" "help: it has to print .*read-vault -field password 'kv/ca#password'" "and how to try it by hand"

# ---- the way to others ----
cd "$TMP" || exit 1
make_ca ca
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=erp" -keyout s.key -out s.csr 2>/dev/null
openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -days 30 -out s.crt \
  -extfile <(echo "subjectAltName=DNS:erp.partner.example") 2>/dev/null
cat s.key s.crt >server.pem
make_pair ca client
mkdir -p way/.git && cp client.pem ca.pem ca.key way/
start_nginx receiver "ssl_verify_client on; ssl_client_certificate $TMP/ca.pem; location / { return 200; }"
there=$port
start_listener proxy "$TMP/proxy"
proxy=$port
cat >way/way.renew <<R
renew 1

role admin "Administrator" {
  reach by console
}

keystore store {
  kind pem
  file "client.pem"
  owner admin
}

system erp "ERP" {
  url "https://erp.partner.example:$there/"
  owner admin
  accepts-many yes
}

ca office {
  protocol local
  certificate file "ca.pem"
  key file "ca.key"
}

certificate client {
  in store
  alias "client"
  subject "CN=client"
  key ec p-256
  signed by office
  valid for 30d
}

## Looks, and goes on where the look says yes.
plan way "The way to the receiver" {
  renews client
  policy overlap

  look: admin checks tls to erp with client.old within 1s {
    retry 1 times every 1s
  }
  create: admin creates client.new
  sign: admin gets client.new signed by office
  exchange: admin replaces client.old with client.new in store keeping alias
}
R
cd way || exit 1
export RENEW_CONFIG=$TMP/way.conf
way() { printf 'renew 1\n\n%s\n' "$1" >"$RENEW_CONFIG"; rm -rf "$XDG_STATE_HOME"; }
way ""
run "$RENEW" run way.renew
unlike "$status" '^0$' "a name that nobody knows is not reached"
way "proxy \"http://127.0.0.1:$proxy\" for \"*.partner.example\""
run "$RENEW" run way.renew
unlike "$status" '^0$' "the system's roots do not know the partner's authority"
way "proxy \"http://127.0.0.1:$proxy\" for \"*.partner.example\"
trust file \"$TMP/ca.pem\" for \"erp.partner.example\""
run "$RENEW" run way.renew
exits 0 "through the proxy, against the partner's roots"
like "$(cat "$TMP/proxy/targets")" "erp.partner.example:$there" "the proxy was asked for the name"
like "$(cat "$TMP/receiver/access.log")" '200 [0-9A-F]{20}' "and the receiver saw the certificate"
rm "$TMP/proxy/targets"
way "proxy \"http://127.0.0.1:$proxy\" for \"*.partner.example\"
direct to \"erp.partner.example\"
trust file \"$TMP/ca.pem\""
run "$RENEW" run way.renew
unlike "$status" '^0$' "direct to: no proxy"
is "$(cat "$TMP/proxy/targets" 2>/dev/null)" "" "was not asked"
way "proxy \"http://127.0.0.1:1\"
trust file \"$TMP/ca.pem\""
https_proxy=http://127.0.0.1:$proxy run "$RENEW" run way.renew
unlike "$status" '^0$' "the environment's proxy is not asked"
like "$out$err" 'no way through the proxy http://127.0.0.1:1' "the one of renew.conf is named"
done_testing
