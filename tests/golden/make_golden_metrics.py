#!/usr/bin/env python3
"""Metrics by who is near whom and by how alike pictures look, as others' programs have them.

Needs: numpy, torch, safetensors, scikit-image, scikit-learn, prdc, torch-fidelity, pytorch-msssim. Writes
golden_metrics.safetensors next to this file (about 15 KB).

Tensors in the file:
  grid.set (250, 3), grid.real (300, 3)     whole numbers, so that distances are often equal and lie on the edge of balls
  normal.set (250, 6), normal.real (300, 6) N(0, 1), the set's half as wide and beside
  NAME.wide (2)     density and coverage, k = 5, of prdc
  NAME.narrow (2)   precision and recall, k = 3, of torch-fidelity
  similarity (20, 2)   SSIM by scikit-image and MS-SSIM of two scales by pytorch-msssim's own SSIM, of test pictures i
                       and i + 1 of data/digits5k, in float64 of bytes / 255
  small (10)        SSIM of their upper left 20 x 17 pixels

How to compare: shares to 1e-7 (torch-fidelity's are means in float32), similarities to 1e-5 (pictures are floats).
"""
import gzip, os
import numpy as np, torch
from prdc import compute_prdc
from pytorch_msssim.ssim import _fspecial_gauss_1d, _ssim
from safetensors.numpy import save_file
from skimage.metrics import structural_similarity
from torch_fidelity.metric_prc import calculate_precision_recall_full
HERE = os.path.dirname(os.path.abspath(__file__))
N_PAIRS, N_SMALL = 20, 10
out = {}


def add_shares(name, fake, real):
    wide = compute_prdc(real, fake, 5)
    out[name + ".set"], out[name + ".real"] = fake.astype(np.float32), real.astype(np.float32)
    out[name + ".wide"] = np.array([wide["density"], wide["coverage"]], np.float32)
    out[name + ".narrow"] = np.array(calculate_precision_recall_full(torch.tensor(fake), torch.tensor(real)), np.float32)


def ssim(a, b):
    return structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0)


def ms_ssim(a, b):
    window = _fspecial_gauss_1d(11, 1.5).double().repeat(1, 1, 1, 1)
    weights = np.array([0.0448, 0.2856]) / (0.0448 + 0.2856)
    a, b = (torch.tensor(v)[None, None] for v in (a, b))
    _, contrast = _ssim(a, b, 1.0, window)
    a, b = (torch.nn.functional.avg_pool2d(v, 2) for v in (a, b))
    whole, _ = _ssim(a, b, 1.0, window)
    return float(torch.relu(contrast) ** weights[0] * torch.relu(whole) ** weights[1])


draws = np.random.default_rng(0)
add_shares("grid", draws.integers(-3, 3, (250, 3)).astype(float), draws.integers(-2, 4, (300, 3)).astype(float))
normal = [draws.standard_normal((n, 6)).astype(np.float32).astype(float) for n in (250, 300)]
add_shares("normal", (0.5 * normal[0] + 0.25).astype(np.float32).astype(float), normal[1])
with gzip.open(os.path.join(HERE, "../../data/digits5k/t10k-images-idx3-ubyte.gz")) as f:
    pictures = np.frombuffer(f.read()[16:], np.uint8).reshape(-1, 28, 28) / 255.0
out["similarity"] = np.array([[measure(pictures[i], pictures[i + 1]) for measure in (ssim, ms_ssim)]
                              for i in range(N_PAIRS)], np.float32)
out["small"] = np.array([ssim(pictures[i][:20, :17], pictures[i + 1][:20, :17]) for i in range(N_SMALL)], np.float32)
save_file(out, os.path.join(HERE, "golden_metrics.safetensors"))
