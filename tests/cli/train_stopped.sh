#!/bin/sh
# SPDX-License-Identifier: MIT
# The time for which a training is stopped is no training time.
. "$(dirname "$0")/lib.sh"

# Stops the program when it trains, for three times as long as it took until then. Prints what it
# said and whether its training time leaves that out.
cat >stop.pl <<'EOF'
use Time::HiRes qw(time sleep);
my $start = time;
pipe(my $from, my $to) or die;
my $pid = fork // die;
if (!$pid) {
    open(STDERR, '>&', $to) or die;
    exec(@ARGV) or die;
}
close($to);
print scalar <$from>, scalar <$from>;
kill('STOP', $pid);
my $until_then = time - $start;
sleep(3 * $until_then + 0.2);
my $resumed = time;
kill('CONT', $pid);
print <$from>;
waitpid($pid, 0);
my $most = $until_then + time - $resumed;
print "ended with $?\n";
open(my $timing, '<', 'run/timing.jsonl') or die;
my ($seconds) = (<$timing>)[-1] =~ /"Timing\/total_sec": ([0-9.e-]+)/;
print defined $seconds && $seconds < $most ? "as long as it ran\n" : "$seconds s of training in $most s\n";
EOF

perl stop.pl gantrain -o run $NET --steps 2000 --sample-every 0 --checkpoint-every 0 \
    --progress plain >.said
ok 'a stopped training goes on' says 'ended with 0'
ok 'the time it was stopped for does not count' says 'as long as it ran'
finish
