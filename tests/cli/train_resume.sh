#!/bin/sh
# SPDX-License-Identifier: MIT
# What --resume goes on from, and what it refuses.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 2 --sample-every 0 -q"

ok 'resuming nothing starts' gantrain -o run $RUN --steps 4 --resume
ok 'and config.json does not say to resume' not grep -q resume run/config.json
cp -r run kept
touch -d 2001-01-01 run/model.safetensors
ok 'a finished run is done' exits 0 gantrain -o run $NET --log-every 2 --steps 4 --resume
ok 'and says so' says 'is finished; nothing to do'
ok 'its files stay as they are' same kept run
ok 'its model is touched' [ run/model.safetensors -nt "$HERE/lib.sh" ]

refused() { # OPTION HERE THERE ...: with these options
    difference="'--$1' is $2 here and $3 there"
    shift 3
    ok "resuming with $*" exits 2 gantrain -o run $RUN --steps 8 --resume "$@"
    ok "names it: $difference" says "$difference"
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
ok 'fewer steps than were done' exits 2 gantrain -o run $RUN --steps 3 --resume
ok 'says how many there are' says 'is at step 4 already'
ok 'nothing was touched by what was refused' same kept run

mkdir other
for f in train-images-idx3-ubyte t10k-images-idx3-ubyte; do
    { printf '\0\0\10\3\0\0\0\20\0\0\0\34\0\0\0\34'; head -c 12544 /dev/zero; } >other/$f
done
for f in train-labels-idx1-ubyte t10k-labels-idx1-ubyte; do
    { printf '\0\0\10\1\0\0\0\20'; head -c 16 /dev/zero; } >other/$f
done
ok 'other data' exits 2 gantrain -o run $RUN --steps 8 --resume --data other
ok 'names it' says "'--data' has other pictures here"

ok 'what may change' gantrain -o run $RUN --steps 6 --resume --sample-every 1 --checkpoint-every 1 \
    --log-every 1 --threads 1 --progress none
ok 'straight to there' gantrain -o whole $RUN --steps 6
ok 'gives the model of an unbroken run' same run/model.safetensors whole/model.safetensors
cp kept/model.safetensors run/
ok 'an older model beside the last state' gantrain -o run $RUN --steps 6 --resume
ok 'is not taken for the finished one' same run/model.safetensors whole/model.safetensors

rm -rf run && cp -r kept run && rm run/model.safetensors
ok 'a finished run without its model' gantrain -o run $RUN --steps 4 --resume
ok 'makes it from the state' same kept run
rm run/state.safetensors
ok 'a finished run without its state' exits 0 gantrain -o run $RUN --steps 4 --resume
ok 'has nothing to go on from' exits 3 gantrain -o run $RUN --steps 8 --resume
ok 'and says so' says 'no state to go on from'
ok 'is not that of fewer steps' exits 3 gantrain -o run $RUN --steps 3 --resume
ok 'nor that of other settings' exits 2 gantrain -o run $RUN --steps 4 --resume --lr 0.002
ok 'and says so' says "'--lr' is 0.002 here and 0.001 there"
cp kept/state.safetensors run/
for size in 0 7 100 5000; do
    head -c $size kept/state.safetensors >run/state.safetensors
    ok "a state cut to $size bytes" exits 3 gantrain -o run $RUN --steps 8 --resume
done
ok 'names the file' says 'run/state.safetensors'
cp kept/model.safetensors run/state.safetensors
ok 'a model in the place of the state' exits 3 gantrain -o run $RUN --steps 8 --resume
rm run/state.safetensors
head -c 5000 kept/model.safetensors >run/model.safetensors
cp -r run lost
ok 'a model alone that cannot be read' exits 3 gantrain -o run $RUN --steps 4 --resume
ok 'is told, not cleared away' says 'run/model.safetensors'
ok 'all is left as it was' diff -r run lost
ok 'without --resume it starts afresh' gantrain -o run $RUN --steps 4
ok 'with the same result' same kept run

ok 'a run of some time' gantrain -o timed $RUN --max-time 0.05
cp -r timed older
ok 'resumed, its time is over' gantrain -o timed $NET --log-every 2 --max-time 0.05 --resume
ok 'which it says' says 'is finished'
ok 'and does nothing' same older timed
ok 'with more time it goes on' gantrain -o timed $RUN --max-time 0.1 --resume
ok 'to another model' not cmp -s older/model.safetensors timed/model.safetensors
ok 'a depfile in a folder that is not there' exits 2 gantrain -o run $RUN --steps 9 --depfile missing/d
ok 'a depfile that cannot be written' exits 4 gantrain -o run $RUN --steps 9 --depfile /dev/full
ok 'leaves the older run as it was' same kept run

cat >hold.pl <<'EOF'
use Fcntl qw(:flock);
my $folder = shift;
sysopen(my $f, $folder, O_RDONLY) or die "$folder: $!";
flock($f, LOCK_EX) or die "flock: $!";
exit(system(@ARGV) >> 8);
EOF
ok 'a folder that another process holds' exits 1 perl hold.pl run gantrain -o run $RUN --steps 4
ok 'says so' says 'run: held by '
ok 'resuming there' exits 1 perl hold.pl run gantrain -o run $RUN --steps 8 --resume
ok 'leaves it alone' same kept run
ok 'a folder that is free again' gantrain -o run $RUN --steps 4 --resume
finish
