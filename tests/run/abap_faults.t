#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# abap_faults.t: twelve faults of a network at the requests of the default client certificate's renewal: each
# outbound user is switched exactly once, and the run goes on by itself or by its own words. FAULTS=all: at every
# request, once and for good.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
. "$(dirname "$0")/../twins/cloud.sh"
. "$(dirname "$0")/../twins/abap.sh"
cd "$TMP" || exit 1
start_twin abap abap
abap_land api
abap_days
printf 'renew 1\n\nanswers within 2s\n' >"$land.conf/renew.conf"
# What is about the system alone: no calls, no day of the rotation.
python3 - plan.renew <<'PY'
import re, sys
text = open(sys.argv[1]).read()
text = text[:text.index("  upload:")] + '''  upload: partner-admin accepts client-default.old, client-default.new on partner-edge
  report-accepted: partner-admin tells comm-admin "Both are accepted."

  for each target in abap-prod.communication-systems using client-default.old {
    switch: comm-admin switches target to client-default.new {
      retry 2 times every 1s
    }
  }
  confirm-unused: comm-admin checks client-default.old unused on abap-prod {
    retry 2 times every 1s
  }
}
'''
open(sys.argv[1], "w").write(text)
PY
run "$RENEW" check plan.renew
[[ $status == 0 ]] || { echo "Bail out! $err"; exit 1; }
python3 -B "$ROOT/tests/twins/abap_campaign.py" "$RENEW" "$land" "$port" "$TMP/abap" "$([[ ${FAULTS-} == all ]] && echo all || echo few)"
