#!/usr/bin/env python3
"""Twelve updates by each of PyTorch's optimizers in float64, stored as float32.

Needs: torch, numpy, safetensors. Writes golden_optimizers.safetensors next to this file (about 6 kB).
Gradients g (12, 33) are given, so only the updates are compared; their sizes span 1e-3 to 1e3, and the rate of step k is
lr * factor[k], as a schedule sets it. Names are those of --opt:
  adam      Adam(betas=(0.9, 0.99), eps=1e-4)        adamw  AdamW, the same with weight_decay=0.5
  rmsprop   RMSprop(alpha=0.99, eps=1e-4)            sgd    SGD()
  momentum  SGD(momentum=0.9)                        nesterov  SGD(momentum=0.9, nesterov=True)
all with lr=1e-2. Adam there adds eps after the correction of v, as here.

Tensors in the file:
  start (33), g (12, 33), factor (12)
  NAME (33)                      the parameters after the twelve updates

How to compare: the change (after - start) by norms to 1e-5; a correct float32 program reaches 1e-6.
"""
import os
import numpy as np, torch
from safetensors.numpy import save_file
HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, N, LR = 12, 33, 1e-2
random = np.random.default_rng(20261126)
f32 = lambda v: np.asarray(v, np.float32)
start = f32(random.normal(size=N))
g = f32(random.normal(size=(STEPS, N)) * 10.0 ** random.integers(-3, 4, size=N))
factor = f32([1, 1, 1, 1, 0.5, 0.25, 0, 0.75, 1, 1, 2, 1])
adam = dict(lr=LR, betas=(0.9, 0.99), eps=1e-4)
makers = {
    "adam": lambda p: torch.optim.Adam(p, **adam),
    "adamw": lambda p: torch.optim.AdamW(p, weight_decay=0.5, **adam),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=LR, alpha=0.99, eps=1e-4),
    "sgd": lambda p: torch.optim.SGD(p, lr=LR),
    "momentum": lambda p: torch.optim.SGD(p, lr=LR, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=LR, momentum=0.9, nesterov=True)}


def run(make):
    p = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = make([p])
    for k in range(STEPS):
        optimizer.param_groups[0]["lr"] = LR * float(factor[k])
        p.grad = torch.tensor(g[k], dtype=torch.float64)
        optimizer.step()
    return p.detach().numpy()


tensors = {"start": start, "g": g, "factor": factor, **{name: f32(run(make)) for name, make in makers.items()}}
save_file(tensors, os.path.join(HERE, "golden_optimizers.safetensors"), metadata={"made_by": "make_golden_optimizers.py"})
for name in makers:
    print(name, tensors[name][:4])
