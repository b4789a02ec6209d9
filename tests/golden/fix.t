#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# renew fix: what it applies, what it leaves for a person; and --allow and --deny. That safe fixes are
# safe is tests/unit/fix_test.c.
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/repo/org" && cd "$TMP/repo" && touch renew.conf || exit 1
cp "$ROOT/plans/overlap.renew" good.renew
break_it() { # FILE: five mistakes with a sure fix, one with a guess, one without
  sed -e 's/tenant-admin creates/tenant_admin creats/' \
    -e 's/accepts-many yes/accepts-many = true;/' \
    -e 's/policy overlap/policy overlapp/' good.renew >"$1"
}
break_it bad.renew
cp bad.renew before
run "$RENEW" fix --dry-run bad.renew
exits 0 "--dry-run: exit 0 where nothing would be left"
like "$out" '^--- a/bad.renew' "prints a diff"
like "$err" 'bad.renew: 6 findings would be fixed' "and how many"
cmp -s bad.renew before
ok $? "writes nothing"
(patch -s bad.renew) <<<"$out"
cmp -s bad.renew good.renew
ok $? "the diff makes the plan well"

break_it bad.renew
chmod 600 bad.renew
run "$RENEW" fix bad.renew
is "$status $out" "0 bad.renew: 6 findings fixed" "all sure fixes are applied, some of them behind others"
run "$RENEW" fmt bad.renew
cmp -s bad.renew good.renew
ok $? "formatted, the file is the good one"
is "$(stat -c %a bad.renew)" 600 "it keeps its mode"
run "$RENEW" fix bad.renew
is "$status $out" "0 " "a second time changes nothing"

break_it bad.renew
run "$RENEW" fix E0108 bad.renew
exits 1 "with a code only its findings are fixed; errors are left"
like "$out" '1 finding fixed, 4 errors left for you: renew check bad.renew' "which is said"
like "$(cat bad.renew)" 'accepts-many = yes;' "and done"

