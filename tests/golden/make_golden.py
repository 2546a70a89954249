#!/usr/bin/env python3
"""Reference numbers for the dense GAN, computed in float64 with PyTorch autograd and stored as float32.

Needs: torch, numpy, safetensors. Writes golden.safetensors next to this file (about 0.9 MB).
A small net is used so that the file can be committed under tests/:
  G: z 16 -> dense 32 (no bias) -> BatchNorm -> LeakyReLU(0.3) -> dense 48 (no bias) -> BatchNorm
     -> LeakyReLU(0.3) -> dense 784 -> tanh
  D: 784 -> dense 32 -> LeakyReLU(0.3) -> dense 1 (a logit)         (dropout off)
BatchNorm as in Keras: eps 1e-3, momentum 0.99, running variance from the biased batch variance.
Adam: lr 1e-4, beta1 0.9, beta2 0.999, eps 1e-7, bias-corrected:
  p -= lr * (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
One training step is the simultaneous one: one G forward (batch statistics); D and G gradients are both
taken at the parameters before the step; L_D = mean softplus(-D(x)) + mean softplus(D(G(z))),
L_G = mean softplus(-D(G(z))).

Tensors in the file (dense weights are stored (out, in), as torch.nn.Linear does):
  G.0.weight (32,16)  G.1.{weight,bias,running_mean,running_var} (32)  G.3.weight (48,32)  G.4.* (48)
  G.6.weight (784,48) G.6.bias (784)   D.0.weight (32,784) D.0.bias (32)  D.3.weight (1,32) D.3.bias (1)
  z (8,16)                       inputs
  eval.x (8,784)                 G(z), running statistics
  eval.logit (8)                 D(G(z))
  eval.dlogit_dz (8,16)          d logit / d z
  eval.dlogit_dx (8,784)         d D(x) / d x at x = G(z)
  eval.jacobian (2,784,16)       d G(z) / d z for the first two z
  eval.ig (8,16)                 integrated gradients of the logit from baseline 0, 64 Gauss-Legendre nodes
  eval.logit_zero (1)            the logit at z = 0. sum(ig) misses logit - logit_zero by up to 0.0117: the LeakyReLU
                                 kinks along the path, not the node count, limit a fixed rule
  eval.dpixelsum_dz (8,16)       d/dz of the sum of all pixels of G(z)
  train.z (5,8,16), train.x (5,8,784)   the batches of five steps
  train.loss_g (5), train.loss_d (5)    losses before each update
  train.grad.* , train.after.*          gradients of the first step; parameters and running stats after five

How to compare: per tensor by norms, |got - want|_2 <= 1e-5 |want|_2 (a correct float32 program reaches 1.6e-6; element by
element it misses 1e-4). For train.after compare the change (after - before) to 5e-4: a wrong form of Adam's eps shows as
6e-3 there, an unbiased running variance as 7e-3. eval.ig is the fixed 64-node rule.
"""
import gzip, os, numpy as np, torch, torch.nn.functional as F
from safetensors.numpy import save_file
from torch.func import jacrev
HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_default_dtype(torch.float64); torch.manual_seed(20261122)
lrelu = lambda x: F.leaky_relu(x, 0.3)
f32 = lambda *s, scale=1.0: (torch.randn(*s) * scale).float().double()      # exactly representable in float32
P = {"G.0.weight": f32(32, 16, scale=.25), "G.1.weight": 1 + f32(32, scale=.1), "G.1.bias": f32(32, scale=.1),
     "G.3.weight": f32(48, 32, scale=.2), "G.4.weight": 1 + f32(48, scale=.1), "G.4.bias": f32(48, scale=.1),
     "G.6.weight": f32(784, 48, scale=.15), "G.6.bias": f32(784, scale=.1),
     "D.0.weight": f32(32, 784, scale=.05), "D.0.bias": f32(32, scale=.05),
     "D.3.weight": f32(1, 32, scale=.3), "D.3.bias": f32(1, scale=.05)}
P = {k: v.float().double() for k, v in P.items()}
S = {"G.1.running_mean": f32(32, scale=.1), "G.1.running_var": (1 + f32(32, scale=.1).abs()).float().double(),
     "G.4.running_mean": f32(48, scale=.1), "G.4.running_var": (1 + f32(48, scale=.1).abs()).float().double()}
