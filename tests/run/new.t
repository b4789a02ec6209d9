#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew new: what each template writes has no finding at all; answers are judged one by one, asked
# again on a terminal, and nothing is ever overwritten.
. "$(dirname "$0")/../tap/lib.sh"

for template in overlap downtime abap-default service-key first-service-key; do
  mkdir "$TMP/$template" && cd "$TMP/$template" && touch renew.conf || exit 1
  run "$RENEW" new "$template" --no-input
  exits 0 "$template"
  like "$out" 'written: client.renew .*org/roles.renew' "$template: says what it wrote"
  plan=$(sed -n 's/^  renew plan \([a-z-]*\) .*/\1/p' <<<"$out")
  role=$(sed -n 's/^  renew show client --role //p' <<<"$out")
  run "$RENEW" check
  exits 0 "$template: checks"
  "$RENEW" fmt --check client.renew org/roles.renew >/dev/null 2>&1
  ok $? "$template: is formatted"
  is "$err" "" "$template: no finding, not even a style"
  run "$RENEW" check --format json client.renew
  is "$err" "" "$template: none as JSON either"
  run "$RENEW" show client --role "$role"
  exits 0 "$template: the next commands work: show"
  run "$RENEW" plan "$plan" --at 2027-03-06T20:00
  exits 0 "$template: plan"
  run "$RENEW" new "$template" --no-input
  exits 3 "$template: a file that is there is not overwritten"
  like "$err" 'client.renew is there already' "$template: and named"
done

mkdir "$TMP/first" && cd "$TMP/first" && touch renew.conf || exit 1
run "$RENEW" new first-service-key --no-input --tenant https://rt.example.com --api https://api.cf.example.com \
  --space acme/test --who 'a@x.example, b@y.example'
exits 0 "a sender's first key"
for words in 'creates inbound-instance in runtime-space {' 'organization "acme"' 'name "test"' \
  'api "https://api.cf.example.com"' 'url "https://rt.example.com"'; do
  grep -qF "$words" client.renew
  ok $? "$words"
done
run "$RENEW" new service-key -o rotate.renew --no-input
run "$RENEW" check
is "$status $err" "0 " "its renewal is written beside it, and both check"

mkdir "$TMP/answers" && cd "$TMP/answers" && touch renew.conf || exit 1
run "$RENEW" new --no-input --tenant https://cpi-test.example.com --alias acme.test_1 --nodes 3 \
  --receiver https://in.partner.example:8443/x --who 'a@x.example, b@x.example,c@y.example' \
  --window 'Sunday 1:30-4:00 Europe/Vienna'
exits 0 "every answer by option"
is "$err" "" "then nothing is taken by default"
for words in 'tenant cpi-test {' 'url "https://cpi-test.example.com"' 'alias "acme.test_1"' \
  'nodes worker-1, worker-2, worker-3' 'url "https://in.partner.example:8443/x"' 'of cpi-test' \
  'zone "Europe/Vienna"' 'every sunday from 01:30 until 04:00' 'in cpi-test.nodes'; do
  grep -qF "$words" client.renew
  ok $? "$words"
done
is "$(grep -o '[abc]@[xy].example' org/roles.renew | tr '\n' ' ')" "a@x.example b@x.example c@y.example " \
  "each role has its mail"
run "$RENEW" check
like "$out" '1 plan, 17 steps, 3 roles: ok' "checks"

run "$RENEW" new downtime -o second.renew --no-input --who 'd@x.example,e@x.example,f@y.example'
exits 0 "a second plan beside it"
like "$out" 'kept as it is: org/roles.renew' "keeps the roles"
like "$out" 'mail addresses of your answer are not written' "and says that an answer has no place"
like "$out" 'not expected often.*renew new overlap' "a downtime: overlap is advised first"
run "$RENEW" check
exits 0 "both check"
sed -i 's/^## Who acts.*/&\n# mine/' org/roles.renew
cp org/roles.renew before.txt
run "$RENEW" new abap-default -o third.renew --no-input
exits 0 "roles that are there and are not enough"
like "$out" 'added: comm-admin, partner-admin; the others are as they were' "are told"
is "$(head -c "$(stat -c %s before.txt)" org/roles.renew)" "$(cat before.txt)" "what was there is not touched"
run "$RENEW" check
is "$status $err" "0 " "all three check"
printf 'renew 1\n\nrole tenant-admin "T" {\n' >org/roles.renew
run "$RENEW" new service-key -o fourth.renew --no-input
exits 1 "roles that are broken"
like "$err" 'is there already and is kept as it is' "are left alone"
[[ ! -e fourth.renew ]]
ok $? "and nothing is written"
cp before.txt org/roles.renew
rm third.renew
run "$RENEW" new abap-default -o abap/third.renew --no-input
exits 0 "another folder has roles of its own"

