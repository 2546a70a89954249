#!/bin/sh
# SPDX-License-Identifier: MIT
# What rec and loss compare with is what the model was trained on, or it is said what else it is.
. "$(dirname "$0")/lib.sh"
G=$(sed -n 's/.*g_spec\[\] = "\(.*\)";/\1/p' "$HERE/../test_golden.c")
D=$(sed -n 's/.*d_spec\[\] = "\(.*\)";/\1/p' "$HERE/../test_golden.c")
GOLDEN=$HERE/../golden/golden.safetensors

# set_of FOLDER SEEDS: 32 generated pictures, all of class 0, as a data set.
set_of() {
    mkdir "$1"
    gansample digits --seeds "$2" --idx "$1/train-images-idx3-ubyte" -q
    cp "$1/train-images-idx3-ubyte" "$1/t10k-images-idx3-ubyte"
    { printf '\0\0\10\1\0\0\0\40'; head -c 32 /dev/zero; } >"$1/train-labels-idx1-ubyte"
    cp "$1/train-labels-idx1-ubyte" "$1/t10k-labels-idx1-ubyte"
}
gantrain -o digits $NET --steps 3 --checkpoint-every 0 -q || exit 1
set_of own 0-31
set_of other 32-63
gantrain -o run --data own $NET --steps 3 -q || exit 1

# is_compared FOLDER TEXT: the words and numbers there call the picture that.
is_compared() {
    tr '\n' ' ' <"$1/explanation.txt" | grep -F "compared with is $2." &&
        grep -F "\"reference\": \"$2\"" "$1/explanation.json"
}
index_of() { sed -n 's/.*"reference_index": \([0-9]*\).*/\1/p' "$1/explanation.json"; }
explain() { ganexplain --seed 40 --no-pictures -o x "$1" --target "$2"; }

# ---- What it was trained on
ok 'a model of the built-in digits' explain digits rec:nearest
ok 'is compared with those' is_compared x/seed-0040 "training picture $(index_of x/seed-0040)"
ok 'a model of a folder' explain run rec:nearest
i=$(index_of x/seed-0040)
ok 'is compared with a picture of that' [ "$i" -lt 32 ]
ok 'called a training picture' is_compared x/seed-0040 "training picture $i"
cp x/seed-0040/maps.safetensors want
ok 'the same by --data' ganexplain run --seed 40 --no-pictures -o x --target "rec:$i" --data ./own
ok 'the same arrays' same x/seed-0040/maps.safetensors want
ok 'and words' is_compared x/seed-0040 "training picture $i"
ok 'its state' explain run/state.safetensors loss:3
ok 'knows it, too' is_compared x/seed-0040 'training picture 3'
ok 'the figure' ganexplain run --seed 40 --target rec:nearest -o x -q
ok '--depfile' ganexplain run --seed 40 --target rec:nearest --no-pictures -o x --depfile x.d
ok 'names the pictures and what led to them' grep -q '^x/seed-0040/explanation.json: run/model.safetensors own/train-images-idx3-ubyte .* run/config.json$' x.d
ok 'one of which no output replaces' exits 2 ganexplain run --seed 40 --target rec:nearest --depfile run/config.json
ok 'as it is told' says 'run/config.json: is read here and would be written over'

# ---- What it was not trained on
ok 'other pictures' ganexplain run --seed 33,40 -o x --target rec:nearest --data other/
ok 'are said to be others' says 'other/: not what the model was trained on'
ok 'once' [ "$(grep -c 'trained on' .said)" -eq 1 ]
ok 'as words and numbers say' is_compared x/seed-0040 \
    "picture $(index_of x/seed-0040) of 'other', which the model was not trained on"
ok 'a foreign model' ganexplain "$GOLDEN" --generator "$G" --discriminator "$D" --seed 40 -o x --target rec:434
ok 'meets the built-in digits' is_compared x/seed-0040 'built-in digit 434'
ok 'or those of --data' ganexplain "$GOLDEN" --generator "$G" --seed 40 -o x --target rec:5 --data "$PWD/own"
ok 'which may be its own' is_compared x/seed-0040 "picture 5 of 'own'"
ok 'a picture of a file' ganexplain run --seed 40 -o x --target rec:x/seed-0040/sample.png
ok 'is no picture of a set' not grep -q '"reference_index' x/seed-0040/explanation.json
ok 'but has a name' is_compared x/seed-0040 sample.png
ok 'one that is missing' exits 3 ganexplain run --seed 40 -o x --target rec:no.png
ok 'is what is wrong' says 'ganexplain: no.png: No such file'

# ---- What it was trained on is not there
mv own moved
rm -r x
ok 'pictures that were moved' exits 3 ganexplain run --seed 40 -o x --target rec:nearest
ok 'are asked for' says '--data DIR'
ok 'by their checksum' says "checksum $(grep -ao '"data_crc32":"[0-9a-f]*"' run/model.safetensors | cut -d'"' -f4))"
ok 'with where they were' says 'run/config.json names own: no such folder;'
ok 'and taken from elsewhere' ganexplain run --seed 40 -o x --target rec:nearest --data moved
ok 'as the training pictures they are' is_compared x/seed-0040 "training picture $i"
rm -r x
mv other own
ok 'others in their place' exits 3 ganexplain run --seed 40 -o x --target rec:nearest
ok 'are not taken for them' says 'run/config.json names own: holds other pictures'
cp run/model.safetensors alone.safetensors
ok 'a model without its run folder' exits 3 ganexplain alone.safetensors --seed 40 -o x --target rec:nearest
ok 'does not take the built-in digits' says 'they are not the built-in digits'
ok 'and nothing was made' absent x
cp digits/model.safetensors alone.safetensors
ok 'unless it was trained on them' explain alone.safetensors rec:7
ok 'as it says' is_compared x/seed-0040 'training picture 7'
echo 'no JSON' >digits/config.json
ok 'a damaged config.json' explain digits rec:7
ok 'does no harm then' is_compared x/seed-0040 'training picture 7'
finish
