#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# cassettes.t: recorded conversations with real Cloud Foundry platforms (go-vcr) are read, and had again
# through renew's own client, byte for byte.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
TOOL=$(dirname "$RENEW")/tests/cf
DATA=${CASSETTES:-$ROOT/../shared/data/cf}
[[ -x $TOOL ]] || skip_all "$TOOL is not built (make unit)"
[[ -d $DATA ]] || skip_all "no recorded cassettes at $DATA"
python3 -c 'import yaml' 2>/dev/null || skip_all "python3-yaml is not installed"
cd "$TMP" || exit 1
make_ca ca
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=replay" -keyout s.key -out s.csr 2>/dev/null
hosts=$(grep -hoE '^ *url: https?://[^/ ]+' "$DATA"/*.yaml | sed 's|.*://||; s|:.*||' | sort -u | sed 's/^/DNS:/' | paste -sd,)
openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -days 30 -out s.crt -extfile <(echo "subjectAltName=$hosts") 2>/dev/null
cat s.key s.crt >server.pem
mkdir replay
python3 -B "$ROOT/tests/twins/cassettes.py" "$TOOL" "$TMP/replay" "$TMP/ca.pem" "$TMP/server.pem" "$DATA"/*.yaml
