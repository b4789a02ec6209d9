#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# docs/editors: the grammars are made from the tables, their files can be read, and every word of the
# tables has its colour where it may stand.
. "$(dirname "$0")/../tap/lib.sh"
cd "$ROOT" || exit 1

is "$(perl docs/editors.pl --print tm)" "$(cat docs/editors/vscode/renew.tmLanguage.json)" \
  "the TextMate grammar is made from the tables (perl docs/editors.pl writes it)"
is "$(perl docs/editors.pl --print vim)" "$(cat docs/editors/vim/syntax/renew.vim)" \
  "the vim syntax is made from the tables"
for file in docs/editors/vscode/*.json; do
  jq -e . "$file" >/dev/null 2>"$TMP/err"
  ok $? "$file is JSON"
done
is "$(jq -r '.contributes.grammars[0].path, .contributes.languages[0].configuration, .main' docs/editors/vscode/package.json |
  while read -r path; do [[ -f docs/editors/vscode/$path ]] || echo "$path"; done)" "" \
  "what the extension names is there"
is "$(jq -r '.contributes.configuration.properties | keys[]' docs/editors/vscode/package.json)" "renew.path" \
  "the extension has the setting renew.path"
if command -v node >/dev/null; then
  node --check docs/editors/vscode/extension.js 2>&1 | sed 's/^/# /'
  ok "${PIPESTATUS[0]}" "the extension is JavaScript"
else
  ok 0 "the extension is JavaScript # SKIP no node here"
fi

# A reader of the grammar of its own: at each place the first pattern that fits.
perl - <<'PERL' >"$TMP/colours" 2>&1
use strict;
use warnings;
use JSON::PP;
sub slurp { local (@ARGV, $/) = @_; return scalar <> }
my $grammar = decode_json(slurp('docs/editors/vscode/renew.tmLanguage.json'));
sub scope_of { # of the byte at $want
  my ($line, $want) = @_;
  for (my $at = 0; $at <= length $line;) {
    my ($best, $start, $end, @groups);
    for my $pattern (@{$grammar->{patterns}}) {
      pos($line) = $at;
      my $match = $pattern->{match} // "(?:$pattern->{begin}).*?(?:$pattern->{end})";
      next unless $line =~ /$match/g;
      next if defined $start && $-[0] >= $start;
      ($best, $start, $end) = ($pattern, $-[0], $+[0]);
      @groups = map { defined $-[$_] ? [$-[$_], $+[$_]] : undef } 0 .. $#-;
    }
    return '' if !defined $start || $want < $start;
    if ($want < $end) {
      for my $group (keys %{$best->{captures} // {}}) {
        my $range = $groups[$group] or next;
        return $best->{captures}{$group}{name} if $range->[0] <= $want && $want < $range->[1];
      }
      return $best->{name} // '';
    }
    $at = $end > $at ? $end : $at + 1;
  }
  return '';
}
my $string = qr/"((?:[^"\\]|\\.)*)"/;
my ($keys, $verbs) = (slurp('grammar/keys.def'), slurp('grammar/verbs.def'));
my $count = 0;
sub expect {
  my ($line, $word, $scope, $from) = @_;
  my $at = index $line, $word, $from // 0;
  for my $i ($at, $at + length($word) - 1) {
    my $got = scope_of($line, $i);
    print "`$line`: `$word` is $got, not $scope\n" if $got ne "$scope.renew";
  }
  $count++;
}
while ($keys =~ /^KIND\(\w+, $string/mg) {
  expect("$1 x {", $1, 'keyword.declaration');
  expect("$1 some-name {", 'some-name', 'entity.name.type');
}
while ($keys =~ /^KEYWORD\(\w+, $string/mg) { expect("  $1 x", $1, 'support.type.property-name') }
while ($verbs =~ /^VERB\(\w+, $string/mg) { expect("  a: r $1 x", $1, 'support.function.verb') }
while ($verbs =~ /^OPTION\(\w+, "(.*?):?"/mg) { expect("    $1 x", $1, 'support.type.property-name') }
while ($verbs =~ /^LOOK\(\w+, $string/mg) { expect("  a: r checks $1 x", $1, 'constant.language') }
expect("  $_ x {", $_, 'keyword.control') for 'for each', 'when', 'together', 'otherwise';
expect("  label: role creates x", 'label', 'entity.name.function.label');
expect("  a: r creates client.new", '.new', 'variable.other.member');
expect("  a: r replaces x with y in z", 'with', 'keyword.operator.word');
expect('  file "with # no comment"', 'with', 'string.quoted.double', 7);
expect('  # creates x', 'creates', 'comment.line.number-sign');
expect('## creates x', 'creates', 'comment.line.documentation');
expect('  valid for 365d', '365d', 'constant.numeric.duration');
expect('  from 2027-03-01', '2027-03-01', 'constant.other.date');
expect('deny warnings', 'deny warnings', 'support.type.property-name'); # renew.conf
expect('  undo: r creates x', 'undo', 'support.type.property-name');
my $mixed = scope_of('  a: r creates creates-more', 15);
print "a name that begins with a verb is $mixed\n" if $mixed ne '';
print "count $count\n";
PERL
is "$(grep -v '^count ' "$TMP/colours")" "" "every word of the tables has its colour"
like "$(cat "$TMP/colours")" 'count [1-9][0-9]{2}' "all of them were looked at"

# Does vim agree? It knows what it shows.
if vim --version 2>/dev/null | grep -q '+syntax'; then
  cat >"$TMP/x.renew" <<'RENEW'
renew 1
certificate client {
  accepts by certificate
  exchange: tenant-admin replaces client.old with client.new in store
}
RENEW
  cat >"$TMP/look.vim" <<'VIM'
set nocompatible
syntax on
runtime ftdetect/renew.vim
setfiletype renew
function! Word(line, word)
  return synIDattr(synID(a:line, stridx(getline(a:line), a:word) + 1, 1), 'name')
endfunction
call writefile([Word(2, 'certificate'), Word(2, 'client'), Word(3, 'accepts'), Word(4, 'exchange'),
  \ Word(4, 'replaces'), Word(4, '.old'), Word(4, 'with')], $OUT)
qa!
VIM
  OUT=$TMP/vim.out timeout 20 vim -u NONE -N -es --cmd "set rtp^=$ROOT/docs/editors/vim" \
    -S "$TMP/look.vim" "$TMP/x.renew" </dev/null >/dev/null 2>&1
  is "$(tr '\n' ' ' <"$TMP/vim.out" 2>/dev/null)" \
    "renewKind renewName renewKey renewLabel renewVerb renewMember renewPreposition " "vim shows the same"
else
  ok 0 "vim shows the same # SKIP no vim with syntax here"
fi
done_testing