wrong() { # OPTION ANSWER WORDS
  run "$RENEW" new -o wrong.renew --no-input "$1" "$2"
  exits 2 "$1 $2: exit 2"
  like "$err" "$3" "  $3"
  [[ ! -e wrong.renew ]]
  ok $? "  and nothing is written"
}
wrong --tenant acme 'is no address'
wrong --tenant https:// 'is no address'
wrong --tenant 'https://a.example/"x' 'is no address'
wrong --alias 'two words' 'is no alias'
wrong --alias "$(printf 'a%.0s' {1..300})" 'too long'
wrong --receiver http://plain.example 'begins with https'
wrong --nodes 0 'no number of nodes'
wrong --nodes 'node-a, node-a' 'names a node twice'
wrong --nodes 'a, to' 'a word of the plan'
wrong --nodes 'Node 1' 'no node names'
wrong --who 'a@x.example' 'must be 3 mail'
wrong --who 'a@x.example,b@x.example,c@x.example,d@x.example' 'must be 3 mail'
wrong --who 'a,b,c' 'no mail address'
wrong --window saturday 'is no window'
wrong --window 'someday 22:00-02:00 UTC' 'no day of the week'
wrong --window 'friday 25:00-02:00 UTC' 'a time that is none'
wrong --window 'friday 22:00-22:00 UTC' 'same time'
wrong --window 'friday 22:00-23:00 Europe/Bern' 'unknown time zone'
wrong --alias '' 'is empty'
run "$RENEW" new overlapp
exits 2 "an unknown template"
like "$err" 'did you mean `overlap`' "and the nearest one"
run "$RENEW" new -o plan.txt
exits 2 "a file that would be no plan file"
run "$RENEW" new -o other.renew --frobnicate
exits 2 "an unknown option"
run "$RENEW" help new
like "$out" "  --window" "help lists the options"

mkdir "$TMP/real" && cd "$TMP/real" && touch renew.conf && "$RENEW" new -q --no-input || exit 1
run "$RENEW" run client.renew
exits 3 "a real run wants the log-on to the tenant"
like "$err" 'secret .tenant-login.: cannot read /run/secrets/tenant-login.json' "and names its place"
# The pair lies in a tenant that only people reach: what they confirm needs no file.
sed -i 's/kind sap-tenant/kind manual/; /^  of acme-prod/d; s/^  on acme-prod/&\n  restart by person/' client.renew
run "$RENEW" run client.renew
exits 5 "a real run of it waits for a person"
id=$("$RENEW" status --json | jq -r '.runs[0].run')
"$RENEW" sign "$id" create -q
run "$RENEW" resume "$id"
like "$out" "confirm with: renew sign $id sign" "the next one is asked"
unlike "$out" '--evidence' "who need not bring a file is not told to"

if command -v script >/dev/null; then
  mkdir "$TMP/terminal" && cd "$TMP/terminal" && touch renew.conf || exit 1
  typed='ftp://x\n\nmy_alias\n\n2\nnobody\n\nfriday 20:00-23:00 UTC\n'
  said=$(printf '%b' "$typed" | script -qec "'$RENEW' new overlap" /dev/null | tr -d '\r')
  like "$said" '1/6 API address' "on a terminal it asks"
  like "$said" 'is no address.*1/6 API address' "and asks again after an answer that is none"
  like "$said" '6/6 When' "six questions"
  grep -q 'alias "my_alias"' client.renew
  ok $? "an answer is taken"
  grep -q 'https://acme-prod' client.renew
  ok $? "an empty one is the default"
  rm -r client.renew org
  said=$(printf '' | script -qec "'$RENEW' new overlap" /dev/null | tr -d '\r')
  like "$said" 'no answer; nothing was written' "the end of the terminal"
  [[ ! -e client.renew ]]
  ok $? "and nothing is"
