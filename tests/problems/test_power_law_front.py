"""The power-law front: accuracy over n and seeds, continuation in n, and checks that fail."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

import sciml
from sciml.contracts.reference import Measured
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, ArgumentTypeError

PowerLaw = type(sciml.load_problem("power-law-front"))


@dataclass(frozen=True)
class Cold(PowerLaw):
    """Solved from scratch."""

    def path(self):
        return (self,)


@dataclass(frozen=True)
class Slow(PowerLaw):
    """Its reference is wrong by 1e-5."""

    def reference(self):
        return replace(super().reference(), scalars={"c": Measured(1 - 1e-5)})


@pytest.fixture(scope="module")
def solution():
    return sciml.solve(sciml.load_problem("power-law-front"), seed=0)


def errors(solved):
    speed, field = solved.compare().checks
    return speed.abs_error, field.relative_l2


def test_default_passes(solution):
    assert solution.status is Status.CONVERGED
    assert solution.passed
    assert max(errors(solution)) <= 1e-6


@pytest.mark.parametrize("n", [1, 8])
def test_other_powers_pass(n):
    solved = sciml.solve(sciml.load_problem("power-law-front", n=n), seed=1)
    assert solved.passed
    assert max(errors(solved)) <= 2e-6


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("n", [1, 2, 4, 8, 16])
def test_quick_passes(n, seed):
    quick = sciml.solve(sciml.load_problem("power-law-front", n=n), seed=seed, quick=True)
    assert quick.passed
    assert max(errors(quick)) <= 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("n", [1, 2, 3, 4, 8, 16])
def test_passes_from_random_starts(n, seed):
    solved = sciml.solve(sciml.load_problem("power-law-front", n=n), seed=seed)
    assert solved.passed
    assert max(errors(solved)) <= 2e-6


def test_continuation_finds_what_a_cold_start_loses():
    """Without a reference too the lost front is known to be none."""
    along, cold = (sciml.solve(problem, seed=0, quick=True) for problem in (PowerLaw(n=8), Cold(n=8)))
    assert errors(along)[0] <= 1e-5
    assert errors(cold)[0] > 0.1
    assert cold.status is Status.INVALID
    assert "not a front" in cold.message
    assert cold.passed is False


def test_the_path_ends_with_the_problem():
    assert [front.n for front in PowerLaw(n=7).path()] == [1, 2, 3, 4, 6, 7]
    assert PowerLaw(n=2).path() == (PowerLaw(n=2),)


def test_a_wrong_reference_fails(solution):
    wrong = sciml.solve(Slow(), seed=0)
    assert wrong.scalars == solution.scalars
    assert [check.passed for check in wrong.compare().checks] == [False, True]


def test_the_reference_is_one_half_at_zero_and_has_the_tails():
    problem = PowerLaw(n=4)
    x = np.array([-14.0, -13.0, 0.0])
    theta = problem._profile(x)
    assert theta[2] == pytest.approx(0.5, rel=1e-14)
    assert theta[1] / theta[0] == pytest.approx(np.e, rel=1e-12)


def test_save_and_load_give_the_same_bits(solution, tmp_path):
    solution.save(tmp_path / "run")
    whole = sciml.load(tmp_path / "run", problem=sciml.load_problem("power-law-front"))
    x = np.linspace(-12, 8, 77)
    np.testing.assert_array_equal(whole(x)["theta"], solution(x)["theta"])


@pytest.mark.parametrize(("n", "error"), [(0, ArgumentError), (17, ArgumentError), (2.5, ArgumentTypeError)])
def test_n_is_a_whole_number_from_1_to_16(n, error):
    with pytest.raises(error, match="parameter 'n'"):
        sciml.load_problem("power-law-front", n=n)
