#!/bin/sh
# SPDX-License-Identifier: MIT
# Every way to train a GAN keeps the promises of the default one: the same bytes on any threads and in two parts.
. "$(dirname "$0")/lib.sh"

keeps_its_bytes() { # NAME OPTION ...
    name=$1 && shift
    ok "$name: a run is trained" gantrain -o "$name" $NET --steps 12 --sample-every 0 -q "$@"
    ok "$name: and again on two threads" gantrain -o "$name-2" $NET --steps 12 --sample-every 0 -q "$@" --threads 2
    ok "$name: threads change nothing" same "$name/model.safetensors" "$name-2/model.safetensors"
    ok "$name: the first part of it is trained" gantrain -o "$name-p" $NET --steps 5 --sample-every 0 -q "$@"
    ok "$name: the rest is trained" gantrain -o "$name-p" --resume --steps 12 -q
    ok "$name: two parts give the state of one" same "$name/state.safetensors" "$name-p/state.safetensors"
    ok "$name: its config.json is run" gantrain --config "$name/config.json" -o "$name-c" -q
    ok "$name: it makes the same run" same "$name/state.safetensors" "$name-c/state.safetensors"
}

keeps_its_bytes d-steps --d-steps 3
for loss in minimax lsgan wgan wgan-gp hinge relativistic; do
    keeps_its_bytes $loss --loss $loss
done
keeps_its_bytes conditional --conditional --loss wgan-gp --gp-every 2
keeps_its_bytes smoothing --label-smoothing 0.1
keeps_its_bytes penalties --d-steps 2 --r1 0.1 --r1-every 2 --r2 0.1 --r2-every 3 --gp 1 --gp-every 4
ok 'no update of D is no step' exits 2 gantrain -o none $NET --d-steps 0
ok 'updates of D are for a gan alone' exits 2 gantrain -o none --model ae --d-steps 2
ok 'which is said' says '--d-steps is for --model gan'
ok 'an interval without its penalty is refused' exits 2 gantrain -o none $NET --gp-every 2
ok 'with what it is for' says '--gp-every is for --gp above 0'

gives() { # WORDS OPTION ...: gantrain would train with these settings
    words=$1 && shift
    gantrain -o none --dry-run "$@" >settings.json || return 1
    for word in $words; do
        grep -q "\"${word%=*}\": ${word#*=}\(\.0\)\{0,1\}," settings.json || return 1
    done
}
ok 'wgan brings what it needs' gives 'clip-weights=0.01 d-steps=5 r1=0 gp=0 opt="rmsprop" lr=0.0005' --loss wgan
ok 'wgan-gp brings what it needs' gives 'clip-weights=0 d-steps=5 r1=0 gp=10' --loss wgan-gp
ok 'a given setting wins over what a loss brings' gives 'r1=0.1 d-steps=5' --loss wgan --r1 0.1
echo '{"loss": "wgan", "d-steps": 2}' >wgan.json
ok 'so does one of a config file' gives 'd-steps=2 clip-weights=0.01' --config wgan.json
ok 'another loss brings nothing' gives 'd-steps=1 r1=0.1 gp=0' --loss hinge
ok 'smoothing without targets is refused' exits 2 gantrain -o none --loss wgan --label-smoothing 0.1
ok 'with the losses that have them' says '--loss wgan has no targets; it is for nonsaturating or minimax or lsgan'
finish
