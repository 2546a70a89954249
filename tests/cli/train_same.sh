#!/bin/sh
# SPDX-License-Identifier: MIT
# The same settings give the same bytes, whatever is said, shown and saved on the way.
. "$(dirname "$0")/lib.sh"
RUN="$NET --steps 12 --log-every 4 --sample-every 6 --checkpoint-every 5"

same_model() { # NAME RUN
    same "$1" whole/model.safetensors "$2/model.safetensors"
}

ok 'a run' gantrain -o whole $RUN -q
result "$([ ! -s .said ]; echo $?)" '-q says nothing'
ok 'the same once more, loudly' gantrain -o again $RUN -v --progress plain
same 'the same command gives the same files' whole again

ok 'other intervals' gantrain -o intervals $RUN -q --log-every 1 --sample-every 0 --checkpoint-every 1
same_model 'other intervals give the same model' intervals
ok 'intervals in epochs' gantrain -o epochs $RUN -q --log-every 1e --sample-every 2e --checkpoint-every 1e
same_model 'intervals in epochs give the same model' epochs

ok 'the first part' gantrain -o parts $RUN --steps 5 -q
result "$([ -e parts/samples/step-000005.png ]; echo $?)" 'ends with a sample, due or not'
ok 'the second part' gantrain -o parts $RUN --resume -q
same 'two parts give the files of one' whole parts

ok 'from config.json' gantrain --config whole/config.json -o config -q
same 'config.json makes the same run' whole config
gantrain --config whole/config.json --dry-run >dry.json
ok '--dry-run can be read, too' gantrain --config dry.json -o dry -q
same '--dry-run makes the same run' whole dry
ok 'an option wins over the file' gantrain --config whole/config.json -o seed2 --seed 2 -q
result "$(! cmp -s whole/model.safetensors seed2/model.safetensors; echo $?)" 'another seed, another model'

ok 'a part that ends with a sample that is due' gantrain -o due $RUN --steps 6 -q
ok 'and the rest' gantrain -o due $RUN --resume -q
same 'give the same' whole due

RUN="$NET --log-every 0 --sample-every 0 -q"
ok 'epochs' gantrain -o epochs $RUN --batch 449 --epochs 1
ok 'as many steps' gantrain -o steps $RUN --batch 449 --steps 10
same 'an epoch is as many steps as there are whole batches' epochs steps
ok 'fewer steps' gantrain -o few $RUN --batch 449 --steps 3
ok "--epochs wins over the file's steps" gantrain --config few/config.json -o both --epochs 1
same 'and means the same' both epochs

if command -v script >/dev/null; then
    script -qec "TERM=xterm gantrain -o terminal $NET --steps 12 --log-every 4 --sample-every 6 --checkpoint-every 5" \
        /dev/null >screen
    same 'a terminal gives the same files' whole terminal
    result "$(grep -q 'step 12 of 12' screen; echo $?)" 'and shows the progress'
else
    skip 'a terminal gives the same files' 'script is not installed'
fi
finish
