#!/bin/sh
# SPDX-License-Identifier: MIT
# What a judge takes pictures for can be explained, by the one that is built in or by a file.
. "$(dirname "$0")/lib.sh"
cp "$HERE/../../data/judge/judge.safetensors" judge.safetensors
SUM=$(sha256sum judge.safetensors 2>/dev/null || shasum -a 256 judge.safetensors)
SUM=${SUM%% *}
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
gantrain -o vae $(net_of vae) --steps 3 --checkpoint-every 0 -q || exit 1

explain() { ganexplain --seed 7 --no-pictures "$@"; }
words() { tr '\n' ' ' <"$1/explanation.txt"; }
says_sum() { tr -d ' \n' <"$1/explanation.json" | grep -F "\"judge\":{\"sha256\":\"$SUM\"}"; }

ok 'the judge that is built in is asked' explain run --target class:3
ok 'words say what the number is' eval "words run/explain/seed-0007-class-3 | grep -q 'how much the judge takes the picture for one of class 3: its raw logit of that class. It is'"
ok 'they say how probable it is to the judge' eval "words run/explain/seed-0007-class-3 | grep -qE 'It is [-+0-9.]+, a probability of [0-9.e-]+ %(; most, [0-9.]+ %, is that of class [0-9]|, more than of any other class)\\.'"
seen=$(sed -n 's/.*"seen": \([0-9]\).*/\1/p' run/explain/seed-0007-class-3/explanation.json)
ok 'the class that it sees is explained' explain run --target "class:$seen" -o x
ok 'words say that it is the most probable' eval "words x/seed-0007-class-$seen | grep -q '%, more than of any other class[.]'"
ok 'numbers say which judge it was' says_sum run/explain/seed-0007-class-3
cp run/explain/seed-0007-class-3/maps.safetensors want
ok 'a file may be asked' explain run --target class:3 --judge judge.safetensors --depfile x.d -o x
ok 'the same judge gives the same arrays' same x/seed-0007-class-3/maps.safetensors want
ok 'the make rule names the file' grep -q '^x/seed-0007-class-3/explanation.json: run/model.safetensors judge.safetensors$' x.d
ok 'another class is another explanation' explain run --target class:4 -o x
ok 'its arrays differ' not same x/seed-0007-class-4/maps.safetensors want
ok 'a model without a discriminator is explained, too' explain vae --target class:0
ok 'a table says which judge it was' ganexplain run --seed 0-3 --target class:3 --table t.safetensors -q
ok 'in its metadata' grep -q "$SUM" t.safetensors
ok '--cite names the judge' ganexplain run --seed 7 --target class:3 --cite
ok 'by its checksum' says "$SUM"

ok 'labels at random make a control' ganeval --train-judge --random-labels --judge-width 8 -q -o control.safetensors
ok 'it is explained in place of the judge, too' explain run --target class:3 --method gradient --judge-control control.safetensors --depfile c.d -o c
ok 'the make rule names it' grep -q ' control.safetensors' c.d
ok 'numbers say what that changes' grep -q '"sanity.labels.x"' c/seed-0007-class-3/explanation.json
ok 'it judges nothing' exits 3 explain run --target class:3 --judge control.safetensors -o d
ok 'and it is said why' says 'was trained on random labels, and judges nothing'
ok 'a judge is no control' exits 3 explain run --target class:3 --judge-control judge.safetensors -o d
ok 'a control without a judge ends with status 2' exits 2 explain run --judge-control control.safetensors -o d
ok 'it says what asks one' says '--judge-control is for --target class:K'
ok 'refused controls leave nothing' absent d

ok 'a class that the judge does not know ends with status 2' exits 2 explain run --target class:10
ok 'it says which there are' says 'class 10: the judge knows 0 to 9'
ok 'a judge without a question ends with status 2' exits 2 explain run --judge judge.safetensors
ok 'it says what asks one' says '--judge is for --target class:K'
ok 'a model that is no judge ends with status 3' exits 3 explain run --target class:3 --judge run
ok 'it says what it is' says 'run/model.safetensors: is a gan, expected a classifier'
ok 'a judge itself is not explained' exits 2 explain judge.safetensors
ok 'it says why' says 'judge.safetensors: this classifier has no generator, whose pictures are explained'
finish
