#!/bin/sh
# SPDX-License-Identifier: MIT
# gantrain --tensorboard: a run's numbers and samples as events, the same bytes however it came to its end.
. "$(dirname "$0")/lib.sh"
RUN="$NET --log-every 2 --sample-every 3 --checkpoint-every 4 -q"
EVENTS=events.out.tfevents.ganlens

# events FILE: a line each of the records of a file, "STEP BYTES", after their checksums were found right.
cat >events.pl <<'EOT'
sub crc {
    my $crc = 0xffffffff;
    for my $byte (unpack 'C*', shift) {
        $crc ^= $byte;
        $crc = ($crc >> 1) ^ ($crc & 1 ? 0x82f63b78 : 0) for 1 .. 8;
    }
    $crc ^= 0xffffffff;
    return ((($crc >> 15) | ($crc << 17)) + 0xa282ead8) & 0xffffffff;
}
die unless crc('123456789') == (((0xe3069283 >> 15 | 0xe3069283 << 17) + 0xa282ead8) & 0xffffffff);
open my $f, '<:raw', $ARGV[0] or die;
local $/;
my $all = <$f>;
while (length $all) {
    my ($head, $checked) = unpack 'a8 V', $all;
    die "head\n" unless crc($head) == $checked;
    my $n = unpack 'V', $head;
    my $event = substr $all, 12, $n;
    die "cut\n" unless length $event == $n;
    die "data\n" unless crc($event) == unpack 'V', substr $all, 12 + $n, 4;
    die "event\n" unless $event =~ /^\x09(.{8})\x10([\x00-\x7f])/s && unpack('d<', $1) == ord $2;
    my $step = ord $2;
    my $what = $event =~ /brain\.Event:2/ ? 'version' : $event =~ /samples.*\x89PNG.*IEND/s ? 'picture' :
        $event =~ /Loss\/G\/loss\x15/ ? 'numbers' : 'nothing';
    print "$step $what\n";
    substr $all, 0, 16 + $n, '';
}
EOT
events() { perl events.pl "$1"; }

ok 'a run is trained' gantrain -o whole $RUN --steps 8 --tensorboard board
printf '%s\n' '0 version' '0 picture' '2 numbers' '3 picture' '4 numbers' '6 numbers' '6 picture' '8 numbers' \
    '8 picture' >expected
events board/whole/$EVENTS >found
ok 'its events are those of its log and its samples, in their order' diff expected found
ok 'the same run without is trained' gantrain -o none $RUN --steps 8
ok 'its model is the same' same whole none

mkdir parts
ok 'its first part is trained, DIR being the folder it is in' gantrain -o parts/whole/ $RUN --steps 4 --tensorboard parts
ok 'its second part is trained' gantrain -o parts/whole/ $RUN --steps 8 --resume --tensorboard parts/
ok 'both parts give the events of one' same board/whole/$EVENTS parts/whole/$EVENTS
ok 'a part that ends with a sample that is due is trained' gantrain -o due $RUN --steps 6 --tensorboard board
ok 'its rest is trained' gantrain -o due $RUN --steps 8 --resume --tensorboard board
ok 'that sample is told once' same board/whole/$EVENTS board/due/$EVENTS
ok 'a run that had none goes on' gantrain -o late $RUN --steps 4
ok 'with events' gantrain -o late $RUN --steps 8 --resume --tensorboard other
ok 'they are those of all of it' same board/whole/$EVENTS other/late/$EVENTS
ok 'a run with an event file is replaced' gantrain -o parts/whole $RUN --steps 2 --force
ok 'and its events go' absent parts/whole/$EVENTS

ok 'RUN itself is refused' exits 2 gantrain -o run $RUN --steps 2 --tensorboard run/
ok 'with what to give' says 'give the one that it is in'
ok 'a run without a name is refused' exits 2 gantrain -o . $RUN --steps 2 --tensorboard board
ok 'and says why' says "'.' has none"

if [ -n "${SHIM-}" ]; then
    # killed STEP: at every STEP-th call that orders bytes, then gone on from.
    killed() {
        n=1
        while rm -rf run board/run &&
            ! FAULT_CALLS=$1 FAULT_AT=$n LD_PRELOAD=$SHIM gantrain -o run $RUN --steps 8 --tensorboard board; do
            gantrain -o run $RUN --steps 8 --resume --tensorboard board && cmp board/whole/$EVENTS board/run/$EVENTS &&
                [ "$(ls -A board/run)" = $EVENTS ] || { echo "# call $n"; return 1; }
            n=$((n + $2))
        done 2>/dev/null
        echo "# killed $(((n - 1) / $2)) times"
        [ "$n" -gt $((8 * $2)) ]
    }
    ok 'killed at calls that order its bytes a run goes on to the same events' killed rename,fsync,open,mkdir,unlink 3
    ok 'killed in the middle of writes, too' killed write 5
else
    skip 'killed a run goes on to the same events' 'nothing can be preloaded here'
fi
finish
