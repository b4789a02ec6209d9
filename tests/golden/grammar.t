#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The grammar is whole: it has no conflict, and there is no pair of state and next token in the parser
# that no text reaches. The texts: every kind of term, in every place, before every ending, with every
# operator, and mistakes around each kind of line; each must also be parsed without a sanitizer's word.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1

terms=('n' 'a.b' '"t"' '1' '1h' '2027-01-01' '2027-01-01T10:00' '10:00' 'March 1' 'yes' '(n)')
words=('and' 'or' 'not')
operators=('==' '!=' '<' '<=' '>' '>=' '+' '-' 'and' 'or')
count=0
line() { # WORDS: the line with every ending
  count=$((count + 1))
  printf '%s\n' "$1" "$1 with n" "$1 in n" "$1, n" "$1 when n" "$1 {" '}' "b$count { $1 }" "$1 { $1 }"
}
expression() { # WORDS: in every place where an expression stands
  printf '%s\n' "when $1 {" '}' "a when $1" "a when $1 {" '}' "b { a when $1 }" "a ($1)" "a ($1) n"
}
terms_in_lines() { # TERM
  local before other
  for before in '' 'n ' 'n, ' 'with ' 'with n ' 'with n, ' 'in ' 'l: ' 'l: with ' 'l: in ' 'n with n, n '; do
    line "$before$1"
  done
  for other in "${terms[@]}" "${words[@]}"; do
    printf '%s\n' "$1 $other" "$1, $other" "with $1 $other" "with $1, $other"
  done
}
terms_in_loops() { # TERM
  local set clause
  for set in n 'n n' 'n, n'; do
    for clause in '' ' with n' ' with n n, n' ' in n' ' with n in n' ' with n with n in n'; do
      printf 'for each x in %s {\n}\n' "$1$clause" "$set $1$clause" "$set, $1$clause" \
        "$set$clause with $1" "$set$clause, $1" "$set$clause $1"
    done
  done
}
expressions() { # TERM
  local first second
  expression "$1"
  expression "not $1"
  expression "not not $1"
  for first in "${operators[@]}"; do
    expression "$1 $first n"
    expression "n $first not $1"
    expression "not n $first $1"
    for second in "${operators[@]}"; do
      expression "n $first $1 $second n"
    done
  done
}
mistakes() {
  local kind next
  for kind in 'n' 'n { }' 'when n { }' 'when n { } otherwise { }' 'together { }' \
    'for each x in y { }' 'for each x in y with n { }' 'n ) x' 'n ) { }' 'when n n { } otherwise { }'; do
    for next in ') x' 'l: n' 'with n' 'in n' 'when n { }' 'together { }' 'for each x in y { }' \
      "${terms[@]}" "${words[@]}"; do
      printf '%s\n' "$kind" "$next" "c { $kind" "$next }"
    done
    printf 'c { %s }\n' "$kind"
  done
}
{
  echo 'renew 1'
  for term in "${terms[@]}" "${words[@]}"; do
    terms_in_lines "$term"
    terms_in_loops "$term"
  done
  for term in "${terms[@]}"; do expressions "$term"; done
  mistakes
} >"$TMP/all.renew"

gen=$TMP/build/gen
make -s BUILD="$TMP/build" "$gen/renew.h" "$gen/lexer.c" 2>"$TMP/lemon.err"
ok $? "lemon makes the parser"
is "$(cat "$TMP/lemon.err")" "" "without a conflict or a warning"

"${CC:-gcc}" -std=c17 -D_GNU_SOURCE -DYYCOVERAGE -I. -I"$gen" -O1 -w \
  -fsanitize=address,undefined -fno-sanitize-recover=all -o "$TMP/coverage" \
  tests/tools/grammar_coverage.c compiler/syntax/*.c compiler/tables/*.c \
  compiler/base/{arena,text,source,diag}.c "$gen/renew.c" "$gen/lexer.c" -lutf8proc
ok $? "the parser counts what it uses"
# The plans alone do not reach everything; the gate would be blind if they did.
run "$TMP/coverage" plans/*.renew
like "$out" missed "the plans alone leave some out"
run "$TMP/coverage" plans/*.renew plans/*/*.renew "$TMP/all.renew"
is "$err" "" "no sanitizer's word"
is "$(grep missed <<<"$out")" "" "every pair of state and next token is reached"
is "$status" 0 "and the count says so"
done_testing
