"""Energies whose log Z is known, and evidence of linear regressions: ours against exact values."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from scipy.integrate import quad
from scipy.stats import multivariate_normal

from sciml.flows import fit_energy, log_evidence
from sciml.flows.uses.energy import EnergyFit
from sciml.flows.uses.energy_loss import EnergyLoss

torch.set_num_threads(1)
NOISE_DRAWS = 24  # gradients whose variance is compared


class Known(NamedTuple):
    """An energy, its columns, log Z, and whether it has several modes."""

    energy: Callable[[torch.Tensor], torch.Tensor]
    features: int
    log_z: float
    several: bool = False


def logistic() -> Known:
    turn, _ = torch.linalg.qr(torch.randn(4, 4, generator=torch.Generator().manual_seed(7)))
    scale = torch.tensor([0.5, 1.0, 1.5, 0.8])

    def energy(x):
        z = (x @ turn) / scale
        return (z + 2 * torch.nn.functional.softplus(-z)).sum(1) + scale.log().sum() - 1.25

    return Known(energy, 4, 1.25)


def normal() -> Known:
    factor = 0.4 * torch.randn(6, 6, generator=torch.Generator().manual_seed(1)) + torch.eye(6)
    precision = factor @ factor.T
    half_log_det = 0.5 * torch.logdet(precision.double()).item()
    return Known(lambda x: 0.5 * (x @ precision * x).sum(1), 6, 3 * math.log(2 * math.pi) - half_log_det)


def funnel() -> Known:
    def energy(x):
        v, rest = x[:, 0], x[:, 1:]
        return 0.5 * v**2 + 0.5 * (rest**2 * (-x[:, :1]).exp()).sum(1) + v

    return Known(energy, 3, 1.5 * math.log(2 * math.pi))


def mixture() -> Known:
    centres = torch.tensor([[4.0, 0.0], [-4.0, 1.0], [0.0, -4.0], [1.0, 4.0]])
    weights, width = torch.tensor([0.1, 0.2, 0.3, 0.4]).log(), 0.6

    def energy(x):
        return -(weights - ((x[:, None] - centres) ** 2).sum(2) / (2 * width**2)).logsumexp(1)

    return Known(energy, 2, math.log(2 * math.pi * width**2), several=True)


def wells() -> Known:
    one = quad(lambda x: math.exp(-((x * x - 3) ** 2) - 0.3 * x), -6, 6)[0]
    return Known(lambda x: ((x * x - 3) ** 2 + 0.3 * x).sum(1), 2, 2 * math.log(one), several=True)


def phi4() -> Known:
    """A periodic chain of eight, by its transfer matrix on 200 points of Gauss and Legendre."""
    mass, coupling, sites = -0.5, 0.5, 8
    x, w = np.polynomial.legendre.leggauss(200)
    x, w = 5 * x, 5 * w
    half = 0.25 * mass * x**2 + 0.5 * coupling * x**4
    transfer = np.exp(-0.5 * (x[:, None] - x) ** 2 - half[:, None] - half) * np.sqrt(w[:, None] * w)
    log_z = math.log((np.linalg.eigvalsh(transfer) ** sites).sum())

    def energy(x):
        return (0.5 * (x - x.roll(1, 1)) ** 2 + 0.5 * mass * x**2 + coupling * x**4).sum(1)

    return Known(energy, sites, log_z)


KNOWN = {each.__name__: each for each in (logistic, normal, funnel, mixture, wells, phi4)}


@lru_cache
def fitted(name: str, seed: int) -> tuple[EnergyFit, float]:
    """Return a fit and its CPU seconds."""
    known = KNOWN[name]()
    began = time.process_time()
    fit = fit_energy(known.energy, known.features, seed=seed)
    return fit, time.process_time() - began


def seeds(quick: bool) -> range:
    return range(1 if quick else 3)


def error(name: str, quick: bool) -> tuple[float, str]:
    """The largest error of log Z, nats."""
    exact, found = KNOWN[name]().log_z, [fitted(name, seed) for seed in seeds(quick)]
    shown = ", ".join(f"{fit.log_z - exact:+.4f} ± {fit.log_z_std:.4f} in {cpu:.0f} s" for fit, cpu in found)
    return max(abs(fit.log_z - exact) for fit, _ in found), shown


def effective(name: str, quick: bool) -> tuple[float, str]:
    """The smallest share of effective draws."""
    found = [fitted(name, seed)[0] for seed in seeds(quick)]
    doubts = sum(bool(fit.doubts) for fit in found)
    return min(fit.ess for fit in found), f"{doubts} of {len(found)} doubted"


def cover(count: int, quick: bool) -> tuple[float, str]:
    """The share of fits, over all energies, whose log Z is within its standard error."""
    off = [
        abs(fit.log_z - known.log_z) / fit.log_z_std
        for known in (each() for each in KNOWN.values())
        for seed in range(count)
        for fit in [fit_energy(known.energy, known.features, seed=100 + seed, max_steps=100)]
    ]
    inside = float(np.mean(np.array(off) < 1))
    return abs(inside - 0.68), f"{inside:.0%} of {len(off)} within 1 σ, the worst {max(off):.1f} σ off"


def noise(name: str, quick: bool) -> tuple[float, str]:
    """Variance of plain over path gradients at equal CPU time, on a fitted flow."""
    fit, found, spent = fitted(name, 0)[0], {}, {}
    for kind in ("path", "plain"):
        loss = EnergyLoss(fit.flow, fit.energy, kind)
        began, rows = time.process_time(), []
        for seed in range(NOISE_DRAWS):
            parts = torch.autograd.grad(loss(torch.tensor([seed])), list(fit.flow.parameters()))
            rows.append(torch.cat([part.flatten() for part in parts]))
        found[kind] = float(torch.stack(rows).var(0).sum())
        spent[kind] = time.process_time() - began
    ratio = found["plain"] * spent["plain"] / (found["path"] * spent["path"])
    return ratio, f"variance {found['plain'] / found['path']:.1f}, time {spent['path'] / spent['plain']:.2f}"


def evidence(features: int, quick: bool) -> tuple[float, str]:
    """The largest error of the log evidence of a linear regression, nats, from 5000 draws."""
    shown, errors = [], []
    for seed in seeds(quick):
        draws, log_density, exact = _regression(features, 5000, seed)
        found = log_evidence(draws, log_density, seed=seed)
        errors.append(abs(found.value - exact))
        shown.append(
            f"{found.value - exact:+.4f} ± {found.error:.4f} (bridge {found.bridge.value - exact:+.4f})"
        )
    return max(errors), ", ".join(shown)


def _regression(features: int, n: int, seed: int):
    rng = np.random.default_rng(seed)
    design, noise = rng.normal(size=(3 * features, features)), 0.7
    y = design @ rng.normal(size=features) + noise * rng.normal(size=len(design))
    covariance = np.linalg.inv(np.eye(features) + design.T @ design / noise**2)
    draws = rng.multivariate_normal(covariance @ design.T @ y / noise**2, covariance, n)
    exact = multivariate_normal(np.zeros(len(y)), noise**2 * np.eye(len(y)) + design @ design.T).logpdf(y)
    x, target = torch.from_numpy(design), torch.from_numpy(y)
    constant = -0.5 * features * math.log(2 * math.pi) - 0.5 * len(y) * math.log(2 * math.pi * noise**2)

    def log_density(theta):
        squares = ((target - theta @ x.T) ** 2).sum(1) / noise**2 + (theta**2).sum(1)
        return constant - 0.5 * squares

    return torch.from_numpy(draws), log_density, float(exact)
