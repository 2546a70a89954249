#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes the hostile and the honest small .npy files of tests/fuzz/corpus/npy."""
import os
import struct

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus", "npy")


def npy(header, body, version=1, length=None):
    header = header.encode()
    length = len(header) if length is None else length
    size = struct.pack("<H" if version == 1 else "<I", length)
    return b"\x93NUMPY" + bytes([version, 0]) + size + header + body


def entries(descr, shape, order="False"):
    return "{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n" % (descr, order, shape)


U1 = "'|u1'"
PICTURES = npy(entries(U1, "(2, 4, 4)"), bytes(range(32)))

FILES = {
    "pictures": PICTURES,
    "flat": npy(entries(U1, "(2, 16)"), bytes(32)),
    "labels": npy(entries("'<i8'", "(3,)"), struct.pack("<3q", 0, 1, 2)),
    "labels_negative": npy(entries("'<i2'", "(2,)"), struct.pack("<2h", -1, 1)),
    "scalar": npy(entries(U1, "()"), b"\7"),
    "version_2": npy(entries(U1, "(1,)"), b"\7", version=2),
    "version_3": npy(entries(U1, "(1,)"), b"\7", version=3),
    "version_4": npy(entries(U1, "(1,)"), b"\7", version=4),
    "empty": b"",
    "magic_only": PICTURES[:6],
    "header_cut": PICTURES[:40],
    "header_too_long": npy(entries(U1, "(1,)"), b"\7", version=2, length=0xFFFFFFFF),
    "body_cut": PICTURES[:-1],
    "trailing_byte": PICTURES + b"\0",
    "no_pictures": npy(entries(U1, "(0, 4, 4)"), b""),
    "no_pictures_yet_huge": npy(entries(U1, "(0, 18446744073709551615, 2)"), b""),
    "huge": npy(entries(U1, "(4294967296, 4294967296, 4)"), b"\0"),
    "size_too_large": npy(entries(U1, "(18446744073709551616,)"), b""),
    "size_negative": npy(entries(U1, "(-1,)"), b""),
    "many_dimensions": npy(entries(U1, "(" + "1, " * 1000 + ")"), b"\0"),
    "by_columns": npy(entries(U1, "(2, 4, 4)", "True"), bytes(32)),
    "big_endian": npy(entries("'>i4'", "(1,)"), bytes(4)),
    "floats": npy(entries("'<f4'", "(2, 2)"), bytes(16)),
    "structured": npy(entries("[('a', '|u1')]", "(1,)"), b"\0"),
    "objects": npy(entries("'|O'", "(1,)"), b"\x80\4N."),
    "item_size_0": npy(entries("'|u0'", "(1,)"), b""),
    "item_size_huge": npy(entries("'|V99999999999'", "(1,)"), b""),
    "key_twice": npy("{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}", b"\0"),
    "key_missing": npy("{'descr': '|u1', 'shape': (1,)}", b"\0"),
    "key_unknown": npy("{'descr': '|u1', 'x': 1}", b"\0"),
    "not_closed": npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,", b"\0"),
    "behind_the_end": npy(entries(U1, "(1,)") + "x", b"\0"),
    "zipped": b"PK\3\4" + bytes(26),
}

if __name__ == "__main__":
    os.makedirs(FOLDER, exist_ok=True)
    for name, data in FILES.items():
        with open(os.path.join(FOLDER, name), "wb") as f:
            f.write(data)
