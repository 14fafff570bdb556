"""Transmission through stacks: a barrier in closed form, both directions, resonances."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from sciml.errors import ArgumentError
from sciml.quantum import Heterostructure, Layer
from sciml.quantum.layers.materials import HBAR2

LEAD, WALL, WELL = Layer("GaAs", nm=5.0), Layer("AlGaAs", x=0.3, nm=3.0), Layer("GaAs", nm=6.0)


@pytest.mark.parametrize("energy", [20.0, 150.0, 250.0, 300.0, 600.0])
def test_a_barrier_in_closed_form(energy: float) -> None:
    """1/T = 1 + ((a² + q²)/2aq)² sinh² κd with a = ck, q = cκ of lead and wall (cos, sin above it)."""
    inside, outside, height, width = LEAD.kinetic, WALL.kinetic, WALL.edge, WALL.nm
    a = np.sqrt(energy * inside)
    decay = np.sqrt(complex(height - energy) / outside)
    q = outside * decay
    exact = 1 / (1 + (((a**2 + q**2) / (2 * a * q)) ** 2 * np.sinh(decay * width) ** 2).real)
    ours = Heterostructure([LEAD, WALL, LEAD]).transmission([energy])
    assert ours[0] == pytest.approx(exact, rel=1e-11)


def test_the_same_from_both_sides_in_a_field() -> None:
    layers = [LEAD, WALL, WELL, Layer("AlGaAs", x=0.2, nm=2.0), Layer("AlGaAs", x=0.1, nm=4.0)]
    energies = np.linspace(80.0, 400.0, 9)
    there = Heterostructure(layers, field_kV_cm=30.0).transmission(energies)
    back = Heterostructure(layers[::-1], field_kV_cm=-30.0).transmission(energies)
    assert there == pytest.approx(back, rel=1e-11)
    assert (there <= 1 + 1e-12).all()


def test_resonances_of_two_equal_barriers_let_everything_pass() -> None:
    stack = Heterostructure([LEAD, WALL, WELL, WALL, LEAD])
    grid = np.linspace(20.0, 120.0, 401)
    best = grid[stack.transmission(grid).argmax()]
    top = minimize_scalar(
        lambda e: -stack.transmission([e])[0],
        bounds=(best - 0.5, best + 0.5),
        method="bounded",
        options={"xatol": 1e-9},
    )
    assert -top.fun == pytest.approx(1.0, abs=1e-9)


def test_far_below_a_thick_wall_next_to_nothing_passes() -> None:
    thick = Layer("AlGaAs", x=0.3, nm=60.0)
    decay = np.sqrt((thick.edge - 50.0) / thick.kinetic)
    ours = Heterostructure([LEAD, thick, LEAD]).transmission([50.0])[0]
    assert 0.1 < ours / np.exp(-2 * decay * 60.0) < 16


def test_free_space_and_bad_energies() -> None:
    flat = Heterostructure([LEAD, WELL, LEAD])
    assert flat.transmission([-1.0, 0.0, 1.0, 500.0]) == pytest.approx([0.0, 0.0, 1.0, 1.0], abs=1e-12)
    assert HBAR2 / LEAD.kinetic == pytest.approx(0.067)
    with pytest.raises(ArgumentError, match="energies"):
        flat.transmission([np.nan])
