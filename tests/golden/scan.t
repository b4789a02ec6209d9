#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew scan --flows: every use of a key in integration flows, compared with a reader in another language
# (flows.py) over flows made here and, where they are, over published ones; hostile archives; documents.
# redproof: W0931 E0933
. "$(dirname "$0")/../tap/lib.sh"
here=$ROOT/tests/golden
python3 -B "$here/make_flows.py" "$TMP/f" || exit 1
cd "$TMP/f" || exit 1
lines='.flows[] as $f
  | ($f.uses[] | [$f.path, (if .kind == "script" then .script else .id end), .key, .alias, .how, .in_use] | join("|")),
    ($f.callers[] | [$f.path, .id, "caller", .role, .by_names,
                     ([.names[] | .subject + " by " + .issuer] | join("; "))] | join("|"))'
compare() { # FOLDER NAME LEAST
  "$RENEW" scan --flows "$1" --json 2>"$TMP/err" | jq -r "$lines" | sort >"$TMP/ours"
  python3 -B "$here/flows.py" "$1" | sort >"$TMP/theirs"
  is "$(cat "$TMP/ours")" "$(cat "$TMP/theirs")" "$2: both readers agree"
  local count
  count=$(wc -l <"$TMP/ours")
  [[ $count -ge $3 ]]
  ok $? "$2: $count uses and callers, at least $3"
}
compare made "flows made here" 340
for seed in ${SEEDS:-1 2}; do
  python3 -B "$here/make_flows.py" "$TMP/some$seed" some "$seed" || exit 1
  compare "$TMP/some$seed" "flows at random, seed $seed" 300
done
data=$ROOT/../shared/data
for folder in iflw iflw-packages; do
  if [[ -d $data/$folder ]]; then
    compare "$data/$folder" "published, $folder" 6
    grep -q E0933 "$TMP/err"
    ok $((! $?)) "published, $folder: each can be read"
  else
    echo "# skipped: no published flows beside the project ($folder)"
  fi
done

is "$("$RENEW" scan --flows made/encodings --json 2>/dev/null | jq -r '.flows[].uses[].alias' | sort -u)" \
  "Schlüssel-für-Köln" "whatever its encoding, an alias is the same"
is "$("$RENEW" scan --flows made/lower.zip --json 2>/dev/null | jq -r '.flows[0].id')" com.example.shop \
  "the names of a manifest's headers have no case"
run "$RENEW" scan --flows made/package.zip
exits 0 "a package"
like "$out" "com\.example\.shop 1\.2\.3" "id and version of the manifest"
like "$out" "HTTP channel .HTTP. to Other <system>" "the channel and its system by name"
like "$out" "subject CN=shop,O=Contoso, issuer CN=Root" "the names that may call, parameters put in"
like "$out" "sign\.groovy" "the script that opens the keystore"
like "$err" "W0931" "a channel without an alias"
like "$err" "W0908" "authorisation by names, seen through a parameter"
is "$("$RENEW" scan --flows made/package.zip --json 2>/dev/null | jq -r '.flows[0].name')" \
  "Every kind of channel, with a name that is folded over two lines" "the name, unfolded"

like "$out" "property.key. .known at run time only; a step sets it to: after-colon" "what a step gives to an expression"
like "$out" "<Receiver PrivateKeyAlias> .a placeholder that is not filled in" "a placeholder"
like "$out" "Key pairs of this tenant.*plain.*for TLS client certificate.*in com.example.shop" "the keys, and who uses them"
like "$out" "the key pair that the credential SF_SAML names" "a key pair that only a credential names"
like "$out" "Certificates of partners.*partner-3" "of partners"
like "$out" "SSH keys.*no alias: id_rsa or id_dsa" "of servers"
like "$out" "OpenPGP keys.*us@example.com" "and of OpenPGP"
like "$out" "Senders that are let in by the names.*Invoicing channel" "who has to be told of other names"
like "$out" "next: renew scan --flows made/package.zip --alias NAME" "what to do next"
like "$out" "s.groovy of the script collection scripts.*TLS client certificate, perhaps: manager" \
  "what a script collection opens belongs to the flow that calls it"
"$RENEW" scan --flows made/package.zip --json >"$TMP/json" 2>/dev/null
is "$(jq -r '.keys[] | select(.alias == "partner-3") | [.keys, .how, .purposes[0], .flows[0].id, .flows[0].certain] | join(" ")' "$TMP/json")" \
  "partner named verification com.example.shop true" "the same as JSON"
is "$(jq -r '.flows[].uses[] | select(.id == "C8") | .set_to' "$TMP/json")" after-colon "and what a step gives"
alias_of() { jq -r --arg id "$1" '[.flows[].uses[] | select(.id == $id) | .alias] | join(" ")' "$TMP/json"; }
is "$(alias_of C80)" "tax-sign \${header.taxKey}" "ELSTER names its key pairs without the word alias"
is "$(alias_of C88)$(alias_of C89)" "laid-out-anewat-the-end" "blanks around a value are no part of it"
is "$(alias_of C84)" "jwt-key" "secure parameters are no keys"
is "$(alias_of S85) $(alias_of S86)$(alias_of S87)" "partner-4 partner-5 partner-6" "alias alone, in a step that encrypts or verifies"
is "$(jq -r '.flows[].callers[] | select(.id == "C83") | [.by_names, .role, .names[0].subject] | join(" ")' "$TMP/json")" \
  "yes Legacy.send CN=legacy" "a sender of the first releases is let in by names, and logs on nowhere"
