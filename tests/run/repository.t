#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Private keys that git has: E1002 for the key of a local authority and for keystores.
# redproof: E1002
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/work/plans" "$TMP/work/keys"
cd "$TMP/work" || exit 1
git init -q . || exit 1
cat >plans/things.renew <<'R'
renew 1

ca office {
  protocol local
  certificate file "ca.pem"
  key file "ca.key"
}

keystore shop {
  kind pem
  file "../keys/shop.pem"
}

keystore till {
  kind pem
  file "../keys/till.pem"
}
R
touch plans/ca.key keys/shop.pem keys/till.pem keys/old-shop.pem
run "$RENEW" check plans/things.renew
exits 0 "keys beside the plan that nobody added are their owner's business"
git add -f keys/old-shop.pem plans/things.renew
run "$RENEW" check plans/things.renew
exits 0 "a file whose name ends alike is another file"
git add -f plans/ca.key keys/shop.pem
run "$RENEW" check plans/things.renew
exits 1 "what git has is found"
like "$err" 'E1002.*ca\.key.*E1002.*keys/shop\.pem' "the authority's key and the keystore"
unlike "$err" 'till\.pem' "not the keystore that git does not have"
git -c user.name=renew -c user.email=renew@example.test commit -qm keys
git worktree add -q "$TMP/second" 2>/dev/null
run "$RENEW" check "$TMP/second/plans/things.renew"
exits 1 "in a second working tree too"
mkdir "$TMP/work/plans/below" && touch plans/below/renew.conf && cp plans/things.renew plans/below/
printf 'renew 1\n' >plans/below/renew.conf
sed -i 's|"ca.key"|"'"$PWD"'/plans/below/ca.key"|' plans/below/things.renew
touch plans/below/ca.key && git add -f plans/below/ca.key
cd plans/below || exit 1
run "$RENEW" check things.renew
exits 1 "with a root below the repository's, and an absolute path"
like "$err" 'E1002.*below/ca\.key' "it is the file that git has"
head -c 60 ../../.git/index >short && mv short ../../.git/index
run "$RENEW" check things.renew
exits 0 "an index that is cut off says nothing, and does no harm"
done_testing
