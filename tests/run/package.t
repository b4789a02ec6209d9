#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make deb: a package that holds what a newcomer needs, depends on what its program is linked with, and
# whose program runs.
. "$(dirname "$0")/../tap/lib.sh"
command -v dpkg-shlibdeps >/dev/null || skip_all "no dpkg-dev to pack with"
cd "$ROOT" || exit 1
package=$(make deb 2>"$TMP/err" | tail -1)
[[ -f $package ]]
ok $? "make deb prints the package's path"
version=$("$RENEW" version | sed 's/^renew \([^ ]*\) .*/\1/')
is "$(dpkg-deb -f "$package" Package Version)" "Package: renew
Version: $version" "name and version"
depends=$(dpkg-deb -f "$package" Depends)
for library in libc6 libcurl4 libssl3 libsqlite3-0 libical3 tzdata; do
  like "$depends" "(^|, )$library( |,|$)" "it depends on $library"
done
dpkg-deb -x "$package" "$TMP/root"
for file in bin/renew share/man/man1/renew.1.gz share/man/man5/renew.5.gz share/man/man7/renew-verbs.7.gz \
  share/doc/renew/copyright share/doc/renew/LANGUAGE.md share/doc/renew/FIRST-TEN-MINUTES.md \
  share/renew/plans/overlap.renew share/renew/plans/overlap.test.renew \
  share/bash-completion/completions/renew; do
  [[ -s $TMP/root/usr/$file ]]
  ok $? "usr/$file"
done
is "$(find "$TMP/root" ! -user "$(id -un)" | head -1)" "" "everything can be unpacked by anybody"
dpkg-deb -c "$package" | awk '$2 != "root/root"' | grep -q .
is $? 1 "and belongs to root"
dpkg-deb -c "$package" | grep -qE '^.{5}w|^.{8}w'
is $? 1 "nothing is writable by others"
run "$TMP/root/usr/bin/renew" check "$TMP/root/usr/share/renew/plans/overlap.renew"
exits 0 "its program checks its plans"
# shellcheck disable=SC1091
. "$TMP/root/usr/share/bash-completion/completions/renew"
COMP_WORDS=(renew sh) COMP_CWORD=1
_renew
is "${COMPREPLY[*]}" "show" "completion knows the verbs"
cd "$TMP/root/usr/share/renew/plans" || exit 1
COMP_WORDS=(renew show renew-client-o) COMP_CWORD=2
_renew
is "${COMPREPLY[*]}" "renew-client-overlap" "and the names of plans"
COMP_WORDS=(renew plan --profile d) COMP_CWORD=3
_renew
is "${COMPREPLY[*]}" "demo" "and what stands behind an option"
done_testing
