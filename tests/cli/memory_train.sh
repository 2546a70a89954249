#!/bin/sh
# SPDX-License-Identifier: MIT
# Whichever allocation fails, gantrain ends with 1 and says so, and the run goes on to the bytes of an unbroken one.
. "$(dirname "$0")/lib.sh"
[ -n "${NO_MEMORY-}" ] || skip_all "nothing can be preloaded here"
RUN="-o run $NET --log-every 1 --sample-every 1 --checkpoint-every 1 -q"

# A log begins as the whole one, and its last line has its end; timing tells other times.
lines_are_whole() {
    for f in run/log.jsonl run/log.csv; do
        [ ! -e now/$f ] || head -c "$(wc -c <now/$f)" whole/$f | cmp - now/$f || return 1
    done
    [ -z "$(tail -q -c 1 now/run/*.jsonl now/run/*.csv 2>/dev/null)" ] && ! cat now/run/*.jsonl 2>/dev/null | grep -v '^{.*}$'
}

goes_on() {
    lines_are_whole && older_or_whole ! -name state.safetensors ! -name best.safetensors ! -name '*.jsonl' ! -name '*.csv' || return 1
    (cd now && gantrain $RUN --steps $STEPS --resume) && same_run whole/run now/run && cmp whole/run/config.json now/run/config.json
}

mkdir older
STEPS=2
ok 'whichever allocation fails, a new run goes on to the same bytes' at_each_allocation goes_on gantrain $RUN --steps 2
(cd older && gantrain $RUN --steps 2)
STEPS=3
ok 'whichever allocation fails, a resumed run goes on to the same bytes' at_each_allocation goes_on gantrain $RUN --steps 3 --resume
RUN="-o run $NET --subset 600 --log-every 1 --sample-every 0 --checkpoint-every 1 -q --metrics-every 1 --metrics-samples 150"
rm -rf older
mkdir older
STEPS=2
ok 'whichever allocation fails, a run that is measured goes on to the same bytes' at_each_allocation goes_on gantrain $RUN --steps 2
finish
