#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1112
# The executor died while it exchanged the pair, and what stands there now is neither the old nor the new
# one: a person looks and decides; nothing is done on a guess. The store is put back to the instant behind
# INTENT: the later records are taken away, as they would not be there.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
cd "$land" || exit 1
export RENEW_CONFIG=$land.conf/renew.conf
"$RENEW" run reference.renew >/dev/null
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
"$RENEW" sign "$id" exchange >/dev/null
"$RENEW" resume "$id" >/dev/null
cp keystore/client.pem "$TMP/new.pem"
die_behind_intent() { # LABEL
  sqlite3 "$XDG_STATE_HOME/renew/store.db" "
    DELETE FROM journal WHERE seq > (SELECT max(seq) FROM journal WHERE kind = 'intent' AND step = '$1');
    DELETE FROM step WHERE step > (SELECT step FROM step WHERE id = '$1');
    UPDATE step SET status = 'intent' WHERE id = '$1'" || exit 1
  rm "$XDG_STATE_HOME/renew/anchor"
}
die_behind_intent exchange
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=stranger \
  -keyout "$TMP/key" -out "$TMP/crt" 2>/dev/null
cat "$TMP/key" "$TMP/crt" >keystore/client.pem
run "$RENEW" resume "$id"
exits 9 "neither the old pair nor the new one: a person decides"
like "$err" 'error\[E1112\].*exchange' "E1112 names the step"
like "$err" "renew decide $id exchange done.redo" "and says how"
is "$(cat keystore/client.pem)" "$(cat "$TMP/key" "$TMP/crt")" "the keystore was left alone"
run "$RENEW" resume "$id"
exits 9 "until then every resume says so"
like "$err" 'error\[E1112\]' "E1112 again"
run "$RENEW" status "$id"
like "$out" 'unknown +exchange' "status says so too"
cp "$TMP/new.pem" keystore/client.pem
run "$RENEW" decide "$id" exchange done
exits 2 "a decision needs a reason"
run "$RENEW" decide "$id" exchange done --because "the new pair is put back by hand"
exits 0 "done"
run "$RENEW" resume "$id"
exits 5 "it goes on to the last approval"
run "$RENEW" journal "$id" --export -
like "$out" '"decision":"done"' "the decision stands in the journal"

cd "$TMP" || exit 1
done_testing
