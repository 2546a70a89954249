#!/bin/sh
# SPDX-License-Identifier: MIT
# gantrain --metrics, --stop-when and best.safetensors: what a run says of itself on its way, and that it
# changes nothing else.
. "$(dirname "$0")/lib.sh"
RUN="$NET --subset 600 --log-every 7 --sample-every 20 --checkpoint-every 9 -q"
MEASURED="$RUN --metrics-every 25 --metrics-samples 150"

# The lines of a log that have what was measured, and those that do not.
with() { grep '"Metrics/' $1/log.jsonl; }
without() { grep -v '"Metrics/' $1/log.jsonl; }
steps_of() { sed 's/.*"step": \([0-9]*\),.*/\1/' | tr '\n' ' '; }
least() { with $1 | sed 's/.*"Metrics\/fcd": \([0-9.]*\).*/\1/' | sort -g | head -n 1; }

ok 'a run without metrics is trained' gantrain -o plain $RUN --steps 100
ok 'a run with metrics is trained' gantrain -o whole $MEASURED --steps 100 --tensorboard board
ok 'its model is the same' same plain/model.safetensors whole/model.safetensors
ok 'so are its samples' diff -r plain/samples whole/samples
without whole >found
ok 'and its other log lines' same plain/log.jsonl found
ok 'it is measured at each 25th step' [ "$(with whole | steps_of)" = '25 50 75 100 ' ]
ok 'the table has a column for it' [ "$(head -n 1 whole/log.csv)" = "$(head -n 1 plain/log.csv),Metrics/fcd" ]
ok 'in which all other lines have an empty cell' [ "$(grep -c ',$' whole/log.csv)" = "$(wc -l <found)" ]
ok 'events have it' grep -qa Metrics/fcd board/whole/events.out.tfevents.ganlens
ok 'the curves have it' grep -q 'Frechet' whole/curves.svg
ok 'those of several runs, too' gantrain --plot plain,whole -o both.svg
ok 'by its key and its title' grep -q 'Metrics/fcd' both.svg

gantrain -o heart $NET --subset 600 --steps 2 --metrics memorization --metrics-every 2 --metrics-samples 150 2>said
ok 'training pictures do not know themselves by heart' grep -q 'memorization (0\.[01]' said

ok 'on two threads it is measured' gantrain -o two $MEASURED --steps 100 --threads 2
ok 'as the same' same whole two
ok 'the same best, too' same whole/best.safetensors two/best.safetensors
ok 'a first part ends at a step that is none of measuring' gantrain -o parts $MEASURED --steps 60 --tensorboard board
ok 'it was measured at its end' [ "$(with parts | steps_of)" = '25 50 60 ' ]
ok 'the second part goes on' gantrain -o parts --resume --steps 100 --threads 1 -q --tensorboard board
ok 'to the bytes of an unbroken run' same whole parts
ok 'to its best' same whole/best.safetensors parts/best.safetensors
ok 'and to its events' same board/whole/events.out.tfevents.ganlens board/parts/events.out.tfevents.ganlens

gantrain -o off $MEASURED --steps 60
ok 'a run goes on unmeasured' gantrain -o off --resume --steps 100 --metrics-every 0 --threads 1 -q
ok 'from a state that holds the same training' same plain/model.safetensors off/model.safetensors
# As ganeval measures the model that a run ends with, metric by metric.
agrees() {
    for metric in $2; do
        ganeval $1/model.safetensors --samples 150 --metrics $metric --csv - -q >measured
        value=$(tail -n 1 $1/log.jsonl | sed "s/.*\"Metrics\/$metric\": \([-0-9.e]*\).*/\1/")
        grep -qF "model.safetensors,$metric,$value" measured || return 1
    done
}
SMALL='--steps 20 --subset 600 -q --threads 1 --metrics-every 20 --metrics-samples 150'
ok 'a variational autoencoder is measured as one' gantrain -o vae --model vae --encoder 8:relu,8 \
    --generator 8:relu,784:sigmoid --z-dim 4 --metrics elbo,reconstruction,fcd $SMALL
ok 'as ganeval does' agrees vae 'elbo reconstruction fcd'
ok 'a conditional model is asked for classes' gantrain -o asked $NET --conditional --metrics class_accuracy,fcd $SMALL
ok 'as ganeval does' agrees asked 'class_accuracy fcd'
gantrain -o ae --model ae --encoder 8:relu,4 --generator 8:relu,784:tanh --z-dim 4 --metrics elbo $SMALL 2>said
ok 'what an autoencoder without moments lacks is said' grep -q 'elbo needs' said

gantrain -o on $RUN --steps 60
ok 'one that was not measured is measured from now on' gantrain -o on --resume --steps 100 --threads 1 -q \
    --metrics-every 25 --metrics-samples 150
ok 'at the steps that are left' [ "$(with on | steps_of)" = '75 100 ' ]
ok 'its table has the column, too' [ "$(head -n 1 on/log.csv)" = "$(head -n 1 whole/log.csv)" ]

