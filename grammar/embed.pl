#!/usr/bin/env perl
# SPDX-License-Identifier: Apache-2.0
# embed.pl NAME FILE...: prints C that holds the files as `const struct embedded NAME[]`, by base name
# in the order of strcmp (compiler/tables/embedded.h). Text that the program shows stays text here.
use strict;
use warnings;

my $name = shift or die "usage: embed.pl NAME FILE...\n";
my %files = map { ( m{([^/]+)\z} ? $1 : $_ ) => $_ } @ARGV;
print qq(#include "compiler/tables/embedded.h"\nconst struct embedded ${name}[] = {\n);
for my $base (sort keys %files) {
  open my $file, '<:raw', $files{$base} or die "$files{$base}: $!\n";
  my $bytes = do { local $/; <$file> } // '';
  print qq(  {"$base", ) . length($bytes) . q(, ") . join(qq("\n   "), map { escaped($_) } split /^/, $bytes), qq("},\n);
}
print "};\nconst size_t ${name}_count = ", scalar(keys %files), ";\n";

sub escaped {
  my ($line) = @_;
  $line =~ s/([\\"?])/\\$1/g;
  $line =~ s/\n/\\n/g;
  $line =~ s/([^\x20-\x7e])/sprintf '\\%03o', ord $1/ge;
  return $line;
}
