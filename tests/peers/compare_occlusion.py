#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what `ganexplain --method occlusion,interaction` found with captum's Occlusion and FeatureAblation, with
mixed differences and with the Jacobian of PyTorch, in float64 on the same weights and z.

  ganexplain RUN --seed 0-9 --method occlusion,interaction -o explained
  tests/peers/compare_occlusion.py RUN/model.safetensors explained/seed-*

The target is the logit, with a z of 0 and a black picture as references. Needs torch, captum and safetensors, so it
is not part of `make check`. Exit 1 when |got - want| is over 1e-4 |want|, or 1e-3 for the differences of differences
in float32 that interactions are, or a slope is off by more than 4 of its
standard errors.
"""
import json
import sys
import time

import torch
from captum.attr import FeatureAblation, Occlusion
from safetensors import safe_open
from safetensors.torch import load_file

from load_in_torch import load

TOLERANCE = {"occlusion.z": 1e-4, "occlusion.x": 1e-4, "interaction.pairs": 1e-3}
WINDOW, STRIDE = 4, 2
N_DIRECTIONS = 4000


def relative(got, want):
    return ((got.double() - want).norm() / want.norm()).item()


def timed(function):
    start = time.perf_counter()
    return function(), time.perf_counter() - start


def find_interactions(f, z):
    """f(z) - f(without i) - f(without j) + f(without both), for all pairs."""
    n = z.shape[1]
    rows = z.repeat(n * n, 1).view(n, n, n)
    i, j = torch.meshgrid(torch.arange(n), torch.arange(n), indexing="ij")
    rows[i, j, i] = 0
    rows[i, j, j] = 0
    values = f(rows.view(n * n, n)).view(n, n)
    alone = values.diagonal()
    out = f(z) - alone[:, None] - alone[None, :] + values
    return out - torch.diag(out.diagonal())


def find_slope(g, z):
    """Mean and standard error of |J u| / sqrt(pixels), u ~ N(0, I)."""
    jacobian = torch.autograd.functional.jacobian(g, z)[0, :, 0, :]
    u = torch.randn(N_DIRECTIONS, z.shape[1], dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    rates = (u @ jacobian.T).norm(dim=1) / jacobian.shape[0] ** 0.5
    return rates.mean().item(), rates.std().item()


def compare(g, d, shape, black, folder):
    """The relative errors of one explanation, and the seconds that captum took."""
    found = load_file(folder + "/maps.safetensors")
    z, x = found["z"].double()[None], found["x"].double().view(1, 1, *shape)
    f = lambda rows: d(g(rows))[:, 0]
    critic = lambda pictures: d(pictures.flatten(1))[:, 0]
    with torch.no_grad():
        by_z, of_z = timed(lambda: FeatureAblation(f).attribute(z, baselines=0.0)[0])
        by_x, of_x = timed(lambda: Occlusion(critic).attribute(
            x, sliding_window_shapes=(1, WINDOW, WINDOW), strides=(1, STRIDE, STRIDE), baselines=black,
            perturbations_per_eval=64).flatten())
        pairs = find_interactions(f, z)
    slope, spread = find_slope(g, z)
    off = abs(found["occlusion.slope"].item() - slope)
    errors = {"occlusion.z": relative(found["occlusion.z"], by_z), "occlusion.x": relative(found["occlusion.x"], by_x),
              "interaction.pairs": relative(found["interaction.pairs"], pairs)}
    return errors, off / found["occlusion.slope_error"].item(), (of_z, of_x)


def main(model, folders):
    with safe_open(model, "pt") as file:
        settings, card = (json.loads(file.metadata()[name]) for name in ("settings", "model"))
    tensors = load_file(model)
    shape = card["rows"], card["cols"]
    g = load(tensors, "G.", settings["generator"], settings["z-dim"]).double()
    d = load(tensors, "D.", settings["discriminator"], shape[0] * shape[1]).double()
    worst, farthest = {}, 0
    for folder in folders:
        errors, off, seconds = compare(g, d, shape, settings["range"][0], folder)
        worst = {name: max(error, worst.get(name, 0)) for name, error in errors.items()}
        farthest = max(farthest, off)
    for name, error in worst.items():
        print(f"{name}: relative error at most {error:.2e} over {len(folders)} explanations")
    print(f"occlusion.slope: off by at most {farthest:.2f} standard errors")
    print(f"captum took {seconds[0]:.3f} s over z and {seconds[1]:.3f} s over x for the last")
    return any(error > TOLERANCE[name] for name, error in worst.items()) or farthest > 4


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
