#!/bin/sh
# SPDX-License-Identifier: MIT
# ganexplain --across: the same z in other trainings and in steps of one, and what does not fit.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 6 --checkpoint-every 2 --keep 3 -q || exit 1
gantrain -o other $NET --steps 6 --seed 1 -q || exit 1
explain() { ganexplain --seed 7 --method gradient,shap --no-pictures -q "$@"; }

# ---- Trainings
ok 'the same z is explained in two trainings' explain run --across other -o two --depfile two.d
numbers=two/seed-0007/explanation.json
ok 'how alike they are stands in tables' grep -q '"stability.across.x.looks": {' $numbers
ok 'each is called by its run' grep -q '"name": "other"' $numbers
ok 'they are in no order of steps' not grep 'stability.across.drift' $numbers
ok 'the other is stated by its file, without folders' grep -q '"file": "model.safetensors"' $numbers
ok 'with its checksum' grep -q "$(sha256sum other/model.safetensors | cut -d' ' -f1)" $numbers
ok 'the rule of make has it' grep -q 'other/model.safetensors' two.d
explain run --across other -o again --threads 2
ok 'two threads find the same bytes' diff -r two again

# ---- Steps of one training
ok 'steps are explained' explain run --across run/state-000004.safetensors,run/state-000002.safetensors -o steps
sed -n '/"stability.across.target": {/,/^    }/s/.*"name": "\(step [0-9]*\)".*/\1/p' steps/seed-0007/explanation.json >order
ok 'the earliest is first, whatever the order they are given in' [ "$(tr '\n' ' ' <order)" = 'step 2 step 4 step 6 ' ]
ok 'they make curves over steps' grep -q '"stability.across.drift.z": {' steps/seed-0007/explanation.json
ok 'a model beside itself is explained' explain run --across run -o self

# ---- What does not fit
gantrain -o wide $NET --z-dim 5 --steps 1 -q
ok 'another z-dim is refused' exits 3 explain run --across wide
ok 'it says which file, what was found and what is expected' says '--across: wide/model.safetensors: its z has 5 components, expected 4 as in run/model.safetensors'
gantrain -o bright $NET --range 0,1 --steps 1 -q
ok 'pictures of another range are refused' exits 3 explain run --across bright
ok 'with both' says 'its pictures are in 0..1, expected -1..1'
ok 'a file that is not there is refused' exits 3 explain run --across nowhere
gantrain -o vae $(net_of vae) --steps 1 -q
ok 'a model without D is refused where D is the target' exits 3 explain run --across vae
ok 'an empty item is refused' exits 2 explain run --across other,
ok 'and nothing was made' absent run/explain
gantrain -o of_class $(net_of conditional) --steps 1 -q
ok 'a conditional model is explained at the same class' explain of_class --class 3 --across of_class -o classes
ok 'a model that takes no class is refused beside it' exits 2 explain of_class --class 3 --across run
finish
