#!/bin/sh
# SPDX-License-Identifier: MIT
# coverage.sh BUILD REPLAY...: with programs built by gcc --coverage, prints how many lines of each
# file the corpora reach, those that were kept by fuzzers included.
set -eu
build=$1
shift
for replay; do
    name=$(basename "$replay")
    name=${name#fuzz_}
    find "$build" -name '*.gcda' -exec rm {} +
    set -- "tests/fuzz/corpus/$name"
    [ ! -d "build/fuzz/$name" ] || set -- "$@" "build/fuzz/$name"
    "$replay" "$@" | tail -n 1 | sed "s/^1\.\./coverage of $name by inputs: /"
    find "$build/src" -name '*.gcda' -exec gcov -n {} + |
        sed -nE "/^File 'src\//{s/^File '(.*)'/\1/;h;n;s/^Lines executed:([0-9.]+)% of ([0-9]+)/\1 \2/;G;s/\n/ /p}" |
        awk '$1 > 0 { printf "    %5.1f %% of %3d lines  %s\n", $1, $2, $3 }' | sort -k6
done
