"""Certificates hold, and what is not an answer is INVALID."""

from __future__ import annotations

from dataclasses import replace
from functools import partialmethod

import numpy as np
import pytest
import torch

from sciml import Status, solve
from sciml.contracts.problem import Settings
from sciml.numerics.networks import MLP
from sciml.quantum import QuantumWell
from sciml.quantum import start as start_module
from sciml.quantum.certificates import CertifiedState, Meter, count_nodes
from sciml.quantum.solve import _answer
from sciml.quantum.start import Started, ritz_start
from sciml.quantum.state import single
from sciml.quantum.verdict import faults, levels_below
from sciml.runs.running import run

from .wells import BUNDLED, bundled


@pytest.fixture(scope="module")
def started() -> Started:
    well = bundled("finite-well", states=4)
    return ritz_start(well, well.recipe(), 0)


def judged(started: Started, states: tuple[CertifiedState, ...]):
    from sciml.contracts.monitor import Monitor

    well, settings, monitor = started.meter.well, Settings(), Monitor()
    changed = replace(started, states=states)
    return run(well, settings, monitor, lambda: _answer(well, settings, monitor, changed, random=False))


@pytest.mark.parametrize("name", BUNDLED)
def test_the_residual_bound_bounds_the_error(name: str) -> None:
    for begin, states in (("ritz", 3), ("random", 1)):
        solution = solve(bundled(name, states=states), start=begin)
        for check in solution.compare().scalars:
            found = solution.certificates[check.name]
            assert check.abs_error <= found["residual_bound"]
            assert found["refinement"] <= 1e-9 * abs(found["rayleigh"])


def test_the_residual_of_a_parabola_is_the_one_on_paper() -> None:
    """For ψ ∝ 1 − t², t = x/h, and V = sx: ‖Hψ − Eψ‖² = 5c²/4h⁴ + s²h²/7 at E = 5c/2h², for ‖ψ‖ = 1."""
    c, h, s = 2.0, 1.5, 3.0
    well = QuantumWell(lambda x: s * x, domain=(-h, h), kinetic=c)
    network = MLP(well.inputs().count, (3,), generator=torch.Generator())
    with torch.no_grad():
        network.weights[-1].zero_()
    meter = Meter(well, well.interval.quadrature(12), well.interval.quadrature(18))
    certificate = meter.state(network, 0.0).certificate
    assert certificate.rayleigh == pytest.approx(5 * c / (2 * h**2), rel=1e-13)
    exact = np.sqrt(5 * c**2 / (4 * h**4) + s**2 * h**2 / 7)
    assert certificate.residual_bound == pytest.approx(exact, rel=1e-13)
    assert certificate.nodes == 0


def test_good_states_have_no_faults(started: Started) -> None:
    assert faults(started.states, started.meter, started.next_energy) == []
    assert [state.certificate.nodes for state in started.states] == [0, 1, 2, 3]


def test_collapsed_state_is_invalid(started: Started) -> None:
    network = single(started.states[0].network, [0.0] * (started.states[0].network.widths[1] + 1))
    collapsed = started.meter.state(network, 1.0)
    solution = judged(started, (collapsed, *started.states[1:]))
    assert solution.status is Status.INVALID
    assert "collapsed" in solution.message
    assert solution.passed is False


def test_duplicated_state_is_invalid(started: Started) -> None:
    first, second, _, fourth = started.states
    solution = judged(started, (first, second, second, fourth))
    assert solution.status is Status.INVALID
    assert "psi1 and psi2 overlap" in solution.message
    assert solution.passed is False


def test_skipped_state_is_invalid(started: Started) -> None:
    first, _, third, fourth = started.states
    found = faults((first, third, fourth), started.meter, started.next_energy)
    assert any("psi1 is state 2" in fault for fault in found)


def test_wrong_order_is_invalid(started: Started) -> None:
    first, second, third, fourth = started.states
    assert faults((second, first, third, fourth), started.meter, started.next_energy)


def test_levels_below_counts_exact_levels(started: Started) -> None:
    exact = [state.certificate.rayleigh for state in started.states]
    for n, energy in enumerate(exact):
        assert levels_below(started.meter, energy * (1 - 1e-3)) == n
        assert levels_below(started.meter, energy * (1 + 1e-3)) == n + 1


def test_nodes_of_a_sine_and_of_noise() -> None:
    x = np.linspace(0.01, 0.99, 301)
    wave = np.sin(4 * np.pi * x)
    noise = 1e-9 * np.sin(1000 * x)
    assert count_nodes(wave) == 3
    assert count_nodes(wave * (x > 0.26) + noise, visible=1e-6) == 2


def test_a_wrong_state_from_a_random_start_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[int] = []
    truth = start_module.is_state

    def refuse_first(index: int, certificate: object) -> bool:
        tried.append(index)
        return len(tried) > 1 and truth(index, certificate)

    monkeypatch.setattr(start_module, "is_state", refuse_first)
    solution = solve(bundled("finite-well"), start="random")
    assert tried == [0, 0]
    assert solution.compare().passed


def test_a_random_start_that_ends_elsewhere_is_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    from sciml.quantum.equation import Scales
    from sciml.quantum.recipe import WellRecipe

    monkeypatch.setattr(Scales, "guess", lambda self, state: self.floor + 4 * np.pi**2 * self.unit)
    monkeypatch.setattr(WellRecipe, "__init__", partialmethod(WellRecipe.__init__, restarts=1))
    elsewhere = 0
    for seed in range(4):
        solution = solve(bundled("infinite-well"), start="random", seed=seed)
        truth = abs(solution.scalars["E0"] - np.pi**2) < 1.0
        assert truth == (solution.status is Status.CONVERGED)
        assert truth == (solution.passed is True)
        elsewhere += not truth
    assert elsewhere > 0


def test_a_random_start_cut_short_says_so() -> None:
    solution = solve(bundled("infinite-well"), start="random", max_steps=1)
    assert solution.status is Status.MAX_STEPS
    assert "residual" in solution.message or "so far" in solution.message
    assert solution.passed is False


def test_states_of_the_box_are_counted_and_marked() -> None:
    solution = solve(bundled("finite-well", states=5), max_steps=0)
    bound = [solution.certificates[f"E{n}"]["bound"] for n in range(5)]
    assert bound == [True, True, True, False, False]
    assert "3 bound" in solution.message
    assert torch.get_default_dtype() is torch.float32
