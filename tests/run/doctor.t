#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1121
# renew doctor: planted faults, each seen with its fix; the fix, typed as it stands, cures it. And what
# the doctor never does: write, start a program, open a socket, show a secret.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
land=$TMP/land
umask 022
begin() {
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf" "$TMP/state" "$TMP/creds"
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
}
examine() { "$RENEW" doctor reference.renew --json "$@" 2>"$TMP/.err" >"$TMP/doctor.json"; status=$?; }
pick() { # RESULT CHECK WORDS: the fix of the first check of that kind whose words match
  jq -r --arg r "$1" --arg c "$2" --arg w "$3" \
    '[.checks[] | select(.result == $r and .check == $c and (.says | test($w))) | .fix][0] // empty' "$TMP/doctor.json"
}
cured() { # RESULT CHECK WORDS NAME [EXIT]: seen, with a fix; typed, it is gone
  local fix
  examine
  fix=$(pick "$1" "$2" "$3")
  ok $([[ -n $fix ]]; echo $?) "$4: seen, with a fix: $fix"
  [[ -n $fix ]] || jq -c '.checks[] | select(.result != "ok")' "$TMP/doctor.json" | sed 's/^/#   /'
  is "$status" "${5:-$([[ $1 == fail ]] && echo 3 || echo 0)}" "$4: the exit code"
  eval "$fix" >/dev/null 2>"$TMP/fix.err"
  examine
  is "$(pick "$1" "$2" "$3")" "" "$4: what it says, typed, cures it"
}

begin
home=$(getent passwd "$(id -u)" | cut -d: -f6)
like "$(env -u HOME -u XDG_STATE_HOME "$RENEW" doctor)" " $home/.local/state/renew" \
  "without HOME the runs are those of the account, not of the root folder"
run "$RENEW" doctor reference.renew
exits 0 "a good landscape: exit 0"
unlike "$out" $'(^|\n)fail' "and no failure"
for area in program openssl libcurl sqlite memory 'core dumps' zones machine commands proxy repository state space plan \
  ca flow system keystore clock; do
  ok $(grep -qE "^(ok  |warn)  $area " <<<"$out"; echo $?) "it looks at: $area"
done
like "$out" $'\n[0-9]+ checks: [0-9]+ ok, [0-9]+ warnings?, 0 failures$' "the last line counts"
examine
is "$(jq -r '.schema + " " + (.checks | length | tostring) + " " + (.ok + .warnings + .failures | tostring)' "$TMP/doctor.json")" \
  "renew.doctor/1 $(jq '.checks | length' "$TMP/doctor.json") $(jq '.checks | length' "$TMP/doctor.json")" "JSON: schema, and the sums agree"
is "$(jq '[.checks[] | select(.result != "ok" and (.fix // "") == "")] | length' "$TMP/doctor.json")" 0 "what is not ok has a fix"

# ---- the machine ----
# The sanitizer turns core dumps off by itself.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}disable_coredump=0
ulimit -S -c unlimited 2>/dev/null
if [[ $(ulimit -S -c) != 0 ]]; then
  cured warn 'core dumps' 'core dumps are on' "core dumps"
else
  echo "# core dumps cannot be allowed here: not planted"
fi
export OPENSSL_MODULES=$TMP/nowhere
cured warn openssl 'legacy provider cannot be loaded' "no legacy provider"
unset OPENSSL_MODULES
export RENEW_CONFIG=$TMP/nothing.conf
examine
like "$(pick fail machine 'is not there')" 'unset RENEW_CONFIG' "a RENEW_CONFIG that names no file"
begin
chmod 666 "$RENEW_CONFIG"
run "$RENEW" run reference.renew
exits 3 "a renew.conf that everybody may write: a run refuses it"
like "$err" 'error\[E1121\]: .* may be written by everybody' "E1121"
cured fail machine 'may be written by everybody' "a renew.conf that everybody may write"
begin
chmod 664 "$RENEW_CONFIG"
cured warn machine 'may be written by its group' "a renew.conf that its group may write"
begin
chmod 777 "$land.conf"
cured fail machine 'may be written by everybody.*and so changes' "a renew.conf in a folder that everybody may write"
begin
if [[ $(id -u) == 0 ]]; then
  chown 65534 "$RENEW_CONFIG"
  cured fail machine 'belongs to user 65534' "a renew.conf of somebody else"
else
  echo "# not root: a file of somebody else cannot be planted"
