#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# redproof: E1105 E1106 E1108 W1109 E1115 E1116 E1117
# The state folder is refused where it cannot carry a run, with the reason, and nothing is changed.
. "$(dirname "$0")/../tap/lib.sh"
land=$TMP/land
state=$XDG_STATE_HOME/renew
begin() { # begins the reference run up to its first approval; $id
  cd "$TMP" || exit 1
  rm -rf "$land" "$land.conf" "$XDG_STATE_HOME"
  python3 "$ROOT/tests/crash/landscape.py" "$land" reference.renew >/dev/null || exit 1
  cd "$land" || exit 1
  export RENEW_CONFIG=$land.conf/renew.conf
  run "$RENEW" run reference.renew
  id=$("$RENEW" status --json | grep -oE '[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+' | head -1)
}
sql() { sqlite3 "$state/store.db" "$1" >/dev/null; }
world() { find "$land" -type f ! -path '*/state/*' -exec sha256sum {} + | sort -k2; }

# who has it: another run of the same certificate
begin
exits 5 "the reference run waits"
is "$(stat -c %a "$state")" 700 "its folder is for its owner only"
before=$(world)
run "$RENEW" run reference.renew
exits 6 "a second run on the same certificate is refused"
like "$err" "error\[E1105\].*tenant-keystore#client.*run $id since 20" "E1105 names the certificate, the run and since when"
is "$("$RENEW" status | wc -l)" 1 "and it was not begun"

# the very first runs begin at the same moment: one makes the store, and all of them read it
for round in 1 2 3 4 5; do
  rm -rf "$XDG_STATE_HOME"
  for each in 1 2 3 4 5 6; do "$RENEW" run reference.renew >"$TMP/first.$each" 2>&1 </dev/null & done
  wait
  is "$(grep -h '^error' "$TMP"/first.* | cut -d] -f1 | sort | uniq -c | xargs)" "5 error[E1105" "six at once, round $round: one run, five times E1105"
done
begin

# who has it: another process that executes the run; it holds at a command that waits for us
mkfifo "$TMP/go"
printf '#!/bin/sh\necho $PPID >%s/holds\nread line <%s/go\nexec %s/commands/restart.real "$@"\n' "$TMP" "$TMP" "$land" >"$TMP/restart"
mv commands/restart commands/restart.real
install -m 755 "$TMP/restart" commands/restart
"$RENEW" sign "$id" exchange >/dev/null
"$RENEW" resume "$id" >"$TMP/held.out" 2>&1 &
holder=$!
until [[ -s $TMP/holds ]]; do kill -0 "$holder" 2>/dev/null || break; sleep 0.02; done
run "$RENEW" resume "$id"
exits 6 "a second process is refused"
like "$err" "error\[E1105\].*process $holder since 20" "E1105 names the process and since when"
run "$RENEW" status "$id"
exits 0 "but everybody may look"
cp commands/restart.real commands/restart
echo go >"$TMP/go"
exec 9<>"$TMP/go" # the second node may have begun to wait before the command was exchanged
echo go >&9
wait "$holder"
is $? 5 "the first one went on to the next approval"
exec 9>&-

# another version; no store at all
begin
sql 'UPDATE meta SET version = 7'
before=$(world)
for verb in "resume $id" "status $id" "run reference.renew"; do
  run "$RENEW" $verb
  exits 3 "$verb: a store of another version"
  like "$err" 'error\[E1116\].*version 7' "E1116 says which"
done
is "$(world)" "$before" "nothing was changed"
is "$(sqlite3 "$state/store.db" 'SELECT version FROM meta')" 7 "not even the store"
rm -f "$state"/store.db*
echo "not a database at all" >"$state/store.db"
run "$RENEW" run reference.renew
exits 3 "a file that is no store"
like "$err" "error\[E1116\]: $state/store.db is no store of renew" "is said to be none"
run "$RENEW" --store "$state" status
exits 3 "a folder in the place of the file"
like "$err" "error\[E1115\]: $state is a folder.*--store $state/store.db" "is said to be one, with the way out"
run "$RENEW" --store "$state/other.db" status
exits 9 "a second store in the folder of the first one"
like "$err" "one folder holds one store" "is told that it needs a folder of its own"

