# SPDX-License-Identifier: MIT
# Sourced by the shell tests: TAP, a folder that goes away, small nets. BIN: the programs' folder;
# SHIM, NO_MEMORY: tests/shim/fault.c and no_memory.c as libraries, empty where they cannot be preloaded.
set -u
unset MAKEFLAGS MAKELEVEL NO_COLOR GANLENS_CPU
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

# net_of KIND: the same of each of KINDS; wgan-gp with all that changes over a run.
KINDS='gan conditional vae ae wgan-gp'
net_of() {
    small='--generator 8:lrelu=0.2,784:tanh --z-dim 4 --batch 16 --threads 1'
    case $1 in
    gan) echo "$NET" ;;
    conditional) echo "$NET --conditional" ;;
    vae) echo "--model vae --reconstruction mse $small --encoder 8:lrelu=0.2,8" ;;
    ae) echo "--model ae $small --encoder 8:bn:lrelu=0.2,4" ;;
    wgan-gp) echo "--loss wgan-gp --augment-shift 2 --instance-noise 0.1 --schedule cosine --warmup 1 $small --discriminator 8:sn:lrelu=0.2,1:sn" ;;
    esac
}

skip_all() {
    echo "1..0 # SKIP $1"
    exit 0
}

# ok SENTENCE STATEMENT ...: one line of TAP. A statement is a program that succeeds, or one of the functions
# below. What a program says stays in .said until the next one.
ok() {
    n_tests=$((n_tests + 1))
    sentence=$1
    shift
    said=.said
    case $1 in
    says | same | absent | not | [ | grep | diff | cmp | is_* | has_* | holds*) said=.seen ;;
    esac
    if "$@" >$said 2>&1; then
        echo "ok $n_tests - $sentence"
    else
        n_bad=$((n_bad + 1))
        sed 's/^/# /' $said
        echo "not ok $n_tests - $sentence"
    fi
}

skip() {
    n_tests=$((n_tests + 1))
    echo "ok $n_tests - $1 # SKIP $2"
}

# exits STATUS COMMAND ...: it ends with that status, and never by a signal or a sanitizer.
exits() {
    want=$1
    shift
    "$@"
    got=$?
    [ $got -eq "$want" ] || echo "exit $got, expected $want: $*"
    [ $got -eq "$want" ]
}

not() { ! "$@"; }

# says TEXT: the last program did.
says() { grep -qF -- "$1" .said || { echo "expected: $1" && cat .said && false; }; }

# same A B: two files, or what two runs promise to have in common.
same() { if [ -d "$1" ]; then same_run "$1" "$2"; else cmp "$1" "$2"; fi; }

same_run() {
    for f in model.safetensors log.jsonl log.csv real.png $(cd "$1" && ls curves.* best.* 2>/dev/null); do
        cmp "$1/$f" "$2/$f" || return 1
    done
    [ ! -e "$1/notes.jsonl" ] && [ ! -e "$2/notes.jsonl" ] || cmp "$1/notes.jsonl" "$2/notes.jsonl" || return 1
    diff -r "$1/samples" "$2/samples"
}

absent() { [ ! -e "$1" ]; }

# is_litter NAME: a temporary of that file or folder is left here.
is_litter() { ls -A | grep "^\\.$1"; }

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
