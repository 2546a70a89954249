#!/bin/sh
# SPDX-License-Identifier: MIT
# --init: a run begins with the networks of another one, which is then part of what it is.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 2 --sample-every 0 -q"
gantrain -o first $RUN --steps 5 || exit 1

ok 'a run begins from another' gantrain -o tuned $NET --log-every 2 --sample-every 4 --progress none --steps 4 --seed 2 --init first --depfile tuned.d
ok 'which parts it takes is said' says 'first/model.safetensors: G goes on from there, D goes on from there'
ok 'the file is an input' grep -q 'first/model.safetensors' tuned.d
ok 'its first samples are the last of that model' sh -c "gansample first --seeds 0-99 --npy a.npy -q && gantrain -o still $RUN --lr 0 --bn-momentum 1 --ema-kimg 0 --steps 1 --init first && gansample still --seeds 0-99 --npy b.npy -q && cmp a.npy b.npy"
ok 'a state gives its raw weights' sh -c "gansample first/state.safetensors --weights raw --seeds 0-99 --npy a.npy -q && gantrain -o raw $RUN --lr 0 --bn-momentum 1 --ema-kimg 0 --steps 1 --init first/state.safetensors && gansample raw --seeds 0-99 --npy b.npy -q && cmp a.npy b.npy"
ok 'the same run in parts' gantrain -o part $RUN --sample-every 4 --steps 2 --seed 2 --init first
ok 'goes on without the file' gantrain -o part $RUN --sample-every 4 --steps 3 --resume
ok 'and with it' gantrain -o part $RUN --sample-every 4 --steps 4 --seed 2 --init first --resume
ok 'to the same files' same tuned part
ok 'with another file' exits 2 gantrain -o part $RUN --steps 6 --init first/state.safetensors --resume
ok 'it does not go on' says "part/state.safetensors: cannot be resumed: '--init' has another file here"
ok 'nor does a run that began from none' exits 2 gantrain -o first $RUN --steps 6 --init tuned --resume
ok 'no path is in the model' not grep -q first part/model.safetensors
ok 'other layers' exits 3 gantrain -o other $RUN --steps 1 --init first --generator 9:bn:lrelu=0.2,784:tanh
ok 'are told apart' says 'first/model.safetensors: layer 1 of G is 4 to 8 with bn there, and 4 to 9 with bn here'
ok 'so is a layer without bn' exits 3 gantrain -o other $RUN --steps 1 --init first --generator 8:lrelu=0.2,784:tanh
ok 'and told so' says 'layer 1 of G is 4 to 8 with bn there, and 4 to 8 here'
ok 'another depth' exits 3 gantrain -o other $RUN --steps 1 --init first --discriminator 8,1,1
ok 'another range' exits 3 gantrain -o other $RUN --steps 1 --init first --range 0,1
ok 'is named' says 'its pictures are in -1 to 1, and here --range is 0 to 1'
ok 'a file that is not there' exits 3 gantrain -o other $RUN --steps 1 --init nowhere
ok 'none of them made anything' absent other
finish
