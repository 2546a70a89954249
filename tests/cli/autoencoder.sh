#!/bin/sh
# SPDX-License-Identifier: MIT
# An autoencoder from the command line: trained, gone on with, sampled, explained.
. "$(dirname "$0")/lib.sh"
AE='--model ae --encoder 9:lrelu=0.2:dropout=0.2,4 --generator 8:bn:lrelu=0.2,784:tanh --z-dim 4'
RUN="$AE --batch 16 --threads 1 --log-every 5 --sample-every 10 --checkpoint-every 10"

ok 'an autoencoder is trained' gantrain -o run $RUN --steps 30
ok 'its parts are told' says 'parameters: E 7,105, G 7,104'
ok 'the log has its error' grep -q '{"step": 30, .*"Loss/reconstruction": [0-9]' run/log.jsonl
ok 'and nothing of a GAN' not grep -q 'scores\|r1' run/log.jsonl
ok 'a run of fewer steps is trained' gantrain -o half $RUN --steps 17 -q
ok 'it is gone on with by its folder alone' gantrain -o half --resume --steps 30 --threads 1 -q
ok 'to the model of the unbroken run' same half run
ok 'and to its state' same half/state.safetensors run/state.safetensors

cp -r run alone && rm alone/state.safetensors
ok 'a finished one without its state needs no --model to be finished' gantrain -o alone --resume --steps 30
ok 'and says so' says 'is finished; nothing to do'

ok 'the model says what it is' gansample --info run
ok 'its kind' says 'model: ae'
ok 'that a prior was fitted' says 'with a fitted prior'
ok 'its encoder' says 'E: 9:lrelu=0.2:dropout=0.2,4'
ok 'pictures are drawn from it' gansample run --seeds 0-9 -o grid.png --npy x.npy -q
ok 'from its state as well' gansample run/state.safetensors --seeds 0-9 -o state.png --npy state.npy -q
ok 'the same ones' same x.npy state.npy
ok 'the way from a seed to another is drawn' gansample run --interpolate 3,7 --frames 5 -o way.png --npy way.npy -q
ok 'what a picture differs in is explained' ganexplain run --seed 3 --target rec:5 -o rec -q
ok 'its ink is explained' ganexplain run --seed 3 --target ink -o ink -q
ok 'without a D that is what is explained' ganexplain run --seed 3 -o default -q
ok 'with the same numbers' same ink/seed-0003/maps.safetensors default/seed-0003/maps.safetensors
sum_of() { # ARRAY: as the explanation of black and white from 0 to 1 has it
    awk -v name="\"$1\": {" 'index($0, name) { on = 1 } on && /"sum"/ { print $2; exit }' \
        ink01/seed-0003/explanation.json
}
ok 'pictures from 0 to 1 are learned' gantrain -o run01 $RUN --generator 8:relu,784:sigmoid --range 0,1 --steps 5 -q
ok 'their ink is shared out' ganexplain run01 --seed 3 --target ink --method gradient-x-input -o ink01 -q
ok 'from the black of their range on' [ "$(sum_of gradient-x-input.x)" = "$(sum_of x)" ]
ok 'the logit of a D it has not ends with status 3' exits 3 ganexplain run --seed 3 --target logit -o logit

ok 'a model without a recipe named has its own' gantrain --model ae -o new --dry-run
ok 'with an encoder' says '"encoder": "512:lrelu=0.2,256:lrelu=0.2,10"'
ok 'another width of z' gantrain --model ae --z-dim 6 -o new --dry-run
ok 'is that of the recipe'"'"'s encoder' says '"encoder": "512:lrelu=0.2,256:lrelu=0.2,6"'
ok 'an option of a GAN ends with status 2' exits 2 gantrain -o new $RUN --r1 0.1
ok 'the message says whose it is' says '--r1 is for --model gan, and not for ae'
ok 'an encoder of a GAN ends with status 2' exits 2 gantrain -o new $NET --encoder 4
ok 'the message says whose that is' says '--encoder is for --model ae or vae, and not for gan'
ok 'the recipe of another model ends with status 2' exits 2 gantrain -o new --model ae --recipe classic
ok 'nothing was made' absent new
finish
