#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What `renew explain` shows is true: each code, verb, key and kind has a wrong and a right example
# (grammar/examples/SUBJECT.wrong.renew, SUBJECT.right.renew). The wrong one gives the finding when it
# is checked, or says in its first comment what happens at run time and is checked clean; the right
# one is free of errors and warnings.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT/grammar/examples" || exit 1
now=2027-01-15T12:00Z
at=()
"$RENEW" check --at "$now" landscape.renew >/dev/null 2>&1 && at=(--at "$now")

style=() # of a style hint's code: --style
# A renew.conf is read as a machine's where it says so, else as a repository's.
found_in() { # EXAMPLE: prints the findings
  if [[ $1 == *.conf ]]; then
    mkdir -p "$TMP/root" && cp "$1" "$TMP/root/renew.conf"
    local machine=/nowhere
    grep -q '^# in the renew.conf of a machine' "$1" && machine=$TMP/root/renew.conf
    RENEW_CONFIG=$machine "$RENEW" check --format plain "$TMP/root/renew.conf" 2>&1 </dev/null
  else
    "$RENEW" check --format plain "${style[@]}" "${at[@]}" "$1" 2>&1 </dev/null
  fi
}
example_of() { # SUBJECT SIDE: prints the name of the file; nothing without
  local suffix
  for suffix in renew conf; do
    if [[ -f $1.$2.$suffix ]]; then echo "$1.$2.$suffix"; fi
  done
}
check_wrong() { # SUBJECT CODE: CODE is empty where any finding will do
  local found
  local file
  file=$(example_of "$1" wrong)
  found=$(found_in "$file")
  if grep -q '^# at run time: .' "$file"; then
    unlike "$found" '(error|warning)\[' "$1: the wrong example is wrong at run time only"
  else
    like "$found" "\[${2:-[EWS][0-9]+}\]" "$1: the wrong example is found"
  fi
}
check_right() { # SUBJECT
  local found
  found=$(found_in "$(example_of "$1" right)")
  is "$? $(grep -E '(error|warning|style)\[' <<<"$found")" "0 " "$1: the right example is right"
}
subject() { # SUBJECT CODE
  if [[ -n $(example_of "$1" wrong) && -n $(example_of "$1" right) ]]; then
    check_wrong "$1" "$2"
    check_right "$1"
  elif [[ $1 == E0001 ]]; then
    ok 0 "$1: an internal error has no example"
  else
    ok 1 "$1: has grammar/examples/$1.wrong.renew and $1.right.renew"
  fi
}

for code in $(sed -n 's/^DIAG(\([A-Z][0-9]*\),.*/\1/p' "$ROOT/compiler/base/diag_codes.def"); do
  style=()
  [[ $code == S* ]] && style=(--style)
  subject "$code" "$code"
done
style=()
for word in $(sed -n 's/^KIND([A-Z]*, "\([a-z-]*\)".*/\1/p' "$ROOT/grammar/keys.def"); do
  subject "kind-$word" ""
done
for word in $(sed -n 's/^KEYWORD([A-Z_]*, "\([a-z -]*\)").*/\1/p' "$ROOT/grammar/keys.def" | tr ' ' '-'); do
  subject "key-$word" ""
done
for word in $(sed -n 's/^VERB([A-Z_]*, *"\([a-z-]*\)".*/\1/p' "$ROOT/grammar/verbs.def"); do
  subject "verb-$word" ""
done

# Files that explain nothing are mistakes in their names.
for file in *.renew *.conf; do
  name=${file%.*}
  [[ $name == landscape || $name == *.other ]] && continue
  text=$("$RENEW" explain $(sed 's/^\(verb\|key\|kind\)-/\1 /' <<<"${name%.*}") 2>/dev/null)
  [[ -n $text ]] || text=$("$RENEW" explain $(sed 's/^\(verb\|key\|kind\)-/\1 /;s/-/ /g' <<<"${name%.*}") 2>/dev/null)
  like "$text" "$(sed -n '/^renew\|^[a-z]/{p;q}' "$file" | head -c 20)" "$file is shown by renew explain"
done
# Every word that an author may ask for, by whatever case a code is typed.
run "$RENEW" explain
exits 0 "explain alone lists what can be asked"
for word in within "on failure" "needs sign-off" "at any time" "for each" when together follow import replaces window; do
  like ",$(tr '\n' ',' <<<"$out" | sed 's/, */,/g; s/,  */,/g')," "[, ]$word," "it lists: $word"
  run "$RENEW" explain "$word"
  exits 0 "renew explain $word"
  like "$out" "$word" "is about it"
  run "$RENEW" explain
done
run "$RENEW" explain e0601
like "$out" '^E0601 \(error\)' "e0601 is E0601"
run "$RENEW" explain roll-back
like "$out" 'on failure roll-back' "a value: the line that it stands in"
unlike "$(for code in E0101 E0114 E0218; do "$RENEW" explain $code; done | grep -v 'inside a text')" 'url \\"' "quotes are shown as they are written"
done_testing