fi
begin
printf 'renew 1\nalow commands in "x"\n' >"$RENEW_CONFIG"
examine
like "$(jq -r '.checks[] | select(.check == "machine") | .says' "$TMP/doctor.json")" 'renew.conf:2:.*E1121' "a mistyped renew.conf: its line"
begin
printf 'renew 1\nforbid remvoes\n' >renew.conf
examine
like "$(jq -r '.checks[] | select(.check == "repository") | .says' "$TMP/doctor.json")" 'line 2: ' "a mistyped renew.conf of the repository: its line"
is "$status" 3 "exit 3"
begin
echo "allow commands in \"$TMP/more commands\"" >>"$RENEW_CONFIG"
cured warn commands 'is not there: it allows nothing' "an allowed folder that is not there"
rmdir "$TMP/more commands"
begin
chmod 777 commands
cured fail commands 'commands may be written by everybody' "an allowed folder that everybody may write"
begin
echo "allow command \"$land/commands/stop\" sha256 \"$(printf '%064d' 0)\"" >>"$RENEW_CONFIG"
chmod -x commands/stop
cured fail commands 'no program that can be run' "a listed program that cannot be run"
https_proxy=http://me:secret@proxy.example:3128 examine
unset https_proxy
https_proxy=http://me:secret@proxy.example:3128 "$RENEW" doctor >"$TMP/proxy"
like "$(<"$TMP/proxy")" 'https_proxy is set, and never used' "a proxy of the environment"
unlike "$(<"$TMP/proxy")" 'me:secret' "without its password"

# ---- the store ----
begin
"$RENEW" run reference.renew >/dev/null 2>&1
examine
like "$(jq -r '.checks[] | select(.check == "journal") | .says' "$TMP/doctor.json")" '^1 runs, .* every journal verifies' "the journals are verified"
chmod 755 "$TMP/state/renew"
cured fail state 'others than its owner may enter' "a state folder that others may enter"
sqlite3 "$TMP/state/renew/store.db" "update journal set body = replace(body, 'reference', 'refreence') where seq = 1" 2>/dev/null
examine
like "$(jq -r '.checks[] | select(.result == "fail") | .says' "$TMP/doctor.json")" 'E1106' "a journal that was changed"
if mkdir "$TMP/small" && mount -t tmpfs -o size=8m renew-test "$TMP/small" 2>/dev/null; then
  "$RENEW" doctor --store "$TMP/small/s/store.db" --json >"$TMP/doctor.json"
  umount "$TMP/small"
  like "$(pick fail space 'MiB free')" 'make room' "a disk that is full"
else
  echo "# no mount here: a full disk is not planted"
fi

# ---- the clock ----
begin
touch -d '2099-01-01' reference.renew
examine
fix=$(pick fail clock 'is before 2099-01-01')
like "$fix" 'touch .*/reference.renew$' "a file from the future: the clock or the file is wrong"
eval "${fix#*: }"
examine
is "$(pick fail clock .)" "" "the second half of the fix cures the file"