# a store that was never written: no file, an empty one (touch, a crash when it was made)
for kind in "no file" "an empty file"; do
  begin
  "$RENEW" cancel "$id" --because "another store" >/dev/null
  rm -rf "$state"
  if [[ $kind == "an empty file" ]]; then mkdir -m 700 "$state" && : >"$state/store.db"; fi
  run "$RENEW" status
  exits 0 "$kind: status"
  is "$out" "no run yet; begin one with: renew run FILE" "$kind: no run yet"
  for verb in "resume $id" "journal $id" "sign $id exchange" "cancel $id --because no"; do
    run "$RENEW" $verb
    exits 3 "$kind: $verb"
    like "$err" "error\[E1118\]: there is no run .$id." "$kind: $verb says that there is no such run"
  done
  [[ ! -s $state/store.db ]]
  is $? 0 "$kind: looking made no store"
  run "$RENEW" run reference.renew
  exits 5 "$kind: a run begins"
done

# a store that is gone, or empty, where a run was written: every verb says so, and nothing is made in its place
for kind in "not there any more" "empty"; do
  begin
  rm -f "$state"/store.db*
  [[ $kind == empty ]] && : >"$state/store.db"
  before=$(world)
  for verb in status "status $id" tasks "resume $id" "journal $id --verify" "run reference.renew"; do
    run "$RENEW" $verb
    exits 9 "$kind: $verb"
    like "$err" "error\[E1117\].*store.db is $kind: record [0-9]+ of run $id is gone" "$kind: $verb says E1117"
  done
  [[ ! -s $state/store.db ]]
  is $? 0 "$kind: no store was made in its place"
  is "$(world)" "$before" "$kind: nothing was done"
  like "$("$RENEW" doctor 2>&1)" "fail +state.*store.db is $kind" "$kind: doctor sees it"
done

# a folder that others may enter
begin
chmod 755 "$state"
run "$RENEW" resume "$id"
exits 3 "a folder that others may enter"
like "$err" 'error\[E1115\].*chmod 700' "E1115 with the way out"
chmod 700 "$state"

# a damaged record: nothing is executed
begin
"$RENEW" sign "$id" exchange >/dev/null
before=$(world)
sql "UPDATE journal SET body = replace(body, 'client.new', 'client.old') WHERE seq = 4"
run "$RENEW" resume "$id"
exits 9 "a run with a damaged journal"
like "$err" 'error\[E1106\].*record 4' "E1106 names the record"
is "$(world)" "$before" "nothing was executed"
run "$RENEW" journal "$id" --verify
exits 9 "journal --verify says so too"

# a table that cannot be read is not taken for an empty one
for table in run step journal signoff; do
  begin
  "$RENEW" sign "$id" exchange >/dev/null
  before=$(world)
  page=$(sqlite3 "$state/store.db" "SELECT rootpage FROM sqlite_master WHERE name = '$table'")
  sqlite3 "$state/store.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
  dd if=/dev/zero of="$state/store.db" bs=4096 seek=$((page - 1)) count=1 conv=notrunc status=none
  run "$RENEW" resume "$id"
  like "$status" '^[39]$' "the table $table is damaged: nothing is executed"
  like "$err" 'error\[E11(06|15)\]' "which is told"
  is "$(world)" "$before" "and nothing was done"
