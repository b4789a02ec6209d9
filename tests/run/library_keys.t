#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The library's plans about service keys (U34 to U37), unchanged, end to end against the twin of Cloud Foundry
# and, where a flow is deployed, of a SAP tenant: tests/twins/library_keys.py says what is played. LIBRARY=all
# takes a fault at each write, FAULTS=all each fault at each request.
. "$(dirname "$0")/../tap/lib.sh"
[[ ${LIBRARY-} != all ]] || export FAULTS=${FAULTS-few}
python3 -B "$ROOT/tests/twins/library_keys.py" "$RENEW" "$ROOT/plans/library" "$TMP/library" u34 u35 u36 u37
