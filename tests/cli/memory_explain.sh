#!/bin/sh
# SPDX-License-Identifier: MIT
# Whichever allocation fails, ganexplain ends with 1 and says so, and no explanation.json speaks of other files.
. "$(dirname "$0")/lib.sh"
[ -n "${NO_MEMORY-}" ] || skip_all "nothing can be preloaded here"
gantrain -o run $NET --steps 1 --checkpoint-every 0 -q || exit 1
RUN=$PWD/run

# The older explanation, the new one, or one that is not said to be there.
holds_one() {
    diff -r -x '.*.??????' now/seed-0007 older/seed-0007 >/dev/null ||
        diff -r -x '.*.??????' now/seed-0007 whole/seed-0007 || [ ! -e now/seed-0007/explanation.json ]
}

ganexplain run --seed 7 -o older -q
ok 'whichever allocation fails, a folder holds one whole explanation' at_each_allocation holds_one ganexplain "$RUN" --seed 7 --method gradient,gradient-x-input -o . -q --threads 1
rm -rf older && mkdir older
for f in x.safetensors x.jsonl; do echo older >older/$f; done
ok 'whichever allocation fails, the table is the older or the new one' at_each_allocation older_or_whole ganexplain "$RUN" --seeds 0-20 --table x.safetensors --threads 1
ok 'whichever allocation fails, the table of lines is the older or the new one' at_each_allocation older_or_whole ganexplain "$RUN" --seeds 0-20 --table x.jsonl --threads 1
finish
