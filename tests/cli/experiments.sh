#!/bin/sh
# SPDX-License-Identifier: MIT
# The experiment's Makefile makes what is missing, goes on after a kill, and then has nothing to do.
. "$(dirname "$0")/lib.sh"
command -v make >/dev/null || skip_all 'make is not installed'
cp "$HERE/../../data/experiments/Makefile" .
EXPERIMENT="make BIN=$BIN OUT=out LOSSES=nonsaturating SEEDS=1 RATES=1e-3"
RUN=out/nonsaturating_seed1_lr1e-3

# made NAME VARIABLES ...: it is made, then there is nothing more to make.
made() {
    name=$1
    shift
    ok "$name" $EXPERIMENT "$@"
    ok "$name once more" $EXPERIMENT "$@"
    ok 'then there is nothing to be done' says 'Nothing to be done'
}

step_is() { # STEP
    gansample --info $RUN | grep -qx "step: $1"
    ok "the model is of step $1" [ $? -eq 0 ]
}

made 'a first experiment is made' STEPS=2 EXPLAINED=0
step_is 2
made 'a longer list of seeds is made' STEPS=2 EXPLAINED=0,2-3
ok 'each seed of the longer list is explained' [ "$(ls $RUN/explain | tr '\n' ' ')" = 'index.html seed-0000 seed-0002 seed-0003 summary.json summary.png summary.txt ' ]
made 'an experiment of more steps is made' STEPS=4 EXPLAINED=0,2-3
step_is 4
ok 'the model of more steps is explained anew' grep -q '"step": 4' $RUN/explain/seed-0002/explanation.json
made 'a second rate is made' STEPS=4 EXPLAINED=0,2-3 RATES='1e-3 2e-3'
ok 'the second rate is a second line of the summary' [ "$(wc -l <out/summary.txt)" -eq 2 ]
ok 'an unbroken run of as many steps is made' gantrain -o whole --seed 1 --lr 1e-3 --steps 4 -q
ok 'the experiment has the files of the unbroken run' same whole $RUN

# A grid of losses and seeds, killed at calls further and further on, gives the files of one that never was.
grid() { make -j2 BIN=$BIN OUT=$1 LOSSES='lsgan wgan-gp' SEEDS='1 2' STEPS=3 EXPLAINED=0; }
files() { (cd $1 && find . -type f ! -name timing.jsonl ! -name config.json ! -name '*.d' | sort | xargs sha256sum); }
if [ -n "${SHIM-}" ]; then
    ok 'a grid of two losses and two seeds is made' grid clean
    n_killed=0
    for n in 1 6 12 20 28 36; do
        (export FAULT_AT=$n LD_PRELOAD=$SHIM && grid broken) >/dev/null 2>&1 || n_killed=$((n_killed + 1))
    done
    ok "another one, in which every program was killed, $n_killed times, is finished" grid broken
    ok 'it was killed' [ $n_killed -gt 3 ]
    files clean >clean.sums
    files broken >broken.sums
    ok 'both have the same files' diff clean.sums broken.sums
    ok 'with a line of the summary for each run' [ "$(wc -l <clean/summary.txt)" -eq 4 ]
fi
finish
