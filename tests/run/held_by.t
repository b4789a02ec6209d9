#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A certificate that somebody else holds: what is taken in, what is not, that it never takes a key pair's place, and
# that two renewals of one plan put it under its two aliases in turn.
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/twins/lib.sh"
twin_start --build-s 0.05
land=$TMP/land
mkdir -p "$land/.git" "$TMP/conf"
cd "$land" || exit 1
printf '{"oauth":{"url":"https://localhost:%s","tokenurl":"https://localhost:%s/oauth/token","clientid":"client","clientsecret":"secret"}}\n' \
  "$port" "$port" >"$TMP/conf/acme-login"
chmod 600 "$TMP/conf/acme-login"
printf 'renew 1\n\ntrust file "%s" for "localhost"\n' "$twin/server-root.pem" >"$TMP/conf/renew.conf"
export RENEW_CONFIG=$TMP/conf/renew.conf CREDENTIALS_DIRECTORY=$TMP/conf
sed -E "s|url \"https://acme[^\"]*\"|url \"https://localhost:$port\"|; s|reach by mail \"([^\"@]*)@[^\"]*\"|reach by file \"mail/\1\"|" \
  "$ROOT/plans/library/landscape.renew" >landscape.renew
sed 's/waits for 90d/waits for 1s/' "$ROOT/plans/library/u29.renew" >u29.renew
pair() { # NAME CN DAYS: $TMP/NAME.pem, signed by the twin's authority, and $TMP/NAME.key
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/C=DE/O=Partner/CN=$2" -keyout "$TMP/$1.key" -out "$TMP/$1.csr" 2>/dev/null
  openssl x509 -req -in "$TMP/$1.csr" -CA "$twin/client-ca.pem" -CAkey "$twin/client-ca.key" -days "$3" -CAcreateserial -out "$TMP/$1.pem" 2>/dev/null
}
print_of() { openssl x509 -in "$1" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f; }
pair old sender-signer 20
pair new sender-signer 90
pair newer sender-signer 100
pair other somebody-else 90
tell_twin entry "$(pem_json sender-signer "$TMP/old.pem")"
tell_twin entry "$(pem_json authority "$twin/client-ca.pem")"
holds() { ask_twin state ".stores.system[\"$1\"] // [\"none\"] | .[0]"; }
go() { # signs what is asked until the step is asked, or the run is over
  local step command
  for _ in $(seq 20); do
    [[ $status == 5 ]] || return
    IFS=$'\t' read -r step command < <("$RENEW" tasks --json | jq -r '.tasks[0] // empty | [.step, .command] | @tsv')
    [[ $step == "${1-}" ]] && return
    [[ -z $step ]] && sleep 1 || eval "${command/#renew/$RENEW}" >/dev/null 2>&1
    run "$RENEW" resume "$id"
  done
}
begin() {
  run "$RENEW" run u29.renew
  id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
  go hand-over
}
begin
like "$("$RENEW" tasks --json | jq -r '.tasks[0].command')" 'sign .* hand-over --evidence FILE' "the hand-over asks for a file"
like "$(cat "$TMP"/land/mail/sender-admin/*hand-over* 2>/dev/null)" 'hand-over|gives sender-signer.new' "its holder is told"
run bash -c "cd '$XDG_STATE_HOME' && find . -name '*.key'"
is "$out" "" "no private key was made here"
# ---- what is not taken in
cat "$TMP/new.key" "$TMP/new.pem" >"$TMP/with-key.pem"
printf 'no certificate\n' >"$TMP/garbage.pem"
: >"$TMP/empty.pem"
noise 300000 >"$TMP/binary.pem"
cat "$TMP/new.pem" "$TMP/other.pem" >"$TMP/two.pem"
refuse() { # FILE WORDS NAME
  run "$RENEW" sign "$id" hand-over --evidence "$1"
  said=$out$err
  run "$RENEW" resume "$id"
  like "$said$out$err" "$2" "$3"
  is "$(holds sender-signer-2)" none "$3: nothing was written"
  "$RENEW" retry "$id" hand-over >/dev/null 2>&1
  run "$RENEW" resume "$id"
}
refuse "$TMP/with-key.pem" '(is|holds) a private key' "a private key is refused"
refuse "$TMP/other.pem" 'CN=somebody-else.* is declared|is for .*somebody-else' "another one's certificate is refused"
refuse "$TMP/old.pem" 'the old certificate' "the old certificate is refused"
refuse "$TMP/two.pem" 'do not belong together' "two certificates are refused"
refuse "$TMP/garbage.pem" 'E0708|no certificate' "a text is refused"
refuse "$TMP/empty.pem" 'E0708|no certificate|empty' "an empty file is refused"
refuse "$TMP/binary.pem" 'E0708|no certificate' "a binary file is refused"
refuse "$TMP/no-such-file.pem" 'no-such-file|No such file|cannot read' "a missing file is refused"
refuse "$TMP" 'directory|not a (regular )?file' "a folder is refused"
# ---- what is
"$RENEW" sign "$id" hand-over --evidence "$TMP/new.pem" >/dev/null
run "$RENEW" resume "$id"
go
exits 0 "with the certificate the run goes to its end"
is "$(holds sender-signer) $(holds sender-signer-2)" "none $(print_of "$TMP/new.pem")" "the new one stands under the second alias alone"
is "$(ask_twin state '.stores.system["sender-signer-2"][1]')" false "without a key"
begin
"$RENEW" sign "$id" hand-over --evidence "$TMP/newer.pem" >/dev/null
run "$RENEW" resume "$id"
go
exits 0 "the next renewal"
is "$(holds sender-signer) $(holds sender-signer-2)" "$(print_of "$TMP/newer.pem") none" "takes the first alias again"
# ---- both aliases are there: nobody can say which one is in use
tell_twin entry "$(pem_json sender-signer-2 "$TMP/old.pem")"
run "$RENEW" run u29.renew
exits 4 "two entries where one is meant: nothing begins"
like "$err" 'several of its aliases are there' "and it says so"
# ---- a certificate alone never takes a key pair's place
pair held recipient 20
pair new-recipient recipient 90
cat "$TMP/held.key" "$TMP/held.pem" >"$TMP/held-pair"
tell_twin entry "$(pem_json recipient "$TMP/held-pair")"
tell_twin flow '{"id":"flow","version":"1.0.2","runtime":"1.0.2"}'
cp "$ROOT/plans/library/u15-both.renew" u15-both.renew
rm -rf "$XDG_STATE_HOME"
tell_twin clear
run "$RENEW" run u15-both.renew
id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
for _ in $(seq 8); do
  [[ $status == 5 ]] || break
  IFS=$'\t' read -r step command < <("$RENEW" tasks --json | jq -r '.tasks[0] | [.step, .command] | @tsv')
  eval "$(sed "s|^renew|$RENEW|; s|FILE|$TMP/new-recipient.pem|" <<<"$command")" >/dev/null 2>&1
  run "$RENEW" resume "$id"
done
like "$out$err" 'holds a private key, and a certificate alone is meant' "an entry with a key is not written over"
is "$(holds recipient) $(ask_twin state '.stores.system.recipient[1]')" "$(print_of "$TMP/held.pem") true" "it is as it was"
twin_stop
done_testing
