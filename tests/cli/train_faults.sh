#!/bin/sh
# SPDX-License-Identifier: MIT
# Where nothing can be written a run ends with status 4, older files survive, and it can go on.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 1 --sample-every 1 --checkpoint-every 1 -q"

ok 'a run is trained' gantrain -o whole $RUN --steps 2
cp -r whole older
ok 'it goes on to a longer one' gantrain -o whole $RUN --steps 4 --resume

ok 'a folder that cannot be made ends with status 4' exits 4 gantrain -o /proc/run $RUN --steps 2
ok 'the folder is named' says '/proc/run'
ok 'a depfile on a full disk ends with status 4' exits 4 gantrain -o full $RUN --steps 2 --depfile /dev/full
ok 'the depfile is named' says '/dev/full'
# Three are standard; the folder's lock, both logs and what is written need more.
few_descriptors() {
    for n in 4 5 6 7 8 9 10; do
        rm -rf few
        (ulimit -n $n && exec gantrain -o few $RUN --steps 1) 2>.said && continue
        status=$?
        [ $status -eq 4 ] && grep -q 'few/.*: Too many open files' .said || { echo "# $n: exit $status"; return 1; }
    done
    [ $n -gt 4 ] && [ -e few/model.safetensors ]
}
ok 'too few descriptors end with status 4 and say so' few_descriptors
mkdir few/.clearing
ok 'an older run that cannot be removed ends with status 4' exits 4 gantrain -o few $RUN --steps 2
ok 'the message speaks of clearing the folder' says 'gantrain: few: what is there cannot be cleared: '
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed && chmod 500 closed
    ok 'a folder without permission ends with status 4' exits 4 gantrain -o closed/run $RUN --steps 2
else
    skip 'a folder without permission ends with status 4' 'root may write everywhere'
fi

if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=100k none small 2>/dev/null; then
    ok 'a full disk ends with status 4' exits 4 gantrain -o small/run $RUN --steps 2
    ok 'the full disk is told' says 'No space left on device'
    ok 'a full disk holds no half of a model' absent small/run/model.safetensors
    umount small
else
    skip 'a full disk ends with status 4' 'nothing can be mounted here'
fi

rm -rf run && cp -r older run
ok 'a state over the limit on file sizes ends with status 4' exits 4 sh -c "ulimit -f 160; exec gantrain -o run $RUN --steps 4 --sample-every 0 --resume"
ok 'the message has the limit and the state that is kept' says 'state.safetensors: File too large; the state of step 2 is kept'
ok 'the older state is kept' same run/state.safetensors older/state.safetensors
ok 'without the limit the run goes on' gantrain -o run $RUN --steps 4 --resume
ok 'it goes on to the bytes of an unbroken run' same run whole

# broken FAULT CALLS STEP: going on from `older`, at each such call: exit 4, whole files, going on.
broken() {
    n=1
    while rm -rf run && cp -r older run; do
        FAULT=$1 FAULT_CALLS=$2 FAULT_SINCE=${4-0} FAULT_AT=$n LD_PRELOAD=$SHIM \
            gantrain -o run $RUN --steps 4 --resume 2>.said
        status=$?
        [ $status -eq 0 ] && break
        [ $status -eq 4 ] && [ "$(wc -l <.said)" -eq 1 ] || { echo "# call $n: exit $status"; return 1; }
        cmp -s run/model.safetensors older/model.safetensors ||
            cmp -s run/model.safetensors whole/model.safetensors || { echo "# call $n: model"; return 1; }
        gansample run/state.safetensors -o x.png -q || { echo "# call $n: state"; return 1; }
        gantrain -o run $RUN --steps 4 --resume && same_run whole run || return 1
        n=$((n + $3))
    done
    echo "# failed $(((n - 1) / $3)) times"
    [ $n -gt $((4 * $3)) ]
}

if [ -n "${SHIM-}" ]; then
    ok 'a run goes on after no space in the middle of any write' broken ENOSPC write 11
    ok 'a run goes on after no space from any write on' broken ENOSPC write 23 1
    ok 'a run goes on after no permission for any file' broken EACCES open 2
    ok 'a run goes on after a disk that fails at any call' broken EIO fsync,rename 3
    # held COMMAND: what it ends with when the command comes between its first two steps.
    cat >held.pl <<'EOT'
use POSIX;
my ($command, @program) = @ARGV;
my $pid = fork // die;
if (!$pid) { exec(@program) or die; }
waitpid($pid, WUNTRACED);
system($command);
kill('CONT', $pid);
waitpid($pid, 0);
exit($? >> 8);
EOT
    held() {
        rm -rf run
        FAULT=STOP FAULT_CALLS=write FAULT_AT=4 LD_PRELOAD=$SHIM perl held.pl "$1" gantrain -o run $RUN --steps 4
    }
    ok 'a run whose samples are removed meanwhile succeeds' held 'rm -rf run/samples'
    cp -r whole lacking && rm lacking/samples/step-000000.png
    ok 'only the removed sample is missing' same run lacking
    ok 'a run that is removed meanwhile ends with status 4' exits 4 held 'rm -rf run'
    ok 'the message says that the folder is gone' says 'run/samples: No such file or directory; no state was saved'
    ok 'the removed run is not made again' absent run
    # The writes after config.json, real.png and the first picture: log, table with its head, timing, picture, log ...
    for at in 8:1:png 9:2:log.jsonl 10:2:log.csv; do
        rm -rf run
        export FAULT_AT=${at%%:*}
        FAULT=EIO FAULT_CALLS=write LD_PRELOAD=$SHIM \
            ok "an error in write $FAULT_AT ends with status 4" exits 4 gantrain -o run $RUN --steps 4 --checkpoint-every 0
        ok 'the picture or line is named' says "${at##*:}: Input/output error"
        at=${at%:*}
        ok 'the state is saved all the same' says "; the state of step ${at#*:} is kept"
        ok 'the run goes on after the error' gantrain -o run $RUN --steps 4 --resume
        ok 'it goes on to the same files' same run whole
    done
else
    skip 'faults of the disk lose nothing' 'nothing can be preloaded here'
fi
finish
