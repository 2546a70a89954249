#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures as PNGs in folders and as NumPy arrays: trained on, resumed, explained, and which of them are chosen.
. "$(dirname "$0")/lib.sh"

npy() { # SHAPE: what follows on stdin are elements of one byte
    header="{'descr': '|u1', 'fortran_order': False, 'shape': ($1), }"
    printf '\223NUMPY\001\000%b\000%s' "\\0$(printf %o ${#header})" "$header"
    cat
}
checksum() { gansample --info "$1" | sed -n 's/^data: checksum //p'; }
is_same_data() { [ -n "$(checksum "$1")" ] && [ "$(checksum "$1")" = "$(checksum "$2")" ]; }
train() { gantrain $NET -o "$@"; }
holds_words() { grep -rqF -- "$2" "$1"; }

# ---- The same pictures from three sources ----

ok 'a model makes pictures to train on' train maker --steps 1 -q
ok 'as PNGs and as arrays' gansample maker --seeds 0-59 -o 'all of/' --npy x.npy -q
mkdir -p 'png é/train/3' 'png é/train/7' 'png é/test/7' npy
i=0
for f in 'all of'/seed-*.png; do
    case $i in 5?) folder=test/7 ;; [0-2]? | [0-9]) folder=train/3 ;; *) folder=train/7 ;; esac
    mv "$f" "png é/$folder/"
    i=$((i + 1))
done
body=$(($(wc -c <x.npy) - 60 * 784))
pixels() { tail -c +$((body + 1)) x.npy | tail -c +$(($1 * 784 + 1)) | head -c $(($2 * 784)); }
labels() { head -c "$1" /dev/zero | tr '\000' '\003' && head -c "$2" /dev/zero | tr '\000' '\007'; }
turns=$(seq 0 19)
{ for k in $turns; do pixels "$k" 1 && pixels $((30 + k)) 1; done && pixels 20 10; } | npy 50,28,28 >npy/train-images.npy
pixels 50 10 | npy 10,784 >npy/test-images.npy
{ for _ in $turns; do labels 1 1; done && labels 10 0; } | npy 50, >npy/train-labels.npy
labels 0 10 | npy 10, >npy/test-labels.npy
ok 'folders of PNGs are trained on' train by-png --data 'png é' --steps 3 -q --depfile d
ok 'all files are in the make rule' [ "$(grep -c 'png:$' d)" = 60 ]
ok 'and all folders, which change with a picture' [ "$(grep -cE 'é(/(train|test))?(/[37])?:$' d)" = 6 ]
printf 'include d\nby-png/model.safetensors:\n\techo made >made\n' >again.mk
again() { rm -f made && MAKEFLAGS='' make -s -f again.mk by-png/model.safetensors && [ -e made ]; }
find 'png é' -exec touch -t 202001010000 {} + && touch -t 202001010001 by-png/model.safetensors
ok 'make leaves the model as it is' not again
cp 'png é/test/7/seed-0055.png' 'png é/test/7/seed-0060.png'
ok 'until there is another picture' again
find 'png é' -exec touch -t 202001010000 {} +
ok 'and no more' not again
rm 'png é/test/7/seed-0060.png'
ok 'or one less' again
ok 'arrays are trained on' train by-npy --data npy --steps 3 -q
ok 'they are the same pictures and labels, the classes taking turns' is_same_data by-png by-npy
ok 'and leave the same networks' same by-png/log.jsonl by-npy/log.jsonl
ok 'a run on PNGs goes on' train by-png --data 'png é' --steps 6 -q --resume
ok 'and is explained by its training pictures' ganexplain by-png --seed 1 --target rec:nearest -o e --no-pictures
ok 'which say so' holds_words e 'compared with training picture'

# ---- A test part that is drawn ----

