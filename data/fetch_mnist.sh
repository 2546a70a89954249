#!/bin/sh
# SPDX-License-Identifier: MIT
# Fetches the four files of MNIST: fetch_mnist.sh [FOLDER], default data/mnist. Needs curl, gzip,
# and md5sum or md5.
# A file that is there and right is left alone, a partial one is gone on with, and a file gets its
# name only when the MD5 of what it inflates to is right.
#   MNIST_MIRROR  base URLs, separated by spaces, to use instead of the public mirrors
#   MNIST_SUMS    a file of lines "MD5 NAME" to use instead of MNIST's: MD5 unpacked, NAME without .gz
set -u

folder=${1:-data/mnist}
mirrors=${MNIST_MIRROR:-https://ossci-datasets.s3.amazonaws.com/mnist
    https://storage.googleapis.com/cvdf-datasets/mnist
    http://yann.lecun.com/exdb/mnist}

print_sums() {
    if [ -n "${MNIST_SUMS:-}" ]; then
        cat "$MNIST_SUMS"
    else
        cat <<'EOF'
6bbc9ace898e44ae57da46a324031adb train-images-idx3-ubyte
a25bea736e30d166cdddb491f175f624 train-labels-idx1-ubyte
2646ac647ad5339dbf082846283269ea t10k-images-idx3-ubyte
27ae3e4e09519cfbb04c329615203637 t10k-labels-idx1-ubyte
EOF
    fi
}

say() {
    printf 'fetch_mnist: %s\n' "$*" >&2
}

# The MD5 of what $1 inflates to, or why there is none.
sum_of() {
    if ! gzip -t <"$1" 2>/dev/null; then
        echo "no whole gzip file"
    elif command -v md5sum >/dev/null; then
        gzip -dc <"$1" | md5sum | cut -d' ' -f1
    else
        gzip -dc <"$1" | md5 -q
    fi
}

is_right() {
    [ -f "$1" ] && [ "$(sum_of "$1")" = "$expected" ]
}

# --speed-*: a mirror that stalls is left after half a minute.
download() {
    curl --fail --silent --show-error --location --connect-timeout 20 \
        --speed-limit 1000 --speed-time 30 "$@" --output "$part" "$mirror/$name.gz"
}

# Goes on with $part. 0: $part is right; 1: try another mirror; 2: this server cannot go on with it,
# or it is too long or of other bytes.
resume() {
    download --continue-at -
    case $? in
    0) is_right "$part" || return 2 ;;
    22 | 33 | 36) return 2 ;; # curl's: HTTP error (416), no ranges, bad resume
    *) return 1 ;;
    esac
}

# Leaves a right $part and returns 0, or says what is wrong. What a broken transfer left is kept.
fetch_from() {
    mirror=$1
    say "$name.gz from $mirror"
    if [ -s "$part" ]; then
        resume
        case $? in
        0) return 0 ;;
        1) return 1 ;;
        esac
        say "$part cannot be gone on with; starting again"
    fi
    download || return 1
    is_right "$part" && return 0
    say "$mirror/$name.gz: MD5 of the unpacked file is $(sum_of "$part"), expected $expected"
    rm -f "$part"
    return 1
}

fetch_from_any() {
    for candidate in $mirrors; do
        fetch_from "$candidate" && return 0
    done
    say "$file: none of the mirrors gave it; MNIST_MIRROR=URL names another"
    return 1
}

fetch() {
    file=$folder/$name.gz
    part=$file.part
    is_right "$file" && return 0
    if [ -f "$file" ]; then
        say "$file: MD5 of the unpacked file is $(sum_of "$file"), expected $expected; kept as $file.wrong"
        mv -f "$file" "$file.wrong" || return 1
    fi
    is_right "$part" || fetch_from_any || return 1
    mv -f "$part" "$file"
}

command -v curl >/dev/null || {
    say "curl is needed"
    exit 1
}
mkdir -p "$folder" || exit 1
sums=$(print_sums) || exit 1
result=0
while read -r expected name; do
    fetch </dev/null || result=1
done <<EOF
$sums
EOF
exit $result
