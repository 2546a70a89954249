#!/bin/sh
# SPDX-License-Identifier: MIT
# Spectral norm from the command line: trained, killed and gone on with, sampled, explained, refused.
. "$(dirname "$0")/lib.sh"
SN='--generator 8:sn:lrelu=0.2,9:bn:relu,784:sn:tanh --discriminator 64:sn:lrelu=0.2:dropout=0.3,1:sn --z-dim 4'
RUN="$SN --batch 16 --r1 0.1 --r1-every 2 --ema-kimg 0.1 --threads 1 --sample-every 10 --checkpoint-every 10 --log-every 5"

ok 'a GAN with spectral norm is trained' gantrain -o run $RUN --steps 50
ok 'its parameters are those of the matrices alone' says 'parameters: G 7,970, D 50,305'
ok 'a run of fewer steps is trained' gantrain -o half $RUN --steps 17 -q
ok 'it is gone on with by its folder alone' gantrain -o half --resume --steps 50 --threads 1 -q
ok 'to the model of the unbroken run' same half/model.safetensors run/model.safetensors
ok 'and to its state' same half/state.safetensors run/state.safetensors
ok 'and to its log' same half/log.jsonl run/log.jsonl

gantrain -o killed $RUN --steps 100000000 -q &
training=$!
until [ -e killed/state.safetensors ] || ! kill -0 $training 2>/dev/null; do :; done
kill -9 $training
wait $training 2>/dev/null
at=$(gansample --info killed/state.safetensors | sed -n 's/^step: //p')
ok 'a killed run is gone on with' gantrain -o killed --resume --steps $((at + 7)) -q --threads 1
ok 'an unbroken run of as many steps is trained' gantrain -o whole $RUN --steps $((at + 7)) -q
ok 'both are the same model' same killed/model.safetensors whole/model.safetensors

ok 'the model says what it is' gansample --info run
ok 'a plain D' says 'D: 64:lrelu=0.2:dropout=0.3,1'
ok 'of plain weights' says 'D.0.weight (64, 784)'
ok 'and a plain G' says 'G: 8:lrelu=0.2,9:bn:relu,784:tanh'
ok 'no vector of the norm is in it' not grep -qa 'weight_u\|weight_orig' run/model.safetensors
ok 'the state says what it is' gansample --info run/state.safetensors
ok 'D as it was given' says 'D: 64:sn:lrelu=0.2:dropout=0.3,1:sn'
ok 'with the matrices that are divided' says 'D.0.weight_orig (64, 784)'
ok 'by a norm along these vectors' says 'D.0.weight_u (64)'
ok 'and the averages of G with theirs' says 'G_ema.5.weight_v (9)'

ok 'pictures are drawn from the model' gansample run --seeds 0-9 -o grid.png --npy x.npy -q
ok 'from the averages in the state as well' gansample run/state.safetensors --seeds 0-9 -o state.png --npy state.npy -q
ok 'the same ones' same x.npy state.npy
ok 'the raw weights are drawn from, too' gansample run/state.safetensors --weights raw --seeds 0-9 -o raw.png --npy raw.npy -q
ok 'which give others' not same x.npy raw.npy
ok 'a logit is explained' ganexplain run --seed 3 -o explained -q
ok 'from the state with the same numbers' ganexplain run/state.safetensors --seed 3 -o of_state -q
ok 'to the last bit' same explained/seed-0003/maps.safetensors of_state/seed-0003/maps.safetensors

PROJECTING="--conditional $RUN -q"
ok 'a conditional GAN whose D projects is trained' gantrain -o classes $PROJECTING --steps 20
ok 'a run of fewer steps is trained' gantrain -o some $PROJECTING --steps 7
ok 'it is gone on with' gantrain -o some --resume --steps 20 --threads 1 -q
ok 'to the state of the unbroken run' same some/state.safetensors classes/state.safetensors
ok 'which says what it is' gansample --info classes/state.safetensors
ok 'the embedding is divided by a norm of its own' says 'D.embedding.weight_u (10)'
ok 'the model says what it is' gansample --info classes
ok 'its embedding is plain' says 'D.embedding.weight (10, 64)'
ok 'a logit of a class is explained' ganexplain classes --class 2 --seed 3 -o class -q
ok 'and from the state' ganexplain classes/state.safetensors --class 2 --seed 3 -o class_of_state -q
ok 'with the same numbers' same class/seed-0003-of-2/maps.safetensors class_of_state/seed-0003-of-2/maps.safetensors

ok 'spectral norm of what has bn ends with status 2' exits 2 gantrain -o new $RUN --generator 8:sn:bn,784:tanh
ok 'the message says why' says "layer 1: 'bn': sn and bn do not go together: bn undoes what sn does"
ok 'a value for it ends with status 2' exits 2 gantrain -o new $RUN --discriminator 8:sn=1,1
ok 'the message names the word' says "layer 1: 'sn=1': it takes no value"
ok 'nothing was made' absent new
finish
