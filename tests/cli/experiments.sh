#!/bin/sh
# SPDX-License-Identifier: MIT
# The experiment's Makefile makes what is missing, goes on after a kill, and then has nothing to do.
. "$(dirname "$0")/lib.sh"
command -v make >/dev/null || skip_all 'make is not installed'
cp "$HERE/../../data/experiments/Makefile" .
EXPERIMENT="make BIN=$BIN OUT=out SEEDS=1 RATES=1e-3"
RUN=out/seed1_lr1e-3

# made NAME VARIABLES ...: it is made, then there is nothing more to make.
made() {
    name=$1
    shift
    ok "$name" $EXPERIMENT "$@"
    ok 'and once more' $EXPERIMENT "$@"
    ok 'there is nothing to be done' says 'Nothing to be done'
}

step_is() { # STEP
    gansample --info $RUN | grep -qx "step: $1"
    ok "the model is of step $1" [ $? -eq 0 ]
}

made 'a first experiment' STEPS=2 EXPLAINED=0
step_is 2
made 'a longer list' STEPS=2 EXPLAINED=0,2-3
ok 'is explained' [ "$(ls $RUN/explain | tr '\n' ' ')" = 'seed-0000 seed-0002 seed-0003 ' ]
made 'more steps' STEPS=4 EXPLAINED=0,2-3
step_is 4
ok 'and explained anew' grep -q '"checkpoint_step": 4' $RUN/explain/seed-0002/explanation.json
made 'another rate' STEPS=4 EXPLAINED=0,2-3 RATES='1e-3 2e-3'
ok 'is another line of the summary' [ "$(wc -l <out/summary.txt)" -eq 2 ]
ok 'an unbroken run' gantrain -o whole --seed 1 --lr 1e-3 --steps 4 -q
ok 'gives the same files' same whole $RUN
finish
