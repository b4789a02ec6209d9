#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The plans of the library that a SAP tenant serves, unchanged, end to end against its twin: tests/twins/library.py
# says what is played. Here U01 to U05 and SAP's own keys, each undisturbed, killed once and with one fault;
# LIBRARY=all (make nightly ONLY=library-twin) takes every plan and a fault at each write, FAULTS=all each fault.
. "$(dirname "$0")/../tap/lib.sh"
[[ -e /usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1 ]] || skip_all "no libfaketime: waits of days cannot pass"
plans=(u01-overlap u01-downtime u02-overlap u02-downtime u03 u04 u05 u31 u32)
if [[ ${LIBRARY-} == all ]]; then
  plans=()
  export FAULTS=${FAULTS-few}
else
  export SEED=${SEED:-1} # the moment of the kill
fi
/usr/bin/python3 -B "$ROOT/tests/twins/library.py" "$RENEW" "$ROOT/plans/library" "$TMP/library" "${plans[@]}"
