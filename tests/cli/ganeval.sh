#!/bin/sh
# SPDX-License-Identifier: MIT
# ganeval: pictures of every kind against real ones, what it writes, what it refuses.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --sample-every 3 --checkpoint-every 0 -q || exit 1
gantrain -o asked $(net_of conditional) --steps 3 --checkpoint-every 0 -q || exit 1
find run asked -type f | sort | xargs cksum >runs.before
N='-n 200'
CHEAP='--metrics fcd,coverage'

# value FILE NAME: what the JSON says of a metric.
value() { tr -d ' \n' <"$1" | sed "s/.*\"$2\":{\"value\":\([^,]*\),.*/\1/"; }

ok 'a run is measured' ganeval run $N
ok 'it says what was measured' says 'run: 200 pictures, of seeds 0 to 199'
ok 'it says against what' says 'against 200 real ones: test pictures of the built-in digits'
ok 'values are grouped by what they say' says 'Coverage: worse than real pictures by'
ok 'each has its value for real pictures beside it' says '95 % interval'
ok 'the judge is named by its checksum and how often it is right' says 'judge: the built-in one, SHA-256 '
ok 'what is not measured has its reason' says 'class_accuracy (needs the class that each picture was asked for)'

cp -r run kept
for file in config.json log.csv real.png samples/../timing.jsonl; do
    ok "a run's $(basename $file) is not replaced" exits 2 ganeval run $N --metrics coverage --csv run/$file
done
ok 'by name' says 'timing.jsonl: is a file that gantrain left of a run; choose another name'
ok 'nor does gansample draw over it' exits 2 gansample run --seeds 0-3 -o run/curves.png
ok 'one of such a name elsewhere is made' ganeval run $N --metrics coverage --csv log.csv
ok 'all is as it was' diff -r run kept
rm -r kept

ok 'one thread measures' ganeval run $N --threads 1 --json one.json -q
ok 'two threads measure' ganeval run $N --threads 2 --json two.json -q
ok 'threads change no byte' same one.json two.json
ok 'it is measured again' ganeval run $N --threads 2 --json again.json -q
ok 'that changes no byte, either' same again.json two.json
ok 'another seed is measured' ganeval run $N --seed 5 --json five.json -q
ok 'it gives other values' not cmp -s one.json five.json
for key in '"schema": 1' '"n_fake": 200' '"n_real": 200' '"seed": 0' '"judge_sha256": "' '"accuracy": ' '"f1": ' \
    '"checksum": "3da2c22c"' '"step": 3' '"estimator": "' '"verdict": "worse"'; do
    ok "the JSON has $key" grep -qF "$key" one.json
done
ok 'what has no value is null' [ "$(value one.json class_accuracy)" = null ]
ok '--json - prints it in place of the table' sh -c "ganeval run $N --json - -q | cmp - one.json"
ok '--csv - prints a row for each metric' sh -c "ganeval run $N --csv - -q >table.csv"
ok 'the first row has the names' grep -q '^candidate,metric,value,low,high,' table.csv
ok 'the others have values' grep -q '^run,fcd,[0-9.]*,' table.csv

# ---- The same pictures in every form
gansample run --seeds 0-199 -o loose/ -q
gansample run --seeds 0-199 --npy x.npy --idx x.idx -q
gzip -k -n x.idx && mv x.idx.gz zipped.idx
for form in run/model.safetensors loose x.npy x.idx zipped.idx; do
    ok "$form is measured" ganeval $form $N $CHEAP --json form.json -q
    ok "$form has the value of the run" [ "$(value form.json fcd)" = "$(value one.json fcd)" ]
done
ok 'a model that is asked for classes is measured' ganeval asked $N --json asked.json -q
ok 'so it has the share that is as asked' not [ "$(value asked.json class_accuracy)" = null ]
gansample asked --seeds 0-19 --npy classes.npy -q
gansample asked --seeds 0-19 --idx classes.idx -q
mkdir folders
for class in 0 1 2 3 4 5 6 7 8 9; do
    gansample asked --seeds 0-19 --class $class -o folders/$class/ -q
done
for form in classes.npy classes.idx folders; do
    ok "$form is measured with its classes" ganeval $form $N --json form-$form.json -q
    ok "$form has the share that is as asked" not [ "$(value form-$form.json class_accuracy)" = null ]
done
ok 'an array and an IDX file give the same bytes' same form-classes.npy.json form-classes.idx.json
ok 'of more pictures than asked for some are drawn' ganeval x.npy -n 150 $CHEAP
ok 'that is said' says 'x.npy: 150 pictures of 200, drawn by the seed'
ok 'of fewer pictures all are taken, and as many real ones' ganeval classes.npy -n 999 $CHEAP
ok 'so n is that of the candidate' says 'against 200 real ones'

