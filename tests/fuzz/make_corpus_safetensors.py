#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes corpus/safetensors/*: small good files to start mutations from, and one of each kind of damage."""
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "safetensors")


def info(dtype, shape, begin, end):
    return '{"dtype":"%s","shape":%s,"data_offsets":[%d,%d]}' % (dtype, shape, begin, end)


def one(*tensor):
    return '{"t":%s}' % info(*tensor)


def two(first, second):
    return '{"t":%s,"u":%s}' % (info(*first), info(*second))


FILES = {  # header, bytes of data
    "empty-header": ("{}      ", b""),
    "metadata": ('{"__metadata__":{"format":"ganlens","step":"7"}}', b""),
    "f32": (one("F32", [2, 2], 0, 16), struct.pack("<4f", 1, 2, 3, 4)),
    "nan": (one("F32", [1], 0, 4), struct.pack("<f", float("nan"))),
    "infinite-f64": (one("F64", [1], 0, 8), struct.pack("<d", float("inf"))),
    "scalar-u64": (one("U64", [], 0, 8), struct.pack("<Q", 37500)),
    "zero-size": (one("F32", [0, 3], 0, 0), b""),
    "sub-byte": (one("F6_E2M3", [4], 0, 3), b"\1\2\3"),
    "half-byte": (one("F4", [3], 0, 2), b"\1\2"),
    "two": (two(("I64", [1], 0, 8), ("U8", [3], 8, 11)), bytes(11)),
    "overlap": (two(("U8", [4], 0, 4), ("U8", [4], 2, 6)), bytes(6)),
    "hole": (two(("U8", [2], 0, 2), ("U8", [2], 3, 5)), bytes(5)),
    "overflow": (one("F64", [2**62, 2**62], 0, 8), bytes(8)),
    "cut": (one("F32", [4], 0, 16), bytes(15)),
    "trailing": (one("F32", [4], 0, 16), bytes(17)),
    "duplicate": ('{"t":%s,"t":%s}' % (info("U8", [1], 0, 1), info("U8", [1], 0, 1)), bytes(1)),
    "escapes": ('{"\\u001f\\"\\\\\u00e9":%s}' % info("U8", [1], 0, 1), bytes(1)),
    "deep": ('{"a":[[[[[1]]]]]}', b""),
}

os.makedirs(HERE, exist_ok=True)
for name, (header, data) in FILES.items():
    text = header.encode()
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
with open(os.path.join(HERE, "huge-length"), "wb") as f:
    f.write(struct.pack("<Q", 2**63) + b"{}")
