# SPDX-License-Identifier: MIT
"""Explains seeds by lime and shap with ganexplain and, of the same weights and samples, with captum and scikit-learn.

    python3 -m venv venv && venv/bin/pip install torch captum scikit-learn
    venv/bin/python tests/peers/compare_lime_shap.py build/ganexplain RUN [SEEDS]

RUN is a run folder of a GAN without classes whose nets are dense; the target is D's logit. All of it is computed in double
here. lime's masks are drawn again with its own generator, and scikit-learn's Ridge and captum's LimeBase are fitted to the
same masks; shap's exact values of 16 blocks, and of 8 groups of z, are captum's ShapleyValues over all orders and a brute
force over all sets; where shap samples, captum's KernelShap and ShapleyValueSampling have as many evaluations, and the
error of each is that against 25 times as many.
"""
import itertools
import json
import math
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np
import torch
from captum.attr import KernelShap, LimeBase, ShapleyValues, ShapleyValueSampling
from captum._utils.models.linear_model import SkLearnRidge
from sklearn.linear_model import Ridge

ganexplain, run = sys.argv[1], pathlib.Path(sys.argv[2])
seeds = range(int(sys.argv[3]) if len(sys.argv) > 3 else 3)
torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
SOURCE = pathlib.Path(__file__).parents[2]


# ---- Files ----

