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
OWN="$COMMON gradient_x.png gradient_z.png maps.safetensors reach.png sample.png sensitivity.png sensitivity_before.png sweep.png"
OF_D="d_gradient_x.png $COMMON gradient_z.png maps.safetensors moves_with.png reach.png sample.png sensitivity.png sensitivity_before.png sweep.png"

# ---- Folders
ok 'seeds of a run folder are explained' ganexplain run --seed 7,0-1
ok 'it says how many were explained and where' says '3 explained in run/explain'
ok 'each seed has a folder' holds run/explain '.model.sha256 index.html seed-0000 seed-0001 seed-0007 summary.json summary.png summary.txt'
ok "a seed's folder holds the files of its explanation" holds run/explain/seed-0007 "$OWN"
gansample run --seed 7 -o drawn/ -q
ok 'the sample is the one that gansample draws' same run/explain/seed-0007/sample.png drawn/seed-0007.png
ok 'explaining leaves the checkpoint as it was' same run/model.safetensors untouched
cp run/model.safetensors m.v2.safetensors
cp run/model.safetensors .hidden
ok 'a model file outside a run is explained' ganexplain m.v2.safetensors --seed 7 -q
ok 'its explanations lie beside it and are those of the run' diff -r m.v2-explain/seed-0007 run/explain/seed-0007
ok 'a file whose only dot comes first is explained' ganexplain .hidden --seed 7 --no-pictures -q
ok 'its folder keeps the whole name' holds .hidden-explain '.model.sha256 seed-0007'
ok '-o makes every folder on the way' ganexplain run --seed 18446744073709551615 -o deep/er --no-pictures
ganexplain --print-manual | sed 's/\\-/-/g' | tr -c 'a-z0-9_' '\n' >defined
sed '/"training": {/,/}/d' run/explain/seed-0007/explanation.json | sed -n 's/^ *"\([a-z0-9_]*\)":.*/\1/p' | sort -u >keys
ok 'explanation.json has keys' [ "$(wc -l <keys)" -gt 50 ]
ok 'ganlens(7) says what every key of explanation.json means' not grep -vxFf defined keys
ganexplain run --seed 7 --dry-run >settings.json
ok 'a dry run says nothing of options of build scripts' not grep print-manual settings.json
ok 'a seed over 2^63 is a text in explanation.json' grep -q '"seed": "18446744073709551615"' deep/er/seed-18446744073709551615/explanation.json

# ---- Methods behind those that lead
LAYERS='gradient-x-input.layer.png gradient-x-input.layers.png' INPUT='gradient-x-input.x.png gradient-x-input.z.png'
ok 'a method is run beside the default ones' ganexplain run --seed 7 --method gradient,gradient-x-input --svg -o both -q
ok 'what to open names it' sh -c 'ganexplain run --seed 7 --method gradient,gradient-x-input -o told 2>&1 | grep -q "explanation.png, and beside it METHOD.png of each further method$"'
ok 'it has figures of its own' holds both/seed-0007 "$(echo "$COMMON" | sed 's/explanation.txt/explanation.svg &/') $LAYERS gradient-x-input.png gradient-x-input.svg $INPUT gradient_x.png gradient_z.png maps.safetensors sample.png sensitivity.png sensitivity_before.png"
ok 'its figure says whose it is' grep -q 'logit [-+.0-9]*, by gradient-x-input<' both/seed-0007/gradient-x-input.svg
ok 'and what it found' grep -q 'Value times rate is a rough guess' both/seed-0007/gradient-x-input.svg
ok 'the figure of all is that of those that lead' not grep -q 'Value times rate\|gradient-x-input' both/seed-0007/explanation.svg
ok 'the words have a part of its own' grep -qx 'gradient-x-input' both/seed-0007/explanation.txt
ok 'in which it is said what it found' [ "$(grep -c 'Value times rate' both/seed-0007/explanation.txt)" -eq 1 ]
ok 'numbers say whose they are' [ "$(grep -c '"method": "gradient-x-input"' both/seed-0007/explanation.json)" -eq 8 ]
ok 'a method that attributes nothing is run' ganexplain run --seed 7 --method gradient,spectrum --svg -o ways -q
ok 'its figure begins with its number' grep -q 'Small moves of z change this picture' ways/seed-0007/spectrum.svg
ok 'and does not say it again' [ "$(grep -c 'Small moves of z change this picture' ways/seed-0007/spectrum.svg)" -eq 1 ]
ok 'methods beside the leading one are run' ganexplain run --seed 7 --method interaction,gradient-x-input,structure --svg -o beside -q
ok 'one without a sentence begins with what it is for' grep -q 'The networks as they are built' beside/seed-0007/structure.svg
ok 'magnitudes of one are said without a plus' grep -q 'depends most on another one are z[0-9]* ([0-9.e-]*), z' beside/seed-0007/interaction.svg
ok 'contributions of the leading one keep theirs' grep -qE '^z[0-9]+ +[-+][0-9.e-]+ +[-+]' beside/seed-0007/explanation.txt
ok 'a method of magnitudes alone is run' ganexplain run --seed 7 --method interaction --no-pictures -o alone -q
ok 'its table of components has them without a plus' grep -qE '^z[0-9]+ +[-+][0-9.e-]+ +[0-9]' alone/seed-0007/explanation.txt
ok 'it is run alone' ganexplain run --seed 7 --method gradient-x-input -o both -q
ok 'then it leads, and older figures go' holds both/seed-0007 "$COMMON $LAYERS $INPUT maps.safetensors sample.png"
ok 'its words are said first' grep -q 'Value times rate' both/seed-0007/explanation.txt
ok 'a layer that is not there is refused' exits 2 ganexplain run --seed 7 --method gradient-x-input --layer 1234 -o both
ok 'less noise than none is refused' exits 2 ganexplain run --seed 7 --method smoothgrad --noise -0.1 -o both
ok 'noise without a method that makes it is refused' exits 2 ganexplain run --seed 7 --noise 0.1 -o both