EPS, MOM = 1e-3, 0.99
def bn(h, p, s, k, train):
    if train:
        m, v = h.mean(0), h.var(0, unbiased=False)
        s[k + ".running_mean"] = MOM * s[k + ".running_mean"] + (1 - MOM) * m.detach()
        s[k + ".running_var"] = MOM * s[k + ".running_var"] + (1 - MOM) * v.detach()
    else: m, v = s[k + ".running_mean"], s[k + ".running_var"]
    return (h - m) / torch.sqrt(v + EPS) * p[k + ".weight"] + p[k + ".bias"]
def G(z, p, s, train=False):
    h = lrelu(bn(z @ p["G.0.weight"].T, p, s, "G.1", train))
    h = lrelu(bn(h @ p["G.3.weight"].T, p, s, "G.4", train))
    return torch.tanh(h @ p["G.6.weight"].T + p["G.6.bias"])
def D(x, p): return (lrelu(x @ p["D.0.weight"].T + p["D.0.bias"]) @ p["D.3.weight"].T + p["D.3.bias"])[..., 0]
out = {**P, **S}
z = f32(8, 16); zz = z.clone().requires_grad_(); x = G(zz, P, S); l = D(x, P)
out["z"], out["eval.x"], out["eval.logit"] = z, x.detach(), l.detach()
out["eval.dlogit_dz"], = torch.autograd.grad(l.sum(), zz, retain_graph=True)

xx = x.detach().requires_grad_(); out["eval.dlogit_dx"], = torch.autograd.grad(D(xx, P).sum(), xx)
out["eval.jacobian"] = torch.stack([jacrev(lambda q: G(q[None], P, S)[0])(z[i]) for i in range(2)])
t, w = np.polynomial.legendre.leggauss(64); ig = torch.zeros_like(z)
for a, b in zip((t + 1) / 2, w / 2):
    q = (z * a).requires_grad_(); g, = torch.autograd.grad(D(G(q, P, S), P).sum(), q); ig += b * g
out["eval.ig"], out["eval.logit_zero"] = ig * z, D(G(torch.zeros(1, 16), P, S), P)
d = np.frombuffer(gzip.open(os.path.join(HERE, "../../data/digits5k/train-images-idx3-ubyte.gz")).read(), np.uint8, offset=16)
X = (torch.from_numpy(d.reshape(-1, 784)[:40].copy()).double() / 127.5 - 1).float().double().reshape(5, 8, 784); Z = f32(5, 8, 16)
out["train.z"], out["train.x"] = Z, X
p = {k: v.clone().requires_grad_() for k, v in P.items()}; s = dict(S); m = {k: 0. for k in P}; v = {k: 0. for k in P}; LG, LD = [], []
for i in range(5):
    fake = G(Z[i], p, s, True); fl = D(fake, p); lg = F.softplus(-fl).mean(); ld = F.softplus(-D(X[i], p)).mean() + F.softplus(fl).mean()
    gk, dk = [k for k in p if k[0] == "G"], [k for k in p if k[0] == "D"]
    g = dict(zip(gk, torch.autograd.grad(lg, [p[k] for k in gk], retain_graph=True))) | dict(zip(dk, torch.autograd.grad(ld, [p[k] for k in dk])))
    LG.append(lg.item()); LD.append(ld.item())
    for k in p:
        if i == 0: out["train.grad." + k] = g[k]
        m[k] = .9 * m[k] + .1 * g[k]; v[k] = .999 * v[k] + .001 * g[k] ** 2
        p[k] = (p[k] - 1e-4 * (m[k] / (1 - .9 ** (i + 1))) / (torch.sqrt(v[k] / (1 - .999 ** (i + 1))) + 1e-7)).detach().requires_grad_()
out["train.loss_g"], out["train.loss_d"] = torch.tensor(LG), torch.tensor(LD)
for k, t_ in (p | s).items(): out["train.after." + k] = t_
out["eval.dpixelsum_dz"] = torch.autograd.grad(G(zz, P, S).sum(), zz)[0]
save_file({k: v.detach().float().contiguous().numpy() for k, v in out.items()}, os.path.join(HERE, "golden.safetensors"),
          metadata={"made_by": "make_golden.py", "torch": torch.__version__})
print("loss_g", LG, "loss_d", LD, "ig gap", ((ig * z).sum(1) - (l.detach() - out["eval.logit_zero"])).abs().max().item())