ok 'the best is sampled' gansample whole/best.safetensors --seeds 0-3 -o best.png -q
ok 'and explained' ganexplain whole/best.safetensors --seed 3 -o explained -q
ok 'it says which metric it is the best by' grep -qa 'metric.*fcd.*value' whole/best.safetensors
ok 'its value is the least of the log' grep -qa "$(least whole | cut -c1-6)" whole/best.safetensors
ganeval whole/best.safetensors --samples 150 --metrics fcd --csv - -q >measured
ok 'ganeval measures the same' grep -qF "best.safetensors,fcd,$(least whole)" measured
gansample --info whole/best.safetensors >info
step=$(sed -n 's/^step: //p' info)
holds_least() { with whole | grep "\"step\": $step," | grep -qF "$(least whole)"; }
ok 'its step is that of this value' holds_least
ok 'a run that ends there is trained' gantrain -o there $RUN --steps $step
gansample there --seeds 0-9 --npy there.npy -q
gansample whole/best.safetensors --seeds 0-9 --npy best.npy -q
ok 'it draws what the best draws' same there.npy best.npy
ok 'a run afresh without metrics replaces it' gantrain -o two $RUN --steps 3 --force
ok 'and leaves no best of it' absent two/best.safetensors

limit=$(with whole | sed -n '3s/.*"Metrics\/fcd": \([0-9.]*\).*/\1/p' | awk '{ print $1 + 0.01 }')
ok 'a run ends where a threshold is met' gantrain -o good $NET --subset 600 --sample-every 20 --metrics-samples 150 \
    --metrics-every 25 --log-every 7 --checkpoint-every 9 --steps 100 --stop-when "fcd<=$limit"
ok 'why is said' says 'good: ended as --stop-when says: fcd <= '
ok 'it has a model' [ -e good/model.safetensors ]
ok 'of that step' [ "$(with good | steps_of)" = '25 50 75 ' ]
ok 'it is finished' gantrain -o good --resume --threads 1
ok 'which is said' says 'good: is finished; nothing to do'
ok 'with more to demand it goes on' gantrain -o good --resume --threads 1 --stop-when 'fcd<1'
ok 'that it was not met is said' says 'good: --stop-when was not met: fcd < 1 ('
ok 'it ends as planned' same whole good
ok 'what is demanded is measured without being named' gantrain -o named $NET --steps 3 --stop-when 'fcd<1' --metrics-samples 150
ok 'at the end at least' [ "$(with named | steps_of)" = '3 ' ]

ok 'a conditional model is measured by its classes' gantrain -o class $(net_of conditional) --subset 600 --steps 9 -q \
    --metrics fcd,class_accuracy --metrics-every 5 --metrics-samples 150
ok 'of each value there is a column' grep -q 'Metrics/fcd,Metrics/class_accuracy$' class/log.csv
ok 'where more is better the best is the greatest' gantrain -o more $(net_of conditional) --lr 0.01 --subset 600 --steps 60 -q \
    --metrics class_accuracy --metrics-every 10 --metrics-samples 150
greatest=$(with more | sed 's/.*"Metrics\/class_accuracy": \([0-9.]*\).*/\1/' | sort -g | tail -n 1)
ok 'of all that were measured' grep -qaF "\\\"value\\\": $greatest" more/best.safetensors
ok 'an autoencoder is' gantrain -o ae $(net_of ae) --subset 600 --steps 9 -q --metrics-every 5 --metrics-samples 150
ok 'at both steps' [ "$(with ae | steps_of)" = '5 9 ' ]
ok 'a model without classes is not judged by them' exits 2 gantrain -o no $NET --steps 3 --metrics class_accuracy
ok 'what it needs is said' says '--metrics: class_accuracy needs the class that each picture was asked for'
ok 'an unknown metric is refused' exits 2 gantrain -o no $NET --steps 3 --metrics fdc
ok 'with what is near it' says "did you mean 'fcd'?"
ok 'a threshold that is none is refused' exits 2 gantrain -o no $NET --steps 3 --stop-when 'fcd<'
ok 'by its option' says "--stop-when: 'fcd<': the limit of fcd"
ok 'too few pictures are refused' exits 2 gantrain -o no $NET --steps 3 --metrics fcd --metrics-samples 20
ok 'with how many there must be' says 'fcd: 20 pictures, expected at least'
for option in '--metrics fcd' '--stop-when fcd<1' '--metrics-samples 500' '--judge x'; do
    ok "$option is refused where nothing is measured" exits 2 gantrain -o no $NET --steps 3 $option --metrics-every 0
    ok 'by its name' says "${option%% *} is for --metrics"
done
ok 'a judge that is none is refused' exits 3 gantrain -o no $NET --steps 3 --metrics fcd --judge plain
ok 'with what it is' says 'plain/model.safetensors: is a gan, expected a classifier'
ok 'nothing was made' absent no

# ---- Values that are alike
TIED='--generator 8:bn:lrelu=0.2,784:tanh --discriminator 8:lrelu=0.2:dropout=0.3,1 --z-dim 4 --batch 16 --threads 1 -q
    --sample-every 0 --metrics coverage --metrics-every 10 --metrics-samples 140'
gantrain -o tied $TIED --steps 120
for steps in 100 110 120; do gantrain -o tied-later $TIED --steps $steps --resume; done
ok 'of values that are alike the first is the best, in a run that is gone on with, too' cmp tied/best.safetensors tied-later/best.safetensors
finish
