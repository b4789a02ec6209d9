#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `plan --live`: what the plan assumes against what is there; nothing is written, no process is started, no
# secret is read of a plan that nobody vouches for. `plan` without it opens no socket at all.
# redproof: W1130
. "$(dirname "$0")/../tap/lib.sh"
. "$ROOT/tests/tap/servers.sh"
land=$TMP/land
python3 "$ROOT/tests/crash/landscape.py" "$land" >/dev/null || exit 1
cd "$land" || exit 1
unset RENEW_CONFIG
before=$(find . "$land.conf" -type f -exec sha256sum {} + | sort)
unchanged() { is "$(find . "$land.conf" -type f -exec sha256sum {} + | sort)" "$before" "$1"; }

run "$RENEW" plan reference.renew --live
exits 0 "the landscape is as the plan assumes"
like "$out" 'ok +tenant-keystore holds client for CN=reference-client,O=Reference: ' "the pair in its keystore"
like "$out" 'ok +receiver accepts client, which is in use: .*names SHA-256' "the list of the receiver"
like "$out" ' 6/15 do +accept-both .*would change .*now: the files do not say it yet' "a step: what it would do, and what is there"
like "$out" ' 5/15 maybe +import-root .*\[decided when client.new is known\]' "a guard that needs the new certificate is not guessed"
like "$err" 'W1130.*not used: commands of `orders`, commands of `receiver`' "what was left alone, and why"
unchanged "nothing was written"

# Steps whose effect is there already are skipped, and it says so.
cp receiver/roots.pem "$TMP/roots" && cp receiver/pins.sha256 "$TMP/pins"
cat ca/ca.pem >>receiver/roots.pem
python3 - <<'PY'
import re
text = open("reference.renew").read()
text = text.replace("  create:", "  look: receiver-admin accepts client.old on receiver\n  create:", 1)
text = re.sub(r'  (reload with|observed by) command "commands/reload.*\n', "", text)
open("already.renew", "w").write(text)
PY
run "$RENEW" plan already.renew --live
like "$out" ' 1/16 skip +look .*so already \(probed\)' "what is done already would be skipped because it is so"
run "$RENEW" plan already.renew --live --json
is "$(jq -r 'select(.step == "look").does' <<<"$out")" skip "also in JSON"
is "$(jq -r 'select(.step == "import-root") | .does + " " + ."decided-when-known"' <<<"$out")" "maybe client.new" "and what is not decided yet"
is "$(jq -r 'select(.event == "precondition").result' <<<"$out" | sort | uniq -c | tr -s ' ')" " 3 as-assumed" "with the preconditions"
cp "$TMP/roots" receiver/roots.pem
rm already.renew

# Drift: E1101 with both sides, exit 9.
echo "# accepted client certificates" >receiver/pins.sha256
run "$RENEW" plan reference.renew --live
exits 9 "the receiver does not accept what is in use: exit 9"
like "$err" 'E1101.*`receiver` is not what the plan assumes.*the plan assumes: `receiver` accepts client.*there is: .*does not name' "both are shown"
run "$RENEW" plan reference.renew --live --format junit
is "$(xmllint --xpath 'string(//testcase[failure]/failure/@type)' - <<<"$out")" E1101 "as a failed case in JUnit"
cp "$TMP/pins" receiver/pins.sha256
sed 's/CN=reference-client,/CN=somebody-else,/' reference.renew >other.renew
run "$RENEW" plan other.renew --live
exits 9 "another subject in the keystore: exit 9"
rm other.renew
mv keystore/client.pem "$TMP/client.pem"
run "$RENEW" plan reference.renew --live
exits 9 "no pair to renew: exit 9"
mv "$TMP/client.pem" keystore/client.pem

# Due or not.
run "$RENEW" plan reference.renew --live --exit-code
exits 10 "20 days left, renewed 30 before expiry: work is due"
sed 's/renew 30d before expiry/renew 5d before expiry/' reference.renew >later.renew
run "$RENEW" plan later.renew --live --exit-code
exits 0 "renewed 5 days before expiry: nothing is due"
like "$out" 'nothing is due: `client` is due from 20' "and from when"
run "$RENEW" plan later.renew --exit-code
exits 10 "without --live nobody knows: there are steps"
rm later.renew

# Trust: a digest, or a word.
template=$("$RENEW" plan reference.renew -o "$TMP/x.rplan" | sed -n 's/^template *//p')
digest=$(tail -1 "$TMP/x.rplan" | cut -d' ' -f2)
for wanted in "$template" "$digest"; do
  RENEW_CONFIG=$land.conf/renew.conf run "$RENEW" plan reference.renew --live --digest "$wanted"
  exits 0 "the digest of the template, or of the plan"
  unlike "$err" W1130 "vouches for it"
