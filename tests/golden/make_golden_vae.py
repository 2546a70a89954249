#!/usr/bin/env python3
"""The objective of a variational autoencoder and its gradients, in float64, stored as float32.

Needs: torch, safetensors. Writes golden_vae.safetensors next to this file (some 20 kB).

  E   pixels -> hidden:lrelu=0.2 -> 2 z_dim     mean and l = log variance
  G   z_dim -> hidden:tanh -> pixels            sigmoid for bce, tanh for mse
  z = mean + exp(l / 2) eps
  objective = reconstruction + beta KL(N(mean, exp(l)) || N(0, I)), summed over pixels and over z_dim,
  averaged over the batch

The divergence is torch.distributions', the cross-entropy of what the sigmoid gives, and not of its logit.
Tensors in the file, for CASE in bce, mse, of the sizes in CASES:
  CASE.x (batch, pixels), CASE.eps (batch, z_dim)
  CASE.E.*, CASE.G.*                           state_dicts
  CASE.E.gradient.*, CASE.G.gradient.*         of the objective, by the same names
  CASE.numbers (3)                             reconstruction, divergence, objective
"""
import os
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = {  # pixels, batch, z_dim, hidden units of E and of G, beta
    "bce": (5 * 7, 7, 3, 9, 11, 0.75),
    "mse": (5 * 5, 9, 1, 33, 8, 3.0),
}


def reconstruction(case, y, x):
    if case == "bce":
        return nn.functional.binary_cross_entropy(y, x, reduction="sum") / len(x)
    return nn.functional.mse_loss(y, x, reduction="sum") / len(x)


def make(case, pixels, batch, z_dim, width_e, width_g, beta):
    e = nn.Sequential(nn.Linear(pixels, width_e), nn.LeakyReLU(0.2), nn.Linear(width_e, 2 * z_dim))
    g = nn.Sequential(nn.Linear(z_dim, width_g), nn.Tanh(), nn.Linear(width_g, pixels),
                      nn.Sigmoid() if case == "bce" else nn.Tanh())
    e[2].weight.data *= 3  # codes that are far from N(0, I)
    x = torch.rand(batch, pixels)
    x[:, :3] = x[:, :3].round()  # pixels that are black or white
    x = x if case == "bce" else 2 * x - 1
    eps = torch.randn(batch, z_dim)
    for p in [*e.parameters(), *g.parameters(), x, eps]:  # as the program gets them
        p.data = p.data.float().double()
    mean, l = e(x).chunk(2, 1)
    rec = reconstruction(case, g(mean + torch.exp(l / 2) * eps), x)
    kl = kl_divergence(Normal(mean, torch.exp(l / 2)), Normal(0.0, 1.0)).sum() / batch
    objective = rec + beta * kl
    objective.backward()
    tensors = {"x": x, "eps": eps, "numbers": torch.stack([rec, kl, objective])}
    for name, net in (("E", e), ("G", g)):
        tensors |= {f"{name}.{k}": v for k, v in net.state_dict().items()}
        tensors |= {f"{name}.gradient.{k}": p.grad for k, p in net.named_parameters()}
    return {f"{case}.{k}": v.detach().float().contiguous() for k, v in tensors.items()}


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)
    tensors = {}
    for case, sizes in CASES.items():
        tensors |= make(case, *sizes)
        print(case, tensors[f"{case}.numbers"])
    save_file(tensors, os.path.join(HERE, "golden_vae.safetensors"), metadata={"made_by": "make_golden_vae.py"})
