#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Messages: by mail to a real SMTP server, by webhook to a real HTTP server; what they refuse, what is
# sent again, what is never sent twice, and what a person has to send.
. "$(dirname "$0")/../tap/lib.sh"
. "$(dirname "$0")/../tap/servers.sh"
mkdir -p "$TMP/work/.git" && cd "$TMP/work" || exit 1
start_listener smtp "$TMP/smtp"
smtp=$port
start_listener hook "$TMP/hook"
hook=$port
make_ca ca
cat >letters.renew <<R
renew 1

role tenant-admin "Tenant administrator" {
  reach by webhook "http://127.0.0.1:$hook/tenant?room=7"
}

role receiver-admin "Receiver administrator" {
  reach by mail "erp@partner.example"
  of "Partner AG"
}

keystore store {
  kind pem
  file "client.pem"
  owner tenant-admin
}

system receiver "Receiver" {
  url "https://erp.partner.example/orders"
  owner receiver-admin
  accepts-many yes
}

ca corporate {
  protocol local
  certificate file "ca.pem"
  key file "ca.key"
}

certificate client {
  in store
  alias "client"
  subject "CN=letters"
  key ec p-256
  signed by corporate
  valid for 30d
}

## Ends with the receiver's part.
plan letters "Erneuerung für März" {
  renews client
  policy overlap

  create: tenant-admin creates client.new
  sign: tenant-admin gets client.new signed by corporate
  hand-over: tenant-admin gives client.new to receiver-admin
  note: receiver-admin tells tenant-admin "Sie sind da: „beide“."
  accept-both: receiver-admin accepts client.old, client.new on receiver
  accepted: receiver-admin tells tenant-admin "Both are accepted."
  exchange: tenant-admin replaces client.old with client.new in store keeping alias
}
R
make_pair ca client
export RENEW_CONFIG=$TMP/renew.conf
start_over() { # CONFIGURATION-LINES
  rm -rf "$XDG_STATE_HOME" "$TMP"/smtp/[0-9]* "$TMP"/hook/[0-9]* "$TMP"/*/answer
  printf 'renew 1\n\n%s\n' "$1" >"$RENEW_CONFIG"
}
through="mail through \"smtp://127.0.0.1:$smtp\" from \"renew@acme.example\""
mails() { find "$TMP/smtp" -name '*.eml' | wc -l; }
calls() { find "$TMP/hook" -name '*.json' | wc -l; }

# ---- nobody writes a letter ----
start_over "$through"
run "$RENEW" run letters.renew
exits 5 "the run waits for the receiver's own part only"
is "$(mails) $(calls)" "2 1" "two mails (certificate, task) and one call"
is "$(cat "$TMP/smtp/1.to")" "renew@acme.example erp@partner.example" "the mail's envelope"
cat >"$TMP/read.py" <<'P'
import email, email.policy, sys
m = email.message_from_file(open(sys.argv[1]), policy=email.policy.default)
print("subject:", m["subject"])
print("id:", m["message-id"])
print("auto:", m["auto-submitted"])
for p in m.walk():
    if p.get_content_type() == "text/plain":
        print(p.get_content())
    elif p.get_filename():
        open(sys.argv[2], "wb").write(p.get_payload(decode=True))
        print("attached:", p.get_filename())
P
letter=$(python3 "$TMP/read.py" "$TMP/smtp/1.eml" "$TMP/attached.pem")
like "$letter" 'subject: \[renew 20[0-9-]*-a\] hand-over: Erneuerung für März' "the subject, with its umlauts"
like "$letter" 'id: <20.*@renew.invalid>' "the message has an id of its own"
like "$letter" 'auto: auto-generated' "no holiday answer is asked for"
like "$letter" 'attached: hand-over.pem' "the certificate is attached"
fingerprint=$(openssl x509 -in "$TMP/attached.pem" -noout -fingerprint -sha256 | sed 's/.*=//; s/://g' | tr A-F a-f)
like "$(tr -d ': ' <<<"$letter" | tr A-F a-f)" "$fingerprint" "and its SHA-256 stands in the text"
unlike "$(cat "$TMP/attached.pem")" 'PRIVATE KEY' "no key leaves"
like "$letter" 'for "Erneuerung für März"' "it says what it is for"
like "$letter" '5  receiver-admin accepts client.old, client.new on receiver' "and what the receiver's part will be"
task=$(python3 "$TMP/read.py" "$TMP/smtp/2.eml" "$TMP/both.pem")
like "$task" 'receiver-admin accepts client.old, client.new on receiver' "the task is the plan's own sentence"
like "$task" 'add what is missing, take nothing away' "with what it means"
like "$task" 'To the Receiver administrator of Partner AG \(receiver-admin\)' "it says whose task it is"
like "$task" 'address +https://erp.partner.example/orders' "on which system"
like "$task" "renew sign 20[0-9-]*-a accept-both" "how to answer"
like "$task" 'done 20[0-9-]*-a accept-both' "also without renew"
is "$(grep -c 'BEGIN CERTIFICATE' "$TMP/both.pem")" 2 "both certificates come with it"
for pair in "In use when this renewal began:" "The new one:"; do
  like "$task" "$pair" "which is which: $pair"
done
for print in $(openssl crl2pkcs7 -nocrl -certfile "$TMP/both.pem" | openssl pkcs7 -print_certs | \
  awk -v out="$TMP/one" '/BEGIN/ {n++} /BEGIN/, /END/ {print > (out n ".pem")}';
  for one in "$TMP"/one*.pem; do openssl x509 -in "$one" -noout -fingerprint -sha256; done |
    sed 's/.*=//; s/://g' | tr A-F a-f); do
  like "$task" "$print" "with the SHA-256 of each"
done
unlike "$(cat "$TMP/both.pem")" 'PRIVATE KEY' "and no key"
is "$(jq -r '[.schema,.role,.step,(.text|contains("Sie sind da: „beide“."))]|join(" ")' "$TMP/hook/1.json")" \
  "renew.message/1 tenant-admin note true" "the webhook's message"
like "$(cat "$TMP/hook/1.headers")" 'Idempotency-Key: 20.*note.*tenant-admin' "with a key that names it"

unsent() { # what the store says is still to be sent
  python3 -c 'import sqlite3, sys
print(" ".join(r[0].split("/")[1] for r in sqlite3.connect(sys.argv[1]).execute("SELECT message_id FROM outbox")))' \
    "$XDG_STATE_HOME/renew/store.db"
}
is "$(unsent)" "" "what was sent stands in the store's outbox no more"

# ---- never twice ----
id=$("$RENEW" status --json 2>/dev/null | jq -r '.runs[0].id // .[0].id // empty' 2>/dev/null)
[[ -n $id ]] || id=$("$RENEW" status | grep -oE '20[0-9]{2}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
run "$RENEW" resume "$id"
exits 5 "resumed, it still waits"
is "$(mails) $(calls)" "2 1" "and nobody hears the same again"
run "$RENEW" sign "$id" accept-both
run "$RENEW" resume "$id"
exits 0 "signed, it ends"
is "$(mails) $(calls)" "2 2" "with the last message"

# ---- not now, and never ----
start_over "$through"
echo 451 >"$TMP/smtp/answer"
run "$RENEW" run letters.renew
like "$status" '^(4|5|8)$' "a mail server that says 451: not done"
like "$out$err" '451' "its answer is shown"
is "$(mails)" 0 "nothing was taken"
is "$(unsent)" "hand-over" "the store's outbox holds what is still to be sent"
rm "$TMP/smtp/answer"
id=$("$RENEW" status | grep -oE '20[0-9]{2}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
"$RENEW" retry "$id" hand-over >/dev/null 2>&1
run "$RENEW" resume "$id"
exits 5 "later it goes out"
is "$(mails) $(calls)" "2 1" "once"
start_over "$through"
echo 550 >"$TMP/smtp/answer"
run "$RENEW" run letters.renew
exits 8 "a mail server that says 550: it refused, nothing was changed"
like "$out$err" '550' "its answer is shown"
start_over "$through"
echo 404 >"$TMP/hook/answer"
run "$RENEW" run letters.renew
exits 8 "a webhook that says 404: it refused, nothing was changed"
like "$out$err" 'answered 404' "its answer is shown"

# ---- without a mail server ----
start_over ""
run "$RENEW" run letters.renew
exits 5 "without a mail server a person sends the mail"
like "$out$err" 'send this message.*: .*hand-over.receiver-admin.txt to erp@partner.example' "which lies ready, and to whom it goes"
like "$out$err" 'names no mail server' "and it is told why"
is "$(mails)" 0 "nothing was sent"
outbox=$(echo "$XDG_STATE_HOME"/renew/outbox/*)
id=${outbox##*/}
is "$(head -3 "$outbox/hand-over.receiver-admin.txt")" "To: erp@partner.example
Subject: [renew $id] hand-over: Erneuerung für März
Attachment: hand-over.receiver-admin.pem" "address, subject and attachment stand at its head"
ok "$([[ -s $outbox/hand-over.receiver-admin.pem ]]; echo $?)" "and the attachment lies beside it"
run "$RENEW" tasks
like "$out" 'send this message .*hand-over.receiver-admin.txt to erp@partner.example' "renew tasks says so, too"
run "$RENEW" sign "$id" hand-over
run "$RENEW" resume "$id"
exits 5 "then it is the receiver's turn"
like "$out" 'send .*accept-both.task.receiver-admin.txt to erp@partner.example' "the letter that asks for it lies ready as well"
like "$(cat "$outbox/accept-both.task.receiver-admin.txt")" 'done 20[0-9-]*-a accept-both' "nobody has to write it"