else
  echo "# no script(1): the terminal is not tried"
fi
# --flows: the flows that may use the alias, taken from what was exported.
mkdir -p "$TMP/flows" && cd "$TMP/flows" || exit 1
python3 -B "$ROOT/tests/golden/make_flows.py" f
for kind in overlap downtime; do
  run "$RENEW" new $kind --no-input --alias shop-prod --flows f/made -o $kind.renew
  exits 0 "$kind with flows"
  is "$(grep -c '^flow ' $kind.renew)" 2 "$kind: one flow each, also where it was exported three times"
  like "$(cat $kind.renew)" 'artifact "com.example.shop"' "$kind: by its identifier"
  run "$RENEW" check --deny warnings $kind.renew
  exits 0 "$kind: what was written is proven"
done
like "$(cat overlap.renew)" "restart-y: integration-dev restarts y on node" "each flow has its restart"
like "$(cat overlap.renew)" "check call of com-example-shop on node" "and its check"
like "$(cat downtime.renew)" "stop-y: .*stops y on node" "in a downtime its stop"
run "$RENEW" new overlap --no-input --alias nobody --flows f/made/alone -o none.renew
exits 1 "no flow uses the alias"
like "$err" "none of the 1 flows in f/made/alone logs on with the key pair .nobody.; they name" "and says so"
[[ ! -e none.renew ]]
ok $? "nothing is written"
run "$RENEW" new overlap --no-input --flows f/made -o chosen.renew
like "$err" "no --alias given, taken: Schlüssel-für-Köln, which 7 of 15 flows name" "an alias may have letters of any script"
rm -r f/made/encodings f/made/lower.zip chosen.renew
run "$RENEW" new overlap --no-input --flows f/made -o chosen.renew
exits 0 "without an alias the flows say it"
like "$err" "no --alias given, taken: plain, which 5 of 7 flows name .others name .*shop-prod" "which, and which others"
grep -q 'alias "plain"' chosen.renew
ok $? "the plan renews it"
like "$(cat chosen.renew)" "# HTTP channel .HTTP. to Other <system>.*flow x " "a flow says by which channel"
like "$(cat chosen.renew)" "#   may take it: no alias: any key pair" "and what is open"
run "$RENEW" new overlap --no-input --alias queue --flows f/made -o queue.renew
exits 0 "an alias of another kind of channel"
run "$RENEW" new overlap --no-input --alias xml-signer --flows f/made -o signer.renew
like "$(cat signer.renew)" "# This key pair has other uses.*signing in com.example.shop: step .XMLDigitalSignMessage" \
  "who else relies on the key pair"
mkdir none && echo 'nothing here' >none/readme && run "$RENEW" new downtime --no-input --flows none -o empty.renew
exits 0 "no flow that logs on with a certificate, and no alias"
like "$err" "none of the 0 flows in none logs on" "says so"
like "$(cat empty.renew)" "# What calls the receiver with it. Name it here.*flow outbound" "and leaves a place for it"
run "$RENEW" check --deny warnings empty.renew chosen.renew signer.renew
exits 0 "all of them are proven"
if [[ -d $ROOT/../shared/data/iflw ]]; then
  count=0 bad=""
  for input in "$ROOT"/../shared/data/iflw{,/*.iflw} "$ROOT"/../shared/data/iflw-packages{,/*.zip}; do
    count=$((count + 1))
    "$RENEW" new overlap -q --no-input --flows "$input" -o "all/$count.renew" >/dev/null 2>&1 || bad+=" $input"
  done
  is "$bad" "" "each of $count published inputs becomes a plan without a finding"
else
  echo "# skipped: no published flows beside the project"
fi
run "$RENEW" new service-key --no-input --flows f/made -o key.renew
exits 2 "a service key has no such flows"
run "$RENEW" new overlap --no-input --flows f/nowhere -o where.renew
exits 3 "no such path"
done_testing
