#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the seeds of fuzz_png into corpus/png: each kind of PNG, and the ways a file can lie."""
import pathlib
import struct
import zlib

FOLDER = pathlib.Path(__file__).parent / "corpus" / "png"
SIDE = 28
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GREY: 1, RGB: 3, PALETTE: 1, GREY_ALPHA: 2, RGB_ALPHA: 4}


def chunk(name, data, crc=None):
    crc = zlib.crc32(name + data) if crc is None else crc
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", crc)


def header(kind=GREY, depth=8, width=SIDE, height=SIDE, interlace=0):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlace))


def rows(kind=GREY, depth=8, n=SIDE, filter_type=0):
    size = (SIDE * SAMPLES[kind] * depth + 7) // 8
    return b"".join(bytes([filter_type]) + bytes((7 * y + x) % 251 for x in range(size))
                    for y in range(n))


def png(*chunks, end=True):
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks) + (chunk(b"IEND", b"") if end else b"")


def image(kind=GREY, depth=8, filter_type=0):
    return chunk(b"IDAT", zlib.compress(rows(kind, depth, filter_type=filter_type), 9))


COLOURS = chunk(b"PLTE", bytes(range(48)))
FILES = {
    "empty": b"",
    "signature_only": png(end=False),
    "grey8": png(header(), image()),
    "grey1": png(header(depth=1), image(depth=1)),
    "grey16": png(header(depth=16), image(depth=16)),
    "grey_alpha": png(header(GREY_ALPHA), image(GREY_ALPHA)),
    "rgb_paeth": png(header(RGB), image(RGB, filter_type=4)),
    "rgb_alpha": png(header(RGB_ALPHA), image(RGB_ALPHA)),
    "rgb_transparent": png(header(RGB), chunk(b"tRNS", bytes(6)), image(RGB)),
    "palette4": png(header(PALETTE, 4), COLOURS, chunk(b"tRNS", b"\0\x80"), image(PALETTE, 4)),
    "palette_index_too_large": png(header(PALETTE), COLOURS, image(PALETTE)),
    "palette_missing": png(header(PALETTE), image(PALETTE)),
    "interlaced": png(header(interlace=1), image()),
    "filter_unknown": png(header(), image(filter_type=9)),
    "announces_4_gigapixels": png(header(width=65536, height=65536), image()),
    "width_zero": png(header(width=0), image()),
    "side_27": png(header(width=27), image()),
    "chunk_length_huge": png(header(), struct.pack(">I", 0x7FFFFFFF) + b"IDAT", end=False),
    "crc_wrong": png(header(), chunk(b"IDAT", zlib.compress(rows()), crc=1)),
    "rows_missing": png(header(), chunk(b"IDAT", zlib.compress(rows(n=9)))),
    "rows_too_many": png(header(), chunk(b"IDAT", zlib.compress(rows(n=5000), 9))),
    "text_bomb": png(header(), chunk(b"zTXt", b"Bomb\0\0" + zlib.compress(bytes(1 << 22), 9)),
                     image()),
    "profile_bomb": png(header(RGB),
                        chunk(b"iCCP", b"Bomb\0\0" + zlib.compress(bytes(1 << 22), 9)),
                        image(RGB)),
    "end_missing": png(header(), image(), end=False),
    "header_twice": png(header(), header(), image()),
}

FOLDER.mkdir(parents=True, exist_ok=True)
for name, content in FILES.items():
    (FOLDER / (name + ".png")).write_bytes(content)
