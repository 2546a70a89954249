#!/bin/sh
# SPDX-License-Identifier: MIT
# make_v0.1.0.sh BIN: makes the files beside it with gcc's programs of version 0.1.0, which are in the folder
# BIN. They stay as they are: tests/cli/old_files.sh opens them.
set -e
bin=$(cd "$1" && pwd)
cd "$(dirname "$0")"
unset MAKEFLAGS MAKELEVEL
net='--generator 4:bn:lrelu=0.2,784:tanh --discriminator 4:lrelu=0.2:dropout=0.3,1 --z-dim 4 --batch 16'
net="$net --r1 0.1 --r1-every 2 --ema-kimg 0.1 --threads 1 --log-every 2 --sample-every 0 --progress none"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && "$bin/gantrain" -o run $net --steps 6 -q)
cp "$folder/run/config.json" "$folder/run/state.safetensors" "$folder/run/model.safetensors" .
# What the numbers were made by, as -v says it: there the bytes are the same.
"$bin/gantrain" -o "$folder/none" $net --dry-run -v 2>&1 >"$folder/settings" |
    sed -n 's/^gantrain: 1 threads, //p' >machine.txt
# The compiler and its flags, as it notes them with -g.
grep -ao 'GNU C11 [ -~]*' "$bin/gantrain" | grep -v -e -mavx -e -ffp-contract=fast | sort -u >compiler.txt
"$bin/gansample" . --seeds 7 --idx pixels.idx -o "$folder/s/" -q
cp "$folder/s/seed-0007.png" sample.png
"$bin/ganexplain" model.safetensors --seed 7 -o "$folder/e" --jacobian --threads 1 -q
cp "$folder/e/seed-0007/maps.safetensors" .
(cd "$folder" && "$bin/gantrain" -o run $net --steps 9 --resume -q)
cp "$folder/run/model.safetensors" resumed.safetensors