# ---- Older files in a folder
echo mine >run/explain/seed-0007/notes
ok 'another target is explained' ganexplain run --seed 7 --target ink -q
ok 'in a folder of its own' holds run/explain/seed-0007-ink "$OF_D"
ok 'the default target is explained again when it is named' ganexplain run --seed 7 --target logit -q
rm run/explain/seed-0007/notes || n_bad=1
ok 'in its folder, where files of others stay' holds run/explain/seed-0007 "$OWN"
ok 'with --svg the figure is also written as SVG' ganexplain run --seed 7 --svg --jacobian-strips -o svg -q
ok 'it is beside the other files' holds svg/seed-0007 "$(echo "$OWN top_columns.png" | sed 's/explanation.txt/explanation.svg &/')"
ok 'it says its words as text' grep -q '>How sure this is</text>' svg/seed-0007/explanation.svg
ok 'what stands beside a component is named' grep -q 'beside each component its rate, d target /' svg/seed-0007/explanation.svg
ok 'without --svg the folder is explained again' ganexplain run --seed 7 -o svg -q
ok 'the older SVG goes' holds svg/seed-0007 "$OWN"
ok '--svg without pictures is refused' exits 2 ganexplain run --seed 7 --svg --no-pictures -o svg -q
ok '--no-pictures explains in the same folder' ganexplain run --seed 7 --no-pictures -q
ok '--no-pictures removes older pictures' holds run/explain/seed-0007 "$NUMBERS"
ok '--format markdown explains' ganexplain run --seed 7 --format markdown -o md -q
ok 'the words are Markdown' holds md/seed-0007 "$(echo "$OWN" | sed 's/explanation.json/& explanation.md/; s/explanation.txt //')"
ok 'they show the picture and the figure' [ "$(grep -c '^!\[.*\](\(sample\|explanation\).png)$' md/seed-0007/explanation.md)" -eq 2 ]
ok 'they have a title and headings' [ "$(grep -c '^# ' md/seed-0007/explanation.md)" -eq 1 -a "$(grep -c '^## ' md/seed-0007/explanation.md)" -ge 1 ]
ok 'checks are rows of a table' grep -qF '| value\_against\_double |' md/seed-0007/explanation.md
ok 'Markdown without pictures is written' ganexplain run --seed 7 --format markdown --no-pictures -o md -q
ok 'it shows none' not grep -q '^!' md/seed-0007/explanation.md
ok 'plain text takes its place' ganexplain run --seed 7 -o md -q
ok 'the older Markdown goes' holds md/seed-0007 "$OWN"
ganexplain run --seed 7 --jacobian-strips -o strips -q
ok "the columns of the Jacobian are drawn on demand" holds strips/seed-0007 "$OWN top_columns.png"
ok '--format is refused where no words are written' exits 2 ganexplain run --seed 7 --table x.jsonl --format text
mkdir -p piped/seed-0007 && mkfifo piped/seed-0007/explanation.json piped/seed-0007/maps.safetensors
ok 'pipes in the place of older files are not waited for' ganexplain run --seed 7 --no-pictures -o piped -q
ok 'and are replaced' [ -f piped/seed-0007/explanation.json -a -f piped/seed-0007/maps.safetensors ]
# of_arrays N NAME: an older file of N arrays, one of them of that name, which has a picture.
of_arrays() {
    awk -v n=$1 -v name=$2 'BEGIN { printf "{\"%s\": 0", name; for (i = 1; i < n; i++) printf ", \"n%d\": 0", i; print "}" }' >header
    size=$(wc -c <header)
    { printf "$(printf '\\%03o\\%03o' $((size % 256)) $((size / 256)))\0\0\0\0\0\0" && cat header; } >piped/seed-0007/maps.safetensors
    touch piped/seed-0007/$2.png
}
of_arrays 1024 yours
ok 'an older array of no method of now is replaced' ganexplain run --seed 7 --no-pictures -o piped -q
ok 'with its picture' [ ! -e piped/seed-0007/yours.png ]
of_arrays 1025 mine
ok 'more arrays than any version has are nobody'"'"'s' ganexplain run --seed 7 --no-pictures -o piped -q
ok 'and a picture that bears a name of theirs stays' [ -f piped/seed-0007/mine.png ]
ok 'pictures are drawn there again' ganexplain run --seed 7 -q
ok 'they are the bytes of the first ones' diff -r m.v2-explain/seed-0007 run/explain/seed-0007

