#!/usr/bin/env python3
"""Five steps of a discriminator with spectral norm in every layer, a projection and R1, in float64, stored as float32.

Needs: torch, safetensors. Writes golden_spectral.safetensors next to this file (some 10 kB).

  D   30 -> 8:sn:lrelu=0.2 -> 5:sn:tanh -> 1:sn, with an embedding of 3 classes that has spectral norm, too
  a step   one forward pass in training, which makes one power iteration; the gradient of
           mean softplus(-D(x, c)) + gamma / 2 mean |d D / d x|^2, through sigma; W -= lr * gradient

Spectral norm is torch.nn.utils.spectral_norm. Tensors in the file:
  x (6, 30), classes (6)                      the batch of all steps
  before.*, after.*                           D's state_dict before the first and after the last step
  logits (2, 6)                               D in evaluation before and after: no power iteration
  losses (5, 2)                               each step's two terms
"""
import os
import torch
from torch import nn
from torch.nn.utils import spectral_norm
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
STEPS, ROWS, GAMMA, LR = 5, 6, 0.5, 0.1


class Critic(nn.Sequential):
    def __init__(self):
        super().__init__(spectral_norm(nn.Linear(30, 8)), nn.LeakyReLU(0.2), spectral_norm(nn.Linear(8, 5)), nn.Tanh(),
                         spectral_norm(nn.Linear(5, 1)))
        self.add_module("embedding", spectral_norm(nn.Embedding(3, 5)))

    def forward(self, x, c):
        *layers, last, embedding = self.children()
        for layer in layers:
            x = layer(x)
        return last(x)[:, 0] + (embedding(c) * x).sum(1)


if __name__ == "__main__":
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)
    d, x, c = Critic(), torch.randn(ROWS, 30), torch.tensor([0, 2, 1, 2, 2, 0])
    for _ in range(2):  # a random u and v say nothing of sigma yet
        d(x, c)
    for p in [*d.parameters(), *d.buffers(), x]:  # as the program gets them
        p.data = p.data.float().double()
    tensors = {"x": x.clone(), "classes": c.double()}
    tensors |= {"before." + k: v.clone() for k, v in d.state_dict().items()}
    logits, losses = [d.eval()(x, c)], []
    d.train()
    for _ in range(STEPS):
        x.requires_grad_(True)
        y = d(x, c)
        loss = nn.functional.softplus(-y).mean()
        g, = torch.autograd.grad(y.sum(), x, create_graph=True)
        penalty = GAMMA / 2 * (g ** 2).sum(1).mean()
        gradients = torch.autograd.grad(loss + penalty, list(d.parameters()))
        with torch.no_grad():
            for p, by_p in zip(d.parameters(), gradients):
                p -= LR * by_p
        losses.append(torch.stack([loss, penalty]))
    logits.append(d.eval()(x, c))
    tensors |= {"after." + k: v for k, v in d.state_dict().items()}
    tensors |= {"logits": torch.stack(logits), "losses": torch.stack(losses)}
    save_file({k: v.detach().float().contiguous() for k, v in tensors.items()},
              os.path.join(HERE, "golden_spectral.safetensors"), metadata={"made_by": "make_golden_spectral.py"})
    print(tensors["logits"], tensors["losses"], sep="\n")
