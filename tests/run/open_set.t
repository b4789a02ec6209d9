#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A set that only a remote system knows: its elements are said before the plan is approved, stand in
# the plan file, and are read again before the first of them is touched. One more or less: exit 9.
# SAP-f7a5-12: the communication systems that use the expiring certificate.
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/work/.git"
cd "$TMP/work" || exit 1
cat >set.renew <<'R'
renew 1

role comm-admin "Communication administrator" {
  reach by console
}

role partner-admin "Administrator of the external system" {
  reach by console
}

secret comm-user from credential "comm-user"

abap-system abap {
  owner comm-admin
  url "https://abap.example"
  login basic with comm-user
}

certificate default {
  issued by abap
  label "Client Default"
  label-expiring "Client Default Expiring"
}

plan rotate "Rotation" {
  renews default
  policy overlap

  for each target in abap.communication-systems using default.old {
    switch: comm-admin switches target to default.new
  }
  report: comm-admin tells partner-admin "Every system uses the new one."
}
R
set_of=abap.communication-systems
run "$RENEW" check set.renew
exits 0 "check needs no elements"
like "$out" '1 plan, 4 steps' "two stand for all, behind the reading of the set"
run "$RENEW" run set.renew
exits 1 "run of a plan without elements is refused"
like "$err" 'E0414' "with its code"
like "$err" "set $set_of=NAME,NAME" "and the way out"
run "$RENEW" plan set.renew -o none.rplan
exits 1 "nor is it compiled for approval"
[[ ! -e none.rplan ]]
ok $? "and no file is written"

run "$RENEW" plan set.renew --set "$set_of=SHOP, CRM 2" -o one.rplan
exits 0 "with its elements it is compiled"
digest=$(sed -n 's/^plan *//p' <<<"$out" | head -1)
like "$(head -1 one.rplan)" '"SHOP".*"CRM 2"|"CRM 2".*"SHOP"' "they stand in the plan file"
run "$RENEW" plan set.renew --set "$set_of=SHOP" -o other.rplan
unlike "$out" "^plan *$digest" "other elements have another digest"

begin() { # starts a run that waits at the reading of the set
  run "$RENEW" run one.rplan --digest "$digest"
  id=$(sed -n 's/.* run \([0-9-]*-[a-z]*\) .*/\1/p' <<<"$out" | head -1)
}
begin
exits 5 "the owner is asked for the set"
like "$out$err" "target.set" "before the first step of the block"
unlike "$out" 'switch.*(ok|wait)' "and no element is touched"
printf 'CRM 2\r\n\nSHOP\nNEW\n' >now.txt
run "$RENEW" sign "$id" target.set --evidence now.txt
exits 0 "the list is handed in"
run "$RENEW" resume "$id"
exits 9 "an element more: exit 9"
like "$err" 'E1101.*' "with its code"
like "$err" 'more: NEW' "and its name"
run "$RENEW" status "$id"
unlike "$out" 'switch.*(done|confirmed|acted)' "nothing of the block was done"
run "$RENEW" resume "$id"
exits 9 "and stays so"
like "$err" 'E1101' "until somebody decides"
run "$RENEW" cancel "$id" --because "the set has changed"
ok "$?" "the run is ended"

begin
printf 'SHOP\n' >now.txt
"$RENEW" sign "$id" target.set --evidence now.txt >/dev/null
run "$RENEW" resume "$id"
exits 9 "an element less: exit 9"
like "$err" 'gone: CRM 2' "and its name"
"$RENEW" cancel "$id" --because "the set has changed" >/dev/null

begin
run "$RENEW" sign "$id" target.set --reject --note "one more"
exits 0 "the owner says that it is not so"
run "$RENEW" resume "$id"
exits 9 "without a list too: exit 9"
like "$err" 'E1101' "with the same code"
"$RENEW" cancel "$id" --because "the set has changed" >/dev/null

begin
printf 'CRM 2\nSHOP\n' >now.txt
"$RENEW" sign "$id" target.set --evidence now.txt >/dev/null
run "$RENEW" resume "$id"
exits 5 "the same set in another order: it goes on"
like "$out" 'switch\["CRM 2"\]' "to the steps of the block"
done_testing