# ---- Bytes
ok '64 seeds are explained on two threads' ganexplain run --seed 0-63 -o among --threads 2 -q
ok 'the same seeds in another order are explained on one thread' ganexplain run --seed 63,0-62 -o one --threads 1 -q
ok 'order and threads change no byte of a folder' diff -r among one
ok 'a seed alone has the bytes it has among others' diff -r among/seed-0007 run/explain/seed-0007
ok 'a table is written on one thread' ganexplain run --seed 0-199 --table t1.safetensors --threads 1 -q
ok 'the same table is written on two threads' ganexplain run --seed 0-199 --table t2.safetensors --threads 2 -q
ok 'threads change no byte of a table' same t1.safetensors t2.safetensors
ok 'a table of more rows than are written at once is written' ganexplain run --seed 0-2123 --table large.safetensors -q
ok 'a table of its last rows alone is written' ganexplain run --seed 2048-2123 --table last.safetensors -q
for table in large last; do
    tail -c $((76 * 4 * 4)) $table.safetensors >$table.z
done
ok 'the longer table ends with the z of the shorter one' same large.z last.z
gansample run --seeds 0-199 --pairs pairs.safetensors -q
ok 'a table of rows of --z is written' ganexplain run --z pairs.safetensors:z --table tz.safetensors -q
ok 'rows of --z are explained in folders' ganexplain run --z pairs.safetensors:z --no-pictures -o by-z -q
ok 'the z of a seed gives the arrays of that seed' same by-z/z-0007/maps.safetensors run/explain/seed-0007/maps.safetensors
ok 'a table of lines of JSON is written' ganexplain run --seed 0-199 --table t.jsonl -q
ok 'it has a line for each seed' [ "$(wc -l <t.jsonl)" -eq 200 ]
ok 'a table of one seed is written' ganexplain run --seed 7 --table one.jsonl -q
ok 'a table of a seed over 2^63 is written' ganexplain run --seed 18446744073709551615 --table text.jsonl -q
ok 'a seed over 2^63 is a text in a line of JSON' grep -q '^{"seed": "18446744073709551615", ' text.jsonl
sed -n 8p t.jsonl >line
ok 'a line alone is the line it is among others' same one.jsonl line

