"""Bundled wells beyond the four of the benchmark: one row each."""

from __future__ import annotations

import numpy as np
import pytest

from sciml import Status, load_problem, solve
from sciml.errors import ArgumentError

EXACT = {
    "poschl-teller": (4, [-8.0, -4.5, -2.0, -0.5], 1e-11),
    "morse": (4, [10 * (1 - (1 - (n + 0.5) / np.sqrt(20)) ** 2) for n in range(4)], 1e-11),
    "double-well": (2, [2.35727298, 2.35937176], 2.5e-9),
}


@pytest.mark.parametrize("name", EXACT)
def test_levels(name: str) -> None:
    states, exact, tolerance = EXACT[name]
    solution = solve(load_problem(name, states=states), quick=True)
    assert list(solution.scalars.values()) == pytest.approx(exact, rel=tolerance)
    assert solution.passed
    assert all(item["bound"] for item in solution.certificates.values())


def even_level(inside: float, outside: float, half_width: float, box: float, bracket: tuple[float, ...]):
    """Return E of an even state: ψ'/ψ agrees at the side of the middle region, ψ = 0 at the wall."""
    from scipy.optimize import brentq

    def mismatch(energy: float) -> float:
        k, q = np.emath.sqrt(energy - inside), np.emath.sqrt(energy - outside)
        within = -k * np.sin(k * half_width) * np.sin(q * (box - half_width))
        beyond = -q * np.cos(k * half_width) * np.cos(q * (box - half_width))
        return float(((within - beyond) / q).real)

    return brentq(mismatch, *bracket, xtol=1e-14, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "sizes", "inside", "outside", "bracket"),
    [
        ("finite-well", {"half_width": 0.7, "box": 2.2}, 0.0, 20.0, (0.5, 5.0)),
        ("barrier", {"half_width": 0.3, "box": 1.1}, 20.0, 0.0, (5.0, 15.0)),
    ],
)
def test_symmetric_wells_meet_the_matching_condition(name, sizes, inside, outside, bracket) -> None:
    solution = solve(load_problem(name, **sizes), quick=True)
    exact = even_level(inside, outside, sizes["half_width"], sizes["box"], bracket)
    assert solution.scalars["E0"] == pytest.approx(exact, rel=1e-11)
    with pytest.raises(ArgumentError, match="'half_width': got 3.0, expected less than box = 3.0"):
        load_problem(name, half_width=3.0, box=3.0)


def test_step_well_matches_a_shooting_of_its_own() -> None:
    from scipy.integrate import solve_ivp
    from scipy.optimize import brentq

    def end(energy: float) -> float:
        state = np.array([0.0, 1.0])
        for (left, right), height in zip(
            ((-3, -1), (-1, 0), (0, 1), (1, 3)), (30.0, 0.0, 8.0, 15.0), strict=True
        ):
            slope = [[0.0, 1.0], [height - energy, 0.0]]
            path = solve_ivp(lambda _, y, a=slope: np.dot(a, y), (left, right), state, rtol=1e-12, atol=1e-12)
            state = path.y[:, -1] / np.abs(path.y[:, -1]).max()
        return float(state[0])

    solution = solve(load_problem("step-well"), quick=True)
    energy = solution.scalars["E0"]
    assert brentq(end, energy - 0.1, energy + 0.1, xtol=1e-13) == pytest.approx(energy, rel=1e-9)
    assert solution.passed


@pytest.mark.parametrize(("name", "states", "bound"), [("poschl-teller", 5, 4), ("morse", 5, 4)])
def test_more_states_than_are_bound_are_refused_with_their_number(name: str, states: int, bound: int) -> None:
    with pytest.raises(ArgumentError, match=f"got {states}, but only {bound} are bound"):
        load_problem(name, states=states)


def test_a_shallow_level_gets_a_wide_box() -> None:
    solution = solve(load_problem("poschl-teller", lam=2.05, states=3), quick=True)
    assert solution.scalars["E2"] == pytest.approx(-0.5 * 0.05**2, rel=1e-9)
    assert solution.message.endswith("3 states found and certified")
    assert solution.status is Status.CONVERGED
    assert solution.passed
