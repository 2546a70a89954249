#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh SECONDS FUZZER...: runs each fuzzer that long over its corpus. What it finds is left in
# build/fuzz: inputs worth keeping in build/fuzz/NAME, one that fails beside it.
set -eu
seconds=$1
shift
for fuzzer; do
    name=$(basename "$fuzzer" .live)
    name=${name#fuzz_}
    folder=build/fuzz/$name dict=tests/fuzz/$name.dict
    mkdir -p "$folder"
    set -- -max_total_time="$seconds" -timeout=10 -use_value_profile=1 -artifact_prefix="$folder-"
    [ ! -f "$dict" ] || set -- "$@" -dict="$dict"
    "$fuzzer" "$@" "$folder" "tests/fuzz/corpus/$name" >"$folder.log" 2>&1 || {
        tail -n 60 "$folder.log"
        echo "fuzz: $name: failed; $folder.log has it all, the input is one of $folder-*"
        exit 1
    }
    sed -nE "s/^#([0-9]+)\tDONE .* corp: ([0-9]+).*/fuzz: $name: \1 inputs, \2 of them kept/p" "$folder.log"
done