ok 'a table on standard output is written' sh -c 'ganexplain run --seed 0-199 --table - >stdout.jsonl'
ok 'standard output gets the lines of the file' same stdout.jsonl t.jsonl
ok 'messages go to stderr' says '200 explained in standard output'
ok '--table - makes no file of that name' absent ./-
ok 'a table to a full disk ends with status 4' exits 4 sh -c 'ganexplain run --seed 7 --table - >/dev/full'
ok 'a table of comma-separated values is written' ganexplain run --seed 0-199 --table t.csv -q
ok 'such a table of one seed is written' ganexplain run --seed 7 --table one.csv -q
sed -n '1p; 9p' t.csv >line
ok 'a row alone is the row it is among others' same one.csv line
head -n 1 t.csv >names
ok 'the first line names the columns' grep -q '^seed,target,z0,z1,z2,z3,gradient_z0,.*,gradient_x0,.*,gradient_x783$' names
# "z": [a, b], ... and a,b: the same numbers in the same digits, the target second.
sed 's/{"seed": \(.*\), "z": \[\(.*\)\], "target": \([^,]*\), "grad.*_z": \[\(.*\)\], .*: \[\(.*\)\]}/\1,\3,\2,\4,\5/; s/ //g' \
    t.jsonl >want
sed 1d t.csv >line
ok 'the values are those of the lines of JSON' same line want
ok 'such a table of a seed over 2^63 is written' ganexplain run --seed 18446744073709551615 --target ink --table one.csv -q
ok 'the large seed stands in it in full' grep -q '^18446744073709551615,' one.csv
ok "where the target is ink the gradient of D's logit is a column" grep -q '^seed,.*,d_gradient_x783$' one.csv

# ---- Methods
ok 'a table takes the method that it holds' ganexplain run --seed 7 --table by-method.jsonl --method gradient -q
ok 'two methods explain together' ganexplain run --seed 7 --method gradient,gradient-x-input -o both -q
ok 'each has its pictures' [ -s both/seed-0007/gradient_z.png -a -s both/seed-0007/gradient-x-input.x.png ]
ok 'one of them explains alone' ganexplain run --seed 7 -o both -q
ok 'the pictures of the other are gone' absent both/seed-0007/gradient-x-input.x.png
ok 'a picture is parted by its strokes' ganexplain run --seed 7 --method lime,shap --segments strokes --no-pictures -o parts -q
ok 'all coalitions of 49 parts are refused' exits 2 ganexplain run --seed 7 --method shap --shap-by exact --segment-grid 7 --no-pictures -o parts
ok 'and why is said' says 'at most 16 groups, and the picture has 49'

# ---- One scale, settings
ok '--scale run explains on one scale' ganexplain run --seed 0-3 --scale run -o scaled -q
ok 'each explanation.json states the same scale' [ "$(grep -h -A5 '"full_colour"' scaled/*/explanation.json | sort -u | wc -l)" -eq 7 ]
tr '\0' ' ' <scaled/seed-0000/explanation.png >notes
ok 'the pictures note the rule of the scale' grep -aq 'Scale rule run' notes
ok 'the pictures note the model' grep -aq "Model SHA-256 $(sha256sum run/model.safetensors | cut -d ' ' -f 1)" notes
ok 'the pictures note the step of the model' grep -aq 'Model step 3' notes
ok 'colour maps, sign, clip, alpha and the Jacobian can be asked for together' ganexplain run --seed 1 --scale 0.5 --cmap purple-olive,cool --sign absolute --clip 2 \
    --overlay blend --alpha 0.8 --top 32 --jacobian -o styled -q
