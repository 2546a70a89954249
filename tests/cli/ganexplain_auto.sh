#!/bin/sh
# SPDX-License-Identifier: MIT
# --method auto: the method is judged, chosen and named, and explains as if the user had named it.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1

# chosen FOLDER: what the explanations in it say is chosen.
chosen() { sed -n '/"method_choice"/,/}/s/.*"method": "\(.*\)",*/\1/p' "$1"/*/explanation.json | sort -u; }
# unsaid FOLDER: without what is said of the choice.
unsaid() {
    rm -rf "unsaid/$1" && mkdir -p unsaid && cp -r "$1" "unsaid/$1"
    for f in "unsaid/$1"/*/explanation.txt "unsaid/$1/summary.txt"; do
        awk -v RS= -v ORS='\n\n' '!/^--method auto chose/' "$f" >flat && mv flat "$f"
    done
    for f in "unsaid/$1"/*/explanation.json "unsaid/$1/summary.json"; do
        sed '/"method_choice": {/,/^ *},*$/d' "$f" >flat && mv flat "$f"
    done
    grep -v '^<p>--method auto chose' "$1/index.html" >"unsaid/$1/index.html"
}

ok 'a method is chosen' ganexplain run --seed 0-5 --method auto --samples 128 -o auto
ok 'it says which' says 'ganexplain: --method auto chose '
ok 'of how many, and by which seeds' grep -qE 'of the [0-9]+ methods that attribute to z, by seeds 0, 1, 2 and 3: it foretells [0-9]+ %' .said
ok 'and explains with it' [ "$(ls -d auto/seed-* | wc -l)" -eq 6 ]
ok 'every explanation states the choice' [ "$(grep -l '"is_trusted"' auto/*/explanation.json | wc -l)" -eq 6 ]
ok 'its words do, too' [ "$(grep -l '^--method auto chose' auto/*/explanation.txt | wc -l)" -eq 6 ]
ok 'and so does the page' sh -c 'grep -q "^<p>--method auto chose" auto/index.html && grep -q "^--method auto chose" auto/summary.txt && grep -q "\"method_choice\"" auto/summary.json'
ok 'it is one' [ "$(chosen auto | wc -w)" -eq 1 ]
ok 'its name explains the same' ganexplain run --seed 0-5 --method "$(chosen auto)" --samples 128 -o named -q
unsaid auto && unsaid named
ok 'but for what is said of the choice' diff -r -x cache unsaid/auto unsaid/named
ok 'that is said' not diff -r auto/seed-0000 named/seed-0000
ok 'for one seed, that is judged' sh -c 'ganexplain run --seed 7 --method auto --samples 128 -o one --threads 1 2>&1 | grep -q "by seed 7: "'
ok 'any number of threads chooses the same' sh -c 'ganexplain run --seed 7 --method auto --samples 128 -o again -q --threads 2 && diff -r one again'
ok 'over the pixels one may be chosen' ganexplain run --seed 0 --method auto --samples 128 --space x -o pixels
ok 'that says so' says 'that attribute to the pixels, by seed 0:'
ok 'a citation chooses, too' sh -c 'ganexplain run --seed 7 --method auto --samples 128 --cite -o none >cited'
ok 'and states what and why' [ "$(tr -s ' \n' '  ' <cited | grep -o "choice: --method auto chose $(chosen one) of the" | wc -l)" -eq 1 ]
ok 'its method is that' grep -q "^method: $(chosen one):" cited
ok 'it explains nothing' absent none
ok 'auto stands alone' exits 2 ganexplain run --seed 0 --method auto,lime
ok 'that is said' says '--method auto chooses one of all methods'
ok 'it fits no table' exits 2 ganexplain run --seed 0 --method auto --table t.csv
ok 'which is said' says 'leave out --table'
ok 'one method is not compared' exits 2 ganexplain run --seed 0 --method auto --compare
ok 'that is said, too' says 'leave out one of them'
ok 'a dry run chooses nothing' sh -c 'ganexplain run --seed 0 --method auto --dry-run >plan && grep -q "\"method\": \"auto\"" plan'
finish
