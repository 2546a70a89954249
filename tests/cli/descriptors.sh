#!/bin/sh
# SPDX-License-Identifier: MIT
# Standard descriptors that are closed change no output; named ones are written from where they stand.
. "$(dirname "$0")/lib.sh"
RUN="$NET --steps 3 --log-every 1 --sample-every 1 --checkpoint-every 2"

# Every output there is, with what is said on the way, into a folder; closed as $2 says.
make_all() {
    mkdir "$1"
    for command in "gantrain -o $1/run $RUN" "gansample $1/run --seeds 0-9 -o $1/grid.png" \
        "gansample $1/run --seeds 0-1099 --npy $1/npy --idx $1/idx --pairs $1/pairs --depfile $1/d" \
        "ganexplain $1/run --seed 0-1099 --table $1/table.jsonl" \
        "ganexplain $1/run --seed 0-1099 --table $1/table.safetensors" \
        "ganexplain $1/run --seed 7,8 -o $1/explain"; do
        eval "$command -v $2" || return 1
    done
}

# Whether the folders hold the same but for the times in the run.
hold_same() {
    for f in npy idx pairs grid.png table.jsonl table.safetensors; do
        cmp "$1/$f" "$2/$f" || return 1
    done
    same_run "$1/run" "$2/run" && cmp "$1/run/state.safetensors" "$2/run/state.safetensors" &&
    diff -r "$1/explain" "$2/explain" && [ "$(wc -l <"$1/run/timing.jsonl")" -eq 3 ] &&
        gantrain --config "$1/run/config.json" -o none --dry-run >"$1.config"
}

ok 'with all descriptors open' make_all open ''
n=0
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    n=$((n + 1))
    ok "all outputs with $closed" make_all closed$n "$closed"
    ok "are those with all open: $closed" hold_same closed$n open
done

for command in 'gansample --info open/run' 'gansample open/run --npy /dev/stdout' 'gantrain --help' \
    'gantrain -o new --dry-run' 'ganexplain --list-methods open/run' 'ganexplain --version'; do
    ok "data for a closed stdout: $command" exits 4 sh -c "$command >&-"
    ok 'however much else is closed' exits 4 sh -c "$command <&- >&- 2>&-"
done

gansample open/run --seeds 0-2 --idx idx --pairs pairs -q
{ echo head; cat idx; echo tail; } >want
{ echo head; gansample open/run --seeds 0-2 --idx /dev/stdout -q; echo tail; } >got
ok 'stdout is written from where it stands' same got want
echo head >got
gansample open/run --seeds 0-2 --idx /dev/stdout -q >>got
echo tail >>got
ok 'an append is one' same got want
{ echo head; gansample open/run --seeds 0-2 --idx /dev/stdout -q; echo tail; } | cat >got
ok 'and a pipe' same got want
{ echo head; gansample open/run --seeds 0-2 --idx /dev/fd/1 -q; echo tail; } >got
ok 'so it is by number' same got want
exec 5>got
echo head >&5
gansample open/run --seeds 0-2 --idx /proc/self/fd/5 -q
echo tail >&5
exec 5>&-
ok 'whatever the number' same got want
{ echo head; cat pairs; echo tail; } >want
{ echo head; gansample open/run --seeds 0-2 --pairs /dev/stdout -q; echo tail; } >got
ok 'also by what is not written in order' same got want
cp want got
ok 'such an append' exits 4 sh -c 'gansample open/run --pairs /dev/stdout >>got'
ok 'is refused' says 'is appended to'
ok 'and nothing written' same got want
sh -c '{ gansample open/run --pairs /dev/stdout; echo $? >status; } | wc -c >count' 2>.said
ok 'such a pipe' [ "$(cat status)" -eq 4 ]
ok 'is refused' says 'is a pipe'
ok 'and nothing written' [ "$(cat count)" -eq 0 ]
for fd in 3 4 5 6 7 8 9; do
    ok "descriptor $fd that was not given" exits 4 gansample open/run --npy x --idx /dev/fd/$fd
done
ok 'nor stdin' exits 4 sh -c 'gansample open/run --npy x --idx /dev/stdin <want'
gansample open/run --npy /dev/stdout --idx /dev/fd/1 2>.said | cat >count
ok 'one pipe for two outputs is refused' says 'two outputs have this name'
ok 'nothing was made' absent x
finish