# ---- two companies: who is reached is not left to a person because somebody else is not ----
start_over ""
cat >agreed.renew <<'R'
renew 1

import "letters.renew"

role partner-admin "Partner's administrator" {
  reach by file "letters/partner"
  of "Partner AG"
}

role other-admin "Administrator" {
  reach by mail "ops@other.example"
  of "Other GmbH"
}

window agreed {
  zone "Europe/Berlin"
  at start for 90m
}

param start as datetime default 2037-03-06T22:00

## What both companies agree on, approve and are told.
plan agreed-plan "Two companies" {
  renews client
  policy overlap

  agree: partner-admin, other-admin agree on agreed
  hello: partner-admin tells other-admin, tenant-admin "We begin."
  create: tenant-admin creates client.new {
    needs sign-off by partner-admin
  }
  sign: tenant-admin gets client.new signed by corporate
  hand-over: tenant-admin gives client.new to receiver-admin
  accept-both: receiver-admin accepts client.old, client.new on receiver
  accepted: receiver-admin tells tenant-admin "Both are accepted."
  exchange: tenant-admin replaces client.old with client.new in store keeping alias
}
R
run "$RENEW" run agreed.renew
id=$(basename "$XDG_STATE_HOME"/renew/outbox/*)
exits 5 "two administrators are asked"
letter=$(cat letters/partner/*agree.task.txt)
like "$letter" 'agree on agreed' "the one by a file"
like "$letter" 'open +2037-03-06 22:00 CET \(21:00 UTC\) to 2037-03-06 23:30 CET' "with the time that is meant"
like "$(cat "$XDG_STATE_HOME/renew/outbox/$id/agree.task.other-admin.txt")" 'To: ops@other.example' \
  "the other one by a letter that lies ready"
"$RENEW" sign "$id" agree --as-role partner-admin >/dev/null
"$RENEW" sign "$id" agree --as-role other-admin >/dev/null
run "$RENEW" resume "$id"
is "$(calls)" 1 "who is reached by a webhook hears of it"
like "$out" 'send this message.*hello.other-admin.txt to ops@other.example; confirm' "who is not gets a letter to be sent"
"$RENEW" sign "$id" hello >/dev/null
run "$RENEW" resume "$id"
like "$out" 'needs the approval of .partner-admin.*\(asked, delivered: ' "who has to approve is written to"
letter=$(cat letters/partner/*create.approval.txt)
like "$letter" 'Your approval is asked for' "that it is asked to approve"
like "$letter" "approved $id create" "and how to answer"
run "$RENEW" resume "$id"
like "$out" '\(asked before\)' "once"
done_testing
