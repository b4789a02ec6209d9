#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The same plan gives the same bytes wherever it lies, whoever compiles it and when.
. "$(dirname "$0")/../tap/lib.sh"
clone() { # FOLDER
  mkdir -p "$1" && cp -R "$ROOT/plans" "$1/" && touch "$1/renew.conf"
}
clone "$TMP/here"
clone "$TMP/some where/else/deep"
values=(--set change-number=CHG1 --set start=2027-03-06T22:00)
for plan in overlap downtime fleet; do
  (cd "$TMP/here" && "$RENEW" plan -q "plans/$plan.renew" "${values[@]:0:$([[ $plan == downtime ]] && echo 4 || echo 0)}" -o one.rplan) >/dev/null
  (cd "$TMP/some where/else/deep/plans/org" && umask 077 &&
    TZ=Asia/Tokyo LC_ALL=C HOME=/nowhere "$RENEW" plan -q "../$plan.renew" \
      "${values[@]:0:$([[ $plan == downtime ]] && echo 4 || echo 0)}" -o "$TMP/two.rplan") >/dev/null
  "$RENEW" -C "$TMP/some where/else/deep" plan -q "$TMP/some where/else/deep/plans/$plan.renew" \
    "${values[@]:0:$([[ $plan == downtime ]] && echo 4 || echo 0)}" -o "$TMP/three.rplan" >/dev/null
  is "$(sha256sum <"$TMP/two.rplan")" "$(sha256sum <"$TMP/here/one.rplan")" "$plan: two folders, one digest"
  is "$(sha256sum <"$TMP/three.rplan")" "$(sha256sum <"$TMP/here/one.rplan")" "$plan: and with -C and an absolute path"
  unlike "$(cat "$TMP/two.rplan")" "$TMP|some where|$ROOT" "$plan: no path of this machine in it"
done
touch -d 2001-01-01 "$TMP/here/plans/overlap.renew"
(cd "$TMP/here" && "$RENEW" plan -q plans/overlap.renew -o old.rplan) >/dev/null
(cd "$TMP/some where/else/deep" && "$RENEW" plan -q plans/overlap.renew -o new.rplan) >/dev/null
cmp "$TMP/here/old.rplan" "$TMP/some where/else/deep/new.rplan" >&2
ok $? "a file's age does not matter"
echo '# a comment' >>"$TMP/here/plans/overlap.renew"
(cd "$TMP/here" && "$RENEW" plan plans/overlap.renew -o changed.rplan) >"$TMP/changed"
unlike "$(cat "$TMP/changed")" "$(tail -1 "$TMP/here/old.rplan" | cut -d' ' -f2)" "a comment more is another digest"
done_testing
