#!/bin/sh
# SPDX-License-Identifier: MIT
# An explanation replaced by another while the disk fails, or by a ganexplain that is killed: as long as
# there is an explanation.json, it speaks of the files beside it.
. "$(dirname "$0")/lib.sh"
[ -n "${SHIM-}" ] || skip_all "nothing can be preloaded here"
gantrain -o run $NET --steps 1 --checkpoint-every 0 -q || exit 1
ganexplain run --seed 7 -o old -q
ganexplain run --seed 7 -o new --target ink -q

# Which of the two explanations the folder holds, or none of them: then it is not said to hold one.
holds_one() {
    diff -r -x '.explanation.*' now/seed-0007 old/seed-0007 >/dev/null && return
    diff -r -x '.explanation.*' now/seed-0007 new/seed-0007 >/dev/null && return
    [ ! -e now/seed-0007/explanation.json ]
}

# Without a fault: how many calls change the disk.
rm -rf now
cp -r old now
FAULT_COUNT=count LD_PRELOAD=$SHIM ganexplain run --seed 7 -o now --target ink -q
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
        FAULT=$1 FAULT_AT=$n LD_PRELOAD=$SHIM ganexplain run --seed 7 -o now --target ink -q 2>.said
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
at_each_call ENOSPC 4
result $? 'a full disk'
at_each_call EIO 4
result $? 'a disk that fails'
at_each_call kill 137
result $? 'killed'

# The 5th write is in the first seed, whose files are more.
rm -rf now
FAULT=kill FAULT_CALLS=write FAULT_AT=5 LD_PRELOAD=$SHIM exits 137 'killed once more' ganexplain run --seed 7 -o now -q
result "$(ls -A now/seed-0007 | grep -q '^\.explanation'; echo $?)" 'it leaves a folder behind'
ok 'the next' ganexplain run --seed 7 -o now -q
result "$(diff -r now old >&2; echo $?)" 'removes that'
rm -rf now
FAULT=INT FAULT_CALLS=write FAULT_AT=5 LD_PRELOAD=$SHIM exits 130 'Ctrl-C' ganexplain run --seed 7-9 -o now --threads 1
says 'says what there is' 'ganexplain: stopped; 1 of 3 explained in now'
result "$(diff -r now old >&2; echo $?)" 'and that is whole'
FAULT=INT FAULT_CALLS=write FAULT_AT=1 LD_PRELOAD=$SHIM exits 130 'in a table' ganexplain run --seed 0-5000 --table t.jsonl
says 'it is heard between blocks' 'stopped after 1024 of 5001 rows; no file was made'
result "$(! ls -A | grep -q 't\.jsonl'; echo $?)" 'and there is no litter'

rm -rf now
cp -r old now
FAULT=ENOSPC FAULT_AT=3 FAULT_SINCE=1 LD_PRELOAD=$SHIM exits 4 'a full disk' ganexplain run --seed 7 -o now -q
result "$(diff -r -x '.explanation.*' old now >&2; echo $?)" 'leaves the older explanation'
echo older >t.safetensors
FAULT=ENOSPC FAULT_AT=3 LD_PRELOAD=$SHIM exits 4 'a table' ganexplain run --seed 7 --table t.safetensors -q
result "$([ "$(cat t.safetensors)" = older ]; echo $?)" 'leaves the older table'
exits 4 'a limit of the size of files' sh -c 'ulimit -f 100; exec ganexplain run --seed 0-99 --table t.safetensors'
says 'is told' 'ganexplain: t.safetensors: File too large'
result "$([ "$(cat t.safetensors)" = older ]; echo $?)" 'and leaves the older table'
finish
