#!/bin/sh
# SPDX-License-Identifier: MIT
# What a crash of the machine leaves is what was waited for: each checkpoint is on the disk before it gets its name,
# its name before gantrain goes on, and the log before the state that vouches for it.
. "$(dirname "$0")/lib.sh"
[ -n "${SHIM-}" ] || skip_all "nothing can be preloaded here"

cat >expected <<END
write log.jsonl
write timing.jsonl
fsync log.jsonl
fsync timing.jsonl
write .state.safetensors.TEMPORARY
fsync .state.safetensors.TEMPORARY
rename state.safetensors
fsync its folder
write log.jsonl
write timing.jsonl
fsync log.jsonl
fsync timing.jsonl
write .state.safetensors.TEMPORARY
fsync .state.safetensors.TEMPORARY
rename state.safetensors
fsync its folder
write .model.safetensors.TEMPORARY
fsync .model.safetensors.TEMPORARY
rename model.safetensors
fsync its folder
END
for kind in $KINDS; do
    run=$PWD/$kind
    FAULT_LOG=$kind.calls FAULT_CALLS=write,pwrite,fsync,rename,ftruncate LD_PRELOAD=$SHIM gantrain -o "$run" $(net_of $kind) \
        --steps 2 --log-every 1 --sample-every 0 --checkpoint-every 1 -q || exit 1
    sed -n "s, $run$, its folder,; s, $run/, ,; s,safetensors\.[0-9A-Z]*$,safetensors.TEMPORARY,
        /jsonl$/p; /safetensors/p; /folder$/p" $kind.calls | uniq >order
    ok "$kind: log and states of a run reach the disk in the order that makes a crash harmless" diff order expected
done
finish
