#!/bin/sh
# SPDX-License-Identifier: MIT
# What methods fit is kept in DIR/cache: explanations are the same bytes with it, without it, and with one
# that is damaged, of another key, half written or not to be written.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
FITTED=linear,logistic,tree,network
explain() { ganexplain run --seed 7 --method $FITTED --samples 64 -q "$@"; }
same_seed() { diff -r "$1/seed-0007" "$2/seed-0007"; }

ok 'the first run fits and keeps' explain -o plain
ok 'a file each method' [ "$(ls plain/cache | wc -l)" -eq 4 ]
ok 'two seeds share one fit' ganexplain run --seed 7,8 --method $FITTED --samples 64 -q -o two
ok 'which is the same' diff -r plain/cache two/cache
ok 'and says the same of the first' same_seed plain two

# What was kept is read: with the files out of reach of the next fit, nothing of them changes.
mkdir again && cp -r plain/cache again/cache
touch -d 2001-01-01 again/cache/*
ok 'a run with what was kept succeeds' explain -o again
ok 'with the same bytes' same_seed plain again
ok 'and leaves what was kept alone' [ -z "$(find again/cache -type f -newermt 2002-01-01)" ]
rm -rf again/cache
ok 'without the cache it is the same' explain -o again
ok 'to the bit' same_seed plain again

ok 'other samples are fitted anew' ganexplain run --seed 7 --method linear --samples 128 -q -o again
ok 'beside the others' [ "$(ls again/cache/linear-* | wc -l)" -eq 2 ]
ok 'another target, too' ganexplain run --seed 7 --method linear --target ink --samples 64 -q -o again
ok 'beside those' [ "$(ls again/cache/linear-* | wc -l)" -eq 3 ]

# kept N: so many lines there are in "lines", for targets that one word says.
kept() { [ "$(ls lines/cache | wc -l)" -eq "$1" ]; }
line() { ganexplain "$@" --seed 7 --method linear --samples 64 -q -o lines; }
ok 'a pixel' line run --target pixel:13,14
ok 'and its neighbour' line run --target pixel:14,13
ok 'are two targets' kept 2
for seed in 7 8; do
    cp two/seed-000$seed/sample.png picture.png
    line run --target rec:picture.png
done
ok 'two pictures of one name are, too' kept 4
ok 'a set of pictures is compared with' line run --target rec:nearest
ok 'and nothing of it is kept' kept 4
gantrain -o longer $NET --steps 5 --checkpoint-every 0 -q
ok 'another model in the same place' line longer --target pixel:13,14
ok 'has a fit of its own' kept 5

# damaged HOW: each file of the cache is no longer what it was; the run says nothing of it, and keeps it anew
# where it was a file.
damaged() {
    rm -rf bad && mkdir bad && cp -r plain/cache bad/cache
    for f in bad/cache/*; do
        case $1 in
        cut) head -c 300 "$f" >cut && cp cut "$f" ;;
        empty) : >"$f" ;;
        byte) printf '\377' | dd of="$f" bs=1 seek=$(($(wc -c <"$f") - 9)) conv=notrunc 2>/dev/null ;;
        nan) printf '\377\377\377\377' | dd of="$f" bs=1 seek=$(($(wc -c <"$f") - 4)) conv=notrunc 2>/dev/null ;;
        key) sed 's/"key":"./"key":"g/' "$f" >other && cp other "$f" ;;
        other) cp run/model.safetensors "$f" ;;
        linear) cp plain/cache/linear-* "$f" ;;
        huge) truncate -s 8G "$f" ;;
        folder) rm "$f" && mkdir "$f" ;;
        pipe) rm "$f" && mkfifo "$f" ;;
        link) cp "$f" elsewhere && ln -sf "$PWD/elsewhere" "$f" ;;
        esac
    done
    explain -o bad && [ ! -s .said ] && same_seed plain bad || return 1
    case $1 in folder | pipe | link) return ;; esac
    diff -r plain/cache bad/cache
}
for how in cut empty byte nan key other linear huge folder pipe link; do
    ok "what was kept is fitted anew where it is damaged: $how" damaged $how
done
ok 'what is no file stays' [ "$(find bad/cache -type l | wc -l)" -eq 4 ]
rm -rf bad && mkdir bad && : >bad/cache
ok 'a file in its place is no failure' explain -o bad
ok 'nor does it change anything' same_seed plain bad
ok 'and it stays what it was' [ "$(wc -c <bad/cache)" -eq 0 ]
rm -rf bad elsewhere && mkdir bad elsewhere && ln -s ../elsewhere bad/cache
ok 'nor is a link in its place' explain -o bad
ok 'through which nothing is written' [ -z "$(ls elsewhere)" ]
if [ "$(id -u)" -ne 0 ]; then
    rm -rf bad && mkdir -p bad/cache && chmod 555 bad/cache
    ok 'nor is one that cannot be written' explain -o bad
    ok 'and the same is explained' same_seed plain bad
    chmod 755 bad/cache
fi

# Two at once fit the same, each for its own seed.
rm -rf once
explain -o once &
ganexplain run --seed 8 --method $FITTED --samples 64 -q -o once
ok 'two at once succeed' wait $!
ok 'and keep what one keeps' diff -r plain/cache once/cache
ok 'the first explains as ever' same_seed plain once
ok 'and so does the second' diff -r two/seed-0008 once/seed-0008

# Another model takes the place of the first: its fits go, and no other file.
ok 'the run keeps fits beside its own explanations' ganexplain run --seed 7 --method linear --samples 64 -q
: >run/explain/cache/notes.txt
gantrain -o run $NET --steps 4 --checkpoint-every 0 --force -q
ganexplain run --seed 7 --method tree --samples 64 -q
ok 'a new model has none of the old ones' [ "$(cd run/explain/cache && echo *.safetensors | sed 's/-[0-9a-f]*//g')" = tree.safetensors ]

# A writer that is killed or fails at any call: what comes next is the same.
at_each_call() {
    n=0
    while [ $n -lt 16 ]; do
        n=$((n + 1))
        rm -rf now
        FAULT=$1 FAULT_AT=$n LD_PRELOAD=$SHIM ganexplain run --seed 7 --method linear --samples 64 -q -o now 2>/dev/null
        ganexplain run --seed 7 --method linear --samples 64 -q -o now || return 1
        same_seed now right || { echo "# call $n" && return 1; }
        diff -r -x '.linear*' now/cache right/cache || { echo "# call $n" && return 1; }
    done
}
if [ -n "${SHIM-}" ]; then
    ganexplain run --seed 7 --method linear --samples 64 -q -o right
    ok 'killed at any call, the next run is as if nothing had been' at_each_call kill
    ok 'so it is after a disk that is full' at_each_call ENOSPC
fi
finish
