"""Known densities learned from draws: the gap to the truth, and what it costs."""

from __future__ import annotations

import time
from functools import cache
from typing import NamedTuple

import sciml

TARGETS = {
    "banana": 0.03,
    "student-t-10d": 0.15,
    "rosenbrock-10d": 0.35,
    "tail-mismatched": 0.10,
    "two-moons": 0.05,
    "ring": None,
    "checkerboard": None,
    "funnel": None,
}


class Solved(NamedTuple):
    """The gap in nats, its standard error, ∫ q, and CPU seconds with the judgement."""

    gap: float
    error: float
    mass: float
    seconds: float


@cache
def solved(name: str, seed: int) -> Solved:
    problem = sciml.load_problem(name)
    began = time.process_time()
    solution = sciml.solve(problem, seed=seed)
    seconds = time.process_time() - began
    metrics = solution.metrics
    return Solved(metrics["log_prob_gap"], solution.stds["log_prob_gap"], metrics["mass"], seconds)


def runs(name: str, quick: bool) -> list[Solved]:
    return [solved(name, seed) for seed in range(1 if quick else 3)]


def gap(name: str, quick: bool) -> tuple[float, str]:
    """The largest gap over seeds 0, 1, 2; over seed 0 if quick."""
    found = runs(name, quick)
    values = ", ".join(f"{run.gap:.4f} ± {run.error:.4f}" for run in found)
    masses = ", ".join(f"{run.mass:.4f}" for run in found)
    slowest = max(run.seconds for run in found)
    return max(run.gap for run in found), f"{values} nat; mass {masses}; at most {slowest:.3g} s"


def seconds(quick: bool) -> tuple[float, str]:
    """The most CPU seconds that one of the solves took."""
    names = ("banana", "student-t-10d") if quick else tuple(TARGETS)
    found = {name: max(run.seconds for run in runs(name, quick)) for name in names}
    return max(found.values()), ", ".join(f"{name} {value:.3g}" for name, value in found.items())
