#!/bin/sh
# SPDX-License-Identifier: MIT
# Where nothing can be written a run ends with status 4, older files survive, and it can go on.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 1 --sample-every 1 --checkpoint-every 1 -q"

ok 'a run' gantrain -o whole $RUN --steps 2
cp -r whole older
ok 'and a longer one' gantrain -o whole $RUN --steps 4 --resume

exits 4 'a folder that cannot be' gantrain -o /proc/run $RUN --steps 2
says 'is named' '/proc/run'
exits 4 'a depfile on a full disk' gantrain -o full $RUN --steps 2 --depfile /dev/full
says 'is named' '/dev/full'
# Three are standard; the folder's lock, both logs and what is written need more.
few_descriptors() {
    for n in 4 5 6 7 8 9; do
        rm -rf few
        (ulimit -n $n && exec gantrain -o few $RUN --steps 1) 2>.said && continue
        status=$?
        [ $status -eq 4 ] && grep -q 'few/.*: Too many open files' .said || { echo "# $n: exit $status"; return 1; }
    done
    [ $n -gt 4 ] && [ -e few/model.safetensors ]
}
few_descriptors
result $? 'too few descriptors'
mkdir few/.clearing
exits 4 'an older run that cannot be removed' gantrain -o few $RUN --steps 2
says 'is what is spoken of' 'gantrain: few: what is there cannot be cleared: '
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed && chmod 500 closed
    exits 4 'a folder without permission' gantrain -o closed/run $RUN --steps 2
else
    skip 'a folder without permission' 'root may write everywhere'
fi

if [ "$(id -u)" -eq 0 ] && mkdir small && mount -t tmpfs -o size=100k none small 2>/dev/null; then
    exits 4 'a disk that is full' gantrain -o small/run $RUN --steps 2
    says 'is told' 'No space left on device'
    absent 'it holds no half of a model' small/run/model.safetensors
    umount small
else
    skip 'a disk that is full' 'nothing can be mounted here'
fi

rm -rf run && cp -r older run
exits 4 'a limit of the size of files' sh -c "ulimit -f 160; exec gantrain -o run $RUN --steps 4 --sample-every 0 --resume"
says 'is told' 'state.safetensors: File too large; the state of step 2 is kept'
same 'and kept it is' run/state.safetensors older/state.safetensors
ok 'without it' gantrain -o run $RUN --steps 4 --resume
same 'the run goes on' run whole

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
    broken ENOSPC write 11
    result $? 'no space in the middle of a write'
    broken ENOSPC write 23 1
    result $? 'no space from there on'
    broken EACCES open 2
    result $? 'no permission to open'
    broken EIO fsync,rename 3
    result $? 'a disk that fails'
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
    ok 'samples that are removed meanwhile' held 'rm -rf run/samples'
    cp -r whole lacking && rm lacking/samples/step-000000.png
    same 'get a new folder, and no other is lost' run lacking
    exits 4 'a run that is removed meanwhile' held 'rm -rf run'
    says 'is missed' 'run/samples: No such file or directory; no state was saved'
    absent 'and not made again' run
    # The writes after config.json, real.png and the first picture: log, timing, picture, log ...
    for at in 6:1:png 7:2:log.jsonl; do
        rm -rf run
        export FAULT_AT=${at%%:*}
        FAULT=EIO FAULT_CALLS=write LD_PRELOAD=$SHIM \
            exits 4 "an error in write $FAULT_AT" gantrain -o run $RUN --steps 4 --checkpoint-every 0
        says 'is that of a picture or a line' "${at##*:}: Input/output error"
        at=${at%:*}
        says 'and no reason to lose the training' "; the state of step ${at#*:} is kept"
        ok 'it goes on' gantrain -o run $RUN --steps 4 --resume
        same 'to the same files' run whole
    done
else
    skip 'faults' 'nothing can be preloaded here'
fi
finish
