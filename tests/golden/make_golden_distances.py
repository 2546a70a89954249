#!/usr/bin/env python3
"""Distances between two sets of features, as torch-fidelity has them.

Needs: numpy, torch, safetensors, torch-fidelity. Writes golden_distances.safetensors next to this file (about 45 KB).

Tensors in the file:
  set (300, 12), real (300, 12)   features of generated and of real pictures, some of them zero as a ReLU leaves them
  singular (300, 12)              real with one feature dead and one twice another
  fcd, fcd_singular (1)           its FID of set from real and from singular
  kid, kid_singular (1)           its KID, of one subset of all 300

How to compare: relatively to 1e-6.
"""
import os
import numpy as np, torch
from safetensors.numpy import save_file
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kid_features_to_metric
HERE = os.path.dirname(os.path.abspath(__file__))
N, D = 300, 12
rng = np.random.default_rng(0)
mix = rng.standard_normal((D, D)) / np.sqrt(D)
real = np.maximum(rng.standard_normal((N, D)) @ mix + 0.5, 0).astype(np.float32)
generated = np.maximum(1.2 * rng.standard_normal((N, D)) @ mix.T + 0.8, 0).astype(np.float32)
singular = real.copy()
singular[:, 3], singular[:, 5] = 0, 2 * singular[:, 6]


def frechet(a, b):
    statistics = [fid_features_to_statistics(torch.from_numpy(x).double()) for x in (a, b)]
    return fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]


def discrepancy(a, b):
    found = kid_features_to_metric(torch.from_numpy(a).double(), torch.from_numpy(b).double(), kid_subsets=1,
                                   kid_subset_size=N, verbose=False)
    return found["kernel_inception_distance_mean"]


values = {"fcd": frechet(generated, real), "fcd_singular": frechet(generated, singular),
          "kid": discrepancy(generated, real), "kid_singular": discrepancy(generated, singular)}
for name, value in values.items():
    print(f"{name}: {value:.9g}")
out = {name: np.array([value], dtype=np.float32) for name, value in values.items()}
save_file(out | {"set": generated, "real": real, "singular": singular}, os.path.join(HERE, "golden_distances.safetensors"))
