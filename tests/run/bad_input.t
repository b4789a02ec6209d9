#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Whatever file is given to `check`, `plan` and `run`: a code, the right exit code, bounded time and
# memory (a limit of 20 s and 1 GiB stands around each call, so that a hang or a flood fails here).
. "$(dirname "$0")/../tap/lib.sh"
cd "$TMP" || exit 1
mkdir repo && cd repo && touch renew.conf
limits() { (
  # the sanitizers reserve terabytes of addresses, so the limit is for the plain build only
  [[ $RENEW == *asan* ]] || ulimit -v 1048576
  exec timeout -k 1 20 "$@"
); }
refused() { # FILE EXIT CODE NAME
  local verb
  for verb in check plan run; do
    run limits "$RENEW" $verb "$1"
    exits "$2" "$verb: $4: exit $2"
    like "$err" "$3" "$verb: $4: $3"
  done
}
good='renew 1

role a "A" {
  reach by console "a"
}
role b "B" {
  reach by console "b"
}
'
: >empty.renew
refused empty.renew 1 E0217 "an empty file"
noise 200000 >binary.renew
refused binary.renew 1 'E0003|E0104|E0105' "random bytes"
head -c 100000 "$RENEW" >elf.renew
refused elf.renew 1 'E0003|E0104|E0105' "an executable"
{ printf 'renew 1\n'; head -c $((16 * 1024 * 1024)) /dev/zero | tr '\0' '#'; } >large.renew
refused large.renew 1 E0004 "a file over the limit"
printf 'renew 1\nrole a\0b "A" {\n}\n' >nul.renew
refused nul.renew 1 'E0104|E0105' "a NUL"
printf 'renew 1\nrole a "\xff\xfe" {\n}\n' >utf8.renew
refused utf8.renew 1 E0003 "invalid UTF-8"
printf 'renew 1\n\xef\xbb\xbfrole a "A" {\n}\n' >bom.renew
refused bom.renew 1 'E010[45]' "a BOM in the middle"
printf 'renew 1\nrole a "A\xe2\x80\xae" {\n  reach by console "a"\n}\n' >bidi.renew
refused bidi.renew 1 E0105 "a bidirectional control"
printf 'renew 1\nrole a\xc2\xa0"A" {\n}\n' >nbsp.renew
refused nbsp.renew 1 'E010[45]' "a no-break space"
{ printf 'renew 1\n'; for _ in $(seq 10000); do printf 'together {\n'; done; } >deep.renew
refused deep.renew 1 E0220 "10,000 open blocks"
{ printf 'renew 1\nrole '; head -c 1000000 /dev/zero | tr '\0' a; printf ' "A" {\n}\n'; } >name.renew
refused name.renew 1 'E0112|E0406' "a name of 1 MB"
printf 'renew 1\nimport "cycle-b.renew"\n' >cycle-a.renew
printf 'renew 1\nimport "cycle-a.renew"\n' >cycle-b.renew
refused cycle-a.renew 1 E0308 "an import cycle"
printf 'renew 1\n' >../outside.renew
printf 'renew 1\nimport "../outside.renew"\n' >leaves.renew
refused leaves.renew 1 E0309 "an import outside the repository"
ln -s ../outside.renew link.renew
printf 'renew 1\nimport "link.renew"\n' >leaves-by-link.renew
refused leaves-by-link.renew 1 E0309 "an import that leaves the repository by a link"
refused missing.renew 3 E0002 "a missing file"
mkdir folder.renew
refused folder.renew 3 E0002 "a folder"
mkfifo pipe.renew
refused pipe.renew 3 E0002 "a named pipe"
printf '%s' "$good" >good.renew
run "$RENEW" check goood.renew
like "$err" 'did you mean .good.renew.' "a file's name misspelt: the one that is there"
iconv -f UTF-8 -t UTF-16 good.renew >utf16.renew
refused utf16.renew 1 E0003 "UTF-16"
like "$err" 'line 1; it looks like UTF-16: save it as UTF-8' "with the way out"
printf 'renew 1\n\n# B\xfcro\n' >latin.renew
run "$RENEW" check latin.renew
like "$err" 'line 3; it may be Windows-1252' "and the line, where it is another encoding"

# A folder is the files below it.
mkdir -p empty plans/deeper
printf '%s' "$good" >plans/deeper/one.renew
printf '%s' "${good/role a/role  a}" >plans/two.renew
run "$RENEW" check plans
like "$status $out" "^0 2 files, no plan: ok" "check FOLDER"
run "$RENEW" fmt --check --list plans
is "$status" 1 "fmt --check FOLDER"
like "$out" 'plans/two.renew' "names what is not in the layout"
for verb in check fmt fix test; do
  run "$RENEW" $verb empty
  exits 2 "$verb of a folder without plans"
  like "$err" 'there is no \*\.(test\.)?renew below the folder empty' "$verb says so"
done

# A compiled plan is verified, not read as a source.
cp "$ROOT"/tests/golden/valid/two-companies.renew .
run "$RENEW" plan two-companies.renew -o two.rplan
run "$RENEW" check two.rplan
is "$status $err" "0 " "check FILE.rplan: what was compiled here"
like "$out" '1 plan, 24 steps, 5 roles: ok' "with its steps"
sed -i 's/orders-dev/orders-dov/' two.rplan
run "$RENEW" check two.rplan
exits 7 "changed by hand it is refused"
like "$err" 'error\[E1102\]' "as no whole plan file"
is "$(grep -c '^error' <<<"$err")" 1 "with one finding"
rm -r two.rplan two-companies.renew plans empty
run limits "$RENEW" check good.renew
exits 0 "the good file is good"
sed 's/$/\r/' good.renew >crlf.renew
run limits "$RENEW" check crlf.renew
exits 0 "the same file with CRLF is good"
{ printf '\xef\xbb\xbf'; cat good.renew; } >bom-first.renew
run limits "$RENEW" check bom-first.renew
exits 0 "the same file with a BOM at its start is good"
is "$(ls -A "$XDG_STATE_HOME" 2>/dev/null)" "" "no state folder was made for any of them"
done_testing
