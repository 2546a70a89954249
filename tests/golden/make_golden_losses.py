#!/usr/bin/env python3
"""Adversarial losses and their gradients in float64 with PyTorch's autograd, stored as float32.

Needs: torch, safetensors. Writes golden_losses.safetensors next to this file (about 8 KB). Each loss is written with
PyTorch's own functions (binary_cross_entropy_with_logits, mse_loss, relu, softplus), as users of PyTorch write it.

Tensors in the file:
  real (33), fake (33)           logits of real and of generated pictures, as far as 20 from zero
  LOSS.d_value, LOSS.g_value (1) the losses of D and G
  LOSS.d_real, LOSS.d_fake (33)  the gradient of D's loss
  LOSS.g_fake (33)               the gradient of G's loss
  LOSS.smooth_value (1), LOSS.smooth_real (33)   of the losses with targets: D's loss and its gradient by real where the
                                 target of real pictures is 0.9

How to compare: by norms to 1e-6.
"""
import os, torch, torch.nn.functional as F
from safetensors.torch import save_file
HERE = os.path.dirname(os.path.abspath(__file__))
torch.manual_seed(0)
N = 33


def cross_entropy(v, target):
    return F.binary_cross_entropy_with_logits(v, torch.full_like(v, target))


def half_mse(v, target):
    return 0.5 * F.mse_loss(v, torch.full_like(v, target))


# name: (D's loss of real, fake and the target of real pictures, G's loss of real and fake, whether D has targets)
LOSSES = {
    "nonsaturating": (lambda r, f, t: cross_entropy(r, t) + cross_entropy(f, 0), lambda r, f: cross_entropy(f, 1), True),
    "minimax": (lambda r, f, t: cross_entropy(r, t) + cross_entropy(f, 0), lambda r, f: -cross_entropy(f, 0), True),
    "lsgan": (lambda r, f, t: half_mse(r, t) + half_mse(f, 0), lambda r, f: half_mse(f, 1), True),
    "wgan": (lambda r, f, t: f.mean() - r.mean(), lambda r, f: -f.mean(), False),
    "hinge": (lambda r, f, t: F.relu(1 - r).mean() + F.relu(1 + f).mean(), lambda r, f: -f.mean(), False),
    "relativistic": (lambda r, f, t: F.softplus(f - r).mean(), lambda r, f: F.softplus(r - f).mean(), False),
}
LOSSES["wgan-gp"] = LOSSES["wgan"]

real = (5 * torch.randn(N)).double().requires_grad_()
fake = (5 * torch.randn(N)).double().requires_grad_()
real.data[:2], fake.data[:2] = torch.tensor([20.0, -20.0]), torch.tensor([20.0, 20.0])
out = {"real": real, "fake": fake}
for name, (d_loss, g_loss, has_targets) in LOSSES.items():
    d, g = d_loss(real, fake, 1.0), g_loss(real, fake)
    out[name + ".d_value"], out[name + ".g_value"] = d.reshape(1), g.reshape(1)
    out[name + ".d_real"], out[name + ".d_fake"] = torch.autograd.grad(d, [real, fake])
    out[name + ".g_fake"] = torch.autograd.grad(g, fake)[0]
    if has_targets:
        smooth = d_loss(real, fake, 0.9)
        out[name + ".smooth_value"] = smooth.reshape(1)
        out[name + ".smooth_real"] = torch.autograd.grad(smooth, real)[0]
save_file({k: v.detach().float().contiguous() for k, v in out.items()}, os.path.join(HERE, "golden_losses.safetensors"))