# ---- Training pictures among the real ones
ok 'what was learned by heart is measured' ganeval run $N --metrics memorization --csv memory.csv -q
ok 'a real picture is not taken for a copy of itself' perl -F, -ane '$real = $F[7]; END { exit !($real < 0.5) }' memory.csv

# ---- Given features
perl -e 'for my $file ("a", "b", "c") {
    open(my $f, ">", "$file.npy") or die;
    my $type = $file eq "c" ? "8" : "4";
    my $head = "{\x27descr\x27: \x27<f$type\x27, \x27fortran_order\x27: False, \x27shape\x27: (400, 3), }";
    $head .= " " x (117 - length($head)) . "\n";
    print $f "\x93NUMPY\x01\x00", pack("v", length($head)), $head;
    print $f pack($type eq "8" ? "d<" : "f<", sin($_ * ($file eq "a" ? 1.1 : 1.3))) for 1 .. 1200;
}'
ok 'given features are measured' ganeval --features a.npy,b.npy --metrics fcd --json features.json
ok 'their Frechet distance is called FID, too' grep -q '"frechet_inception_distance": [0-9]' features.json
ok 'the features against themselves are measured' ganeval --features a.npy,a.npy --metrics fcd --json features.json -q
ok 'the distance is 0' perl -e 'exit !(abs($ARGV[0]) < 1e-6)' "$(value features.json fcd)"
ok 'features of 64 bits are measured' ganeval --features b.npy,c.npy --metrics fcd --json features.json -q
ok 'they are those of 32 bits' perl -e 'exit !(abs($ARGV[0]) < 1e-6)' "$(value features.json fcd)"
perl -e 'my $head = "{\x27descr\x27: \x27<f4\x27, \x27fortran_order\x27: False, \x27shape\x27: (20, 30), }";
    $head .= " " x (117 - length($head)) . "\n";
    print "\x93NUMPY\x01\x00", pack("v", length($head)), $head, pack("f<", 0) x 600' >few.npy
ok 'too few for what is asked for is refused' exits 2 ganeval run -n 50 --metrics fcd
ok 'with how many are needed' says 'fcd: 50 pictures, expected at least 129'
ok 'of too few the others are measured' ganeval --features few.npy,few.npy --json features.json
ok 'their FID is null, and not 0' grep -q '"frechet_inception_distance": null' features.json
ok 'what needs pictures is refused by name' exits 2 ganeval --features a.npy,b.npy --metrics class_accuracy
ok 'that is said' says '--metrics: class_accuracy needs a judge'

# ---- Several
ok 'several are compared' ganeval --compare run,asked,x.npy $N $CHEAP --csv several.csv --json several.json
ok 'side by side' says 'A  run: 200 pictures'
ok 'the best is marked' says ' *'
ok 'a row each is in the CSV' [ "$(grep -c ',fcd,' several.csv)" -eq 3 ]
ok 'a candidate each is in the JSON' [ "$(grep -c '"path"' several.json)" -eq 3 ]
ok 'a run compared has the value that it has alone' [ "$(grep '^run,fcd,' several.csv)" = "$(grep '^run,fcd,' table.csv)" ]

ok 'two trainings are compared at equal z' ganeval --compare run,run/state.safetensors $N --metrics stability-training
ok 'the same model draws the same' says '1.000 (1.000 to 1.000)'
ok 'what has another z is no training to compare with' exits 2 ganeval --compare run,x.npy $N --metrics stability-training

# ---- What is demanded
ok 'what is met ends with status 0' ganeval run $N --metrics coverage --require 'fcd<1e9,coverage>=0' -q
ok 'what is not met ends with status 6' exits 6 ganeval run $N --metrics coverage --require 'fcd<1e-9,coverage>2' --json met.json
ok 'each is said' says 'fcd < 1e-09 is not met: it is '
ok 'the other one, too' says '; coverage > 2 is not met: it is '
ok 'the values are there, to be looked at' grep -q '"fcd"' met.json
ok 'what cannot be measured is not met' exits 6 ganeval run $N --metrics fcd --require 'class_accuracy>0'
ok 'its reason is said' says 'class_accuracy > 0 is not measured: needs the class'
ok 'a slip in a name ends with status 2' exits 2 ganeval run --require 'fdc<1'
ok 'the one that was meant is offered' says "did you mean 'fcd'?"

