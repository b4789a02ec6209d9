#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1124
# The world is changed behind the run's back: before each step the engine looks again at what the proof
# counts on, and holds back what would break a connection now.
. "$(dirname "$0")/../tap/lib.sh"
begin() { # NAME [WORDS OTHERS]: a run of the overlap plan that waits for the approval of the exchange
  land=$TMP/$1 XDG_STATE_HOME=$TMP/$1.state
  export XDG_STATE_HOME
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
  cd "$land" || exit 1
  sed -i "s/${2:-nothing at all}/${3:-}/" reference.renew
  export RENEW_CONFIG=$land.conf/renew.conf
  "$RENEW" run reference.renew >/dev/null
  id=$("$RENEW" status | head -1 | cut -d' ' -f1)
}
in_force() { cat receiver/pins.sha256 receiver/roots.pem >nodes/receiver; }

begin removed
cp receiver/pins.sha256 pins.both
head -2 pins.both >receiver/pins.sha256
in_force
before=$(sha256sum <keystore/client.pem)
"$RENEW" sign "$id" exchange >/dev/null
run "$RENEW" resume "$id"
exits 9 "somebody took the new certificate away at the receiver: the exchange is held back"
like "$err" 'error\[E1124\]: `exchange` is held back: with it `orders` on node-[ab] may show `client.new` while `receiver` does not accept it' "E1124 names node, certificate and receiver"
like "$err" 'note: `accept-both` was done, and is not so any more' "and what was found"
like "$err" "help: .*renew resume $id" "and the way out"
is "$(sha256sum <keystore/client.pem)" "$before" "nothing was exchanged"
run "$RENEW" status "$id"
like "$out" 'waiting: guard +exchange' "status says that the guard holds it"
run "$RENEW" resume "$id"
exits 9 "as long as it is so"
cp pins.both receiver/pins.sha256
in_force
run "$RENEW" resume "$id"
exits 5 "put back, the run goes on"
like "$out" 'ok +restart\[node-b\]' "up to the next approval"
run "$RENEW" status "$id"

# a stranger gives a node the old pair back and restarts it
cp nodes/node-a node-a.new
openssl x509 -in ca/old.pem -noout -fingerprint -sha256 | cut -d= -f2 | tr -d : | tr A-F a-f >nodes/node-a
"$RENEW" sign "$id" remove-old >/dev/null
pins=$(cat receiver/pins.sha256)
run "$RENEW" resume "$id"
exits 9 "a node that a stranger restarted with the old pair: the removal is held back"
like "$err" 'E1124\]: `remove-old` is held back: with it `orders` on node-a may show `client.old` while `receiver` does not accept it' "and the node is named"
is "$(cat receiver/pins.sha256)" "$pins" "the old certificate is still accepted"
cp node-a.new nodes/node-a
run "$RENEW" resume "$id"
exits 0 "restarted as it should be, the run goes on"
like "$out" 'ok +remove-old' "and the old one goes"
run "$RENEW" journal "$id" --verify
exits 0 "the journal holds"
cd "$TMP" || exit 1

# the step says nothing of the old one: whether it is still there is what its removal finds
begin broken 'accepts client.old, client.new' 'accepts client.new'
head -1 receiver/pins.sha256 >pins.new
tail -1 receiver/pins.sha256 >>pins.new
cp pins.new receiver/pins.sha256
in_force
"$RENEW" sign "$id" exchange >/dev/null
run "$RENEW" resume "$id"
exits 5 "somebody took the old one away: it is broken already, and the exchange makes it no worse"
like "$out" 'already so, and `exchange` makes it no worse: `orders` on node-[ab] may show `client.old` while `receiver` does not accept it' "which is said"
like "$out" 'ok +restart\[node-b\]' "the nodes get healthy"
run "$RENEW" journal "$id" --export "$TMP/journal"
grep -q "\"about\":\"already-broken\"" "$TMP/journal"
ok $? "and written down"
cd "$TMP" || exit 1
done_testing
