#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Four secrets, one of each source (env, file, command, prompt), are used in a run; none of them
# appears in the plan file, journal, database, logs, JSON, pictures, output or a command line. (I7)
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" || exit 1
mkdir -p repo/.git conf repo/ca repo/keys commands && cd repo || exit 1
ENV_SECRET=canary-env-7f3a91 FILE_SECRET=canary-file-c25d08
COMMAND_SECRET=canary-command-b81e64 PROMPT_SECRET=canary-prompt-094fd2
canaries='canary-(env|file|command|prompt)-[0-9a-f]{6}'
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)
openssl req -x509 "${ec[@]}" -passout pass:$FILE_SECRET -days 300 -subj "/CN=Canary CA" \
  -addext keyUsage=critical,keyCertSign -keyout ca/ca.key -out ca/ca.pem 2>/dev/null
chmod 600 ca/ca.key
pair() { # NAME PASSWORD
  openssl req "${ec[@]}" -passout "pass:$2" -subj "/CN=$1" -keyout "$1.key" -out "$1.csr" 2>/dev/null
  openssl x509 -req -in "$1.csr" -CA ca/ca.pem -CAkey ca/ca.key -passin pass:$FILE_SECRET -days 20 -out "$1.pem" 2>/dev/null
  cat "$1.key" "$1.pem" >"keys/$1.pem"
  chmod 600 "keys/$1.pem"
  rm "$1".{key,csr,pem}
}
pair one $ENV_SECRET
pair two $COMMAND_SECRET
pair three $PROMPT_SECRET
printf '%s\n' $FILE_SECRET >../conf/ca-password && chmod 600 ../conf/ca-password
printf '#!/bin/sh\necho %s\n' $COMMAND_SECRET >../commands/password && chmod 700 ../commands/password
printf 'renew 1\n\nallow commands in "%s"\n' "$TMP/commands" >../conf/renew.conf
cat >plan.renew <<PLAN
renew 1

role admin "Administrator" {
  reach by console "admin"
}

secret one-password from env "ONE_PASSWORD"
secret ca-password from file "$TMP/conf/ca-password"
secret two-password from command "$TMP/commands/password"
secret three-password from prompt "Password of the third keystore"

ca local-ca {
  protocol local
  certificate file "ca/ca.pem"
  key file "ca/ca.key" with ca-password
}
PLAN
for name in one two three; do
  cat >>plan.renew <<PLAN

keystore store-$name {
  kind pem
  file "keys/$name.pem"
  password with $name-password
  owner admin
}

certificate cert-$name {
  in store-$name
  alias "$name"
  subject "CN=$name"
  key ec p-256
  signed by local-ca
  valid for 90d
}
PLAN
done
cat >>plan.renew <<'PLAN'

plan canary "Three certificates with encrypted keys" {
  renews cert-one, cert-two, cert-three
  policy overlap

  create-one: admin creates cert-one.new
  sign-one: admin gets cert-one.new signed by local-ca
  create-two: admin creates cert-two.new
  sign-two: admin gets cert-two.new signed by local-ca
  create-three: admin creates cert-three.new
  sign-three: admin gets cert-three.new signed by local-ca
  exchange-one: admin replaces cert-one.old with cert-one.new in store-one keeping alias
  exchange-two: admin replaces cert-two.old with cert-two.new in store-two keeping alias
  exchange-three: admin replaces cert-three.old with cert-three.new in store-three keeping alias
}
PLAN
export RENEW_CONFIG=$TMP/conf/renew.conf ONE_PASSWORD=$ENV_SECRET
mkdir ../out
for form in text md json; do "$RENEW" show plan.renew --as $form >../out/show.$form 2>&1; done
"$RENEW" graph plan.renew --as svg >../out/graph.svg 2>&1
"$RENEW" plan plan.renew -o ../out/plan.rplan >../out/plan.txt 2>&1
"$RENEW" plan plan.renew --format json >../out/plan.json 2>&1

# The prompt needs a terminal; every command line of the machine is kept while the run lasts.
(while [[ ! -e $TMP/stop ]]; do cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\0' '\n' >>"$TMP/out/cmdlines"; done) &
watcher=$!
printf '%s' $PROMPT_SECRET >../conf/prompt && chmod 600 ../conf/prompt
python3 - "$RENEW" "$TMP/conf/prompt" >../out/run.txt 2>&1 <<'PY'
import os, pty, sys, time
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], [sys.argv[1], "run", "plan.renew"])
seen, answers = b"", 0
while True:
    try:
        piece = os.read(terminal, 4096)
    except OSError:
        break
    if not piece:
        break
    seen += piece
    if seen.count(b"third keystore") > answers:
        answers = seen.count(b"third keystore")
        time.sleep(0.2)
        os.write(terminal, open(sys.argv[2], "rb").read() + b"\n")
sys.stdout.buffer.write(seen)
print("exit", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), "answers", answers)
PY
touch "$TMP/stop"
wait $watcher
like "$(cat ../out/run.txt)" 'exit 0 answers [1-9]' "the run asked for the fourth secret on the terminal and ended well"
id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
"$RENEW" journal "$id" --export ../out/journal.ndjson >/dev/null 2>&1
"$RENEW" status "$id" --json >../out/status.json 2>&1
for name in one:$ENV_SECRET two:$COMMAND_SECRET three:$PROMPT_SECRET; do
  openssl pkey -in "keys/${name%%:*}.pem" -passin "pass:${name#*:}" -noout 2>/dev/null
  ok $? "the new key of ${name%%:*} is encrypted with its secret"
done
[[ -s ../out/cmdlines && -s ../out/journal.ndjson && -s ../out/plan.rplan && -s ../out/graph.svg ]]
ok $? "there is something to search"
is "$(grep -raoE "$canaries" ../out "$XDG_STATE_HOME" plan.renew keys ca | sort | uniq -c)" "" \
  "0 hits in plan, journal, database, logs, JSON, pictures, output and command lines"
# The search can find: a planted secret is seen.
printf 'x\0%s\0' $ENV_SECRET >../out/planted
is "$(grep -raoE "$canaries" ../out | wc -l)" 1 "a planted secret is found"
done_testing
