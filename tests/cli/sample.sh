#!/bin/sh
# SPDX-License-Identifier: MIT
# gansample: the same picture of a seed wherever it is drawn, every file it writes, what it refuses.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --sample-every 3 --checkpoint-every 0 -q || exit 1
GOLDEN=$HERE/../golden/golden.safetensors

ok 'a grid of seeds 0-99 is drawn' gansample run -o grid.png
ok "it is the run's last sample" same grid.png run/samples/step-000003.png
ok 'the file that was made is named' says '100 pictures in grid.png'
ok 'no output need be named' gansample run
ok 'the grid then lies in the run folder' same run/grid.png grid.png
ok 'that is said' says '100 pictures in run/grid.png'
ok 'a file of the run may be named instead' sh -c 'rm run/grid.png; cd run && gansample state.safetensors --columns 10'
ok 'its grid lies in the run folder, too' same run/grid.png grid.png
cp run/model.safetensors m.v2.safetensors
ok 'a file outside a run may be named' gansample m.v2.safetensors --seed 7
ok 'its grid lies beside it' says '1 picture in m.v2-grid.png'
rm m.v2.safetensors m.v2-grid.png
ok 'a new run is trained in its place' gantrain -o run --force $NET --steps 3 --sample-every 3 --checkpoint-every 0 -q
ok "the new run takes the older one's grid away" absent run/grid.png
ok 'a folder of pictures is drawn' gansample run --seeds 0-99 -o all/
ok 'it holds one for each seed' [ "$(ls all | wc -l)" -eq 100 ]
ok 'one seed alone is drawn' gansample run --seed 7 -o alone/
ok 'a picture has the same bytes alone or among others' same alone/seed-0007.png all/seed-0007.png
ok 'pictures are drawn on one thread into a folder that is there' gansample run --seeds 99,0-3,7 --threads 1 -o alone
ok 'threads and order change no byte of a picture' same alone/seed-0099.png all/seed-0099.png
ok 'a seed over 2^63 is drawn' gansample run --seeds 18446744073709551615 -o alone
ok 'its file is named in full' [ -e alone/seed-18446744073709551615.png ]

