#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the hostile and the honest small IDX files of tests/fuzz/corpus/idx."""
import gzip
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "idx")


def idx(sizes, body, magic=None):
    magic = 0x00000800 + len(sizes) if magic is None else magic
    return struct.pack(">I%dI" % len(sizes), magic, *sizes) + body


def zipped(data):
    return gzip.compress(data, 9, mtime=0)


LABELS = idx([3], b"\0\1\2")
IMAGES = idx([2, 2, 3], bytes(range(12)))
ZIPPED = zipped(IMAGES)
HUGE = 0xFFFFFFFF

FILES = {
    "labels": LABELS,
    "labels.gz": zipped(LABELS),
    "images": IMAGES,
    "images.gz": ZIPPED,
    "two_members.gz": zipped(IMAGES[:7]) + zipped(IMAGES[7:]),
    "empty_members.gz": zipped(b"") * 5 + ZIPPED + zipped(b""),
    "no_pictures": idx([0, 28, 28], b""),
    "no_pictures_yet_huge": idx([HUGE, HUGE, 0], b""),
    "empty": b"",
    "one_byte": b"\0",
    "magic_only": b"\0\0\x08\x03",
    "sizes_cut": IMAGES[:13],
    "body_cut": IMAGES[:-1],
    "trailing_byte": IMAGES + b"\0",
    "magic_float": idx([3], bytes(12), 0x00000D01),
    "magic_rank_0": b"\0\0\x08\0",
    "magic_rank_255": b"\0\0\x08\xff" + bytes(64),
    "magic_little_endian": b"\x03\x08\0\0" + bytes(16),
    "overflow_32": idx([0x10000, 0x10000, 1], bytes(8)),
    "overflow_64": idx([HUGE, HUGE, HUGE], bytes(8)),
    "overflow_64_to_small": idx([0x80000000, 0x80000000, 4], bytes(8)),
    "labels_4_gigabytes": idx([HUGE], bytes(8)),
    "announces_1_gigabyte": idx([1 << 30], bytes(8)),
    "announces_1_gigabyte.gz": zipped(idx([1 << 30], bytes(8))),
    "bomb.gz": zipped(idx([4], bytes(1 << 16))),
    "bomb_in_header.gz": zipped(bytes(1 << 16)),
    "header_cut.gz": zipped(IMAGES[:9]),
    "body_short.gz": zipped(IMAGES[:-1]),
    "body_long.gz": zipped(IMAGES + b"\0"),
    "stream_cut.gz": ZIPPED[: len(ZIPPED) // 2],
    "trailer_cut.gz": ZIPPED[:-1],
    "trailer_missing.gz": ZIPPED[:-8],
    "crc_wrong.gz": ZIPPED[:-8] + b"\0\0\0\0" + ZIPPED[-4:],
    "length_wrong.gz": ZIPPED[:-4] + b"\1\0\0\0",
    "trailing_garbage.gz": ZIPPED + b"garbage",
    "trailing_byte.gz": ZIPPED + b"\x1f",
    "trailing_bad_member.gz": ZIPPED + b"\x1f\x8b\x09",
    "gzip_magic_only.gz": b"\x1f\x8b",
    "gzip_header_cut.gz": ZIPPED[:9],
    "gzip_method_wrong.gz": b"\x1f\x8b\x07" + ZIPPED[3:],
    "gzip_flags_all.gz": b"\x1f\x8b\x08\xff" + ZIPPED[4:],
    "gzip_block_reserved.gz": ZIPPED[:10] + b"\x07" + ZIPPED[11:],
    "gzip_in_gzip.gz": zipped(ZIPPED),
}

os.makedirs(FOLDER, exist_ok=True)
for name, data in FILES.items():
    with open(os.path.join(FOLDER, name), "wb") as f:
        f.write(data)
