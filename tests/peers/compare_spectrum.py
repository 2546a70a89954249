#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the spectrum of an explained seed with that of PyTorch's Jacobian in float64.

usage: compare_spectrum.py CHECKPOINT DIR
CHECKPOINT: model.safetensors of a run; DIR: what `ganexplain CHECKPOINT --seed S --method spectrum
-o ...` left for that seed. Needs numpy, safetensors and torch. Prints the largest relative errors
and exits 1 where one is over its limit.
"""
import json
import sys

import numpy as np
import torch
from load_in_torch import load
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_tensors


def main():
    found = load_file(f"{sys.argv[2]}/maps.safetensors")
    z = torch.tensor(found["z"], dtype=torch.float64)
    with safe_open(sys.argv[1], "pt") as f:
        settings = json.loads(f.metadata()["settings"])
    g = load(load_tensors(sys.argv[1]), "G.", settings["generator"], settings["z-dim"]).double()
    jacobian = torch.autograd.functional.jacobian(lambda v: g(v[None])[0], z).numpy()
    u, s, v = np.linalg.svd(jacobian, full_matrices=False)
    ours = found["spectrum.values"][1]
    n = len(found["spectrum.directions"])
    sign = np.sign([row[np.argmax(np.abs(row))] for row in v[:n]])
    share = s**2 / np.sum(s**2)
    rank = np.exp(-np.sum(share * np.log(share)))
    errors = {
        "picture": (np.abs(g(z[None])[0].detach().numpy() - found["x"]).max(), 1e-4),
        "singular values / largest": (np.abs(ours - s).max() / s[0], 1e-5),
        "directions": (np.abs(found["spectrum.directions"] - v[:n] * sign[:, None]).max(), 1e-3),
        "maps / largest": (np.abs(found["spectrum.maps"] - (u * s).T[:n] * sign[:, None]).max()
                           / s[0], 1e-4),
        "effective rank": (abs(float(found["spectrum.rank"]) / rank - 1), 1e-5),
    }
    for name, (error, limit) in errors.items():
        print(f"{name:28} {error:.3g} (at most {limit:g})")
    return any(not error <= limit for error, limit in errors.values())


if __name__ == "__main__":
    sys.exit(main())
