#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# within: runs one test in a session of its own, for at most TEST_LIMIT_S seconds (600): one that hangs
# shows its processes, goes with all of them, and fails. For `prove -e`. Not a timing: no test comes near.
use strict;
use warnings;
use POSIX ();
# What the first line of a script names, as prove itself would run it.
sub program_of {
    open my $script, '<', $_[0] or die "within: $_[0]: $!\n";
    return <$script> =~ /^#!\s*(.+)/ ? split ' ', $1 : ();
}
my $limit_s = $ENV{TEST_LIMIT_S} || 600;
my $test = fork // die "within: $!\n";
if ($test == 0) {
    POSIX::setsid(); # no terminal: a test that asks one would wait here for ever, and nowhere else
    unshift @ARGV, program_of($ARGV[0]) if !-x $ARGV[0];
    exec @ARGV or die "within: $ARGV[0]: $!\n";
}
my $is_late = 0;
$SIG{ALRM} = sub {
    $is_late = 1;
    print STDERR "# $ARGV[-1]: not done after $limit_s s; what it runs:\n";
    system "ps -s $test -o pid,ppid,stat,etimes,wchan:24,args --forest 1>&2";
    kill KILL => -$test;
};
$SIG{$_} = sub { kill KILL => -$test; exit 1 } for qw(INT TERM HUP);
alarm $limit_s;
1 while waitpid($test, 0) == -1 && $!{EINTR};
alarm 0;
exit($is_late || $? & 127 ? 1 : $? >> 8);
