#!/bin/sh
# SPDX-License-Identifier: MIT
# Whichever allocation fails, gansample ends with 1 and says so, and an older file is whole or the new one.
. "$(dirname "$0")/lib.sh"
[ -n "${NO_MEMORY-}" ] || skip_all "nothing can be preloaded here"
gantrain -o run $NET --steps 1 --checkpoint-every 0 -q || exit 1
RUN=$PWD/run
mkdir older
for f in grid.png x.npy x.idx x.safetensors x.d; do echo older >older/$f; done

# The noise of --z is a file that an earlier call wrote.
gansample run --seeds 0-8 --pairs z.safetensors --threads 1
Z=$PWD/z.safetensors:z

ok 'whichever allocation fails, the grid is the older or the new one' at_each_allocation older_or_whole gansample "$RUN" --seeds 0-8 --label -o grid.png --threads 1
ok 'whichever allocation fails, each picture of a folder is whole' at_each_allocation older_or_whole gansample "$RUN" --seeds 0-8 -o pictures/ --threads 1
ok 'whichever allocation fails, each array is the older or the new one' at_each_allocation older_or_whole gansample "$RUN" --z "$Z" --npy x.npy --idx x.idx --depfile x.d --threads 1
ok 'whichever allocation fails, the pairs are the older or the new ones' at_each_allocation older_or_whole gansample "$RUN" --seeds 0-8 --pairs x.safetensors --threads 1
ok 'whichever allocation fails, --info prints all or nothing' at_each_allocation older_or_whole gansample "$RUN" --info
finish
