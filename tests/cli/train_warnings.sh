#!/bin/sh
# SPDX-License-Identifier: MIT
# Warnings that save an hour: each comes in a run that is made for it, once, and again after --resume alone.
. "$(dirname "$0")/lib.sh"
SMALL='--generator 8:bn:lrelu=0.2,784:tanh --z-dim 4 --batch 16 --threads 1 --log-every 0 --sample-every 500'
SMALL="$SMALL --checkpoint-every 0 --loss nonsaturating -q"

# warned NAME WORDS OPTIONS ...: so does a run of 3,000 steps, and one in parts.
warned() {
    name=$1 words=$2
    shift 2
    rm -rf whole part
    ok "a run that is made for $name" gantrain -o whole $SMALL --steps 3000 "$@"
    ok "is warned of it" says "$words"
    ok 'once' [ "$(grep -c . .said)-$(grep -c . whole/notes.jsonl)" = 1-1 ]
    ok 'which is noted with its name' grep -q "\"note\": \"$name\", \"text\": \"step [0-9]*: " whole/notes.jsonl
    ok 'the same run to some step' gantrain -o part $SMALL --steps 700 "$@"
    ok 'and on to another one' gantrain -o part $SMALL --steps 2300 --resume "$@"
    ok 'and to the end' gantrain -o part $SMALL --steps 3000 --resume "$@"
    ok 'is not warned again' [ ! -s .said ]
    ok 'and leaves the same files' same_run whole part
}

warned collapse 'the samples are alike: their mean distance is ' \
    --discriminator 8:relu,1 --lr-d 1
warned sure-d 'step 1000: D was right on 99.' --discriminator 64:lrelu=0.2,1 --lr 0 --lr-d 1e-3 --r1 0
warned flat-losses 'for 1000 steps no loss moved (Loss/G/loss 0.6931, Loss/D/loss 1.386)' --discriminator 8:relu,1 --lr 1
ok 'a run like most' gantrain -o sound $SMALL --discriminator 8:lrelu=0.2,1 --steps 3000
ok 'is warned of nothing' [ ! -s .said ]
ok 'and has no notes' absent sound/notes.jsonl
ok 'a D that compares has no side to be right on' gantrain -o critic $SMALL --loss relativistic \
    --discriminator 64:lrelu=0.2,1 --lr 0 --lr-d 1e-3 --r1 0 --steps 1000
ok 'and is not told so' not grep -q sure-d critic/notes.jsonl
finish
