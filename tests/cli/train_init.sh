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
ok 'a run in the place of what it begins from' exits 2 gantrain -o part $RUN --init part/state.safetensors --force
ok 'is refused' says '--init: part: is read here and would be written over'
ok 'and leaves it' [ -e part/model.safetensors ]
ok 'initial values from the data beside it' exits 2 gantrain -o other $RUN --steps 1 --init first --init-output data
ok 'are refused' says '--init-output data is for a run without --init'
ok 'none of them made anything' absent other

# tensor FILE NAME: its bytes.
tensor() {
    perl -0777 -e 'open(F, "<:raw", shift); my ($s, $name) = (<F>, shift); my $n = unpack("Q<", $s);
        substr($s, 8, $n) =~ /"\Q$name\E":\{[^}]*"data_offsets":\[(\d+),\s*(\d+)\]/ or die "$name\n";
        print substr($s, 8 + $n + $1, $2 - $1)' "$1" "$2"
}
still() { gantrain -o still --force $RUN "$@" --lr 0 --bn-momentum 1 --ema-kimg 0 --steps 1; }
gantrain -o classes $RUN --conditional --steps 5 || exit 1
ok 'a conditional run begins from another' still --conditional --init classes
tensor classes/model.safetensors D.embedding.weight >there
tensor still/model.safetensors D.embedding.weight >here
ok 'with its embedding' [ -s there ]
ok 'to the byte' same there here
ok 'a run without classes does not, even where G takes as many numbers' exits 3 gantrain -o other $RUN --z-dim 14 --steps 1 --init classes
ok 'the message says why' says 'D has 2 layers and an embedding of 10 classes there, and 2 and 0 here'
ok 'nor does one with fewer' exits 3 gantrain -o other $RUN --conditional --n-classes 9 --classes 0-8 --steps 1 --init classes
ok 'nor one with classes from one without' exits 3 gantrain -o other $RUN --conditional --steps 1 --init first

# Losses of a first step on what it began from.
losses() { still --discriminator $2,1$3 --init $1 --log-every 1 && grep -o '"Loss/[^,]*' still/log.jsonl; }
near() { # FILE FILE: numbers that differ by less than a hundredth
    paste "$1" "$2" | perl -ne 'my ($x, $y) = /: *(\S+).*: *(\S+)/ or exit 1; $n++;
        print && exit 1 if abs($x - $y) > 0.01 * abs($x); END { exit 1 if !$n }'
}
SN='64:sn:lrelu=0.2'
gantrain -o normal $RUN --discriminator $SN,1:sn --steps 20 --ema-kimg 0 || exit 1
losses normal 64:lrelu=0.2 '' >plain
losses normal/state.safetensors $SN :sn >of_state
ok 'of a state with sn the norms are taken, too: its losses are those of the plain model' same plain of_state
losses normal $SN :sn >of_model
ok 'of a model the norms begin anew, near to what they were' near plain of_model
ok 'a run says' gantrain -o said $NET --progress none --discriminator $SN,1:sn --init normal --steps 1
ok 'that it goes on so' says 'normal/model.safetensors: G goes on from there, D goes on from there, its sn anew'
ok 'a state with sn does not go on without' exits 3 gantrain -o other $RUN --discriminator 64:lrelu=0.2,1 --steps 1 --init normal/state.safetensors
ok 'the message names the layer' says 'layer 1 of D is 784 to 64 with sn there, and 784 to 64 here'
ok 'none of these made anything' absent other
finish
