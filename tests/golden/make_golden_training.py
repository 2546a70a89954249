#!/usr/bin/env python3
"""Nine steps of two recipes in float64, from the same random draws as gantrain makes, stored as float32.

Needs: jax, numpy, safetensors. Writes golden_training.safetensors next to this file (about 0.2 MB). It shares no code with
the library: Philox and what is drawn from it are written anew below, gradients are JAX's, R1's through its own gradient.

The networks are those of the recipes made small, tuned as version 0.1.0 had it, with dropout in G, too, so that masks shared
with D, or by two layers, do not go unnoticed:
  tuned    G z 64 -> 12:bn:lrelu=0.2 -> 5:bn:lrelu=0.2 -> 784:tanh
           D 784 -> 5:lrelu=0.2 -> 6:lrelu=0.2 -> 1
  classic  G z 100 -> 12:bn:lrelu=0.3:dropout=0.25 -> 5:bn:lrelu=0.3:dropout=0.1 -> 784:tanh
           D 784 -> 5:lrelu=0.3:dropout=0.4 -> 1
All else is as the recipes say. The data are the first 200 training pictures of digits5k: the nine steps come to a third
epoch of tuned's batches (64) and a second of classic's (32), and a short rest is dropped each time.

Tensors in the file, each name after "tuned." or "classic.", as they are after the nine steps:
  G.*, D.*                       parameters and running statistics, as state.safetensors has them
  G_ema.*                        the moving average of all of G (tuned)
  G.optimizer.{m,v}, D.optimizer.{m,v}     Adam's moments
  numbers (9, 5)                 each step's loss of G, loss of D, mean logit of the real and of the generated pictures, R1
                                 (0 at the steps that do not take it)
  running (5)                    the log's running means of these

How to compare: per tensor by norms to 1e-5. An update is the size of lr whatever the gradient's, so where a gradient is
next to nothing float32's rounding shows: the worst tensor of a correct program is off by some 1e-6.
"""
import gzip, os
import jax, jax.numpy as jnp, numpy as np
from safetensors.numpy import save_file
jax.config.update("jax_enable_x64", True)
HERE = os.path.dirname(os.path.abspath(__file__))
SEED, STEPS, N_PICTURES = 0x0123456789ABCDEF, 9, 200
f32 = lambda v: np.float64(np.float32(v))  # settings that the program keeps as floats

# Layers of (width, has bn, activation, dropout): a number is a leaky ReLU's slope.
RECIPES = {
    "tuned": dict(
        g=[(12, True, 0.2, 0), (5, True, 0.2, 0), (784, False, "tanh", 0)],
        d=[(5, False, 0.2, 0), (6, False, 0.2, 0), (1, False, None, 0)],
        z_dim=64, batch=64, is_he=True, lr=1e-3, beta1=0.5, beta2=0.999, eps=1e-8, r1=0.1, r1_every=8, ema_kimg=50),
    "classic": dict(
        g=[(12, True, 0.3, 0.25), (5, True, 0.3, 0.1), (784, False, "tanh", 0)],
        d=[(5, False, 0.3, 0.4), (1, False, None, 0)],
        z_dim=100, batch=32, is_he=False, lr=1e-4, beta1=0.9, beta2=0.999, eps=1e-7, r1=0, r1_every=1, ema_kimg=0)}
BN_EPS, BN_MOMENTUM = 1e-3, 0.99

# ---- Draws: Philox4x32-10 (Salmon et al. 2011), key = seed, counter = (position, stream)
TRAIN_LATENT, INIT, ORDER, DROPOUT = 2, 3, 4, 5
LOW = np.uint64(0xFFFFFFFF)


def draw_bits(purpose, index, n, position=0):
    """n 32-bit words of a stream, from a block on."""
    stream, u = purpose << 56 | index, np.uint64
    at = np.arange((n + 3) // 4, dtype=u) + u(position)
    c = [at & LOW, at >> u(32), np.full_like(at, stream & 0xFFFFFFFF), np.full_like(at, stream >> 32)]
    k0, k1 = SEED & 0xFFFFFFFF, SEED >> 32
    for _ in range(10):
        a, b = c[0] * u(0xD2511F53), c[2] * u(0xCD9E8D57)
        c = [(b >> u(32)) ^ c[1] ^ u(k0), b & LOW, (a >> u(32)) ^ c[3] ^ u(k1), a & LOW]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, 1).reshape(-1)[:n]


