#!/bin/sh
# SPDX-License-Identifier: MIT
# What other readers find in an explanation: names, shapes and bits of the arrays, pictures, numbers; and
# the same bytes alone and among others at each level of the CPU.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || skip_all 'python3 is not installed'
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1

cat >look.py <<'E2'
import json, os, re, struct, sys, zlib

def arrays(path):
    data = open(path, 'rb').read()
    n, = struct.unpack('<Q', data[:8])
    header, start = json.loads(data[8:8 + n]), 8 + n
    header.pop('__metadata__', None)
    return {k: (v['dtype'], v['shape'], data[start + v['data_offsets'][0]:start + v['data_offsets'][1]])
            for k, v in header.items()}

def floats(a):
    return struct.unpack('<%df' % (len(a[2]) // 4), a[2])

def png(path):
    """Pixels (rows of bytes), channels, bit depth, notes; palettes are looked up."""
    data, at, idat, palette, notes = open(path, 'rb').read(), 8, b'', None, {}
    assert data[:8] == b'\x89PNG\r\n\x1a\n', path
    while at < len(data):
        n, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + n]
        assert zlib.crc32(kind + body) == struct.unpack('>I', data[at + 8 + n:at + 12 + n])[0], path
        at += 12 + n
        if kind == b'IHDR': width, height, depth, colour, _, _, interlace = struct.unpack('>IIBBBBB', body)
        if kind == b'IDAT': idat += body
        if kind == b'PLTE': palette = body
        if kind == b'tEXt': notes.update([body.decode('latin-1').split('\0')])
    assert kind == b'IEND' and interlace == 0
    channels = {0: 1, 2: 3, 3: 1}[colour]
    stride, step = (width * channels * depth + 7) // 8, max(1, channels * depth // 8)
    raw, rows, above = zlib.decompress(idat), [], bytes(stride)
    assert len(raw) == (stride + 1) * height, path
    for y in range(height):
        method, line = raw[y * (stride + 1)], bytearray(raw[y * (stride + 1) + 1:(y + 1) * (stride + 1)])
        for i in range(stride):
            a, b, c = (line[i - step] if i >= step else 0), above[i], (above[i - step] if i >= step else 0)
            p = a + b - c
            paeth = min((abs(p - v), k, v) for k, v in enumerate((a, b, c)))[2]
            line[i] = line[i] + (0, a, b, (a + b) // 2, paeth)[method] & 255
        rows.append(bytes(line))
        above = line
    assert colour != 3 or palette and max(map(max, rows)) < len(palette) // 3 or depth < 8
    return rows, colour, depth, notes

def shapes(folder, gradient_x, more):
    want = {'z': [4], 'x': [784], 'target': [], 'gradient_z': [4], 'sensitivity': [784],
            'sensitivity_before': [784], 'top_columns': [4, 784], gradient_x: [784], 'logit': [],
            'sweep': [4, 14, 786], 'reach': [6, 11], 'sign_reach': [], 'size_reach': [], **more}
    got = arrays(folder + '/maps.safetensors')
    assert {k: v[1] for k, v in got.items()} == want, sorted(got)
    assert all(v[0] == 'F32' for v in got.values())

def pictures(folder, n_names):
    names = [n for n in os.listdir(folder) if n.endswith('.png')]
    numbers = json.load(open(folder + '/explanation.json'))
    assert len(names) == int(n_names), names
    for n in names:
        rows, colour, depth, notes = png(folder + '/' + n)
        if n == 'sample.png':
            assert (len(rows), len(rows[0]), colour, depth) == (28, 28, 0, 8)
            x = floats(arrays(folder + '/maps.safetensors')['x'])
            assert max(abs(b - (v + 1) * 127.5) for b, v in zip(b''.join(rows), x)) <= 0.5001
            continue
        for kind, scale in numbers['pictures']['full_colour'].items():
            assert float(notes['Full colour ' + kind]) == scale, (n, kind)
        assert notes['Scale rule'] == 'image' and notes['Signed colour map'] == 'blue-orange'

def share(folder, low, high):
    """The target's and every swept one's share of full ink, from its value."""
    numbers, low, high = json.load(open(folder + '/explanation.json')), float(low), float(high)
    def check(value, found):
        assert abs((value / 784 - low) / (high - low) - found) < 1e-6, (value, found)
    check(numbers['target']['value'], numbers['target']['share_of_full'])
    for item in numbers['arrays']['sweep']['items']:
        check(item['target_least'], item['share_least'])
        for point in item['points']:
            check(point['target'], point['share'])


def ink(folder, low, high):
    """Shares of ink are of the range from black to white: Otsu's level lies in its second quarter."""
    low, high = float(low), float(high)
    maps, numbers = arrays(folder + '/maps.safetensors'), json.load(open(folder + '/explanation.json'))
    x, sweep, size = floats(maps['x']), floats(maps['sweep']), maps['sweep'][1][2]
    share = [sum(v >= low + part * (high - low) for v in x) / 784 for part in (0.5, 0.25)]
    said = re.search(r'ink on (\d+) %', numbers['picture']['description'])
    assert share[0] - 0.005 <= int(said[1]) / 100 <= share[1] + 0.005, (said, share)
    for i, item in enumerate(numbers['arrays']['sweep']['items']):
        points = [sweep[k * size:(k + 1) * size] for k in range(14 * i, 14 * i + 14)]
        drawn = [p for p in points if -2 <= p[0] <= 2]
        change = [(b - a) / (high - low) / 784 for a, b in zip(drawn[0][2:], drawn[-1][2:])]
        assert abs(sum(v for v in change if v > 0) - item['ink_gained']['share']) < 1e-6, item
        assert abs(sum(-v for v in change if v < 0) - item['ink_lost']['share']) < 1e-6, item

def table(path, lines, folders):
    t, rows = arrays(path), [json.loads(l) for l in open(lines)]
    names = [n for n in t if n != 'seed']
    seeds = struct.unpack('<%dQ' % (len(t['seed'][2]) // 8), t['seed'][2])
    assert [r['seed'] for r in rows] == list(seeds)
    for i, seed in enumerate(seeds):
        one = arrays('%s/seed-%04d/maps.safetensors' % (folders, seed))
        for n in names:
            size = len(one[n][2])
            assert t[n][2][i * size:(i + 1) * size] == one[n][2], (seed, n)
            said = rows[i][n] if isinstance(rows[i][n], list) else [rows[i][n]]
            assert struct.pack('<%df' % len(said), *said) == one[n][2], (seed, n)

def clean(folder):
    """No path, host or time in any artefact: what is said of the run is settings and numbers."""
    for n in os.listdir(folder):
        assert os.getcwd().encode() not in open(folder + '/' + n, 'rb').read(), n

globals()[sys.argv[1]](*[eval(a) if a.startswith('{') else a for a in sys.argv[2:]])
E2
ganexplain run --seed 0-70 -o folders --no-pictures -q
ganexplain run --seed 0-70 --table t.safetensors -q
ganexplain run --seed 0-70 --table t.jsonl -q
ok 'tables of both forms have the bits of the folders' python3 look.py table t.safetensors t.jsonl folders
ganexplain run --seed 7 -o a -q
ok 'the arrays of a logit have their names and shapes' python3 look.py shapes a/seed-0007 gradient_x '{}'
ok 'every picture is a PNG that says its scale' python3 look.py pictures a/seed-0007 8
ok 'shares of ink are of the range of the pictures' python3 look.py ink a/seed-0007 -1 1
gantrain -o unit $NET --generator 8:relu,784:sigmoid --range 0,1 --steps 3 --checkpoint-every 0 -q && ganexplain unit --seed 7 -q
ok 'of pictures from 0 to 1, too' python3 look.py ink unit/explain/seed-0007 0 1
ganexplain unit --seed 7 --target ink -o unit/ink -q
ok 'ink is a share of what white gives, with black for nothing' python3 look.py share unit/ink/seed-0007-ink 0 1
ganexplain run --seed 7 --target ink --jacobian -o a -q
ok 'the arrays of ink and the Jacobian have their names and shapes' python3 look.py shapes a/seed-0007-ink d_gradient_x '{"jacobian": [784, 4], "moves_with": [784]}'
ok 'ink is such a share where black is below 0, too' python3 look.py share a/seed-0007-ink -1 1
ok 'every picture of ink is a PNG that says its scale' python3 look.py pictures a/seed-0007-ink 9
ganexplain run --seed 7 --target "loss:$PWD/a/seed-0007/sample.png" -o loss -q
ok 'the arrays of a loss have their names and shapes' python3 look.py shapes loss/seed-* gradient_x '{"target_rec": [], "target_gen": [],
    "gradient_z_rec": [4], "gradient_z_gen": [4]}'
ok 'no file of an explanation holds a path' python3 look.py clean loss/seed-*

for level in avx2 avx512; do
    export GANLENS_CPU=$level
    if ! gansample run --npy x -q; then
        skip "bytes do not depend on threads at level $level" 'this CPU has not that one'
        continue
    fi
    ok "64 seeds are explained at level $level" ganexplain run --seed 0-63 -o $level --no-pictures --threads 2 -q
    ok "one seed is explained at level $level" ganexplain run --seed 7 -o $level-one --no-pictures --threads 1 -q
    ok "at level $level a seed alone on one thread has the bytes it has among others" diff -r $level/seed-0007 $level-one/seed-0007
    ganexplain run --seed 0-70 --table t.safetensors --threads 2 -q
    ganexplain run --seed 0-70 --table t.jsonl --threads 1 -q
    ganexplain run --seed 64-70 -o $level --no-pictures -q
    ok "at level $level tables have the bits of the folders" python3 look.py table t.safetensors t.jsonl $level
    gansample run --seed 7 -o $level -q
    ganexplain run --seed 7 -o $level-one -q
    ok "at level $level the sample is gansample's" same $level/seed-0007.png $level-one/seed-0007/sample.png
done
finish
