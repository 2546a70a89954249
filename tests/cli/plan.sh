#!/bin/sh
# SPDX-License-Identifier: MIT
# A plan is trained, measured and drawn, a row of the table for each seed; it goes on with what is new, and then has
# nothing to do.
. "$(dirname "$0")/lib.sh"
command -v make >/dev/null || skip_all 'make is not installed'
cp "$HERE/../../data/experiments/plan.mk" .
SMALL='--generator 8:lrelu,784:tanh --discriminator 8:lrelu,1 --z-dim 4 --batch 16'
echo "# two lines of four
hinge 3 0,1 $SMALL --loss hinge  # by two seeds
plain 2 5 $SMALL" >mine.plan
planned() { make -f plan.mk BIN=$BIN PLAN=mine OUT=out SAMPLES=300; }

# row_of NAME,STEPS,SEED: the options of its row, whose value is a number.
row_of() { sed -nE "s/^$1,[0-9.e+]+,[0-9.e+]*,[0-9.e+]*,[0-9.e+]+,\"(.*)\"$/\\1/p" mine.csv; }

ok 'a plan is made' planned
ok 'the table has a row for each seed' [ "$(cut -d, -f 1-3 mine.csv | tr '\n' ' ')" = 'name,steps,seed hinge,3,0 hinge,3,1 plain,2,5 ' ]
ok 'a row has a value and the options' [ "$(row_of hinge,3,1)" = "$SMALL --loss hinge" ]
ok 'so has that of another line' [ "$(row_of plain,2,5)" = "$SMALL" ]
ok 'the value is what ganeval prints' [ "$(ganeval out/plain_2_5 --metrics fcd --samples 300 --csv - -q | sed -n 2p | cut -d, -f 3)" = "$(grep plain mine.csv | cut -d, -f 4)" ]
ok 'each run is drawn' [ -s out/hinge_3_0.png -a -s out/hinge_3_1.png -a -s out/plain_2_5.png ]
ok 'a run is what its options make' gantrain -o alone $SMALL --loss hinge --steps 3 --seed 1 --sample-every 0 -q
ok 'to the byte' same alone/model.safetensors out/hinge_3_1/model.safetensors
ok 'the plan once more' planned
ok 'has nothing to do' says 'Nothing to be done'
cp mine.csv before.csv
sed -i '/^plain/s/ 5 / 5,6 /' mine.plan
ok 'a seed more is made' planned
ok 'it is a row more' [ "$(cut -d, -f 1-3 mine.csv | tail -n 1)" = plain,2,6 ]
ok 'the other rows stay' [ "$(head -n 4 mine.csv)" = "$(cat before.csv)" ]
finish
