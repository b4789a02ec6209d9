#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# tables: the tables of docs/LANGUAGE.md out of grammar/keys.def and grammar/verbs.def. Run at the
# root of the project: `perl docs/tables.pl` rewrites what stands between the markers in
# docs/LANGUAGE.md; `perl docs/tables.pl --print` prints the file as it should be.
use strict;
use warnings;

my $string = qr/"((?:[^"\\]|\\.)*)"/;

sub slurp {
  my ($path) = @_;
  open my $file, '<', $path or die "$path: $!\n";
  local $/;
  return scalar <$file>;
}

sub plain { # a C string, as Markdown in a table
  my ($text) = @_;
  $text =~ s/\\"/"/g;
  $text =~ s/,\.\.\./, .../g;
  $text =~ s/\|/\\|/g;
  return $text;
}

my $keys = slurp('grammar/keys.def');
my $verbs = slurp('grammar/verbs.def');
my %words = $keys =~ /^KEYWORD\((\w+), $string\)/mg;

sub kinds_table {
  my $out = '';
  while ($keys =~ /^KIND\((\w+), $string, $string\)/mg) {
    my ($kind, $word, $says) = ($1, $2, $3);
    $out .= "### `$word`\n\n" . ucfirst(plain($says)) . ".\n\n";
    my $rows = '';
    for my $line (grep { /^KEY\($kind,/ } split /\n/, $keys) {
      $line =~ /^KEY\(\w+, (\w+), $string, (\w+), $string, $string\)/ or die "not read: $line\n";
      my ($key, $form, $flags, $default, $text) = ($1, $2, $3, $4, $5);
      my $mark = $flags eq 'REQUIRED' ? ' \*' : $flags eq 'REPEATED' ? ' +' : '';
      my $shown = plain("$words{$key} $form");
      $shown =~ s/ $//;
      $rows .= "| `$shown`$mark | " . plain($text)
        . ($default eq '' ? '' : ' (default: ' . plain($default) . ')') . " |\n";
    }
    $out .= $rows eq '' ? '' : "| key | says |\n|---|---|\n$rows\n";
  }
  $out =~ s/\n+\z/\n/;
  return $out;
}

sub verbs_table {
  my $out = "| verb | sentence | does | in a window |\n|---|---|---|---|\n";
  while ($verbs =~ /^VERB\((\w+), $string, (\w+), $string, $string\)/mg) {
    my ($word, $window, $form, $says) = ($2, $3, $4, $5);
    $out .= "| `$word` | `" . plain($form) . '` | ' . plain($says) . ' | '
      . ($window eq 'ENTERS' ? 'yes' : '') . " |\n";
  }
  return $out;
}

sub aliases_table {
  my %verb_words = $verbs =~ /^VERB\((\w+), $string/mg;
  my %others;
  while ($verbs =~ /^ALIAS\($string, (\w+)\)/mg) {
    push @{$others{$verb_words{$2}}}, "`$1`";
  }
  my $out = '';
  $out .= join(', ', @{$others{$_}}) . " (the verb is `$_`)\n" for sort keys %others;
  $out =~ s/\n(?=.)/;\n/g;
  return $out;
}

sub looks_table {
  my $out = "| form | finds out |\n|---|---|\n";
  while ($verbs =~ /^LOOK\((\w+), $string, $string, $string\)/mg) {
    my ($form, $says) = ($3, $4);
    $out .= '| `' . plain($form) . '` | ' . plain($says) . " |\n";
  }
  return $out;
}

sub options_table {
  my $out = "| line | says | also at the end of the step's line |\n|---|---|---|\n";
  while ($verbs =~ /^OPTION\((\w+), $string, $string, (\w+), $string\)/mg) {
    my ($words, $form, $place, $says) = ($2, $3, $4, $5);
    my $shown = plain($form eq '' ? $words : "$words $form");
    $out .= "| `$shown` | " . plain($says) . ' | ' . ($place eq 'LINE' ? 'yes' : '') . " |\n";
  }
  return $out;
}

my %tables = (
  kinds => \&kinds_table,
  verbs => \&verbs_table,
  aliases => \&aliases_table,
  looks => \&looks_table,
  options => \&options_table,
);

my $path = 'docs/LANGUAGE.md';
my $text = slurp($path);
for my $name (sort keys %tables) {
  my $table = $tables{$name}->();
  $text =~ s/(<!-- table $name -->\n).*?(<!-- end -->\n)/$1$table$2/s
    or die "$path has no table $name\n";
}
if (@ARGV && $ARGV[0] eq '--print') {
  print $text;
} else {
  open my $file, '>', $path or die "$path: $!\n";
  print $file $text;
}
