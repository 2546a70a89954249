#!/bin/sh
# SPDX-License-Identifier: MIT
# An explanation replaced by another while the disk fails, or by a ganexplain that is killed: as long as
# there is an explanation.json, it speaks of the files beside it.
. "$(dirname "$0")/lib.sh"
[ -n "${SHIM-}" ] || skip_all "nothing can be preloaded here"
gantrain -o run $NET --steps 1 --checkpoint-every 0 -q || exit 1
ganexplain run --seed 7 -o old -q
ganexplain run --seed 7 -o new --method gradient,gradient-x-input -q

# Which of the two explanations the folder holds, or none of them: then it is not said to hold one.
holds_one() {
    diff -r -x '.explanation.*' now/seed-0007 old/seed-0007 >/dev/null && return
    diff -r -x '.explanation.*' now/seed-0007 new/seed-0007 >/dev/null && return
    [ ! -e now/seed-0007/explanation.json ]
}

# Without a fault: how many calls change the disk.
rm -rf now
cp -r old now
FAULT_COUNT=count LD_PRELOAD=$SHIM ganexplain run --seed 7 -o now --method gradient,gradient-x-input -q
n_calls=$(cat count)

# at_each_call FAULT STATUS: breaks each call that changes the disk in turn. Some may fail without harm, as
# mkdir where the folder is there.
at_each_call() {
    n=0
    kept=0
    while [ $n -lt "$n_calls" ]; do
        n=$((n + 1))
        rm -rf now
        cp -r old now
        FAULT=$1 FAULT_AT=$n LD_PRELOAD=$SHIM ganexplain run --seed 7 -o now --method gradient,gradient-x-input -q 2>.said
        status=$?
        [ $status -eq 0 ] || [ $status -eq "$2" ] || { echo "# call $n: exit $status"; return 1; }
        holds_one || { echo "# call $n: a mixture"; return 1; }
        diff -r -x '.explanation.*' now/seed-0007 old/seed-0007 >/dev/null && kept=$((kept + 1))
        [ $status -ne 0 ] || cmp -s now/seed-0007/explanation.json new/seed-0007/explanation.json ||
            { echo "# call $n: exit 0 without the new one"; return 1; }
    done
    echo "# broke $n calls, the older one was whole after $kept"
    [ $kept -gt $((n / 2)) ]
}
ok 'a disk that is full at any call ends with status 4 and leaves one whole explanation' at_each_call ENOSPC 4
ok 'a disk that fails at any call ends with status 4 and leaves one whole explanation' at_each_call EIO 4
ok 'killed at any call it leaves one whole explanation' at_each_call kill 137

# The 5th write is in the first seed, whose files are more.
rm -rf now
FAULT=kill FAULT_CALLS=write FAULT_AT=5 LD_PRELOAD=$SHIM ok 'killed in the middle of a seed it ends by the signal' exits 137 ganexplain run --seed 7 -o now -q
(cd now/seed-0007 && is_litter explanation)
ok 'the killed one leaves a staging folder behind' [ $? -eq 0 ]
ok 'the next explanation succeeds' ganexplain run --seed 7 -o now -q
ok 'and removes what was left' diff -r now old
rm -rf now
FAULT=INT FAULT_CALLS=write FAULT_AT=5 LD_PRELOAD=$SHIM ok 'Ctrl-C ends by the signal' exits 130 ganexplain run --seed 7-9 -o now --threads 1
ok 'it says how many were explained' says 'ganexplain: stopped after 1 of 3 explanations; they are in now'
ok 'what was explained before Ctrl-C is whole' diff -r now old
# Rows are written beside the next block: it comes before that one or in its midst.
FAULT=INT FAULT_CALLS=write FAULT_AT=1 LD_PRELOAD=$SHIM ok 'Ctrl-C ends a table by the signal' exits 130 ganexplain run --seed 0-5000 --table t.jsonl
ok 'Ctrl-C is heard between blocks of a table' says ' of 5001 rows; no file was made'
ok 'the stopped table leaves no litter' not is_litter 't\.jsonl'
ok 'the stopped table does not appear' absent t.jsonl

rm -rf now
cp -r old now
FAULT=ENOSPC FAULT_AT=3 FAULT_SINCE=1 LD_PRELOAD=$SHIM ok 'a disk that stays full ends with status 4' exits 4 ganexplain run --seed 7 -o now -q
ok 'it leaves the older explanation' diff -r -x '.explanation.*' old now
echo older >t.safetensors
FAULT=ENOSPC FAULT_AT=3 LD_PRELOAD=$SHIM ok 'a table on a full disk ends with status 4' exits 4 ganexplain run --seed 7 --table t.safetensors -q
ok 'it leaves the older table' [ "$(cat t.safetensors)" = older ]
ok 'a table over the limit on file sizes ends with status 4' exits 4 sh -c 'ulimit -f 100; exec ganexplain run --seed 0-99 --table t.safetensors'
ok 'the limit is told' says 'ganexplain: t.safetensors: File too large'
ok 'it leaves the older table, too' [ "$(cat t.safetensors)" = older ]
finish
