#!/bin/sh
# SPDX-License-Identifier: MIT
# What gantrain says of wrong options and inputs, word for word in train_options.out; nothing is made.
. "$(dirname "$0")/lib.sh"

try() {
    echo "\$ gantrain $*"
    timeout 60 gantrain "$@" >out 2>err </dev/null # one that is taken would train for long
    echo "exit $?"
    head -c 2000 out err 2>/dev/null | grep -v '^==> \|^$'
    rm -f out err
}

printf '{"batch": 0}' >range.json
printf '{"bacth": 3}' >key.json
printf '{"batch": {}}' >value.json
printf '{"batch": 3' >damaged.json
printf '[]' >list.json
mkdir foreign empty.data
ln -s loop loop
echo hello >foreign/notes.txt
ls -R >before

{
    try
    try -o
    try -o ''
    try -o run --stpes 3
    try -o run -x
    try -o run operand
    for value in 0 -1 1.5 nan inf '' 3x ' 3' 0x10 99999999999999999999 1e3 65537; do
        try -o run --batch "$value"
    done
    for value in nan inf '' 1e-3x -1 1e999 0,1; do
        try -o run --lr "$value"
    done
    for value in 1,-1 1,1 1 nan,1 '1,2,3' '' a,b; do
        try -o run --range "$value"
    done
    for value in 0 3x '' -3s 3m3h nan 1e99; do
        try -o run --max-time "$value"
    done
    for value in -1 1x '' e 1ee 0.5; do
        try -o run --sample-every "$value"
    done
    try -o run --recipe tunde
    try -o run --loss wgna
    try -o run --opt adma
    try -o run --init-weights zero
    try -o run --beta1 1
    try -o run --eps 0
    try -o run --eps 9e-16
    try -o run --opt sgd --beta1 0.5
    try -o run --opt momentum --beta2 0.9
    try -o run --opt sgd --eps 1e-8
    try -o run --generator 784:relu --init-output data
    try -o run --schedule cos
    try -o run --weight-decay 0.1
    try -o run --model ae --clip-weights 0.01
    try -o run --l2 -1
    try -o run --r1 0 --r1-every 2
    try -o run --recipe classic --r1-every 2
    try -o run --generator 8,784:tanh --bn-momentum 0.9
    try -o run --steps 0
    try -o run --steps 3 --epochs 1
    try -o run --resume=maybe
    try -o run --no-steps
    try -o run --threads 0
    try -o run --generator 8:lrelu
    try -o run --generator 8:lreul,784
    try -o run --generator 0,784
    try -o run --generator 784:dropout=1
    try -o run --generator ,784
    try -o run --discriminator 8:bn,1
    try -o run --discriminator 8
    try -o run --batch 4501
    try -o run --batch 1 --generator 16:lrelu,8:bn,784
    try -o run --data missing
    try -o run --data empty.data
    try -o run --data range.json
    try -o run --data loop
    try -o loop --steps 1
    try -o run --n-classes 9
    try -o run --config missing.json
    try -o run --config range.json
    try -o run --config key.json
    try -o run --config value.json
    try -o run --config damaged.json
    try -o run --config list.json
    try -o range.json --steps 1
    try -o foreign --steps 1
    try -o run --lr nan --dry-run
    try -o "$(printf 'run\377')"
} >said
ls -R >after
sed -i '/^\(said\|before\|after\)$/d' before after
ok 'every message is the expected one' same said "$HERE/train_options.out"
ok 'no refusal made or removed a file' same before after

ok 'a learning rate that is too high ends with status 5' exits 5 gantrain -o diverged $NET --lr 1e30 --steps 9 -q --checkpoint-every 1
ok 'step and loss are named' says "step 2: 'Loss/G/loss' became"
ok 'the message says which state is kept' says 'the state of step 1 is kept'
ok 'a diverged run has no model' absent diverged/model.safetensors
ok 'the kept state can be read' gansample --info diverged/state.safetensors
ok 'drawing from that state ends with status 5' exits 5 gansample diverged/state.safetensors -o x.png
ok 'a learning rate beyond all numbers ends with status 5' exits 5 gantrain -o diverged $NET --lr 1e39 --steps 9 -q
ok 'the parameter is named' says "step 1: tensor 'D.0.weight' became"

ok 'a batch of one trains without bn' gantrain -o one $NET --generator 8,784 --batch 1 --eps 1e-15 --steps 2 -q
ok 'the recipes are listed' gantrain --list-recipes
ok 'with their models' grep -q "^classic	gan	the reference GAN" .said
ok '--dry-run succeeds' gantrain -o dry $NET --dry-run
ok '--dry-run prints the settings' says '"z-dim": 4'
ok '--dry-run makes nothing' absent dry

ok '--depfile with --config succeeds' gantrain -o "a b" $NET --steps 1 -q --depfile model.d --config /dev/stdin <<'EOF'
{"seed": 5}
EOF
ok 'the make rule names target and config' grep -q '^a\\ b/model.safetensors: */dev/stdin$' model.d
echo '{}' >empty.json
ok 'a depfile over an input ends with status 2' exits 2 gantrain -o over $NET --steps 1 --config empty.json --depfile empty.json
ok 'it says that the file is read here' says 'empty.json: is read here and would be written over'
ok 'it is refused before anything is made' absent over
for file in 'no/x.d' 'lr=1/x.d'; do
    ok "--depfile $file ends with status 2" exits 2 gantrain -o lr=1 $NET --steps 1 --depfile "$file"
    ok "--depfile $file is refused before the work" absent lr=1
done
ok 'a depfile in a folder that is still to be made is written' gantrain -o new $NET --steps 1 -q --depfile new/x.d
finish
