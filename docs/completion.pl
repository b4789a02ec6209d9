#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# completion.pl: prints the completion of bash, from runtime/cli/commands.def and help.def. Run at the
# root of the project: `perl docs/completion.pl > FILE`.
use strict;
use warnings;

sub slurp {
  my ($path) = @_;
  open my $file, '<', $path or die "$path: $!\n";
  local $/;
  return scalar <$file>;
}

my $help = slurp('runtime/cli/help.def');
my @verbs = slurp('runtime/cli/commands.def') =~ /^COMMAND\("([a-z-]+)"/mg;
my %of;
my %words; # `--as text|md|json`: what may stand behind the option
sub take {
  my ($verb, $text) = @_;
  for my $part (split /, /, $text) {
    next unless $part =~ /^(--?[A-Za-z][A-Za-z-]*)(?: (\S+))?/;
    my ($option, $value) = ($1, $2 // '');
    push @{$of{$verb}}, $option;
    $words{"$verb $option"} = join ' ', split /\|/, $value if $value =~ /^[a-z0-9-]+(\|[a-z0-9-]+)+$/;
  }
}
take('', $1) while $help =~ /^FLAG\("([^"]*)"/mg;
while ($help =~ /^ARGUMENT\("([a-z-]+)", "([^"]*)"/mg) {
  my ($verb, $text) = ($1, $2);
  if ($text =~ /^[a-z-]+(\|[a-z-]+)+$/) { push @{$of{$verb}}, split /\|/, $text }
  else { take($verb, $text) }
}

print "# bash completion of renew; made by docs/completion.pl\n_renew() {\n";
print "  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} verb= i words=\n";
print "  for ((i = 1; i < COMP_CWORD; i++)); do\n    case \${COMP_WORDS[i]} in\n";
print "    " . join('|', @verbs) . ") verb=\${COMP_WORDS[i]}; break ;;\n    esac\n  done\n";
print "  case \$verb in\n  '') words='" . join(' ', @verbs, @{$of{''}}) . "' ;;\n";
for my $verb (@verbs) {
  my $own = join ' ', @{$of{$verb} // []}, @{$of{''}};
  print "  $verb) words='$own' ;;\n";
}
print "  esac\n  case \"\$verb \$before\" in\n";
print "  '$_') words='$words{$_}' ;;\n" for sort keys %words;
print <<'END';
  *' --profile') words=demo ;;
  'show '*|'graph '*|'plan '*|'run '*|'check '*|'diff '*|'calendar '*)
    # names of plans: below the current folder
    words+=" $(grep -rhoE --include='*.renew' --exclude='*.test.renew' '^plan [a-z][a-z0-9-]*' . 2>/dev/null | cut -d' ' -f2)" ;;
  'resume '*|'status '*|'sign '*|'decide '*|'retry '*|'skip '*|'cancel '*|'journal '*)
    words+=" $( { renew status; renew status --profile demo; } 2>/dev/null | grep -oE '^(demo-)?[0-9]{4}-[0-9]{2}-[0-9]{2}-[a-z]+')" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word"; compgen -f -X '!*.@(renew|rplan)' -- "$word")
}
complete -o filenames -F _renew renew
END
