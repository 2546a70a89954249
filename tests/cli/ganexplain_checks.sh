#!/bin/sh
# SPDX-License-Identifier: MIT
# ganexplain: a broken check ends with 6, in folders and in tables, after all files are there.
. "$(dirname "$0")/lib.sh"

tensor() { # NAME SHAPE BYTES: at the end of the last one
    header="$header,\"$1\":{\"dtype\":\"F32\",\"shape\":[$2],\"data_offsets\":[$at,$((at + $3))]}"
    at=$((at + $3))
}
begin() {
    header= at=0
}
finish_header() { # FILE: a header of 512 bytes
    { printf '\000\002\000\000\000\000\000\000' && printf '%-512s' "{${header#,}}"; } >"$1"
}
pixels() { # FLOATS: 784 times, as octal bytes
    i=0
    while [ $i -lt 784 ]; do
        printf "$1"
        i=$((i + 1))
    done
}

# A pixel is tanh((1e4 z + 0.1) - 1e4 z): float has no digits left, and its gradient is right, 0.
begin
tensor G.0.weight 2,1 8
tensor G.0.bias 2 8
tensor G.1.weight 784,2 6272
tensor G.1.bias 784 3136
finish_header cancels.safetensors
{
    printf '\000\100\034\106\000\100\034\106\315\314\314\075\000\000\000\000'
    pixels '\000\000\200\077\000\000\200\277'
    pixels '\000\000\000\000'
} >>cancels.safetensors

# Weights 1e37, 10.5 2^-89, 2^-60: forward all is well, but the product of the last two is 10.5 steps of the
# smallest float, of which the gradient keeps 10.
begin
tensor G.0.weight 1,1 4
tensor G.0.bias 1 4
tensor G.1.weight 1,1 4
tensor G.1.bias 1 4
tensor G.2.weight 784,1 3136
tensor G.2.bias 784 3136
finish_header underflows.safetensors
{
    printf '\302\275\360\174\000\000\000\000\000\000\250\024\000\000\000\000'
    pixels '\000\000\200\041'
    pixels '\000\000\000\000'
} >>underflows.safetensors

cancels() {
    ganexplain cancels.safetensors --generator 2,784:tanh --target pixel:3,3 "$@"
}
underflows() {
    ganexplain underflows.safetensors --generator 1,1,784 --range -1,1 --target pixel:3,3 "$@"
}

ok 'a value without digits ends with status 6' exits 6 cancels --method gradient --seed 0-9 -o a
ok 'the broken check is named' says 'check value_against_double: '
ok 'its explanation.json is there' [ -s a/seed-0009-pixel-3-3/explanation.json ]
ok 'its arrays are there' [ -s a/seed-0009-pixel-3-3/maps.safetensors ]
ok 'its figure is there' [ -s a/seed-0009-pixel-3-3/explanation.png ]
ok 'its maps warn whoever takes one alone' grep -aq 'DO NOT TRUST WHAT FOLLOWS: its arithmetic is wrong' a/*/gradient_z.png
ok 'its words say NOT MET' grep -q 'value_against_double  .*NOT MET' a/*/explanation.txt
ok 'the page marks each of them' [ "$(grep -c 'a check is not met' a/index.html)" -eq "$(grep -l 'NOT MET' a/*/explanation.txt | wc -l)" ]
ok 'and says how many they are' grep -q ' have a check that is not met: they are not to be trusted' a/index.html
ok 'a value without digits ends a table with status 6' exits 6 cancels --seed 0-639 --table a.safetensors
ok "the table's broken check is named" says 'check value_against_double: '
ok 'the table is there all the same' [ -s a.safetensors ]

ok 'a gradient without digits ends with status 6' exits 6 underflows --seed 7 --no-pictures -o b
ok 'seed and check are named' says 'seed 7: check gradient_against_double: '
ok 'its numbers are there' [ -s b/seed-0007-pixel-3-3/explanation.json ]
ok 'the check of its value is met' grep -q 'value_against_double  .*  met' b/*/explanation.txt
ok 'a gradient without digits ends a table with status 6' exits 6 underflows --seed 7 --table b.jsonl
ok "the table's seed and check are named" says 'seed 7: check gradient_against_double: '
ok 'that table is there, too' [ -s b.jsonl ]

checked_row() { # FIRST: which of 64 seeds from there on a table names
    underflows --seed "$1-$(($1 + 63))" --table c.jsonl 2>&1 |
        sed -n 's/.*seed \([0-9]*\): check.*/\1/p'
}
rows=$(for first in 0 64 128 192; do echo $(($(checked_row $first) - first)); done)
ok 'a table checks other rows for other seeds' [ "$(echo "$rows" | sort -u | wc -l)" -ge 3 ]
n_outside=$(echo "$rows" | awk '$1 < 0 || $1 > 63' | wc -l)
ok 'the row that a table checks is one of its tile' [ "$n_outside" -eq 0 ]

# Of 64 zeros the pixels have all their digits, of the 3.3 after them none.
begin
tensor z 65,1 260
finish_header rows.safetensors
{
    printf '%064d%064d%064d%064d' 0 0 0 0 | tr 0 '\000' && printf '\063\063\123\100'
} >>rows.safetensors
ok 'a row of a later tile without digits ends with status 6' \
    exits 6 cancels --z rows.safetensors:z --table e.jsonl
ok 'it is named' says 'row 64: check value_against_double: '

gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
gansample run --seeds 7,7 --pairs twice.safetensors -q
ok 'one z is explained twice' ganexplain run --z twice.safetensors:z --no-pictures -o d -q
slopes() {
    grep -A2 gradient_against_differences "d/$1/explanation.json" | grep value
}
ok 'its slopes along directions are stated' [ -n "$(slopes z-0000)" ]
ok 'the second time it is checked along other directions' [ "$(slopes z-0000)" != "$(slopes z-0001)" ]
finish