ok 'of the settings explanation.json states what had a reader' not grep -qE '"(beta|beta-warmup|reconstruction|encoder|weight-decay)": ' styled/seed-0001/explanation.json
ok 'and states that' [ "$(grep -cE '^ *"(beta1|eps|r1)": ' styled/seed-0001/explanation.json)" -eq 3 ]
ok 'the chosen colour map is stated in explanation.json' grep -q '"magnitude_map": "cool"' styled/seed-0001/explanation.json
ganexplain run --seed 3,5-6 --target region:4,4,10,12 --no-pictures --dry-run >c.json
ok '--dry-run prints the settings' [ $? -eq 0 ]
ok '--dry-run makes nothing' absent run/explain/seed-0005
ok '--config takes what --dry-run printed' ganexplain run --config c.json -o configured -q
ok 'the same options are given directly' ganexplain run --seed 3,5-6 --target region:4,4,10,12 --no-pictures -o direct -q
ok 'settings and options give the same files' diff -r configured direct
tr '\n' ' ' <direct/seed-0003-region-4-4-10-12/explanation.txt >words
ok 'the words of a region say what black and white are' grep -q '% of white (black, -1, counts nothing; white is +1)\.' words
ok '--list-methods succeeds' ganexplain --list-methods
ok '--list-methods names the gradient' says 'gradient'
ok '--cite succeeds' ganexplain run --seed 7,9-12 --target pixel:4,5 --cite -o cited
ok '--cite names the checksum of the model and its step' says "SHA-256 $(sha256sum run/model.safetensors | cut -c 1-64), step 3"
ok '--cite names the target and says what it is' says 'target: pixel:4,5, the pixel in row 4, column 5'
ok '--cite names the seeds' says 'We explain seeds 7, 9-12 of'
ok '--cite names each method that is run, with its source' says 'method: reach: '
ok '--cite names what the model was trained with' grep -q '^training: seed 0, model gan, generator 8:bn:lrelu=0.2' .said
holds_across_lines() { tr -s '\n ' ' ' <.said | grep -qF "$1"; }
ok '--cite names the checksum of the data' holds_across_lines ', data of checksum '
ok '--cite leaves out what its model and optimizer did not read' not grep -qE '(beta|beta-warmup|reconstruction|encoder|weight-decay) ' .said
ok '--cite tells what they read' [ "$(tr -s '\n ' ' ' <.said | grep -oE ', (beta1|eps|r1|loss) ' | wc -l)" -eq 4 ]
ok '--cite ends with an entry for BibTeX' [ "$(tail -n 1 .said)" = '}' ]
ok '--cite makes nothing' absent cited
if command -v python3 >/dev/null; then
    python3 - <<'END'
import json, struct
b = open('run/model.safetensors', 'rb').read()
n = struct.unpack('<Q', b[:8])[0]
h = json.loads(b[8:8 + n])
s = json.loads(h['__metadata__']['settings'])
s['opt'] = '\x1b]0;title\x07\nmodel: another'
h['__metadata__']['settings'] = json.dumps(s)
j = json.dumps(h).encode()
j += b' ' * (-len(j) % 8)
open('escapes.safetensors', 'wb').write(struct.pack('<Q', len(j)) + j + b[8 + n:])
END
    ok 'a model whose settings hold control characters is cited' ganexplain escapes.safetensors --seed 7 --cite
    ok 'without them' not grep -q "$(printf '[\033\007]')" .said
    ok 'and by one fact a line' [ "$(grep -c '^model:' .said)" -eq 1 ]
fi
cp run/explain/seed-0007/sample.png "$(printf 'a\033[31mb.png')"
ok 'a name with control characters is explained' ganexplain run --seed 7 --target "rec:$(printf 'a\033[31mb.png')" -o control -q --no-pictures
ok 'and said without them' not grep -q "$(printf '\033')" control/seed-0007-rec-*/explanation.txt
ok '--cite names a single seed' ganexplain run --seed 7 --cite --method gradient
ok 'a single seed and a single method are named' says 'explained: seed 7'
ok 'a method that is not run is not cited' not says 'method: reach'
ok '--depfile succeeds' ganexplain run --seed 7 --depfile x.d -q
ok 'the make rule names output and model' grep -q '^run/explain/seed-0007/explanation.json: run/model.safetensors$' x.d
ok '--depfile with --config and --table succeeds' ganexplain run --seed 7 --config c.json --table x.jsonl --depfile x.d -q
ok 'the make rule names the config file, too' grep -q '^x.jsonl: run/model.safetensors c.json$' x.d
cp run/model.safetensors copy.safetensors
for option in --table --depfile; do
    ok "$option onto the checkpoint ends with status 2" exits 2 ganexplain copy.safetensors --seed 7 $option ./copy.safetensors
    ok "$option says that the file is read here" says 'read here and would be written over'
