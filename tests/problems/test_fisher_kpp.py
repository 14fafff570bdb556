"""Fisher's front: its profile at a given speed."""

import math
from dataclasses import dataclass, replace

import numpy as np
import pytest

import sciml
from sciml.contracts.status import Status

Fisher = type(sciml.load_problem("fisher-kpp"))


@dataclass(frozen=True)
class Shifted(Fisher):
    """Its reference is shifted by 1e-3."""

    def reference(self):
        right = super().reference()
        profile = right.fields["theta"]
        moved = np.interp(profile.x + 1e-3, profile.x, profile.values)
        return replace(right, fields={"theta": replace(profile, values=moved)})


@pytest.fixture(scope="module")
def solution():
    return sciml.solve(sciml.load_problem("fisher-kpp"), seed=0)


def test_default_passes(solution):
    (field,) = solution.compare().checks
    assert solution.status is Status.CONVERGED
    assert solution.passed
    assert field.name == "theta"
    assert field.relative_l2 <= 2e-6


def test_the_speed_is_given_and_not_checked(solution):
    problem = sciml.load_problem("fisher-kpp")
    assert problem.scalars["c"].guess == 5 / math.sqrt(6)
    assert not problem.scalars["c"].trainable
    assert solution.scalars == {}
    assert solution.compare().scalars == ()


@pytest.mark.parametrize("seed", range(4))
def test_quick_passes_from_random_starts(seed):
    assert sciml.solve(sciml.load_problem("fisher-kpp"), seed=seed, quick=True).passed


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_passes_from_random_starts(seed):
    assert sciml.solve(sciml.load_problem("fisher-kpp"), seed=seed).passed


def test_a_wrong_reference_fails():
    assert sciml.solve(Shifted(), seed=0, quick=True).passed is False


def test_the_pin_and_the_cold_tail(solution):
    assert solution(np.zeros(1))["theta"][0] == pytest.approx(0.25, rel=1e-14)
    low, high = solution(np.array([-30.0, -29.0]))["theta"]
    assert math.log(high / low) == pytest.approx(2 / math.sqrt(6), rel=1e-3)


def test_save_and_load(solution, tmp_path):
    solution.save(tmp_path / "run")
    stored = sciml.load(tmp_path / "run", problem=sciml.load_problem("fisher-kpp"))
    assert stored.passed
    x = np.linspace(-12, 12, 77)
    np.testing.assert_array_equal(stored(x)["theta"], solution(x)["theta"])
