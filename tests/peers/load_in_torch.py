#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Opens a model.safetensors of gantrain in PyTorch and compares G with what gansample made of it.

  gansample RUN --seeds 0-9 --pairs pairs.safetensors -o grid.png
  tests/peers/load_in_torch.py RUN/model.safetensors pairs.safetensors

Needs torch and safetensors, so it is not part of `make check`. Exit 1 when |got - want| is over 1e-5 |want|.
"""
import json
import sys

import torch
from safetensors import safe_open
from safetensors.torch import load_file

TOLERANCE = 1e-5
PLAIN = {"linear": torch.nn.Identity, "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}


def sequential(spec, n_in):
    """The modules of a spec; each word is one index of the Sequential."""
    modules = []
    for layer in spec.split(","):
        width, *words = layer.split(":")
        has_bn = any(word.split("=")[0] == "bn" for word in words)
        modules.append(torch.nn.Linear(n_in, int(width), bias=not has_bn))
        n_in = int(width)
        for word in words:
            name, _, value = word.partition("=")
            if name == "bn":
                modules.append(torch.nn.BatchNorm1d(n_in, eps=float(value or 1e-3)))
            elif name == "lrelu":
                modules.append(torch.nn.LeakyReLU(float(value or 0.2)))
            elif name == "dropout":
                modules.append(torch.nn.Dropout(float(value)))
            else:
                modules.append(PLAIN[name]())
    return torch.nn.Sequential(*modules)


def load(tensors, prefix, spec, n_in):
    """Strict but for BatchNorm's counters, which say how long PyTorch trained and which we do not write."""
    net = sequential(spec, n_in)
    state = {name[len(prefix):]: t for name, t in tensors.items() if name.startswith(prefix)}
    for name, t in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            state.setdefault(name, t)
    net.load_state_dict(state, strict=True)
    return net.eval()


def main(model, pairs):
    with safe_open(model, "pt") as f:
        settings = json.loads(f.metadata()["settings"])
    tensors, made = load_file(model), load_file(pairs)
    g = load(tensors, "G.", settings["generator"], settings["z-dim"])
    with torch.no_grad():
        want = g(made["z"])
        error = ((made["x"] - want).norm() / want.norm()).item()
        print("G: %d pictures, relative error %.3g (limit %g)" % (len(want), error, TOLERANCE))
        if settings.get("discriminator"):
            logits = load(tensors, "D.", settings["discriminator"], 784)(want)
            print("D: logits from %.6g to %.6g" % (logits.min().item(), logits.max().item()))
    return 0 if error <= TOLERANCE else 1  # also 1 for NaN


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
