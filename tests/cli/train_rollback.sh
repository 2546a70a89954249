#!/bin/sh
# SPDX-License-Identifier: MIT
# --on-nan rollback: a run that diverges goes back to a good state with half the rates, to the same bytes
# whatever is looked at and however often it is ended on the way.
. "$(dirname "$0")/lib.sh"
WILD="$NET --opt sgd --lr 1 --log-every 1 --sample-every 20 --checkpoint-every 7"
RUN="$WILD --on-nan rollback"

ok 'a rate that is too large ends a run with status 5' exits 5 gantrain -o stop $WILD --steps 90 -q
ok 'unless it is asked to go back' gantrain -o whole $RUN --steps 90 -q
ok 'which it says' says 'gantrain: step 9: '
ok 'with the step it is at and what is left of the rates' says ': back to step 0 with 1/8 of the rates'
ok 'notes.jsonl has a line for each time' [ "$(grep -c '"note": "rollback", "text": "step ' whole/notes.jsonl)" -eq 3 ]
ok 'log.jsonl has one line a step' [ "$(sed 's/,.*//' whole/log.jsonl | uniq -d | wc -l)-$(wc -l <whole/log.jsonl)" = 0-90 ]
ok 'log.csv has one, too' [ "$(wc -l <whole/log.csv)" -eq 91 ]
ok 'all samples are of the steps that count' [ "$(ls whole/samples | wc -l)" -eq 6 ]

ok 'seldom looked at' gantrain -o seldom $RUN --steps 90 --log-every 0 --sample-every 0 --checkpoint-every 0 -q
ok 'it makes the same model' cmp whole/model.safetensors seldom/model.safetensors
ok 'and the same notes' cmp whole/notes.jsonl seldom/notes.jsonl

# The last time is at step 74.
for step in 5 12 60 80; do
    ok "a run to step $step" gantrain -o part $RUN --steps $step --force -q
    ok 'goes on' gantrain -o part $RUN --steps 90 --resume -q
    ok 'to the same files' same whole part
done
ok 'going on with another answer' exits 2 gantrain -o part $WILD --on-nan stop --steps 99 --resume -q
ok 'is refused' says "'--on-nan' is stop here and rollback there"
ok 'a new run' gantrain -o part $NET --steps 2 --force -q
ok 'has no notes of the one before' absent part/notes.jsonl

# A good state that is not the first, and a state between it and the step that diverges.
RUN="$NET --opt sgd --lr 0.22 --log-every 100 --sample-every 500 --checkpoint-every 0 --on-nan rollback -q"
ok 'a run that diverges later' gantrain -o late $RUN --steps 2650
ok 'goes back to the last thousand' grep -q 'back to step 2000 with 1/2 of the rates' late/notes.jsonl
ok 'ended before' gantrain -o early $RUN --steps 2550
ok 'it goes on' gantrain -o early $RUN --steps 2650 --resume
ok 'from the good state it had, to the same files' same late early
finish
