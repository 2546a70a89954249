# SPDX-License-Identifier: MIT
"""Fits linear, logistic, tree and network with ganexplain and, to the same samples, with scikit-learn.

    python3 -m venv venv && venv/bin/pip install torch scikit-learn
    venv/bin/python tests/peers/compare_surrogates.py build/ganexplain RUN

RUN is a run folder of a GAN without classes whose nets are dense; the target is D's logit. z is drawn here with the same
generator, and the logit is computed in double from the weights; what ganexplain fitted is read from DIR/cache.
scikit-learn's LogisticRegression has the constant as a column of ones, since the ridge here holds it, too. Its network
begins with other weights and goes through the samples in other orders: five of them are compared by what they tell; a
twin in PyTorch begins with the same weights and has the same batches.
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time
import warnings

import numpy as np
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import r2_score
from sklearn.neural_network import MLPRegressor
from sklearn.tree import DecisionTreeRegressor

ganexplain, run = sys.argv[1], pathlib.Path(sys.argv[2])
torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
warnings.simplefilter("ignore")
SOURCE = pathlib.Path(__file__).parents[2]
DEPTH, LEAST_PART, RIDGE, COLUMNS = 4, 64, 1.0, 6
HIDDEN = (128, 64, 32, 16)


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
                            "relu": torch.nn.ReLU, "tanh": torch.nn.Tanh, "sigmoid": torch.nn.Sigmoid,
                            "dropout": torch.nn.Identity}[name]())
    net = torch.nn.Sequential(*modules)
    state = {k[len(prefix):]: torch.tensor(v, dtype=torch.float64) for k, v in tensors.items() if k.startswith(prefix)}
    net.load_state_dict(state, strict=False)
    return net.eval()


def fitted(method, *options):
    """What ganexplain keeps of that method, and the seconds that it took with one seed's explanation."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.time()
        subprocess.run([ganexplain, str(run), "--seed", "0", "--method", method, "--no-pictures", "-q", "-o", folder,
                        *options], check=True)
        seconds = time.time() - start
        return tensors_of(next(pathlib.Path(folder).glob(f"cache/{method}-*")))[0], seconds


# ---- Samples ----

