"""Equations in several coordinates: error and CPU seconds of every bundled problem, three seeds each.

    OMP_NUM_THREADS=1 python benchmarks/pde.py [--quick] [--only ROW ...] [--json FILE]

One thread. Beside each problem stands what a classical method takes for the same: Chebyshev collocation with
the exponential of a matrix in time, or Sylvester's equation in the plane.
"""

from __future__ import annotations

import math
import statistics
import time
from functools import cache

import numpy as np
import torch
from harness import Measure, main
from scipy.linalg import expm, solve_sylvester

import sciml

SEEDS = 3
PI = math.pi


@cache
def solved(name: str, quick: bool) -> tuple[tuple[sciml.Solution, float], ...]:
    """Solutions with their CPU seconds."""
    problem, found = sciml.load_problem(name), []
    sciml.solve(problem, max_steps=1)
    for seed in range(1 if quick else SEEDS):
        began = time.process_time()
        found.append((sciml.solve(problem, seed=seed, quick=quick), time.process_time() - began))
    return tuple(found)


def error(name: str):
    """The worst error over fields and seeds."""

    def measure(quick: bool) -> tuple[float, str]:
        found = solved(name, quick)
        errors = [max(check.error for check in run.compare().fields) for run, _ in found]
        seconds = [spent for _, spent in found]
        reference = statistics.median(run.reference_cpu_s for run, _ in found)
        return max(errors), (
            f"{'quick; ' * quick}{', '.join(f'{e:.1e}' for e in errors)}; "
            f"{statistics.median(seconds):.2g} s, "
            f"{sum(run.passed is True for run, _ in found)} of {len(found)} PASS; reference {reference:.2g} s"
        )

    return measure


def seconds(name: str):
    """The longest solve."""

    def measure(quick: bool) -> tuple[float, str]:
        found = [spent for _, spent in solved(name, quick)]
        return max(found), f"{'quick; ' * quick}CPU s: {', '.join(f'{s:.2g}' for s in found)}"

    return measure


def chebyshev(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Chebyshev points on [-1, 1] and the matrix of the derivative (Trefethen, Spectral methods, 2000)."""
    x = np.cos(PI * np.arange(count + 1) / count)
    c = np.r_[2, np.ones(count - 1), 2] * (-1) ** np.arange(count + 1)
    apart = x[:, None] - x[None, :]
    matrix = np.outer(c, 1 / c) / (apart + np.eye(count + 1))
    return x, matrix - np.diag(matrix.sum(1))


def classical_heat(count: int = 20) -> float:
    x, first = chebyshev(count)
    second = (4 * first @ first)[1:-1, 1:-1]  # on [0, 1]
    start = np.sin(PI * (x[1:-1] + 1) / 2)
    end = expm(0.1 * second) @ start
    return float(np.linalg.norm(end - math.exp(-0.1 * PI**2) * start) / np.linalg.norm(end))


def classical_wave(count: int = 36) -> float:
    x, first = chebyshev(count)
    second = (4 * first @ first)[1:-1, 1:-1]
    points = (x[1:-1] + 1) / 2
    size = len(points)
    motion = np.block([[np.zeros((size, size)), np.eye(size)], [4 * second, np.zeros((size, size))]])
    start = np.sin(PI * points) + np.sin(4 * PI * points) / 2
    end = (expm(motion) @ np.r_[start, np.zeros(size)])[:size]  # both modes are back after t = 1
    return float(np.linalg.norm(end - start) / np.linalg.norm(start))


def classical_helmholtz(count: int = 32) -> float:
    x, first = chebyshev(count)
    second = (first @ first)[1:-1, 1:-1]
    exact = np.outer(np.sin(PI * x[1:-1]), np.sin(4 * PI * x[1:-1]))
    found = solve_sylvester(second + np.eye(len(second)), second.T, (1 - 17 * PI**2) * exact)
    return float(np.linalg.norm(found - exact) / np.linalg.norm(exact))


def classical(solve):
    """The classical error, and the CPU milliseconds it takes."""

    def measure(quick: bool) -> tuple[float, str]:
        value, times = solve(), []
        for _ in range(7):
            began = time.process_time()
            solve()
            times.append(time.process_time() - began)
        return value, f"{1e3 * statistics.median(times):.2g} ms"

    return measure


def energy(name: str, **parameters: float):
    """The worst error of E over the seeds, with its CPU seconds."""

    def measure(quick: bool) -> tuple[float, str]:
        problem = sciml.load_problem(name, **parameters)
        sciml.solve(problem, max_steps=1)
        errors, times = [], []
        for seed in range(1 if quick else SEEDS):
            began = time.process_time()
            run = sciml.solve(problem, seed=seed, quick=quick)
            times.append(time.process_time() - began)
            errors.append(run.compare().scalars[0].abs_error)
        return max(errors), (
            f"{'quick; ' * quick}{', '.join(f'{e:.1e}' for e in errors)} in "
            f"{', '.join(f'{s:.2g}' for s in times)} s; reference {run.reference_cpu_s:.2g} s"
        )

    return measure


TARGETS = {  # error, CPU seconds
    "heat": (2e-7, 5.0),
    "wave": (2e-4, 20.0),
    "helmholtz-2d": (1e-5, 40.0),
    "kovasznay": (5e-4, 10.0),
    "burgers": (5e-4, 60.0),
    "allen-cahn": (5e-4, 60.0),
}
CLASSICAL = {"heat": classical_heat, "wave": classical_wave, "helmholtz-2d": classical_helmholtz}
MEASURES = [
    *(Measure(name, target, "lower", error(name)) for name, (target, _) in TARGETS.items()),
    *(Measure(f"{name}-seconds", most, "lower", seconds(name)) for name, (_, most) in TARGETS.items()),
    Measure("two-electron-dot", 1e-6, "lower", energy("two-electron-dot")),
    Measure("oval-dot", 1e-4, "lower", energy("two-electron-dot", ratio=1.5)),
    Measure("hookes-atom", 1e-6, "lower", energy("hookes-atom")),
    Measure("oscillators-6", None, "lower", energy("coupled-oscillators")),
    Measure("oscillators-10", None, "lower", energy("coupled-oscillators", size=10)),
    *(Measure(f"{name}-classical", None, "lower", classical(solve)) for name, solve in CLASSICAL.items()),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    main("pde", MEASURES)
