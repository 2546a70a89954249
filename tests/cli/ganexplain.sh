#!/bin/sh
# SPDX-License-Identifier: MIT
# ganexplain: the files of an explanation and what becomes of older ones, tables, what it refuses.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
cp run/model.safetensors untouched
G=$(sed -n 's/.*g_spec\[\] = "\(.*\)";/\1/p' "$HERE/../test_golden.c")
D=$(sed -n 's/.*d_spec\[\] = "\(.*\)";/\1/p' "$HERE/../test_golden.c")
GOLDEN=$HERE/../golden/golden.safetensors

holds() { # FOLDER FILES: these and no others, hidden or not
    [ "$(ls -A "$1" | tr '\n' ' ')" = "$2 " ] || { ls -A "$1" && false; }
}
NUMBERS='explanation.json explanation.txt maps.safetensors'
COMMON='explanation.json explanation.png explanation.txt'
OWN="$COMMON gradient_x.png gradient_z.png maps.safetensors sample.png sensitivity.png top_columns.png"
OF_D="d_gradient_x.png $COMMON gradient_z.png maps.safetensors sample.png sensitivity.png top_columns.png"

# ---- Folders
ok 'seeds, as a run folder says where' ganexplain run --seed 7,0-1
ok 'says how many and where' says '3 explained in run/explain'
ok 'a folder a seed' holds run/explain 'seed-0000 seed-0001 seed-0007'
ok 'with these files' holds run/explain/seed-0007 "$OWN"
gansample run --seed 7 -o drawn/ -q
ok 'the sample is the one of gansample' same run/explain/seed-0007/sample.png drawn/seed-0007.png
ok 'the checkpoint is as it was' same run/model.safetensors untouched
cp run/model.safetensors m.v2.safetensors
cp run/model.safetensors .hidden
ok 'a file' ganexplain m.v2.safetensors --seed 7 -q
ok 'is explained beside it, the same' diff -r m.v2-explain/seed-0007 run/explain/seed-0007
ok 'a file whose only dot comes first' ganexplain .hidden --seed 7 --no-pictures -q
ok 'keeps its name' holds .hidden-explain seed-0007
ok '-o' ganexplain run --seed 18446744073709551615 -o deep/er --no-pictures
ok 'a large seed is a text in JSON' grep -q '"seed": "18446744073709551615"' deep/er/seed-18446744073709551615/explanation.json

# ---- Older files in a folder
echo mine >run/explain/seed-0007/notes
ok 'another target' ganexplain run --seed 7 --target ink -q
rm run/explain/seed-0007/notes || n_bad=1
ok 'leaves no map of the last, nor takes what is not its own' holds run/explain/seed-0007 "$OF_D"
ok 'no pictures' ganexplain run --seed 7 --no-pictures -q
ok 'leaves none' holds run/explain/seed-0007 "$NUMBERS"
ok 'pictures again' ganexplain run --seed 7 -q
ok 'are the first ones' diff -r m.v2-explain/seed-0007 run/explain/seed-0007

# ---- Bytes
ok 'among 64, two threads' ganexplain run --seed 0-63 -o among --threads 2 -q
ok 'one thread' ganexplain run --seed 63,0-62 -o one --threads 1 -q
ok 'the same bytes' diff -r among one
ok 'the same alone' diff -r among/seed-0007 run/explain/seed-0007
ok 'a table, one thread' ganexplain run --seed 0-199 --table t1.safetensors --threads 1 -q
ok 'two' ganexplain run --seed 0-199 --table t2.safetensors --threads 2 -q
ok 'the same bytes' same t1.safetensors t2.safetensors
ok 'more rows than are written at once' ganexplain run --seed 0-1099 --table large.safetensors -q
ok 'the last of them' ganexplain run --seed 1024-1099 --table last.safetensors -q
for table in large last; do
    tail -c $((76 * 4 * 4)) $table.safetensors >$table.z
done
ok 'a table ends with its last z' same large.z last.z
gansample run --seeds 0-199 --pairs pairs.safetensors -q
ok 'by z' ganexplain run --z pairs.safetensors:z --table tz.safetensors -q
ok 'in folders' ganexplain run --z pairs.safetensors:z --no-pictures -o by-z -q
ok 'z gives the arrays of its seed' same by-z/z-0007/maps.safetensors run/explain/seed-0007/maps.safetensors
ok 'lines' ganexplain run --seed 0-199 --table t.jsonl -q
ok 'one for each seed' [ "$(wc -l <t.jsonl)" -eq 200 ]
ok 'one line' ganexplain run --seed 7 --table one.jsonl -q
ok 'a large seed' ganexplain run --seed 18446744073709551615 --table text.jsonl -q
ok 'is a text in a table' grep -q '^{"seed": "18446744073709551615", ' text.jsonl
sed -n 8p t.jsonl >line
ok 'the same alone' same one.jsonl line

