#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library's plans about service keys (U34 to U37), and the one of people alone (U33), unchanged, end to end
# against the twin of Cloud Foundry and, where a flow is deployed, of a SAP tenant: tests/twins/library_keys.py says what is played. LIBRARY=all
# takes a fault at each write, FAULTS=all each fault at each request.
. "$(dirname "$0")/../tap/lib.sh"
if [[ ${LIBRARY-} == all ]]; then
  export FAULTS=${FAULTS-few}
else
  export SEED=${SEED:-1} # the moment of the kill
fi
people=(u33)
[[ -e /usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 ]] || people=()
[[ ${#people[@]} != 0 ]] || echo "# u33 is left out: no libfaketime, so days cannot pass"
python3 -B "$ROOT/tests/twins/library_keys.py" "$RENEW" "$ROOT/plans/library" "$TMP/library" "${people[@]}" u34 u35 u36 u37
