#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# service_keys_shapes.t: the same answers of Cloud Foundry in other shapes (members that nobody knows, null
# for what may be absent, links of another form, no types) lead to the same effects; refusals without
# words, and answers that leave it open, are told so that a person knows what was answered.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
cd "$TMP" || exit 1

cloud_land
through() { # SHAPE: sets $status, $out, $err, $id: the plan run up to its first person
  local i
  mkdir -p "door-$1"
  python3 -B "$ROOT/tests/twins/reshape.py" "$TMP/door-$1" "$twin_base" "$1" 2>"door-$1/stderr" &
  server_pids+=($!)
  for i in $(seq 500); do [[ -s door-$1/port ]] && break; sleep 0.02; done
  fresh
  write_cloud_plan "$(<"door-$1/port")" >plan.renew
  run "$RENEW" run generated --no-input
  id=$(sed -n 's/^generated  run \([^ ]*\).*/\1/p' <<<"$out")
}
for shape in added+spaced+lower nulls+operations bare+typeless relative+states foreign; do
  through "$shape"
  for step in switch switch.check delete-old; do
    run "$RENEW" sign "$id" "$step" --because "orders arrive"
    run "$RENEW" resume "$id" --no-input
  done
  is "$status $(effects)" "0 create shop delete shop" "$shape: one key made, one deleted"
done
through page
like "$status $err" '^4 .*answered 422: with text/html that is no error of the platform' "a refusal by something else than the platform says so"
through nothing
like "$status $err" '^4 .*answered 422: without a reason' "one without words, too"
through failed
like "$status $err" '^4 .*could not do it: without a reason' "and a job that fails without them"
through broker
like "$status $err" '^8 .*answered 502: CF-ServiceBrokerBadResponse.*looked for afterwards: the key is not there yet' \
  "what was answered is still told when nothing was found"
is "$(effects)" "" "and nothing was made"
done_testing
