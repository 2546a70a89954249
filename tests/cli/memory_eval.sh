#!/bin/sh
# SPDX-License-Identifier: MIT
# Whichever allocation fails, ganeval ends with 1 and says so, and an older file is whole or the new one.
. "$(dirname "$0")/lib.sh"
[ -n "${NO_MEMORY-}" ] || skip_all "nothing can be preloaded here"
gantrain -o run $NET --steps 1 --checkpoint-every 0 -q || exit 1
RUN=$PWD/run
mkdir older
for f in x.json x.csv x.d; do echo older >older/$f; done
SMALL='-n 150 --metrics precision,coverage --threads 1 -q'

ok 'whichever allocation fails, each file is the older or the new one' at_each_allocation older_or_whole ganeval "$RUN" $SMALL --json x.json --csv x.csv --depfile x.d
gansample run --seeds 0-149 -o pictures/ -q
ok 'whichever allocation fails, of a folder of pictures, too' at_each_allocation older_or_whole ganeval "$PWD/pictures" $SMALL --json x.json
finish
