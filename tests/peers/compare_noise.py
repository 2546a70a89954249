# SPDX-License-Identifier: MIT
"""Compares smoothgrad, vargrad and layer gradients with PyTorch and captum on the same weights and noise.

    python3 -m venv venv && venv/bin/pip install torch captum scipy
    venv/bin/python tests/peers/compare_noise.py build/ganexplain RUN [SEED ...]

RUN is of gantrain, G and D of dense layers with lrelu=0.2 (bn as it comes, or none), tanh at G's end. Noise is drawn again here, by Philox and Box
and Muller, as include/tensor.h has it; so the gradients are those at the very same points, in float64, and the means and
variances are to be equal to float's rounding. captum's NoiseTunnel draws noise of its own: its means are to be within
the standard errors of both. Times are of one seed; captum's with as many gradients.
"""
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from captum.attr import LayerGradientXActivation, NoiseTunnel, Saliency
from scipy.stats import spearmanr

program, run = sys.argv[1:3]
seeds = [int(s) for s in sys.argv[3:]] or [7]
torch.set_num_threads(2)


def read(path):
    data = pathlib.Path(path).read_bytes()
    n = int.from_bytes(data[:8], "little")
    out = {}
    for name, t in json.loads(data[8:8 + n]).items():
        if name != "__metadata__" and t["dtype"] == "F32":
            a, b = t["data_offsets"]
            out[name] = np.frombuffer(data[8 + n + a:8 + n + b], "<f4").reshape(t["shape"])
    return out


def network(tensors, prefix, last):
    """The dense layers under that name in float64, BatchNorm with its running statistics."""
    layers = []
    indices = sorted({int(k.split(".")[1]) for k in tensors if k.startswith(prefix + ".")})
    for i in indices:
        get = lambda what: torch.tensor(tensors[f"{prefix}.{i}.{what}"].astype(np.float64))
        if tensors[f"{prefix}.{i}.weight"].ndim == 2:
            w = get("weight")
            dense = torch.nn.Linear(w.shape[1], w.shape[0], bias=f"{prefix}.{i}.bias" in tensors).double()
            dense.weight.data = w
            if dense.bias is not None:
                dense.bias.data = get("bias")
            if layers:
                layers.append(torch.nn.LeakyReLU(slopes[prefix]))
            layers.append(dense)
        else:
            norm = torch.nn.BatchNorm1d(len(get("weight")), eps=eps).double()
            norm.weight.data, norm.bias.data = get("weight"), get("bias")
            norm.running_mean, norm.running_var = get("running_mean"), get("running_var")
            layers.append(norm)
    return torch.nn.Sequential(*layers, *last).eval()


MASK, MULTIPLIERS, WEYL = np.uint64(0xffffffff), (0xD2511F53, 0xCD9E8D57), (0x9E3779B9, 0xBB67AE85)


def philox(seed, stream, first, n):
    """n blocks of four 32-bit words from that position on."""
    at = np.arange(first, first + n, dtype=np.uint64)
    c = [at & MASK, at >> np.uint64(32), np.full(n, stream & 0xffffffff, np.uint64), np.full(n, stream >> 32, np.uint64)]
    k = [seed & 0xffffffff, seed >> 32]
    for _ in range(10):
        p = [np.uint64(MULTIPLIERS[0]) * c[0], np.uint64(MULTIPLIERS[1]) * c[2]]
        c = [(p[1] >> np.uint64(32)) ^ c[1] ^ np.uint64(k[0]), p[1] & MASK,
             (p[0] >> np.uint64(32)) ^ c[3] ^ np.uint64(k[1]), p[0] & MASK]
        k = [(k[i] + WEYL[i]) & 0xffffffff for i in range(2)]
    return np.stack(c, 1)


def normals(seed, stream, n_rows, width):
    """Two a pair of words: a radius by the first, an angle by the second."""
    blocks = (width + 3) // 4
    words = philox(seed, stream, 0, n_rows * blocks).reshape(n_rows, blocks * 2, 2)
    u = (words.astype(np.float64) + 0.5) / 2**32
    radius, angle = np.sqrt(-2 * np.log(u[..., 0])), 2 * math.pi * u[..., 1]
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], -1).reshape(n_rows, -1)[:, :width]


tensors = read(pathlib.Path(run) / "model.safetensors" if pathlib.Path(run).is_dir() else run)
eps, slopes = 1e-3, {"G": 0.2, "D": 0.2}
g, d = network(tensors, "G", [torch.nn.Tanh()]), network(tensors, "D", [])
both = torch.nn.Sequential(g, d)
METHOD_STREAM, SIGMA, FAILED = 15 << 56, 0.15, []


