#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# man.pl FOLDER: writes renew.1, renew.5 and renew-verbs.7 there, in mdoc, out of the tables that the
# program itself is built from: runtime/cli/commands.def and help.def, grammar/keys.def and verbs.def,
# compiler/base/diag_codes.def. Run at the root of the project.
use strict;
use warnings;

my $folder = shift or die "usage: man.pl FOLDER\n";
my $string = qr/"((?:[^"\\]|\\.)*)"/;
my $date = 'November 21, 2026';

sub slurp {
  my ($path) = @_;
  open my $file, '<', $path or die "$path: $!\n";
  local $/;
  return scalar <$file>;
}

# A C string as one line of roff: escapes undone, what roff reads as a request or escape protected.
sub roff {
  my ($text) = @_;
  $text =~ s/\\(["\\])/$1/g;
  $text =~ s/\\/\\e/g;
  $text =~ s/`([^`]*)`/\\(oq$1\\(cq/g;
  $text =~ s/^([.'])/\\&$1/;
  return $text;
}

# A word of a macro line: quoted, since it may hold blanks, and no macro of its own.
sub quoted {
  my $text = roff(shift);
  $text =~ s/"/\\(dq/g;
  return qq("$text");
}

sub sentence { # begins with a capital, ends with a stop, each sentence on a line of its own
  my $text = ucfirst roff(shift);
  $text .= '.' unless $text =~ /[.?!]\z/;
  $text =~ s/([a-z)]{2}[.?!]) (?=[A-Z`\\])/$1\n/g;
  return "$text\n";
}

sub head {
  my ($name, $section, $says) = @_;
  return ".Dd $date\n.Dt " . uc($name) . " $section\n.Os\n.Sh NAME\n.Nm $name\n.Nd $says\n";
}

sub list { # [word, text]...
  return '' unless @_;
  my $out = ".Bl -tag -width Ds\n";
  $out .= '.It Cm ' . quoted($_->[0]) . "\n" . sentence($_->[1]) for @_;
  return "$out.El\n";
}

sub literal {
  return ".Bd -literal -offset indent\n" . join("\n", map { roff($_) } @_) . "\n.Ed\n";
}

my $help = slurp('runtime/cli/help.def');
my $commands = slurp('runtime/cli/commands.def');
my $keys = slurp('grammar/keys.def');
my $verbs = slurp('grammar/verbs.def');
my $codes = slurp('compiler/base/diag_codes.def');

