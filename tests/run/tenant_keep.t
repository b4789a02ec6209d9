#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `key-made in-tenant` with `keep key yes`: another certificate for the pair that is in place.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
. "$ROOT/tests/twins/landscape.sh"
holds() { ask_twin state ".stores.system[\"$1\"][0] // \"none\""; }
effects() { ask_twin state "[.effects[] | select(.[0] != \"called\") | .[0]] | join(\" \")"; }
arguments=(--set change-number=CHG1 --set "start=$(TZ=Europe/Berlin date +%Y-%m-%dT%H:%M)")
twin_start --build-s 0.05
tenant_land downtime
tell_twin set '{"trust_any":true,"auto_message":"COMPLETED"}'
sed -i 's/^  of acme-prod/&\n  key-made in-tenant/; s/^  alias "acme_erp_client"/&\n  keep key yes/; s/nodes worker-1, worker-2, worker-3/nodes worker-1/' org/acme-prod.renew
sed -i 's/ at agreed.start//; /check tls to erp-backend/d' downtime.renew
cp downtime.renew keep.renew
old=$(print_of "$land.conf/old.pem")
openssl x509 -in "$land.conf/old.pem" -noout -pubkey >old.pub
run "$RENEW" run keep.renew "${arguments[@]}"
id=$(run_id)
drive "$id"
exits 0 "a certificate for the key that is there"
is "$(effects)" "undeploy put deploy" "one write, no key made, no rename"
new=
while read -r file; do
  [[ $(print_of "$file") != "$(holds acme_erp_client)" ]] || new=$file
done < <(grep -rl 'BEGIN CERTIFICATE' org/mail/erp-basis)
[[ -n $new && $(holds acme_erp_client) != "$old" ]]
ok $? "the receiver got what is in place, and it is another one"
is "$(openssl x509 -in "$new" -noout -pubkey)" "$(cat old.pub)" "with the key that was there before"
sed -i 's/in tenant-keystore keeping alias {/&\n    check client.old present in tenant-keystore/' keep.renew
rm -rf "$XDG_STATE_HOME"
tell_twin clear
tenant_pair acme_erp_client "/C=DE/O=Acme/CN=acme-prod"
tell_twin flow '{"id":"orders-outbound","version":"1.0.2","runtime":"1.0.2"}'
run "$RENEW" run keep.renew "${arguments[@]}"
id=$(run_id)
drive "$id"
exits 4 "a check behind it fails"
is "$(holds acme_erp_client)" "$(print_of "$land.conf/pair.pem")" "the old certificate is put back"
is "$(effects)" "undeploy put put" "by the same call"
twin_stop
done_testing
