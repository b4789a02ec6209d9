#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1009 E1007
# Secrets as systemd hands them over (LoadCredential: files of mode 0400 below $CREDENTIALS_DIRECTORY), and
# typed at a terminal: a run that needs one, one that is missing, one that others may read, no terminal.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
export TERM=xterm
begin() { # SOURCE: the authority's key needs a secret from there
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf" "$TMP/state" "$TMP/creds"
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >"$TMP/old" || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
  openssl pkey -in ca/ca.key -aes256 -passout pass:opensesame -out ca/new.key && mv ca/new.key ca/ca.key && chmod 600 ca/ca.key
  sed -i "s|^ca corporate|secret ca-password from $1\n\nca corporate|; s|key file \"ca/ca.key\"|& with ca-password|; /needs sign-off/d" reference.renew
}
credential() { # as LoadCredential=ca-password:... makes it: folder 0500, file 0400
  mkdir -m 700 "$TMP/creds"
  printf %s "$1" >"$TMP/creds/ca-password"
  chmod 400 "$TMP/creds/ca-password"
  chmod 500 "$TMP/creds"
}
renewed() { # NAME: the keystore holds another certificate than in the beginning
  local now
  now=$(openssl x509 -in keystore/client.pem -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
  ok $([[ $now != "$(<"$TMP/old")" ]]; echo $?) "$1"
}
nowhere() { # a value never stands in output, store, logs
  is "$(grep -rlF opensesame "$TMP/state" "$TMP/.out" "$TMP/.err" 2>/dev/null)" "" "$1: the value stands nowhere"
}

begin 'credential "ca-password"'
credential opensesame
export CREDENTIALS_DIRECTORY=$TMP/creds
run "$RENEW" run reference.renew
exits 0 "a credential of systemd: the run is done"
renewed "and the pair is a new one"
nowhere "credential"
run "$RENEW" doctor reference.renew
exits 0 "the doctor finds it"
like "$out" 'ca-password from credential: there' "and says where from"
begin 'credential "ca-password"'
mkdir -m 500 "$TMP/creds"
run "$RENEW" run reference.renew
exits 3 "a credential that is missing: exit 3"
like "$err" 'error\[E1009\]: secret `ca-password`: cannot read .*/creds/ca-password' "it is named"
like "$err" 'help: LoadCredential=ca-password:' "and the line of the unit that brings it"
begin 'credential "ca-password"'
credential opensesame
chmod 440 "$TMP/creds/ca-password"
run "$RENEW" run reference.renew
exits 3 "a credential that its group may read: exit 3"
like "$err" "E1007.*"$'\n'".*help: chmod 400 $TMP/creds/ca-password" "what to type"
begin 'credential "ca-password"'
unset CREDENTIALS_DIRECTORY
run "$RENEW" run reference.renew
exits 3 "outside a unit: exit 3"
like "$err" 'CREDENTIALS_DIRECTORY is not set: this is not a systemd unit' "the reason"
begin 'credential "ca-password"'
credential wrong
export CREDENTIALS_DIRECTORY=$TMP/creds
run "$RENEW" run reference.renew
exits 3 "a wrong one: exit 3, before anything is touched"
is "$(openssl x509 -in keystore/client.pem -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)" "$(<"$TMP/old")" "the pair is the old one"

# ---- typed ----
cat >"$TMP/type.py" <<'PYTHON'
"""type.py ANSWER COMMAND...: runs the command on a terminal of its own, types the answer at each question that
ends with ": "; prints what the terminal showed; exits as the command did."""
import os, pty, sys
answer, command = sys.argv[1], sys.argv[2:]
pid, fd = pty.fork()
if pid == 0:
    os.execv(command[0], command)
shown, asked = b"", 0
while True:
    try:
        piece = os.read(fd, 4096)
    except OSError:
        break
    if not piece:
        break
    shown += piece
    if shown.endswith(b": ") and shown.count(b"authority: ") > asked:
        asked += 1
        os.write(fd, answer.encode() + b"\n")
sys.stdout.write(shown.decode(errors="replace").replace("\r\n", "\n"))
print("asked", asked)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
begin 'prompt "Password of the authority"'
run timeout 120 python3 "$TMP/type.py" opensesame "$RENEW" run reference.renew
exits 0 "a secret that is typed: the run is done"
like "$out" $'\r\e\\[KPassword of the authority: ' "the question is the plan's, on a line of its own"
like "$out" $'\n'"asked 1$" "asked once"
unlike "$out" opensesame "what is typed is not shown"
renewed "and the pair is a new one"
nowhere "prompt"
begin 'prompt "Password of the authority"'
run timeout 120 python3 "$TMP/type.py" wrong "$RENEW" run reference.renew
ok $([[ $status != 0 && $status -lt 124 ]]; echo $?) "a wrong one: the run is not done (exit $status)"
unlike "$out" $'\n'"asked [3-9]" "and not asked for ever"
begin 'prompt "Password of the authority"'
run setsid "$RENEW" run reference.renew
exits 3 "without a terminal: exit 3"
like "$err" 'E1009.*it is asked for at a terminal, and there is none' "the reason"
run timeout 60 python3 "$TMP/type.py" opensesame "$RENEW" --no-input run reference.renew
exits 3 "--no-input at a terminal: nobody is asked"
cd "$TMP" || exit 1
chmod -R u+w "$TMP/creds" 2>/dev/null
done_testing
