#!/bin/sh
# SPDX-License-Identifier: MIT
# --quality: all methods that attribute are judged, with the same bytes in any company.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1

# row FOLDER METHOD: what its explanation by z says of the method: infidelity, near, plain, deletion, insertion.
row() { awk -v m="$2" '/^How good each explanation by z/ { here = 1 } here && $1 == m { print $2, $3, $4, $5, $6; exit }' "$1/seed-0001/explanation.txt"; }
FEW='--method gradient,integrated-gradients,lime,linear'
ganexplain run --seed 0-1 $FEW --quality -o all -q --no-pictures

ok 'without --method all that attribute are judged' sh -c 'ganexplain run --seed 1 --quality --samples 128 -o every -q --no-pictures && [ "$(grep -cE "^(gradient|shap|occlusion|tree|vargrad) +[-0-9]" every/seed-0001/explanation.txt)" -ge 5 ]'
ok 'methods are judged' [ -n "$(row all gradient)" ]
ok 'so are those whose fit is kept' [ -n "$(row all linear)" ]
ok 'and controls that know nothing of the model' [ -n "$(row all random)" ]
ok 'any number of threads finds the same' sh -c "ganexplain run --seed 0-1 $FEW --quality -o again -q --no-pictures --threads 2 && diff -r -x cache all again"
ok 'a seed alone, too' sh -c "ganexplain run --seed 1 $FEW --quality -o alone -q --no-pictures && diff -r all/seed-0001 alone/seed-0001"
ok 'one method alone can be judged' ganexplain run --seed 1 --method gradient --quality -o one -q --no-pictures
ok 'it is as good as among the others' [ "$(row one gradient)" = "$(row all gradient)" ]
ok 'no other is judged then' [ -z "$(row one smoothgrad)" ]
ok 'of a target inside G, by z' ganexplain run --seed 1 --method gradient --quality --target unit:0,3 -o unit -q --no-pictures
ok 'by z alone' not grep -q 'How good each explanation by the pixels' unit/*/explanation.txt
ok 'pictures show the tables and the best curves' sh -c 'ganexplain run --seed 1 --method gradient,shap --quality -o drawn -q && ls drawn/*/quality.z.png drawn/*/quality.x.png drawn/*/quality.deletion.x.best.png drawn/*/quality.insertion.z.best.png'
ok 'the figure that judges is named' sh -c 'ganexplain run --seed 1 --method gradient --quality -o named 2>&1 | grep -q "explanation.png, and beside it stability.png and METHOD.png of each further method$"'
ok 'what is only stored is not drawn' not ls drawn/*/quality.deletion.x.png drawn/*/quality.z.low.png
finish
