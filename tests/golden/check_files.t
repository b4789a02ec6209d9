#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What a case of tests/reject cannot hold: folders and limits of files, and values given by --set.
# redproof: E0002
# redproof: E0004
# redproof: E0314
. "$(dirname "$0")/../tap/lib.sh"
mkdir -p "$TMP/repo/folder" && cd "$TMP/repo" && touch renew.conf || exit 1

printf 'renew 1\n\nimport "folder"\n' >unreadable.renew
run "$RENEW" check --format plain unreadable.renew
exits 3 "an import that is no file: exit 3"
like "$err" '3:8: error\[E0002\]: folder cannot be read' "and it says which"

mkfifo pipe.renew && printf 'renew 1\n\nimport "pipe.renew"\n' >unreadable.renew
run timeout 10 "$RENEW" check --format plain unreadable.renew
exits 3 "an import that is a named pipe: exit 3, at once"
like "$err" 'pipe.renew cannot be read: it is no regular file' "and it says what is wrong with it"
rm pipe.renew

{
  printf 'renew 1\n\ntable many with name, flow {\n'
  for ((i = 0; i <= 100000; i++)); do echo "  k$i, f"; done
  printf '}\n'
} >rows.renew
run "$RENEW" check --format plain rows.renew
exits 1 "a table of 100,001 rows is refused"
like "$err" '3:7: error\[E0004\]: the table has more than 100000 rows' "and it says which limit"
sed -i '$!{/^  k100000,/d}' rows.renew
run "$RENEW" check --format plain rows.renew
exits 0 "100,000 rows are taken"

head -c 2100000 < <(yes a) | sed '1i renew 1' >lines.renew
run "$RENEW" check --format plain lines.renew
exits 1 "a file of more than a million lines is refused"
is "$(wc -l <<<"$err")" 2 "with one finding"
like "$err" '1000001:1: error\[E0004\]: the file has more than 1000000 lines and braces' "where the limit is"
head -c 8100000 < <(yes a) | tr '\n' ' ' | sed '1i renew 1' >words.renew
run "$RENEW" check --format plain words.renew
like "$status $err" '^1 words.renew:2:.* error\[E0004\]: the file has more than 4000000 words' "of four million words, too"
run "$RENEW" fmt lines.renew
exits 1 "fmt says the same"
rm lines.renew words.renew

mkdir many
{
  printf 'renew 1\n\n'
  for ((i = 0; i <= 256; i++)); do echo "import \"many/f$i.renew\""; done
} >imports.renew
for ((i = 0; i <= 256; i++)); do printf 'renew 1\n' >"many/f$i.renew"; done
run "$RENEW" check --format plain imports.renew
exits 1 "257 imports are refused"
like "$err" '259:1: error\[E0004\]: more than 256 files are imported' "at the one that is too many"
sed -i '$d' imports.renew
run "$RENEW" check --format plain imports.renew
exits 0 "256 are taken"

ln -s /etc/hostname outside.renew
printf 'renew 1\n\nimport "outside.renew"\n' >link.renew
run "$RENEW" check --format plain link.renew
like "$err" 'E0309' "a link that leads out of the repository is no way out"

cat >param.renew <<'PLAN'
renew 1

param days as number

param start as datetime

role admin "Administrator" {
  reach by console
}

window agreed {
  zone "Europe/Berlin"
  at start for 90m
}
PLAN
run "$RENEW" check --set days=10 --set start=2027-03-06T22:00 param.renew
exits 0 "values of the right type"
run "$RENEW" check --format plain --set dayz=10 param.renew
exits 1 "a param that is not declared"
like "$err" 'E0314.*there is no param `dayz`' "is named"
run "$RENEW" check --format plain --set days=ten param.renew
exits 1 "a value of the wrong type"
like "$err" '3:7: error\[E0402\]: the value given by --set days=ten is no number' "is named"
run "$RENEW" check --format plain --set start=2027-02-30T22:00 param.renew
like "$err" 'E0402.*is no datetime' "30 February is no date"
cat >cells.renew <<'PLAN'
renew 1

role admin "A" {
  reach by console
}

flow f {
  nodes n-1
}

table t with name, flow, now {
  a, f, yes
  b, f, no
}

procedure p {
  needs role admin

  for each row in t using name {
    when row.now {
      restart: admin restarts row.flow on n-1
    }
    again: admin restarts row.flow on n-1 when row.flow == f
  }
}

keystore k {
  kind manual
}

certificate client {
  in k
  alias "c"
}

plan pl "T" {
  renews client
  policy overlap

  do: follow p
  exchange: admin replaces client.old with client.new in k keeping alias
}
PLAN
run "$RENEW" check --format plain cells.renew
exits 0 "yes and no are cells, and a row's thing is compared with a declared one"
run "$RENEW" show --expand cells.renew
like "$out" 'restart\[b\].*' "each row has its steps"
is "$(grep -c 'only when no' <<<"$out")" 1 "and the row with no leaves its step out"

cat >typed.renew <<'PLAN'
renew 1

