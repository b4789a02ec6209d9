#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew fmt: what it writes, what it only shows, what it leaves alone. The layout itself is
# tests/unit/format_test.c.
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/repo/sub" "$TMP/elsewhere" && cd "$TMP/repo" && touch renew.conf || exit 1
printf 'renew 1\n\nrole a "A" {\n  of "x"\n}\n' >good.renew
printf 'renew 1\nrole   b "B"{\n of "x"  # why\n}\n' >bad.renew
wanted=$'renew 1\n\nrole b "B" {\n  of "x" # why\n}'

run "$RENEW" fmt --check good.renew
exits 0 "--check of a formatted file"
is "$out$err" "" "says nothing"
run "$RENEW" fmt --check bad.renew
exits 1 "--check of another one: exit 1"
like "$out" '--- a/bad.renew.*\+\+\+ b/bad.renew.*-role   b "B"\{' "prints the unified diff"
cp bad.renew patched.renew
(cd "$TMP" && patch -s repo/patched.renew) <<<"$out"
is "$(cat patched.renew)" "$wanted" "which patch(1) applies"
is "$(cat bad.renew)" $'renew 1\nrole   b "B"{\n of "x"  # why\n}' "and the file is as it was"
rm patched.renew
run "$RENEW" fmt --diff bad.renew
exits 0 "--diff: exit 0"
like "$out" '^--- a/bad' "and the diff"
run "$RENEW" fmt --list
is "$status $out" "0 bad.renew" "--list without files names those below the root that differ"
run "$RENEW" fmt --list --check
exits 1 "--list --check: exit 1"
out=$("$RENEW" fmt - <bad.renew)
is "$out" "$wanted" "standard input to standard output"
out=$("$RENEW" fmt --check - <bad.renew 2>/dev/null)
is "$?" 1 "standard input with --check: exit 1"

chmod 640 bad.renew
ln -s ../bad.renew sub/link.renew
run "$RENEW" fmt sub/link.renew
exits 0 "a link is formatted"
is "$(cat bad.renew)" "$wanted" "where it leads"
[[ -L sub/link.renew && $(stat -c %a bad.renew) == 640 ]]
ok $? "it stays a link, and the file keeps its mode"
rm sub/link.renew
inode=$(stat -c %i bad.renew)
run "$RENEW" fmt
is "$status $out" "0 " "a second time changes nothing"
is "$(stat -c %i bad.renew)" "$inode" "and writes nothing"
is "$(ls -A . sub)" $'.:\nbad.renew\ngood.renew\nrenew.conf\nsub\n\nsub:' "no file is left behind"

printf '\xef\xbb\xbfrenew 1\r\n\r\nrole c "C" {\r\n  of "x"\r\n}\r\n' >dos.renew
run "$RENEW" fmt dos.renew
is "$(od -An -c dos.renew | tr -d ' \n' | head -c 21)" 'renew1\n\nrolec"C"{\n' "CR LF becomes LF, and a byte order mark goes"
run "$RENEW" fmt --check dos.renew
exits 0 "and the file is formatted then"
printf 'renew 1\nrole   b "B"{\n' >broken.renew
cp broken.renew before
run "$RENEW" fmt broken.renew
exits 1 "a broken file: exit 1"
like "$err" 'E0206' "with its finding"
is "$out" "" "without output"
cmp -s broken.renew before
ok $? "and as it was"
rm broken.renew
run "$RENEW" fmt --check missing.renew
exits 3 "a file that is not there: exit 3"
run "$RENEW" fmt sub
exits 2 "a folder without plans: exit 2"
printf 'renew 1\nrole   b "B"{\n}\n' >shut.renew
if [[ $(id -u) == 0 ]]; then
  chmod 755 "$TMP" "$TMP/repo" # a temporary folder is its owner's alone
  chown nobody . && as() { setpriv --reuid nobody --clear-groups "$@"; }
else
  as() { "$@"; }
fi
chmod 444 shut.renew
run as "$RENEW" fmt shut.renew
exits 3 "a file that may not be written: exit 3"
like "$err" 'shut.renew cannot be written: Permission denied' "with the reason"
is "$(head -2 shut.renew | tail -1)" 'role   b "B"{' "and it stays"
run "$RENEW" fmt --frobnicate
exits 2 "an unknown option: exit 2"
done_testing
