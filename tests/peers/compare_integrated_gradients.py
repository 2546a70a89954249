#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Integrated gradients of D's logit by ganexplain and by captum (PyTorch in float64), on the same weights and z.

  tests/peers/compare_integrated_gradients.py build/ganexplain RUN [SEEDS]

Needs torch, captum and safetensors, so it is not part of `make check`. First the same fixed rule in both, which must
agree to 1e-4 by norm (a kink that float and double see on two sides of a node moves more than float's rounding); then
the exact one beside captum's with more and more nodes: what each misses of completeness, relative to
max(|df|, 0.1 sum |a|), and how far captum's contributions are from ours. Exit 1 when the fixed rules disagree or when
ours miss more than captum's of any number of nodes.
"""
import json
import subprocess
import sys
import tempfile
import time

import torch
from captum.attr import IntegratedGradients
from safetensors import safe_open
from safetensors.torch import load_file

from load_in_torch import load

FIXED = 50
STEPS = [50, 200, 1000, 5000, 20000]
TOLERANCE = 1e-4
NAMES = {"z": "integrated-gradients.z", "x": "integrated-gradients.x"}


def networks(model):
    with safe_open(model, "pt") as f:
        settings = json.loads(f.metadata()["settings"])
    tensors = load_file(model)
    g = load(tensors, "G.", settings["generator"], settings["z-dim"]).double()
    return g, load(tensors, "D.", settings["discriminator"], 784).double()


def explained(program, run, seeds, more):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, run, "--seed", seeds, "--method", "integrated-gradients", "--no-pictures", "-o", folder]
        start = time.perf_counter()
        subprocess.run(command + more, check=True, capture_output=True)
        print(f"{' '.join(more) or 'exact'}: {time.perf_counter() - start:.2f} s for seeds {seeds}")
        names = subprocess.run(["find", folder, "-name", "maps.safetensors"], capture_output=True, text=True).stdout
        return [load_file(name) for name in sorted(names.split())]


def relative(got, want):
    return ((got.double() - want).norm() / want.norm()).item()


def gap(a, change):
    return abs(a.double().sum().item() - change) / max(abs(change), 0.1 * a.double().abs().sum().item())


def captum(f, start, end, n, method="gausslegendre"):
    return IntegratedGradients(f).attribute(end, start, n_steps=n, method=method, internal_batch_size=1000)[0]


def main(program, run, seeds="0-4"):
    g, d = networks(f"{run}/model.safetensors")
    functions = {"z": lambda z: d(g(z))[:, 0], "x": lambda x: d(x)[:, 0]}
    fixed = explained(program, run, seeds, ["--nodes", str(FIXED)])
    exact = explained(program, run, seeds, [])
    is_good = True
    for one, other in zip(fixed, exact):
        for name, f in functions.items():
            end = one[name].double().reshape(1, -1)
            start = torch.zeros_like(end) if name == "z" else torch.full_like(end, -1)
            change = (f(end) - f(start)).item()
            apart = relative(one[NAMES[name]].reshape(-1), captum(f, start, end, FIXED))
            ours = other[NAMES[name]].reshape(-1)
            words = [f"{FIXED} nodes {apart:.1e} apart", f"exact: {int(other[NAMES[name] + '_nodes'].item())} nodes miss "
                     f"{gap(ours, change):.1e}"]
            is_good = is_good and apart <= TOLERANCE
            for n in STEPS:
                theirs = captum(f, start, end, n, "gausslegendre" if n <= 1000 else "riemann_middle")
                is_good = is_good and gap(ours, change) <= gap(theirs, change)
                words.append(f"captum {n}: {gap(theirs, change):.1e} ({relative(theirs, ours.double()):.1e} from ours)")
            print(f"{name}: " + "; ".join(words))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
