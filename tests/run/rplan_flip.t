#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Every byte of a plan file: changed, it is refused with exit 7 before anything else happens. (Each
# byte in four ways, without the program around it: tests/unit/rplan_test.c.)
# redproof: E1102
# redproof: E1122
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" && touch renew.conf || exit 1
cat >small.renew <<'PLAN'
renew 1

role admin "Administrator" {
  reach by console
}

keystore store {
  kind manual
  owner admin
}

ca corporate {
  protocol manual
}

certificate client {
  in store
  alias "client"
  subject "CN=client"
  signed by corporate
}

plan small {
  renews client
  policy overlap

  create: admin creates client.new
  sign: admin gets client.new signed by corporate
  exchange: admin replaces client.old with client.new in store keeping alias
}
PLAN
run "$RENEW" plan -q small.renew -o small.rplan
exits 0 "a small plan"
run "$RENEW" show small.rplan
exits 0 "it is whole"

# the sanitizer build is slow to start: every seventh byte there
every=1
[[ $RENEW == *asan* ]] && every=7
python3 - "$RENEW" "$every" >flips <<'PYTHON'
import subprocess, sys
program, every = sys.argv[1], int(sys.argv[2])
whole = open("small.rplan", "rb").read()
wrong, tried = [], 0
def refused(verb, data):
    open("flipped.rplan", "wb").write(data)
    done = subprocess.run([program, verb, "flipped.rplan"], capture_output=True, timeout=60)
    return done.returncode == 7 and b"E1102" in done.stderr and done.stdout == b""
masks = [0x01, 0x80, 0x20, 0xff, 0x04]
for at in range(0, len(whole), every):
    changed = bytearray(whole)
    changed[at] ^= masks[at % len(masks)]
    tried += 1
    verb = "run" if at % 50 == 0 else "show"
    if not refused(verb, bytes(changed)):
        wrong.append((at, verb))
print(f"bytes={len(whole)} tried={tried} wrong={wrong[:5]}")
cuts = [n for n in range(0, len(whole), 97) if not refused("show", whole[:n])]
print(f"cuts wrong={cuts[:5]}")
print(f"more wrong={[n for n in (1, 2, 100) if not refused('show', whole + bytes([10]) * n)]}")
PYTHON
like "$(sed -n 1p flips)" 'tried=[0-9]{2,} wrong=\[\]' "each byte changed, each time exit 7: $(sed -n 1p flips)"
is "$(sed -n 2p flips)" "cuts wrong=[]" "cut anywhere: exit 7"
is "$(sed -n 3p flips)" "more wrong=[]" "longer: exit 7"
is "$(ls -A "$XDG_STATE_HOME" 2>/dev/null)" "" "and nothing was made for any of them"

reseal() { # SED-EXPRESSION: the document changed on purpose, with a last line that fits
  head -1 small.rplan | sed "$1" >resealed.rplan
  printf 'sha256 %s\n' "$(sha256sum <resealed.rplan | cut -d' ' -f1)" >>resealed.rplan
}
reseal 's/"line":/"line": /'
run "$RENEW" show resealed.rplan
exits 7 "another spelling with a digest that fits: exit 7"
like "$err" 'E1102.*canonical' "and it says why"
reseal 's/"waits-for":\[0\]/"waits-for":[1]/'
run "$RENEW" show resealed.rplan
exits 7 "a step that waits for itself: exit 7"
like "$err" 'E1102.*waits for itself' "and it says why"
reseal 's/renew.plan\/2/renew.plan\/1/'
run "$RENEW" show resealed.rplan
exits 3 "format 1, which had no certificate: exit 3"
like "$err" 'E1122.*format 1' "and it says which"
run "$RENEW" show missing.rplan
exits 3 "no such file: exit 3"
like "$err" 'E0002' "and it says so"
mkdir folder.rplan && mkfifo pipe.rplan && : >empty.rplan
run timeout 5 "$RENEW" show folder.rplan
exits 3 "a folder: exit 3"
run timeout 5 "$RENEW" show pipe.rplan
exits 3 "a named pipe: exit 3"
run "$RENEW" show empty.rplan
exits 7 "an empty file: exit 7"
done_testing
