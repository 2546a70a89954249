#!/bin/sh
# SPDX-License-Identifier: MIT
# Files that version 0.1.0 left (tests/golden/v0.1.0): they open, are sampled, explained and resumed. With the
# compiler, CPU and OpenBLAS that made them the numbers are the same bits, elsewhere within 1e-5 and one grey level;
# maps are within 1e-5 anywhere, as later versions add up their products in another order.
. "$(dirname "$0")/lib.sh"
old=$HERE/../golden/v0.1.0
cp -r "$old" run
rm -f run/*.txt run/make_v0.1.0.sh run/resumed.safetensors

# machine: what products run on, in the words of -v.
machine() {
    gantrain -o none --threads 1 --dry-run -v 2>&1 >settings | sed -n 's/^gantrain: 1 threads, //p'
}

is_same_machine() {
    grep -qaF "$(cat "$old/compiler.txt")" "$BIN/gantrain" && [ "$(machine)" = "$(cat "$old/machine.txt")" ]
}

# tensors FILE: NAME START END of each in a safetensors file, the bytes counted from its start.
tensors() {
    n=$(($(od -An -tu8 -N8 "$1") + 8))
    head -c $n "$1" | tr '}' '\n' |
        sed -nE 's/.*"([^"]+)":\{.*"data_offsets":\[([0-9]+),([0-9]+)\].*/\1 \2 \3/p' |
        awk -v n=$n '{ print $1, $2 + n, $3 + n }'
}

# payload FILE LIKE: the arrays of a safetensors file that LIKE has (later versions may leave more), or the pixels
# of an IDX file.
payload() {
    case $1 in *.idx) tail -c +17 "$1" && return ;; esac
    tensors "$1" >all.txt
    tensors "$2" | while read -r name rest; do
        set -- "$1" $(sed -n "s/^$name //p" all.txt)
        tail -c +$(($2 + 1)) "$1" | head -c $(($3 - $2))
    done
}

# values FILE LIKE: the same as numbers, one a line.
values() {
    case $1 in
    *.idx) payload "$1" "$2" | od -An -v -tu1 -w1 ;;
    *) payload "$1" "$2" | od -An -v -tf4 -w4 ;;
    esac
}

# is_close MOST FILE OLD: as many values, none more than MOST away (relatively, above 1).
is_close() {
    values "$2" "$3" >now.txt && values "$3" "$3" >then.txt
    paste now.txt then.txt | awk -v most="$1" '
        NF != 2 || $1 $2 ~ /[^-+.0-9e]/ { print "value " NR ": " $0; bad = 1; exit }
        { d = $1 - $2; m = $2 < 0 ? -$2 : $2; if (d < 0) d = -d; if (m < 1) m = 1 }
        d > most * m { print "value " NR ": " $1 ", was " $2; bad = 1; exit }
        END { exit bad || NR == 0 }'
}

# is_same_payload FILE OLD
is_same_payload() {
    payload "$1" "$2" >now.raw && payload "$2" "$2" >then.raw && [ -s now.raw ] && cmp now.raw then.raw
}

# as_before SENTENCE MOST FILE OLD: the same bits where it is the same machine, else close.
as_before() {
    if is_same_machine; then
        ok "$1, bit for bit" is_same_payload "$3" "$4"
    else
        ok "$1" is_close "$2" "$3" "$4"
    fi
}

ok '--info of a model' gansample --info run
ok 'shows its layers' says '4:bn:lrelu=0.2,784:tanh'
ok '--info of a state' gansample --info run/state.safetensors
ok 'an old model is sampled' gansample run --seeds 7 --idx x.idx -o s/
as_before 'the picture is that of then' 1 x.idx "$old/pixels.idx"
ok 'an old picture is read' ganexplain run --seed 7 --target rec:run/sample.png -o rec --no-pictures
ok 'an old model is explained' ganexplain run/model.safetensors --seed 7 --jacobian -o e --no-pictures
ok 'the maps are those of then' is_close 1e-5 e/seed-0007/maps.safetensors "$old/maps.safetensors"
ok 'no verdict is made of a logit without a reference' not grep -q '"verdict"' e/seed-0007/explanation.json
ok 'which the words say' grep -q 'no verdict' e/seed-0007/explanation.txt
ok 'an old state is sampled' gansample run/state.safetensors --seeds 7 --idx y.idx -o s/
ok 'it is of the same step' same x.idx y.idx
ok 'an old run that is finished is that' gantrain -o run --steps 6 --resume
ok 'and says so' says 'is finished; nothing to do'
ok 'an old state is resumed with the settings it has' gantrain -o run --steps 9 --resume -q --threads 1
head -c -808 run/model.safetensors >networks.safetensors # the quantiles of D's logit, 2 x 101 floats, come last
as_before 'to the networks of then' 1e-5 networks.safetensors "$old/resumed.safetensors"
ok 'and to a model that a logit can be judged by' gansample --info run
ok 'by as many real pictures as there are' says "D's logit of 4,500 real pictures: least "
ok 'and by as many generated ones as are made of any model' says "D's logit of 10,000 generated pictures: least "
finish
