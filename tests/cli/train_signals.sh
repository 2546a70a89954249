#!/bin/sh
# SPDX-License-Identifier: MIT
# Interrupted, a run ends by the signal, and the command it prints goes on.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 5 --sample-every 0 --checkpoint-every 0"

# Sends the signal when the program has said its first line; prints all it said, then what ended it.
cat >interrupt.pl <<'EOF'
my ($signal, @command) = @ARGV;
pipe(my $from, my $to) or die;
my $pid = fork // die;
if (!$pid) {
    $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP);
    open(STDERR, '>&', $to) or die;
    exec(@command) or die;
}
close($to);
print scalar <$from>;
kill($signal, $pid);
print <$from>;
waitpid($pid, 0);
print "ended by ", $? & 127, "\n";
EOF

number=0
for pair in INT:2 TERM:15 HUP:1; do
    rm -rf "it's a run"
    perl interrupt.pl ${pair%:*} gantrain -o "it's a run" $RUN --steps 1000000 >.said
    ok "SIG${pair%:*} ends a run by that signal" says "ended by ${pair#*:}"
    ok 'the signal is confirmed at once' says 'gantrain: stopping; press again to end at once'
    command=$(sed -n 's/^gantrain: stopped after step [0-9]*; go on with: //p' .said)
    ok "it says how to go on: $command" says ' --resume '
    ok 'the state is saved' [ -e "it's a run/state.safetensors" ]
    ok 'a stopped run has no model yet' absent "it's a run/model.safetensors"
done

step=$(sed -n 's/^gantrain: stopped after step \([0-9]*\);.*/\1/p' .said)
ok 'the command that was printed goes on' sh -c "$command --steps $((step + 7)) -q"
ok 'an unbroken run is trained' gantrain -o whole $RUN --steps $((step + 7)) -q
ok 'the resumed run has the files of the unbroken one' same whole "it's a run"
finish
