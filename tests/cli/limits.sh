#!/bin/sh
# SPDX-License-Identifier: MIT
# Limits of the shell, the environment and a missing OpenBLAS, which training alone needs: refused in words or
# without effect, never a program that does not end.
. "$(dirname "$0")/lib.sh"
ok 'a run is trained' gantrain -o run $NET --steps 3 -q

# limited KB COMMAND ...: with that much address space, and an end to what would not end.
limited() {
    (
        ulimit -v "$1" || exit 126
        shift
        exec timeout 20 "$@"
    )
}

# needed COMMAND ...: the kB with which it no longer says that it needs more.
needed() {
    kb=50000
    while more=$(limited "$kb" "$@" 2>&1 | sed -n 's/.*at least \([0-9]*\) kB.*/\1/p') && [ -n "$more" ]; do
        kb=$((more + 2000))
    done
    echo "$kb"
}

if grep -qa __asan_init "$BIN/gantrain" || grep -qa __tsan_init "$BIN/gantrain"; then
    skip 'a limit on address space is refused in words' 'a sanitizer needs more than any such limit'
elif ! limited 1000000 true 2>/dev/null; then
    skip 'a limit on address space is refused in words' 'this shell has no such limit'
else
    for program in gantrain gansample ganeval ganexplain; do
        ok "$program --help needs little memory" exits 0 limited 50000 $program --help
        ok "$program --version needs little memory" exits 0 limited 50000 $program --version
        ok "$program refuses an option with little memory" exits 2 limited 50000 $program --nonsense
    done
    ok '--list-methods needs little memory' exits 0 limited 50000 ganexplain --list-methods
    ok '--dry-run needs little memory' exits 0 limited 50000 ganexplain run --seed 7 --dry-run
    ok '--dry-run prints the settings with little memory' says '"seed"'
    ok 'a missing checkpoint is told with little memory' exits 3 limited 50000 gansample missing -o x.png
    train="rm -rf new; exec gantrain -o new $NET --steps 3 -q"
    ok 'too little address space for OpenBLAS ends with status 1' exits 1 limited 200000 sh -c "$train --threads 2"
    ok 'the message has the limit and what is needed' says 'the limit on address space (ulimit -v) is 200000 kB; at least '
    ok 'it says that one thread needs less' says ' kB are needed here; --threads 1 needs less'
    ok 'the refused training made nothing' absent new
    explain='exec ganexplain run --seed 7'
    for command in "$train" "$explain"; do
        for threads in 1 2; do
            kb=$(needed sh -c "$command --threads $threads")
            ok "what ${command#*exec } says is needed suffices for $threads thread(s)" exits 0 \
                limited "$kb" sh -c "$command --threads $threads"
        done
    done
    ok 'a wide z is trained' gantrain -o wide --z-dim 65536 --generator 1,784:tanh --discriminator 1 --batch 2 \
        --steps 1 --threads 1 -q
    ok 'a table of a wide z takes no more than some hundred MB' exits 0 limited 500000 \
        ganexplain wide --seeds 0-99 --table wide.csv --threads 1
    ok 'it has all rows' [ "$(wc -l <wide.csv)" = 101 ]
    for kb in 40000 50000 70000 100000 160000 220000 280000 340000 400000; do
        for command in "$train" "$explain"; do
            limited $kb sh -c "$command --threads 2" >.said 2>&1
            status=$?
            ok "with $kb kB it ends by itself ($status)" [ $status -le 1 ]
        done
    done
fi

if [ "$(ulimit -v)" = unlimited ] && [ "$(cat /proc/sys/vm/overcommit_memory 2>/dev/null)" != 2 ]; then
    ok '256 threads draw' gansample run --threads 256 -o many.png
    ok 'one thread draws' gansample run --threads 1 -o one.png
    ok '256 threads draw what one draws' same many.png one.png
else
    skip '256 threads draw' 'address space is limited'
fi

if ! grep -qa __asan_init "$BIN/gantrain" && (ulimit -s 64) 2>/dev/null; then
    for command in 'ganexplain run --seed 7' 'gansample run' "gantrain -o new $NET --steps 3"; do
        ok "${command%% *} refuses too small a stack with status 1" exits 1 sh -c "ulimit -s 64; exec $command"
        ok "it states the stack's size and the size needed" says 'stack (ulimit -s) is 64 kB; at least 256 kB are needed here'
    done
    ok 'a stack of the size needed suffices' exits 0 sh -c 'ulimit -s 256; exec ganexplain run --seed 7 --threads 1'
else
    skip 'too small a stack is refused' 'a sanitizer needs more, or this shell has no such limit'
fi

OMP_STACKSIZE=16k OMP_NUM_THREADS=7 OPENBLAS_NUM_THREADS=7 \
    ok 'variables of other thread libraries are accepted' ganexplain run --seed 7 --threads 2 -o plain
ok 'the same is explained without them' ganexplain run --seed 7 --threads 2 -o again
ok 'they change no byte' same plain/seed-0007/explanation.json again/seed-0007/explanation.json

loader=$(ls /lib64/ld-linux-x86-64.so.2 /lib/ld-linux-aarch64.so.1 2>/dev/null | head -n 1)
if [ -n "$loader" ] && ! grep -qa __asan_init "$BIN/gantrain"; then
    ok 'gantrain trains when the loader starts it' "$loader" "$BIN/gantrain" -o loaded $NET --threads 2 --steps 3 -q
    ok 'gantrain trains when it is called' gantrain -o called $NET --threads 2 --steps 3 -q
    ok 'both ways give the same bytes' same called loaded
else
    skip 'gantrain trains when the loader starts it' 'there is none here, or a sanitizer is in its way'
fi

mkdir damaged
: >damaged/libopenblas.so.0
: >damaged/libopenblas.so
if [ "$(uname)" = Linux ]; then
    export LD_LIBRARY_PATH=$FOLDER/damaged
    ok 'an OpenBLAS that cannot be opened ends a training with status 1' exits 1 gantrain -o x $NET --steps 3
    ok 'the message says that OpenBLAS cannot be opened' says 'OpenBLAS cannot be opened: '
    ok 'it names the package to install' says 'apt-get install libopenblas0'
    ok 'the training made nothing' absent x
    ok 'gantrain --version works without OpenBLAS' exits 0 gantrain --version
    ok 'it says that OpenBLAS cannot be opened' says 'OpenBLAS cannot be opened: '
    ok 'gansample draws without OpenBLAS' exits 0 gansample run -o without.png
    ok 'ganexplain explains without OpenBLAS' exits 0 ganexplain run --seed 7 -o without -q
    ok 'and streams a table' exits 0 ganexplain run --seed 0-99 --table without.safetensors -q
    ln -sf "$(ldconfig -p 2>/dev/null | sed -n 's/.*libm\.so\.6.* => //p' | head -n 1)" damaged/libopenblas.so.0
    ok 'another library under its name ends with status 1' exits 1 gantrain -o x $NET --steps 3
    ok 'the message names the symbol that is missing' says 'sgemm_'
    unset LD_LIBRARY_PATH
    ok 'with OpenBLAS the same is explained' ganexplain run --seed 7 -o with -q
    ok 'byte by byte' diff -r without with
fi
finish
