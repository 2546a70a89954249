#!/bin/sh
# SPDX-License-Identifier: MIT
# A conditional GAN from the command line: trained, killed and gone on with, drawn, explained.
. "$(dirname "$0")/lib.sh"
RUN="$NET --conditional --log-every 5 --sample-every 10 --checkpoint-every 10"

ok 'a conditional GAN is trained' gantrain -o run $RUN --steps 30
ok 'G takes the ten classes beside z, D an embedding of them' says 'parameters: G 7,184, D 6,369'
ok 'what to do next names a class that there is' says 'ganexplain --seed 7 --class 0 run'
ok 'two threads train another' gantrain -o two $RUN --steps 30 --threads 2 -q
ok 'and the same twice' gantrain -o twice $RUN --steps 30 --threads 2 -q
ok 'to the byte' same two twice
ok 'a run of fewer steps is trained' gantrain -o half $RUN --steps 17 -q
ok 'it is gone on with by its folder alone' gantrain -o half --resume --steps 30 --threads 1 -q
ok 'to the model of the unbroken run' same half run
ok 'and to its state' same half/state.safetensors run/state.safetensors
if [ -n "${SHIM-}" ]; then
    FAULT_CALLS=rename FAULT_AT=7 LD_PRELOAD=$SHIM gantrain -o killed $RUN --steps 30 -q 2>/dev/null
    ok 'killed, it has no model' absent killed/model.safetensors
    ok 'it is gone on with' gantrain -o killed $RUN --steps 30 --resume -q
    ok 'to the model of the unbroken run' same killed run
fi
ok 'a run without classes is another' exits 2 gantrain -o half --resume --steps 40 --no-conditional
ok 'the message says which' says "'--conditional' is false here and true there"
ok 'so is one of more classes' exits 2 gantrain -o half --resume --steps 40 --n-classes 11
ok 'the message says which' says "'--n-classes' is 11 here and 10 there"
ok 'an autoencoder is not conditional' exits 2 gantrain -o no --model ae --conditional
ok 'the message says whose it is' says '--conditional is for --model gan'
ok 'nothing was made' absent no

ok 'a class a row is drawn' gansample run
ok 'they are those of the last sample' same run/grid.png run/samples/step-000030.png
ok 'the state opens as well' gansample run/state.safetensors -o state.png
ok 'to the same grid' same state.png run/grid.png
ok 'the model says what it is' gansample --info run
ok 'how many classes it has' says 'classes: 10'
ok 'a picture of a class is explained' ganexplain run --seed 3 --class 7 -q
ok 'it is the one that is drawn' sh -c 'gansample run --seed 3 --class 7 -o sevens/ -q &&
    cmp sevens/seed-0003-of-7.png run/explain/seed-0003-of-7/sample.png'
ok 'D has a verdict, by pictures of all classes' grep -q '"word": "' run/explain/seed-0003-of-7/explanation.json
ok 'any target is explained' ganexplain run --seed 3,4 --class 0 --target gen --table t.jsonl -q
ok 'the condition is explained' ganexplain run --seed 3 --class 7 --method condition -o condition -q
ok 'the pictures of all classes are shown' [ -e condition/seed-0003-of-7/condition.pictures.png ]
ok 'what it says stands in the words' grep -q '^as 7 .* 0  *0$' condition/seed-0003-of-7/explanation.txt
ok 'the answer is what was found as other classes' grep -q '): drawn as another class, the same z changes it most as [0-9] ([+-][0-9.e-]*) and [0-9] (' condition/seed-0003-of-7/explanation.json
ok 'the first paragraph says it, too' sh -c "sed '/^The evidence/,\$d' condition/seed-0003-of-7/explanation.txt | tr '\n' ' ' | grep -q 'the same z changes the target most as [0-9]'"
ok 'of any target, with all other methods' ganexplain run --seed 3 --class 7 --method all --target unit:0,2 -o condition -q
ok 'the answer says so after what z does' grep -q '"answer": .*z[0-9].*; drawn as another class, the same z changes it most as [0-9] (' condition/seed-0003-of-7-unit-0-2/explanation.json
gantrain -o plain $NET --steps 1 -q
ok 'a model without classes has no such explanation' exits 2 ganexplain plain --seed 3 --method condition -o no
ok 'that is said' says 'method condition is for conditional models, and this is none'
ok 'all methods are those that it has' ganexplain plain --seed 3 --method all -o plain-all -q
ok 'and no more' absent plain-all/seed-0003/condition.pictures.png

ok 'some of the classes are trained' gantrain -o some $RUN --classes 3,7 --steps 10 -q
ok 'all of them are drawn' gansample some --npy x.npy -o some.png
ok 'they are those of the last sample' same some.png some/samples/step-000010.png
ok 'another one is refused' exits 2 gansample some --class 5 -o no.png
ok 'those that there are are named' says 'class 5: it was trained on the classes 3,7 alone'
ok 'it is not explained' exits 2 ganexplain some --seed 3 --class 5
ok 'the others are' ganexplain some --seed 3 --class 7 --method condition -q
ok 'what was drawn is data to train on, with its classes' gantrain -o again $RUN --data x.npy --classes 3,7 --steps 1 -q
finish
