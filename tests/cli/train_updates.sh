#!/bin/sh
# SPDX-License-Identifier: MIT
# What moves parameters, each in its own way: the same bytes again, and after a kill -9 between two checkpoints.
. "$(dirname "$0")/lib.sh"
RUN="$NET --steps 12 --log-every 4 --sample-every 6 --checkpoint-every 5 -q"

# made OPTION ...: a run of them is the same whole, again, and killed at its second checkpoint and resumed.
made() {
    rm -rf whole again killed
    gantrain -o whole $RUN "$@" && gantrain -o again $RUN "$@" && same_run whole again || return 1
    [ -n "${SHIM-}" ] || return 0
    FAULT_CALLS=rename FAULT_AT=7 LD_PRELOAD=$SHIM gantrain -o killed $RUN "$@"
    [ $? -gt 128 ] && [ ! -e killed/model.safetensors ] && [ -e killed/state.safetensors ] || return 1
    gantrain -o killed $RUN "$@" --resume && same_run whole killed
}

for opt in adam adamw rmsprop sgd momentum nesterov; do
    ok "--opt $opt gives the same bytes" made --opt $opt
done
ok '--weight-decay gives the same bytes' made --opt adamw --weight-decay 3
mv whole decayed
ok 'adamw without a decay is adam' gantrain -o none $RUN --opt adamw --weight-decay 0
ok 'and adam is trained' gantrain -o adam $RUN
ok 'they end alike' same none/log.jsonl adam/log.jsonl
ok 'with a decay they do not' not same decayed/log.jsonl adam/log.jsonl
ok 'what changes gradients and weights gives the same bytes' made --l1 1e-4 --l2 1e-3 --clip-grad 0.5 --clip-weights 0.1
ok '--init-output data gives the same bytes' made --init-output data
for schedule in linear cosine; do
    ok "--schedule $schedule with a warm-up gives the same bytes" made --schedule $schedule --warmup 4
done
ok 'a run that ends sooner is trained' gantrain -o longer $RUN --schedule linear --steps 6
ok 'it goes on to what was not its end' gantrain -o longer $RUN --schedule linear --resume
ok 'it is not the run of that length from the start' not same whole/model.safetensors longer/model.safetensors
ok 'a warm-up that outlasts the run is trained' gantrain -o short $NET --steps 3 --warmup 4
ok 'and warned of' says '--warmup: 4 steps are more than the run'
ok 'one that ends with it is trained' gantrain -o long $NET --steps 4 --warmup 4
ok 'without a word' not grep -q -- --warmup .said
finish
