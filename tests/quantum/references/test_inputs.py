import numpy as np
import pytest

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.quantum.references import finite_differences, spectral_elements, transfer_matrix


def flat(x):
    return 0 * x


BAD_LAYERS = [
    ((([1, 0], [0], 1)), "ascending"),
    ((([0, 1, 1], [0, 1], 1)), "ascending"),
    ((([0], [], 1)), "at least two"),
    ((([0, 1, 2], [0], 1)), "3 edges need 2 heights, not 1"),
    ((([0, 1], [np.nan], 1)), "finite"),
    ((([0, 1], [0], 0)), "states must be an integer of at least 1"),
    ((([0, 1], [0], True)), "states"),
    ((([0, 1, 2], [0, 0], 1, [1, 2, 3])), "kinetic"),
    ((([0, 1], [0], 1, -1.0)), "kinetic"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_LAYERS)
def test_transfer_matrix_refuses(arguments, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        transfer_matrix(*arguments)
    assert "\n" not in str(caught.value)


BAD_PROFILES = [
    ({"domain": (1, 0)}, "domain must be"),
    ({"domain": (0, 1, 2)}, "left, right"),
    ({"domain": (0, np.inf)}, "finite"),
    ({"states": -1}, "states"),
    ({"interfaces": [2.0]}, "interface 2 lies outside"),
    ({"kinetic": 0.0}, "kinetic must be positive"),
    ({"kinetic": lambda x: -x}, "kinetic must be positive"),
    ({"potential": lambda x: x[:3]}, "one real number for each"),
    ({"potential": lambda x: np.where(x > 0.5, np.inf, 0.0)}, "potential is not finite at x ="),
    ({"potential": lambda x: "deep"}, "one real number for each"),
]


@pytest.mark.parametrize("solver", [spectral_elements, finite_differences])
@pytest.mark.parametrize(("change", "message"), BAD_PROFILES)
def test_grid_solvers_refuse(solver, change, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        solver(**({"potential": flat, "domain": (0, 1), "states": 2} | change))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("solver", [spectral_elements, finite_differences])
def test_wrong_types(solver):
    with pytest.raises(ArgumentTypeError, match="states must be an integer"):
        solver(flat, (0, 1), 2.5)
    with pytest.raises(ArgumentTypeError, match="domain must be numbers"):
        solver(flat, "box", 2)


def test_too_small_a_discretisation():
    with pytest.raises(ArgumentError, match="5 points are too few for 5 states"):
        finite_differences(flat, (0, 1), 5, points=5)
    with pytest.raises(ArgumentError, match="order 3 on 1 elements is too low for 5 states"):
        spectral_elements(flat, (0, 1), 5, order=3)


def test_constant_potential_may_be_a_scalar():
    assert spectral_elements(lambda x: 2.0, (0, 1), 1).energies[0] == pytest.approx(2 + np.pi**2, rel=1e-13)


def test_ends_among_the_interfaces_and_duplicates_are_harmless():
    pairs = spectral_elements(flat, (0, 1), 2, interfaces=[1, 0.5, 0.5, 0])
    assert pairs.energies == pytest.approx([np.pi**2, 4 * np.pi**2], rel=1e-13)
    assert len(pairs) == 2
    assert pairs(0.5).shape == (1, 2)
