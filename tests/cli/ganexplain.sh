#!/bin/sh
# SPDX-License-Identifier: MIT
# ganexplain: the files of an explanation and what becomes of older ones, tables, what it refuses.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
cp run/model.safetensors untouched
G=$(sed -n 's/.*g_spec\[\] = "\(.*\)";/\1/p' "$HERE/../test_golden.c")
D=$(sed -n 's/.*d_spec\[\] = "\(.*\)";/\1/p' "$HERE/../test_golden.c")
GOLDEN=$HERE/../golden/golden.safetensors

holds() { # NAME FOLDER FILES: the folder has these and no others, hidden or not
    result "$([ "$(ls -A "$2" | tr '\n' ' ')" = "$3 " ] || { ls -A "$2" | sed 's/^/# /'; false; }; echo $?)" "$1"
}
NUMBERS='explanation.json explanation.txt maps.safetensors'
COMMON='explanation.json explanation.png explanation.txt'
OWN="$COMMON gradient_x.png gradient_z.png maps.safetensors sample.png sensitivity.png top_columns.png"
OF_D="d_gradient_x.png $COMMON gradient_z.png maps.safetensors sample.png sensitivity.png top_columns.png"

# ---- Folders
ok 'seeds, as a run folder says where' ganexplain run --seed 7,0-1
says 'says how many and where' '3 explained in run/explain'
holds 'a folder a seed' run/explain 'seed-0000 seed-0001 seed-0007'
holds 'with these files' run/explain/seed-0007 "$OWN"
gansample run --seed 7 -o drawn/ -q
same 'the sample is the one of gansample' run/explain/seed-0007/sample.png drawn/seed-0007.png
same 'the checkpoint is as it was' run/model.safetensors untouched
cp run/model.safetensors m.v2.safetensors
cp run/model.safetensors .hidden
ok 'a file' ganexplain m.v2.safetensors --seed 7 -q
result "$(diff -r m.v2-explain/seed-0007 run/explain/seed-0007 >&2; echo $?)" 'is explained beside it, the same'
ok 'a file whose only dot comes first' ganexplain .hidden --seed 7 --no-pictures -q
holds 'keeps its name' .hidden-explain seed-0007
ok '-o' ganexplain run --seed 18446744073709551615 -o deep/er --no-pictures
result "$(grep -q '"seed": "18446744073709551615"' deep/er/seed-18446744073709551615/explanation.json; echo $?)" \
    'a large seed is a text in JSON'

# ---- Older files in a folder
echo mine >run/explain/seed-0007/notes
ok 'another target' ganexplain run --seed 7 --target ink -q
rm run/explain/seed-0007/notes || n_bad=1
holds 'leaves no map of the last, nor takes what is not its own' run/explain/seed-0007 "$OF_D"
ok 'no pictures' ganexplain run --seed 7 --no-pictures -q
holds 'leaves none' run/explain/seed-0007 "$NUMBERS"
ok 'pictures again' ganexplain run --seed 7 -q
result "$(diff -r m.v2-explain/seed-0007 run/explain/seed-0007 >&2; echo $?)" 'are the first ones'

# ---- Bytes
ok 'among 64, two threads' ganexplain run --seed 0-63 -o among --threads 2 -q
ok 'one thread' ganexplain run --seed 63,0-62 -o one --threads 1 -q
result "$(diff -r among one >&2; echo $?)" 'the same bytes'
result "$(diff -r among/seed-0007 run/explain/seed-0007 >&2; echo $?)" 'the same alone'
ok 'a table, one thread' ganexplain run --seed 0-199 --table t1.safetensors --threads 1 -q
ok 'two' ganexplain run --seed 0-199 --table t2.safetensors --threads 2 -q
same 'the same bytes' t1.safetensors t2.safetensors
ok 'more rows than are written at once' ganexplain run --seed 0-1099 --table large.safetensors -q
ok 'the last of them' ganexplain run --seed 1024-1099 --table last.safetensors -q
for table in large last; do
    tail -c $((76 * 4 * 4)) $table.safetensors >$table.z
done
same 'a table ends with its last z' large.z last.z
gansample run --seeds 0-199 --pairs pairs.safetensors -q
ok 'by z' ganexplain run --z pairs.safetensors:z --table tz.safetensors -q
ok 'in folders' ganexplain run --z pairs.safetensors:z --no-pictures -o by-z -q
result "$(cmp by-z/z-0007/maps.safetensors run/explain/seed-0007/maps.safetensors; echo $?)" \
    'z gives the arrays of its seed'
ok 'lines' ganexplain run --seed 0-199 --table t.jsonl -q
result "$([ "$(wc -l <t.jsonl)" -eq 200 ]; echo $?)" 'one for each seed'
ok 'one line' ganexplain run --seed 7 --table one.jsonl -q
ok 'a large seed' ganexplain run --seed 18446744073709551615 --table text.jsonl -q
result "$(grep -q '^{"seed": "18446744073709551615", ' text.jsonl; echo $?)" 'is a text in a table'
sed -n 8p t.jsonl >line
same 'the same alone' one.jsonl line

ok 'a table on standard output' sh -c 'ganexplain run --seed 0-199 --table - >stdout.jsonl'
same 'has the same lines' stdout.jsonl t.jsonl
says 'while the words go elsewhere' '200 explained in standard output'
absent 'and makes no file' ./-
exits 4 'a full disk there' sh -c 'ganexplain run --seed 7 --table - >/dev/full'
ok 'a table of numbers' ganexplain run --seed 0-199 --table t.csv -q
ok 'one row' ganexplain run --seed 7 --table one.csv -q
sed -n '1p; 9p' t.csv >line
same 'is the same alone, after the names' one.csv line
result "$(head -n 1 t.csv | grep -q '^seed,target,z0,z1,z2,z3,gradient_z0,.*,gradient_x0,.*,gradient_x783$'; echo $?)" \
    'which the first line has'
