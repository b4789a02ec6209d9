#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# People: who is asked, how they answer, for whom somebody else may answer, what Ctrl-C and cancel do.
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/work/.git"
cd "$TMP/work" || exit 1
cat >people.renew <<'R'
renew 1

role tenant-admin "Tenant administrator" {
  reach by console "the tenant's desk"
}

role receiver-admin "Receiver administrator" {
  reach by console "the receiver's desk"
}

keystore desk-keystore {
  kind manual
}

system receiver "Receiver" {
  owner receiver-admin
  accepts-many yes
}

ca office {
  protocol manual
}

certificate client {
  in desk-keystore
  alias "client"
  subject "CN=people"
  key ec p-256
  signed by office
}

window agreed {
  zone "Europe/Berlin"
  at start for 2h
}

param start as datetime default 2027-03-06T22:00

plan people "A plan that people carry out" {
  renews client
  policy overlap

  agree: tenant-admin, receiver-admin agree on agreed
  accept-both: receiver-admin accepts client.old, client.new on receiver
  exchange: tenant-admin replaces client.old with client.new in desk-keystore keeping alias {
    needs sign-off by 1 of receiver-admin not author
    was swap
  }
  remove-old: receiver-admin removes client.old from receiver when not client.old.root.used-elsewhere
}
R
run "$RENEW" check people.renew
exits 0 "the plan is right"
run "$RENEW" run people.renew
exits 5 "it waits for people"
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
like "$out" "agree.*renew sign $id agree --as-role tenant-admin" "the line names the command"
run "$RENEW" sign "$id" agree
exits 7 "which of two roles speaks must be said"
run "$RENEW" sign "$id" agree --as-role tenant-admin
exits 0 "one role agrees"
run "$RENEW" resume "$id"
exits 5 "one is not enough"
run "$RENEW" tasks --me receiver-admin
like "$out" "renew sign $id agree --as-role receiver-admin" "the other role sees its task"
run "$RENEW" sign "$id" agree --as-role tenant-admin --on-behalf-of receiver-admin
exits 2 "an answer on behalf of somebody needs a reason"
echo "Yes, Saturday is fine." >mail.txt
run "$RENEW" sign "$id" agree --as-role tenant-admin --on-behalf-of receiver-admin --because "answered by mail" --evidence mail.txt
exits 0 "the answer of a partner without renew is recorded"
run "$RENEW" journal "$id" --export -
like "$out" '"on-behalf-of":"receiver-admin"' "the journal says for whom"
like "$out" "$(sha256sum mail.txt | cut -d' ' -f1)" "and holds the digest of the evidence"

run "$RENEW" resume "$id"
exits 5 "the next person is asked"
run "$RENEW" sign "$id" accept-both
exits 0 "a manual step is confirmed"
like "$out" 'confirmed' "and it says so"
run "$RENEW" resume "$id"
exits 5 "the gate is shut"
run "$RENEW" sign "$id" exchange
exits 7 "who began the run does not approve it"
like "$err" 'E1110' "E1110"
run "$RENEW" sign "$id" swap
exits 7 "the label that the step had before names it too"
like "$err" 'E1110.*exchange' "and the answer speaks of the new one"
run "$RENEW" sign "$id" 'swap[a]'
exits 3 "not with a key that the step has not"
like "$err" 'E1118' "E1118"
run "$RENEW" status "$id" --json
like "$out" '"waits-for":"approval"' "status says what is waited for"
run "$RENEW" cancel "$id"
exits 2 "cancel needs a reason"
run "$RENEW" cancel "$id" --because "nobody else is here"
exits 0 "cancel ends the run for good"
run "$RENEW" resume "$id"
exits 6 "it is not taken up again"
run "$RENEW" status "$id"
like "$out" 'cancelled' "status says so"

# a question that only a person can answer
sed 's/ not author//; s/^  agree:.*//' people.renew >question.renew
run "$RENEW" run question.renew
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
for label in accept-both exchange exchange; do
  run "$RENEW" sign "$id" "$label"
  run "$RENEW" resume "$id"
done
exits 5 "the guard is a question"
like "$out" "is client.old.root used in any other communication\?; answer with: renew decide $id remove-old yes.no" "to a person"
run "$RENEW" decide "$id" remove-old maybe --because "unsure"
[[ $status == 2 || $status == 7 ]]
ok $? "maybe is no answer"
run "$RENEW" decide "$id" remove-old yes --because "another flow trusts it"
exits 0 "yes is one"
run "$RENEW" resume "$id" --json
exits 0 "the removal is left out, and the run is done"
like "$out" '"event":"skip".*"schema":"renew.event/1".*"step":"remove-old"' "as the event says"

# Ctrl-C: what has begun is brought to its end
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null
cd "$land" || exit 1
export RENEW_CONFIG=$land.conf/renew.conf
"$RENEW" run reference.renew >/dev/null
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
"$RENEW" sign "$id" exchange >/dev/null
mkfifo "$TMP/go"
mv commands/restart commands/restart.real
printf '#!/bin/sh\necho "$1" >>%s/began\nread line <%s/go\nexec %s/commands/restart.real "$@"\n' "$TMP" "$TMP" "$land" >commands/restart
chmod 755 commands/restart
exec 9<>"$TMP/go"
set -m # a job of its own group: a shell hides Ctrl-C from what it starts in the background
"$RENEW" resume "$id" >"$TMP/paused" 2>&1 &
runner=$!
set +m
until [[ $(cat "$TMP/began" 2>/dev/null | wc -l) == 2 ]]; do kill -0 $runner 2>/dev/null || break; sleep 0.02; done
kill -INT $runner
until grep -q pausing "$TMP/paused"; do kill -0 $runner 2>/dev/null || break; sleep 0.02; done
printf 'go\ngo\n' >&9
wait $runner
is $? 130 "Ctrl-C pauses with 130"
exec 9>&-
run "$RENEW" status "$id"
like "$out" 'done +restart\[node-a\]' "what had begun was brought to its end"
like "$out" 'pending +report-restarted' "and nothing more was begun"
run "$RENEW" resume "$id"
exits 5 "resume goes on"
cd "$TMP" || exit 1
done_testing
