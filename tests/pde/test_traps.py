"""Two electrons in a trap: the reference at Taut's frequencies, exact states in the equation, and solves."""

import math

import numpy as np
import pytest
import torch

import sciml
from sciml.numerics.derivatives import coordinates, log, sqrt
from sciml.numerics.directions import Directions
from sciml.pde.field import Field
from sciml.pde.relative_motion import Trap, ground_energy

EXACT = (("two-electron-dot", 1.0, 3.0), ("hookes-atom", 0.5, 2.0))


@pytest.mark.parametrize(
    ("trap", "energy"),
    [(Trap(2, 1.0), 3.0), (Trap(2, 1 / 6), 2 / 3), (Trap(3, 0.5), 2.0), (Trap(3, 0.1), 0.5)],
)
def test_the_reference_at_frequencies_with_a_closed_form(trap, energy):
    found = ground_energy(trap)
    assert found.value == pytest.approx(energy, rel=1e-11)
    assert found.error < 1e-10


def test_the_reference_of_an_oval_trap_lies_between_round_ones():
    """E rises with each frequency, and a trap turned by a right angle has the same."""
    oval = ground_energy(Trap(2, 1.0, 1.2), angles=4)
    turned = ground_energy(Trap(2, 1.2, 1 / 1.2), angles=4)
    assert 3.0 < oval.value < ground_energy(Trap(2, 1.2)).value
    assert oval.value == pytest.approx(turned.value, abs=1e-8)


def residual(problem, energy, change=0.0):
    """The equation's rows where log ψ is the closed form −½ω Σ r² + log(1 + r/(dimension − 1))."""
    x = torch.from_numpy(problem.drawn(50, seed=1))
    along = Directions.of(problem.domain.axes, problem.directions.seconds)
    position = coordinates(x, along)
    columns = [position[:, k] for k in range(x.shape[1])]
    half, omega = len(columns) // 2, problem.trap.omega
    r = sqrt(sum((a - b) * (a - b) for a, b in zip(columns[:half], columns[half:], strict=True)))
    exact = log(1 + r * (1 / (half - 1) + change)) - sum(a * a for a in columns) * (omega / 2)
    axes = dict(zip(problem.domain.axes, x.unbind(1), strict=True))
    return problem.equations(Field(exact), torch.full((50,), energy, dtype=x.dtype), **axes)


@pytest.mark.parametrize(("name", "omega", "energy"), EXACT)
def test_the_exact_state_has_the_same_local_energy_everywhere(name, omega, energy):
    problem = sciml.load_problem(name, omega=omega)
    assert float(residual(problem, energy).abs().max()) < 1e-10
    assert float(residual(problem, energy, change=1e-3).abs().max()) > 1e-4
    assert float(residual(problem, energy + 1e-3).abs().max()) > 1e-4


@pytest.fixture(scope="module")
def quick():
    """A quick solve of each."""
    return {name: sciml.solve(sciml.load_problem(name, omega=omega), quick=True) for name, omega, _ in EXACT}


@pytest.mark.parametrize(("name", "omega", "energy"), EXACT)
def test_quick_passes(quick, name, omega, energy):
    found = quick[name]
    assert found.passed
    assert found.scalars["E"] == pytest.approx(energy, rel=1e-4)
    evidence = found.certificates["E"]
    assert evidence["rayleigh"] == pytest.approx(energy, rel=1e-4)
    assert 0 < evidence["spread"] < 0.02


def test_log_psi_is_that_of_the_closed_form(quick):
    """Its additive constant is not free: where the electrons meet it is that of the trap alone."""
    found = quick["two-electron-dot"]
    x = 0.7 * np.random.default_rng(0).normal(size=(200, 4))
    r = np.hypot(x[:, 0] - x[:, 2], x[:, 1] - x[:, 3])
    assert found(x)["log_psi"] == pytest.approx(np.log1p(r) - 0.5 * (x**2).sum(1), abs=5e-3)


def test_oscillators_have_their_normal_modes():
    """Two coupled ones: ½(√(1 + c) + √(1 − c))."""
    problem = sciml.load_problem("coupled-oscillators", size=2, coupling=0.4)
    energy = 0.5 * (math.sqrt(1.4) + math.sqrt(0.6))
    assert problem.reference().scalars["E"].value == pytest.approx(energy, rel=1e-14)
    found = sciml.solve(problem, quick=True)
    assert found.passed
    assert found.scalars["E"] == pytest.approx(energy, rel=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", ["two-electron-dot", "hookes-atom", "coupled-oscillators"])
def test_passes_from_three_seeds(name, seed):
    assert sciml.solve(sciml.load_problem(name), seed=seed).passed


@pytest.mark.slow
def test_an_oval_dot():
    assert sciml.solve(sciml.load_problem("two-electron-dot", ratio=1.5)).passed
