#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The seed's first procedure, sentence by sentence, executed on files (tests/crash/reference.renew):
# once with the same authority, once after a change of authority.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
fingerprint() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
pins() { grep -v '^#' receiver/pins.sha256 | tr '\n' ' '; }
step_of() { "$RENEW" status "$id" | grep -E " $1( |$)"; } # the status line of a step
begin() { # [other-ca]
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf"
  old=$(python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew "$@") || exit 1
  cd "$land" || exit 1
  export XDG_STATE_HOME=$TMP/state-${1:-same} RENEW_CONFIG=$land.conf/renew.conf
  run "$RENEW" run reference.renew
  id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
}
sign() { run "$RENEW" sign "$id" "$1"; exits 0 "$1 is signed"; run "$RENEW" resume "$id"; }

begin
exits 5 "the run waits for a person"
like "$("$RENEW" tasks)" 'exchange  tenant-admin has to approve' "SAP-6ec6-36 SAP-6ec6-2: the task of one role, by name"
like "$("$RENEW" tasks --me receiver-admin)" 'nobody has anything to do' "SAP-6ec6-2: and of no other"
is "$(fingerprint keystore/client.pem)" "$old" "SAP-6ec6-5: the exchange was not made before its turn"
is "$(grep -c 'BEGIN CERTIFICATE' ca/*issued* 2>/dev/null | tail -1 | sed 's/.*://')" 1 "SAP-6ec6-7: one certificate was issued"
new=$(pins | tr ' ' '\n' | grep -v "^$old\$" | head -1)
is "$(pins)" "$old $new " "SAP-6ec6-10 SAP-6ec6-4: the receiver accepts the old and the new one"
letter=$(grep -rl 'BEGIN CERTIFICATE' mail/receiver-admin | head -1)
is "$(fingerprint "$letter")" "$new" "SAP-6ec6-8: the receiver's administrator was given the new certificate"
grep -rqi "$new" mail/receiver-admin
ok $? "SAP-6ec6-8: with its fingerprint in the text"
is "$(cat mail/*/* | grep -c 'PRIVATE KEY')" 0 "SAP-6ec6-6: no private key is handed over"
like "$(step_of hand-over-root)" 'skipped' "SAP-6ec6-9: the root is not handed over: the authority is the same"
grep -rq 'accepts the old and the new certificate' mail/tenant-admin
ok $? "SAP-6ec6-12: the tenant administrator was told that both are accepted"
is "$(sort -u nodes/node-a nodes/node-b)" "$old" "SAP-6ec6-17: the nodes still present the old one"
key=$(openssl pkey -in keystore/client.pem -pubout)

sign exchange
exits 5 "the run waits for the last person"
is "$(fingerprint keystore/client.pem)" "$new" "SAP-6ec6-13 SAP-6ec6-1: the keystore holds the new certificate under its alias"
is "$(openssl pkey -in keystore/client.pem -pubout)" "$(openssl x509 -in keystore/client.pem -noout -pubkey)" "SAP-6ec6-14: key and certificate were imported as one pair"
[[ $(openssl pkey -in keystore/client.pem -pubout) != "$key" ]]
ok $? "SAP-6ec6-6: the key pair is new"
grep -rq 'restart the flow on every node' mail/integration-dev
ok $? "SAP-6ec6-15: the developer was told to restart"
is "$(sort -u nodes/node-a nodes/node-b)" "$new" "SAP-6ec6-16 SAP-6ec6-18: the flow was restarted on all nodes"
like "$(step_of 'restart\[node-a\]')" 'done' "SAP-6ec6-17: the restart counts when it was observed"
grep -rq 'new client certificate is now used' mail/receiver-admin
ok $? "SAP-6ec6-20: the receiver's administrator was told that the new one is used"
is "$(pins)" "$old $new " "SAP-6ec6-21: the old one is still accepted until its removal is approved"

sign remove-old
exits 0 "the run is done"
is "$(pins)" "$new " "SAP-6ec6-21: the old certificate is removed"
like "$(step_of remove-old-root)" 'skipped' "SAP-6ec6-22: the root stays: the authority is the same"
run "$RENEW" journal "$id" --verify
exits 0 "the journal verifies"

begin other-ca
like "$(step_of import-root)" 'done' "SAP-6ec6-11: the new root was imported"
is "$(grep -c 'BEGIN CERTIFICATE' receiver/roots.pem)" 2 "SAP-6ec6-11: beside the old one"
like "$(step_of hand-over-root)" 'done' "SAP-6ec6-9: the new root was handed over"
sign exchange
sign remove-old
exits 5 "somebody is asked"
like "$("$RENEW" tasks)" 'remove-old-root .*receiver-admin has to answer' "SAP-6ec6-22: whether the old root is used elsewhere is a question to its owner"
run "$RENEW" decide "$id" remove-old-root no --because "no other connection uses it"
exits 0 "the owner answers"
run "$RENEW" resume "$id"
exits 0 "the run is done"
is "$(openssl x509 -in receiver/roots.pem -noout -subject | sed 's/ //g')" "subject=CN=ReferenceCA" "SAP-6ec6-22: only the new root is left"
is "$(grep -c 'BEGIN CERTIFICATE' receiver/roots.pem)" 1 "SAP-6ec6-22: and the old one is gone"
cd "$TMP" || exit 1
done_testing