class Stream:
    """Philox4x32-10 as include/tensor.h has it."""

    def __init__(self, seed, use):
        names = re.findall(r"^    (DRAW_\w+)", (SOURCE / "src/explain/method_detail.h").read_text(), re.M)
        purposes = re.findall(r"^    (STREAM_\w+)", (SOURCE / "include/tensor.h").read_text(), re.M)
        self.seed, self.at = seed, 0
        self.stream = (1 + purposes.index("STREAM_METHOD")) << 56 | 2 * names.index(use)

    def blocks(self, n):
        low, half = np.uint64(0xFFFFFFFF), np.uint64(32)
        w = [np.arange(self.at, self.at + n, dtype=np.uint64), np.zeros(n, np.uint64),
             np.full(n, self.stream & 0xFFFFFFFF, np.uint64), np.full(n, self.stream >> 32, np.uint64)]
        self.at += n
        for i in range(10):
            k0, k1 = [np.uint64((k + i * step) & 0xFFFFFFFF) for k, step in ((self.seed, 0x9E3779B9), (0, 0xBB67AE85))]
            p0, p1 = np.uint64(0xD2511F53) * w[0], np.uint64(0xCD9E8D57) * w[2]
            w = [(p1 >> half) ^ w[1] ^ k0, p1 & low, (p0 >> half) ^ w[3] ^ k1, p0 & low]
        return np.stack(w, 1)

    def normals(self, n):
        u = (self.blocks((n + 3) // 4).astype(np.float64) + 0.5) / 2 ** 32
        radius, angle = np.sqrt(-2 * np.log(u[:, ::2])), 2 * np.pi * u[:, 1::2]
        return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 2).reshape(-1)[:n].astype(np.float32)

    def uniform(self, n):
        return (self.blocks((n + 3) // 4).reshape(-1)[:n].astype(np.float64) + 0.5) / 2 ** 32

    def permutation(self, n):
        out, words = list(range(n)), []
        for i in range(n, 1, -1):
            j = None
            while j is None:
                words = words or self.blocks(64).reshape(-1).tolist()[::-1]
                product = words.pop() * i
                j = product >> 32 if product & 0xFFFFFFFF >= 2 ** 32 % i else None
            out[i - 1], out[j] = out[j], out[i - 1]
        return out


tensors, metadata = tensors_of(run / "model.safetensors")
settings = json.loads(metadata["settings"])
z_dim = int(settings["z-dim"])
g = network_of(tensors, "G.", settings["generator"], z_dim)
d = network_of(tensors, "D.", settings["discriminator"], 784)


def samples(use, n):
    z = Stream(0, use).normals(n * z_dim).reshape(n, z_dim)
    with torch.no_grad():
        return z, d(g(torch.tensor(z, dtype=torch.float64)))[:, 0].numpy()


def data_of(kept):
    """z and targets to fit to, and the held-out ones; says how far the kept targets are from these."""
    z, y = samples("DRAW_PRIOR", kept["fitted_to"].size)
    held_z, held_y = samples("DRAW_HELD_OUT", kept["held_out"].size)
    off = max(abs(kept["fitted_to"] - y).max(), abs(kept["held_out"] - held_y).max())
    return z, y, held_z, held_y, off / y.std()


def timed(fit):
    start = time.time()
    return fit(), time.time() - start


def report(name, seconds, peer_seconds, **figures):
    words = "  ".join(f"{k.replace('_', ' ')} {v:.3g}" for k, v in figures.items())
    print(f"{name:9} {words}  | {seconds:.2f} s with one seed explained, scikit-learn's fit {peer_seconds:.2f} s", flush=True)


# ---- The methods ----

def relative(a, b):
    return abs(a - b).max() / abs(b).max()


def compare_linear():
    kept, seconds = fitted("linear")
    z, y, held_z, held_y, off = data_of(kept)
    peer, peer_seconds = timed(lambda: LinearRegression().fit(z.astype(float), y))
    design = np.column_stack([np.ones(len(z)), z.astype(float)])
    left = y - peer.predict(z.astype(float))
    residual = np.sqrt(left @ left / (len(y) - z_dim - 1))
    errors = residual * np.sqrt(np.diag(np.linalg.inv(design.T @ design)))
    report("linear", seconds, peer_seconds, targets=off,
           coefficients=relative(kept["coefficients"], np.append(peer.intercept_, peer.coef_)),
           errors=relative(kept["errors"], errors), residual=abs(kept["residual"][0] / residual - 1),
           R2=r2_score(kept["held_out"], kept["predicted"]), their_R2=peer.score(held_z.astype(float), held_y))


def compare_logistic():
    kept, seconds = fitted("logistic")
    z, y, held_z, held_y, off = data_of(kept)
    high, held_high = y > kept["threshold"][0], held_y > kept["threshold"][0]
    design, held = (np.column_stack([np.ones(len(a)), a.astype(float)]) for a in (z, held_z))
    model = LogisticRegression(C=1 / RIDGE, fit_intercept=False, solver="newton-cholesky", tol=1e-12, max_iter=1000)
    peer, peer_seconds = timed(lambda: model.fit(design, high))
    p = peer.predict_proba(design)[:, 1]
    curve = (design.T * (p * (1 - p))) @ design + RIDGE * np.eye(z_dim + 1)
    report("logistic", seconds, peer_seconds, targets=off, weights=relative(kept["coefficients"], peer.coef_[0]),
           errors=relative(kept["errors"], np.sqrt(np.diag(np.linalg.inv(curve)))),
           accuracy=np.mean((kept["predicted"] > 0) == held_high), their_accuracy=peer.score(held, held_high))


def splits_of(nodes, i, columns):
    """Component and threshold of each split, by the way to it."""
    component, threshold, below, above = columns
    if nodes[i][component] < 0:
        return {}
    found = {"": (int(nodes[i][component]), nodes[i][threshold])}
    for side, word in ((below, "b"), (above, "a")):
        found |= {word + k: v for k, v in splits_of(nodes, int(nodes[i][side]), columns).items()}
    return found


def compare_tree():
    kept, seconds = fitted("tree")
    z, y, held_z, held_y, off = data_of(kept)
    model = DecisionTreeRegressor(max_depth=DEPTH, min_samples_leaf=len(y) // LEAST_PART, random_state=0)
    peer, peer_seconds = timed(lambda: model.fit(z, y))
    own = splits_of(kept["tree"].reshape(-1, COLUMNS), 0, (0, 1, 2, 3))
    t = peer.tree_
    theirs = splits_of(np.column_stack([t.feature, t.threshold, t.children_left, t.children_right]), 0, (0, 1, 2, 3))
    report("tree", seconds, peer_seconds, targets=off, splits=len(own), their_splits=len(theirs),
           same_component=sum(k in theirs and theirs[k][0] == v[0] for k, v in own.items()),
           thresholds=max(abs(v[1] - theirs[k][1]) for k, v in own.items() if k in theirs),
           predictions=relative(kept["predicted"], peer.predict(held_z)),
           gains=relative(kept["importance"], peer.feature_importances_ * peer.score(z, y)),
           R2=r2_score(kept["held_out"], kept["predicted"]), their_R2=peer.score(held_z, held_y))


def twin_network(z, y):
    """PyTorch's Adam in double from the same initial weights, through the same batches."""
    stream, modules, n_in = Stream(0, "DRAW_SURROGATE"), [], z_dim
    for width in (*HIDDEN, 1):
        layer = torch.nn.Linear(n_in, width)
        weight = (2 * stream.uniform(width * n_in) - 1) * np.sqrt(6 / (width + n_in))  # Glorot's
        layer.weight.data = torch.tensor(weight.reshape(width, n_in), dtype=torch.float64)
        layer.bias.data = torch.zeros(width)
        modules += [layer, torch.nn.ReLU()]
        n_in = width
    net = torch.nn.Sequential(*modules[:-1])
    adam = torch.optim.Adam(net.parameters(), 1e-3)
    z, y = torch.tensor(z, dtype=torch.float64), torch.tensor(y)
    for epoch in range(10):
        for rows in np.array(Stream(200 + epoch, "DRAW_SURROGATE").permutation(len(z))).reshape(-1, 32):
            adam.zero_grad()
            ((net(z[rows])[:, 0] - y[rows]) ** 2).mean().backward()
            adam.step()
    return net


def twin_predictions(z, y, held_z):
    net = twin_network(z, (y - y.mean()) / y.std())
    return net(torch.tensor(held_z, dtype=torch.float64))[:, 0].detach().numpy() * y.std() + y.mean()


def compare_network():
    kept, seconds = fitted("network")
    z, y, held_z, held_y, off = data_of(kept)
    scaled, found, peer_seconds = (y - y.mean()) / y.std(), [], []
    for i in range(5):
        model = MLPRegressor(hidden_layer_sizes=HIDDEN, alpha=0, batch_size=32, max_iter=10, tol=0, n_iter_no_change=100,
                             random_state=i)
        peer, took = timed(lambda: model.fit(z, scaled))
        peer_seconds.append(took)
        found.append(r2_score(held_y, peer.predict(held_z) * y.std() + y.mean()))
    report("network", seconds, np.mean(peer_seconds), targets=off, R2=r2_score(kept["held_out"], kept["predicted"]),
           twin_R2=r2_score(held_y, twin_predictions(z, y, held_z)), their_least_R2=min(found),
           their_mean_R2=np.mean(found), their_greatest_R2=max(found))
    for n in 64, 256, 512, 768:  # of more, rounding may part them, as it parts PyTorch's own floats and doubles
        kept, _ = fitted("network", "--samples", str(n))
        z, y, held_z, _, _ = data_of(kept)
        off = relative(kept["predicted"], twin_predictions(z, y, held_z))
        print(f"          of {n} z: predictions against the twin's {off:.3g}")


compare_linear()
compare_logistic()
compare_tree()
compare_network()
