"""The inverse flame: accuracy without noise, and with it against SciPy's fit and the Cramér-Rao bound.

Run `python benchmarks/flame_inverse.py [--quick] [--only ROW ...] [--json FILE]`; all rows take some three
minutes on one core. Observed are T and u with a standard deviation of 2 % of each value, at 10 or 25 even
points of 1.5 mm; the first guesses are λ = 0.03 W/m/K and Ea = 1.5e5 J/mol. float64, CPU, one thread.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from dataclasses import dataclass
from functools import cache

import numpy as np
from harness import Measure, cpu, main
from scipy.stats import binomtest

import sciml
from sciml.flame.references import cramer_rao

NAMES = ("conductivity", "Ea", "s_L")
TRUE = {"conductivity": 0.026, "Ea": 1.214172e5, "s_L": 0.343339499933}


@dataclass(frozen=True)
class Set:
    """One data set: relative errors, their share of the bound, and distances from SciPy's estimates."""

    errors: dict[str, float]
    bars: dict[str, float]
    from_fit: float
    bars_off: float
    seconds: float
    fit_seconds: float
    passed: bool

    @classmethod
    def solved(cls, seed: int, **parameters: object) -> Set:
        problem, found = sciml.load_problem("premixed-flame-inverse", data_seed=seed, **parameters), []
        seconds = cpu(lambda: found.append(sciml.solve(problem, seed=seed)))
        solution, fit = found[0], []
        fresh = sciml.load_problem("premixed-flame-inverse", data_seed=seed, **parameters)
        fit_seconds = cpu(lambda: fit.append(fresh.classical))
        theirs, bars = fit[0].reference.scalars, fit[0].stds
        return cls(
            errors={name: solution.scalars[name] - TRUE[name] for name in NAMES},
            bars=dict(solution.stds),
            from_fit=max(abs(solution.scalars[name] - theirs[name].value) / bars[name] for name in NAMES),
            bars_off=max(abs(solution.stds[name] / bars[name] - 1) for name in NAMES),
            seconds=seconds,
            fit_seconds=fit_seconds,
            passed=solution.passed is True,
        )


@cache
def sets(points: int, count: int) -> list[Set]:
    Set.solved(0, points=points)
    return [Set.solved(seed, points=points) for seed in range(1, count + 1)]


def noisy(quick: bool) -> list[Set]:
    return sets(10, 6 if quick else 60)


@cache
def clean() -> Set:
    return Set.solved(0, noise=0.0)


def noise_free(name: str, quick: bool) -> tuple[float, str]:
    error = abs(clean().errors[name]) / TRUE[name]
    return error, f"from 0.03 W/m/K and 1.5e5 J/mol, 10 points, {clean().seconds:.2g} CPU s"


def nearest(quick: bool) -> tuple[float, str]:
    found = noisy(quick)
    return max(each.from_fit for each in found), f"standard errors, worst of {len(found)} sets"


def bars(quick: bool) -> tuple[float, str]:
    found = noisy(quick)
    return max(each.bars_off for each in found), "our standard errors against (J'J)^-1 of SciPy's fit"


def bound(points: int) -> dict[str, float]:
    problem = sciml.load_problem("premixed-flame-inverse", points=points)
    return dict(cramer_rao(problem.gas, problem.measured, ("conductivity", "Ea")).errors)


def spread(quick: bool) -> tuple[float, str]:
    """The largest ratio of the root mean square error to the bound, over the constants."""
    found, least = noisy(quick), bound(10)
    ratios = {
        name: float(np.sqrt(np.mean([each.errors[name] ** 2 for each in found]))) / least[name]
        for name in NAMES
    }
    return max(ratios.values()), f"{len(found)} sets: " + ", ".join(f"{k} {v:.2f}" for k, v in ratios.items())


def coverage(quick: bool) -> tuple[float, str]:
    """The smallest p-value of an exact binomial test that 95 % intervals hold the truth 95 % of the time."""
    found = noisy(quick)
    inside = {
        name: sum(abs(each.errors[name]) <= 1.959964 * each.bars[name] for each in found) for name in NAMES
    }
    values = [binomtest(count, len(found), 0.95).pvalue for count in inside.values()]
    return min(values), ", ".join(f"{name} {count}/{len(found)}" for name, count in inside.items())


def passed(quick: bool) -> tuple[float, str]:
    found = noisy(quick)
    return sum(each.passed for each in found) / len(found), "share of sets whose report says PASS"


def seconds(quick: bool) -> tuple[float, str]:
    found = noisy(quick)
    mine, theirs = (
        float(np.median([getattr(e, name) for e in found])) for name in ("seconds", "fit_seconds")
    )
    return mine, f"CPU s, median; SciPy through the phase plane {theirs:.2g} s"


def dense(quick: bool) -> tuple[float, str]:
    found = sets(25, 2 if quick else 10)
    return max(each.from_fit for each in found), f"standard errors, worst of {len(found)} sets of 25 points"


MEASURES = (
    Measure("noise-free: conductivity", 1e-3, "lower", lambda quick: noise_free("conductivity", quick)),
    Measure("noise-free: Ea", 1e-4, "lower", lambda quick: noise_free("Ea", quick)),
    Measure("2 %: from SciPy's fit", 0.2, "lower", nearest),
    Measure("2 %: error bars", 0.05, "lower", bars),
    Measure("2 %: RMS / bound", 1.25, "lower", spread),
    Measure("2 %: coverage p-value", 0.01, "higher", coverage),
    Measure("2 %: passed", None, "higher", passed),
    Measure("2 %: seconds", None, "lower", seconds),
    Measure("25 points: from the fit", 0.2, "lower", dense),
)

if __name__ == "__main__":
    main("flame_inverse", MEASURES)