def uniforms(bits):
    return (bits.astype(np.float64) + 0.5) * 2.0 ** -32


def draw_normals(purpose, index, n, position=0):
    """Box and Muller: each pair of words a radius and an angle."""
    u = uniforms(draw_bits(purpose, index, (n + 3) // 4 * 4, position)).reshape(-1, 2)
    r, t = np.sqrt(-2 * np.log(u[:, 0])), 2 * np.pi * u[:, 1]
    return np.stack([r * np.cos(t), r * np.sin(t)], 1).reshape(-1)[:n].astype(np.float32).astype(np.float64)


def draw_order(epoch, n):
    """Fisher and Yates, each number below i by Lemire's multiplication."""
    order, words = list(range(n)), iter(draw_bits(ORDER, epoch, 4 * n).tolist())
    for i in range(n, 1, -1):
        product = next(words) * i
        while product % 2 ** 32 < 2 ** 32 % i:
            product = next(words) * i
        j = product >> 32
        order[i - 1], order[j] = order[j], order[i - 1]
    return order


def draw_masks(layers, rows, stream):
    """Inverted dropout; rows of words are padded to a multiple of four."""
    masks = []
    for i, (width, _, _, rate) in enumerate(layers):
        keep, padded = np.float32(1) - np.float32(rate), (width + 3) // 4 * 4
        bits = draw_bits(DROPOUT, stream + i, rows * padded).reshape(rows, padded)[:, :width]
        masks.append((bits < int(keep * np.float32(2 ** 32))) / np.float64(keep))
    return masks


# ---- Networks: parameters by their names in a state, in its order
def initial(prefix, layers, n_in, is_he, index):
    p, stats, at, position = {}, {}, 0, 0
    for width, has_bn, act, rate in layers:
        n = width * n_in
        if is_he and isinstance(act, float):
            w = draw_normals(INIT, index, n, position) * f32(np.sqrt(2 / ((1 + f32(act) ** 2) * n_in)))
        else:
            w = (2 * f32(uniforms(draw_bits(INIT, index, n, position))) - 1) * f32(np.sqrt(6 / (n_in + width)))
        position += (n + 3) // 4
        p[f"{prefix}{at}.weight"] = f32(w).reshape(width, n_in)
        if has_bn:
            p[f"{prefix}{at + 1}.weight"], p[f"{prefix}{at + 1}.bias"] = np.ones(width), np.zeros(width)
            stats[f"{prefix}{at + 1}.running_mean"] = np.zeros(width)
            stats[f"{prefix}{at + 1}.running_var"] = np.ones(width)
        else:
            p[f"{prefix}{at}.bias"] = np.zeros(width)
        at += 1 + has_bn + (act is not None) + (rate > 0)
        n_in = width
    return p, stats


def forward(p, prefix, layers, h, masks):
    """Returns the output and the batch's moments by the names of the running ones."""
    at, moments = 0, {}
    for (width, has_bn, act, rate), mask in zip(layers, masks):
        h = h @ p[f"{prefix}{at}.weight"].T
        if has_bn:
            mean, var = h.mean(0), h.var(0)
            moments[f"{prefix}{at + 1}.running_mean"], moments[f"{prefix}{at + 1}.running_var"] = mean, var
            h = (h - mean) / jnp.sqrt(var + f32(BN_EPS)) * p[f"{prefix}{at + 1}.weight"] + p[f"{prefix}{at + 1}.bias"]
        else:
            h = h + p[f"{prefix}{at}.bias"]
        if act is not None:
            h = jnp.tanh(h) if act == "tanh" else jnp.where(h > 0, h, f32(act) * h)
        h = h * mask
        at += 1 + has_bn + (act is not None) + (rate > 0)
    return h, moments


# ---- One step: one G forward, both gradients at the parameters before it
def evaluate(r, g, d, z, x, g_masks, d_masks):
    fake, moments = forward(g, "G.", r["g"], z, g_masks)
    logits = forward(d, "D.", r["d"], jnp.concatenate([x, fake]), d_masks)[0][:, 0]
    real, fake = logits[: len(x)], logits[len(x):]
    softplus = jax.nn.softplus
    return softplus(-fake).mean(), softplus(-real).mean() + softplus(fake).mean(), real.mean(), fake.mean(), moments


def penalty(r, d, x, d_masks):
    """gamma / 2 times the mean over the real pictures of |d logit / d picture|^2."""
    masks = [m[: len(x)] for m in d_masks]
    by_x = jax.grad(lambda q: forward(d, "D.", r["d"], q, masks)[0].sum())(x)
    return r["r1"] / 2 * (by_x ** 2).sum(1).mean()


def adam(r, p, grad, m, v, t):
    for k in p:
        m[k] = r["beta1"] * m[k] + (1 - r["beta1"]) * grad[k]
        v[k] = r["beta2"] * v[k] + (1 - r["beta2"]) * grad[k] ** 2
        p[k] = p[k] - r["lr"] * (m[k] / (1 - r["beta1"] ** t)) / (jnp.sqrt(v[k] / (1 - r["beta2"] ** t)) + r["eps"])


def train(r, pictures):
    n = r["batch"]
    g, stats = initial("G.", r["g"], r["z_dim"], r["is_he"], 0)
    d, _ = initial("D.", r["d"], 784, r["is_he"], 1)
    ema = {**g, **stats}
    zeros = lambda p: {k: np.zeros_like(a) for k, a in p.items()}
    gm, gv, dm, dv = zeros(g), zeros(g), zeros(d), zeros(d)
    numbers, running, n_batches = [], np.zeros(5), N_PICTURES // n
    for s in range(STEPS):
        z = draw_normals(TRAIN_LATENT, s, n * r["z_dim"]).reshape(n, -1)
        order = draw_order(s // n_batches, N_PICTURES)
        x = pictures[order[s % n_batches * n:][:n]]
        arguments = z, x, draw_masks(r["g"], n, 128 * s), draw_masks(r["d"], 2 * n, 128 * s + 64)
        by_g = jax.grad(lambda p: evaluate(r, p, d, *arguments)[0])(g)
        by_d = jax.grad(lambda p: evaluate(r, g, p, *arguments)[1])(d)
        *values, moments = evaluate(r, g, d, *arguments)
        takes_r1 = r["r1"] > 0 and s % r["r1_every"] == 0
        r1 = 0.0
        if takes_r1:  # counts for all the steps that do not take it
            r1, more = jax.value_and_grad(lambda p: penalty(r, p, x, arguments[3]))(d)
            by_d = {k: by_d[k] + r["r1_every"] * more[k] for k in d}
        adam(r, g, by_g, gm, gv, s + 1), adam(r, d, by_d, dm, dv, s + 1)
        for k in stats:
            stats[k] = f32(BN_MOMENTUM) * stats[k] + (1 - f32(BN_MOMENTUM)) * moments[k]
        if r["ema_kimg"]:
            half_life = min(1000 * r["ema_kimg"], 0.05 * (s + 1) * n)
            for k, a in {**g, **stats}.items():
                ema[k] = ema[k] + (a - ema[k]) * (1 - 0.5 ** (n / half_life))
        numbers.append([float(v) for v in (*values, r1)])
        for i in range(4):
            running[i] += (numbers[s][i] - running[i]) * max(1 / (s + 1), 0.01)
        if takes_r1:
            running[4] += (r1 - running[4]) * max(1 / (s / r["r1_every"] + 1), 0.1)
    flat = lambda p: np.concatenate([np.ravel(a) for a in p.values()])
    out = {**g, **stats, **d, "G.optimizer.m": flat(gm), "G.optimizer.v": flat(gv), "D.optimizer.m": flat(dm),
           "D.optimizer.v": flat(dv), "numbers": numbers, "running": running}
    if r["ema_kimg"]:
        out.update({"G_ema." + k[2:]: a for k, a in ema.items()})
    return out


if __name__ == "__main__":
    with gzip.open(os.path.join(HERE, "../../data/digits5k/train-images-idx3-ubyte.gz")) as file:
        data = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)[:N_PICTURES]
    pictures = f32(np.float32(2) * data.astype(np.float32) / np.float32(255) - np.float32(1))
    tensors = {f"{name}.{k}": np.ascontiguousarray(a, np.float32) for name, r in RECIPES.items()
               for k, a in train(r, pictures).items()}
    save_file(tensors, os.path.join(HERE, "golden_training.safetensors"), metadata={"made_by": "make_golden_training.py"})
    for name in RECIPES:
        print(name, "running", tensors[name + ".running"])
