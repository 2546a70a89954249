#!/bin/sh
# SPDX-License-Identifier: MIT
# data/fetch_mnist.sh against a server of its own on 127.0.0.1, with tiny files in MNIST's place.
set -u
for tool in python3 curl gzip md5sum; do
    command -v $tool >/dev/null || {
        echo "1..0 # SKIP $tool is not installed"
        exit 0
    }
done
script=$(cd "$(dirname "$0")/../.." && pwd)/data/fetch_mnist.sh
folder=$(mktemp -d) && cd "$folder" || exit 1
unset http_proxy HTTP_PROXY all_proxy ALL_PROXY MNIST_MIRROR
export HOME="$folder" no_proxy='*' MNIST_SUMS="$folder/sums"

# /ranges/NAME goes on where asked; /whole/NAME always gives all; /cut/NAME breaks off in the middle;
# /wrong/NAME gives other bytes. Line 1 of `ports`: the server's; line 2: one where nobody listens.
cat >server.py <<'EOF'
import http.server, os, re, socket
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, name = self.path.strip('/').split('/')
        wanted = self.headers.get('Range')
        with open('requests', 'a') as log:
            log.write(f'{kind} {name} {wanted}\n')
        if not os.path.exists('site/' + name):
            return self.send_error(404)
        body = open('site/' + name, 'rb').read()
        start = 0
        if kind == 'ranges' and wanted:
            start = int(re.match(r'bytes=(\d+)-$', wanted)[1])
        if start >= len(body):
            return self.send_error(416)
        if kind == 'wrong':
            body = open('site/other', 'rb').read()
        self.send_response(206 if start else 200)
        if start:
            self.send_header('Content-Range', f'bytes {start}-{len(body) - 1}/{len(body)}')
        self.send_header('Content-Length', str(len(body) - start))
        self.end_headers()
        self.wfile.write(body[start:len(body) // 2 if kind == 'cut' else None])
    def log_message(self, *arguments):
        pass
server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
deaf = socket.socket()
deaf.bind(('127.0.0.1', 0))
with open('ports.new', 'w') as f:
    f.write(f'{server.server_port}\n{deaf.getsockname()[1]}\n')
os.rename('ports.new', 'ports')
server.serve_forever()
EOF
python3 server.py &
server=$!
trap 'kill $server; wait $server 2>/dev/null; rm -rf "$folder"' EXIT
tries=0
while [ ! -f ports ]; do # bounded: up to 10 seconds for a server that takes a tenth of one
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 $server 2>/dev/null; then
        echo "Bail out! the test's server did not start"
        exit 1
    fi
    sleep 0.1
done
base=http://127.0.0.1:$(sed -n 1p ports)
down=http://127.0.0.1:$(sed -n 2p ports)

mkdir site
for name in images labels; do
    awk -v name=$name 'BEGIN { for (i = 0; i < 500; i++) print name, i * i * 7919 }' >$name
    gzip -nc $name >site/$name.gz
    echo "$(md5sum <$name | cut -d' ' -f1)  $name" >>sums
done
echo other | gzip -nc >site/other

number=0
check() { # SENTENCE COMMAND...: the command must succeed
    number=$((number + 1))
    sentence=$1
    shift
    if "$@"; then
        echo "ok $number - $sentence"
    else
        echo "not ok $number - $sentence"
        sed 's/^/# /' messages requests
    fi
}
run() { # MIRRORS: fetches into out/, status in $status
    : >requests
    MNIST_MIRROR=$1 "$script" out >messages 2>&1
    status=$?
}
has_both() {
    [ $status -eq 0 ] && cmp -s out/images.gz site/images.gz && cmp -s out/labels.gz site/labels.gz &&
        [ "$(ls out)" = "images.gz
labels.gz" ]
}
has_half() { # leaves the first half of images.gz as a killed fetch would
    rm -rf out
    mkdir out
    head -c 700 site/images.gz >out/images.gz.part
}
asked() { # LINE: this request was made
    grep -qx -- "$1" requests
}
said() {
    grep -qF -- "$1" messages
}

run "$base/ranges"
check 'a fresh fetch gets every file' has_both

run "$base/ranges"
check 'a second run succeeds' has_both
check 'a second run asks for nothing' [ ! -s requests ]
check 'a second run says nothing' [ ! -s messages ]

has_half
run "$base/ranges"
check 'a half .part is completed' has_both
check 'only the other half is asked for' asked 'ranges images.gz bytes=700-'
check 'and asked for once' [ "$(grep -c images requests)" -eq 1 ]

has_half
run "$base/whole"
check 'a server that cannot resume is asked from the start' has_both

rm -rf out
mkdir out
cat site/images.gz site/other >out/images.gz.part
run "$base/ranges"
check 'an over-long .part is started again' has_both

rm -rf out
mkdir out
cp site/images.gz out/images.gz.part
run "$base/ranges"
check 'a complete .part becomes the file' has_both
check 'without asking for it' [ "$(grep -c images requests)" -eq 0 ]

rm -rf out
mkdir out
echo rubbish >out/images.gz.part
run "$base/ranges"
check 'a .part of other bytes is started again' has_both

rm -rf out
run "$base/wrong"
check 'a wrong sum is refused' [ $status -ne 0 ]
check 'a wrong file gets no name' [ -z "$(ls out)" ]
check 'the message names the found sum' said "$(echo other | md5sum | cut -d' ' -f1)"
check 'the message names the expected sum' said "expected $(md5sum <images | cut -d' ' -f1)"

rm -rf out
run "$down $base/wrong $base/cut $base/ranges"
check 'after mirrors that fail a good one is used' has_both
check 'and goes on with what the broken one left' \
    asked "ranges images.gz bytes=$(($(wc -c <site/images.gz) / 2))-"

has_half
run "$down"
check 'no mirror at all is an error' [ $status -ne 0 ]
check 'and keeps the .part for the next time' [ "$(wc -c <out/images.gz.part)" -eq 700 ]

rm -rf out
mkdir out
cp site/other out/images.gz
run "$base/missing"
check 'a wrong file under the final name is replaced' [ "$status" -eq 0 ]
check 'and kept aside' cmp -s site/other out/images.gz.wrong

rm -rf out site/images.gz
run "$base/ranges"
check 'a file that no mirror has is an error' [ $status -ne 0 ]
check 'the other one is fetched all the same' cmp -s out/labels.gz site/labels.gz

echo "1..$number"