ok 'all forms are written at once' gansample run --seeds 0-2999 --npy x.npy --idx x.idx --pairs x.safetensors -q
ok 'they are written by one thread' gansample run --seeds 0-2999 --npy y.npy --pairs y.safetensors --threads 1 -q
ok 'threads change no byte of the array' same x.npy y.npy
ok 'threads change no byte of the pairs' same x.safetensors y.safetensors
ok 'a part of the seeds is written' gansample run --seeds 1000-1099 --npy part.npy --idx part.idx --pairs part.safetensors
printf '\223NUMPY\1\0v\0%-117s\n' "{'descr': '|u1', 'fortran_order': False, 'shape': (100, 784), }" >want
tail -c +17 part.idx >>want
ok 'the array is NPY 1.0 with the pixels of the IDX' same part.npy want
printf '\0\0\10\3\0\0\0\144\0\0\0\34\0\0\0\34' >want
tail -c +129 x.npy | tail -c +784001 | head -c 78400 >>want
ok 'the IDX of a part has the pixels of the whole' same part.idx want
# tensor FILE NAME FIRST N: bytes FIRST to FIRST + N - 1 of a tensor.
tensor() {
    perl -e 'my ($path, $name, $first, $n) = @ARGV;
        open(my $f, "<", $path) or die;
        read($f, my $size, 8);
        $size = unpack("Q<", $size);
        read($f, my $header, $size);
        $header =~ /"$name":\{[^}]*"data_offsets":\[(\d+),/ or die;
        seek($f, 8 + $size + $1 + $first, 0);
        read($f, my $bytes, $n) == $n or die;
        print $bytes' "$@"
}
for row in 'seed 8' 'z 16' 'x 3136'; do
    set -- $row
    tensor x.safetensors $1 $((1000 * $2)) $((100 * $2)) >want
    tensor part.safetensors $1 0 $((100 * $2)) >got
    ok "the pairs of a part have the $1 of the whole" same got want
done
tensor x.safetensors seed 8192 8 >got
printf '\0\4\0\0\0\0\0\0' >want
ok 'the seeds of the pairs stand in their rows' same got want
ok 'pictures are drawn from rows of z' gansample run --z part.safetensors:z --npy z.npy -o z/
ok 'the z of seeds give the pictures of these seeds' same z.npy part.npy
ok 'pictures are drawn from more rows of z than fit a chunk' gansample run --z x.safetensors:z --npy z.npy -q
ok 'they are the pictures of all seeds' same z.npy x.npy
cp all/seed-0007.png want
gansample run --seeds 1007 -o alone -q
ok 'a row of z gives the PNG of its seed' same z/z-0007.png alone/seed-1007.png

ok 'a labelled strip from one seed to another is drawn' gansample run --interpolate 3,7 --frames 5 -o strip.png --label
ok 'a strip without labels is drawn' gansample run --interpolate 3,7 --frames 5 -o strip.png
ok 'it is one row of 5 pictures of 56 pixels and 6 gaps of 2' [ "$(od -An -tu1 -j16 -N8 strip.png | tr -s ' ')" = ' 0 0 1 36 0 0 0 60' ]
ok 'the way from one seed to another is drawn as files' gansample run --interpolate 3,7 --frames 5 -o frames/
ok 'the way starts at the first seed' same frames/frame-0000.png all/seed-0003.png
ok 'the way ends at the second seed' same frames/frame-0004.png all/seed-0007.png
ok 'a way from a seed to itself is drawn' gansample run --interpolate 3,3 --frames 3 -o frames/
ok 'it stays there' same frames/frame-0001.png all/seed-0003.png
ok 'a run in the range 0,1 is trained' gantrain -o unit $NET --generator 8,784:sigmoid --range 0,1 --steps 3 \
    --sample-every 3 -q
ok 'its grid is drawn' gansample unit -o unit.png
ok "the grid of another range is the run's last sample, too" same unit.png unit/samples/step-000003.png
ok 'truncation 1 draws' gansample run --seed 7 --truncation 1 -o alone
ok 'truncation 1 changes nothing' same alone/seed-0007.png all/seed-0007.png
ok 'truncation 0 draws' gansample run --seeds 1,2 --truncation 0 -o alone
ok 'truncation 0 leaves no difference between seeds' same alone/seed-0001.png alone/seed-0002.png

ok 'the averaged weights of a state draw' gansample run/state.safetensors --weights ema --seed 7 -o alone
ok 'they draw what the model draws' same alone/seed-0007.png all/seed-0007.png
ok 'the raw weights of a state draw' gansample run/state.safetensors --weights raw --seed 7 -o alone
ok 'they draw another picture' not cmp -s alone/seed-0007.png all/seed-0007.png
ok '--weights of a model ends with status 2' exits 2 gansample run --weights raw -o x.png

ok 'a foreign file with its spec draws' gansample "$GOLDEN" --generator "$(sed -n 's/.*g_spec\[\] = "\(.*\)";/\1/p' \
    "$HERE/../test_golden.c")" --seeds 0-3 -o foreign.png
ok 'a foreign file without a spec ends with status 2' exits 2 gansample "$GOLDEN" -o x.png
ok 'a foreign file with another spec ends with status 3' exits 3 gansample "$GOLDEN" --generator 9,784:tanh -o x.png

# The pixel rows of a grey PNG without filters.
rows_of() {
    perl -MCompress::Zlib -0777 -ne 'for (my $at = 8; $at < length; $at += 12 + $n) {
        ($n, $kind) = unpack("N a4", substr($_, $at, 8));
        $data .= substr($_, $at + 8, $n) if $kind eq "IDAT";
    }
    print uncompress($data)' "$1"
}
gansample run --seeds 0-1199 --columns 40 -o large.png -q
gansample run --seeds 600-1199 --columns 40 -o half.png -q
for picture in large half; do
    rows_of $picture.png | tail -c $((15 * 58 * (40 * 58 + 3))) >$picture.rows
