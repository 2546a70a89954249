# SPDX-License-Identifier: MIT
# Sourced by the shell tests: TAP, a folder that goes away, small nets. BIN: the programs' folder;
# SHIM, NO_MEMORY: tests/shim/fault.c and no_memory.c as libraries, empty where they cannot be preloaded.
set -u
unset MAKEFLAGS MAKELEVEL NO_COLOR
export LC_ALL=C ASAN_OPTIONS="verify_asan_link_order=0:${ASAN_OPTIONS-}"
HERE=$(cd "$(dirname "$0")" && pwd)
PATH=$BIN:$PATH
FOLDER=$(mktemp -d) && cd "$FOLDER" || exit 1
trap 'rm -rf "$FOLDER"' EXIT
n_tests=0
n_bad=0

# A run of a few milliseconds that uses all there is: BatchNorm, dropout, R1, an average.
NET='--generator 8:bn:lrelu=0.2,784:tanh --discriminator 8:lrelu=0.2:dropout=0.3,1'
NET="$NET --z-dim 4 --batch 16 --r1 0.1 --r1-every 2 --ema-kimg 0.1 --threads 1"

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# result STATUS NAME: one line of TAP.
result() {
    n_tests=$((n_tests + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $n_tests - $2"
    else
        n_bad=$((n_bad + 1))
        echo "not ok $n_tests - $2"
    fi
}

skip() {
    n_tests=$((n_tests + 1))
    echo "ok $n_tests - $1 # SKIP $2"
}

# ok NAME COMMAND ...: the command succeeds.
ok() {
    name=$1
    shift
    "$@" >.said 2>&1
    status=$?
    [ $status -eq 0 ] || sed 's/^/# /' .said
    result $status "$name"
}

# exits STATUS NAME COMMAND ...: it ends with that status, and never by a signal or a sanitizer.
exits() {
    want=$1
    name=$2
    shift 2
    "$@" >.said 2>&1
    got=$?
    [ $got -eq "$want" ] || {
        echo "# exit $got, expected $want: $*"
        sed 's/^/# /' .said
    }
    [ $got -eq "$want" ]
    result $? "$name"
}

# says NAME TEXT: the last command of ok or exits said that.
says() {
    grep -qF -- "$2" .said || {
        echo "# expected: $2"
        sed 's/^/# /' .said
        false
    }
    result $? "$1"
}

# same NAME A B: two files, or what two runs promise to have in common.
same() {
    if [ -d "$2" ]; then
        same_run "$2" "$3"
    else
        cmp "$2" "$3" 2>&1 | sed 's/^/# /'
        cmp -s "$2" "$3"
    fi
    result $? "$1"
}

same_run() {
    for f in model.safetensors log.jsonl real.png; do
        cmp "$1/$f" "$2/$f" || return 1
    done
    diff -r "$1/samples" "$2/samples"
}

absent() {
    [ ! -e "$2" ]
    result $? "$1"
}

# at_each_allocation LEFT COMMAND ...: in a copy of the folder `older` makes each allocation of the command
# fail in turn, or at most SOME of them, 40 when not set (SOME=: all). It is to end with status 1 and to say
# why, and then the command LEFT judges the folder `now`; or without harm, as in the folder `whole`.
at_each_allocation() {
    short='memory|cannot create shared object' # the second is how the loader says it of a library
    left=$1
    shift
    rm -rf whole
    cp -r older whole
    (cd whole && FAULT_COUNT=../count LD_PRELOAD=$NO_MEMORY "$@" >printed 2>/dev/null) || return 1
    n_calls=$(cat count)
    some=${SOME-40}
    some=${some:-$n_calls}
    step=$(((n_calls + some - 1) / some))
    n=1
    n_ended=0
    while [ $n -le "$n_calls" ]; do
        rm -rf now
        cp -r older now
        (cd now && FAULT_AT=$n LD_PRELOAD=$NO_MEMORY "$@" >printed 2>../.said)
        case $? in
        0) diff -r -x timing.jsonl now whole >.why ;;
        1) n_ended=$((n_ended + 1)) && grep -qiE "$short" .said && $left >.why ;;
        *) false ;;
        esac || {
            echo "# allocation $n of $n_calls"
            sed 's/^/# /' .said .why
            return 1
        }
        n=$((n + step))
    done
    echo "# ended by $n_ended of $((n / step)) failures"
    [ $n_ended -gt $((n / step / 2)) ]
}

# older_or_whole TEST ...: each file of `now` for which find's tests hold is that of `older` or that of `whole`,
# apart from temporaries.
older_or_whole() {
    (cd now && find . -type f ! -name '.*.??????' ! -name printed "$@") | while read -r f; do
        cmp -s "now/$f" "older/$f" || cmp "now/$f" "whole/$f" || exit 1
    done && [ ! -s now/printed ]
}

finish() {
    echo "1..$n_tests"
    [ $n_bad -eq 0 ]
    exit $?
}
