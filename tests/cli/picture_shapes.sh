#!/bin/sh
# SPDX-License-Identifier: MIT
# Pictures of other shapes than 28x28, from IDX files made here to training, samples and explanations.
. "$(dirname "$0")/lib.sh"

big_endian() { # NUMBER: as four bytes
    printf "\\$(printf %03o $(($1 >> 24)))\\$(printf %03o $(($1 >> 16 & 255)))"
    printf "\\$(printf %03o $(($1 >> 8 & 255)))\\$(printf %03o $(($1 & 255)))"
}
images() { # ROWS COLS N: a blob each, of class I % 3, that moves down and right with the class
    printf '\000\000\010\003' && big_endian "$3" && big_endian "$1" && big_endian "$2"
    awk -v rows="$1" -v cols="$2" -v n="$3" 'BEGIN {
        for (i = 0; i < n; i++) {
            y = (i % 3 + 1 + 0.1 * (i % 5)) * rows / 4; x = (i % 3 + 1 + 0.1 * (i % 7)) * cols / 4
            for (r = 0; r < rows; r++)
                for (c = 0; c < cols; c++)
                    printf "\\%03o", 255 * exp(-((r - y) ^ 2 + (c - x) ^ 2) / (rows * cols / 20))
            print ""
        }
    }' | while read -r bytes; do printf "$bytes"; done
}
labels() { # N
    printf '\000\000\010\001' && big_endian "$1"
    i=0
    while [ $i -lt "$1" ]; do
        printf "\\00$((i % 3))"
        i=$((i + 1))
    done
}
make_set() { # FOLDER ROWS COLS
    mkdir -p "$1"
    images "$2" "$3" 24 >"$1/train-images-idx3-ubyte"
    labels 24 >"$1/train-labels-idx1-ubyte"
    images "$2" "$3" 6 >"$1/t10k-images-idx3-ubyte"
    labels 6 >"$1/t10k-labels-idx1-ubyte"
}
train() { # FOLDER RUN ...
    folder=$1 run=$2
    shift 2
    gantrain --data "$folder" --n-classes 3 -o "$run" --z-dim 3 --batch 12 --threads 1 -q "$@"
}
has_size() { [ "$(wc -c <"$1")" -eq "$2" ] || { wc -c "$1" && false; }; }
has_pixels() { # FILE.png WIDTHxHEIGHT: by its header
    size=$(od -An -tu1 -j16 -N8 "$1" | awk '{ print $3 * 256 + $4 "x" $7 * 256 + $8 }')
    [ "$size" = "$2" ] || { echo "$1 is $size, expected $2" && false; }
}

# ---- Rows and columns that differ ----

make_set data 20 24
ok 'pictures of 20x24 are trained on' train data run --steps 20 --sample-every 10
ok "the recipe's generator ends as wide as they are" gansample --info run
ok 'its last width is the number of pixels' says '256:bn:lrelu=0.2,480:tanh'
ok 'and the file says their shape' says 'pictures: 20x24'
ok 'the grid of real pictures has ten in a row' has_pixels run/real.png 502x128
ok 'and so has that of samples' has_pixels run/samples/step-000020.png 502x422
ok 'a run goes on' train data run --steps 30 --sample-every 10 --resume
ok 'and ends as one that was not interrupted' train data whole --steps 30 --sample-every 10
ok 'with the same files' same run whole
ok 'a generator for 28x28 is refused' exits 2 train data other --generator 8,784:tanh
ok 'by what it should end in' says 'its last width is 784, expected 480 for pictures of 20x24'

ok 'pictures are drawn' gansample run --seeds 0-4 --npy x.npy --idx x.idx --pairs x.safetensors -q
ok 'the array has their pixels' has_size x.npy $((128 + 5 * 480))
ok 'and says so' grep -aq "'shape': (5, 480)" x.npy
ok 'the IDX file has them' has_size x.idx $((16 + 5 * 480))
{ printf '\000\000\010\003' && big_endian 5 && big_endian 20 && big_endian 24; } >head.want
head -c 16 x.idx >head.found
ok 'and rows before columns' same head.found head.want
ok 'the tensors have them' grep -aq '"x":{"dtype":"F32","shape":\[5,480\]' x.safetensors
ok 'as a folder' gansample run --seed 3 -o each/ -q
ok 'of a file for each' has_pixels each/seed-0003.png 24x20
ok 'as a grid' gansample run --seeds 0-3 -o grid.png -q
ok 'of two by two' has_pixels grid.png 102x86