def tensors_of(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    settings = header.pop("__metadata__", {})
    read = lambda v: np.frombuffer(data[8 + size:][slice(*v["data_offsets"])], "<f4").reshape(v["shape"])
    return {k: read(v) for k, v in header.items()}, settings


def network_of(tensors, prefix, spec, n_in):
    modules = []
    for layer in spec.split(","):
        width, *words = layer.split(":")
        modules.append(torch.nn.Linear(n_in, int(width), bias="bn" not in {w.split("=")[0] for w in words}))
        n_in = int(width)
        for word in words:
            name, _, value = word.partition("=")
            modules.append({"bn": lambda: torch.nn.BatchNorm1d(n_in, eps=float(value or 1e-3)),
                            "lrelu": lambda: torch.nn.LeakyReLU(float(value or 0.2)),
                            "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid}[name]())
    net = torch.nn.Sequential(*modules)
    state = {k[len(prefix):]: torch.tensor(v, dtype=torch.float64) for k, v in tensors.items() if k.startswith(prefix)}
    net.load_state_dict(state, strict=False)
    return net.eval()


def explain(seed, *options):
    """The maps of that seed, and the seconds that it took."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.time()
        subprocess.run([ganexplain, str(run), "--seed", str(seed), "--no-pictures", "-q", "-o", folder, *options], check=True)
        seconds = time.time() - start
        return tensors_of(next(pathlib.Path(folder).glob("seed-*/maps.safetensors")))[0], seconds


# ---- The generator of random numbers ----

class Stream:
    """Philox4x32-10 as include/tensor.h has it."""

    def __init__(self, seed, use, which):
        names = re.findall(r"^    (DRAW_\w+)", (SOURCE / "src/explain/method_detail.h").read_text(), re.M)
        purposes = re.findall(r"^    (STREAM_\w+)", (SOURCE / "include/tensor.h").read_text(), re.M)
        self.seed, self.at = seed, 0
        self.stream = (1 + purposes.index("STREAM_METHOD")) << 56 | 2 * names.index(use) + which

    def bits(self, n):
        blocks = (n + 3) // 4
        at = np.arange(self.at, self.at + blocks, dtype=np.uint64)
        self.at += blocks
        low = np.uint64(0xFFFFFFFF)
        w = [at & low, at >> np.uint64(32), np.full(blocks, self.stream & 0xFFFFFFFF, np.uint64),
             np.full(blocks, self.stream >> 32, np.uint64)]
        for i in range(10):
            k0, k1 = [np.uint64((k + i * step) & 0xFFFFFFFF) for k, step in
                      ((self.seed & 0xFFFFFFFF, 0x9E3779B9), (self.seed >> 32, 0xBB67AE85))]
            p0, p1 = np.uint64(0xD2511F53) * w[0], np.uint64(0xCD9E8D57) * w[2]
            w = [(p1 >> np.uint64(32)) ^ w[1] ^ k0, p1 & low, (p0 >> np.uint64(32)) ^ w[3] ^ k1, p0 & low]
        return np.stack(w, 1).reshape(-1)[:n].tolist()

    @staticmethod
    def below(bits, n):
        product = bits * n
        return product >> 32 if product & 0xFFFFFFFF >= (2 ** 32) % n else None

    def draw_below(self, n):
        while (value := self.below(self.bits(1)[0], n)) is None:
            pass
        return value

    def permutation(self, n):
        out, words = list(range(n)), []
        for i in range(n, 1, -1):
            j = None
            while j is None:
                words = words or self.bits(256)
                j = self.below(words.pop(0), i)
            out[i - 1], out[j] = out[j], out[i - 1]
        return out


def lime_masks(seed, which, n_groups, n):
    stream, masks = Stream(seed, "DRAW_LIME", which), np.ones((n, n_groups))
    for i in range(1, n):
        n_missing = 1 + stream.draw_below(n_groups)
        masks[i, stream.permutation(n_groups)[:n_missing]] = 0
    return masks


# ---- The target ----

tensors, metadata = tensors_of(run / "model.safetensors")
settings = json.loads(metadata["settings"])
g = network_of(tensors, "G.", settings["generator"], settings["z-dim"])
d = network_of(tensors, "D.", settings["discriminator"], 784)
of_z, of_x = lambda z: d(g(z))[:, 0], lambda x: d(x)[:, 0]


def blocks(side):
    row, col = np.divmod(np.arange(784), 28)
    return row * side // 28 * side + col * side // 28


def game(f, here, base, group):
    """Masks (n, groups) to values; group: that of each feature."""
    return lambda m: f(torch.where(torch.as_tensor(m)[:, group] > 0, here, base)).detach().numpy()


def share(values, group):
    return values[group] / np.bincount(group)[group]


def off(got, want):
    return np.linalg.norm(got - want) / np.linalg.norm(want)


def rms(a):
    return float(np.sqrt(np.mean(np.square(a))))


def brute_force(v, n):
    masks = np.array(list(itertools.product((0, 1), repeat=n)))[:, ::-1].copy()
    value, size = v(masks), masks.sum(1)
    weight = np.array([math.factorial(k) * math.factorial(n - k - 1) / math.factorial(n) for k in range(n)])
    out = np.zeros(n)
    for k in range(n):
        without = np.flatnonzero(masks[:, k] == 0)
        out[k] = np.sum(weight[size[without]] * (value[without + (1 << k)] - value[without]))
    return out


def sklearn_ridge(masks, value, weight):
    square = np.mean([np.sum(weight * (c - np.average(c, weights=weight)) ** 2) for c in masks.T])
    return Ridge(alpha=1e-6 * square, solver="cholesky").fit(masks, value, sample_weight=weight).coef_


def captum_lime(v, masks, weights):
    """LimeBase on our masks, one after the other."""
    left = iter(np.arange(len(masks)))
    picked = {"now": 0}

    def perturb(_, **__):
        picked["now"] = next(left)
        return torch.as_tensor(masks[picked["now"]])[None]

    base = LimeBase(lambda m: torch.as_tensor(v(m.numpy())), SkLearnRidge(alpha=0),
                    similarity_func=lambda *_, **__: float(weights[picked["now"]]), perturb_func=perturb,
                    perturb_interpretable_space=True, from_interp_rep_transform=lambda m, *_, **__: m,
                    to_interp_rep_transform=None)
    return base.attribute(torch.ones(1, masks.shape[1]), n_samples=len(masks)).numpy()[0]


def sampled(attribution, here, base, group, n):
    mask = torch.as_tensor(group)[None]
    found = attribution.attribute(here[None], baselines=base[None], feature_mask=mask, n_samples=n).detach().numpy()[0]
    out = np.zeros(group.max() + 1)
    out[group] = found
    return out


for seed in seeds:
    ours, seconds = explain(seed, "--method", "lime,shap")
    z, x = [torch.tensor(ours[k].astype(float)) for k in "zx"]
    cases = {"z": (of_z, z, torch.zeros_like(z), np.arange(len(z))),
             "x": (of_x, x, torch.full_like(x, -1), blocks(7))}
    print(f"seed {seed}: ganexplain took {seconds:.2f} s for both methods")
    for which, (name, (f, here, base, group)) in enumerate(cases.items()):
        v = game(f, here, base, group)
        masks = lime_masks(seed, which, group.max() + 1, 1000)
        weight = np.exp(-np.square(1 - masks.mean(1)) / (2 * 0.25 ** 2))
        start = time.time()
        ridge = share(sklearn_ridge(masks, v(masks), weight), group)
        took = time.time() - start
        start = time.time()
        captum = share(captum_lime(v, masks, weight), group)
        print(f"  lime.{name}: scikit-learn {off(ours['lime.' + name], ridge):.1e} ({took:.2f} s), "
              f"captum {off(ours['lime.' + name], captum):.1e} ({time.time() - start:.2f} s)")
    group, (f, here, base, _) = blocks(4), cases["x"]
    exact = share(brute_force(game(f, here, base, group), 16), group)
    print(f"  shap.x, exact: brute force {off(ours['shap.x'], exact):.1e}")
    f, here, base, _ = cases["z"]
    group = np.arange(len(z)) * 8 // len(z)
    of_groups, _ = explain(seed, "--method", "shap", "--space", "z", "--shap-groups", "8")
    exact = ShapleyValues(f).attribute(here[None], baselines=base[None], feature_mask=torch.as_tensor(group)[None],
                                       perturbations_per_eval=64).detach().numpy()[0]
    brute = share(brute_force(game(f, here, base, group), 8), group)
    print(f"  shap.z of 8 groups, exact: brute force {off(of_groups['shap.z'], brute):.1e}, "
          f"captum {off(of_groups['shap.z'] * np.bincount(group)[group], exact):.1e} "
          f"(which is {off(exact, brute * np.bincount(group)[group]):.1e} off brute force)")
    many, _ = explain(seed, "--method", "shap", "--space", "z", "--samples", "100000")
    group, error = np.arange(len(z)), ours["shap.z"] - many["shap.z"]
    print(f"  shap.z by 4096 evaluations: error {rms(error):.4f}, said {rms(ours['shap.z_error']):.4f}, "
          f"within 1.96 of it {np.mean(np.abs(error) < 1.96 * ours['shap.z_error']):.2f}")
    torch.manual_seed(seed)
    for peer, n in ((KernelShap, 4096), (ShapleyValueSampling, 4096 // len(z))):
        start = time.time()
        found = sampled(peer(f), here, base, group, n)
        print(f"    captum {peer.__name__}: error {rms(found - many['shap.z']):.4f} ({time.time() - start:.1f} s)")
