#!/bin/sh
# SPDX-License-Identifier: MIT
# A pipe whose reader has gone: on stderr it stops nothing and loses nothing, on stdout it ends the program
# as it ends others, in silence and after cleaning up.
. "$(dirname "$0")/lib.sh"
RUN="$NET --steps 40 --log-every 5 --sample-every 20 --checkpoint-every 0"

# unread FD COMMAND ...: with a pipe that nobody reads at FD. Whoever calls this test may ignore signals,
# which a shell cannot take back.
cat >unread.pl <<'EOT'
use POSIX;
$SIG{$_} = 'DEFAULT' for qw(PIPE INT TERM HUP);
pipe(my $from, my $to) or die;
close($from);
POSIX::dup2(fileno($to), shift) or die;
exec(@ARGV) or die;
EOT
unread() { perl unread.pl "$@"; }

ok 'a run is trained' gantrain -o whole $RUN
ok 'a run that nobody listens to is trained' unread 2 gantrain -v -o run $RUN
ok 'it is the same run' same run whole

if [ -n "${SHIM-}" ]; then
    rm -rf run
    FAULT=INT FAULT_CALLS=fsync,write FAULT_AT=12 LD_PRELOAD=$SHIM unread 2 gantrain -o run $RUN
    ok 'Ctrl-C ends a run by that signal when its reader died of it, too' [ $? -eq 130 ]
    ok 'its state is saved' [ -e run/state.safetensors ]
    ok 'it leaves no model' absent run/model.safetensors
    ok 'it goes on' gantrain -o run $RUN --resume
    ok 'it goes on to the same files' same run whole
else
    skip 'Ctrl-C ends a run by that signal when its reader died of it, too' 'nothing can be preloaded here'
fi

# What the command ends with when nobody reads its data, and what it says.
ends_by_pipe() {
    unread 1 "$@" 2>.said
    ok "$* ends by SIGPIPE where nobody reads its data" [ $? -eq 141 ]
    ok 'it does so in silence' [ ! -s .said ]
}
ends_by_pipe gansample --info whole
ends_by_pipe gantrain --help
ends_by_pipe gantrain -o new --threads 1 --dry-run
ends_by_pipe gantrain -o new --threads 2 --dry-run
ends_by_pipe ganexplain --list-methods whole
ends_by_pipe ganeval whole -n 150 --metrics coverage -q
ends_by_pipe gansample whole --npy x --idx /dev/stdout
ok 'another output of the ended program is not made' absent x
ok 'no half of it is left' not is_litter x
perl -pi -e 's/qw\(PIPE /qw(/; s/^\$SIG/\$SIG{PIPE} = "IGNORE"; \$SIG/' unread.pl
ok 'where SIGPIPE is ignored an unread stdout ends with status 4' exits 4 unread 1 gansample --info whole
ok 'the message says Broken pipe' says 'standard output: Broken pipe'
finish