done
ok 'the checkpoint stays as it was' same run/model.safetensors copy.safetensors
ok '--top 1 explains' ganexplain run --seed 7 --top 1 -o top -q
tr '\n' ' ' <top/seed-0007/explanation.txt >words
ok 'one component is spoken of in the singular' grep -q 'the strongest of the 4 has' words

# ---- References, foreign files
ok 'a target that compares with a picture is explained' ganexplain run --seed 7 --target rec:drawn/seed-0007.png -o rec -q
mv rec/seed-0007-rec-seed-0007.png-???????? rec/of-file || n_bad=1
ok 'it has the files of a target that sees the picture' holds rec/of-file "$OWN"
ok 'no file says in which folder the picture was' not grep -q drawn rec/of-file/*
ok 'a loss by the nearest picture is explained' ganexplain run --seed 7 --target loss:nearest --lambda 0.5 -o rec -q
ok 'the lambda is stated' grep -q '"lambda": 0.5' rec/seed-0007-loss-nearest-lambda-0.5-*/explanation.json
n=$(sed -n 's/.*"reference_index": \([0-9]*\).*/\1/p' rec/seed-0007-loss-nearest-lambda-0.5-*/explanation.json)
ok "the same loss by that picture's index is explained" ganexplain run --seed 7 --target "loss:$n" --lambda 0.5 -o rec2 -q
ok 'nearest and index give the same arrays' same rec/seed-0007-loss-nearest-lambda-*/maps.safetensors rec2/seed-*/maps.safetensors
ok 'a foreign file with D is explained' ganexplain "$GOLDEN" --generator "$G" --discriminator "$D" --seed 1 -o foreign -q
ok 'it has all files' holds foreign/seed-0001 "$OWN"
ok 'a foreign D that ends in a probability is taken' ganexplain "$GOLDEN" --generator "$G" --discriminator "$D:sigmoid" --seed 1 -o squashed -q
ok 'its logit is explained, not the probability' same squashed/seed-0001/maps.safetensors foreign/seed-0001/maps.safetensors
ok 'a foreign file without D is explained' ganexplain "$GOLDEN" --generator "$G" --seed 1 -o foreign -q
ok 'without D the target is ink' grep -q '"name": "ink"' foreign/seed-0001/explanation.json
ok 'the logit of a model without D ends with status 3' exits 3 ganexplain "$GOLDEN" --generator "$G" --seed 1 --target logit -o foreign
ok 'the older explanation outlives the refusal' grep -q '"name": "ink"' foreign/seed-0001/explanation.json

# ---- Refusals, none of which makes a file
refused() { # STATUS TEXT OPTIONS ...
    status=$1
    text=$2
    shift 2
    ok "ganexplain $* ends with status $status" exits "$status" ganexplain "$@"
    ok "it says: $text" says "$text"
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
refused 2 'does not hold what method gradient-x-input finds' run --seed 7 --table x.jsonl --method all
for option in '--top 8' --pictures '--scale run' '--sign all' '--clip 0'; do
    refused 2 "${option% *} is for folders" run --seed 7 --table x.jsonl $option
done
refused 2 "did you mean 'sensitivity'" run --seed 7 --scale run,sensitivty=4
refused 2 '--overlay' run --seed 7 --overlay mix
refused 2 '--alpha is for maps over pictures' run --seed 7 --alpha 0.5
for option in '--cmap hot' '--alpha 0.5' '--overlay blend'; do
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
refused 3 'expected 28 and 28' run --seed 7 --target rec:run/real.png
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
ok 'none of the refusals made or removed a file' same before after

# A z so large that G overflows.
{ printf '\071\0\0\0\0\0\0\0{"z":{"dtype":"F32","shape":[1,4],"data_offsets":[0,16]}}'
  printf '\377\377\177\177\377\377\177\177\377\377\177\177\377\377\177\177'; } >large.safetensors
ok 'a z that overflows ends with status 5' exits 5 ganexplain run --z large.safetensors:z -o large
ok 'its row is named' says 'row 0'
ok 'no explanation of it is saved' absent large/z-0000/explanation.json
ok 'in a table it ends with status 5, too' exits 5 ganexplain run --z large.safetensors:z --table large.jsonl
ok 'that table does not appear' absent large.jsonl
finish
