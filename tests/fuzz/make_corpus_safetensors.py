#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes corpus/safetensors/*: small good files to start mutations from, and one of each kind of damage."""
import json
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
    "f16": (one("F16", [4], 0, 8), struct.pack("<4e", 1, -65504, 2**-24, 1 / 3)),
    "f16-nan": (one("F16", [3], 0, 6), struct.pack("<3H", 0x3C00, 0x7E00, 0)),
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



def model(card, n_in, extra={}, kind="model", value=lambda i: 1 + i % 3, half=False, **more):
    """A file of ours: n_in maps a network's letter to its inputs; extra tensors by name, as shapes; value(i) is float i."""
    size, dtype, letter = (2, "F16", "e") if half else (4, "F32", "f")
    shapes = {}
    for part, spec in card.get("networks", {}).items():
        width = n_in[part]
        for i, word in enumerate(spec.split(",")):
            n, width = width, int(word.split(":")[0])
            field = "weight_orig" if ":sn" in word else "weight"
            shapes["%s.%d.%s" % (part, i, field)] = [width, n]
            shapes["%s.%d.bias" % (part, i)] = [width]
            if ":sn" in word:
                shapes.update({"%s.%d.weight_u" % (part, i): [width], "%s.%d.weight_v" % (part, i): [n]})
    shapes.update(extra)
    header, at = {}, 0
    header["__metadata__"] = {"format": "ganlens", "version": "1", "kind": kind, **more}
    if card:
        header["__metadata__"]["model"] = json.dumps(card)
    for name, shape in sorted(shapes.items()):
        n = size
        for side in shape:
            n *= side
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + n]}
        at += n
    return json.dumps(header), struct.pack("<%d%s" % (at // size, letter), *(value(i) for i in range(at // size)))


QUANTILES = {"quantiles.real": [101], "quantiles.generated": [101]}
COUNTS = {"quantiles": {"n_real": 9, "n_generated": 10000}}


def card(kind, z_dim, n_classes, rows, cols, **networks):
    return {"kind": kind, "z_dim": z_dim, "n_classes": n_classes, "rows": rows, "cols": cols, "range": [-1, 1],
            "networks": networks}


FILES.update({
    "gan": model(card("gan", 1, 0, 4, 4, G="1,16", D="1,1"), {"G": 1, "D": 16}),
    "gan-by-settings": model({}, {}, settings='{"generator":"1,784","z-dim":1,"range":[0,1]}'),
    "gan-state": model(card("gan", 1, 0, 4, 4, G="16"), {"G": 1}, {"G_ema.0.weight": [16, 1], "G_ema.0.bias": [16]},
                       kind="state", step="7", data_crc32="0123abcd"),
    "gan-projection": model(card("gan", 1, 2, 4, 4, G="16", D="2,1"), {"G": 3, "D": 16}, {"D.embedding.weight": [2, 2]}),
    "gan-quantiles": model({**card("gan", 1, 0, 4, 4, G="16", D="1"), **COUNTS}, {"G": 1, "D": 16}, QUANTILES, value=lambda i: i),
    "gan-quantiles-that-fall": model({**card("gan", 1, 0, 4, 4, G="16", D="1"), **COUNTS}, {"G": 1, "D": 16}, QUANTILES),
    "gan-quantiles-of-nothing": model({**card("gan", 1, 0, 4, 4, G="16"), "quantiles": {"n_real": 0}}, {"G": 1}, QUANTILES),
    "gan-quantiles-of-no-number": model(card("gan", 1, 0, 4, 4, G="16", D="1"), {"G": 1, "D": 16}, QUANTILES),
    "gan-embedding-of-no-class": model(card("gan", 1, 0, 4, 4, G="16", D="2,1"), {"G": 1, "D": 16}, {"D.embedding.weight": [0, 2]}),
    "gan-classes": model(card("gan", 1, 2, 4, 4, G="16", D="1"), {"G": 3, "D": 18}),
    "gan-spectral": model(card("gan", 1, 0, 4, 4, G="1:sn,16:sn", D="2:sn,1:sn"), {"G": 1, "D": 16}, kind="state"),
    "gan-spectral-projection": model(card("gan", 1, 2, 4, 4, G="16", D="2,1:sn"), {"G": 3, "D": 16},
                                     {"D.embedding.weight_orig": [2, 2], "D.embedding.weight_u": [2], "D.embedding.weight_v": [2]}),
    "gan-spectral-of-norm-0": model(card("gan", 1, 0, 4, 4, G="16:sn"), {"G": 1}, value=lambda i: 0),
    "gan-spectral-with-bn": model(card("gan", 1, 0, 4, 4, G="16:sn:bn"), {"G": 1}),
    "vae": model(card("vae", 2, 0, 4, 5, G="20", E="4"), {"G": 2, "E": 20}),
    "ae-prior": model(card("ae", 1, 0, 4, 4, G="16", E="1"), {"G": 1, "E": 16}, {"prior.mean": [1], "prior.factor": [1, 1]}),
    "ae-prior-not-triangular": model(card("ae", 2, 0, 4, 4, G="16", E="2"), {"G": 2, "E": 16},
                                     {"prior.mean": [2], "prior.factor": [2, 2]}),
    "classifier": model(card("classifier", 0, 3, 4, 4, C="3"), {"C": 16}),
    "classifier-f16": model(card("classifier", 0, 3, 4, 4, C="2:lrelu,3"), {"C": 16}, half=True),
    "model-too-large": model(card("gan", 65536, 256, 128, 128, G="2"), {"G": 1}),
    "model-of-no-kind": model(card("gna", 1, 0, 4, 4, G="16"), {"G": 1}),
    "model-negative": model(card("gan", -1, -1, -4, -4, G="16"), {"G": 1}),
    "model-without-networks": model(card("gan", 1, 0, 4, 4), {}),
})

os.makedirs(HERE, exist_ok=True)
for name, (header, data) in FILES.items():
    text = header.encode()
    with open(os.path.join(HERE, name), "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + data)
with open(os.path.join(HERE, "huge-length"), "wb") as f:
    f.write(struct.pack("<Q", 2**63) + b"{}")
