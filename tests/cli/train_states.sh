#!/bin/sh
# SPDX-License-Identifier: MIT
# States beside the last one: --keep, SIGUSR1, and a disk that has no room for one.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 5 --sample-every 10 --checkpoint-every 4 -q"

kept() { (cd "$1" && ls state-* 2>/dev/null | tr '\n' ' '); }
same_states() { same_run "$1" "$2" && [ "$(kept "$1")" = "$(kept "$2")" ] && (cd "$1" && for f in state-*; do cmp "$f" "../$2/$f" || exit 1; done); }

ok 'a run keeps its last states' gantrain -o whole $RUN --steps 18 --keep 3
ok 'three of them, the end among them' [ "$(kept whole)" = 'state-000012.safetensors state-000016.safetensors state-000018.safetensors ' ]
ok 'the newest is the state' cmp whole/state.safetensors whole/state-000018.safetensors
ok 'an older one is a checkpoint' gansample whole/state-000012.safetensors --seeds 0-3 -q -o grid.png
ok 'of its step' [ "$(gansample --info whole/state-000012.safetensors | grep -c '^step: 12$')" -eq 1 ]
ok 'without --keep there are none' gantrain -o none $RUN --steps 18
ok 'but the state' [ -z "$(kept none)" ]
ok 'and the same files' same whole none
ok 'a run that is ended between checkpoints' gantrain -o part $RUN --steps 14 --keep 3
rm part/state-000014.safetensors # which that end has, and no unbroken run
ok 'goes on' gantrain -o part $RUN --steps 18 --resume
ok 'to the same files' same whole part
ok 'and as many states as it was asked for' [ "$(kept part)" = "$(kept whole)" ]
ok 'fewer may be asked for' gantrain -o part $RUN --steps 20 --resume --keep 1
ok 'and the others go' [ "$(kept part)" = 'state-000020.safetensors ' ]
ok 'a new run in their place' gantrain -o part $RUN --steps 2 --force
ok 'leaves none' [ -z "$(kept part)" ]
ok 'to keep what is never made' exits 2 gantrain -o part $RUN --checkpoint-every 0 --keep 2 --force --steps 2
ok 'is refused' says '--keep is for --checkpoint-every above 0'

if [ -n "${SHIM-}" ]; then
    RUN="$NET --log-every 4 --sample-every 0 --checkpoint-every 3 --steps 8 --keep 2 -q"
    rm -rf whole
    gantrain -o whole $RUN
    killed() { # at the n-th call, for each n: the same states in the end
        n=1
        while rm -rf run && ! FAULT_CALLS=link,unlink,rename FAULT_AT=$n LD_PRELOAD=$SHIM gantrain -o run $RUN; do
            gantrain -o run $RUN --resume && same_states whole run || { echo "# call $n" && return 1; }
            n=$((n + 1))
        done 2>/dev/null
        echo "# killed $n times" && [ $n -gt 8 ]
    }
    ok 'killed anywhere it resumes to the same states' killed
    FAULT=EACCES FAULT_CALLS=link FAULT_AT=1 FAULT_SINCE=1 LD_PRELOAD=$SHIM gantrain -o copies $RUN
    ok 'without second names of files there are copies' same_states whole copies

    RUN="$NET --log-every 4 --sample-every 0 --checkpoint-every 3 --steps 8"
    ok 'a run has no room for its states' exits 0 env FAULT_ROOM=1000 LD_PRELOAD=$SHIM gantrain -o full $RUN -q
    ok 'it says how much there is and how much is needed' grep 'full: no room for the state of step 3: it needs 0[.][1-9] MB, and 0[.]0 MB are free; the run goes on, its last state is of step 0' .said
    ok 'once' [ "$(grep -c 'no room' .said)" -eq 1 ]
    ok 'and goes on to the same files' same whole full
fi

# Sends SIGUSR1 when it trains, and again when that was answered, then SIGINT.
cat >ask.pl <<'EOF'
pipe(my $from, my $to) or die;
my $pid = fork // die;
if (!$pid) {
    $SIG{$_} = 'DEFAULT' for qw(INT USR1);
    open(STDERR, '>&', $to) or die;
    exec(@ARGV) or die;
}
close($to);
print scalar <$from>;
for (1, 2) {
    kill('USR1', $pid);
    print scalar <$from>;
}
kill('INT', $pid);
print <$from>;
waitpid($pid, 0);
print "ended by ", $? & 127, "\n";
EOF
perl ask.pl gantrain -o asked $NET --log-every 1 --sample-every 0 --checkpoint-every 0 --steps 1000000 --progress none >.said
ok 'SIGUSR1 is answered' says 'gantrain: asked/snapshot-'
ok 'with where it is' grep -q 'asked/snapshot-[0-9]*.png, and the state beside it' .said
ok 'the run goes on until it is stopped' says 'ended by 2'
ok 'two snapshots are there' [ "$(ls asked/snapshot-*.png | wc -l)-$(ls asked/snapshot-*.safetensors | wc -l)" = 2-2 ]
ok 'one is a checkpoint' gansample "$(ls asked/snapshot-*.safetensors | head -1)" --seeds 0-99 -q -o grid.png
step=$(gansample --info asked/state.safetensors | sed -n 's/^step: //p')
ok 'the run goes on from its state' gantrain -o asked $NET --resume --steps $((step + 3)) -q
ok 'its snapshots stay' [ "$(ls asked/snapshot-*.png | wc -l)" -eq 2 ]
ok 'until another run comes' gantrain -o asked $NET --steps 1 -q --force
ok 'and removes them' [ -z "$(ls asked | grep snapshot)" ]

# A SIGUSR1 while the data are read, which wait for their writer.
cat >early.pl <<'EOF'
my ($pictures, @command) = @ARGV;
my $pid = fork // die;
if (!$pid) {
    $SIG{USR1} = 'DEFAULT';
    exec(@command) or die;
}
open(my $out, '>', $pictures) or die; # until they are asked for
kill('USR1', $pid);
print $out "\x93NUMPY\x01\0", pack('v/a*', "{'descr': '|u1', 'fortran_order': False, 'shape': (40, 4, 4)}\n"), 'x' x 640;
close($out);
waitpid($pid, 0);
exit($? >> 8 || $? & 127);
EOF
mkfifo few.npy
perl -e "print qq(\\x93NUMPY\\x01\\0), pack('v/a*', qq({'descr': '|u1', 'fortran_order': False, 'shape': (40,)}\\n)), qq(\\0) x 40" >few-labels.npy
FEW='--generator 4,16:tanh --discriminator 4,1 --z-dim 2 --batch 4 --steps 3 --threads 1'
ok 'a SIGUSR1 before the training does not end it' perl early.pl few.npy gantrain --data few.npy -o early $FEW
ok 'and is answered after its first step' [ -e early/snapshot-000001.png ]
rm -r early && mkdir early && echo old >early/snapshot-000001.safetensors
ok 'where that name is taken' perl early.pl few.npy gantrain --data few.npy -o early $FEW --loss lsgan
ok 'it is a snapshot of this run' gansample early/snapshot-000001.safetensors --seeds 0-3 -q -o grid.png
finish
