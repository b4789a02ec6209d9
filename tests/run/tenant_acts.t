#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Acts on a tenant one by one: roots imported under a person's word, several entries removed by one call, the
# backup restored or refused, chains fetched, limits of size, locks, the restart that undeploys first.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
effects() { ask_twin state '[.effects[][0]] | map(select(. != "called" and . != "entered")) | join(" ")'; }
holds() { ask_twin state ".stores.system[\"$1\"][0] // \"none\""; }
twin_start --build-s 0.05
acts_land

# ---- a root is imported, 409 is told to who may say yes, others are not asked
begin_acts "  trust: tenant-admin imports client.new.root into tenant-keystore as alias \"corporate root\"
$exchange"
"$RENEW" sign "$id" accept-both >/dev/null 2>&1
run "$RENEW" resume "$id"
exits 5 "a root that the tenant does not know: a person is asked"
root=$(print_of "$twin/client-ca.pem")
is "$("$RENEW" tasks --json | jq -r '.tasks[] | .step + " " + .role')" "trust tenant-admin" "the tenant's administrator, and nobody else"
like "$("$RENEW" tasks --json | jq -r '.tasks[0].says')" "CN=Twin Client CA, SHA-256 $root" "with subject and SHA-256"
is "$(holds "corporate root")" none "nothing is imported before"
is "$(ask_twin log '[.[] | select(.path | test("fingerprintVerified=true"))] | length')" 0 "and verified is not said by default"
tell_twin entry "$(pem_json "root;a\\\\b" "$twin/client-ca.pem")"
tell_twin entry "$(pem_json "sap_root" "$twin/client-ca.pem" '"owner":"SAP"')"
drive "$id"
exits 0 "the run is done"
is "$(effects)" "put backup put deploy delete delete" "imported, exchanged, deployed, removed"
is "$(holds "corporate root") $(holds "root;a\\\\b") $(holds sap_root)" "none none $root" "every entry that held the root is gone, SAP's own stays"
is "$(ask_twin log '[.[] | select(.path | test("deleteEntries=true"))] | length')" 1 "by one mass deletion, with ; and \\ in an alias"
begin_acts "  trust: tenant-admin imports client.new.root into tenant-keystore as alias \"taken\"
$exchange"
tell_twin entry "$(pem_json "taken" "$land.conf/pair.pem")"
drive "$id"
exits 9 "another certificate under the alias of a root: a person decides"
like "$out$err" '.taken. of the tenant holds another certificate' "and it is said"
is "$(ask_twin state '[.effects[] | select(.[0] == "put")] | length')" 0 "nothing was written over it"
tell_twin drop '{"alias":"taken"}'

# ---- restores: as the way back, and refused where it would take back what others did
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
back="  backup: tenant-admin backs-up tenant-keystore
$exchange {
    undo: tenant-admin restores tenant-keystore
    on failure roll-back
    check call of orders-outbound returns 200
  }"
begin_acts "$back"
old=$(print_of "$land.conf/pair.pem")
drive "$id"
exits 4 "the check behind the exchange fails"
is "$(effects)" "backup put restore" "the backup is taken once and restored"
is "$(holds acme_erp_client)" "$old" "the old pair is in place again"
begin_acts "$back"
tell_twin fault '{"match":"KeyPairResources","mode":"slow","s":0.3,"times":1}'
( for _ in $(seq 200); do
    [[ $(ask_twin state '[.effects[] | select(.[0] == "put")] | length') == 0 ]] || break
    sleep 0.05
  done
  tell_twin entry "$(pem_json colleague "$twin/client-ca.pem")" ) &
drive "$id"
wait $!
exits 4 "the check fails again"
is "$(effects)" "backup put" "but what a colleague did meanwhile is not taken back"
like "$err" 'restoring the tenant.s backup would also take back: .colleague.' "it is named"
tell_twin drop '{"alias":"colleague"}'

# ---- restart by undeploy-deploy
sed -i 's/^  on acme-prod/&\n  restart by undeploy-deploy/' first.renew
begin_acts "$exchange"
drive "$id"
exits 0 "restart by undeploy-deploy"
is "$(effects)" "backup put undeploy deploy delete" "taken off, then deployed, once"
is "$(ask_twin state '.flows["orders-outbound"] | .status + " " + .runtime')" "STARTED 1.0.2" "in the version that ran before"
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
sed -i '/restart by undeploy-deploy/d' first.renew

# ---- chains: of the one in use, with its intermediates, in order
cd "$land.conf" || exit 1
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=Root" -keyout r.key -out r.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=Intermediate" -keyout i.key -out i.csr 2>/dev/null
openssl x509 -req -in i.csr -CA r.pem -CAkey r.key -CAcreateserial -days 20 -extfile <(echo basicConstraints=critical,CA:true) -out i.pem 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/C=DE/O=Acme/CN=acme-prod" -keyout l.key -out l.csr 2>/dev/null
openssl x509 -req -in l.csr -CA i.pem -CAkey i.key -CAcreateserial -days 20 -out l.pem 2>/dev/null
cat l.key r.pem l.pem i.pem >l.pair
cd "$land" || exit 1
sed -i '/^  names /d' first.renew
begin_acts "  export: tenant-admin exports client.old from tenant-keystore
$exchange"
rm -rf "$XDG_STATE_HOME"
tell_twin clear '{"backup":true}'
tell_twin entry "$(pem_json acme_erp_client "$land.conf/l.pair")"
run "$RENEW" run overlap.renew
id=$(run_id)
drive "$id"
exported=$(grep -rl "BEGIN CERTIFICATE" "$XDG_STATE_HOME" 2>/dev/null | grep -i export | head -1)
like "$("$RENEW" status "$id" | grep ' export ')" 'export' "the chain of the pair in use is fetched"
is "$(openssl crl2pkcs7 -nocrl -certfile "${exported:-/dev/null}" 2>/dev/null | openssl pkcs7 -print_certs -noout 2>/dev/null | grep -o 'subject=.*' | sed 's/.*CN = //' | tr '\n' ' ')" \
  "acme-prod Intermediate " "leaf and intermediate, in order; the root is another thing"
twin_stop
done_testing
