#!/bin/sh
# SPDX-License-Identifier: MIT
# How explainable a generator is, by ganexplain --explainability, ganeval and gantrain: one number.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
gantrain -o classes $(net_of conditional) --steps 3 --checkpoint-every 0 -q || exit 1
FEW='--metrics explainability --samples 100 -q'

# What ganexplain's table has in that row: of the model as it is.
told() { perl -MJSON::PP -e 'local $/; my $d = decode_json(<STDIN>);
    printf "%.6f\n", $_->{values}[0] for grep { $_->{name} =~ /^[. ]*'"$1"':/ } @{$d->{arrays}{"explainability.parts"}{rows}}' <"$2/explanation.json"; }
# The same of ganeval, by a path of keys.
measured() { perl -MJSON::PP -e 'local $/; my $d = decode_json(<STDIN>)->{metrics}{explainability};
    $d = ref $d eq "ARRAY" ? $d->[$_] : $d->{$_} for split /,/, shift; printf "%.6f\n", $d' "$1" <"$2"; }
is_same_number() { [ -n "$1" ] && [ "$1" = "$2" ] || { echo "$1, $2" && false; }; }

ok 'ganexplain says how explainable a model is' ganexplain run --seed 7,8 --explainability -o told --no-pictures --threads 1
ok 'ganeval measures it' ganeval run $FEW --json measured.json --threads 1
ok 'it is the same number' is_same_number "$(told explainability told/seed-0007)" "$(measured value measured.json)"
ok 'so is a part of it' is_same_number "$(told rank told/seed-0007)" "$(measured parts,rank measured.json)"
ok 'it is the same for every seed' is_same_number "$(told explainability told/seed-0007)" "$(told explainability told/seed-0008)"
ganexplain run --seed 7,8 --explainability -o other --no-pictures --threads 2 -q
ok 'and the same bytes on two threads' diff -r told other
ok 'no method need be run beside it' not grep -qx 'shap' told/seed-0007/explanation.txt
ok 'a model that was not trained stands beside it' grep -q 'this model *untrained *random' told/seed-0007/explanation.txt
ok 'of a conditional model a class is explained' ganexplain classes --seed 7 --class 3 --explainability -o class --no-pictures -q
ok 'and each is measured' ganeval classes $FEW --json classes.json
ok 'by the same number' is_same_number "$(told explainability class/seed-0007-of-3)" "$(measured by_class,3,value classes.json)"
ok 'a run is trained with it' gantrain -o vae $(net_of vae) --steps 3 --checkpoint-every 0 --metrics explainability --metrics-every 3 -q
ok 'and is measured on its way' grep -q '"Metrics/explainability": 0\.' vae/log.jsonl
finish
