"""Posteriors of bundled problems: fitted once a seed, then looked at in several ways."""

from __future__ import annotations

import time
from functools import lru_cache

import numpy as np
import torch

import sciml
from sciml.flows import Posterior, fit_posterior
from sciml.flows.uses.calibration import Calibration, calibrate

torch.set_num_threads(1)
ROWS, FRESH = 10_000, 1000


@lru_cache
def fitted(name: str, seed: int) -> tuple[Posterior, float]:
    """Return a posterior and the CPU seconds of its fit."""
    problem = sciml.load_problem(f"{name}-posterior")
    theta, x = problem.pairs(ROWS, 2 * seed)
    began = time.process_time()
    posterior = fit_posterior(theta, x, bounds=problem.bounds, seed=seed)
    return posterior, time.process_time() - began


@lru_cache
def fresh(name: str, seed: int, rows: int):
    return sciml.load_problem(f"{name}-posterior").pairs(rows, 2 * seed + 1)


class Spoiled:
    """A posterior that is wider, or off by so many of its standard deviations."""

    def __init__(self, posterior: Posterior, width: float, shift: float) -> None:
        self.posterior, self.width, self.shift = posterior, width, shift

    def sample(self, n, given, seed=None):
        draws = self.posterior.sample(n, given, seed)
        middle, deviation = draws.mean(1, keepdims=True), draws.std(1, keepdims=True)
        return middle + self.width * (draws - middle) + self.shift * deviation

    def log_prob(self, theta, given):
        return self.posterior.log_prob(theta, given)


def seeds(quick: bool) -> range:
    return range(1 if quick else 3)


def divergence(name: str, quick: bool) -> tuple[float, str]:
    """The mean over observations of KL(exact, ours), by fresh pairs."""
    problem, found = sciml.load_problem(f"{name}-posterior"), []
    for seed in seeds(quick):
        theta, x = fresh(name, seed, 20_000)
        gap = problem.log_posterior(theta, x) - fitted(name, seed)[0].log_prob(theta, x)
        found.append((gap.mean(), gap.std() / len(gap) ** 0.5))
    return max(value for value, _ in found), ", ".join(f"{a:.4f} ± {b:.4f}" for a, b in found) + " nat"


def calibration(name: str, quick: bool) -> tuple[float, str]:
    """The smallest p-value, Bonferroni's factor included, on a thousand rows."""
    found = [_calibrated(name, seed, fitted(name, seed)[0]).p_value for seed in seeds(quick)]
    return min(found), ", ".join(f"{p:.2g}" for p in found)


def seconds(name: str, quick: bool) -> tuple[float, str]:
    found = [fitted(name, seed) for seed in seeds(quick)]
    return max(cpu for _, cpu in found), ", ".join(f"{p.winner} {cpu:.1f} s" for p, cpu in found)


def spoiled(name: str, width: float, shift: float, quick: bool) -> tuple[float, str]:
    """The largest p-value of a posterior that is spoiled on purpose."""
    found = [_calibrated(name, seed, Spoiled(fitted(name, seed)[0], width, shift)) for seed in seeds(quick)]
    return max(each.p_value for each in found), f"{sum(not each.passed for each in found)} refused"


def _calibrated(name: str, seed: int, posterior) -> Calibration:
    theta, x = fresh(name, seed, FRESH)
    return calibrate(posterior, np.array(theta), x, anchors=fitted(name, seed)[0].anchors, seed=seed)
