"""Sweeps: every flame is checked, warm starts save steps, and a bad request solves nothing."""

from dataclasses import replace

import numpy as np
import pytest

import sciml
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.flame import PremixedFlame, sweep

EXACT = {0.40: 0.267820482020, 0.44: 0.317979798710, 0.48: 0.368811624873}


@pytest.fixture(scope="module")
def found():
    return sweep(sciml.load_problem("premixed-flame"), phi=np.array([*EXACT]), quick=True)


def test_every_flame_is_solved_and_checked(found):
    assert found.values == tuple(EXACT)
    assert [solution.parameters["phi"] for solution in found.solutions] == [*EXACT]
    np.testing.assert_allclose(found.s_L, [*EXACT.values()], rtol=1e-4)
    np.testing.assert_allclose(found.reference, [*EXACT.values()], rtol=1e-10)
    np.testing.assert_allclose(found.errors, abs(found.s_L / found.reference - 1), rtol=1e-12)
    assert found.passed
    assert found.cpu_s > 0


def test_one_wrong_velocity_fails_the_sweep(found):
    first, *others = found.solutions
    wrong = replace(first, scalars={"s_L": 1.001 * first.scalars["s_L"]})
    assert not replace(found, solutions=(wrong, *others)).passed


def test_warm_starts_save_steps(found):
    cold = sweep(sciml.load_problem("premixed-flame"), phi=EXACT, quick=True, warm=False)
    steps = [sum(item.stats["steps"] for item in each.solutions[1:]) for each in (found, cold)]
    assert steps[0] < steps[1]
    assert found.solutions[0].scalars == cold.solutions[0].scalars


def test_a_flame_far_from_the_one_before(found):
    far = sweep(sciml.load_problem("premixed-flame"), T_in=[300.0, 600.0], quick=True)
    np.testing.assert_allclose(far.s_L, [0.270064139218, 0.690851129563], rtol=1e-4)
    assert far.passed


def test_a_warm_start_that_fails_begins_afresh(monkeypatch):
    asked, run_from = [], PremixedFlame.run_from

    def failing(self, before, settings, monitor):
        asked.append(before is not None)
        solution = run_from(self, None, settings, monitor)
        return solution if before is None else replace(solution, status=Status.STALLED)

    monkeypatch.setattr(PremixedFlame, "run_from", failing)
    found = sweep(sciml.load_problem("premixed-flame"), phi=[0.40, 0.44], quick=True)
    assert asked == [False, True, False]
    assert [solution.status for solution in found.solutions] == [Status.CONVERGED] * 2


def test_the_curve_runs_through_the_references(found):
    x, s_L = found.curve(points=3)
    np.testing.assert_allclose(x, [*EXACT], rtol=1e-12)
    np.testing.assert_allclose(s_L, found.reference, rtol=1e-9)


@pytest.mark.parametrize(
    ("varied", "error", "words"),
    [
        ({}, ArgumentError, "expected one parameter"),
        ({"phi": [0.4], "T_in": [300.0]}, ArgumentError, "expected one parameter"),
        ({"phi": []}, ArgumentError, "no values"),
        ({"phi": 0.4}, ArgumentTypeError, "sequence of values"),
        ({"phi": "0.4"}, ArgumentTypeError, "sequence of values"),
        ({"phi": ["0.4"]}, ArgumentTypeError, "phi"),
        ({"phi": [0.4, 0.7]}, ArgumentError, "'phi': got 0.7"),
        ({"phi": [0.4, float("nan")]}, ArgumentError, "'phi': got nan"),
        ({"phy": [0.4]}, ArgumentError, "did you mean 'phi'"),
        ({"phi": [0.4], "seed": -1}, ArgumentError, "seed: got -1, expected a whole number from 0"),
        ({"phi": [0.4], "quick": 1}, ArgumentTypeError, "quick: got 1, expected True or False"),
        ({"phi": [0.4], "warm": None}, ArgumentTypeError, "warm: got None, expected True or False"),
    ],
)
def test_a_bad_sweep_solves_nothing(monkeypatch, varied, error, words):
    monkeypatch.setattr(PremixedFlame, "run_from", lambda *given: pytest.fail("a flame was solved"))
    with pytest.raises(error, match=words) as refused:
        sweep(sciml.load_problem("premixed-flame"), **varied)
    assert "\n" not in str(refused.value)
