#!/bin/sh
# SPDX-License-Identifier: MIT
# A conditional model in use: which class is drawn and explained, and what is refused.
. "$(dirname "$0")/lib.sh"
CORPUS=$HERE/../fuzz/corpus/safetensors # nets of a few weights: z of one number, two classes, pictures of 4 x 4
cp "$CORPUS/gan-projection" two.safetensors
cp "$CORPUS/gan" none.safetensors

# ---- gansample ----

ok 'a class is drawn' gansample two.safetensors --seeds 3,4 --class 1 -o one/
ok 'its files are named after it' [ "$(ls one | tr '\n' ' ')" = 'seed-0003-of-1.png seed-0004-of-1.png ' ]
ok 'all classes are drawn, by themselves' gansample two.safetensors --seeds 3,4 -o both/ --npy x.npy \
    --idx t10k-images-idx3-ubyte --pairs x.safetensors
ok 'every file is named' says \
    '4 pictures in both/, x.npy, x-labels.npy, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, x.safetensors'
ok 'there is a picture of each class and seed' [ "$(ls both | wc -l)" -eq 4 ]
ok 'a picture has the same bytes alone or among others' same one/seed-0004-of-1.png both/seed-0004-of-1.png
ok 'the class changes the picture' not cmp -s both/seed-0003-of-0.png both/seed-0003-of-1.png
printf '\0\0\1\1' >labels
tail -c 4 x-labels.npy >got
ok 'the array of labels has a class a picture' same got labels
tail -c 4 t10k-labels-idx1-ubyte >got
ok 'so have the IDX labels' same got labels
head -c 8 t10k-labels-idx1-ubyte >got
printf '\0\0\10\1\0\0\0\4' >want
ok 'they are IDX of rank 1' same got want
tail -c 4 x.safetensors >got # U8 comes last
ok 'so have the pairs' same got labels
gansample two.safetensors --seeds 3,4 --class 1 --npy one.npy -q
tail -c 32 x.npy >want
tail -c 32 one.npy >got
ok 'pictures come by class, then by seed' same got want
ok 'blocks and classes need not end together' gansample two.safetensors --seeds 0-2999 --npy many.npy -q
gansample two.safetensors --seeds 0-2999 --class 1 --npy part.npy -q
tail -c 48000 many.npy >want
tail -c 48000 part.npy >got
ok 'the second class is the one that is drawn alone' same got want
ok 'a grid has a class a row' gansample two.safetensors
ok 'it has ten seeds of each' says '20 pictures in two-grid.png'
ok 'a way between two seeds is drawn as each class' gansample two.safetensors --interpolate 1,2 --frames 3 -o way.png
ok 'columns are of one class' exits 2 gansample two.safetensors --seeds 0-9 --columns 5
ok 'that is said' says '--columns is for one class'
ok 'one class has columns' gansample two.safetensors --class 0 --seeds 0-9 --columns 5
ok 'a class that there is not is refused' exits 2 gansample two.safetensors --class 2 -o no.png
ok 'those that there are are named' says '--class: two.safetensors: class 2: there are 0 to 1'
ok 'what is no class is refused' exits 2 gansample two.safetensors --class 1x -o no.png
ok 'so is the option' says "--class: '1x' is neither a class, 0 to 255, nor all"
for class in 0 all; do
    ok "a model without classes has no class $class" exits 2 gansample none.safetensors --class $class -o no.png
    ok 'that is said of it' says 'none.safetensors: is not conditional'
done
ok 'a file of labels is not written over a file that is read' exits 2 gansample two.safetensors --z x.safetensors:z \
    --npy x.npy --idx x-labels.npy
ok 'nothing is made of what is refused' absent no.png

# ---- ganexplain ----

ok 'a class must be said' exits 2 ganexplain two.safetensors --seed 3
ok 'those that there are are named' says '--class: two.safetensors: is a conditional model: say which class, 0 to 1'
ok 'a model without classes is explained without' exits 2 ganexplain none.safetensors --seed 3 --class 0
ok 'nothing is made' absent two-explain
ok 'a class is explained' ganexplain two.safetensors --seed 3 --class 1 -q
ok 'its picture is the one that is drawn' same two-explain/seed-0003-of-1/sample.png one/seed-0003-of-1.png
ok 'the numbers say the class' grep -q '"class": 1' two-explain/seed-0003-of-1/explanation.json
ok 'its logit is that of D for this class (by its few weights 440.83; for the other 563.43)' \
    grep -q '"logit": 440.8' two-explain/seed-0003-of-1/explanation.json
ok 'the words say the class' grep -q '^Seed 3, class 1: logit' two-explain/seed-0003-of-1/explanation.txt
ok 'other classes go beside it' ganexplain two.safetensors --seed 3,4 --class 0 --target ink -q
ok 'under names of their own' [ "$(cd two-explain && echo seed*)" = \
    'seed-0003-of-0-ink seed-0003-of-1 seed-0004-of-0-ink' ]
ok 'their page says the class' grep -q '2 seeds of class 0 explained: ink' two-explain/index.html
ok 'a table does' sh -c 'ganexplain two.safetensors --seed 3 --class 1 --table t.safetensors -q &&
    grep -aq "\"class\":\"1\"" t.safetensors'
ok 'so does what is cited' sh -c 'ganexplain two.safetensors --seed 3 --class 1 --cite | grep -q "seed 3 as class 1"'
finish