done
ok 'a large grid ends as a grid of its second half' same large.rows half.rows
ok 'a grid of five columns with labels is drawn' gansample run --seeds 0-9 --columns 5 --label -o labelled.png
ok '--info succeeds' gansample --info run
ok '--info names tensors and shapes' says 'G.1.running_mean (8)'
ok '--info names the settings' says '"ema-kimg": 0.1'
ok '--info tells the logits of D' says "D's logit of 10,000 generated pictures: least "
ok '--info says what the model was trained on' says 'data: checksum 3da2c22c'
ok '--info of a state succeeds' gansample --info run/state.safetensors
ok '--info of a state names the tensors that are used' says 'G_ema.1.running_mean (8)'
ok '--info --json succeeds' gansample --info --json run
for fact in '"kind": "model"' '"step": 3' '"z_dim": 4' '"model": "gan"' '"n_classes": 0' '"rows": 28' \
    '"data_crc32": "3da2c22c"' '"parameters": 7104' '"name": "D.3.weight"' \
    '"ema-kimg": 0.1' '"path": "run/model.safetensors"'; do
    ok "the JSON has $fact" says "$fact"
done
ok '--info of a foreign file succeeds' gansample --info --json "$GOLDEN" --generator "$(sed -n 's/.*g_spec\[\] = "\(.*\)";/\1/p' \
    "$HERE/../test_golden.c")"
ok 'a foreign file has no step' says '"step": null'
ok 'a foreign file is called foreign' says '"kind": "foreign"'
ok '--dry-run succeeds' gansample run -o dry.png --npy dry.npy --dry-run
ok '--dry-run prints the settings' says '"seed": "0-99"'
gansample run -o dry.png --dry-run >dry.json
ok '--config reads what --dry-run printed' gansample run --config dry.json
ok 'and its two outputs are made' rm dry.png dry.json
ok '--dry-run without an output succeeds' gansample run --dry-run
ok 'it states where the grid would go' says '"output": "run/grid.png"'
ok 'it makes no grid' absent run/grid.png
ok '--depfile succeeds' gansample run -o grid.png --z part.safetensors:z --depfile grid.d
ok 'the make rule names grid, model and z' grep -q '^grid.png: run/model.safetensors part.safetensors$' grid.d

refused() { # STATUS TEXT OPTIONS ...
    status=$1
    text=$2
    shift 2
    ok "gansample $* ends with status $status" exits "$status" gansample "$@"
    ok "it says: $text" says "$text"
}
refused 2 'an operand is missing' -o x.png
refused 2 '--json is for --info' run --json -o x.png
refused 2 'neither FILE.png nor a folder' run -o x.jpg
refused 2 'is not a seed' run --seeds 3- -o x.png
refused 2 'a range that runs backwards; write 3-5' run --seeds 5-3 -o x.png
refused 2 'is not a seed' run --seeds 18446744073709551616 -o x.png
refused 2 'exclude each other' run --seeds 3 --z a:z -o x.png
refused 2 'exclude each other' run --seed 3 --interpolate 1,2 -o x.png
refused 2 'is not two seeds' run --interpolate 1,2,3 -o x.png
refused 2 '--frames is for --interpolate' run --frames 3 -o x.png
refused 2 '--frames is for --interpolate' run --frames 10 -o x.png
for option in '--seed 3' '--z part.safetensors:z' '--interpolate 1,2' '--truncation 0.5' '--depfile x'; do
    refused 2 "${option%% *}" run --info $option
done
refused 2 '--label is for a grid' run --label -o x/
refused 2 '--columns is for a grid' run --columns 3 --npy x
refused 2 'larger than' run --seeds 0-60000 --columns 1 -o x.png
cp run/model.safetensors model.safetensors
refused 2 'read here and would be written over' model.safetensors --npy ./model.safetensors
refused 2 'read here and would be written over' run --npy x --depfile run/model.safetensors
ok 'an input that was named as output stays as it was' same model.safetensors run/model.safetensors
refused 2 'two outputs have this name' run --npy x --idx x
refused 2 'write /dev/stdout' run --npy -
ok 'no file called - is made' absent ./-
refused 2 'two outputs have this name' run --npy x --idx ./x
echo '{"config": "x"}' >config.json
refused 2 "unknown key 'config'" run --config config.json -o x.png
ok 'an unknown key is not offered for itself' not grep -q 'did you mean' .said
refused 4 'is a file, expected a folder' run -o model.safetensors/
refused 2 'at most 65536' run --seeds 0-65536 -o x.png
refused 2 'more than the' run --seeds 0-18446744073709551615 --npy x
refused 2 'FILE.safetensors:NAME' run --z part.safetensors -o x.png
refused 3 "tensor 'y' is missing" run --z part.safetensors:y -o x.png
refused 3 'has not the shape (N, 4)' run --z part.safetensors:x -o x.png
refused 3 'missing.safetensors' run --z missing.safetensors:z -o x.png
refused 3 'missing' missing -o x.png
refused 3 'holds neither' all -o x.png
refused 3 'grid.png' grid.png -o x.png
refused 4 '/proc/x.png' run -o /proc/x.png
refused 4 '/dev/full' run --npy /dev/full
for option in --npy --idx --pairs -o; do
    refused 4 'missing/x.png' run --seeds 0-4 --npy x $option missing/x.png
