"""Layers, bands and central potentials: errors against what is known, and CPU seconds."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np
from harness import cpu
from scipy.optimize import brentq

import sciml
from sciml.quantum import Heterostructure, Layer, QuantumWell, Well

HBAR2 = 0.038099821114859614  # ħ²/2mₑ in eV nm²
GAAS = (0.031998412504617, 0.12631533828507)  # eV, by layer transfer with 30 digits


def solved(well: Well) -> tuple[sciml.Solution, float]:
    found: list[sciml.Solution] = []
    seconds = cpu(lambda: found.append(sciml.solve(well)))
    return found[0], seconds


def worst(cases: Iterator[tuple[Well, Sequence[float]]]) -> tuple[float, str]:
    """Return the largest relative error of a level; passes and the slowest solve in words."""
    errors, seconds, passes = [], [], 0
    for well, exact in cases:
        solution, spent = solved(well)
        levels = np.array([solution.scalars[f"E{n}"] for n in range(len(exact))])
        errors.append(float(np.abs(levels / np.array(exact) - 1).max()))
        seconds.append(spent)
        passes += solution.passed is True
    return max(errors), f"{passes} of {len(errors)} PASS; slowest {max(seconds):.2g} s"


def mass(quick: bool) -> tuple[float, str]:
    def inside(x: np.ndarray) -> np.ndarray:
        return (x > 20) & (x < 30)

    well = QuantumWell(
        lambda x: np.where(inside(x), 0.0, 0.3),
        (0.0, 50.0),
        kinetic=lambda x: HBAR2 / np.where(inside(x), 0.067, 0.092),
        states=2,
    )
    return worst(iter([(well, GAAS)]))


def stacks(quick: bool) -> tuple[float, str]:
    """Stacks of ten layers of random thickness and composition, four states, the transfer matrix beside."""

    def cases() -> Iterator[tuple[Well, Sequence[float]]]:
        barrier = Layer("AlGaAs", x=0.3, nm=15.0)
        for seed in range(2 if quick else 10):
            draws = np.random.default_rng(seed)
            inner = [
                Layer("AlGaAs", x=float(draws.uniform(0, 0.4)), nm=float(draws.uniform(0.5, 8)))
                for _ in range(10)
            ]
            stack = Heterostructure([barrier, *inner, barrier], states=4)
            exact = stack.reference().scalars
            yield stack, [exact[f"E{n}"].value for n in range(4)]

    return worst(cases())


def central(quick: bool) -> tuple[float, str]:
    """Hydrogen, the oscillator and a Morse molecule, l up to 3."""

    def cases() -> Iterator[tuple[Well, Sequence[float]]]:
        for l in range(4):  # noqa: E741
            hydrogen = QuantumWell.radial(lambda r: -1 / r, l=l, r_max=80.0 + 60 * l, states=3)
            yield hydrogen, [-0.5 / (n + l + 1) ** 2 for n in range(3)]
            oscillator = QuantumWell.radial(lambda r: 0.5 * r * r, l=l, r_max=12.0, states=3)
            yield oscillator, [2 * n + l + 1.5 for n in range(3)]
        depth, place, rate, reduced = 0.1744, 1.40201, 1.02764, 918.076
        rungs = rate * math.sqrt(2 * depth / reduced) * (np.arange(4) + 0.5)
        molecule = QuantumWell.radial(
            lambda r: depth * (1 - np.exp(-rate * (r - place))) ** 2,
            r_max=12.0,
            kinetic=0.5 / reduced,
            states=4,
        )
        yield molecule, list(rungs - rungs**2 / (4 * depth))

    return worst(cases())


def bands(quick: bool) -> tuple[float, str]:
    """Three bands of Kronig and Penney's crystal at five momenta, their own relation beside."""
    solution, seconds = solved(sciml.load_problem("kronig-penney"))
    errors = []
    for j in range(5):
        exact = _kronig_penney(j * math.pi / 4, 3)
        errors += [abs(solution.scalars[f"E{n}" + f"_{j}" * (j > 0)] / exact[n] - 1) for n in range(3)]
    return max(errors), f"passed {solution.passed}; {seconds:.2g} s for 15 states"


def _kronig_penney(theta: float, count: int) -> list[float]:
    def off(energy: float) -> float:
        k, decay = math.sqrt(energy), np.sqrt(complex(20.0 - energy))
        even = 2 * math.cos(0.8 * k) * np.cosh(0.2 * decay)
        odd = (decay**2 - k * k) / (k * decay) * math.sin(0.8 * k) * np.sinh(0.2 * decay)
        return float((even + odd).real) - 2 * math.cos(theta)

    grid = np.linspace(1e-6, 150.0, 30_001).tolist()
    values = [off(energy) for energy in grid]
    at = [j for j in range(len(grid) - 1) if values[j] * values[j + 1] < 0][:count]
    return [float(brentq(off, grid[j], grid[j + 1], xtol=1e-14)) for j in at]


def splitting(quick: bool) -> tuple[float, str]:
    """By how much E₁ − E₀ of double wells is off, of E₀."""
    well, barrier = Layer("GaAs", nm=8.0), Layer("AlGaAs", x=0.3, nm=15.0)
    pairs: list[Well] = [sciml.load_problem("double-well", states=2)]
    pairs += [
        Heterostructure([barrier, well, Layer("AlGaAs", x=0.3, nm=nm), well, barrier], states=2)
        for nm in (2.0, 5.0, 10.0)
    ]
    errors = []
    for pair in pairs:
        solution, _ = solved(pair)
        low, high = (item.value for item in pair.reference().scalars.values())
        gap = solution.scalars["E1"] - solution.scalars["E0"]
        errors.append(abs(gap - (high - low)) / abs(low))
    return max(errors), "double-well, and GaAs wells of 8 nm behind 2, 5 and 10 nm"