ok 'a table on standard output' sh -c 'ganexplain run --seed 0-199 --table - >stdout.jsonl'
ok 'has the same lines' same stdout.jsonl t.jsonl
ok 'while the words go elsewhere' says '200 explained in standard output'
ok 'and makes no file' absent ./-
ok 'a full disk there' exits 4 sh -c 'ganexplain run --seed 7 --table - >/dev/full'
ok 'a table of numbers' ganexplain run --seed 0-199 --table t.csv -q
ok 'one row' ganexplain run --seed 7 --table one.csv -q
sed -n '1p; 9p' t.csv >line
ok 'is the same alone, after the names' same one.csv line
head -n 1 t.csv >names
ok 'which the first line has' grep -q '^seed,target,z0,z1,z2,z3,gradient_z0,.*,gradient_x0,.*,gradient_x783$' names
# "z": [a, b], ... and a,b: the same numbers in the same digits, the target second.
sed 's/{"seed": \(.*\), "z": \[\(.*\)\], "target": \([^,]*\), "grad.*_z": \[\(.*\)\], .*: \[\(.*\)\]}/\1,\3,\2,\4,\5/; s/ //g' \
    t.jsonl >want
sed 1d t.csv >line
ok 'has the numbers of the lines' same line want
ok 'a large seed' ganexplain run --seed 18446744073709551615 --target ink --table one.csv -q
ok 'is in it in full' grep -q '^18446744073709551615,' one.csv
ok 'with the gradient of the logit where that is' grep -q '^seed,.*,d_gradient_x783$' one.csv

# ---- One scale, settings
ok 'one scale for all' ganexplain run --seed 0-3 --scale run -o scaled -q
ok 'is the same in each' [ "$(grep -h -A5 '"full_colour"' scaled/*/explanation.json | sort -u | wc -l)" -eq 7 ]
tr '\0' ' ' <scaled/seed-0000/explanation.png >notes
ok 'and in the pictures' grep -aq 'Scale rule run' notes
ok 'maps and signs' ganexplain run --seed 1 --scale 0.5 --cmap purple-olive,cool --sign absolute --clip 2 \
    --alpha 0.8 --top 32 --jacobian -o styled -q
ok 'are stated' grep -q '"magnitude_map": "cool"' styled/seed-0001/explanation.json
ganexplain run --seed 3,5-6 --target region:4,4,10,12 --no-pictures --dry-run >c.json
ok '--dry-run prints the settings' [ $? -eq 0 ]
ok 'and makes nothing' absent run/explain/seed-0005
ok 'which --config takes' ganexplain run --config c.json -o configured -q
ok 'as options' ganexplain run --seed 3,5-6 --target region:4,4,10,12 --no-pictures -o direct -q
ok 'for the same' diff -r configured direct
ok '--list-methods' ganexplain --list-methods
ok 'names them' says 'gradient'
ok '--depfile' ganexplain run --seed 7 --depfile x.d -q
ok 'names inputs' grep -q '^run/explain/seed-0007/explanation.json: run/model.safetensors$' x.d
ok 'with --config' ganexplain run --seed 7 --config c.json --table x.jsonl --depfile x.d -q
ok 'names that, too' grep -q '^x.jsonl: run/model.safetensors c.json$' x.d
cp run/model.safetensors copy.safetensors
for option in --table --depfile; do
    ok "$option" exits 2 ganexplain copy.safetensors --seed 7 $option ./copy.safetensors
    ok 'is not to be an input' says 'read here and would be written over'
done
ok 'the input stays' same run/model.safetensors copy.safetensors
ok 'the strongest alone' ganexplain run --seed 7 --top 1 -o top -q
ok 'is one' grep -q 'The strongest of the 4 components of z carries' top/seed-0007/explanation.txt

# ---- References, foreign files
ok 'a picture' ganexplain run --seed 7 --target rec:drawn/seed-0007.png -o rec -q
ok 'gives the gradient of the distance' holds rec/seed-0007 "$OWN"
ok 'and no file says in which folder it was' not grep -q drawn rec/seed-0007/*
ok 'the nearest' ganexplain run --seed 7 --target loss:nearest --lambda 0.5 -o rec -q
ok 'with that lambda' grep -q '"lambda": 0.5' rec/seed-0007/explanation.json
n=$(sed -n 's/.*"reference_index": \([0-9]*\).*/\1/p' rec/seed-0007/explanation.json)
ok 'the same by its index' ganexplain run --seed 7 --target "loss:$n" --lambda 0.5 -o rec2 -q
ok 'the same arrays' same rec/seed-0007/maps.safetensors rec2/seed-0007/maps.safetensors
ok 'a foreign file' ganexplain "$GOLDEN" --generator "$G" --discriminator "$D" --seed 1 -o foreign -q
ok 'has all files' holds foreign/seed-0001 "$OWN"
ok 'without D' ganexplain "$GOLDEN" --generator "$G" --seed 1 -o foreign -q
ok 'ink is explained' grep -q '"name": "ink"' foreign/seed-0001/explanation.json
ok 'but no logit' exits 3 ganexplain "$GOLDEN" --generator "$G" --seed 1 --target logit -o foreign
ok 'and the older file is there' grep -q '"name": "ink"' foreign/seed-0001/explanation.json

