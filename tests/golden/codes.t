#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The list of codes, the documents and the tables agree: nobody cites a code that does not exist, and
# what the design names and is not here stands in docs/ARCHITECTURE.md with its reason.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1
codes() { grep -hoE '\b[EWS][0-9]{4}\b' "$@" | sort -u; }
sed -n 's/^DIAG(\([EWS][0-9]*\),.*/\1/p' compiler/base/diag_codes.def | sort -u >"$TMP/here"
is "$(sed -n 's/^DIAG(\([EWS][0-9]*\),.*/\1/p' compiler/base/diag_codes.def | sort | uniq -d)" "" "no code twice"
is "$(codes README.md docs/LANGUAGE.md docs/DIAGNOSTICS.md docs/CI.md | comm -23 - "$TMP/here")" "" "documents cite codes that exist"
is "$(grep -h '^\(KEY\|VERB\|OPTION\)(' grammar/keys.def grammar/verbs.def | codes - | comm -23 - "$TMP/here")" "" "tables cite codes that exist"
sed -n '/^### Codes of the design/,/^## /s/^| \([EWS][0-9EWS, ]*\) |.*/\1/p' docs/ARCHITECTURE.md | codes - >"$TMP/absent"
ok "$([[ -s $TMP/absent ]]; echo $?)" "docs/ARCHITECTURE.md names the codes that are not here"
is "$(comm -12 "$TMP/absent" "$TMP/here")" "" "none of them is here"
design=../shared/design
if [[ -f $design/diagnostics.md ]]; then
  is "$(codes $design/diagnostics.md $design/decisions.md | comm -23 - "$TMP/here" | comm -23 - "$TMP/absent")" "" "every code of the design is here, or has its reason"
else
  echo "# $design is not there: the design's codes were not compared"
fi
done_testing