# "z": [a, b], ... and a,b: the same numbers in the same digits, the target second.
sed 's/{"seed": \(.*\), "z": \[\(.*\)\], "target": \([^,]*\), "grad.*_z": \[\(.*\)\], .*: \[\(.*\)\]}/\1,\3,\2,\4,\5/; s/ //g' \
    t.jsonl >want
sed 1d t.csv >line
same 'has the numbers of the lines' line want
ok 'a large seed' ganexplain run --seed 18446744073709551615 --target ink --table one.csv -q
result "$(sed 1d one.csv | grep -q '^18446744073709551615,'; echo $?)" 'is in it in full'
result "$(head -n 1 one.csv | grep -q ',d_gradient_x783$'; echo $?)" 'with the gradient of the logit where that is'

# ---- One scale, settings
ok 'one scale for all' ganexplain run --seed 0-3 --scale run -o scaled -q
result "$([ "$(grep -h -A5 '"full_colour"' scaled/*/explanation.json | sort -u | wc -l)" -eq 7 ]; echo $?)" \
    'is the same in each'
result "$(tr '\0' ' ' <scaled/seed-0000/explanation.png | grep -aq 'Scale rule run'; echo $?)" 'and in the pictures'
ok 'maps and signs' ganexplain run --seed 1 --scale 0.5 --cmap purple-olive,cool --sign absolute --clip 2 \
    --alpha 0.8 --top 32 --jacobian -o styled -q
result "$(grep -q '"magnitude_map": "cool"' styled/seed-0001/explanation.json; echo $?)" 'are stated'
ganexplain run --seed 3,5-6 --target region:4,4,10,12 --no-pictures --dry-run >c.json
result $? '--dry-run prints the settings'
absent 'and makes nothing' run/explain/seed-0005
ok 'which --config takes' ganexplain run --config c.json -o configured -q
ok 'as options' ganexplain run --seed 3,5-6 --target region:4,4,10,12 --no-pictures -o direct -q
result "$(diff -r configured direct >&2; echo $?)" 'for the same'
ok '--list-methods' ganexplain --list-methods
says 'names them' 'gradient'
ok '--depfile' ganexplain run --seed 7 --depfile x.d -q
result "$(grep -q '^run/explain/seed-0007/explanation.json: run/model.safetensors$' x.d; echo $?)" 'names inputs'
ok 'with --config' ganexplain run --seed 7 --config c.json --table x.jsonl --depfile x.d -q
result "$(grep -q '^x.jsonl: run/model.safetensors c.json$' x.d; echo $?)" 'names that, too'
cp run/model.safetensors copy.safetensors
for option in --table --depfile; do
    exits 2 "$option" ganexplain copy.safetensors --seed 7 $option ./copy.safetensors
    says 'is not to be an input' 'read here and would be written over'
done
same 'the input stays' run/model.safetensors copy.safetensors
ok 'the strongest alone' ganexplain run --seed 7 --top 1 -o top -q
result "$(grep -q 'The strongest of the 4 components of z carries' top/seed-0007/explanation.txt; echo $?)" 'is one'

# ---- References, foreign files
ok 'a picture' ganexplain run --seed 7 --target rec:drawn/seed-0007.png -o rec -q
holds 'gives the gradient of the distance' rec/seed-0007 "$OWN"
result "$(! grep -q drawn rec/seed-0007/*; echo $?)" 'and no file says in which folder it was'
ok 'the nearest' ganexplain run --seed 7 --target loss:nearest --lambda 0.5 -o rec -q
result "$(grep -q '"lambda": 0.5' rec/seed-0007/explanation.json; echo $?)" 'with that lambda'
n=$(sed -n 's/.*"reference_index": \([0-9]*\).*/\1/p' rec/seed-0007/explanation.json)
ok 'the same by its index' ganexplain run --seed 7 --target "loss:$n" --lambda 0.5 -o rec2 -q
result "$(cmp rec/seed-0007/maps.safetensors rec2/seed-0007/maps.safetensors; echo $?)" 'the same arrays'
ok 'a foreign file' ganexplain "$GOLDEN" --generator "$G" --discriminator "$D" --seed 1 -o foreign -q
holds 'has all files' foreign/seed-0001 "$OWN"
ok 'without D' ganexplain "$GOLDEN" --generator "$G" --seed 1 -o foreign -q
result "$(grep -q '"name": "ink"' foreign/seed-0001/explanation.json; echo $?)" 'ink is explained'
exits 3 'but no logit' ganexplain "$GOLDEN" --generator "$G" --seed 1 --target logit -o foreign
result "$(grep -q '"name": "ink"' foreign/seed-0001/explanation.json; echo $?)" 'and the older file is there'

# ---- Refusals, none of which makes a file
refused() { # STATUS TEXT OPTIONS ...
    status=$1
    text=$2
    shift 2
    exits "$status" "refused: $*" ganexplain "$@"
    says "says: $text" "$text"
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
for option in '--method gradient' '--top 8' --pictures '--scale run' '--sign all' '--clip 0'; do
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
same 'and nothing was made' before after

# A z so large that G overflows.
{ printf '\071\0\0\0\0\0\0\0{"z":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]}}'
  printf '\377\377\177\177\377\377\177\177\377\377\177\177\377\377\177\177'; } >large.safetensors
exits 5 'numbers that are not finite' ganexplain run --z large.safetensors:z -o large
says 'are named' 'row 0'
absent 'and not saved' large/z-0000/explanation.json
exits 5 'nor put into a table' ganexplain run --z large.safetensors:z --table large.jsonl
absent 'which does not appear' large.jsonl
finish