cp npy/train-images.npy y.npy
cp npy/train-labels.npy y-labels.npy
ok 'a single array is trained on' train one --data y.npy --steps 2 --threads 1
ok 'a tenth is kept for testing, which is said' says 'one: 45 pictures, 5 others, drawn by the seed, kept for testing, parameters'
ok 'the same seed draws the same' train two --data y.npy --steps 2 --threads 2 -q
ok 'with any number of threads' same one/model.safetensors two/model.safetensors
ok 'another seed draws others' train three --data y.npy --steps 2 --seed 1 -q
ok 'which are other data' not is_same_data one three
ok 'a drawn part is found again' ganexplain three --seed 1 --target rec:nearest -o f --no-pictures
ok 'by the seed of the model' holds_words f 'compared with training picture'

# ---- Names of classes ----

mkdir -p named/cat named/dog
cp 'png é/train/3/'*.png named/cat
cp 'png é/train/7/'*.png named/dog
ok 'classes by name are checked' gantrain --data named --check-data
ok 'by label and name' says '1 dog           '
ok 'in words and as an object' sh -c 'gantrain --data named --check-data --json | grep -q "\"name\": \"dog\""'

# ---- What is chosen ----

CHOICE='--subset 17 --classes 7'
ok 'some pictures are trained on' train some --data npy $CHOICE --steps 4
ok 'as many as there are to be' says 'some: 17 pictures, '
ok 'a run of some is begun' train half --data npy $CHOICE --steps 2 -q
ok 'and goes on with them' gantrain -o half --data npy --resume --steps 4 --threads 2 -q
ok 'to the same bytes' same some half
ok 'others are refused' exits 2 gantrain -o half --data npy --resume --subset 18
ok 'by name' says "'--subset' is 18 here and 17 there"
ok 'the settings hold them' grep -q '"classes": "7"' some/config.json
ok 'a picture of them is the nearest' ganexplain some --seed 1 --target rec:nearest -o g --no-pictures
ok 'of those that were trained on' holds_words g 'compared with training picture'
ok 'where the data are named, too' ganexplain some --seed 1 --target rec:nearest --data npy -o h --no-pictures
ok 'those are they' holds_words h 'compared with training picture'
ok 'other data are taken whole' ganexplain some --seed 1 --target rec:nearest --data y.npy -o i --no-pictures
ok 'and said to be others' says 'not what the model was trained on'
ok 'a batch of more than are left is refused' exits 2 train none --data npy --subset 9
ok 'with how many there are' says '--batch: 16 is more than the 9 pictures there are'
ok 'a class without pictures is refused' exits 2 train none --data npy --classes 3,4
ok 'by name' says 'no training picture is of class 4'
ok 'a subset of more than there are is refused' exits 2 train none --data npy --subset 51
ok 'with how many there are' says '51 is more than the 50 training pictures'

# ---- Flaws ----

{ pixels 0 20 && head -c 1568 /dev/zero && pixels 3 1 && pixels 52 1; } | npy 24,28,28 >v-images.npy
labels 24 0 | npy 24, >v-labels.npy
mkdir flawed
mv v-images.npy flawed/train-images.npy
mv v-labels.npy flawed/train-labels.npy
pixels 50 10 | npy 10,28,28 >flawed/test-images.npy
cp npy/test-labels.npy flawed/test-labels.npy
ok 'data are checked without a run' gantrain --data flawed --check-data -o check.png
ok 'the file is told' says 'gantrain: check.png'
ok 'with counts of each class' says '3                24         0              2              3'
ok 'and what the parts share' says 'Of the training pictures 1 equal a test picture'
ok 'by name' says '	near-duplicate	'
ok 'and a figure' sh -c 'head -c 4 check.png | grep -q PNG'
ok 'or a drawing' gantrain --data flawed --check-data -o check.svg
ok 'in words' grep -q '>duplicate: 3' check.svg
ok 'pictures have the numbers that they are listed by' grep -q '>21: 3<' check.svg
ok 'those of the test part, too' grep -q '>test 2: ' check.svg
ok 'or as an object' sh -c 'gantrain --data flawed --check-data --json >check.json'
gantrain --data flawed --check-data >table.txt
ok 'which flawed ones --clean leaves out is said' grep -q -- '--clean leaves out those of the training part, and no test picture\.$' table.txt
more=$(sed -n 's/^\.\.\. and \([0-9]*\) more.*/\1/p' table.txt)
ok 'of all flawed pictures' [ "$(grep -c '"picture":' check.json)" = $((10 + more)) ]
ok 'by their places' grep -q '"place": 23' check.json
ok 'in their part' not grep -q '"place": 33' check.json
ok 'of classes without a name' grep -q '"name": null' check.json
ok 'JSON is of a check' exits 2 train none --json
ok 'by name' says '--json is for --check-data'
ok 'a check goes on with nothing' exits 2 gantrain --data flawed --check-data --resume
ok 'nor with what a model is made of' exits 2 gantrain --data flawed --check-data --lr 3
ok 'that is said' says '--lr is for a run, and --check-data makes none'
ok 'nor without being done' exits 2 gantrain --data flawed --check-data --dry-run
ok 'a drawing has the name of a picture' exits 2 gantrain --data flawed --check-data -o check.jpg
ok 'the message says which' says "--output: 'check.jpg' is no name of a picture, which ends in .png or .svg"
ok 'a check over its data is refused' exits 2 gantrain --data flawed --check-data -o flawed/train-images.npy
ok 'flaws are left out' train clean --data flawed --clean blank,duplicate --steps 4 --threads 1
ok 'which is said' says 'clean: 20 pictures, 4 left out by --clean, '
printf '%s\n' 'picture 20	blank' 'picture 21	blank,duplicate	picture 20' 'picture 22	duplicate	picture 3' \
    'picture 23	duplicate	test picture 2' >expected.txt
