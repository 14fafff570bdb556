"""Heterostructures against the transfer matrix, shooting, sum rules and published band offsets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sciml import Solution, Status, load_problem, solve
from sciml.errors import ScimlError
from sciml.quantum import Heterostructure, Layer
from sciml.quantum.layers.materials import EV, HBAR2, material
from sciml.quantum.references import spectral_elements, transfer_matrix


def barrier(nm: float = 15.0) -> Layer:
    return Layer("AlGaAs", x=0.3, nm=nm)


def test_figures_of_materials() -> None:
    """0.67 x² away from .7 to .8 eV per x of AlGaAs; In₀.₅₃Ga₀.₄₇As on In₀.₅₂Al₀.₄₈As: 0.52 eV, m 0.043."""
    assert material("AlGaAs", 0.3).mass == pytest.approx(0.067 + 0.083 * 0.3, abs=1e-12)
    assert 0.7 < Layer("AlGaAs", x=0.3).edge / EV / 0.3 < 0.9
    inside, outside = material("InGaAs", 0.53), material("InAlAs", 0.52)
    assert inside.mass == pytest.approx(0.043, abs=5e-4)
    assert outside.edge - inside.edge == pytest.approx(0.52, abs=0.01)
    assert Layer("GaAs").edge == 0.0
    assert material("AlGaAs", 1.0) == material("AlAs", None)


@pytest.mark.parametrize("seed", [0, 1])
def test_a_stack_of_ten_layers_against_the_transfer_matrix(seed: int) -> None:
    draws = np.random.default_rng(seed)
    inner = [
        Layer("AlGaAs", x=float(draws.uniform(0, 0.4)), nm=float(draws.uniform(0.5, 8))) for _ in range(10)
    ]
    stack = Heterostructure([barrier(), *inner, barrier()], states=4)
    masses = [HBAR2 / layer.kinetic for layer in stack.layers]
    edges = np.concatenate([[0.0], np.cumsum([layer.nm for layer in stack.layers])])
    heights = np.array([layer.edge for layer in stack.layers])
    exact = transfer_matrix(edges, heights - heights.min(), 4, HBAR2 / np.array(masses)).energies
    solution = solve(stack)
    assert list(solution.scalars.values()) == pytest.approx(exact, rel=1e-11)
    assert solution.status is Status.CONVERGED
    assert solution.passed


def test_a_field_against_spectral_elements() -> None:
    stack = Heterostructure([barrier(), Layer("GaAs", nm=9.0), barrier()], field_kV_cm=60.0, states=2)
    solution = solve(stack)
    middle, kinetic = 19.5, [HBAR2 / 0.067, barrier().kinetic]

    def inside(x: Any) -> Any:
        return (x > 15) & (x < 24)

    pairs = spectral_elements(
        lambda x: np.where(inside(x), 0.0, barrier().edge) + 6.0 * (x - middle),
        (0.0, 39.0),
        2,
        (15.0, 24.0),
        lambda x: np.where(inside(x), *kinetic),
    )
    assert list(solution.scalars.values()) == pytest.approx(pairs.energies, rel=1e-11)
    assert solution.passed
    assert solution.metrics["x_0"] < middle - 0.1  # pushed down the slope


@pytest.fixture(scope="module")
def deep() -> Solution:
    """A GaAs well between walls that keep ψ out, nearly: all states of a box."""
    wall = Layer("wall", mass=0.067, offset_meV=1e7, nm=1.0)
    return solve(Heterostructure([wall, Layer("GaAs", nm=10.0), wall], states=8))


def test_matrix_elements_are_those_of_a_box(deep: Solution) -> None:
    """⟨0|x|1⟩ = 16L/9π², f₀₁ = 256/27π² m₀/m, ⟨x²⟩ − ⟨x⟩² = L²(1/12 − 1/2π²) in a box of length L."""
    found, length = deep.metrics, 10.0
    assert found["dipole_0_1"] == pytest.approx(16 * length / (9 * np.pi**2), rel=3e-3)
    assert found["strength_0_1"] == pytest.approx(256 / (27 * np.pi**2) / 0.067, rel=1e-4)
    assert found["x_0"] == pytest.approx(6.0, rel=1e-9)
    spread = found["x2_0"] - found["x_0"] ** 2
    assert spread == pytest.approx(length**2 * (1 / 12 - 1 / (2 * np.pi**2)), rel=5e-3)
    assert deep.units["dipole_0_1"] == "nm"
    assert deep.units["x2_0"] == "nm^2"


def test_strengths_sum_to_the_mass(deep: Solution) -> None:
    """Thomas, Reiche and Kuhn: Σ f₀ₙ = m₀/m, of which eight states of a box have all but 1e-3."""
    total = sum(deep.metrics[f"strength_0_{n}"] for n in range(1, 8))
    assert total == pytest.approx(1 / 0.067, rel=2e-3)


@pytest.mark.parametrize("thickness", [2.0, 10.0])
def test_tunnelling_splits_a_double_well(thickness: float) -> None:
    well = Layer("GaAs", nm=8.0)
    solution = solve(Heterostructure([barrier(), well, barrier(thickness), well, barrier()], states=2))
    low, high = (measured.value for measured in solution.problem.reference().scalars.values())
    assert abs(solution.metrics["gap_0_1"] - (high - low)) <= 1e-12 * low
    assert solution.metrics["dipole_0_1"] == pytest.approx(0.5 * (8 + thickness), rel=0.02)
    assert solution.passed


def test_the_bundled_well() -> None:
    solution = solve(load_problem("gaas-well", states=2, field_kV_cm=0.0))
    assert solution.passed
    assert solution.units["E0"] == "meV"
    assert solution.units["x"] == "nm"
    assert solution.scalars["E0"] < solution.scalars["E1"] < barrier().edge


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Layer("GaS", nm=3.0), "material: got 'GaS'"),
        (lambda: Layer("AlGaAs", nm=3.0), "x: got None"),
        (lambda: Layer("AlGaAs", x=1.5), "x: got 1.5"),
        (lambda: Layer("GaAs", x=0.2), "x: got 0.2"),
        (lambda: Layer("GaAs", nm=-1.0), "nm: got -1.0"),
        (lambda: Layer("w", mass=0.0, offset_meV=0.0), "mass: got 0.0"),
        (lambda: Heterostructure([]), "layers: got none"),
        (lambda: Heterostructure([3.0]), "layers: got [3.0]"),
        (lambda: Heterostructure([Layer("GaAs")], field_kV_cm=1e9), "field_kV_cm"),
    ],
)
def test_bad_layers_are_refused_in_one_line(make: Any, words: str) -> None:
    with pytest.raises(ScimlError) as refused:
        make()
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
