#!/bin/sh
# SPDX-License-Identifier: MIT
# gantrain --balance: of every model, the same bytes however a run came to its end.
. "$(dirname "$0")/lib.sh"
EVERY='--subset 333 --balance --schedule constant --log-every 3 --sample-every 0 -q'

# goes_on KIND: in two parts and by another number of threads.
goes_on() {
    run=$(net_of $1)
    rm -rf whole half
    gantrain -o whole $run $EVERY --steps 40 && gantrain -o half $run $EVERY --steps 17 &&
        gantrain -o half --resume --steps 40 --threads 2 -q && same_run whole half
}

for kind in $KINDS; do
    ok "$kind: in two parts it leaves the bytes of one" goes_on $kind
done
ok 'a run without is trained' gantrain -o plain $NET --steps 17 --subset 333 -q
ok 'it is none to go on with' exits 2 gantrain -o plain --resume --balance --steps 18
ok 'which is said' says "'--balance' is true here and false there"
ok 'a run with is trained' gantrain -o alike $NET --steps 17 --subset 333 --balance -q
ok 'its model is another' not cmp -s plain/model.safetensors alike/model.safetensors
ok 'which says so' gansample --info alike
ok 'by the option' says '"balance": true'
ok 'one class alone is drawn too' gantrain -o one $NET --classes 3 --balance --steps 3 -q
finish