def gradients(f, points):
    points = torch.tensor(points, dtype=torch.float64, requires_grad=True)
    return torch.autograd.grad(f(points).sum(), points)[0].numpy()


def noisy(seed, at, stream, n, sigma, is_paired):
    noise = normals(seed, METHOD_STREAM | stream, n // (1 + is_paired), len(at))
    noise = np.repeat(noise, 2, 0) * np.tile([[1], [-1]], (n // 2, 1)) if is_paired else noise
    return (at.astype(np.float64) + sigma * noise.astype(np.float32)).astype(np.float32)


def compare(what, got, want, tolerance):
    off = np.linalg.norm(got - want) / np.linalg.norm(want)
    FAILED.extend([what] * (not off <= tolerance))
    print(f"{'ok  ' if off <= tolerance else 'FAIL'} {what}: off by {off:.1e}")


def compare_input(a, seed, name, f, at, sigma):
    input_ = {"z": 0, "x": 1}[name]
    for draw, method in enumerate(["smoothgrad", "vargrad"]):
        n = int(a[f"{method}.{name}_samples"])
        all_ = gradients(f, noisy(seed, at, 2 * draw + input_, n, sigma, method == "smoothgrad"))
        want, halves = all_.mean(0), all_.reshape(-1, 2, len(at)).mean(1)
        if method == "vargrad":
            want, halves = all_.var(0, ddof=1), all_
        title = f"seed {seed}, {method}.{name} of {n}"
        compare(title, a[f"{method}.{name}"], want, 1e-4)
        if method == "smoothgrad":
            compare(title + ", standard error", a[f"{method}.{name}_error"],
                    halves.std(0, ddof=1) / math.sqrt(len(halves)), 1e-4)
        find = (lambda v: v.mean(0)) if method == "smoothgrad" else (lambda v: v.var(0, ddof=1))
        found = spearmanr(find(halves[0::2]), find(halves[1::2])).statistic
        got = a.get(f"{method}.{name}_agreement", a.get(f"{method}.{name}_agreement_at_cap"))
        compare(title + ", rank correlation", got, found, 1e-4)
    compare_captum(a, seed, name, f, at, sigma)


def compare_captum(a, seed, name, f, at, sigma):
    torch.manual_seed(seed)
    n = int(a[f"smoothgrad.{name}_samples"])
    tunnel, point = NoiseTunnel(Saliency(lambda v: f(v).squeeze(1))), torch.tensor(at[None].astype(np.float64))
    begun = time.time()
    found = tunnel.attribute(point, nt_type="smoothgrad", nt_samples=n, stdevs=sigma, abs=False)[0].numpy()
    seconds = time.time() - begun
    off = (found - a[f"smoothgrad.{name}"]) / a[f"smoothgrad.{name}_error"]
    ok = np.sqrt(np.mean(off**2)) < 2.5  # the errors of both, theirs without pairs
    FAILED.extend([f"captum {name}"] * (not ok))
    print(f"{'ok  ' if ok else 'FAIL'} seed {seed}, captum's {name}: off by {np.sqrt(np.mean(off ** 2)):.2f} of our standard "
          f"errors; {seconds:.3f} s for {n} gradients")


def compare_layers(a, seed, z):
    wanted = g[-3]  # the last hidden activation
    f = lambda v: both(v).squeeze(1)
    point = torch.tensor(z[None].astype(np.float64))
    products = LayerGradientXActivation(f, wanted).attribute(point)[0].detach().numpy()
    made = []
    hook = wanted.register_forward_hook(lambda m, i, o: made.append(o.detach().numpy()[0]))
    f(point), hook.remove()
    compare(f"seed {seed}, gradient-x-input.layer, captum", a["gradient-x-input.layer"] * made[0], products, 1e-5)


for seed in seeds:
    with tempfile.TemporaryDirectory() as folder:
        command = [program, run, "--seed", str(seed), "--method", "smoothgrad,vargrad,gradient-x-input", "--target", "logit",
                   "--no-pictures", "-q", "-o", folder]
        begun = time.time()
        subprocess.run(command, check=True)
        print(f"seed {seed}: ours all in all, opening the model and writing included: {time.time() - begun:.3f} s")
        a = read(next(pathlib.Path(folder).glob("seed-*")) / "maps.safetensors")
    compare_input(a, seed, "z", both, a["z"], SIGMA)
    compare_input(a, seed, "x", d, a["x"].ravel(), SIGMA * 2)
    compare_layers(a, seed, a["z"])
sys.exit(bool(FAILED))
