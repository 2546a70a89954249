#!/bin/sh
# SPDX-License-Identifier: MIT
# The page of several explanations, what folders say of the model, and what becomes of those of an older one.
. "$(dirname "$0")/lib.sh"
gantrain -o run $NET --steps 3 --checkpoint-every 0 -q || exit 1
gantrain -o other $NET --steps 4 --checkpoint-every 0 -q || exit 1
SUM=$(sha256sum run/model.safetensors | cut -d' ' -f1)

holds() { # FOLDER FILES: these and no others, hidden or not
    [ "$(ls -A "$1" | tr '\n' ' ')" = "$2 " ] || { ls -A "$1" && false; }
}
# links FOLDER: what its page leads to.
links() { grep -oE '(href|src)="[^"]*"' "$1/index.html" | cut -d'"' -f2; }
# is_whole FOLDER: there is a page, and all that it leads to.
is_whole() {
    [ -s "$1/index.html" ] && links "$1" | while read -r f; do
        [ -s "$1/$f" ] || { echo "no $f" && exit 1; }
    done
}
# says_of FILE TEXT: a chunk of that PNG or the metadata of that table.
says_of() { tr '\0' ' ' <"$1" | grep -aqF "$2"; }

# ---- The page
ok 'several seeds are explained' ganexplain run --seed 0-6,9
ok 'the page to open is named last' [ "$(tail -n 1 .said)" = 'ganexplain: 8 explained in run/explain; open run/explain/index.html' ]
ok 'the page and all it leads to are there' is_whole run/explain
ok 'a page and its files stand beside the folders' holds run/explain ".model.sha256 index.html $(seq -f 'seed-%04.0f' -s ' ' 0 6) seed-0009 summary.json summary.png summary.txt"
ok 'it leads to three files of each, to the sheet, the words and the numbers' [ "$(links run/explain | sort -u | wc -l)" -eq 35 ]
ok 'it runs nothing and needs no other place' not grep -qE '<script|://|@import|href="/|src="/' run/explain/index.html
ok 'each picture has words for those who do not see it' [ "$(grep -c '<img' run/explain/index.html)" -eq "$(grep -c '<img.* alt="..*"' run/explain/index.html)" ]
ok 'the page states the model' grep -q "Model of step 3, SHA-256 $SUM" run/explain/index.html
grep -o 'value">[^<]*' run/explain/index.html | cut -d'>' -f2 >values
ok 'each seed has its value' [ "$(wc -l <values)" -eq 8 ]
sort -gr values >sorted
ok 'the highest value comes first' same values sorted
ok 'one seed names its figure to open' sh -c 'ganexplain run --seed 7 2>&1 | grep -qx "ganexplain: 1 explained in run/explain; open run/explain/seed-0007/explanation.png"'
ok 'one more seed leaves the page' is_whole run/explain
ok 'threads and the order of the seeds change no byte' sh -c 'ganexplain run --seed 0-6,9 -o a -q --threads 1 && ganexplain run --seed 9,3-6,0-2 -o b -q --threads 2 && diff -r a b'
ok 'without pictures the page has none' ganexplain run --seed 0-1 --no-pictures -o plain
ok 'it leads to words and numbers' is_whole plain
ok 'and shows no picture' not grep -q '<img' plain/index.html
ok 'nor is there a sheet' holds plain 'index.html seed-0000 seed-0001 summary.json summary.txt'
# says_all FOLDER: summary.txt has all findings of its page.
says_all() {
    tr '\n' ' ' <"$1/summary.txt" >.flat
    sed -n '/<h2>What is found/,/<h2>Each/s#^<p>\(.*\)</p>$#\1#p' "$1/index.html" | grep -v '<a ' >.found
    [ "$(wc -l <.found)" -ge 2 ] && while read -r finding; do
        grep -qF -- "$finding" .flat || { echo "not said: $finding" && exit 1; }
    done <.found
}
ok 'the words say all that the page finds' says_all run/explain
ok 'in lines that a terminal is wide enough for' not grep -qE '^.{89}' run/explain/summary.txt
ok 'figures of further methods are linked' sh -c 'ganexplain run --seed 0-1 --method gradient,gradient-x-input -o more -q && [ "$(grep -c "by <a href=\"seed-000[01]/gradient-x-input.png\">gradient-x-input</a>" more/index.html)" -eq 2 ]'
ok 'they are there' is_whole more
JUDGED='--quality --method gradient,occlusion,smoothgrad'
ok 'several are judged' ganexplain run --seed 0-3 $JUDGED -o judged -q
ok 'the page says which explanation to trust' grep -qE '<p>Of the explanations by z,? (that of [a-z]+|none) is' judged/index.html
ok 'so do the words' says_all judged
ok 'it leads to what each explanation was judged by' grep -q '^judged: <a href="seed-0002/quality.png">quality</a>' judged/index.html
ok 'which list the methods' [ "$(grep -cE '^(gradient|occlusion|smoothgrad|random) +[0-9.]+ %' judged/summary.txt)" -eq 8 ]
ok 'threads and the order of the seeds change no byte of that' sh -c "ganexplain run --seed 3,1-2,0 $JUDGED --threads 2 -o judged2 -q && diff -r judged judged2"
ok 'what ranks explanations is run' ganexplain run --seed 0-6,18446744073709551615 --method occlusion --no-pictures -o ranks -q
ok 'the page names those that it is highest for' grep -q '<p>The least robust pictures, those that small moves of z change most, are of seeds [0-9]*, [0-9]*, [0-9]*, [0-9]* and [0-9]*\.</p>' ranks/index.html
ranked() { # as the page ranks them, highest first
    for s in 0000 0001 0002 0003 0004 0005 0006 18446744073709551615; do
        printf '%s %s\n' "$(sed -n '/"occlusion.slope": {/,/"value"/s/.*"value": //p' ranks/seed-$s/explanation.json)" "$s"
    done | sort -rg | sed 5q | sed 's/.* 0*\(.\)/\1/' | tr '\n' ' '
}
ok 'they are those' [ "$(grep -o 'are of seeds [^<]*' ranks/index.html | tr -c '0-9\n' ' ' | tr -s ' ' | sed 's/^ //')" = "$(ranked)" ]
ok 'words in Markdown are linked' sh -c 'ganexplain run --seed 0-1 --no-pictures --format markdown -o plain -q && grep -q seed-0001/explanation.md plain/index.html'
ok 'those are whole, too' is_whole plain
ok 'rows of a tensor have a page' sh -c 'gansample run --seeds 0-3 --pairs p.safetensors -o g.png -q && ganexplain run --z p.safetensors:z -o rows -q'
ok 'that names them as rows' grep -q '4 rows explained' rows/index.html
ok 'a name from outside is no markup' sh -c 'cp run/explain/seed-0000/sample.png "<b>&.png" && ganexplain run --seed 0-1 --target "rec:<b>&.png" -o markup -q'
ok 'but text' grep -q '&lt;b&gt;&amp;.png' markup/index.html
ok 'in every paragraph' not grep -q '<b>' markup/index.html
ok 'and its folders have safe names' [ "$(ls markup | grep -c '^seed-000[01]-rec--b--.png-[0-9a-f]\{8\}$')" -eq 2 ]
ok 'the page with it is whole' is_whole markup
ok '--depfile of several seeds is a rule of the page' sh -c 'ganexplain run --seed 0-1 -o a --depfile x.d -q && grep -q "^a/index.html: run/model.safetensors$" x.d'
if command -v python3 >/dev/null; then
    cat >look.py <<'END'