done
run "$RENEW" doctor
like "$out" 'fail +(journal|state) ' "doctor sees it"
begin
page=$(sqlite3 "$state/store.db" "SELECT rootpage FROM sqlite_master WHERE name = 'run'")
sqlite3 "$state/store.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
dd if=/dev/zero of="$state/store.db" bs=4096 seek=$((page - 1)) count=1 conv=notrunc status=none
for verb in status tasks "status $id" "journal $id"; do
  run "$RENEW" $verb
  exits 3 "no run can be read: $verb"
  like "$err" 'error\[E1115\].*reading failed: database disk image is malformed' "$verb says so"
  unlike "$out" "no run yet|nobody has" "$verb does not say that there is none"
done

# an older copy of the store in its place
begin
sqlite3 "$state/store.db" ".backup '$TMP/older.db'"
"$RENEW" sign "$id" exchange >/dev/null
rm -f "$state"/store.db*
cp "$TMP/older.db" "$state/store.db"
run "$RENEW" resume "$id"
exits 9 "a store that is older than what was done"
like "$err" 'error\[E1117\].*older' "E1117"
run "$RENEW" status "$id"
exits 9 "status does not show the older state as if it were today's"
like "$err" 'error\[E1117\].*older' "E1117"

# a target that cannot be reached
begin
rm -rf mail/integration-dev && touch mail/integration-dev
"$RENEW" sign "$id" exchange >/dev/null
run "$RENEW" resume "$id"
exits 8 "a message that does not arrive"
like "$err" 'error\[E1108\].*ask-restart' "E1108 names the step"

# a step that is late is told, and nothing else follows
begin
"$RENEW" cancel "$id" --because "another plan" >/dev/null
sed -i 's/^    needs sign-off$/    needs sign-off\n    within 1s/' reference.renew
run "$RENEW" run reference.renew
exits 5 "the plan with a limit waits"
id=$("$RENEW" status | head -1 | cut -d' ' -f1)
sleep 1.2
run "$RENEW" resume "$id"
exits 5 "late: it waits all the same"
like "$err" 'warning\[W1109\].*exchange' "W1109 names the step"

# a disk that is full, then read-only: in a mount of our own
small_disk() { # runs with a state folder of 512 KiB; each verb leaves NAME.code and NAME.err
  unshare -rm bash -c '
    mkdir -p "$XDG_STATE_HOME" && mount -t tmpfs -o size=512k,mode=700 tmpfs "$XDG_STATE_HOME" || exit 42
    go() { name=$1; shift; "$RENEW" "$@" >"$TMP/$name.out" 2>"$TMP/$name.err" </dev/null; echo $? >"$TMP/$name.code"; }
    go begun run reference.renew
    id=$("$RENEW" status | head -1 | cut -d" " -f1)
    go signed sign "$id" exchange
    head -c 600k /dev/zero >"$XDG_STATE_HOME/filler" 2>/dev/null
    go full resume "$id"
    rm "$XDG_STATE_HOME/filler"
    mount -o remount,ro "$XDG_STATE_HOME"
    go readonly resume "$id"
    mount -o remount,rw "$XDG_STATE_HOME"
    go again resume "$id"
    go verified journal "$id" --verify
    exit 0' 2>/dev/null
}
begin
"$RENEW" cancel "$id" --because "another disk" >/dev/null
rm -rf "$XDG_STATE_HOME"
export TMP RENEW
if small_disk; then
  is "$(cat "$TMP/begun.code")" 5 "on a small disk the run begins"
  is "$(cat "$TMP/full.code")" 3 "on a full one it stops"
  like "$(cat "$TMP/full.err")" 'error\[E1115\]' "E1115"
  is "$(cat "$TMP/readonly.code")" 3 "on a read-only one it does not begin"
  like "$(cat "$TMP/readonly.err")" 'error\[E1115\]' "E1115"
  is "$(cat "$TMP/again.code")" 5 "with room it goes on to the next approval"
  is "$(cat "$TMP/verified.code")" 0 "and its journal is whole"
else
  echo "# no mount of our own here: full and read-only disks are not tested"
fi
cd "$TMP" || exit 1
done_testing
