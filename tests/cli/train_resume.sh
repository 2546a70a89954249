#!/bin/sh
# SPDX-License-Identifier: MIT
# What --resume goes on from, and what it refuses.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 2 --sample-every 0 -q"

ok 'resuming where nothing is starts a run' gantrain -o run $RUN --steps 4 --resume
ok 'config.json does not say to resume' not grep -q resume run/config.json
cp -r run kept
touch -d 2001-01-01 run/model.safetensors
ok 'resuming a finished run succeeds' exits 0 gantrain -o run $NET --log-every 2 --steps 4 --resume
ok 'it says that there is nothing to do' says 'is finished; nothing to do'
ok 'a finished run keeps its files' same kept run
ok 'its model is touched, for make' [ run/model.safetensors -nt "$HERE/lib.sh" ]

refused() { # OPTION HERE THERE ...: with these options
    difference="'--$1' is $2 here and $3 there"
    shift 3
    ok "resuming with $* ends with status 2" exits 2 gantrain -o run $RUN --steps 8 --resume "$@"
    ok "the difference is named: $difference" says "$difference"
}
refused batch 17 16 --batch 17
refused seed 1 0 --seed 1
refused lr 0.001 0.002 --lr 0.001
refused r1 0.2 0.1 --r1 0.2
refused z-dim 5 4 --z-dim 5
refused opt sgd adam --opt sgd
refused range 0,1 -1,1 --range 0,1
refused beta2 0.99 0.999 --beta2 0.99
refused generator 8,784:tanh 8:bn:lrelu=0.2,784:tanh --generator 8,784:tanh
ok 'resuming to fewer steps than were done ends with status 2' exits 2 gantrain -o run $RUN --steps 3 --resume
ok 'it says how many steps were done' says 'is at step 4 already'
ok 'none of the refusals touched the run' same kept run

mkdir other
for f in train-images-idx3-ubyte t10k-images-idx3-ubyte; do
    { printf '\0\0\10\3\0\0\0\20\0\0\0\34\0\0\0\34'; head -c 12544 /dev/zero; } >other/$f
done
for f in train-labels-idx1-ubyte t10k-labels-idx1-ubyte; do
    { printf '\0\0\10\1\0\0\0\20'; head -c 16 /dev/zero; } >other/$f
done
ok 'resuming with other data ends with status 2' exits 2 gantrain -o run $RUN --steps 8 --resume --data other
ok 'the message names --data' says "'--data' has other pictures here"

ok 'intervals, threads and steps may change on resuming' gantrain -o run $RUN --steps 6 --resume --sample-every 1 --checkpoint-every 1 \
    --log-every 1 --threads 1 --progress none
ok 'an unbroken run of as many steps is trained' gantrain -o whole $RUN --steps 6
ok 'the resumed run has the model of the unbroken one' same run/model.safetensors whole/model.safetensors
cp kept/model.safetensors run/
ok 'a run with an older model beside its last state is resumed' gantrain -o run $RUN --steps 6 --resume
ok 'the older model is replaced' same run/model.safetensors whole/model.safetensors

rm -rf run && cp -r kept run && rm run/model.safetensors
ok 'a finished run without its model is resumed' gantrain -o run $RUN --steps 4 --resume
ok 'its model is made from the state' same kept run
rm run/state.safetensors
ok 'a finished run without its state is finished' exits 0 gantrain -o run $RUN --steps 4 --resume
ok 'going on from it ends with status 3' exits 3 gantrain -o run $RUN --steps 8 --resume
ok 'it says that there is no state' says 'no state to go on from'
ok 'resuming it to fewer steps ends with status 3' exits 3 gantrain -o run $RUN --steps 3 --resume
ok 'resuming it with another rate ends with status 2' exits 2 gantrain -o run $RUN --steps 4 --resume --lr 0.001
ok 'the rate is named' says "'--lr' is 0.001 here and 0.002 there"
cp kept/state.safetensors run/
for size in 0 7 100 5000; do
    head -c $size kept/state.safetensors >run/state.safetensors
    ok "a state cut to $size bytes ends with status 3" exits 3 gantrain -o run $RUN --steps 8 --resume
done
ok 'the damaged state is named' says 'run/state.safetensors'
cp kept/model.safetensors run/state.safetensors
ok 'a model in the place of the state ends with status 3' exits 3 gantrain -o run $RUN --steps 8 --resume
rm run/state.safetensors
head -c 5000 kept/model.safetensors >run/model.safetensors
cp -r run lost
ok 'a damaged model alone ends with status 3' exits 3 gantrain -o run $RUN --steps 4 --resume
ok 'the damaged model is named' says 'run/model.safetensors'
ok 'a damaged model is left as it was' diff -r run lost
ok 'with --force a damaged run starts afresh' gantrain -o run $RUN --steps 4 --force
ok 'it starts afresh to the same files' same kept run

ok 'a run limited by time is trained' gantrain -o timed $RUN --max-time 0.05
cp -r timed older
ok 'resuming it after its time succeeds' gantrain -o timed $NET --log-every 2 --max-time 0.05 --resume
ok 'it says that the run is finished' says 'is finished'
ok 'resuming after the time does nothing' same older timed
ok 'with more time it goes on' gantrain -o timed $RUN --max-time 0.1 --resume
ok 'more time makes another model' not cmp -s older/model.safetensors timed/model.safetensors
ok 'a depfile in a folder that is not there ends with status 2' exits 2 gantrain -o run $RUN --steps 9 --force --depfile missing/d
ok 'a depfile that cannot be written ends with status 4' exits 4 gantrain -o run $RUN --steps 9 --force --depfile /dev/full
ok 'neither depfile touched the older run' same kept run


