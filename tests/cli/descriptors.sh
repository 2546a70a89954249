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
        "ganexplain $1/run --seed 0-2123 --table $1/table.jsonl" \
        "ganexplain $1/run --seed 0-2123 --table $1/table.safetensors" \
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

ok 'every output is made with all descriptors open' make_all open ''
n=0
for closed in '<&-' '>&-' '2>&-' '<&- >&-' '<&- 2>&-' '>&- 2>&-' '<&- >&- 2>&-'; do
    n=$((n + 1))
    ok "every output is made with $closed" make_all closed$n "$closed"
    ok "outputs with $closed are those with all descriptors open" hold_same closed$n open
done

for command in 'gansample --info open/run' 'gansample open/run --npy /dev/stdout' 'gantrain --help' \
    'gantrain -o new --dry-run' 'ganexplain --list-methods open/run' 'ganexplain --version' 'ganeval --list-metrics'; do
    ok "$command ends with status 4 where stdout is closed" exits 4 sh -c "$command >&-"
    ok "$command does so where all three are closed" exits 4 sh -c "$command <&- >&- 2>&-"
done

gansample open/run --seeds 0-2 --idx idx --pairs pairs -q
{ echo head; cat idx; echo tail; } >want
{ echo head; gansample open/run --seeds 0-2 --idx /dev/stdout -q; echo tail; } >got
ok 'a file that stdout leads to is written from where it stands' same got want
echo head >got
gansample open/run --seeds 0-2 --idx /dev/stdout -q >>got
echo tail >>got
ok 'a file that stdout appends to is appended to' same got want
{ echo head; gansample open/run --seeds 0-2 --idx /dev/stdout -q; echo tail; } | cat >got
ok 'a pipe on stdout gets the bytes' same got want
{ echo head; gansample open/run --seeds 0-2 --idx /dev/fd/1 -q; echo tail; } >got
ok '/dev/fd/1 means stdout' same got want
exec 5>got
echo head >&5
gansample open/run --seeds 0-2 --idx /proc/self/fd/5 -q
echo tail >&5
exec 5>&-
ok '/proc/self/fd/5 means the open descriptor 5' same got want
{ echo head; cat pairs; echo tail; } >want
{ echo head; gansample open/run --seeds 0-2 --pairs /dev/stdout -q; echo tail; } >got
ok 'pairs, which are not written in order, begin where stdout stands' same got want
cp want got
ok 'pairs to an appending stdout end with status 4' exits 4 sh -c 'gansample open/run --pairs /dev/stdout >>got'
ok 'the refusal says that the file is appended to' says 'is appended to'
ok 'the refused append wrote nothing' same got want
sh -c '{ gansample open/run --pairs /dev/stdout; echo $? >status; } | wc -c >count' 2>.said
ok 'pairs to a pipe end with status 4' [ "$(cat status)" -eq 4 ]
ok 'the refusal says that it is a pipe' says 'is a pipe'
ok 'the refused pipe got nothing' [ "$(cat count)" -eq 0 ]
for fd in 3 4 5 6 7 8 9; do
    ok "descriptor $fd, which was not given, ends with status 4" exits 4 gansample open/run --npy x --idx /dev/fd/$fd
done
ok 'stdin as an output ends with status 4' exits 4 sh -c 'gansample open/run --npy x --idx /dev/stdin <want'
gansample open/run --npy /dev/stdout --idx /dev/fd/1 2>.said | cat >count
ok 'one pipe for two outputs is refused' says 'two outputs have this name'
ok 'no other output of a refused call was made' absent x
finish
