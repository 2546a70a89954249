#!/bin/sh
# SPDX-License-Identifier: MIT
# gantrain's last line of progress says what log.jsonl says, and the options are those of the recipes.
. "$(dirname "$0")/lib.sh"

# logged NAME FORMAT: that number of the last line of log.jsonl.
logged() {
    tail -n 1 run/log.jsonl | tr -d '{}' | tr ',' '\n' |
        awk -F': ' -v n="\"$1\"" -v f="$2" '$1 ~ n { printf f, $2 }'
}

ok 'a run with plain progress is trained' gantrain -o run $NET --steps 40 --log-every 20 --checkpoint-every 0 --progress plain
ok 'the losses of the last line are those of the log' says "G $(logged Loss/G/loss %.3f) D $(logged Loss/D/loss %.3f)"
ok "D's score of real pictures is that of the log" says "D(real) $(logged Loss/scores/real %+.2f)"
ok "D's score of generated pictures is that of the log" says "D(fake) $(logged Loss/scores/fake %+.2f)"
ok 'the two scores differ' [ "$(logged Loss/scores/real %+.2f)" != "$(logged Loss/scores/fake %+.2f)" ]
ok '40 steps of 16 pictures are 0.64 kimg' [ "$(logged Progress/kimg %g)" = 0.64 ]

# resolves NAME "OPTION ..." SETTING ...: --dry-run prints each of these settings.
resolves() {
    name=$1
    gantrain -o dry --dry-run $2 2>/dev/null | tr -d ' \n' >.settings
    shift 2
    missing=
    for setting; do
        grep -qF -- "$setting," .settings || missing="$missing $setting"
    done
    [ -z "$missing" ] || echo "# not there:$missing"
    ok "$name" [ -z "$missing" ]
}

for options in '' '--recipe tuned'; do
    resolves "gantrain $options: all is as tuned says" "$options" \
        '"generator":"256:bn:lrelu=0.2,256:bn:lrelu=0.2,256:bn:lrelu=0.2,784:tanh"' \
        '"discriminator":"256:lrelu=0.2,256:lrelu=0.2,1"' '"z-dim":64' '"batch":32' '"steps":100000' \
        '"range":[-1.0,1.0]' '"init-weights":"he"' '"bn-momentum":0.99' '"loss":"nonsaturating"' \
        '"opt":"adam"' '"lr":0.002' '"lr-d":null' '"beta1":0.5' '"beta2":0.999' '"eps":1e-8' '"r1":0.1' \
        '"r1-every":8' '"ema-kimg":150.0' '"sample-every":5000' '"log-every":100' '"checkpoint-every":10000'
done
resolves 'gantrain --recipe classic: all is as classic says' '--recipe classic' \
    '"generator":"256:bn:lrelu=0.3,512:bn:lrelu=0.3,784:tanh"' \
    '"discriminator":"256:lrelu=0.3:dropout=0.4,1"' '"z-dim":100' '"batch":32' '"steps":37500' \
    '"range":[-1.0,1.0]' '"init-weights":"glorot"' '"bn-momentum":0.99' '"loss":"nonsaturating"' \
    '"opt":"adam"' '"lr":0.0001' '"lr-d":null' '"beta1":0.9' '"beta2":0.999' '"eps":1e-7' '"r1":0.0' \
    '"r1-every":1' '"ema-kimg":0.0' '"sample-every":200' '"log-every":100' '"checkpoint-every":5000'
finish
