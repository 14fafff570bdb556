"""The weak form sees a V, a c or a ψ that are not the problem's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sciml import Status, solve
from sciml.quantum import QuantumWell
from sciml.quantum.certificates import Meter
from sciml.quantum.start import ritz_start
from sciml.quantum.weak_form import SEEN, weak_doubts, weak_residuals

from .wells import BUNDLED, OWN, bundled


def bowl(stiffness: float = 1.0, kinetic: float = 0.5, domain: Any = (-8.0, 8.0)) -> QuantumWell:
    return QuantumWell(lambda x: 0.5 * stiffness * x**2, domain, kinetic=kinetic, states=2)


def judged(solved: QuantumWell, by: QuantumWell) -> list[float]:
    """The states of one well as judged by another."""
    states = ritz_start(solved, solved.recipe(), 0).states
    return weak_residuals(by, states)


@pytest.mark.parametrize("size", [1e-2, 1e-3, 1e-4, 1e-5])
def test_a_wrong_c_or_v_shows_in_proportion(size: float) -> None:
    for wrong in (bowl(kinetic=0.5 * (1 + size)), bowl(stiffness=1 + size)):
        residuals = judged(wrong, bowl())
        assert all(0.1 * size < residual < 4 * size for residual in residuals)
        assert len(list(weak_doubts(residuals, random=False))) == 2


@pytest.mark.parametrize("name", [*BUNDLED, *OWN])
def test_right_states_leave_rounding(name: str) -> None:
    well = OWN[name]() if name in OWN else bundled(name, states=4)
    residuals = judged(well, well)
    assert max(residuals) < 0.3 * SEEN
    assert list(weak_doubts(residuals, random=False)) == []


def test_a_solver_with_another_c_stalls_whatever_its_checks_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """Solver, its certificates and the reference all use c off by 1e-4."""

    class Off(QuantumWell):
        def reference(self) -> None:
            return None

    original = Meter.state
    near = bowl(kinetic=0.5 * (1 + 1e-4))
    monkeypatch.setattr(
        Meter, "state", lambda self, *args: original(Meter(near, self.coarse, self.fine), *args)
    )
    monkeypatch.setattr(
        "sciml.quantum.solve.ritz_start", lambda well, recipe, seed: ritz_start(near, recipe, seed)
    )
    solution = solve(Off(lambda x: 0.5 * x**2, (-8.0, 8.0), kinetic=0.5, states=2), max_steps=0)
    assert solution.status is Status.STALLED
    assert solution.passed is False
    assert "equation in weak form" in solution.message
    assert np.isfinite(solution.certificates["E0"]["weak"])
