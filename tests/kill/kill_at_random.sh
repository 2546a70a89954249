#!/bin/sh
# SPDX-License-Identifier: MIT
# kill_at_random.sh TIMES [SEED]: kills runs of every model with kill -9, at moments drawn by the seed, so many
# times in all; resumed each time, they leave the bytes of runs that were never killed. BIN: the programs' folder.
set -u
unset MAKEFLAGS MAKELEVEL
export LC_ALL=C
PATH=$BIN:$PATH
times=$1
FOLDER=$(mktemp -d) && cd "$FOLDER" || exit 1
trap 'rm -rf "$FOLDER"' EXIT
G='--generator 8:bn:lrelu=0.2,784:tanh --z-dim 4 --batch 16 --threads 1'
D="$G --discriminator 8:lrelu=0.2:dropout=0.3,1"
E="$G --encoder 8:lrelu=0.2,4"
EVERY='--log-every 7 --sample-every 20 --checkpoint-every 9 --steps 120 -q'

# A line each: a name, then what its runs are made with.
cat >runs <<END
gan $D --r1 0.1 --r1-every 2 --ema-kimg 0.1
conditional $D --conditional --ema-kimg 0.1
vae --model vae --reconstruction mse $G --encoder 8:lrelu=0.2,8
conditional-vae --model vae --conditional --reconstruction mse $G --encoder 8:lrelu=0.2,8
ae --model ae $E
rollback $D --opt sgd --lr 1 --on-nan rollback --keep 2
wgan-gp $D --loss wgan-gp
wgan $D --loss wgan
spectral $G --discriminator 8:sn:lrelu=0.2,1:sn --loss hinge
schedule $D --schedule cosine --warmup 20 --opt adamw --weight-decay 0.01
pairs $D --rec-pairs 5 --lambda 0.5
measured $D --metrics-every 25 --metrics-samples 150
measured-rollback $D --opt sgd --lr 1 --on-nan rollback --metrics-every 25 --metrics-samples 150
measured-until $D --stop-when fcd<64.5 --metrics-every 20 --metrics-samples 150 --tensorboard board
balanced --model ae --balance --subset 333 $E
END

# Starts gantrain and kills it after so many seconds, unless it is done by then: exit 1 when it was killed.
cat >kill.pl <<'EOF'
use Time::HiRes qw(sleep time);
use POSIX qw(WNOHANG);
my ($seconds, @command) = @ARGV;
my $pid = fork // die;
exec(@command) || exit 127 if !$pid;
my $end = time + $seconds;
while (time < $end) {
    exit($? ? 2 : 0) if waitpid($pid, WNOHANG) == $pid;
    sleep(0.0005);
}
kill('KILL', $pid);
waitpid($pid, 0);
exit(($? & 127) == 9 ? 1 : $? ? 2 : 0);
EOF

same() {
    for f in model.safetensors best.safetensors log.jsonl log.csv real.png notes.jsonl $(cd whole && ls state-*.safetensors 2>/dev/null); do
        [ ! -e "$1/$f" ] && [ ! -e "$2/$f" ] || cmp "$1/$f" "$2/$f" || return 1
    done
    diff -r "$1/samples" "$2/samples" && [ "$(ls "$1")" = "$(ls "$2")" ]
}

now() { perl -MTime::HiRes=time -e 'print time'; }

# A share of how long a run takes, drawn by the seed and the number of the kill.
draw() { perl -e 'srand($ARGV[0] * 1e6 + $ARGV[1]); print rand() * 1.1 * $ARGV[2]' "$seed" "$1" "$2"; }

seed=${2-1}
killed=0
bad=0
rounds=0
while [ $killed -lt "$times" ] && [ $bad -eq 0 ]; do
    while read -r name options; do
        rm -rf whole broken
        start=$(now)
        # shellcheck disable=SC2086 # words
        gantrain -o whole $options $EVERY 2>/dev/null || { echo "$name: cannot be trained" && bad=1; break; }
        took=$(perl -e 'print $ARGV[0] - $ARGV[1]' "$(now)" "$start")
        here=0
        while perl kill.pl "$(draw $killed "$took")" gantrain -o broken $options $EVERY --resume </dev/null 2>/dev/null; [ $? -eq 1 ]; do
            killed=$((killed + 1)) here=$((here + 1))
        done
        gantrain -o broken $options $EVERY --resume </dev/null 2>said || { cat said && bad=1; }
        same whole broken || bad=1
        [ $bad -eq 0 ] || { echo "$name: other bytes after $here kills (seed $seed, kill $killed)"; break; }
    done <runs
    rounds=$((rounds + 1))
done
echo "killed $killed times in $rounds rounds over $(wc -l <runs) kinds of runs: $([ $bad -eq 0 ] && echo same bytes || echo OTHER BYTES)"
[ $bad -eq 0 ]
