#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# editors: the colours of editors out of grammar/keys.def, verbs.def and lexer.re. Run at the root of
# the project: `perl docs/editors.pl` writes docs/editors/vscode/renew.tmLanguage.json and
# docs/editors/vim/syntax/renew.vim; `perl docs/editors.pl --print tm|vim` prints one of them.
use strict;
use warnings;
use JSON::PP;

my $string = qr/"((?:[^"\\]|\\.)*)"/;

sub slurp {
  my ($path) = @_;
  open my $file, '<', $path or die "$path: $!\n";
  local $/;
  return scalar <$file>;
}

my $keys = slurp('grammar/keys.def');
my $verbs = slurp('grammar/verbs.def');
my $lexer = slurp('grammar/lexer.re');

sub unique { my %seen; return grep { $_ ne '' && !$seen{$_}++ } @_ }
# The longest first: an alternation takes the first that fits.
sub longest { return sort { length $b <=> length $a || $a cmp $b } unique(@_) }

my @kinds = longest(map { $_->[1] } rows($keys, qr/^KIND\((\w+), $string/m), ['', 'import']);
my @keywords = longest(map { $_->[1] } rows($keys, qr/^KEYWORD\((\w+), $string/m));
my @verbs = longest(map { $_->[1] } rows($verbs, qr/^VERB\((\w+), $string/m));
my @looks = longest(map { $_->[1] } rows($verbs, qr/^LOOK\((\w+), $string/m));
my @options = longest(map { $_->[1] =~ s/:$//r } rows($verbs, qr/^OPTION\((\w+), $string/m));
my ($prepositions) = $lexer =~ /^\s*"to" \|(.*?)\{ return/ms or die "no prepositions in lexer.re\n";
my @prepositions = longest('to', 'in', $prepositions =~ /"([a-z]+)"/g);
my @structure = longest('for each', 'when', 'otherwise', 'together', 'follow', 'and', 'or', 'not');
# The words that forms offer: `mail|webhook`, `keeping alias`.
my @choices = longest('yes', 'no', grep { /^[a-z][a-z0-9-]*$/ } map { split /[| \[\],.]+/ }
    (map { $_->[2] } rows($keys, qr/^KEY\(\w+, (\w+), $string/m)),
    (map { $_->[2] } rows($verbs, qr/^OPTION\((\w+), $string, $string/m)),
    $verbs =~ /^PART\(\w+, \w+, "[^"]*", TYPE_WORD, $string/mg);
my %other = map { $_ => 1 } @prepositions, @structure;
@choices = grep { !$other{$_} } @choices;
my @members = longest(slurp('compiler/check/sorts.c') =~ /\[MEMBER_(?!NONE)\w+\] = "([a-z-]+)"/g);

sub rows {
  my ($text, $row) = @_;
  my @rows;
  while ($text =~ /$row/g) { push @rows, ['', $2, $3 // $2] }
  return @rows;
}

sub words { return '(?:' . join('|', map { s/ /[ \\t]+/gr } @_) . ')' }
my $before = '(?<![\w.-])';
my $behind = '(?![\w-]|\.\w)';

sub pattern { my ($scope, $match) = @_; return {name => "$scope.renew", match => $match} }

sub textmate {
  my $inside = [
    {name => 'constant.character.escape.renew', match => '\\\\.'},
    {name => 'meta.interpolation.renew', match => '(?<!\$)\$\{[a-z][a-z0-9.-]*\}'},
  ];
  my $name = '[a-z][a-z0-9]*(?:-[a-z0-9]+)*';
  my @patterns = (
    pattern('comment.line.documentation', '##.*$'),
    pattern('comment.line.number-sign', '#.*$'),
    {name => 'string.quoted.triple.renew', begin => '"""', end => '"""', patterns => $inside},
    {name => 'string.quoted.double.renew', begin => '"', end => '"|$', patterns => $inside},
    {match => '^(' . words(@kinds) . ")[ \\t]+($name)$behind",
      captures => {1 => {name => 'keyword.declaration.renew'}, 2 => {name => 'entity.name.type.renew'}}},
    pattern('keyword.declaration', '^' . words(@kinds) . $behind),
    {match => "^[ \\t]*(undo)(:)",
      captures => {1 => {name => 'support.type.property-name.renew'}, 2 => {name => 'punctuation.separator.label.renew'}}},
    {match => "^[ \\t]*($name)[ \\t]*(:)",
      captures => {1 => {name => 'entity.name.function.label.renew'}, 2 => {name => 'punctuation.separator.label.renew'}}},
    pattern('keyword.control', $before . words(@structure) . $behind),
    {match => '^[ \t]*(' . words(longest(@keywords, @options)) . ")$behind",
      captures => {1 => {name => 'support.type.property-name.renew'}}},
    pattern('support.function.verb', $before . words(@verbs) . $behind),
    pattern('constant.other.date', '\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}Z?)?\b'),
    pattern('constant.other.time', '\b[0-9]{2}:[0-9]{2}\b'),
    pattern('constant.numeric.duration', $before . '(?:[0-9]+[smhdw])+\b'),
    pattern('constant.numeric', $before . '[0-9]+\b'),
    pattern('support.type.property-name', $before . words(longest(@options)) . $behind),
    pattern('keyword.operator.word', $before . words(@prepositions) . $behind),
    pattern('constant.language', $before . words(longest(@choices, @looks)) . $behind),
    pattern('variable.other.member', '(?<=[a-z0-9])\.' . words(@members) . '(?![\w-])'),
    pattern('keyword.operator.comparison', '==|!=|<=|>=|<|>|\+'),
  );
  my $grammar = {
    comment => 'made by docs/editors.pl from grammar/*.def',
    name => 'renew', scopeName => 'source.renew', fileTypes => ['renew'], patterns => \@patterns,
  };
  return JSON::PP->new->canonical->pretty->indent_length(2)->encode($grammar);
}

# Matches, no keywords: those would count more than a key that begins with such a word.
sub vim_line {
  my ($group, @words) = @_;
  return "syn match $group /\\<\\%(" . vim_words(longest(@words)) . "\\)\\>/\n";
}
sub vim_words { return join('\|', map { s/ /\\s\\+/gr } @_) }

sub vim {
  my $out = "\" Vim syntax of renew; made by docs/editors.pl from grammar/*.def\n"
    . "if exists('b:current_syntax')\n  finish\nendif\nsyn iskeyword \@,48-57,_,-\n"
    . "syn spell toplevel\n";
  $out .= vim_line('renewVerb', @verbs);
  $out .= vim_line('renewPreposition', @prepositions);
  $out .= vim_line('renewControl', grep { !/ / } @structure);
  my %taken = map { $_ => 1 } @verbs, @prepositions, @structure;
  $out .= vim_line('renewConstant', grep { !$taken{$_} } unique(@choices, @looks));
  $out .= "syn match renewControl /\\<for\\s\\+each\\>/\n";
  $out .= 'syn match renewKey /^\s*\%(' . vim_words(longest(@keywords, @options)) . "\\)\\>\\ze\\%(\\s\\|\$\\)/\n";
  $out .= 'syn match renewKind /^\%(' . vim_words(@kinds) . "\\)\\>/ nextgroup=renewName skipwhite\n";
  $out .= "syn match renewName /[a-z][a-z0-9-]*/ contained\n";
  $out .= "syn match renewLabel /^\\s*[a-z][a-z0-9-]*\\ze\\s*:/\n";
  $out .= 'syn match renewMember /[a-z0-9]\@1<=\.\%(' . vim_words(@members) . "\\)\\>/\n";
  $out .= "syn match renewNumber /\\<\\d[0-9:TZsmhdw-]*\\>/\n";
  $out .= "syn match renewEscape /\\\\./ contained\n";
  $out .= "syn match renewInterpolation /\${[a-z][a-z0-9.-]*}/ contained\n";
  $out .= "syn region renewText start=/\"/ skip=/\\\\./ end=/\"/ oneline contains=renewEscape,renewInterpolation,\@Spell\n";
  $out .= "syn region renewText start=/\"\"\"/ end=/\"\"\"/ contains=renewEscape,renewInterpolation,\@Spell\n";
  $out .= "syn match renewComment /#.*/ contains=\@Spell\n";
  $out .= "syn match renewDoc /##.*/ contains=\@Spell\n";
  $out .= "syn sync minlines=200\n";
  my %links = (Verb => 'Function', Preposition => 'Operator', Control => 'Conditional',
    Constant => 'Constant', Key => 'Identifier', Kind => 'Keyword', Name => 'Type', Label => 'Label',
    Member => 'Special', Number => 'Number', Escape => 'SpecialChar', Interpolation => 'PreProc',
    Text => 'String', Comment => 'Comment', Doc => 'SpecialComment');
  $out .= "hi def link renew$_ $links{$_}\n" for sort keys %links;
  return $out . "let b:current_syntax = 'renew'\n";
}

my %made = (
  tm => ['docs/editors/vscode/renew.tmLanguage.json', \&textmate],
  vim => ['docs/editors/vim/syntax/renew.vim', \&vim],
);
if (@ARGV == 2 && $ARGV[0] eq '--print') {
  print $made{$ARGV[1]}[1]->();
} else {
  for my $id (sort keys %made) {
    open my $file, '>', $made{$id}[0] or die "$made{$id}[0]: $!\n";
    print $file $made{$id}[1]->();
  }
}
