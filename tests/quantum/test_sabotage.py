"""Wrongs put into a copy of the solver or its reference are seen by a check or certificate."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sciml import Solution, solve
from sciml.quantum import QuantumWell, panels
from sciml.quantum import solve as solving
from sciml.quantum.certificates import Meter
from sciml.quantum.doublets import merged
from sciml.quantum.fields import WellFields
from sciml.quantum.start import ritz_start

Wrong = Callable[[pytest.MonkeyPatch, float], None]


def well(d: float = 0.0, c: float = 0.0, shift: float = 0.0) -> QuantumWell:
    return QuantumWell(
        lambda x: (1 + d) * (0.5 * (x - shift) ** 2 + 0.3 * np.abs(x)),
        (-8.0, 7.0),
        kinetic=0.5 * (1 + c),
        states=2,
    )


def solved_as(other: QuantumWell) -> Wrong:
    """The solver and its certificates take the potential or c of another well."""

    def put(patch: pytest.MonkeyPatch, size: float) -> None:
        state = Meter.state
        patch.setattr(Meter, "state", lambda self, *a: state(Meter(other, self.coarse, self.fine), *a))
        patch.setattr(solving, "ritz_start", lambda own, recipe, seed: ritz_start(other, recipe, seed))

    return put


def _both(make: Callable[[float], QuantumWell]) -> Wrong:
    def put(patch: pytest.MonkeyPatch, size: float) -> None:
        solved_as(make(size))(patch, size)
        patch.setattr(QuantumWell, "reference", lambda self: None)

    return put


def _solver(make: Callable[[float], QuantumWell]) -> Wrong:
    return lambda patch, size: solved_as(make(size))(patch, size)


def _reference(make: Callable[[float], QuantumWell]) -> Wrong:
    original = QuantumWell.reference
    return lambda patch, size: patch.setattr(QuantumWell, "reference", lambda self: original(make(size)))


def _quadrature(change: Callable[[Any, float], Any]) -> Wrong:
    original = panels.Panels.quadrature

    def put(patch: pytest.MonkeyPatch, size: float) -> None:
        patch.setattr(panels.Panels, "quadrature", lambda self, points: change(original(self, points), size))

    return put


def _moved_field(patch: pytest.MonkeyPatch, size: float) -> None:
    original = WellFields.__call__
    patch.setattr(WellFields, "__call__", lambda self, x: original(self, x + size))


def _scaled_field(patch: pytest.MonkeyPatch, size: float) -> None:
    original = Meter.state
    patch.setattr(Meter, "state", lambda self, *args: original(self, *args).times(1 + size))


def _mixed(patch: pytest.MonkeyPatch, size: float) -> None:
    original = solving.ritz_start

    def start(own: Any, recipe: Any, seed: int) -> Any:
        started = original(own, recipe, seed)
        first, second = (state.network for state in started.states)
        networks = (
            merged([first, second], np.array([1.0, size])),
            merged([first, second], np.array([-size, 1])),
        )
        states = tuple(
            started.meter.state(network, state.trained)
            for network, state in zip(networks, started.states, strict=True)
        )
        return replace(started, states=states)

    patch.setattr(solving, "ritz_start", start)


WRONGS: dict[str, Wrong] = {
    "c of the solver": _solver(lambda d: well(c=d)),
    "V of the solver": _solver(lambda d: well(d=d)),
    "V of the solver moved": _solver(lambda d: well(shift=d)),
    "c of the reference": _reference(lambda d: well(c=d)),
    "V of the reference, a stale one": _reference(lambda d: well(d=d)),
    "c of both": _both(lambda d: well(c=d)),
    "V of both": _both(lambda d: well(d=d)),
    "points moved": _quadrature(lambda q, d: replace(q, points=q.points + d)),
    "weights scaled": _quadrature(lambda q, d: replace(q, weights=q.weights * (1 + d))),
    "wave function moved": _moved_field,
    "wave function scaled": _scaled_field,
    "states mixed": _mixed,
}
SEEN = dict.fromkeys(WRONGS, 1e-5) | {"points moved": 1e-4}  # docs/wells.md says what smaller ones do


def answer(wrong: str, size: float) -> Solution:
    with pytest.MonkeyPatch.context() as patch:
        WRONGS[wrong](patch, size)
        return solve(well(), max_steps=0)


@pytest.mark.parametrize("wrong", WRONGS)
def test_a_wrong_is_seen(wrong: str) -> None:
    solution = answer(wrong, SEEN[wrong])
    assert solution.passed is not True
    assert solution.status.value != "converged"