done
refused 2 'missing/x.d' run --npy x --depfile missing/x.d
refused 4 'is a folder, expected a file name' run --npy x --depfile run
refused 2 'is a folder that x/ lies in' run -o x/ --depfile x
refused 2 "make cannot read the name 'x=1.png'" run -o x=1.png --depfile x
ok 'none of the refusals made a file' not ls x x.png
{
    printf '\100\0\0\0\0\0\0\0%-64s' '{"z":{"dtype":"F32","shape":[2,4],"data_offsets":[0,32]}}'
    printf '\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0'
    printf '\377\377\177\177\377\377\177\177\377\377\177\177\377\377\177\177'
} >large.safetensors
ok 'a z that overflows ends with status 5' exits 5 gansample run --z large.safetensors:z --npy x -o x.png
ok 'its row is named' says 'row 1: its picture is not finite'
ok 'no picture of it was made' not ls x x.png
if [ -n "${SHIM-}" ]; then
    for call in write pwrite rename; do
        cp part.npy old.npy && cp part.safetensors old.safetensors && cp part.npy old.png
        FAULT=ENOSPC FAULT_CALLS=$call FAULT_AT=2 LD_PRELOAD=$SHIM gansample run --seeds 0-3 \
            --npy old.npy --pairs old.safetensors -o old.png 2>/dev/null
        ok "no space at a $call ends with status 4" [ $? -eq 4 ]
        ok "no space at a $call leaves no litter" [ -z "$(ls -A | grep '^\.old')" ]
        ok "no space at a $call leaves the older file" same old.safetensors part.safetensors
    done
    # The 4th write is that of the first chunk, after the header's three.
    cp part.npy old.npy
    export FAULT_CALLS=write FAULT_AT=4
    FAULT=INT LD_PRELOAD=$SHIM ok 'Ctrl-C ends an array by the signal' exits 130 gansample run --seeds 0-4999 --npy old.npy
    ok 'Ctrl-C is confirmed at once' says 'gansample: stopping; press again to end at once'
    ok 'Ctrl-C is heard between chunks' says 'gansample: stopped after 1024 of 5000 pictures; no file was made'
    ok 'the stopped array leaves no litter' [ -z "$(ls -A | grep '^\.old')" ]
    ok 'the stopped array leaves the older file' same old.npy part.npy
    FAULT=INT LD_PRELOAD=$SHIM ok 'Ctrl-C ends a folder by the signal' exits 130 gansample run --seeds 0-4999 -o some/
    ok 'it says how many pictures there are' says 'stopped after 1024 of 5000 pictures; they are in some/'
    ok 'as many pictures are there' [ "$(ls -A some | wc -l)" -eq 1024 ]
    FAULT=kill LD_PRELOAD=$SHIM ok 'killed it ends by the signal' exits 137 gansample run --seeds 0-4999 --npy old.npy
    ok 'the killed one leaves a temporary' is_litter old.npy
    unset FAULT_CALLS FAULT_AT
    ok 'the next array is written' gansample run --seeds 1000-1099 --npy old.npy -q
    ok 'and takes the temporary away' [ -z "$(ls -A | grep '^\.old')" ]
fi
ok '--verbose succeeds' gansample -v run -o verbose.png
ok '--verbose names threads and kernels' says 'kernels for'
cp part.npy old.npy
ok 'an array over the limit on file sizes ends with status 4' exits 4 sh -c 'ulimit -f 100; exec gansample run --seeds 0-2999 --npy old.npy'
ok 'the limit on file sizes is told' says 'gansample: old.npy: File too large'
ok 'an array over the limit leaves no litter' [ -z "$(ls -A | grep '^\.old')" ]
ok 'an array over the limit leaves the older file' same old.npy part.npy
finish
