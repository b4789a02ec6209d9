#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The man pages are made from the tables, are well-formed mdoc, and leave out nothing; and each flag
# that commands.def shows is explained in help.def.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1

run perl docs/man.pl "$TMP"
exits 0 "the pages are written"
for page in renew.1 renew.5 renew-verbs.7; do
  is "$(mandoc -T lint -W warning "$TMP/$page" 2>&1)" "" "$page: mandoc has nothing to say"
done
shown() { mandoc -T ascii "$TMP/$1" | col -bx; }
shown renew.1 >"$TMP/command.txt"
shown renew.5 >"$TMP/language.txt"
shown renew-verbs.7 >"$TMP/verbs.txt"
misses() { # WORD FILE: prints the word where no line of the file begins with it
  grep -qE "^ *(renew )?$1( |,|\$)" "$2" || echo "$1"
}
lost=
for verb in $(sed -n 's/^COMMAND("\([a-z-]*\)".*/\1/p' runtime/cli/commands.def); do
  lost+=$(misses "$verb" "$TMP/command.txt")
done
for code in $(sed -n 's/^DIAG(\([A-Z][0-9]*\),.*/\1/p' compiler/base/diag_codes.def); do
  lost+=$(misses "$code" "$TMP/command.txt")
done
for word in $(sed -n 's/^KIND([A-Z]*, "\([a-z-]*\)".*/\1/p' grammar/keys.def); do
  lost+=$(misses "$word" "$TMP/language.txt")
done
for verb in $(sed -n 's/^VERB([A-Z_]*, *"\([a-z-]*\)".*/\1/p' grammar/verbs.def); do
  lost+=$(misses "$verb" "$TMP/verbs.txt")
done
is "$lost" "" "every verb, code, kind and sentence stands in a page"

while IFS=$'\t' read -r verb arguments; do
  for flag in $(grep -oE -- '(^|[^a-z-])--?[a-z][a-z-]*' <<<"$arguments" | grep -oE -- '--?[a-z][a-z-]*'); do
    grep -qE "^ARGUMENT\(\"$verb\", \"([^\"]*, )?$flag( |,|\")" runtime/cli/help.def
    ok $? "renew help $verb explains $flag"
  done
  grep -q "^EXAMPLE(\"$verb\", \"renew $verb" runtime/cli/help.def
  ok $? "renew help $verb has an example"
done < <(sed -n 's/^COMMAND("\([a-z-]*\)", [a-z_]*, "\([^"]*\)".*/\1\t\2/p' runtime/cli/commands.def)

run "$RENEW" help sign
like "$out" '--evidence FILE' "help of a verb shows its flags"
done_testing
