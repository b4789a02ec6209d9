#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Plan files are what docs/rplan.schema.json says, and keys of every object are sorted; a document with
# a member more or less is not. So are the documents of check --explain-safety, with docs/safety.schema.json. Those
# of status and why: tests/run/why.t; here, that their words are the program's.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
for plan in overlap downtime; do
  is "$(python3 tests/golden/validate.py tests/golden/expect/$plan.rplan)" None "$plan.rplan fits the schema"
done
plan=tests/golden/expect/overlap.rplan
unlike "$(python3 tests/golden/validate.py $plan 'document["built-by"] = "x"')" '^None$' "a member more does not"
unlike "$(python3 tests/golden/validate.py $plan 'del document["steps"][3]["sentence"]')" '^None$' "a sentence less does not"
unlike "$(python3 tests/golden/validate.py $plan 'document["steps"][0]["on-failure"] = "stop"')" '^None$' "a default written out does not"
unlike "$(python3 tests/golden/validate.py $plan 'document["sources"][0]["path"] = "/x"')" '^None$' "a host path does not"
export SCHEMA=docs/safety.schema.json
for plan in plans/{overlap,downtime,fleet,default-client}.renew tests/prove/incidents/R{07,15,23,33}.bad.renew grammar/examples/E0630.wrong.renew; do
  "$RENEW" check "$plan" --explain-safety --format json 2>/dev/null >"$TMP/safety.json"
  is "$(python3 tests/golden/validate.py "$TMP/safety.json")" None "what is proven of $plan fits its schema"
done
plan=tests/golden/expect/overlap-safety.json
unlike "$(python3 tests/golden/validate.py $plan 'document["connections"][0]["phases"][2]["step"] = 3')" '^None$' "a number for a step does not"
unlike "$(python3 tests/golden/validate.py $plan 'del document["connections"][0]["refused"]')" '^None$' "a member less does not"
unlike "$(python3 tests/golden/validate.py $plan 'document["verdict"] = "fine"')" '^None$' "another verdict does not"
words() { # FILE NAME: of the list in the program
  awk -v from="$2" '$0 ~ from { on = 1 } on { print } /;$/ { on = 0 }' "$1" | grep -oE '"[a-z]*"' | tr -d '"' | sort
}
schema_words() { # PATH of an enum
  python3 -c "import json; s = json.load(open('docs/status.schema.json'))['oneOf'][1]['properties']
print('\n'.join(sorted($1['enum'])))"
}
step="s['steps']['items']['properties']"
is "$(schema_words "$step['status']")" "$(words runtime/store/journal.h 'define STEP_STATUSES' | sed '/^$/d')" "the schema has every status of a step"
is "$(schema_words "$step['waits-for']")" "$(words runtime/store/store_sqlite.c wait_words.WAIT__COUNT)" "every wait"
is "$(schema_words "s['state']")" "$(words runtime/store/store_sqlite.c run_state_words.RUN_STATE__COUNT)" "and every state of a run"
done_testing