# ---- the plan ----
begin
chmod 604 keystore/client.pem
cured fail keystore 'private key, and everybody may read it' "a key that everybody may read"
begin
chmod 644 ca/ca.key
cured fail ca 'may be read by' "the authority's key may be read by others"
begin
chmod 777 commands/restart
cured fail flow 'may be written by everybody' "a command that everybody may write"
begin
echo 'renew 1' >"$RENEW_CONFIG"
examine
fix=$(pick fail flow 'allowed folder')
is "$fix" "allow commands in \"$land/commands\" in $RENEW_CONFIG" "a command that nothing allows: the line to write"
echo "${fix% in *}" >>"$RENEW_CONFIG"
examine
is "$status" 0 "written, it is allowed"
begin
rm receiver/pins.sha256
examine
is "$status" 3 "a file of accepted certificates that is missing: exit 3"
like "$(pick fail system 'pins.sha256')" . "it is named, with a way out"
begin
rm keystore/client.pem
examine
like "$(jq -r '.checks[] | select(.result == "fail") | .says' "$TMP/doctor.json")" 'E0725|does not compile' "a missing pair"
secret_from() { # WORDS: the authority's key now needs a secret
  begin
  openssl pkey -in ca/ca.key -aes256 -passout pass:opensesame -out ca/new.key && mv ca/new.key ca/ca.key && chmod 600 ca/ca.key
  sed -i "s|^ca corporate|secret ca-password from $1\n\nca corporate|; s|key file \"ca/ca.key\"|& with ca-password|" reference.renew
}
secret_from 'env "RENEW_TEST_SECRET"'
examine
fix=$(pick fail secret 'no variable RENEW_TEST_SECRET')
is "$fix" "export RENEW_TEST_SECRET=..." "a variable that is not set"
export RENEW_TEST_SECRET=opensesame
examine
is "$status" 0 "set: all is well"
unlike "$(<"$TMP/doctor.json")" opensesame "the value is not shown"
export RENEW_TEST_SECRET=wrong
examine
is "$status" 3 "a wrong password is seen: the key does not open"
unset RENEW_TEST_SECRET
secret_from "file \"$TMP/open-secret\""
echo opensesame >"$TMP/open-secret"
chmod 644 "$TMP/open-secret"
cured fail secret 'may be read by group or others' "a secret file that others may read"
secret_from 'prompt "Password of the authority"'
examine
is "$status" 0 "a secret that is typed is no fault"
like "$(jq -r '.checks[] | select(.check == "secret") | .says' "$TMP/doctor.json")" 'asked for at the terminal' "and is said to be asked for later"
printf '#!/bin/sh\ntouch %s\necho opensesame\n' "$TMP/started" >"$TMP/vault"
chmod 755 "$TMP/vault"
secret_from 'vault "kv/ca#password"'
examine
fix=$(pick fail secret 'secret-command vault')
like "$fix" '^secret-command vault "PROGRAM" in renew.conf' "a vault without a program"
echo "secret-command vault \"$TMP/vault\"" >>"$RENEW_CONFIG"
examine
is "$status" 0 "with one it is well"
like "$(jq -r '.checks[] | select(.check == "secret") | .says' "$TMP/doctor.json")" 'was not started' "and says so"
ok $([[ ! -e $TMP/started ]]; echo $?) "the vault's program was not started"
rm "$TMP/vault"
examine
like "$(pick fail commands "vault's program")" '^install ' "a vault's program that is not there"

# ---- what it never does ----
begin
before=$(find . "$land.conf" -exec stat -c '%n %s %a %Y' {} + | sort)
if strace -f -o "$TMP/trace" -e trace=socket,connect,execve "$RENEW" doctor reference.renew >/dev/null 2>&1; then
  is "$(grep -c 'socket(AF_INET' "$TMP/trace")" 0 "no socket of the network is opened"
  is "$(grep -c execve "$TMP/trace")" 1 "no program is started"
else
  echo "# strace cannot run here: sockets and programs were not counted"
fi
is "$(find . "$land.conf" -exec stat -c '%n %s %a %Y' {} + | sort)" "$before" "nothing is written"
ok $([[ ! -e $TMP/state ]]; echo $?) "not even a state folder"
mkdir "$TMP/mails"
start_listener smtp "$TMP/mails"
echo "mail through \"smtp://127.0.0.1:$port\" from \"renew@acme.example\"" >>"$RENEW_CONFIG"
examine --live
like "$(jq -r '.checks[] | select(.check == "mail" and .result == "ok") | .says' "$TMP/doctor.json")" 'answers' "--live: the mail server answers"
sed -i "s|smtp://127.0.0.1:$port|smtp://127.0.0.1:$(free_port)|" "$RENEW_CONFIG"
examine --live
like "$(pick fail mail 'smtp://127')" 'mail through' "--live: nobody answers there"
examine
is "$status" 0 "without --live nobody is called"
for bad in "$land" /dev/null "$land/ca/ca.pem"; do
  run "$RENEW" doctor "$bad"
  exits 3 "no plan: ${bad##*/}: exit 3"
  like "$out" 'does not compile: .*fix: renew check ' "said as a check"
done
run "$RENEW" doctor --store "$land/reference.renew/store.db"
like "$out" $'fail  state .*it is no folder.*\n *fix: ' "a store below a file"
run "$RENEW" doctor nothing.renew
exits 3 "a plan that is not there: exit 3"
run "$RENEW" doctor --frobnicate
exits 2 "an unknown option: exit 2"
run "$RENEW" doctor reference.renew --deny warnings
[[ $out == *$'\nwarn'* ]] && exits 1 "--deny warnings: exit 1 where there is one"
run "$RENEW" -q doctor
unlike "$out" $'(^|\n)ok ' "--quiet: only what is not ok"
cd "$TMP" || exit 1
done_testing