ok 'and listed' same clean/cleaned.txt expected.txt
ok 'a clean run is begun' train begun --data flawed --clean blank,duplicate --steps 2 -q
ok 'and goes on' gantrain -o begun --data flawed --resume --steps 4 --threads 2 -q
ok 'to the same bytes' same clean begun
ok 'other flaws make another run' exits 2 gantrain -o begun --data flawed --resume --clean blank
ok 'what is left is the training of the model' ganexplain clean --seed 1 --target rec:nearest -o j --no-pictures
ok 'and known as that' holds_words j 'compared with training picture'
ok 'where the data are named, too' ganexplain clean --seed 1 --target rec:nearest --data flawed -o k --no-pictures
ok 'they are known' holds_words k 'compared with training picture'
{ head -c 7056 /dev/zero; } | npy 9,28,28 >u.npy
labels 9 0 | npy 9, >u-labels.npy
ok 'a set of which nothing is left is refused' exits 2 train none --data u.npy --clean blank
ok 'with how many there were' says '--clean: leaves none of the 8 training pictures'
ok 'a new run has no older list' train clean --data flawed --steps 2 --force -q
ok 'where nothing is to be left out' absent clean/cleaned.txt
ok 'data without the flaw are trained on' train clean --clean blank --steps 2 --force
ok 'none being left out is said' says '4,500 pictures, 0 left out by --clean, '
ok 'and the list is there, empty' [ -f clean/cleaned.txt -a ! -s clean/cleaned.txt ]
ok 'an unknown flaw is named' exits 2 train none --data flawed --clean blnak
ok 'with what it may mean' says "did you mean 'blank'?"

# ---- What is no data ----

ok 'a text among PNGs is named' sh -c 'cp -r "png é" bad && echo hello >bad/train/3/notes.txt && ! gantrain -o none --data bad'
ok 'as what it is not' says 'bad/train/3/notes.txt: in a folder of pictures, where only PNGs are expected'
chmod 0 bad/train/7
if [ -r bad/train/7 ]; then
    skip 'a folder that cannot be read is named' 'this user reads everything'
else
    rm bad/train/3/notes.txt
    ok 'a folder that cannot be read is named' not gantrain -o none --data bad
fi
chmod 755 bad/train/7
pixels 0 3 | npy 4,28,28 >z.npy
ok 'a truncated array is refused' exits 3 gantrain -o none --data z.npy
ok 'with what is missing' says 'z.npy: truncated: 2352 bytes of elements, expected 3136'
ok 'labels that are missing are named' sh -c 'cp y.npy w.npy; ! gantrain -o none --data w.npy'
ok 'by the name they should have' says 'w-labels.npy: No such file'
ok 'nothing is made of what is refused' absent none
finish
