#!/bin/sh
# SPDX-License-Identifier: MIT
# Pairs of pictures and seeds from the command line: trained, gone on with, drawn.
. "$(dirname "$0")/lib.sh"
RUN="$NET --rec-pairs 20 --lambda 0.1 --log-every 5 --sample-every 10 --checkpoint-every 10"

ok 'a GAN is trained on pairs' gantrain -o run $RUN --steps 30
ok 'the log has their distance' grep -q '"step": 30, .*"Loss/rec": [0-9]' run/log.jsonl
ok 'a run of fewer steps is trained' gantrain -o half $RUN --steps 17 -q
ok 'it is gone on with by its folder alone' gantrain -o half --resume --steps 30 --threads 1 -q
ok 'to the model of the unbroken run' same half run
ok 'and to its state' same half/state.safetensors run/state.safetensors
ok 'another weight is another run' exits 2 gantrain -o half --resume --steps 40 --lambda 1
ok 'the message says which' says "'--lambda' is 1"
ok 'its pairs are written out' gansample run --seeds 0-19 --pairs pairs.safetensors -q

ok 'a GAN without pairs is trained' gantrain -o plain $NET --steps 3 -q
ok 'its log has no distance' not grep -q 'Loss/rec' plain/log.jsonl
ok 'more pairs than pictures end with status 2' exits 2 gantrain -o new $NET --rec-pairs 4501
ok 'the message says how many there are' says '--rec-pairs: 4501 is more than the 4500 pictures there are'
ok 'a weight without pairs ends with status 2' exits 2 gantrain -o new $NET --lambda 0.1
ok 'the message says what it is for' says '--lambda is for --rec-pairs above 0'
ok 'nothing was made' absent new
finish