done
run "$RENEW" plan reference.renew --live --digest "${digest//[0-9]/a}"
exits 7 "another digest: exit 7"
RENEW_CONFIG=$land.conf/renew.conf run "$RENEW" plan reference.renew --live --trust-plan
exits 0 "--trust-plan"
like "$out" 'restart\[node-a\] .*(probed)' "the command of observation was asked"
run "$RENEW" plan reference.renew --live --trust-plan
exits 1 "but a command that the machine does not allow stops the rehearsal as it would the run"
like "$err" E1011 "by name"
run "$RENEW" plan reference.renew --trust-plan
exits 2 "--trust-plan without --live is a misunderstanding"

# A secret is read, or a command run, of no untrusted plan.
cat >secret.renew <<'R'
renew 1
role admin "A" {
  reach by console
}
secret word from command "commands/secret"
keystore store {
  kind pem
  file "keystore/client.pem"
  owner admin
  password with word
}
ca office {
  protocol manual
}
certificate client {
  in store
  alias "client"
  subject "CN=reference-client,O=Reference"
}
plan p "P" {
  renews client
  policy overlap
  backup: admin backs-up store
  create: admin creates client.new
  sign: admin gets client.new signed by office
  exchange: admin replaces client.old with client.new in store keeping alias
}
R
printf '#!/bin/sh\ntouch %s/ran\necho word\n' "$TMP" >commands/secret && chmod 755 commands/secret
RENEW_CONFIG=$land.conf/renew.conf run "$RENEW" plan secret.renew --live
like "$err" 'W1130.*secret `word`' "the secret is named"
[[ ! -e $TMP/ran ]]
ok $? "its command did not run"
rm secret.renew commands/secret

# The door of a system with an address.
cd "$TMP" || exit 1
make_ca server-ca && make_pair server-ca server
start_s_server -www
cat >"$land/door.renew" <<R
renew 1
role admin "A" {
  reach by console
}
system door "The door" {
  url "https://localhost:$port/"
  owner admin
  verified by file "$TMP/server-ca.pem"
}
flow f "F" {
  nodes n
}
plan p "P" {
  renews client
  policy overlap
  look: admin checks tls to door with client.old
  exchange: admin replaces client.old with client.new in store keeping alias
}
keystore store {
  kind manual
  owner admin
}
certificate client {
  in store
  alias "client"
  subject "CN=x"
}
R
cd "$land" || exit 1
run "$RENEW" plan door.renew --live
like "$out" 'ok +door answers at https://localhost:[0-9]*/: CN=server, by CN=server-ca' "a handshake reads the server's certificate"
sed "s/:$port/:$(free_port)/" door.renew >closed.renew
run "$RENEW" plan closed.renew --live
exits 9 "nobody answers: exit 9"
rm closed.renew door.renew

# What the kernel saw.
if strace -o /dev/null true 2>/dev/null; then
  writes='O_WRONLY|O_RDWR|O_CREAT|^[0-9]* *(rename|unlink|mkdir|rmdir|link|symlink|chmod|chown|truncate|utime|mknod)'
  strace -f -qq -o "$TMP/trace" "$RENEW" plan reference.renew -o "$TMP/y.rplan" >/dev/null 2>&1
  is "$(grep -cE ' (execve|execveat|fork|vfork)\(' "$TMP/trace")" 1 "plan: one process, this one"
  is "$(grep -cE ' (socket|connect|bind)\(' "$TMP/trace")" 0 "and no socket"
  strace -f -qq -o "$TMP/trace" "$RENEW" plan reference.renew --live >/dev/null 2>&1
  is "$(grep -cE ' (execve|execveat|fork|vfork)\(' "$TMP/trace")" 1 "plan --live of an untrusted plan: one process"
  is "$(grep -E "$writes" "$TMP/trace" | grep -v '/dev/null\|/dev/tty')" "" "and nothing is opened for writing"
  strace -f -qq -o "$TMP/trace" "$RENEW" plan reference.renew --live -o "$TMP/y.rplan" >/dev/null 2>&1
  is "$(grep -E "$writes" "$TMP/trace" | grep -vc "$TMP/y.rplan\|/dev/null\|/dev/tty\|ENOENT")" 0 "but what -o names"
else
  echo "# strace cannot trace here: what the kernel saw is not looked at"
fi
before=$(find . "$land.conf" -type f -exec sha256sum {} + | sort)
RENEW_CONFIG=$land.conf/renew.conf run "$RENEW" plan reference.renew --live --trust-plan
unchanged "nothing is written where the plan is trusted either"
done_testing