import html.parser, json, sys

class Page(html.parser.HTMLParser):
    open = []

    def handle_starttag(self, tag, attributes):
        if tag not in ('meta', 'img'):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag

folder = sys.argv[1]
page = Page()
page.feed(open(folder + '/index.html').read())
assert not page.open, page.open
summary = json.load(open(folder + '/summary.json'))
each = [json.load(open(f'{folder}/{e["folder"]}/explanation.json')) for e in summary['explanations']]
values = [e['target']['value'] for e in each]
assert values == [e['value'] for e in summary['explanations']] == sorted(values, reverse=True)
assert [e['seed'] for e in each] == [e['seed'] for e in summary['explanations']]
assert [e['answer'] for e in each] == [e['answer'] for e in summary['explanations']]
assert abs(summary['values']['mean'] - sum(values) / len(values)) < 1e-6 * max(map(abs, values))
assert summary['values']['least'] == values[-1] and summary['values']['greatest'] == values[0]

def gradient(e):
    raw = open(f'{folder}/{e["folder"]}/maps.safetensors', 'rb').read()
    n = int.from_bytes(raw[:8], 'little')
    info = json.loads(raw[8:8 + n])[summary['components']['array']]
    import struct
    begin, end = info['data_offsets']
    return struct.unpack(f'<{(end - begin) // 4}f', raw[8 + n + begin:8 + n + end])

