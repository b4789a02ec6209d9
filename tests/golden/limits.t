#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A plan has at most 1,000,000 steps: that many are taken, one more is not.
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" && touch renew.conf || exit 1
rows() { # TABLE COUNT
  echo "table $1 with name {"
  seq -f '  r%.0f' "$2"
  echo '}'
}
{
  cat <<'PLAN'
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
PLAN
  rows outer 999
  rows inner 1000
  rows rest 997
  cat <<'PLAN'
plan large {
  renews client
  policy overlap

  create: admin creates client.new
  sign: admin gets client.new signed by corporate
  exchange: admin replaces client.old with client.new in store keeping alias
  for each a in rest using name {
    wait: admin waits for 1s
  }
  for each a in outer using name {
    for each b in inner using name {
      step: admin waits for 1s
    }
  }
PLAN
} >large.renew
{
  cat large.renew
  echo '}'
} >limit.renew
{
  cat large.renew
  printf '  last: admin waits for 1s\n}\n'
} >above.renew
run "$RENEW" check limit.renew
exits 0 "1,000,000 steps"
like "$out" "^1 plan, 1000000 steps, 1 role: ok" "are a plan"
run "$RENEW" check --format plain above.renew
exits 1 "one more"
like "$err" 'E0112.*too many steps' "is refused"
done_testing
