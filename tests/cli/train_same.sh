#!/bin/sh
# SPDX-License-Identifier: MIT
# The same settings give the same bytes, whatever is said, shown and saved on the way.
. "$(dirname "$0")/lib.sh"
RUN="$NET --steps 12 --log-every 4 --sample-every 6 --checkpoint-every 5"

same_model() { # NAME RUN
    ok "$1" same whole/model.safetensors "$2/model.safetensors"
}

ok 'a run is trained quietly' gantrain -o whole $RUN -q
ok '-q says nothing' [ ! -s .said ]
ok 'it ends with its curves' [ -s whole/curves.svg -a -s whole/curves.png ]
ok 'the same run is trained with -v' gantrain -o again $RUN -v --progress plain
ok 'the end names the curves' says 'of training; curves.png beside it shows how it went'
ok 'the same settings give the same files' same whole again
ok 'a run too short for a line of the log is trained' gantrain -o short $RUN --steps 1
ok 'it has no curves to name' not says 'curves.png'

ok 'a run with other intervals is trained' gantrain -o intervals $RUN -q --log-every 1 --sample-every 0 --checkpoint-every 1
same_model 'other intervals give the same model' intervals
ok 'a run with intervals in epochs is trained' gantrain -o epochs $RUN -q --log-every 1e --sample-every 2e --checkpoint-every 1e
same_model 'intervals in epochs give the same model' epochs

ok 'the first part of a run is trained' gantrain -o parts $RUN --steps 5 -q
ok 'a part ends with a sample, due or not' [ -e parts/samples/step-000005.png ]
ok 'the second part is trained' gantrain -o parts $RUN --resume -q
ok 'two parts give the files of one' same whole parts

ok 'a run from config.json is trained' gantrain --config whole/config.json -o config -q
ok 'config.json makes the same run' same whole config
gantrain --config whole/config.json --dry-run >dry.json
ok "a run from --dry-run's settings is trained" gantrain --config dry.json -o dry -q
ok '--dry-run makes the same run' same whole dry
ok 'a run from config.json with another seed is trained' gantrain --config whole/config.json -o seed2 --seed 2 -q
ok 'an option wins over the config file' not cmp -s whole/model.safetensors seed2/model.safetensors

ok 'a part that ends with a sample that is due is trained' gantrain -o due $RUN --steps 6 -q
ok 'its rest is trained' gantrain -o due $RUN --resume -q
ok 'both parts give the files of one' same whole due

for kind in $KINDS; do
    [ $kind = gan ] && continue # as above
    RUN="$(net_of $kind) --steps 7 --log-every 2 --sample-every 3 --checkpoint-every 2"
    ok "$kind: a run is trained quietly" gantrain -o $kind $RUN -q
    if [ -n "${SHIM-}" ]; then
        FAULT=INT FAULT_CALLS=rename FAULT_AT=7 LD_PRELOAD=$SHIM gantrain -o $kind-parts $RUN -q 2>/dev/null
        ok "$kind: interrupted, it has no model" absent $kind-parts/model.safetensors
        ok "$kind: the rest is trained" gantrain -o $kind-parts --resume --steps 7 -v --progress plain
        ok "$kind: two parts give the files of one" same $kind $kind-parts
    fi
    ok "$kind: config.json is run, with other intervals and threads" gantrain --config $kind/config.json -o $kind-config \
        -q --log-every 1 --sample-every 0 --checkpoint-every 1e --threads 2
    ok "$kind: it makes the same model" same $kind/model.safetensors $kind-config/model.safetensors
done

RUN="$NET --log-every 0 --sample-every 0 -q"
ok 'a run of one epoch is trained in place of another' gantrain -o epochs --force $RUN --batch 449 --epochs 1
ok 'a run of as many steps is trained' gantrain -o steps $RUN --batch 449 --steps 10
ok 'an epoch is as many steps as there are whole batches' same epochs steps
ok 'what has no log has no curves' absent steps/curves.svg
ok 'a run of fewer steps is trained' gantrain -o few $RUN --batch 449 --steps 3
ok "a config of steps with --epochs is trained" gantrain --config few/config.json -o both --epochs 1
ok "--epochs wins over the file's steps" same both epochs

if command -v script >/dev/null; then
    script -qec "TERM=xterm gantrain -o terminal $NET --steps 12 --log-every 4 --sample-every 6 --checkpoint-every 5" \
        /dev/null >screen
    ok 'a terminal gives the same files' same whole terminal
    ok 'a terminal is shown the progress' grep -q 'step 12 of 12' screen
else
    skip 'a terminal gives the same files' 'script is not installed'
fi
finish