is "$(alias_of C83)" "" "so it uses no key pair"
is "$(jq -r '.flows[].callers[] | select(.id == "C91") | [.names[0].subject, .names[0].issuer] | join("; ")' "$TMP/json")" \
  "CN=a,O=Tom & <Co>; at-the-end" "a parameter with & in the names"
run "$RENEW" scan --flows made/bundle.zip --alias shop-prod
exits 0 "one alias"
like "$out" "shop-prod" "its channel"
like "$out" "no alias: any key pair" "channels that take any key pair, too"
unlike "$out" ": plain$" "no channel of another alias"
unlike "$out" "stale" "no alias that the log-on does not use"
like "$out" "1 of 1 flow may use the key pair .shop-prod." "which flows to restart"
run "$RENEW" scan --flows made/alone/x.iflw --alias alone
like "$out" "1 of 1 flow may use" "a flow alone, with the parameters beside it"
run "$RENEW" scan --flows "made/folder/src/main/resources/scenarioflows/integrationflow/Shop flow.iflw"
like "$out" "com\.example\.shop 1\.2\.3" "a flow of a bundle's folder knows its bundle"

"$RENEW" scan --flows made --format sarif >"$TMP/sarif" 2>/dev/null
is "$(jq -r '[.runs[0].results[].ruleId] | unique | join(" ")' "$TMP/sarif")" "W0908 W0931" "SARIF has both"
is "$(jq '[.runs[0].results[].locations[0].physicalLocation.region.startLine] | min > 1' "$TMP/sarif")" true \
  "SARIF has lines"
# As the standard has it: version, driver, a message and a known rule for each result, an address that is
# relative to a base, or absolute without one.
strict='.version == "2.1.0" and .runs[0].tool.driver.name == "renew" and (.runs[0].tool.driver.rules as $rules
  | .runs[0].results | length > 0 and all(.message.text != "" and $rules[.ruleIndex].id == .ruleId
    and (.locations[0].physicalLocation.artifactLocation
         | (.uri | startswith("file:///") or startswith("/")) != has("uriBaseId") and (.uri | test(" ") | not))))'
is "$(jq "$strict" "$TMP/sarif")" true "SARIF 2.1.0, a path of this folder"
is "$("$RENEW" scan --flows "$PWD/made" --format sarif 2>/dev/null | jq "$strict")" true "SARIF 2.1.0, a path elsewhere"

for case in "doctype:DOCTYPE" "late:DOCTYPE" "attributes:500 attributes" "hidden:500 attributes" \
  "deep:more than 256 elements inside each other" "other:no integration flow" "binary:zero byte" \
  "utf16:damaged: it is no UTF-16LE from byte" "empty:is empty"; do
  run timeout 20 "$RENEW" scan --flows "hostile/${case%%:*}.iflw"
  exits 3 "${case%%:*}: not read"
  like "$err" "E0933.*${case#*:}" "${case%%:*}: says why"
done
for case in "broken:no zip archive" "checksum:checksum|unpacked" "bomb:larger than 64 MiB" "nested:4 archives deep" \
  "encrypted:is encrypted" "twice:stands twice" "link:is a link"; do
  run timeout 20 "$RENEW" scan --flows "hostile/${case%%:*}.zip"
  exits 3 "${case%%:*}: not read"
  like "$err" "E0933.*(${case#*:})" "${case%%:*}: says why"
done
run "$RENEW" scan --flows hostile/outside.zip
exits 0 "a name that climbs is a name"
is "$([[ -e /tmp/outside.iflw ]]; echo $?)" 1 "nothing is written"
python3 -B "$here/make_flows.py" "$TMP/f" many || exit 1
run timeout 60 "$RENEW" scan --flows many
exits 0 "500 bundles in a folder"
like "$out" "500 flows" "all of them"
run timeout 60 "$RENEW" scan --flows names.zip
exits 3 "an archive of 200,001 names"
like "$err" "E0933.*more than 200,000 files" "says so"
run timeout 60 "$RENEW" scan --flows hostile
exits 3 "a folder of all of them, with a link to itself"
like "$out" "1 flow" "what can be read is scanned"
run "$RENEW" scan --flows "$TMP/nowhere"
exits 3 "no such path"
like "$err" "No such file" "and says so"
mkdir -p none part && echo text >none/notes && head -c 3000 made/bundle.zip >part/cut.zip && echo text >part/text.zip
run "$RENEW" scan --flows none
exits 0 "a folder without a flow"
like "$out" "no integration flow" "says so"
run "$RENEW" scan --flows part
exits 3 "archives that are cut, or none"
like "$err" "E0933.*cut.zip is no zip archive.*E0933.*text.zip is no zip archive" "each is told"
run "$RENEW" scan --flows made --alias ""
exits 2 "an empty alias"
run "$RENEW" scan
exits 2 "without --flows"
run "$RENEW" scan --flows made --bogus
exits 2 "an option that it does not have"
done_testing
