#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares the gradients that `ganexplain --method gradient,gradient-x-input` found with captum's Saliency and
InputXGradient (PyTorch in float64), on the same weights and z.

  ganexplain RUN --seed 0-9 --method gradient,gradient-x-input --no-pictures -o explained
  tests/peers/compare_gradients.py RUN/model.safetensors explained/seed-*

The target is the logit. Needs torch, captum and safetensors, so it is not part of `make check`. Exit 1 when
|got - want| is over 1e-4 |want|.
"""
import sys
import time

import torch
from captum.attr import InputXGradient, Saliency
from safetensors.torch import load_file

from compare_integrated_gradients import networks, relative

TOLERANCE = 1e-4
BLACK = -1


def wanted(g, d, z, x):
    """Of a black picture InputXGradient knows nothing: its product starts at 0, ours at black."""
    of_z, of_x = lambda v: d(g(v))[:, 0], lambda v: d(v)[:, 0]
    by_x = Saliency(of_x).attribute(x, abs=False)
    return {
        "gradient_z": Saliency(of_z).attribute(z, abs=False),
        "gradient_x": by_x,
        "gradient-x-input.z": InputXGradient(of_z).attribute(z),
        "gradient-x-input.x": InputXGradient(of_x).attribute(x) - BLACK * by_x,
    }


def main(model, *folders):
    g, d = networks(model)
    worst, seconds = {}, 0.0
    for folder in folders:
        maps = load_file(f"{folder}/maps.safetensors")
        z, x = maps["z"].double()[None].requires_grad_(), maps["x"].double().reshape(1, -1).requires_grad_()
        start = time.perf_counter()
        for name, want in wanted(g, d, z, x).items():
            worst[name] = max(worst.get(name, 0.0), relative(maps[name].reshape(-1), want[0].detach()))
        seconds += time.perf_counter() - start
    for name, off in worst.items():
        print(f"{name}: at most {off:.1e} apart over {len(folders)} seeds")
    print(f"captum took {1e3 * seconds / len(folders):.1f} ms a seed")
    return 0 if max(worst.values()) <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