rows = [gradient(e) for e in summary['explanations']]
for c in summary['components']['strongest']:
    v = [r[c['component']] for r in rows]
    mean = sum(map(abs, v)) / len(v)
    spread = (sum((abs(x) - mean) ** 2 for x in v) / (len(v) - 1)) ** .5
    up, down = sum(x > 0 for x in v), sum(x < 0 for x in v)
    for key, want in (('mean_magnitude', mean), ('spread', spread), ('mean', sum(v) / len(v)),
                      ('sign_consistency', abs(up - down) / len(v)), ('same_sign_share', max(up, down) / len(v))):
        assert abs(c[key] - want) <= 1e-7 * max(1, mean), (c, key, want)
END
    ok 'the page is well-formed, and the summary is that of the folders' python3 look.py run/explain
else
    skip 'the page is well-formed, and the summary is that of the folders' 'no python3'
fi

ganexplain --print-manual | sed 's/\\-/-/g' | tr -c 'a-z0-9_' '\n' >defined
sed -n 's/^ *"\([a-z0-9_]*\)":.*/\1/p' run/explain/summary.json judged/summary.json | sort -u >keys
ok 'summary.json has keys' [ "$(wc -l <keys)" -gt 25 ]
ok 'ganlens(7) says what every key of summary.json means' not grep -vxFf defined keys

# ---- Whose explanations these are
ok 'numbers state the checksum of the file' grep -q "\"sha256\": \"$SUM\"" run/explain/seed-0000/explanation.json
ok 'the summary states it, too' grep -q "\"sha256\": \"$SUM\"" run/explain/summary.json
for png in seed-0000/explanation.png seed-0000/gradient_z.png summary.png; do
    ok "$png states model and step" says_of run/explain/$png "Model SHA-256 $SUM"
done
ok 'a table states it in its metadata' sh -c 'ganexplain run --seed 0-1 --table t.safetensors -q'
ok 'as its model' says_of t.safetensors "\"model_sha256\":\"$SUM\",\"model_step\":\"3\""
ok 'gansample --info states it' sh -c "gansample --info run | grep -qx 'sha256: $SUM'"
ok 'as JSON, too' sh -c "gansample --info run --json | grep -q '\"sha256\": \"$SUM\"'"

