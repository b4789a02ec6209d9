#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The seed's second procedure, sentence by sentence, on files (tests/crash/reference-downtime.renew), in
# a window that has just opened and after a change of authority; and a window that is still to come.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
fingerprint() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
pins() { grep -v '^#' receiver/pins.sha256 | tr '\n' ' '; }
step_of() { "$RENEW" status "$id" | grep -E " $1( |$)"; }
order() { # the steps in the order in which they were done
  "$RENEW" journal "$id" --export - | python3 -c '
import json, sys
for line in sys.stdin:
    body = json.loads(line)["body"]
    if body.get("status") == "done": print(body["step"])'
}
before() { # A B: A was done before B
  [[ $(order | grep -nxF "$1" | cut -d: -f1) -lt $(order | grep -nxF "$2" | cut -d: -f1) ]]
}
begin() { # START [other-ca]
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf"
  old=$(python3 "$ROOT/tests/crash/landscape.py" "$land" reference-downtime.renew "${@:2}") || exit 1
  cd "$land" || exit 1
  export XDG_STATE_HOME=$TMP/state-$1 RENEW_CONFIG=$land.conf/renew.conf
  run "$RENEW" run reference-downtime.renew --set start="$1"
  id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
}

begin "$(date -u -d '5 minutes ago' +%Y-%m-%dT%H:%M)" other-ca
exits 5 "the run waits for the agreement"
like "$(step_of create)" 'done' "SAP-6ec6-24: the certificate is created before the window is agreed"
like "$(step_of sign)" 'done' "SAP-6ec6-24: and signed"
for role in tenant-admin receiver-admin; do
  run "$RENEW" sign "$id" agree --as-role $role
  exits 0 "SAP-6ec6-25: $role agrees on the window"
done
run "$RENEW" resume "$id"
exits 0 "SAP-6ec6-23: the downtime procedure is done"
grep -rq 'Please stop the integration flow' mail/integration-dev
ok $? "SAP-6ec6-26: the developer was asked to stop the flow"
before 'agree' 'ask-stop'
ok $? "SAP-6ec6-26: when the window was agreed and open"
is "$(head -2 log/effects | sort | tr '\n' ' ')" "stop[node-a] stop[node-b] " "SAP-6ec6-27 SAP-6ec6-28: the flow was stopped on both nodes first of all"
grep -rq 'stopped on every node' mail/tenant-admin
ok $? "SAP-6ec6-28: and this was reported"
before 'stop[node-b]' 'exchange'
ok $? "SAP-6ec6-29: the pair was exchanged while the flow was stopped"
new=$(fingerprint keystore/client.pem)
[[ $new != "$old" ]]
ok $? "SAP-6ec6-29: the keystore holds the new pair under its alias"
is "$(grep -rl 'BEGIN CERTIFICATE' mail/receiver-admin | wc -l | awk '{print ($1 >= 2)}')" 1 "SAP-6ec6-30: certificate and new root were handed over"
grep -rq 'HTTPS client is stopped' mail/receiver-admin
ok $? "SAP-6ec6-31: the receiver's administrator was told that the client is stopped"
is "$(pins)" "$new " "SAP-6ec6-32: the receiver's certificate was exchanged"
is "$(grep -c 'BEGIN CERTIFICATE' receiver/roots.pem)" 2 "SAP-6ec6-32: the new root was imported"
grep -rq 'certificate is exchanged on the receiver' mail/tenant-admin
ok $? "SAP-6ec6-33: reported to the tenant administrator"
grep -rq 'start the integration flow on every node' mail/integration-dev
ok $? "SAP-6ec6-33: and the developer was asked to start"
is "$(sort -u nodes/node-a nodes/node-b)" "$new" "SAP-6ec6-34: the flow runs on all nodes with the new certificate"
before 'exchange-receiver' 'start[node-a]'
ok $? "SAP-6ec6-34: started only after the receiver's exchange"

begin "$(date -u -d '2 days' +%Y-%m-%dT%H:%M)"
for role in tenant-admin receiver-admin; do "$RENEW" sign "$id" agree --as-role $role >/dev/null; done
run "$RENEW" resume "$id"
exits 5 "before the window the run waits"
is "$(cat log/effects 2>/dev/null)" "" "SAP-6ec6-26: and nothing was stopped"
is "$(fingerprint keystore/client.pem)" "$old" "nothing was exchanged"
like "$out$err" "$(date -u -d '2 days' +%Y-%m-%d)" "the instant at which it goes on is printed"
cd "$TMP" || exit 1
done_testing
