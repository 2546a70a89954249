#!/bin/sh
# SPDX-License-Identifier: MIT
# A variational autoencoder from the command line: trained, gone on with, sampled, explained.
. "$(dirname "$0")/lib.sh"
VAE='--model vae --encoder 9:lrelu=0.2:dropout=0.2,8 --generator 8:bn:lrelu=0.2,784:sigmoid --z-dim 4'
RUN="$VAE --batch 16 --beta-warmup 20 --log-every 5 --sample-every 10 --checkpoint-every 10"

ok 'a variational autoencoder is trained' gantrain -o run $RUN --threads 1 --steps 30
ok 'its parts are told' says 'parameters: E 7,145, G 7,104'
ok 'the log has its numbers' grep -q '"step": 30, .*"Loss/reconstruction": [0-9].*"Loss/kl": [0-9].*"Loss/objective": [0-9]' run/log.jsonl
ok 'a run of fewer steps is trained' gantrain -o half $RUN --threads 1 --steps 17 -q
ok 'it is gone on with by its folder alone' gantrain -o half --resume --steps 30 --threads 1 -q
ok 'to the model of the unbroken run' same half run
ok 'and to its state' same half/state.safetensors run/state.safetensors
ok 'what it gives back is shown where samples are' [ "$(ls run/samples | sed 's/.*-//' | sort | uniq -c | awk '{ print $1 $2 }' | tr '\n' ' ')" = '2000000.png 2000010.png 2000020.png 2000030.png ' ]
cp -r run older
ok 'a run of another model in its place' gantrain -o older $NET --sample-every 1 --force -q --steps 1
ok 'leaves nothing of that' [ "$(cd older/samples && echo *)" = 'step-000000.png step-000001.png' ]
ok 'another beta is another run' exits 2 gantrain -o half --resume --steps 40 --beta 2
ok 'the message says which' says "'--beta' is 2"

ok 'the model says what it is' gansample --info run
ok 'its kind' says 'model: vae'
ok 'and no prior, since its codes fill N(0, I)' not says 'prior'
ok 'pictures are drawn from it' gansample run --seeds 0-9 -o grid.png --npy x.npy -q
ok 'from its state as well' gansample run/state.safetensors --seeds 0-9 -o state.png --npy state.npy -q
ok 'the same ones' same x.npy state.npy
ok 'the way from a seed to another is drawn' gansample run --interpolate 3,7 --frames 5 -o way.png --npy way.npy -q
ok 'without a D its ink is explained' ganexplain run --seed 3 -o ink -q
ok 'and what a picture differs in' ganexplain run --seed 3 --target rec:5 -o rec -q
ok 'and a region' ganexplain run --seed 3 --target region:4,5,6,7 -o region -q
ok 'the logit of a D it has not ends with status 3' exits 3 ganexplain run --seed 3 --target logit -o logit

ok 'a conditional one is trained' gantrain -o class $RUN --conditional --threads 1 --steps 30 -q
ok 'as is a part of it' gantrain -o part $RUN --conditional --threads 1 --steps 17 -q
ok 'which is gone on with' gantrain -o part --resume --steps 30 --threads 1 -q
ok 'to the same model' same part class
ok 'and state' same part/state.safetensors class/state.safetensors
ok 'it draws one class' gansample class --class 3 --seeds 0-9 -o class3.png --npy class3.npy -q
ok 'and another' gansample class --class 4 --seeds 0-9 -o class4.png --npy class4.npy -q
ok 'by other pictures' not same class3.npy class4.npy
ok 'one class is explained' ganexplain class --class 3 --seed 3 --target rec:5 -o class-rec -q

ok 'a model without a recipe named has its own' gantrain --model vae -o new --dry-run
ok 'whose encoder ends in means and variances' says '"encoder": "512:relu,256:relu,20"'
ok 'another width of z' gantrain --model vae --z-dim 6 -o new --dry-run
ok 'is half of what that encoder ends in' says '"encoder": "512:relu,256:relu,12"'
ok 'the squared error takes any range' gantrain -o mse $RUN --reconstruction mse --range -1,1 --generator 784:tanh --threads 1 --steps 3 -q
ok 'of a tanh there is no cross-entropy' exits 2 gantrain -o new $RUN --generator 784:tanh
ok 'the message says why' says '--reconstruction bce is for pictures from a sigmoid'
ok 'a warm-up to nothing ends with status 2' exits 2 gantrain -o new $RUN --beta 0
ok 'the message says what it is for' says '--beta-warmup is for --beta above 0'
ok 'a beta of a GAN ends with status 2' exits 2 gantrain -o new $NET --beta 1
ok 'the message says whose it is' says '--beta is for --model vae, and not for gan'
ok 'nothing was made' absent new
finish