param days as number
PLAN
printf '# the days\r\n\r\ndays=30\r\n' >good.params
run "$RENEW" check --params good.params typed.renew
exits 0 "parameters come from a file"
printf 'days=many\n' >wrong.params
run "$RENEW" check --params wrong.params typed.renew
exits 1 "typed as on the command line"
run "$RENEW" check --params wrong.params --set days=3 typed.renew
exits 0 "where --set counts more"
printf 'days=3\nhours 4\n' >line.params
run "$RENEW" check --params line.params typed.renew
exits 2 "a line that says nothing is refused"
like "$err" 'line.params:2: a line says NAME=VALUE' "with its number"
for file in folder absent.params; do
  run "$RENEW" check --params $file --report json="$TMP/params.json" typed.renew
  exits 3 "--params $file: cannot work"
  like "$err" "error\[E0002\]: the file of parameters $file cannot be read: " "$file: E0002"
  like "$(cat "$TMP/params.json")" '"code":"E0002"' "$file: in the report, too"
done
mkdir -p below && cp good.params typed.renew below/
printf 'days=9\n' >below/there.params
run "$RENEW" -C below check --params there.params typed.renew
exits 0 "with -C the file is sought there, as the plan is"
noise 100 >binary.params
printf '\377\0' >>binary.params
run "$RENEW" check --params binary.params typed.renew
exits 2 "nor is a binary file"
: >empty.params
run "$RENEW" check --params empty.params typed.renew
exits 0 "an empty one says nothing"

printf '\357\273\277days=3\n' >marked.params
run "$RENEW" check --params marked.params typed.renew
exits 0 "a byte order mark before the first name is none of it"

# where nobody looks, the help says what a look is there: at a node, a sender's key, a communication system
bare() { # PLAN: without its looks
  perl -0pe 's/\{\s*check call[^\n]*\n\s*\}//g; s/^ *confirm-gone[^\n]*\n//gm; s/ +$//gm' "$ROOT/plans/$1" >bare.renew
  run "$RENEW" check bare.renew
}
bare default-client.renew
like "$err" 'W0617.*help: write `check call of TARGET returns not 401, 403` in the block of the step that switches TARGET' \
  "W0617 of an ABAP environment speaks of its communication systems"
unlike "$err" 'FLOW' "which has no flow"
bare first-service-key.renew
like "$err" 'W0617.*help: write `check call of FLOW with crm-key.new` in the block of the switch' \
  "W0617 of a sender speaks of its key"

# .renewignore: what a verb without a file leaves out
mkdir -p ign/old ign/tests/deep ign/docs && cd ign || exit 1
echo 'renew 1' >renew.conf
for file in old/a tests/deep/b docs/c x.wrong; do printf 'renew 1\n\nrole\n' >$file.renew; done
printf 'renew 1\n\n## A role.\nrole a "A" {\n  reach by console\n}\n' >good.renew
cp good.renew docs/kept.renew
run "$RENEW" check
exits 1 "without the file all is read"
printf '# wrong on purpose\r\n\ntests/\n/old/*.renew\n*.wrong.renew\ndocs/*.renew\n!kept.renew  \n' >.renewignore
run "$RENEW" check
exits 0 ".renewignore leaves out a folder, a path, a name at any depth"
like "$err" '.renewignore leaves out 4 files or folders' "and says how much"
like "$out" '^2 files' "a line with ! takes back"
run "$RENEW" fmt --check
exits 0 "fmt reads the same files"
run "$RENEW" check x.wrong.renew
exits 1 "who names a file means it"
printf 'tests/**\n*.renew\n' >.renewignore
run "$RENEW" check
like "$err" '.renewignore:1: `\*\*` is not understood' "what is not understood is told"
{ noise 30000; printf '\n*\n'; } >.renewignore
run "$RENEW" check
exits 1 "binary rubbish leaves nothing out, whatever line is in it"
like "$err" '.renewignore is no text file: nothing is left out' "which is told"
noise 70000 >.renewignore
run "$RENEW" check
exits 1 "nor does more of it than is read"
rm .renewignore && mkdir .renewignore
run "$RENEW" check
exits 1 "nor does a folder of that name"
like "$err" '.renewignore cannot be read: it is no regular file: nothing is left out' "which is told"
rmdir .renewignore && mkfifo .renewignore
run timeout 20 "$RENEW" check
exits 1 "a pipe of that name is not waited for"
rm .renewignore && ln -s nowhere .renewignore
run "$RENEW" check
like "$err" '.renewignore cannot be read: No such file or directory' "a link that leads nowhere is told"
rm .renewignore

# renew.conf: what it demands must not just go
mkdir ../conf && cd ../conf || exit 1
cp ../ign/good.renew .
mkdir renew.conf
run "$RENEW" check good.renew
exits 3 "a folder in the place of renew.conf is refused"
like "$err" 'renew.conf cannot be read: Is a directory' "with the reason"
rmdir renew.conf && ln -s nowhere renew.conf
run "$RENEW" check good.renew
exits 3 "and so is a link that leads nowhere"
like "$err" 'renew.conf cannot be read: there is no such file' "which is told, too"
cd "$ROOT" || exit 1
run "$RENEW" check
exits 0 "in a clone of this project all plans that are meant to be right are"
run "$RENEW" fmt --check
exits 0 "and have the one layout"
done_testing
