#!/bin/sh
# SPDX-License-Identifier: MIT
# What full colour stands for: with --scale run the largest of all seeds; --clip and --sign as given.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1

# full_colour FOLDER KEY: that number of explanation.json.
full_colour() {
    awk -v key="\"$2\":" '/"full_colour"/ { is_in = 1 } is_in && $1 == key { print $2 + 0; exit }' \
        "$1/explanation.json"
}

# states FOLDER TEXT
states() { grep -qF -- "$2" "$1/explanation.json"; }

ok 'each seed is explained on its own scale' ganexplain run --seed 1-4 --jacobian-strips --no-pictures -o own
ok 'all seeds are explained on one scale' ganexplain run --seed 1-4 --jacobian-strips --scale run --no-pictures -o shared
for key in gradient_x gradient_z sensitivity top_columns; do
    largest=$(for seed in 1 2 3 4; do full_colour own/seed-000$seed $key; done | sort -g | tail -n 1)
    ok "$key differs from seed to seed" [ "$(for seed in 1 2 3 4; do full_colour own/seed-000$seed $key; done | sort -u | wc -l)" -gt 1 ]
    ok "the run's $key is the largest, for every seed" [ "$(for seed in 1 2 3 4; do full_colour shared/seed-000$seed $key; done | sort -u)" = "$largest" ]
done

ok 'clipped maps of one sign are drawn' ganexplain run --seed 1 --clip 25 --sign negative --no-pictures -o clipped
states clipped/seed-0001 '"clip_percent": 25.0' && states clipped/seed-0001 '"sign": "negative"'
ok 'clip and sign are stated' [ $? -eq 0 ]
[ "$(printf '%s\n' "$(full_colour own/seed-0001 gradient_x)" "$(full_colour clipped/seed-0001 gradient_x)" |
    sort -g | head -n 1)" = "$(full_colour clipped/seed-0001 gradient_x)" ] &&
ok 'clipping makes the scale of a map smaller' [ "$(full_colour own/seed-0001 gradient_x)" != "$(full_colour clipped/seed-0001 gradient_x)" ]
ok 'clipping leaves the scale of the bars' [ "$(full_colour own/seed-0001 gradient_z)" = "$(full_colour clipped/seed-0001 gradient_z)" ]
ok 'a number is taken as the scale' ganexplain run --seed 1 --scale 0.25 --no-pictures -o fixed
ok 'the number is what full colour stands for' [ "$(full_colour fixed/seed-0001 sensitivity)" = 0.25 ]
ok 'one array has a scale of its own' ganexplain run --seed 1-4 --scale run,sensitivity=0.25 --no-pictures -o mixed
ok 'that is the number given' [ "$(full_colour mixed/seed-0002 sensitivity)" = 0.25 ]
ok 'the others are on that of the run' [ "$(full_colour mixed/seed-0002 gradient_x)" = "$(full_colour shared/seed-0001 gradient_x)" ]

TWO='--method gradient-x-input,occlusion --compare --clip 25 --no-pictures'
ok 'two methods are compared for two seeds' ganexplain run --seed 1-2 $TWO -o own-two
ok 'they are compared on one scale' ganexplain run --seed 1-2 $TWO --scale run -o shared-two
ok 'maps are on that of the run' [ "$(full_colour shared-two/seed-0001 occlusion.z)" = "$(full_colour shared-two/seed-0002 occlusion.z)" ]
for seed in 1 2; do
    ok "what seed $seed is judged by is not judged again for its scale" [ "$(full_colour shared-two/seed-000$seed compare.x)" = "$(full_colour own-two/seed-000$seed compare.x)" ]
done
ok 'that is another for the other seed' [ "$(full_colour own-two/seed-0001 compare.x)" != "$(full_colour own-two/seed-0002 compare.x)" ]
finish
