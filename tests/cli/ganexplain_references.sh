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
# explained PROGRAM OPTIONS ...: afresh in x, where the folder of seed 40 is called x/seed-0040 for any target.
explained() {
    rm -rf x
    "$@" && mv x/seed-0040-* x/seed-0040
}
explain() { explained ganexplain --seed 40 --no-pictures -o x "$1" --target "$2"; }

# ---- What it was trained on
ok 'a model of the built-in digits is explained by the nearest' explain digits rec:nearest
ok 'it is compared with one of them' is_compared x/seed-0040 "training picture $(index_of x/seed-0040)"
ok "a model of a folder's pictures is explained by the nearest" explain run rec:nearest
i=$(index_of x/seed-0040)
ok "the nearest is one of the folder's pictures" [ "$i" -lt 32 ]
ok 'it is called a training picture' is_compared x/seed-0040 "training picture $i"
cp x/seed-0040/maps.safetensors want
ok 'the same pictures may be given by --data' explained ganexplain run --seed 40 --no-pictures -o x --target "rec:$i" --data ./own
ok "--data of the training's pictures gives the same arrays" same x/seed-0040/maps.safetensors want
ok 'and the same words' is_compared x/seed-0040 "training picture $i"
ok "a state is explained by a picture's index" explain run/state.safetensors loss:3
ok 'a state knows its training pictures, too' is_compared x/seed-0040 'training picture 3'
ok 'the figure of a comparison is drawn' explained ganexplain run --seed 40 --target rec:nearest -o x -q
ok '--depfile with a comparison succeeds' explained ganexplain run --seed 40 --target rec:nearest --no-pictures -o x --depfile x.d
ok 'the make rule names the pictures and the config that led to them' grep -q '^x/seed-0040-rec-nearest/explanation.json: run/model.safetensors own/train-images-idx3-ubyte .* run/config.json$' x.d
ok 'a depfile onto that config ends with status 2' exits 2 ganexplain run --seed 40 --target rec:nearest --depfile run/config.json
ok 'it says that the config is read here' says 'run/config.json: is read here and would be written over'

# ---- What it was not trained on
ok "pictures that are not the training's may be given" explained ganexplain run --seed 33,40 -o x --target rec:nearest --data other/
ok 'a warning says that the model was not trained on them' says 'other/: not what the model was trained on'
ok 'the warning is said once for all seeds' [ "$(grep -c 'trained on' .said)" -eq 1 ]
ok 'words and numbers say that they are others' is_compared x/seed-0040 \
    "picture $(index_of x/seed-0040) of 'other', which the model was not trained on"
ok 'a foreign model is explained by an index' explained ganexplain "$GOLDEN" --generator "$G" --discriminator "$D" --seed 40 -o x --target rec:434
ok 'a foreign model is compared with the built-in digits' is_compared x/seed-0040 'built-in digit 434'
ok 'a foreign model is explained by --data' explained ganexplain "$GOLDEN" --generator "$G" --seed 40 -o x --target rec:5 --data "$PWD/own"
ok 'whether a foreign model was trained on those is not claimed' is_compared x/seed-0040 "picture 5 of 'own'"
cp x/seed-0040/sample.png . || n_bad=1
ok 'a picture of a file is compared with' explained ganexplain run --seed 40 -o x --target rec:./sample.png
ok 'it has no index in a set' not grep -q '"reference_index' x/seed-0040/explanation.json
ok "it is called by its file's name" is_compared x/seed-0040 sample.png
ok 'a picture that is missing ends with status 3' exits 3 ganexplain run --seed 40 -o x --target rec:no.png
ok 'the missing file is named' says 'ganexplain: no.png: No such file'

# ---- What it was trained on is not there
mv own moved
rm -r x
ok 'training pictures that were moved end with status 3' exits 3 ganexplain run --seed 40 -o x --target rec:nearest
ok 'the message asks for --data' says '--data DIR'
ok 'it states the checksum of the pictures' says "checksum $(grep -ao '"data_crc32":"[0-9a-f]*"' run/model.safetensors | cut -d'"' -f4))"
ok 'it says where they were sought' says 'run/config.json names own: no such folder;'
ok 'the moved pictures may be given' explained ganexplain run --seed 40 -o x --target rec:nearest --data moved
ok 'they are known as the training pictures' is_compared x/seed-0040 "training picture $i"
rm -r x
mv other own
ok 'other pictures in their place end with status 3' exits 3 ganexplain run --seed 40 -o x --target rec:nearest
ok 'it says that the folder holds other pictures' says 'run/config.json names own: holds other pictures'
cp run/model.safetensors alone.safetensors
ok 'a model without its run folder ends with status 3' exits 3 ganexplain alone.safetensors --seed 40 -o x --target rec:nearest
ok "it says that the built-in digits are not the training's" says 'they are not the built-in digits'
ok 'a refused comparison makes nothing' absent x
cp digits/model.safetensors alone.safetensors
ok 'a lone model of the built-in digits is explained' explain alone.safetensors rec:7
ok 'its picture is a training picture' is_compared x/seed-0040 'training picture 7'
echo 'no JSON' >digits/config.json
ok 'a model beside a damaged config.json is explained' explain digits rec:7
ok 'the damaged config does no harm to the digits' is_compared x/seed-0040 'training picture 7'
finish
