#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The tables of docs/LANGUAGE.md are those of grammar/*.def, and every example plan in it is checked
# without a finding.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1

is "$(perl docs/tables.pl --print)" "$(cat docs/LANGUAGE.md)" \
  "tables and document agree (perl docs/tables.pl writes them)"

mkdir "$TMP/examples" && touch "$TMP/examples/renew.conf"
csplit -sz -f "$TMP/examples/part" -b '%02d.md' docs/LANGUAGE.md '/^```/' '{*}'
count=0
for part in "$TMP"/examples/part*.md; do
  [[ $(head -1 "$part") == '```renew' ]] || continue
  count=$((count + 1))
  sed 1d "$part" >"$TMP/examples/example$count.renew"
  (cd "$TMP/examples" && "$RENEW" check --format plain "example$count.renew" >"out$count" 2>&1)
  is "$?" 0 "example $count of docs/LANGUAGE.md: exit 0"
  unlike "$(cat "$TMP/examples/out$count")" 'warning|error' "example $count: no finding"
done
like "$count" '^[1-9]' "there are examples"
done_testing
