#!/bin/sh
# SPDX-License-Identifier: MIT
# gantrain --plot and --film: what runs left is shown, the same whenever it is, and nothing is trained.
. "$(dirname "$0")/lib.sh"
RUN="$NET --steps 6 --log-every 2 --sample-every 3 -q"

ok 'a run is trained' gantrain -o a $RUN
ok 'an autoencoder is trained' gantrain -o b --model ae --z-dim 4 --batch 16 --encoder 8,4 --generator 8,784:tanh --steps 5 --log-every 1 -q
cp -r a before

ok 'a run is plotted' gantrain --plot a
ok 'and the file is told' says 'a/curves.png'
ok 'the picture is that of its end' same a/curves.png before/curves.png
ok 'the same run is plotted as SVG' gantrain --plot a -o a.svg -q
ok 'the words are those of its end' same a.svg a/curves.svg
printf '{"step": 8, "Loss/G/lo' >>a/log.jsonl
ok 'a run that is being written to is plotted' gantrain --plot a -o now.svg
ok 'as far as its lines are whole' same a.svg now.svg
cp before/log.jsonl a/
ok 'runs of two models are compared' gantrain --plot a,b/ -o both.svg
ok 'by the names they were given' grep -q '>b/</text>' both.svg
ok 'each number has a panel' [ "$(grep -c '>step</text>' both.svg)" -eq 6 ]
ok 'without a name the comparison is here' gantrain --plot a,b -q
ok 'as a PNG' [ -s curves.png ]

ok 'a film is made' gantrain --film film.png -o a
ok 'and its name is told' says 'film.png'
ok 'the names may come the other way round' gantrain --film a -o other.png
ok 'which gives the same film' same film.png other.png
ok 'without a name it is in the run' gantrain --film a -q
ok 'the same film' same film.png a/film.png
ok 'it has a frame a sample' [ "$(grep -ao fcTL film.png | wc -l)" -eq 3 ]
still_of() { tail -c +54 "$1" | head -c "$(($(od -An -tu1 -j53 -N4 "$1" | awk '{print (($1 * 256 + $2) * 256 + $3) * 256 + $4}') + 12))"; }
mkdir -p last/samples
cp "$(ls a/samples/step-*.png | tail -1)" last/samples/
ok 'a film of the last sample alone is made' gantrain --film last -o last.png -q
still_of film.png >film.still
still_of last.png >last.still
ok 'a picture precedes the frames' sh -c 'head -c 8 film.still | grep -aq IDAT'
ok 'it is that of the last step' same film.still last.still
ok 'a strip is made' gantrain --film a --frames-per-second 0 -o strip.png
ok 'which is no animation' not grep -aq fcTL strip.png
size_of() { od -An -tu1 -j16 -N8 "$1"; }
ok 'a conditional GAN is trained' gantrain -o classes $RUN --conditional
ok 'a strip of it is made' gantrain --film classes --frames-per-second 0 -o classes.png
ok 'as large: the names of classes are left out' [ "$(size_of classes.png)" = "$(size_of strip.png)" ]
ok 'a run with its film is gone on from' gantrain -o a $RUN --steps 9 --resume
ok 'a run with its film is replaced' gantrain -o a $RUN --force
ok 'the film goes with it' absent a/film.png
ok 'the settings of a run are none of looking' not grep -q 'plot\|film\|frames' a/config.json

for wrong in '--plot a --steps 3::--steps is for training, and --plot only looks' \
    '--film a --resume::--resume is for training' '--plot a --film b::exclude each other' \
    '--film film.png::of which run? Add -o RUN' '--plot a -o b::is no name of a picture' \
    '--film a -o x.svg::--film a -o x.svg: neither is the name of a film' \
    '--film a --dry-run::--dry-run is for training' '--film a/samples/step-000003.png -o a::is read here and would be written over' \
    '-o c --frames-per-second 2::is for --film'; do
    ok "gantrain ${wrong%%::*} is refused" exits 2 gantrain ${wrong%%::*}
    ok 'and says why' says "${wrong##*::}"
done
ok 'a run that is not there ends with status 3' exits 3 gantrain --plot nowhere
ok 'the file is named' says 'nowhere/log.jsonl: No such file or directory'
ok 'a file of a run in place of the run ends with status 3' exits 3 gantrain --plot a/log.jsonl
ok 'what is meant is said' says 'a/log.jsonl: is a file; the folder of a run is meant'
ok 'a film of a run that is not there ends with status 3' exits 3 gantrain --film nope
ok 'the folder is named' says 'nope: is no folder of a run'
mkdir empty && : >empty/log.jsonl
ok 'a run without a line ends with status 3' exits 3 gantrain --plot empty
ok 'and says so' says 'empty/log.jsonl: holds no line yet'
ok 'a run without samples ends with status 3' exits 3 gantrain --film empty
cp a/samples/step-000003.png cut && head -c 99 cut >a/samples/step-000003.png
ok 'a damaged sample ends with status 3' exits 3 gantrain --film a -o bad.png
ok 'the sample is named' says 'a/samples/step-000003.png: '
ok 'and there is no half of a film' absent bad.png
cp a/real.png a/samples/step-000003.png
ok 'nor is a film left' [ -z "$(ls -A | grep '^\.bad')" ]
finish
