"""Bloch states against Kronig and Penney's relation, free electrons, and what a lattice must obey."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import brentq

from sciml import Solution, Status, load, load_problem, solve
from sciml.errors import ScimlError
from sciml.quantum import QuantumWell

HEIGHT, HALF, PERIOD = 20.0, 0.1, 1.0


def trace(energy: float) -> float:
    """2 cos ka cosh κb + (κ² − k²)/(kκ) sin ka sinh κb, 2 cos θ where there is a state."""
    k, decay = np.sqrt(energy), np.sqrt(complex(HEIGHT - energy))
    open_width, wall = PERIOD - 2 * HALF, 2 * HALF
    even = 2 * np.cos(k * open_width) * np.cosh(decay * wall)
    odd = (decay**2 - k**2) / (k * decay) * np.sin(k * open_width) * np.sinh(decay * wall)
    return float((even + odd).real)


def kronig_penney(theta: float, bands: int) -> list[float]:
    grid = np.linspace(1e-6, 150.0, 30_001)
    off = np.array([trace(energy) for energy in grid]) - 2 * math.cos(theta)
    at = np.flatnonzero(off[1:] * off[:-1] < 0)[:bands]

    def root(j: int) -> float:
        return float(brentq(lambda e: trace(e) - 2 * math.cos(theta), *grid[j : j + 2], xtol=1e-14))

    return [root(j) for j in at]


@pytest.fixture(scope="module")
def crystal() -> Solution:
    return solve(load_problem("kronig-penney"))


@pytest.mark.parametrize("j", range(5))
def test_bands_over_the_zone(crystal: Solution, j: int) -> None:
    ours = [crystal.scalars[f"E{n}_{j}" if j else f"E{n}"] for n in range(3)]
    assert ours == pytest.approx(kronig_penney(j * math.pi / 4, 3), rel=1e-11)


def test_the_solution_passes(crystal: Solution) -> None:
    assert crystal.status is Status.CONVERGED
    assert crystal.passed
    assert all(item["join"] < 1e-12 for item in crystal.certificates.values())


def test_gaps_and_mass(crystal: Solution) -> None:
    """Near k = 0 θ² = 2 − tr M(E), so that dE/dk² = −period²/tr'(E₀)."""
    edges = [kronig_penney(theta, 3) for theta in (0.0, math.pi)]
    assert crystal.metrics["gap_0"] == pytest.approx(edges[1][1] - edges[1][0], rel=1e-10)
    assert crystal.metrics["gap_1"] == pytest.approx(edges[0][2] - edges[0][1], rel=1e-10)
    assert crystal.metrics["width_0"] == pytest.approx(edges[1][0] - edges[0][0], rel=1e-10)
    bottom, h = edges[0][0], 1e-4
    slope = (trace(bottom + h) - trace(bottom - h)) / (2 * h)
    assert crystal.metrics["mass_0"] == pytest.approx(-slope / PERIOD**2, rel=1e-7)


def test_free_electrons() -> None:
    theta = 0.7
    solution = solve(QuantumWell(lambda x: 0 * x, (0.0, 2.0), states=4, bloch=theta))
    exact = sorted(((theta + 2 * math.pi * m) / 2) ** 2 for m in range(-3, 4))[:4]
    assert list(solution.scalars.values()) == pytest.approx(exact, rel=1e-11)
    assert solution.passed
    x = np.linspace(-3.0, 5.0, 9)
    wave = solution(x)["psi0"] + 1j * solution(x)["psi0_imag"]
    assert wave == pytest.approx(np.exp(1j * theta * x / 2) / np.sqrt(2), abs=1e-9)


def test_levels_that_touch_are_a_subspace() -> None:
    """Where gaps close, pairs of states are one level each; the last of four is cut."""
    solution = solve(QuantumWell(lambda x: 0 * x, (-0.5, 0.5), states=4, bloch=0.0))
    exact = np.array([0.0, 1.0, 1.0, 4.0]) * (2 * math.pi) ** 2
    assert list(solution.scalars.values()) == pytest.approx(exact, rel=1e-11, abs=1e-11)
    assert solution.passed


def test_a_potential_of_ones_own_is_even_in_the_phase() -> None:
    def skewed(x: Any) -> Any:
        return 3 * np.cos(2 * np.pi * x) + np.sin(4 * np.pi * x)

    there, back = (
        solve(QuantumWell(skewed, (0.0, 1.0), kinetic=0.5, states=2, bloch=t)) for t in (1.1, -1.1)
    )
    assert there.passed
    assert list(there.scalars.values()) == pytest.approx(list(back.scalars.values()), rel=1e-12)
    x = np.linspace(0, 1, 11)
    assert there(x + 1)["psi1"] == pytest.approx(
        math.cos(1.1) * there(x)["psi1"] - math.sin(1.1) * there(x)["psi1_imag"], abs=1e-10
    )


def test_tight_binding() -> None:
    """Behind thick walls the band is E − 2t cos θ: its middle is where cos θ is 0."""
    levels = []
    for theta in (0.0, math.pi / 2, math.pi):
        solution = solve(QuantumWell(lambda x: 200.0 * (np.abs(x) < 0.3), (-0.5, 0.5), bloch=theta))
        assert solution.passed
        levels.append(solution.scalars["E0"])
    assert levels[1] - levels[0] == pytest.approx(levels[2] - levels[1], rel=1e-2)


def test_a_wrong_phase_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    from sciml.quantum import patch_ritz

    joined = patch_ritz._joined

    def off(well: Any, panels: Any) -> Any:
        numbers, turns = joined(well, panels)
        turns[-1, 2:4] *= np.exp(1e-5j)
        return numbers, turns

    monkeypatch.setattr(patch_ritz, "_joined", off)
    solution = solve(QuantumWell(lambda x: 20.0 * (np.abs(x) < 0.1), (-0.5, 0.5), bloch=1.0))
    assert solution.passed is not True


def test_saved_and_read_again(crystal: Solution, tmp_path: Path) -> None:
    again = load(crystal.save(tmp_path / "run"), problem=load_problem("kronig-penney"))
    x = np.linspace(-2, 2, 9)
    assert np.array_equal(again(x)["psi1_2_imag"], crystal(x)["psi1_2_imag"])


def test_refused_in_one_line() -> None:
    with pytest.raises(ScimlError, match="bloch"):
        QuantumWell(lambda x: 0 * x, (0.0, 1.0), bloch="a")  # type: ignore[arg-type]
    with pytest.raises(ScimlError, match="start: got 'random'"):
        solve(QuantumWell(lambda x: 0 * x, (0.0, 1.0), bloch=0.3), start="random")
    with pytest.raises(ScimlError, match="potential: singular at an end"):
        solve(QuantumWell(lambda x: 1 / x**2, (0.0, 1.0), bloch=0.3))