# ---- A finished model is replaced only where that is asked for, and what explains it goes first.

explained() { # EXPLANATIONS: of the run
    rm -rf run && cp -r kept run && ganexplain run --seeds "$1" --no-pictures -q && echo mine >run/explain/notes
}
ok 'a finished run is explained' explained 7-8
cp -r run explained
ok 'a finished run is not started afresh' exits 2 gantrain -o run $RUN --steps 5
ok 'it is said what to do' says 'gantrain: run: holds a finished model; go on from it with --resume, replace it with --force, or choose another -o RUN'
rm run/state.safetensors
ok 'nor where it has no state any more' exits 2 gantrain -o run $RUN --steps 5
ok 'going on and starting afresh exclude each other' exits 2 gantrain -o run $RUN --steps 4 --resume --force
ok 'which is said' says '--resume goes on, and --force starts afresh: leave one of them out'
cp kept/state.safetensors run/
ok 'all is left as it was' diff -r explained run
ok 'a dry run replaces nothing' gantrain -o run $RUN --steps 5 --dry-run
ok 'a finished run that is resumed is left as it was' gantrain -o run $RUN --steps 4 --resume
ok 'with its explanations' diff -r explained run
ok 'with --force it is started afresh' gantrain -o run $RUN --steps 6 --force
ok 'to the files of one that was not there before' same whole run
ok 'explanations of the earlier model are gone, what others left is not' [ "$(ls run/explain)" = notes ]
ok 'a finished run is explained again' explained 7
ok 'it is resumed to more steps' gantrain -o run $RUN --steps 6 --resume
ok 'explanations of fewer steps are gone' [ "$(ls run/explain)" = notes ]
ok 'a finished run is explained once more' explained 7
ok 'a run that fails in its place ends with status 5' exits 5 gantrain -o run $RUN --steps 6 --force --lr 1e30
ok 'neither model nor explanations are left' [ ! -e run/model.safetensors -a ! -e run/explain/seed-0007 ]
ok 'config.json does not say how it was started' not grep -q 'force\|resume' run/config.json
rm -rf run && cp -r kept run

# ---- What the command line leaves open is as it was.

WORDS='--threads 1 -q'
ok 'a run with options of its own' gantrain -o own --recipe classic $RUN --seed 5 --lr-d 1e-4 --steps 4
cp -r own done
ok 'which is resumed without a word' gantrain -o own --resume
ok 'is finished' says 'is finished; nothing to do'
ok 'a dry run prints what it goes on with' gantrain -o own --resume --dry-run
ok 'of the recipe' says '"recipe": "classic"'
ok 'of the model' says '"z-dim": 4'
ok 'and of the length' says '"steps": 4'
ok 'more steps go on with all its settings' gantrain -o own --resume --steps 6 $WORDS
ok 'straight to there' gantrain -o whole --force --recipe classic $RUN --seed 5 --lr-d 1e-4 --steps 6
ok 'is the same' same own whole
ok 'config.json says what they are' grep '"lr-d": 0.0001' own/config.json
ok 'so does --config' gantrain -o again --config own/config.json $WORDS
ok 'which gives the same once more' same own again
ok 'another recipe' exits 2 gantrain -o own --resume --steps 9 --recipe tuned
ok 'is refused' says "'--recipe' is tuned here and classic there"
echo '{"seed": 6}' >seed.json
ok 'a setting that differs in a file' exits 2 gantrain -o own --resume --config seed.json
ok 'is refused, too' says "own/state.safetensors: cannot be resumed: '--seed' is 6 here and 5 there"
ok 'a run of some time is resumed' gantrain -o timed --resume
ok 'and its time is over' says 'is finished'

# edited FROM TO: the run with a state that says TO in place of FROM, which is as long.
edited() {
    rm -rf edited
    cp -r done edited
    FROM=$1 TO=$2 perl -pi -e 's/\Q$ENV{FROM}\E/$ENV{TO}/' edited/state.safetensors
    not cmp -s done/state.safetensors edited/state.safetensors
}
ok 'a setting of a later version' edited 'batch\": 16' 'botch\": 16'
ok 'refuses' exits 3 gantrain -o edited --resume --steps 6
ok 'with its name' says "edited/state.safetensors: cannot be resumed: the run has a setting 'botch'"
ok 'a value that is none' edited 'init-weights\": \"glorot' 'init-weights\": \"glorit'
ok 'refuses, too' exits 3 gantrain -o edited --resume --steps 6
ok 'a setting that differs' edited 'batch\": 16' 'batch\": 17'
ok 'from that of the model beside it' gantrain -o edited --resume --steps 4 $WORDS
ok 'makes its own model' not cmp -s edited/model.safetensors done/model.safetensors

cat >hold.pl <<'EOF'
use Fcntl qw(:flock);
my $folder = shift;
sysopen(my $f, $folder, O_RDONLY) or die "$folder: $!";
flock($f, LOCK_EX) or die "flock: $!";
exit(system(@ARGV) >> 8);
EOF
ok 'a folder that another process holds ends with status 1' exits 1 perl hold.pl run gantrain -o run $RUN --steps 4
ok 'it says who holds the folder' says 'run: held by '
ok 'resuming in a held folder ends with status 1' exits 1 perl hold.pl run gantrain -o run $RUN --steps 8 --resume
ok 'a held folder is left alone' same kept run
ok 'a folder that is free again is resumed' gantrain -o run $RUN --steps 4 --resume
finish