# ---- Refusals, none of which makes a file
refused() { # STATUS TEXT OPTIONS ...
    status=$1
    text=$2
    shift 2
    ok "refused: $*" exits "$status" ganexplain "$@"
    ok "says: $text" says "$text"
}
head -c 500 untouched >cut.safetensors
ls -AR . | grep -vx '\.said\|before\|after' >before
refused 2 'expected a CHECKPOINT' --seed 7
refused 2 '--seed LIST' run
refused 2 'exclude each other' run --seed 7 --z a:z
refused 2 'a range that runs backwards; write 3-5' run --seed 5-3
refused 2 "'magic'" run --seed 7 --method magic
refused 2 'pixel:R,C' run --seed 7 --target pixel:28,0
refused 2 'is none of logit, pixel:R,C' run --seed 7 --target digit
refused 2 'is none of logit' missing --seed 7 --target digit
refused 2 'no dense layer with index 2' run --seed 7 --target unit:2,0
refused 2 'units 0 to 7' run --seed 7 --target unit:0,8
refused 2 'there are 0 to' run --seed 7 --target rec:1000000
refused 2 'image, run or a number above 0' run --seed 7 --scale 0
refused 2 'image, run or a number above 0' run --seed 7 --scale nan
refused 2 "'jet'" run --seed 7 --cmap jet
refused 2 '--top' run --seed 7 --top 0
refused 2 '--top' run --seed 7 --top 33
refused 2 '--alpha' run --seed 7 --alpha 0
refused 2 '--lambda' run --seed 7 --lambda -1
refused 2 'none of .safetensors, .jsonl, .csv' run --seed 7 --table x.tsv
refused 2 '--table - writes none' run --seed 7 --table - --depfile x.d
refused 2 '--lambda is for --target loss' run --seed 7 --lambda 1
for option in '--data run' '--n-classes 10'; do
    refused 2 "${option% *} is for --target rec:nearest" run --seed 7 $option
    refused 2 "${option% *} is for" run --seed 7 --target rec:drawn/seed-0007.png $option
done
for option in '--top 8' --pictures '--scale run' '--sign all' '--clip 0'; do
    refused 2 "${option% *} is for folders" run --seed 7 --table x.jsonl $option
done
for option in '--cmap hot' '--alpha 0.5'; do
    refused 2 "${option% *} is for pictures" run --seed 7 --table x.jsonl $option
    refused 2 "${option% *} is for pictures" run --seed 7 --no-pictures $option
done
refused 2 'leave out --output' run --seed 7 --table x.jsonl -o y
refused 2 '--jacobian' run --seed 7 --table x.jsonl --jacobian
refused 2 'rows' run --seed 0-18446744073709551615 --table x.safetensors
refused 2 '--generator' run --seed 7 --generator 9,784:tanh
refused 3 'missing' missing --seed 7
refused 3 'cut.safetensors' cut.safetensors --seed 7
refused 3 'no.png' run --seed 7 --target rec:no.png
refused 3 '28x28' run --seed 7 --target rec:run/real.png
refused 3 'no' run --seed 7 --target rec:nearest --data no
refused 3 "'y'" run --z pairs.safetensors:y
refused 3 'pairs' run --z pairs.safetensors:x
refused 2 'FILE.safetensors:NAME' run --z pairs.safetensors
refused 2 'no/x.d' run --seed 7 --depfile no/x.d
refused 2 "cannot read the name 'a=b/seed-0007/" run --seed 7 -o a=b --depfile x.d
refused 2 'no/x.d' run --seed 7 --table x.jsonl --depfile no/x.d
refused 4 'untouched' run --seed 7 -o untouched
refused 4 'untouched' run --seed 7 --table untouched/x.jsonl
ls -AR . | grep -vx '\.said\|before\|after' >after
ok 'and nothing was made' same before after

# A z so large that G overflows.
{ printf '\071\0\0\0\0\0\0\0{"z":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]}}'
  printf '\377\377\177\177\377\377\177\177\377\377\177\177\377\377\177\177'; } >large.safetensors
ok 'numbers that are not finite' exits 5 ganexplain run --z large.safetensors:z -o large
ok 'are named' says 'row 0'
ok 'and not saved' absent large/z-0000/explanation.json
ok 'nor put into a table' exits 5 ganexplain run --z large.safetensors:z --table large.jsonl
ok 'which does not appear' absent large.jsonl
finish
