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
}

keystore store {
  kind pem
  file "client.pem"
  owner tenant-admin
}

system receiver "Receiver" {
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
task=$(python3 "$TMP/read.py" "$TMP/smtp/2.eml" /dev/null)
like "$task" 'receiver-admin accepts client.old, client.new on receiver' "the task is the plan's own sentence"
like "$task" "renew sign 20[0-9-]*-a 'accept-both'" "it says how to answer"
like "$task" 'done 20[0-9-]*-a accept-both' "also without renew"
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
like "$out$err" 'send this message.*: .*hand-over.txt' "which lies ready"
like "$out$err" 'names no mail server' "and it is told why"
is "$(mails)" 0 "nothing was sent"
done_testing
