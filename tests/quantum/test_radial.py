"""Radial equations in closed form: hydrogen, the oscillator, Morse's molecule."""

from __future__ import annotations

import numpy as np
import pytest

from sciml import Status, solve
from sciml.errors import ScimlError
from sciml.quantum import QuantumWell

DEPTH, PLACE, RATE, MASS = 0.1744, 1.40201, 1.02764, 918.076  # of H₂ in atomic units, roughly
OMEGA = RATE * np.sqrt(2 * DEPTH / MASS) * (np.arange(3) + 0.5)

CASES = {
    "hydrogen s": (lambda r: -1 / r, 0, 80.0, 0.5, [-1 / 2, -1 / 8, -1 / 18]),
    "hydrogen p": (lambda r: -1 / r, 1, 120.0, 0.5, [-1 / 8, -1 / 18, -1 / 32]),
    "hydrogen f": (lambda r: -1 / r, 3, 250.0, 0.5, [-1 / 32, -1 / 50, -1 / 72]),
    "oscillator l=0": (lambda r: 0.5 * r * r, 0, 12.0, 0.5, [1.5, 3.5, 5.5]),
    "oscillator l=5": (lambda r: 0.5 * r * r, 5, 12.0, 0.5, [6.5, 8.5, 10.5]),
    "Morse": (
        lambda r: DEPTH * (1 - np.exp(-RATE * (r - PLACE))) ** 2,
        0,
        12.0,
        0.5 / MASS,
        list(OMEGA - OMEGA**2 / (4 * DEPTH)),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_radial(name: str) -> None:
    potential, l, r_max, kinetic, energies = CASES[name]  # noqa: E741
    well = QuantumWell.radial(potential, l=l, r_max=r_max, kinetic=kinetic, states=len(energies))
    solution = solve(well)
    assert list(solution.scalars.values()) == pytest.approx(energies, rel=1e-10)
    assert solution.status is Status.CONVERGED
    assert solution.passed


def test_u_rises_as_the_power_it_must() -> None:
    """u of hydrogen 3d is N r³ exp(−r/3), N² = 8/98415 · … from ∫u² = 1: 6!(3/2)⁷ N² = 1."""
    solution = solve(QuantumWell.radial(lambda r: -1 / r, l=2, r_max=150.0, states=1))
    r = np.array([1e-3, 1e-2, 0.1, 1.0, 9.0, 30.0])
    exact = r**3 * np.exp(-r / 3) / np.sqrt(720 * 1.5**7)
    assert solution(r)["psi0"] == pytest.approx(exact, rel=1e-6)


def test_bad_arguments() -> None:
    with pytest.raises(ScimlError, match="l: got -1"):
        QuantumWell.radial(lambda r: -1 / r, l=-1)
    with pytest.raises(ScimlError, match="r_max: got 0"):
        QuantumWell.radial(lambda r: -1 / r, r_max=0.0)
    with pytest.raises(ScimlError, match="kinetic: got a function"):
        QuantumWell.radial(lambda r: -1 / r, kinetic=lambda r: r)
