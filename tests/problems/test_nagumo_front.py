"""Nagumo's front: accuracy over seeds and parameters, checks that fail when they should, and files."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

import sciml
from sciml.contracts.reference import Measured, Reference
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, FileError
from sciml.flame import Front
from sciml.numerics.domains import Interval

Nagumo = type(sciml.load_problem("nagumo-front"))


@dataclass(frozen=True)
class Mirrored(Nagumo):
    """Its reference has the speed's sign wrong."""

    def reference(self):
        right = super().reference()
        return replace(right, scalars={"c": Measured(-right.scalars["c"].value)})


@pytest.fixture(scope="module")
def solution():
    return sciml.solve(sciml.load_problem("nagumo-front"), seed=0)


def test_default_passes(solution):
    check, field = solution.compare().checks
    assert solution.status is Status.CONVERGED
    assert solution.passed
    assert check.abs_error <= 2e-6
    assert field.relative_l2 <= 2e-6
    assert solution.scalars["c"] == pytest.approx(0.5 / 2**0.5, abs=2e-6)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("a", [0.01, 0.1, 0.25, 0.4, 0.5, 0.99])
def test_quick_passes_from_random_starts(a, seed):
    quick = sciml.solve(sciml.load_problem("nagumo-front", a=a), seed=seed, quick=True)
    check, field = quick.compare().checks
    assert quick.passed
    assert check.abs_error <= 2e-5
    assert field.relative_l2 <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("a", [0.01, 0.1, 0.25, 0.4, 0.5, 0.99])
def test_passes_from_random_starts(a, seed):
    solved = sciml.solve(sciml.load_problem("nagumo-front", a=a), seed=seed)
    check, field = solved.compare().checks
    assert solved.passed
    assert check.abs_error <= 2e-6
    assert field.relative_l2 <= 2e-6


def test_float32_is_good_to_its_own_rounding():
    single = sciml.solve(sciml.load_problem("nagumo-front"), dtype="float32")
    check, field = single.compare().checks
    assert check.abs_error <= 2e-4
    assert field.relative_l2 <= 1e-4
    assert single(np.zeros(1))["theta"] == pytest.approx(0.5)


def test_theta_is_one_half_at_zero_and_between_its_bounds(solution):
    assert solution(np.zeros(1))["theta"][0] == 0.5
    theta = solution(np.linspace(-15, 15, 301))["theta"]
    assert (np.diff(theta) > 0).all()
    assert 0 < theta[0] < theta[-1] < 1


def test_certificate_needs_no_reference(solution):
    evidence = solution.certificates["c"]
    assert evidence["rises"] is True
    assert evidence["theta_left"] == pytest.approx(1 - evidence["theta_right"], abs=1e-6)
    assert evidence["residual of front"] < 1e-5


def test_a_reference_of_the_wrong_sign_fails(solution):
    wrong = sciml.solve(Mirrored(), seed=0)
    assert wrong.scalars == solution.scalars
    assert wrong.passed is False
    assert [check.passed for check in wrong.compare().checks] == [False, True]


@dataclass(frozen=True)
class Faster(Front):
    """Nagumo's front, a = 0.01, with a reaction four times as fast: half as wide, and twice as fast."""

    def growth(self, theta):
        return 4.0 * (theta - 0.01)

    def reference(self):
        return Reference(scalars={"c": Measured(0.98 * math.sqrt(2))})

    @property
    def interval(self):
        return Interval(-7.5, 7.5)


def test_a_fronts_tolerance_is_relative_to_its_speed():
    answer = sciml.solve(Faster(), quick=True)
    exact, (check,) = 0.98 * math.sqrt(2), answer.compare().checks
    assert check.passed
    assert check.error == abs(answer.scalars["c"] - exact) / exact
    for share, passes in ((0.9, True), (-0.9, True), (1.1, False), (-1.1, False)):
        off = replace(answer, scalars={"c": exact * (1 + share * Faster().recipe(quick=True).tolerance)})
        assert off.passed is passes


def test_a_standing_front_is_judged_absolutely():
    standing = sciml.load_problem("nagumo-front", a=0.5)
    assert standing.reference().scalars["c"].value == 0.0
    assert standing.recipe().tolerance == 2e-6
    almost = sciml.load_problem("nagumo-front", a=0.499)
    exact = almost.reference().scalars["c"].value
    assert almost.recipe().tolerance * abs(exact) == pytest.approx(2e-6)


def test_save_and_load_give_the_same_bits(solution, tmp_path):
    solution.save(tmp_path / "run")
    numbers = sciml.load(tmp_path / "run")
    assert numbers.scalars == solution.scalars
    assert numbers.passed
    np.testing.assert_array_equal(numbers.samples["theta"], solution.samples["theta"])
    whole = sciml.load(tmp_path / "run", problem=sciml.load_problem("nagumo-front"))
    x = np.linspace(-12, 12, 77)
    np.testing.assert_array_equal(whole(x)["theta"], solution(x)["theta"])
    with pytest.raises(FileError, match="holds a 'nagumo-front'"):
        sciml.load(tmp_path / "run", problem=Mirrored())


@pytest.mark.parametrize("a", [0.0, 1.0, -0.1, float("nan")])
def test_a_lies_between_the_stable_states(a):
    with pytest.raises(ArgumentError, match="parameter 'a'"):
        sciml.load_problem("nagumo-front", a=a)