sub rows { # of a table: all strings of each row
  my ($table, $macro) = @_;
  my @rows;
  for my $line (split /\n/, $table) {
    next unless $line =~ /^$macro\(/;
    my @strings;
    push @strings, $1 while $line =~ /$string/g;
    push @rows, \@strings;
  }
  return @rows;
}

sub page_command {
  my $out = head('renew', 1, 'check, review and execute certificate renewal plans');
  $out .= ".Sh SYNOPSIS\n.Nm\n.Ar verb\n.Op Ar options\n.Op Ar arguments\n.Sh DESCRIPTION\n"
    . "A plan is a text file in version control, in the language of\n.Xr renew 5 .\n.Nm\n"
    . "checks it, shows each role its part, compiles it into a plan that people approve by its\n"
    . "digest, executes it in the change window, asks the right person at the right time, and\n"
    . "goes on after any interruption.\n.Pp\nThe verbs are:\n.Bl -tag -width Ds\n";
  for my $row (rows($commands, 'COMMAND')) {
    my ($verb, $arguments, $says) = @$row;
    $out .= '.It Nm renew Cm ' . quoted("$verb $arguments") . "\n" . sentence($says);
    my @own = map { [$_->[1], $_->[2]] } grep { $_->[0] eq $verb } rows($help, 'ARGUMENT');
    $out .= list(@own);
  }
  $out .= ".El\n.Pp\nOptions for every verb:\n" . list(rows($help, 'FLAG'));
  $out .= ".Sh ENVIRONMENT\n" . list(
    ['RENEW_CONFIG', 'the configuration file of this machine'],
    ['XDG_STATE_HOME', 'the store of the runs lies in renew/store.db below it; default ~/.local/state'],
    ['NO_COLOR', 'no colour where it is set and not empty'],
    ['TZ', 'the zone in which times are shown; it decides nothing']);
  $out .= ".Sh EXIT STATUS\n" . list(rows($help, 'EXIT'));
  $out .= ".Sh EXAMPLES\n";
  $out .= sentence($_->[2]) . literal($_->[1]) for rows($help, 'EXAMPLE');
  $out .= ".Sh DIAGNOSTICS\nEach finding has a code;\n.Ql renew explain CODE\n"
    . "shows the long text with a wrong and a right example.\n" . list(codes());
  return "$out.Sh SEE ALSO\n.Xr renew 5 ,\n.Xr renew-verbs 7\n";
}

sub codes {
  my @list;
  push @list, [$1, $2] while $codes =~ /^DIAG\((\w+), \w+, $string/mg;
  return @list;
}

sub page_language {
  my %words = $keys =~ /^KEYWORD\((\w+), $string\)/mg;
  my $out = head('renew', 5, 'the language of renewal plans');
  $out .= ".Sh DESCRIPTION\nA plan file begins with the line\n.Ql renew 1 .\n"
    . "It declares things, one kind, name and block each, and plans: steps in the order in which\n"
    . "they are executed, one sentence a line.\n.Xr renew-verbs 7\nlists the sentences.\n"
    . ".Ql #\nbegins a comment,\n.Ql ##\na comment that documents what follows.\n"
    . "A required key is marked with *, one that may stand several times with +.\n";
  $out .= literal('renew 1', '', 'role tenant-admin "Tenant administrator" {',
    '  reach by mail "cpi-ops@acme.example"', '}');
  while ($keys =~ /^KIND\((\w+), $string, $string\)/mg) {
    my ($kind, $word, $says) = ($1, $2, $3);
    $out .= ".Ss $word\n" . sentence($says);
    my @list;
    for my $line (grep { /^KEY\($kind,/ } split /\n/, $keys) {
      $line =~ /^KEY\(\w+, (\w+), $string, (\w+), $string, $string\)/ or die "not read: $line\n";
      my ($key, $form, $flags, $default, $text) = ($1, $2, $3, $4, $5);
      my $mark = $flags eq 'REQUIRED' ? ' *' : $flags eq 'REPEATED' ? ' +' : '';
      push @list, ["$words{$key} $form$mark", $text . ($default eq '' ? '' : "; default: $default")];
    }
    $out .= list(@list);
  }
  return "$out.Sh SEE ALSO\n.Xr renew 1 ,\n.Xr renew-verbs 7\n";
}

sub page_verbs {
  my $out = head('renew-verbs', 7, 'the sentences of renewal plans');
  $out .= ".Sh DESCRIPTION\nA step is a label, a role and a sentence:\n"
    . literal('accept-both: receiver-admin accepts client.old, client.new on erp-backend')
    . "A verb marked with [window] changes what a running connection presents or accepts: a window,\n"
    . "freeze or calendar of the plan binds it.\n";
  $out .= ".Ss Verbs\n.Bl -tag -width Ds\n";
  for my $line (grep { /^VERB\(/ } split /\n/, $verbs) {
    $line =~ /^VERB\(\w+, $string, (\w+), $string, $string\)/ or next;
    my ($word, $window, $form, $says) = ($1, $2, $3, $4);
    $out .= ".It Cm $word" . ($window eq 'ENTERS' ? ' Bq window' : '') . "\n" . sentence($says)
      . literal($form);
  }
  $out .= ".El\n.Ss What checks looks at\n" . list(map { [$_->[1], $_->[2]] } rows($verbs, 'LOOK'));
  $out .= ".Ss Lines of a step\n"
    . list(map { [($_->[1] eq '' ? $_->[0] : "$_->[0] $_->[1]"), $_->[2]] } rows($verbs, 'OPTION'));
  return "$out.Sh SEE ALSO\n.Xr renew 1 ,\n.Xr renew 5\n";
}

my %pages = ('renew.1' => \&page_command, 'renew.5' => \&page_language, 'renew-verbs.7' => \&page_verbs);
for my $name (sort keys %pages) {
  open my $file, '>', "$folder/$name" or die "$folder/$name: $!\n";
  print $file ".\\\" SPDX-License-Identifier: Apache-2.0\n", $pages{$name}->();
}
