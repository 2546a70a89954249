#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what ganexplain says of hidden units with captum and PyTorch, in float64, on the same weights and z.

  ganexplain RUN --seed 7 --method activation,cam,influence -o DIR
  tests/peers/compare_layers.py RUN/model.safetensors DIR/seed-0007

Needs torch, captum and safetensors, so it is not part of `make check`. Exit 1 where one is off by more than it says.
The target must be the logit, the baseline 0.
"""
import json
import os
import sys
import time

import torch
from captum.attr import LayerConductance, LayerGradientXActivation
from load_in_torch import load
from safetensors import safe_open
from safetensors.torch import load_file

STEPS = 4000  # of captum's rule, which does not know where ReLUs have their kinks


def dense_ends(net):
    """The modules whose outputs are the layers' activations, but for the last."""
    last = [i for i, m in enumerate(net) if isinstance(m, torch.nn.Linear)][1:]
    return [net[i - 1] for i in last]


def relative(got, want):
    return ((got.double() - want).norm() / want.norm()).item()


class Comparison:
    def __init__(self):
        self.is_off = False

    def tell(self, what, value, limit):
        self.is_off |= not value <= limit
        print(f"{what:58} {value:9.2e}  of at most {limit:.0e}{'' if value <= limit else '  OFF'}")


def compare_conductance(c, g, d, z, maps):
    whole, found, start = torch.nn.Sequential(g, d), [], time.time()
    for module in dense_ends(g):
        found.append(LayerConductance(whole, module).attribute(z, 0 * z, target=0, n_steps=STEPS, internal_batch_size=500))
    seconds = time.time() - start
    want = torch.cat(found, 1)[0].detach()
    c.tell(f"influence.units: LayerConductance, {STEPS} steps ({seconds:.1f} s)", relative(maps["influence.units"], want), 1e-2)
    change = (whole(z) - whole(0 * z)).item()
    c.tell("LayerConductance's own sums against the change", max(abs(f.sum().item() - change) for f in found) / abs(change), 1e-1)
    sizes = [f.shape[1] for f in found]
    ours = [part.double().sum().item() for part in maps["influence.units"].split(sizes)]
    c.tell("influence.units' sums against the change", max(abs(s - change) for s in ours) / abs(change), 1e-4)


def compare_cam(c, g, d, z, maps):
    x = g(z).detach().requires_grad_()
    last = dense_ends(d)[-1]
    want = LayerGradientXActivation(d, last).attribute(x, target=0)[0].detach()
    c.tell("cam.contributions: LayerGradientXActivation", relative(maps["cam.contributions"], want), 1e-4)
    hidden = d[:list(d).index(last) + 1](x)
    (by_pixels,) = torch.autograd.grad(hidden, x, want[None])
    c.tell("cam.x: autograd", relative(maps["cam.x"], by_pixels[0]), 1e-4)


def compare_activation(c, g, z, maps, numbers):
    rows = numbers["arrays"]["activation.strongest"]["rows"]
    for row, got in zip(rows, maps["activation.without"]):
        layer, unit = int(row["name"].split()[1]), int(row["name"].split()[3])
        end = next(i for i in range(layer + 1, len(g)) if isinstance(g[i], torch.nn.Linear))
        hidden = g[:end](z).detach()
        x = g[end:](hidden)
        hidden[0, unit] = row["values"][1]
        want = (x - g[end:](hidden))[0].detach()
        c.tell(f"activation.without, {row['name']}", relative(got, want), 1e-3)
        many = g[:end](torch.randn(100000, z.shape[1], dtype=z.dtype))[:, unit].detach()
        off = abs(many.mean().item() - row["values"][1]) / (many.std().item() / 1024 ** 0.5)
        c.tell("    its mean, in standard errors of 1024 z", off, 4)


def compare_usual(c, g, d, maps):
    z = torch.randn(20000, maps["z"].numel(), dtype=torch.float64).requires_grad_()
    (rates,) = torch.autograd.grad(torch.nn.Sequential(g, d)(z).sum(), z)
    off = (maps["influence.usual"].double() - rates.abs().mean(0)) / maps["influence.usual_error"].double()
    c.tell("influence.usual: root mean square, in its standard errors", (off ** 2).mean().sqrt().item(), 1.5)


def main(model, folder):
    torch.manual_seed(0)
    with safe_open(model, "pt") as f:
        settings = json.loads(f.metadata()["settings"])
    tensors, maps = load_file(model), load_file(os.path.join(folder, "maps.safetensors"))
    with open(os.path.join(folder, "explanation.json")) as f:
        numbers = json.load(f)
    g = load(tensors, "G.", settings["generator"], settings["z-dim"]).double()
    d = load(tensors, "D.", settings["discriminator"], maps["x"].numel()).double()
    z, c = maps["z"].double()[None], Comparison()
    c.tell("G(z)", relative(maps["x"], g(z)[0].detach()), 1e-5)
    compare_conductance(c, g, d, z, maps)
    compare_cam(c, g, d, z, maps)
    compare_activation(c, g, z, maps, numbers)
    compare_usual(c, g, d, maps)
    return 1 if c.is_off else 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