# ---- What is written
ok '--depfile is written' ganeval run $N $CHEAP --json dep.json --depfile dep.d -q
ok 'the rule names the model' grep -q '^dep.json: run/model.safetensors$' dep.d
ok 'an evaluation of files is written with its rule' ganeval classes.npy $N $CHEAP --csv dep.csv --depfile dep.d -q
ok 'the rule names pictures and labels' grep -q '^dep.csv: classes.npy classes-labels.npy$' dep.d
ok 'files are measured against files' ganeval x.npy --metrics coverage --data classes.npy --json dep.json --depfile dep.d -q
ok 'the rule names both' grep -q '^dep.json: x.npy classes.npy classes-labels.npy$' dep.d
ok '--dry-run measures nothing' ganeval run $N --dry-run
ok 'it prints the settings' says '"samples": 200'
ganeval run $N $CHEAP --dry-run >settings.json
ok '--config reads what --dry-run printed' ganeval run --config settings.json -q
ok '--list-metrics lists them' ganeval --list-metrics
ok 'with their titles' says 'Frechet'
for out in --json --csv; do
    ok "$out to a full disk ends with status 4" exits 4 ganeval run $N --metrics fcd $out /dev/full
    ok "$out where there is no folder ends with status 4" exits 4 ganeval run $N --metrics fcd $out missing/x
done
ok 'a table to a full disk ends with status 4' exits 4 sh -c "ganeval run $N --metrics fcd >/dev/full"
ok 'a table to a closed stdout ends with status 4' exits 4 sh -c "ganeval run $N --metrics fcd >&-"
if [ -n "${SHIM-}" ]; then
    for call in write rename; do
        echo old >old.json
        FAULT=ENOSPC FAULT_CALLS=$call FAULT_AT=1 LD_PRELOAD=$SHIM ganeval run $N --metrics fcd --json old.json -q 2>/dev/null
        ok "no space at a $call ends with status 4" [ $? -eq 4 ]
        ok "no space at a $call leaves the older file" [ "$(cat old.json)" = old ]
        ok "no space at a $call leaves no litter" not is_litter old.json
    done
else
    skip 'no space leaves the older file' 'nothing can be preloaded here'
fi

# ---- What is refused
refused() { # STATUS TEXT OPTIONS ...
    status=$1
    text=$2
    shift 2
    ok "ganeval $* ends with status $status" exits "$status" ganeval "$@"
    ok "it says: $text" says "$text"
}
mkdir -p named/cat && cp loose/seed-0000.png named/cat
printf '\0\0\10\3\0\0\0\1\0\0\0\5\0\0\0\5%25s' '' >small.idx
head -c 1000 x.idx >cut.idx
mkdir empty notes
cp loose/seed-0000.png notes/a.png && echo hello >notes/b.txt
cp classes.npy lost.npy && head -c 150 classes-labels.npy >lost-labels.npy
refused 2 'an operand is missing' --seed 1
refused 3 'missing: No such file' missing
refused 3 'missing.npy: No such file' missing.npy
refused 3 'the built-in digits: pictures are 28x28, expected 5x5, as those of small.idx' small.idx
refused 3 'cut.idx: ' cut.idx
refused 3 'empty: a folder without pictures' empty
refused 3 'notes/b.txt: in a folder of pictures' notes
refused 3 'lost-labels.npy: ' lost.npy
refused 3 'missing: no such folder' run --data missing
refused 3 'run/model.safetensors: is a gan, expected a classifier' run --judge run
refused 3 'small.idx: pictures are 5x5, expected 28x28, as those of run' --compare run,small.idx
refused 3 'a.npy: holds f4 (400, 3), expected u1' a.npy
refused 3 'x.npy: holds u1' --features x.npy,b.npy
refused 3 'missing.npy' --features a.npy,missing.npy
refused 2 "--features: 'a.npy' is not A.npy,B.npy" --features a.npy
refused 2 '--features and' run --features a.npy,b.npy
refused 2 '--samples is for pictures' --features a.npy,b.npy -n 5
refused 2 '--compare: ' --compare run
refused 2 'has an empty item' --compare run,,x.npy
refused 2 "is not one of" run --metrics fid
refused 2 '--depfile is for files that are written' run --depfile x
refused 2 '--json - and --csv - exclude each other' run --json - --csv -
refused 2 'read here and would be written over' run --json run/model.safetensors
refused 2 'two outputs have this name' run --json x --csv ./x
refused 2 '--output is for --train-judge' run -o x
refused 2 'where the judge goes' --train-judge
refused 2 '--train-judge and' run --train-judge -o x
refused 2 '--weights chooses in a state' run --weights raw
refused 2 '--weights is for checkpoints' x.npy --weights raw
refused 2 '--range is for checkpoints' --features a.npy,b.npy --range 0,1
refused 2 '--weights is for checkpoints' --train-judge -o x --weights raw
refused 3 "named: has pictures of 'cat', which no real picture is" named
ok 'none of the refusals made a file' absent x

# ---- Runs stay as they are
find run asked -type f | sort | xargs cksum >runs.after
ok 'measuring changes no byte of a run' same runs.before runs.after
finish
