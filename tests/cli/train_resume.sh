#!/bin/sh
# SPDX-License-Identifier: MIT
# What --resume goes on from, and what it refuses.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 2 --sample-every 0 -q"

ok 'resuming nothing starts' gantrain -o run $RUN --steps 4 --resume
result "$(! grep -q resume run/config.json; echo $?)" 'and config.json does not say to resume'
cp -r run kept
touch -d 2001-01-01 run/model.safetensors
exits 0 'a finished run is done' gantrain -o run $NET --log-every 2 --steps 4 --resume
says 'and says so' 'is finished; nothing to do'
same 'its files stay as they are' kept run
result "$([ run/model.safetensors -nt "$HERE/lib.sh" ]; echo $?)" 'its model is touched'

refused() { # OPTION HERE THERE ...: with these options
    difference="'--$1' is $2 here and $3 there"
    shift 3
    exits 2 "resuming with $*" gantrain -o run $RUN --steps 8 --resume "$@"
    says "names it: $difference" "$difference"
}
refused batch 17 16 --batch 17
refused seed 1 0 --seed 1
refused lr 0.002 0.001 --lr 0.002
refused r1 0.2 0.1 --r1 0.2
refused z-dim 5 4 --z-dim 5
refused opt sgd adam --opt sgd
refused range 0,1 -1,1 --range 0,1
refused beta2 0.99 0.999 --beta2 0.99
refused generator 8,784:tanh 8:bn:lrelu=0.2,784:tanh --generator 8,784:tanh
exits 2 'fewer steps than were done' gantrain -o run $RUN --steps 3 --resume
says 'says how many there are' 'is at step 4 already'
same 'nothing was touched by what was refused' kept run

mkdir other
for f in train-images-idx3-ubyte t10k-images-idx3-ubyte; do
    { printf '\0\0\10\3\0\0\0\20\0\0\0\34\0\0\0\34'; head -c 12544 /dev/zero; } >other/$f
done
for f in train-labels-idx1-ubyte t10k-labels-idx1-ubyte; do
    { printf '\0\0\10\1\0\0\0\20'; head -c 16 /dev/zero; } >other/$f
done
exits 2 'other data' gantrain -o run $RUN --steps 8 --resume --data other
says 'names it' "'--data' has other pictures here"

ok 'what may change' gantrain -o run $RUN --steps 6 --resume --sample-every 1 --checkpoint-every 1 \
    --log-every 1 --threads 1 --progress none
ok 'straight to there' gantrain -o whole $RUN --steps 6
same 'gives the model of an unbroken run' run/model.safetensors whole/model.safetensors
cp kept/model.safetensors run/
ok 'an older model beside the last state' gantrain -o run $RUN --steps 6 --resume
same 'is not taken for the finished one' run/model.safetensors whole/model.safetensors

rm -rf run && cp -r kept run && rm run/model.safetensors
ok 'a finished run without its model' gantrain -o run $RUN --steps 4 --resume
same 'makes it from the state' kept run
rm run/state.safetensors
exits 0 'a finished run without its state' gantrain -o run $RUN --steps 4 --resume
exits 3 'has nothing to go on from' gantrain -o run $RUN --steps 8 --resume
says 'and says so' 'no state to go on from'
exits 3 'is not that of fewer steps' gantrain -o run $RUN --steps 3 --resume
exits 2 'nor that of other settings' gantrain -o run $RUN --steps 4 --resume --lr 0.002
says 'and says so' "'--lr' is 0.002 here and 0.001 there"
cp kept/state.safetensors run/
for size in 0 7 100 5000; do
    head -c $size kept/state.safetensors >run/state.safetensors
    exits 3 "a state cut to $size bytes" gantrain -o run $RUN --steps 8 --resume
done
says 'names the file' 'run/state.safetensors'
cp kept/model.safetensors run/state.safetensors
exits 3 'a model in the place of the state' gantrain -o run $RUN --steps 8 --resume
rm run/state.safetensors
head -c 5000 kept/model.safetensors >run/model.safetensors
cp -r run lost
exits 3 'a model alone that cannot be read' gantrain -o run $RUN --steps 4 --resume
says 'is told, not cleared away' 'run/model.safetensors'
result "$(diff -r run lost >/dev/null; echo $?)" 'all is left as it was'
ok 'without --resume it starts afresh' gantrain -o run $RUN --steps 4
same 'with the same result' kept run

ok 'a run of some time' gantrain -o timed $RUN --max-time 0.05
cp -r timed older
ok 'resumed, its time is over' gantrain -o timed $NET --log-every 2 --max-time 0.05 --resume
says 'which it says' 'is finished'
same 'and does nothing' older timed
ok 'with more time it goes on' gantrain -o timed $RUN --max-time 0.1 --resume
result "$(! cmp -s older/model.safetensors timed/model.safetensors; echo $?)" 'to another model'
exits 2 'a depfile in a folder that is not there' gantrain -o run $RUN --steps 9 --depfile missing/d
exits 4 'a depfile that cannot be written' gantrain -o run $RUN --steps 9 --depfile /dev/full
same 'leaves the older run as it was' kept run

cat >hold.pl <<'EOF'
use Fcntl qw(:flock);
my $folder = shift;
sysopen(my $f, $folder, O_RDONLY) or die "$folder: $!";
flock($f, LOCK_EX) or die "flock: $!";
exit(system(@ARGV) >> 8);
EOF
exits 1 'a folder that another process holds' perl hold.pl run gantrain -o run $RUN --steps 4
says 'says so' 'run: held by '
exits 1 'resuming there' perl hold.pl run gantrain -o run $RUN --steps 8 --resume
same 'leaves it alone' kept run
ok 'a folder that is free again' gantrain -o run $RUN --steps 4 --resume
finish
