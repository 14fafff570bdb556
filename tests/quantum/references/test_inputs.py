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
    ((([0, 1, 2], [0], 1)), "heights: got 1, expected 2, one between each two of 3 edges"),
    ((([0, 1], [np.nan], 1)), "finite"),
    ((([0, 1], [0], 0)), "states: got 0, expected a whole number of at least 1"),
    ((([0, 1, 2], [0, 0], 1, [1, 2, 3])), "kinetic"),
    ((([0, 1], [0], 1, -1.0)), "kinetic"),
]


@pytest.mark.parametrize(("arguments", "message"), BAD_LAYERS)
def test_transfer_matrix_refuses(arguments, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        transfer_matrix(*arguments)
    assert "\n" not in str(caught.value)


BAD_PROFILES = [
    ({"domain": (1, 0)}, "domain: got .*, expected at least two strictly ascending"),
    ({"domain": (0, 1, 2)}, "domain: got .*, expected two numbers, left and right"),
    ({"domain": (0, np.inf)}, "finite"),
    ({"states": -1}, "states"),
    ({"interfaces": [2.0]}, "interfaces: got 2.0, expected positions inside the domain"),
    ({"kinetic": 0.0}, "kinetic: got 0, expected positive"),
    ({"kinetic": lambda x: -x}, "kinetic: got -.*, expected positive"),
    ({"potential": lambda x: x[:3]}, "one real number for each"),
    ({"potential": lambda x: np.where(x > 0.5, np.inf, 0.0)}, "potential: got inf at x =.*, expected finite"),
    ({"potential": lambda x: "deep"}, "one real number for each"),
]


@pytest.mark.parametrize("solver", [spectral_elements, finite_differences])
@pytest.mark.parametrize(("change", "message"), BAD_PROFILES)
def test_grid_solvers_refuse(solver, change, message):
    with pytest.raises(ArgumentError, match=message) as caught:
        solver(**({"potential": flat, "domain": (0, 1), "states": 2} | change))
    assert "\n" not in str(caught.value)


def test_true_is_no_number_of_states():
    with pytest.raises(ArgumentTypeError, match="states: got True, expected a whole number"):
        transfer_matrix([0, 1], [0], True)


@pytest.mark.parametrize("solver", [spectral_elements, finite_differences])
def test_wrong_types(solver):
    with pytest.raises(ArgumentTypeError, match="states: got 2.5, expected a whole number"):
        solver(flat, (0, 1), 2.5)
    with pytest.raises(ArgumentTypeError, match="domain: got 'box', expected numbers"):
        solver(flat, "box", 2)


def test_too_small_a_discretisation():
    with pytest.raises(ArgumentError, match="points: got 5, expected more than the 5 states"):
        finite_differences(flat, (0, 1), 5, points=5)
    with pytest.raises(ArgumentError, match="order: got 3 on 1 elements, expected enough for 5 states"):
        spectral_elements(flat, (0, 1), 5, order=3)


def test_constant_potential_may_be_a_scalar():
    assert spectral_elements(lambda x: 2.0, (0, 1), 1).energies[0] == pytest.approx(2 + np.pi**2, rel=1e-13)


def test_ends_among_the_interfaces_and_duplicates_are_harmless():
    pairs = spectral_elements(flat, (0, 1), 2, interfaces=[1, 0.5, 0.5, 0])
    assert pairs.energies == pytest.approx([np.pi**2, 4 * np.pi**2], rel=1e-13)
    assert len(pairs) == 2
    assert pairs(0.5).shape == (1, 2)
