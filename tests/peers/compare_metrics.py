# SPDX-License-Identifier: MIT
"""Measures the same features with ganeval --features and with torch-fidelity, prdc and SciPy, and compares.

    python3 -m venv venv && venv/bin/pip install torch-fidelity prdc scipy
    venv/bin/python tests/peers/compare_metrics.py build/ganeval [PICTURES]

The features are drawn here: few and many, of a judge's width and of Inception's (of which there are PICTURES, 5000), with
and without dead units. That takes some minutes, most of them torch-fidelity's eigenvalues of 2048 features.

All are equal to rounding but kid beyond 1,000 pictures, whose subsets are other ones: its interval is to hold their value.
precision and recall have torch-fidelity's k = 3 and <=, density and coverage prdc's k = 5 and <.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import torch
from prdc import compute_prdc
from scipy.linalg import sqrtm
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
from torch_fidelity.metric_prc import calculate_precision_recall_full

ganeval = sys.argv[1]


def relu_features(n, d, seed, shift):
    """(n, d) as a hidden layer leaves them: zeros and correlated positive numbers."""
    mix = np.random.default_rng(d).standard_normal((d, d)) / np.sqrt(d)
    rng = np.random.default_rng(seed)
    return np.maximum(rng.standard_normal((n, d)) @ mix + shift, 0).astype(np.float32)


def ours(generated, real, names):
    with tempfile.TemporaryDirectory() as folder:
        paths = [str(pathlib.Path(folder) / name) for name in ("generated.npy", "real.npy")]
        np.save(paths[0], generated), np.save(paths[1], real)
        command = [ganeval, "--features", ",".join(paths), "--metrics", ",".join(names), "--json", "-"]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["metrics"]


def frechet(generated, real):
    statistics = [fid_features_to_statistics(torch.from_numpy(x).double()) for x in (generated, real)]
    return fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]


def frechet_by_scipy(generated, real):
    a, b = generated.astype(np.float64), real.astype(np.float64)
    c, d = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    return np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(c) + np.trace(d) - 2 * np.trace(sqrtm(c @ d).real)


def discrepancy(generated, real, subsets, size):
    found = kid_features_to_metric(torch.from_numpy(generated).double(), torch.from_numpy(real).double(),
                                   kid_subsets=subsets, kid_subset_size=size, verbose=False)
    return found["kernel_inception_distance_mean"]


failed = False


def compare(what, got, want, tolerance):
    global failed
    off = abs(got - want) / max(abs(want), 1e-12)
    failed |= not off <= tolerance
    print(f"{'ok  ' if off <= tolerance else 'FAIL'} {what}: {got:.9g}, theirs {want:.9g}, off by {off:.1e}")


def compare_distances(n, d, dead):
    real, generated = relu_features(n, d, 1, 0.5), relu_features(n, d, 2, 0.6)
    real[:, :dead], generated[:, :dead] = 0, 0
    title = f"{n} x {d}, {dead} dead"
    found = ours(generated, real, ["fcd", "kid"])
    compare(f"fcd, {title}, torch-fidelity", found["fcd"]["value"], frechet(generated, real), 1e-6)
    if d < 1000:
        compare(f"fcd, {title}, SciPy", found["fcd"]["value"], frechet_by_scipy(generated, real), 1e-6)
    same = ours(real, real, ["fcd"])["fcd"]["value"]
    trace = np.trace(np.cov(real.astype(np.float64), rowvar=False))
    compare(f"fcd, {title}, itself, of the trace", 1 + same / trace, 1, 1e-8)
    if n <= 1000:
        compare(f"kid, {title}, torch-fidelity", found["kid"]["value"], discrepancy(generated, real, 1, n), 1e-6)
    elif d < 1000:
        theirs = discrepancy(generated, real, 100, 1000)
        inside = found["kid"]["low"] <= theirs <= found["kid"]["high"]
        compare(f"kid, {title}, torch-fidelity in its interval", float(inside), 1, 0)


def compare_balls(n, d):
    real, generated = relu_features(n, d, 1, 0.5), relu_features(n, d, 2, 0.6)
    found = ours(generated, real, ["precision", "recall", "density", "coverage"])
    precision, recall = calculate_precision_recall_full(torch.from_numpy(generated).double(),
                                                        torch.from_numpy(real).double())
    wide = compute_prdc(real_features=real.astype(np.float64), fake_features=generated.astype(np.float64), nearest_k=5)
    theirs = {"precision": float(precision), "recall": float(recall), "density": wide["density"],
              "coverage": wide["coverage"]}
    for name, value in theirs.items():
        compare(f"{name}, {n} x {d}", found[name]["value"], value, 1e-6)


compare_distances(1000, 64, 0)
compare_distances(3000, 128, 0)
compare_distances(3000, 128, 9)
compare_distances(int(sys.argv[2]) if len(sys.argv) > 2 else 5000, 2048, 0)
compare_balls(3000, 128)
sys.exit(failed)
