#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The traffic of the demo sees what it is there to see: each planted fault lands in its own column,
# and an untouched landscape in none.
. "$(dirname "$0")/../tap/lib.sh"
run python3 -B "$ROOT/tests/demo/planted.py" "$TMP"
exits 0 "the faults were planted"
is "$(sed -n 's/^nothing //p' <<<"$out")" "ok TLSv1.2 TLSv1.3" "untouched: all answered, both protocols"
is "$(sed -n 's/^not-on-the-list //p' <<<"$out")" "refused TLSv1.2 TLSv1.3" \
  "a certificate that is not on the list: refused"
is "$(sed -n 's/^another-issuer //p' <<<"$out")" "refused TLSv1.2 TLSv1.3" \
  "a certificate of an issuer that is not trusted: refused"
is "$(sed -n 's/^announced-stop //p' <<<"$out")" "ok stopped TLSv1.2 TLSv1.3" \
  "an announced stop of one node: stopped, not failed"
is "$(sed -n 's/^receiver-down //p' <<<"$out")" "failed" "the receiver is down: failed"
is "$(sed -n 's/^unannounced-stop //p' <<<"$out")" "failed" "the nodes are down without a word: failed"
left=$(find "$TMP" -name nginx.pid)
is "$left" "" "no server is left"
done_testing
