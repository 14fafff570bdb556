"""The ZFK flame: accuracy over β and Le, continuation, and checks that fail when they should."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import sciml
from sciml.contracts.reference import Measured
from sciml.contracts.status import Status
from sciml.errors import ArgumentError

Zfk = type(sciml.load_problem("zfk-flame"))


@dataclass(frozen=True)
class Cold(Zfk):
    """Solved from scratch."""

    def path(self):
        return (self,)


@dataclass(frozen=True)
class Asymptotic(Zfk):
    """Its reference is the first two terms for large β."""

    def reference(self):
        return replace(super().reference(), scalars={"m": Measured(self.rate.asymptotic)})


@pytest.fixture(scope="module")
def solution():
    return sciml.solve(sciml.load_problem("zfk-flame"), seed=0)


def worst(solved):
    speed, *fields = solved.compare().checks
    return speed.error, max(field.relative_l2 for field in fields)


def test_default_passes(solution):
    assert solution.status is Status.CONVERGED
    assert solution.passed
    assert solution.scalars["m"] == pytest.approx(0.91760747, rel=3e-6)
    assert worst(solution)[1] <= 2e-6


@pytest.mark.parametrize(
    ("given", "m", "bound"),
    [
        ({"Le": 0.5}, 0.957802880, 2e-5),
        pytest.param({"Le": 2.0}, 0.850272035, 3e-5, marks=pytest.mark.slow),
        pytest.param({"beta": 40.0}, 0.97539857, 3e-5, marks=pytest.mark.slow),
    ],
)
def test_other_flames_pass(given, m, bound):
    solved = sciml.solve(Zfk(**given), seed=0)
    assert solved.passed
    assert solved.scalars["m"] == pytest.approx(m, rel=bound)
    assert worst(solved)[1] <= 5e-5


@pytest.mark.parametrize("given", [{"beta": 4.0}, {"beta": 15.0}, {"beta": 20.0, "gamma": 0.0}, {"Le": 3.0}])
def test_quick_passes(given):
    quick = sciml.solve(Zfk(**given), seed=1, quick=True)
    assert quick.passed
    assert worst(quick)[0] <= 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    "given",
    [
        *({"beta": beta} for beta in (4.0, 5.0, 8.0, 10.0, 15.0, 20.0, 40.0, 50.0)),
        *({"Le": lewis} for lewis in (0.3, 0.5, 0.7, 0.8, 1.4, 1.5, 2.0, 3.0)),
        *({"beta": 50.0, "Le": lewis} for lewis in (0.3, 3.0)),
        {"beta": 20.0, "gamma": 0.0},
        {"beta": 4.0, "gamma": 0.9},
    ],
)
def test_passes_from_random_starts(given, seed):
    assert sciml.solve(Zfk(**given), seed=seed).passed


def test_a_flame_lost_by_a_cold_start_is_invalid_without_the_reference():
    cold = sciml.solve(Cold(beta=30.0, Le=2.0), seed=1, quick=True)
    assert worst(cold)[0] > 5e-3
    assert cold.status is Status.INVALID
    assert "not a front" in cold.message
    assert sciml.solve(Zfk(beta=30.0, Le=2.0), seed=1, quick=True).passed


def test_a_wrong_reference_fails(solution):
    wrong = sciml.solve(Asymptotic(), seed=0)
    assert wrong.scalars == solution.scalars
    assert [check.passed for check in wrong.compare().checks] == [False, True, True]


def test_the_asymptotic_value_is_reported_and_not_judged(solution):
    assert solution.metrics == {"m_asymptotic": pytest.approx(1 - (3 * 0.8 - 1.344) / 10)}
    assert solution.compare().metrics == ()


def test_path_leads_from_an_easy_flame_to_the_problem():
    for flame in (Zfk(beta=40.0, Le=0.5), Zfk(beta=20.0, gamma=0.0), Zfk(beta=4.0), Zfk()):
        first, *_, last = flame.path()
        assert last == flame
        assert (first.beta, first.Le) == (pytest.approx(5.0), pytest.approx(1.0))
        steps = [stage.beta for stage in flame.path()]
        assert np.abs(np.diff(np.log(steps))).max() < 0.38


@pytest.mark.parametrize("given", [{"beta": 10.0, "gamma": 0.4}, {"beta": 19.9, "gamma": 0.0}])
def test_a_flame_without_a_cold_boundary_is_refused(given):
    with pytest.raises(ArgumentError, match="at least 20; below, the unburnt gas reacts") as refused:
        sciml.load_problem("zfk-flame", **given)
    assert "\n" not in str(refused.value)


def test_the_limit_itself_is_allowed():
    assert sciml.load_problem("zfk-flame", beta=10.0, gamma=0.5).rate.cold_exponent == 20.0


def test_fields_are_bounded_and_saved(solution, tmp_path):
    x = np.linspace(-9, 3, 241)
    theta, fuel = solution(x)["theta"], solution(x)["Y"]
    assert (np.diff(theta) > 0).all()
    assert theta.min() > 0
    assert fuel.min() > 0
    np.testing.assert_allclose(theta + fuel, 1, atol=5e-6)
    solution.save(tmp_path / "run")
    whole = sciml.load(tmp_path / "run", problem=sciml.load_problem("zfk-flame"))
    np.testing.assert_array_equal(whole(x)["Y"], fuel)
    assert sciml.load(tmp_path / "run").metrics == solution.metrics


def test_float32_is_good_to_its_own_rounding():
    single = sciml.solve(Zfk(), dtype="float32")
    assert single.status is not Status.INVALID
    assert worst(single)[0] <= 1e-3
