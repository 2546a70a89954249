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

# compared NAME FOLDER TEXT: the words and numbers there call the picture that.
compared() {
    tr '\n' ' ' <"$2/explanation.txt" | grep -qF "compared with is $3." &&
        grep -qF "\"reference\": \"$3\"" "$2/explanation.json"
    result $? "$1"
}
index_of() { sed -n 's/.*"reference_index": \([0-9]*\).*/\1/p' "$1/explanation.json"; }
explains() { ok "$1" ganexplain --seed 40 --no-pictures -o x "$2" --target "$3"; }

# ---- What it was trained on
explains 'a model of the built-in digits' digits rec:nearest
compared 'is compared with those' x/seed-0040 "training picture $(index_of x/seed-0040)"
explains 'a model of a folder' run rec:nearest
i=$(index_of x/seed-0040)
result "$([ "$i" -lt 32 ]; echo $?)" 'is compared with a picture of that'
compared 'called a training picture' x/seed-0040 "training picture $i"
cp x/seed-0040/maps.safetensors want
ok 'the same by --data' ganexplain run --seed 40 --no-pictures -o x --target "rec:$i" --data ./own
same 'the same arrays' x/seed-0040/maps.safetensors want
compared 'and words' x/seed-0040 "training picture $i"
explains 'its state' run/state.safetensors loss:3
compared 'knows it, too' x/seed-0040 'training picture 3'
ok 'the figure' ganexplain run --seed 40 --target rec:nearest -o x -q
ok '--depfile' ganexplain run --seed 40 --target rec:nearest --no-pictures -o x --depfile x.d
result "$(grep -q '^x/seed-0040/explanation.json: run/model.safetensors own/train-images-idx3-ubyte .* run/config.json$' x.d; echo $?)" \
    'names the pictures and what led to them'
exits 2 'one of which no output replaces' ganexplain run --seed 40 --target rec:nearest --depfile run/config.json
says 'as it is told' 'run/config.json: is read here and would be written over'

# ---- What it was not trained on
ok 'other pictures' ganexplain run --seed 33,40 -o x --target rec:nearest --data other/
says 'are said to be others' 'other/: not what the model was trained on'
result "$([ "$(grep -c 'trained on' .said)" -eq 1 ]; echo $?)" 'once'
compared 'as words and numbers say' x/seed-0040 \
    "picture $(index_of x/seed-0040) of 'other', which the model was not trained on"
ok 'a foreign model' ganexplain "$GOLDEN" --generator "$G" --discriminator "$D" --seed 40 -o x --target rec:434
compared 'meets the built-in digits' x/seed-0040 'built-in digit 434'
ok 'or those of --data' ganexplain "$GOLDEN" --generator "$G" --seed 40 -o x --target rec:5 --data "$PWD/own"
compared 'which may be its own' x/seed-0040 "picture 5 of 'own'"
ok 'a picture of a file' ganexplain run --seed 40 -o x --target rec:x/seed-0040/sample.png
result "$(! grep -q '"reference_index' x/seed-0040/explanation.json; echo $?)" 'is no picture of a set'
compared 'but has a name' x/seed-0040 sample.png
exits 3 'one that is missing' ganexplain run --seed 40 -o x --target rec:no.png
says 'is what is wrong' 'ganexplain: no.png: No such file'

# ---- What it was trained on is not there
mv own moved
rm -r x
exits 3 'pictures that were moved' ganexplain run --seed 40 -o x --target rec:nearest
says 'are asked for' '--data DIR'
says 'by their checksum' "checksum $(grep -ao '"data_crc32":"[0-9a-f]*"' run/model.safetensors | cut -d'"' -f4))"
says 'with where they were' 'run/config.json names own: no such folder;'
ok 'and taken from elsewhere' ganexplain run --seed 40 -o x --target rec:nearest --data moved
compared 'as the training pictures they are' x/seed-0040 "training picture $i"
rm -r x
mv other own
exits 3 'others in their place' ganexplain run --seed 40 -o x --target rec:nearest
says 'are not taken for them' 'run/config.json names own: holds other pictures'
cp run/model.safetensors alone.safetensors
exits 3 'a model without its run folder' ganexplain alone.safetensors --seed 40 -o x --target rec:nearest
says 'does not take the built-in digits' 'they are not the built-in digits'
absent 'and nothing was made' x
cp digits/model.safetensors alone.safetensors
explains 'unless it was trained on them' alone.safetensors rec:7
compared 'as it says' x/seed-0040 'training picture 7'
echo 'no JSON' >digits/config.json
explains 'a damaged config.json' digits rec:7
compared 'does no harm then' x/seed-0040 'training picture 7'
finish
