#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares what `ganexplain --quality` found with captum's infidelity, on the same removals, and with deletion and
insertion curves of PyTorch, in float64 on the same weights, z and maps.

  ganexplain RUN --seed 0-9 --method all --quality -o explained
  tests/peers/compare_quality.py RUN/model.safetensors explained/seed-*

The target is the logit, with a z of 0 and a black picture as the baseline, and the removals are those of a run that
was not asked for fewer samples. Needs torch, captum, numpy and safetensors, so it is not part of `make check`. Exit 1
when |got - want| is over the tolerance, or when fewer than 85 % of the intervals hold what thousands of removals that
PyTorch draws say.
"""
import json
import sys

import numpy
import torch
from captum.metrics import infidelity
from safetensors import safe_open
from safetensors.torch import load_file

from load_in_torch import load

N_REMOVALS, N_OWN, STREAM_TRUST, TRUST_REMOVALS = 512, 8192, 16, 1
TOLERANCE = {"infidelity": 1e-5, "infidelity-plain": 1e-4, "deletion": 1e-5, "insertion": 1e-5, "curves": 1e-4}
LEAST_HELD = 0.85
# What is a rate, to be multiplied by the way from the baseline; what else is compared says what inputs add.
RATES = {"gradient": {"z": "gradient_z", "x": "gradient_x"}, "smoothgrad": {"z": "smoothgrad.z", "x": "smoothgrad.x"},
         "influence": {"z": "influence.z"}}
CHANGES = ["gradient-x-input", "integrated-gradients", "occlusion", "lime", "shap", "linear", "tree", "network"]


class Draws:
    """Philox 4x32-10 and integers below n without bias, one 256 words at a time or a block a number."""

    def __init__(self, seed, stream):
        self.key, self.stream, self.position = seed, stream, 0

    def block(self):
        mask = 0xFFFFFFFF
        c = [self.position & mask, self.position >> 32, self.stream & mask, self.stream >> 32]
        k = [self.key & mask, self.key >> 32]
        for _ in range(10):
            p, q = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [q >> 32 ^ c[1] ^ k[0], q & mask, p >> 32 ^ c[3] ^ k[1], p & mask]
            k = [(k[0] + 0x9E3779B9) & mask, (k[1] + 0xBB67AE85) & mask]
        self.position += 1
        return c

    def below(self, n, words=None):
        while True:
            product = (next(words) if words else self.block()[0]) * n
            if product & 0xFFFFFFFF >= 2 ** 32 % n:
                return product >> 32

    def words(self):
        while True:
            chunk = [word for _ in range(64) for word in self.block()]
            yield from chunk

    def permutation(self, n):
        order, words = list(range(n)), self.words()
        for i in range(n, 1, -1):
            j = self.below(i, words)
            order[i - 1], order[j] = order[j], order[i - 1]
        return order


def draw_removals(seed, space, n, shape):
    """The sets that were drawn: (512, n) of 0 and 1."""
    r = Draws(seed, STREAM_TRUST << 56 | TRUST_REMOVALS << 32 | (space == "x"))
    sets = numpy.zeros((N_REMOVALS, n))
    for one in sets:
        if space == "z":
            size = 1 + r.below(n)
            one[r.permutation(n)[:size]] = 1
            continue
        longer = max(shape)
        k = r.below(longer)
        rows, cols = 1 + k * shape[0] // longer, 1 + k * shape[1] // longer
        top = r.below(shape[0] - rows + 1)
        left = r.below(shape[1] - cols + 1)
        one.reshape(shape)[top:top + rows, left:left + cols] = 1
    return torch.from_numpy(sets)


def draw_own_removals(space, n, shape, generator):
    """Others of the same kind, by PyTorch."""
    sets = torch.zeros(N_OWN, n, dtype=torch.float64)
    pick = lambda below: int(torch.randint(below, (1,), generator=generator))
    for one in sets:
        if space == "z":
            one[torch.randperm(n, generator=generator)[:1 + pick(n)]] = 1
            continue
        side = 1 + pick(shape[0])
        top, left = pick(shape[0] - side + 1), pick(shape[1] - side + 1)
        one.view(shape)[top:top + side, left:left + side] = 1
    return sets


def by_captum(f, at, base, sets, contribution, normalize):
    """E[(p - D)^2], or of the best factor (of any sign), where sets are perturbations of a map that says what inputs
    add."""
    def perturb(inputs):
        return sets, torch.where(sets > 0, base, inputs)
    with torch.no_grad():
        return infidelity(f, perturb, at, contribution, n_perturb_samples=len(sets), max_examples_per_batch=len(sets),
                          normalize=normalize).item()


def lost(f, at, base, sets):
    with torch.no_grad():
        return f(at) - f(torch.where(sets > 0, base, at))


def scaled(foretold, loss):
    if (foretold @ loss).item() <= 0:
        return 1.0
    return (1 - (foretold @ loss) ** 2 / ((foretold @ foretold) * (loss @ loss))).item()


def curve(f, at, base, contribution, is_deletion, most):
    n = at.shape[1]
    steps = min(n, most)
    order = sorted(range(n), key=lambda i: (-contribution[i].item(), i))
    rows = (at if is_deletion else base.expand_as(at)).repeat(steps + 1, 1)
    other = base.expand_as(at) if is_deletion else at
    moved = [k * n // steps for k in range(steps + 1)]
    for k, count in enumerate(moved):
        rows[k, order[:count]] = other[0, order[:count]]
    with torch.no_grad():
        value = f(rows)
    return value, torch.trapezoid(value, torch.tensor(moved, dtype=torch.float64) / n).item()


class Report:
    """Rows of a table by method, its intervals and its curves, of one input."""

    def __init__(self, maps, described, space):
        self.maps, self.space = maps, space
        named = lambda key: [one["name"] for one in described[f"quality.{space}"][key]]
        self.columns, self.rows = named("columns"), named("rows")

    def cell(self, method, measure, end=""):
        return self.maps[f"quality.{self.space}{end}"][self.rows.index(method), self.columns.index(measure)].item()

    def curve(self, method, kind):
        return self.maps[f"quality.{kind}.{self.space}"][1 + self.rows.index(method)].double()


def contribution_of(maps, method, space, at, base):
    """What inputs add, as float32 rounds it; None: nothing."""
    name = RATES[method].get(space) if method in RATES else f"{method}.{space}"
    if name not in maps:
        return None
    way = (at - base)[0] if method in RATES else 1
    return (way * maps[name].double()).float().double()


def compare_one(report, method, f, at, base, contribution, sets, own):
    """Errors by measure, and whether the interval holds what other removals say."""
    errors, loss, scale = {}, lost(f, at, base, sets), 1 + f(at).abs().item()
    power = (loss @ loss / len(loss)).item()
    got = report.cell(method, "infidelity")
    if (sets @ contribution @ loss).item() > 0:
        want = by_captum(f, at, base, sets, contribution[None], True) / power
    else:
        want = 1.0
    errors["infidelity"] = abs(got - want)
    plain = report.cell(method, "infidelity-plain")
    if plain == plain:
        want = by_captum(f, at, base, sets, contribution[None], False)
        errors["infidelity-plain"] = abs(plain - want) / want
    for kind in "deletion", "insertion":
        values, area = curve(f, at, base, contribution, kind == "deletion", 20 if report.space == "z" else 28)
        errors[kind] = abs(report.cell(method, kind) - area) / scale
        errors["curves"] = max(errors.get("curves", 0), (report.curve(method, kind) - values).abs().max().item() / scale)
    truth = scaled(own @ contribution, lost(f, at, base, own))
    low, high = report.cell(method, "infidelity", ".low"), report.cell(method, "infidelity", ".high")
    return errors, low - 1e-6 <= truth <= high + 1e-6


def compare(g, d, shape, black, folder, generator):
    maps = load_file(folder + "/maps.safetensors")
    with open(folder + "/explanation.json", encoding="utf-8") as file:
        described = json.load(file)
    inputs = {"z": (lambda rows: d(g(rows))[:, 0], maps["z"].double()[None], 0.0),
              "x": (lambda rows: d(rows)[:, 0], maps["x"].double().flatten()[None], black)}
    for space, (f, at, zero) in inputs.items():
        base = torch.full_like(at, zero)
        report = Report(maps, described["arrays"], space)
        sets = draw_removals(described["seed"], space, at.shape[1], shape)
        own = draw_own_removals(space, at.shape[1], shape, generator)
        for method in [*RATES, *CHANGES]:
            contribution = contribution_of(maps, method, space, at, base)
            if contribution is not None and method in report.rows:
                yield compare_one(report, method, f, at, base, contribution, sets, own)


def main(model, folders):
    with safe_open(model, "pt") as file:
        settings, card = (json.loads(file.metadata()[name]) for name in ("settings", "model"))
    tensors = load_file(model)
    shape = card["rows"], card["cols"]
    g = load(tensors, "G.", settings["generator"], settings["z-dim"]).double()
    d = load(tensors, "D.", settings["discriminator"], shape[0] * shape[1]).double()
    generator, worst, held = torch.Generator().manual_seed(1), {}, []
    for folder in folders:
        for errors, is_held in compare(g, d, shape, settings["range"][0], folder, generator):
            held.append(is_held)
            worst = {name: max(errors.get(name, 0), worst.get(name, 0)) for name in {*errors, *worst}}
    for name, error in sorted(worst.items()):
        print(f"{name}: off by at most {error:.2e} over {len(held)} maps")
    share = sum(held) / len(held)
    print(f"{100 * share:.1f} % of the intervals of infidelity hold what {N_OWN} other removals say")
    return any(not error <= TOLERANCE[name] for name, error in worst.items()) or share < LEAST_HELD


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