explain() { ganexplain run --threads 1 -q "$@"; }
has_tensor() { # FILE NAME SHAPE
    grep -aq "\"$2\":{\"dtype\":\"F32\",\"shape\":\[$3\]" "$1" || { head -c 2000 "$1" && false; }
}
ok 'the logit is explained' explain --seed 7 --jacobian -o logit
maps=logit/seed-0007/maps.safetensors
ok 'with a gradient for every pixel' has_tensor $maps gradient_x 480
ok 'with a sensitivity for each' has_tensor $maps sensitivity 480
ok 'with the Jacobian of all' has_tensor $maps jacobian 480,3
ok 'and the picture as it is' has_pixels logit/seed-0007/sample.png 24x20
ok 'a pixel in the last corner is explained' explain --seed 7 --target pixel:19,23 -o pixel
ok 'one past the last row is refused' exits 2 explain --seed 7 --target pixel:20,0 -o pixel
ok 'one past the last column is refused' exits 2 explain --seed 7 --target pixel:0,24 -o pixel
ok 'a region to the last corner is explained' explain --seed 7 --target region:10,20,19,23 -o region
ok 'one past the last row is refused' exits 2 explain --seed 7 --target region:10,0,20,23 -o region
ok 'one past the last column is refused' exits 2 explain --seed 7 --target region:10,0,19,24 -o region
ok 'a unit of the last layer is explained' explain --seed 7 --target unit:9,479 -o unit
ok 'one past the last pixel is refused' exits 2 explain --seed 7 --target unit:9,480 -o unit
ok 'the nearest of its own pictures is compared with' explain --seed 7 --target rec:nearest -o rec
ok 'one of them is compared with' explain --seed 7 --target rec:5 -o rec
ok 'a PNG of their shape is compared with' explain --seed 7 --target rec:each/seed-0003.png -o rec
gansample run --seed 0 --columns 1 -o larger.png -q
ok 'one of another shape is refused' exits 3 explain --seed 7 --target rec:larger.png -o rec
make_set turned 24 20
ok 'a set of another shape is refused' exits 3 explain --seed 7 --target rec:nearest --data turned -o rec
ok 'by both shapes' says '24x20'
ok 'a table is written' explain --seed 0-9 --table table.csv
result=$(awk -F, '{ print NF }' table.csv | sort -u)
ok 'every row has a column for each pixel' [ "$result" = $((1 + 1 + 3 + 3 + 480)) ]
ok 'a table of tensors is written' explain --seed 0-9 --table table.safetensors
ok 'every row has a gradient for each pixel' has_tensor table.safetensors gradient_x 10,480

# ---- The smallest and the largest ----

for side in 4 128; do
    make_set data$side $side $side
    ok "pictures of ${side}x$side are trained on" train data$side run$side --steps 2 --generator "8,$((side * side)):tanh"
    ok "and drawn" gansample run$side --seed 0-2 --idx $side.idx -q
    ok "in their size" has_size $side.idx $((16 + 3 * side * side))
    ok "and explained" ganexplain run$side --seed 7 -q
done
make_set data3 3 3
ok 'pictures of 3x3 are refused' exits 3 train data3 none
ok 'by their size' says 'pictures of 3 rows and 3 columns, expected 4 to 128 of each'
make_set data129 129 4
ok 'as are those of 129 rows' exits 3 train data129 none
ok 'by theirs' says 'pictures of 129 rows and 4 columns, expected 4 to 128 of each'
images 24 20 6 >data/t10k-images-idx3-ubyte
ok 'and a set of two shapes' exits 3 train data none
ok 'by both' says 'pictures are 24x20, expected 20x24, as those of data/train-images-idx3-ubyte'
ok 'no run was begun' absent none
finish
