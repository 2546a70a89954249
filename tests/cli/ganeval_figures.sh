#!/bin/sh
# SPDX-License-Identifier: MIT
# ganeval --report and --map: what is drawn, the same bytes again, and what is refused.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
gantrain -o asked $(net_of conditional) --steps 3 --checkpoint-every 0 -q || exit 1
N='-n 200 --metrics fcd,coverage'
PAGES='--report page.svg --map map.svg'

ok 'a report and a map are drawn' ganeval run $N $PAGES -q
ok 'the report asks its question' grep -q '>How good are the pictures of run?</text>' page.svg
ok 'it says what is worst first' grep -q '>Least like real pictures by ' page.svg
ok 'it has the value of a metric' grep -q '>Frechet classifier distance (fcd)</text>' page.svg
ok 'it shows pairs that may be copies' grep -q '>Closest: learned by heart?</text>' page.svg
ok 'it shows no class that was asked for, where none was' not grep -q 'Asked class' page.svg
ok 'the map says where' grep -q '>Where the pictures of run lie</text>' map.svg
ok 'and how much of real pictures it shows' grep -q '% of the variance of real pictures</text>' map.svg
mkdir again
ok 'they are drawn again by other threads' ganeval run $N --report again/page.svg --map again/map.svg --threads 2 -q
ok 'the report is the same bytes' same page.svg again/page.svg
ok 'the map is the same bytes' same map.svg again/map.svg
ok 'as PNG they are drawn, too' ganeval run $N --report page.png --map map.png -q
ok 'the report is a PNG' [ "$(head -c 4 page.png | tail -c 3)" = PNG ]
ok 'the map is a PNG' [ "$(head -c 4 map.png | tail -c 3)" = PNG ]
ok 'a model that is asked for classes has a report' ganeval asked $N --report page.svg -q
ok 'it shows what was asked for and what is seen' grep -q '>Asked class (rows) and seen class (columns)</text>' page.svg
ok 'several are compared in a figure' ganeval --compare run,asked $N --report page.svg --depfile page.d -q
ok 'it asks which is the best' grep -q '>Which of these 2 is the best?</text>' page.svg
ok 'it names each' grep -q '>asked</text>' page.svg
ok 'a figure has its rule, too' grep -q '^page.svg: run/model.safetensors' page.d
perl -e 'my $head = "{\x27descr\x27: \x27<f4\x27, \x27fortran_order\x27: False, \x27shape\x27: (400, 3), }";
    $head .= " " x (117 - length($head)) . "\n";
    print "\x93NUMPY\x01\x00", pack("v", length($head)), $head, pack("f<", sin($_ * 1.1)) for 1;
    print pack("f<", sin($_ * 1.1)) for 2 .. 1200;' >a.npy
ok 'given features have a report' ganeval --features a.npy,a.npy --metrics fcd --report page.svg -q
ok 'it has numbers and no pictures' not grep -q '>Real pictures</text>' page.svg

# ---- What is refused
refused() { # STATUS TEXT OPTIONS ...
    status=$1
    text=$2
    shift 2
    ok "ganeval $* ends with status $status" exits "$status" ganeval "$@"
    ok "it says: $text" says "$text"
}
refused 2 "--report: 'page.jpg' is no name of a picture" run --report page.jpg
refused 2 "--map: 'map' is no name of a picture" run --map map
refused 2 '--map' --compare run,asked --map map.png
refused 2 '--map' --features a.npy,a.npy --map map.png
refused 2 '--report' --train-judge --data run -o judge.safetensors --report page.png
refused 4 'missing' run $N --report missing/page.png
if [ -n "${SHIM-}" ]; then
    for out in --report --map; do
        for call in write rename; do
            echo old >old.png
            FAULT=ENOSPC FAULT_CALLS=$call FAULT_AT=1 LD_PRELOAD=$SHIM ganeval run $N $out old.png -q >/dev/null 2>&1
            ok "$out: no space at a $call ends with status 4" [ $? -eq 4 ]
            ok "$out: no space at a $call leaves the older file" [ "$(cat old.png)" = old ]
            ok "$out: no space at a $call leaves no litter" not is_litter old.png
        done
    done
else
    skip 'no space leaves the older file' 'nothing can be preloaded here'
fi
finish
