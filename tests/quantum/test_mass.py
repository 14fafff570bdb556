"""A c that depends on position: BenDaniel and Duke's equation, ψ and cψ' continuous."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from sciml import Solution, Status, solve
from sciml.errors import ArgumentError
from sciml.quantum import QuantumWell
from sciml.quantum.certificates import Meter
from sciml.quantum.references import spectral_elements
from sciml.quantum.start import ritz_start
from sciml.quantum.weak_form import SEEN, weak_residuals

HBAR2 = 0.038099821114859614  # ħ²/2mₑ in eV nm²


def inside(x: Any) -> Any:
    return (x > 20) & (x < 30)


def gaas(error: float = 0.0, **options: Any) -> QuantumWell:
    return QuantumWell(
        lambda x: np.where(inside(x), 0.0, 0.3),
        (0.0, 50.0),
        kinetic=lambda x: (1 + error) * HBAR2 / np.where(inside(x), 0.067, 0.092),
        states=2,
        **options,
    )


@pytest.fixture(scope="module")
def solved() -> Solution:
    return solve(gaas())


def test_gallium_arsenide_against_thirty_digits(solved: Solution) -> None:
    """Layer transfer with bisection by node count, mpmath (shared with the package's issue)."""
    energies = [solved.scalars["E0"], solved.scalars["E1"]]
    assert energies == pytest.approx([0.031998412504617, 0.12631533828507], rel=1e-12)
    assert solved.status is Status.CONVERGED
    assert solved.passed


@pytest.mark.parametrize("edge", [20.0, 30.0])
def test_psi_and_its_flux_are_continuous_and_the_slope_jumps(solved: Solution, edge: float) -> None:
    near = edge + np.array([-1e-9, 1e-9])
    jet = solved.jet(torch.from_numpy(near))["psi1"]
    psi, slope = (part.detach().numpy() for part in jet.parts[:2])
    c = gaas().kinetic_at(near)
    assert psi[0] == pytest.approx(psi[1], abs=1e-8)
    assert c[0] * slope[0] == pytest.approx(c[1] * slope[1], rel=1e-7)
    assert abs(slope[0] / slope[1] - 1) > 0.2


SMOOTH = {
    "tanh": (lambda x: 0.5 * x**2, lambda x: 0.5 / (1 + 0.4 * np.tanh(x)), (-8.0, 8.0), ()),
    "kink of c": (lambda x: 0.5 * x**2, lambda x: 0.5 + 0.2 * np.abs(x - 0.3), (-6.0, 6.0), (0.3,)),
    "thin layer of c": (
        lambda x: 0.5 * x**2,
        lambda x: np.where(np.abs(x - 0.1) < 0.01, 0.05, 0.5),
        (-8.0, 8.0),
        (0.09, 0.11),
    ),
    "hydrogen": (lambda x: -1 / x, lambda x: 0.5 / (1 + 0.3 * np.exp(-x)), (0.0, 60.0), ()),
}


@pytest.mark.parametrize("name", SMOOTH)
def test_against_spectral_elements(name: str) -> None:
    potential, kinetic, domain, interfaces = SMOOTH[name]
    solution = solve(QuantumWell(potential, domain, kinetic=kinetic, states=3))
    pairs = spectral_elements(potential, domain, 3, interfaces, kinetic)
    assert list(solution.scalars.values()) == pytest.approx(pairs.energies, rel=1e-11)
    assert solution.status is Status.CONVERGED
    x = np.linspace(*domain, 41)[1:-1]
    ours = np.column_stack(list(solution(x).values()))
    assert ours == pytest.approx(pairs(x), abs=1e-6)


def test_derivatives_are_those_in_x() -> None:
    potential, kinetic, domain, _ = SMOOTH["tanh"]
    well = QuantumWell(potential, domain, kinetic=kinetic)
    solution = solve(well)
    x, h = np.linspace(-2, 2, 7), 1e-4
    before, here, after = (solution(x + shift)["psi0"] for shift in (-h, 0.0, h))
    _, first, second = (part.detach().numpy() for part in solution.jet(torch.from_numpy(x))["psi0"].parts)
    assert first == pytest.approx((after - before) / (2 * h), abs=1e-7)
    assert second == pytest.approx((after - 2 * here + before) / h**2, abs=1e-6)


@pytest.mark.parametrize("size", [1e-3, 1e-5])
def test_a_wrong_c_shows_in_weak_form(size: float) -> None:
    states = ritz_start(gaas(size), gaas().recipe(), 0).states
    assert all(0.01 * size < residual < 4 * size for residual in weak_residuals(gaas(), states))
    assert max(weak_residuals(gaas(size), states)) < 0.01 * SEEN


def test_a_mass_left_out_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the mass of the well everywhere, energies are 7 % off; solver and its certificates alike."""
    flat = QuantumWell(gaas().potential, (0.0, 50.0), kinetic=HBAR2 / 0.067, states=2)
    state = Meter.state
    monkeypatch.setattr(Meter, "state", lambda self, *args: state(Meter(flat, self.coarse, self.fine), *args))
    monkeypatch.setattr("sciml.quantum.solve.ritz_start", lambda *args: ritz_start(flat, *args[1:]))
    solution = solve(gaas())
    assert solution.status is Status.STALLED
    assert solution.doubts


@pytest.mark.slow
def test_random_start() -> None:
    solution = solve(gaas(), start="random")
    assert solution.passed


def test_bad_c_is_refused() -> None:
    with pytest.raises(ArgumentError, match=r"kinetic: got -1 at x = .*, expected positive"):
        QuantumWell(lambda x: x * x, (-3.0, 3.0), kinetic=lambda x: np.where(x > 1, -1.0, 1.0))
    with pytest.raises(ArgumentError, match="kinetic: returned nan"):
        QuantumWell(lambda x: x * x, (-3.0, 3.0), kinetic=lambda x: np.where(x > 1, np.nan, 1.0))


def test_saved_and_read_again(solved: Solution, tmp_path: Any) -> None:
    from sciml import load

    again = load(solved.save(tmp_path / "run"), problem=gaas())
    x = np.linspace(1, 49, 9)
    assert np.array_equal(again(x)["psi1"], solved(x)["psi1"])