# ---- Another model
echo mine >run/explain/seed-0001/notes
mkdir run/explain/seed-0008 run/explain/z-plain elsewhere run/explain/mine
echo mine >run/explain/seed-0008/notes
cp run/explain/seed-0000/* elsewhere && ln -s "$PWD/elsewhere" run/explain/seed-0099 && ln -s "$PWD/elsewhere/sample.png" run/explain/seed-0002/link.png
cp elsewhere/* run/explain/mine
ok 'a target beside the default has its own folder' sh -c 'ganexplain run --seed 4 --target ink -q && [ -s run/explain/seed-0004-ink/explanation.json ]'
cp other/model.safetensors run/model.safetensors
ok 'a named folder takes explanations of any model' sh -c 'cp -r run/explain named && ganexplain run --seed 5 -o named -q && grep -q "$1" named/seed-0004/explanation.json' - "$SUM"
if command -v flock >/dev/null; then
    ok 'while another writes explanations of the old model there, the new one is refused' exits 1 flock -s run/explain/.model.sha256 ganexplain run --seed 5
    ok 'it says why' says 'run/explain: a ganexplain writes explanations of another model there'
    ok 'those of the old model are as they were' [ -s run/explain/seed-0000/explanation.json ]
    ok 'nor is the model replaced' exits 1 flock -s run/explain/.model.sha256 gantrain -o run $NET --steps 2 -q --force
    ok 'and it is as it was' same run/model.safetensors other/model.safetensors
else
    skip 'while another writes explanations of the old model there, the new one is refused' 'no flock here'
fi
ok 'the new model is explained' ganexplain run --seed 5
ok 'it says that those of the other are gone' says 'run/explain: removed 10 explanations of another model'
ok 'what is not of an explanation stays' holds run/explain '.model.sha256 mine seed-0001 seed-0002 seed-0005 seed-0008 seed-0099 z-plain'
ok 'a file of another in a folder of ours stays alone' holds run/explain/seed-0001 notes
ok 'a link is no file of ours' holds run/explain/seed-0002 link.png
ok 'no link is followed' holds elsewhere "$(ls run/explain/mine | tr '\n' ' ' | sed 's/ $//')"
ok 'the same model again removes nothing' sh -c 'ganexplain run --seed 6 2>&1 | grep -c removed | grep -qx 0 && [ -s run/explain/seed-0005/explanation.json ]'
echo 0 >run/explain/.model.sha256
ok 'with a mark that was lost' ganexplain run --seed 7
ok 'those of the model stay' [ -s run/explain/seed-0005/explanation.json ]
ok 'and nothing is said to be removed' not grep -q removed .said
ok 'two at once do each other no harm' sh -c 'ganexplain run --seed 0-9 -o two -q & ganexplain run --seed 0-9 -o two -q && wait $!'
ok 'and leave a whole page' is_whole two

# ---- Files of others where a page has its own
mkdir site && for f in index.html summary.png summary.json summary.txt; do echo mine >site/$f; done
ok 'one explanation goes beside a page of others' ganexplain run --seed 1 -o site -q
ok 'it is replaced' ganexplain run --seed 1 -o site -q
ok 'and the page stays' [ "$(cat site/index.html site/summary.* | grep -c mine)" -eq 4 ]
for f in index.html summary.json summary.png summary.txt; do
    ok "several are refused where there is a $f of others" exits 2 ganexplain run --seed 1-2 -o site -q
    ok 'which is named' says "site/$f: is there, and not of ganexplain"
    ok 'and nothing is made' absent site/seed-0002
    rm site/$f
done
ln -s "$PWD/run/explain/seed-0007/explanation.json" site/index.html
ok 'a link is of others' exits 2 ganexplain run --seed 1-2 -o site -q
rm site/index.html
ok 'where there is none a page goes' ganexplain run --seed 1-2 -o site -q
ok 'and is replaced' sh -c 'ganexplain run --seed 0-1 -o site -q && grep -q "Seed 0:" site/index.html'
cp -r run again && rm -rf again/explain && mkdir again/explain && echo mine >again/explain/index.html
ok 'a new model takes the old explanations with it' sh -c 'ganexplain again --seed 1 -q && gantrain -o again $1 --steps 2 --checkpoint-every 0 -q --force' - "$NET"
ok 'and not a page of others' holds again/explain index.html

mkdir -p run/piped && mv run/explain/.model.sha256 run/piped/kept && mkfifo run/explain/.model.sha256
ok 'a pipe in place of the mark is refused, and not waited for' exits 4 ganexplain run --seed 1 -q
rm run/explain/.model.sha256 && mv run/piped/kept run/explain/.model.sha256 && rmdir run/piped

# ---- Interrupted
if [ -n "${SHIM-}" ]; then
    ganexplain run --seed 0-2 -o older -q
    FAULT_COUNT=count LD_PRELOAD=$SHIM ganexplain run --seed 0-2 -o stopped -q
    # A page lists what is there, whichever call it is killed at.
    at_any_call() {
        n=1
        while [ $n -le "$(cat count)" ]; do
            rm -rf stopped && cp -r older stopped
            FAULT=kill FAULT_AT=$n LD_PRELOAD=$SHIM ganexplain run --seed 0-2 --no-pictures -o stopped -q --threads 1 2>/dev/null
            [ ! -e stopped/index.html ] || is_whole stopped || { echo "# killed at call $n" && return 1; }
            n=$((n + 3))
        done
    }
    ok 'killed at any call it leaves no page that lists what is not there' at_any_call
    rm -rf stopped && cp -r older stopped
    FAULT=INT FAULT_CALLS=write FAULT_AT=5 LD_PRELOAD=$SHIM ok 'Ctrl-C ends by the signal' exits 130 ganexplain run --seed 0-2 -o stopped -q --threads 1
    ok 'and leaves no page' absent stopped/index.html
else
    skip 'killed at any call it leaves no page that lists what is not there' 'nothing can be preloaded here'
fi
finish