sed 's/^  renews client/  renews client\n  policy overlap/' good.renew >twice.renew
run "$RENEW" fix twice.renew
exits 1 "a guess is not made"
run "$RENEW" fix --unsafe twice.renew
exits 0 "but with --unsafe"
cmp -s twice.renew good.renew
ok $? "the second line is gone"
run "$RENEW" fix --safe --unsafe twice.renew
exits 2 "--safe and --unsafe exclude each other"
sed 's/  create: tenant-admin/  tenant-admin/' good.renew >label.renew
cp label.renew before
run "$RENEW" fix --unsafe label.renew
exits 1 "a template is never applied"
cmp -s label.renew before
ok $? "the file is untouched"
run "$RENEW" fix --edition good.renew
is "$status $out" "0 edition 1 is the first and the newest: there is nothing to lift" "there is one edition"
rm ./*.renew
cp "$ROOT/plans/org/roles.renew" org/roles.renew
sed -i 's/^role tenant-admin/role tenant_admin/' org/roles.renew
run "$RENEW" fix -q
is "$status $out" "0 " "without files: all below the root"
grep -q '^role tenant-admin' org/roles.renew
ok $? "and it is fixed"
printf 'renew 1\n\nrole a "A" {\n  reach by console\n}}\n' >surplus.renew
run "$RENEW" fix surplus.renew
is "$(cat surplus.renew)" $'renew 1\n\nrole a "A" {\n  reach by console\n}' "a brace too many goes"
run "$RENEW" fix missing.renew
exits 3 "a file that is not there: exit 3"

# what the findings say of their fixes
sed 's/policy overlap/policy overlapp/' "$ROOT/plans/overlap.renew" >bad.renew
run "$RENEW" check --format json bad.renew
is "$(jq -c '.fixes[0] | [.applicability, .edits[0].text]' <<<"$err")" '["safe","overlap"]' "json has the edits"
run "$RENEW" check bad.renew
like "$err" 'help: write `overlap`   \[fix: safe\]' "the text names them"

# --allow and --deny
sed 's,url "https://erp,url "http://erp,' "$ROOT/plans/overlap.renew" >plain.renew
run "$RENEW" check --format plain plain.renew
like "$status $err" '^0 plain.renew.*warning\[W0408\]' "a warning is exit 0"
run "$RENEW" check --allow W0408 plain.renew
is "$status$err" "0" "--allow takes it away"
like "$out" ': ok$' "and it is not counted"
run "$RENEW" check --deny W0408 plain.renew
exits 1 "--deny makes it an error"
like "$err" 'error\[W0408\].*note: a warning, made an error by `deny`' "and says so"
run "$RENEW" --deny warnings check plain.renew
exits 1 "--deny warnings"
run "$RENEW" check --deny warnings --allow W1005,W0408 plain.renew
exits 0 "a code counts more than a group"
run "$RENEW" plan --deny warnings plain.renew
exits 1 "it holds for plan, too"
run "$RENEW" check --allow E0305 plain.renew
exits 2 "an error cannot be allowed"
run "$RENEW" check --deny W9999 plain.renew
exits 2 "an unknown code"
# A partner's missing word goes to who acts on it, not through another partner.
run "$RENEW" fix --dry-run "$ROOT/tests/reject/E0601-partners.renew"
like "$out" '\+ +report-accept-crm: crm-admin tells tenant-admin "Done: accept-crm."' "two partners need not hear of one another"
# Where steps stand `together`, a message inside the block comes before none of them.
cat >together.renew <<'END'
renew 1

role cpi-admin "Integration administrator" { reach by console }
role developer "Integration developer" { reach by console }
role bank "The bank's desk" { reach by console }

keystore tenant-keystore {
  kind manual
  owner cpi-admin
}

ca bank-ca { protocol manual }

system bank-gateway {
  url "https://h2h.bank.example/ebics"
  owner bank
}

certificate h2h {
  in tenant-keystore
  alias "H2H_Client"
  subject "CN=h2h,O=Acme,C=GB"
  signed by bank-ca
  valid for 365d
}

flow payments {
  nodes worker-1
  calls bank-gateway with h2h
  owner developer
}

flow statements {
  nodes worker-1
  calls bank-gateway with h2h
  owner developer
}

window night {
  zone "Europe/London"
  at 2027-05-15T22:00 for 4h
}

plan renew-h2h {
  renews h2h
  policy downtime
  during night

  create: cpi-admin creates h2h.new
  sign: cpi-admin gets h2h.new signed by bank-ca
  send: cpi-admin gives h2h.new to bank
  agree-on-night: cpi-admin, bank, developer agree on night
  together {
    stop-out: developer stops payments
    stop-in: developer stops statements
  }
  bank-swap: bank replaces h2h.old with h2h.new on bank-gateway
  exchange: cpi-admin replaces h2h.old with h2h.new in tenant-keystore keeping alias
  together {
    start-out: developer starts payments
    start-in: developer starts statements
  }
}
END
run "$RENEW" check together.renew
exits 1 "nobody was told"
run "$RENEW" fix together.renew
exits 0 "fix writes one message after the other, until nothing is missing"
run "$RENEW" check together.renew
exits 0 "and what it wrote holds"
awk '/together \{/ { inside = 1 } inside && /tells/ { print } /^  \}/ { inside = 0 }' together.renew >inside
is "$(cat inside)" "" "no message stands inside a block without order"

# One small word for another.
printf 'renew 1\n\nwindow night {\n  zone "Europe/London"\n  every sun from 02:00 to 05:00\n}\n' >words.renew
run "$RENEW" fix words.renew
like "$(cat words.renew)" 'every sunday from' "a short name of a day is written out"
run "$RENEW" fix --unsafe words.renew
like "$(cat words.renew)" '02:00 until 05:00' "and \`to\` becomes the word that belongs there"
run "$RENEW" check words.renew
exits 0 "it checks"
done_testing
