#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what `ganexplain --quality` says of the gradient with captum, SciPy and scikit-image, on the same weights,
z and moves of z.

  tests/peers/compare_stability.py build/ganexplain RUN [SEED ...]

RUN is of gantrain, G and D dense. The moves are drawn again here, by Philox and Box and Muller, as include/tensor.h has
them. max-sensitivity is captum's sensitivity_max of Saliency (float64) at these very moves; agreement and the curves
of stability are spearmanr; entropy is SciPy's; the picture's SSIM is scikit-image's, with windows as of our metric.
Needs torch, captum, scipy and scikit-image, so it is not part of `make check`. Exit 1 where something is more than
1e-3 off.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from captum.attr import Saliency
from captum.metrics import sensitivity_max
from safetensors.torch import load_file
from scipy.stats import entropy, spearmanr
from skimage.metrics import structural_similarity

from compare_integrated_gradients import networks

METHODS = ["gradient", "gradient-x-input", "integrated-gradients", "smoothgrad", "lime", "shap"]
RATES = {"gradient", "smoothgrad"}
MASK, MULTIPLIERS, WEYL = np.uint64(0xffffffff), (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)
TRUST_STREAM, MOVES, NEAR, RADIUS = 16 << 56, 2, 6, 0.02
worst = {}


def words(seed, what, index, n):
    """n 32-bit words of that use's stream."""
    stream, blocks = TRUST_STREAM | what << 32 | index, (n + 3) // 4
    at = np.arange(blocks, dtype=np.uint64)
    c = [at & MASK, at >> np.uint64(32), np.full(blocks, stream & 0xffffffff, np.uint64),
         np.full(blocks, stream >> 32, np.uint64)]
    k = [seed & 0xffffffff, seed >> 32]
    for _ in range(10):
        p = [np.uint64(MULTIPLIERS[0]) * c[0], np.uint64(MULTIPLIERS[1]) * c[2]]
        c = [(p[1] >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), p[1] & MASK,
             (p[0] >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), p[0] & MASK]
        k = [(k[i] + WEYL[i]) & 0xffffffff for i in range(2)]
    return (np.stack(c, 1).reshape(-1).astype(np.float64) + 0.5) / 2**32


def normals(seed, what, index, n):
    u = words(seed, what, index, n).reshape(-1, 2)
    radius, angle = np.sqrt(-2 * np.log(u[:, 0])), 2 * np.pi * u[:, 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).reshape(-1)[:n]


def hold(name, got, want):
    worst[name] = max(worst.get(name, 0.0), abs(got - want))


def first(v):
    """What captum hands over as a tuple of one."""
    return v[0] if isinstance(v, tuple) else v


def table(facts, name):
    array = facts["arrays"][name]
    columns = [c["name"] for c in array["columns"]]
    return {row["name"]: dict(zip(columns, row["values"])) for row in array["rows"]}


def ssim(a, b):
    a, b = ((v.reshape(28, 28) + 1) / 2 for v in (a, b))
    whole = structural_similarity(a, b, data_range=1, gaussian_weights=True, sigma=1.5, win_size=11,
                                  use_sample_covariance=False, full=True)[1]
    return whole[5:-5, 5:-5].mean()


def compare(g, d, folder, seed):
    facts = json.loads((folder / "explanation.json").read_text())
    maps = {k: v.double().numpy() for k, v in load_file(folder / "maps.safetensors").items()}
    quality, z = table(facts, "quality.z"), torch.tensor(maps["z"])[None]
    n = z.shape[1]
    saliency = Saliency(lambda v: d(g(v))[:, 0])
    moves = np.stack([2 * words(seed, MOVES, i, n)[:n] - 1 for i in range(10)]) * RADIUS
    explain = lambda v: saliency.attribute(first(v).detach().requires_grad_(), abs=False)
    moved = lambda v: first(v) + torch.tensor(moves)
    found = sensitivity_max(lambda v: (explain(v),), z, perturb_func=moved, n_perturb_samples=10)
    hold("max-sensitivity", quality["gradient"]["max-sensitivity"], found.item())

    names = {m: "gradient_z" if m == "gradient" else m + ".z" for m in METHODS}
    added = {m: maps[name] * (maps["z"] if m in RATES else 1) for m, name in names.items()}
    for m in METHODS:
        others = [spearmanr(added[m], added[o]).statistic for o in METHODS if o != m]
        hold("agreement", quality[m]["agreement"], np.mean(others))
        size = np.abs(maps[names[m]])
        hold("entropy", quality[m]["entropy"], entropy(size))
        gini = np.abs(size[:, None] - size[None]).mean() / (2 * size.mean())
        hold("sparseness", quality[m]["sparseness"], gini)

    curve = maps["stability.near.z"]
    labels = [s["name"] for s in facts["arrays"]["stability.near.z"]["series"]]
    here, x = explain(z)[0].numpy(), g(z)[0].detach().numpy()
    for at, sigma in enumerate(curve[0]):
        moved = [z + sigma * torch.tensor(normals(seed, NEAR, k, n)) for k in range(4)]
        order = np.mean([spearmanr(here, explain(v)[0].numpy()).statistic for v in moved])
        hold("stability of the gradient", curve[labels.index("gradient")][at], order)
        looks = np.mean([ssim(x, g(v)[0].detach().numpy()) for v in moved])
        hold("stability of the picture", curve[labels.index("picture")][at], looks)


def main(program, run, *seeds):
    g, d = networks(pathlib.Path(run) / "model.safetensors")
    for seed in seeds or ("7",):
        with tempfile.TemporaryDirectory() as out:
            subprocess.run([program, run, "--seed", seed, "--method", ",".join(METHODS), "--quality", "--no-pictures",
                            "-q", "-o", out], check=True)
            compare(g, d, pathlib.Path(out) / f"seed-{int(seed):04}", int(seed))
    for name, off in worst.items():
        print(f"{name}: at most {off:.1e} apart over {len(seeds) or 1} seeds")
    return 0 if max(worst.values()) <= 1e-3 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
