#!/bin/sh
# SPDX-License-Identifier: MIT
# A run killed at its n-th call that changes the disk, and resumed, leaves the bytes of an unbroken one.
. "$(dirname "$0")/lib.sh"
[ -n "${SHIM-}" ] || skip_all "nothing can be preloaded here"
RUN="$NET --steps 4 --log-every 1 --sample-every 2 --checkpoint-every 2 -q"
ORDER=rename,fsync,open,mkdir,unlink,ftruncate # what decides which bytes are where


# resumed N: goes on after a kill. One killed before it changed anything has left the older run, which
# is refused, to be started afresh.
resumed() {
    gantrain -o run $RUN --resume 2>/dev/null && return
    [ $? -eq 2 ] && same_run older run && gantrain -o run $RUN --force && return
    echo "# call $1: not resumed"
    false
}

# Explanations of another model than the one beside them.
stale() { [ -e run/explain ] && [ -e run/model.safetensors ] && ! cmp -s older/model.safetensors run/model.safetensors; }

# killed_everywhere CALLS STEP PREPARE OPTION: kills at every STEP-th such call and compares with `whole`.
killed_everywhere() {
    n=1
    while rm -rf run && $3 && ! FAULT_CALLS=$1 FAULT_AT=$n LD_PRELOAD=$SHIM gantrain -o run $RUN ${4-}; do
        ! stale || { echo "# call $n: explanations of another model"; return 1; }
        resumed $n || return 1
        [ ! -e run/explain ] || { echo "# call $n: old explanations"; return 1; }
        same_run whole run || { echo "# call $n: other bytes"; return 1; }
        [ -z "$(ls -A run run/samples | grep '^\.[a-z]')" ] || { echo "# call $n: litter"; return 1; }
        n=$((n + $2))
    done 2>/dev/null
    echo "# killed $(((n - 1) / $2)) times"
    [ "$n" -gt $((8 * $2)) ]
}

an_older_run() { cp -r older run; }

ok 'an unbroken run is trained' gantrain -o whole $RUN
ok 'another run is trained' gantrain -o older $RUN --seed 2

ok 'killed at any call that orders the bytes a run resumes to the same bytes' killed_everywhere $ORDER 1 true
ok 'killed in the middle of writes a run resumes to the same bytes' killed_everywhere write 9 true
for kind in $KINDS; do
    [ $kind = gan ] && continue # just done
    RUN="$(net_of $kind) --steps 2 --log-every 2 --sample-every 0 --checkpoint-every 1 -q"
    rm -rf whole
    gantrain -o whole $RUN
    ok "$kind: killed at any call that orders the bytes a run resumes to the same bytes" killed_everywhere $ORDER 1 true
done
RUN="$NET --opt sgd --lr 1 --on-nan rollback --steps 18 --log-every 3 --sample-every 10 --checkpoint-every 6 -q"
rm -rf whole
gantrain -o whole $RUN
ok 'killed while it goes back to a good state it resumes to the same bytes' killed_everywhere $ORDER 1 true
RUN="$NET --subset 600 --steps 5 --log-every 3 --sample-every 0 --checkpoint-every 2 --metrics-every 2 --metrics-samples 150 -q"
rm -rf whole
gantrain -o whole $RUN
ok 'killed while it is measured it resumes to the same bytes' killed_everywhere $ORDER 1 true
RUN="$NET --steps 1 --log-every 1 -q"
rm -rf whole
gantrain -o whole $RUN
ganexplain older --seed 3 --no-pictures -q
ok 'killed while it replaces another run it resumes to the same bytes' killed_everywhere $ORDER 1 an_older_run --force
rm -rf older
mv whole older
ganexplain older --seed 3 --no-pictures -q
RUN="$NET --steps 2 --log-every 1 -q"
gantrain -o whole $RUN
ok 'killed while it goes on from a model it resumes to the same bytes' killed_everywhere $ORDER 1 an_older_run --resume
finish
