"""Intervals: quadrature exact for polynomials in each region, and arguments refused in one line."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.arguments import check_count
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.domains import Interval

repeatable = settings(deadline=None, derandomize=True)


def integral(quadrature, degree):
    return float(quadrature.weights @ quadrature.points**degree)


@repeatable
@given(st.integers(1, 12), st.floats(-2, 1.5), st.floats(0.1, 2))
def test_quadrature_is_exact_to_degree_2n_minus_1(n, left, length):
    right = left + length
    quadrature = Interval(left, right).quadrature(n)
    for degree in range(2 * n):
        exact = (right ** (degree + 1) - left ** (degree + 1)) / (degree + 1)
        scale = max(abs(left), abs(right)) ** degree * length
        assert integral(quadrature, degree) == pytest.approx(exact, abs=2e-13 * scale)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_quadrature_is_not_exact_beyond(n):
    assert integral(Interval(-1, 1).quadrature(n), 2 * n) != pytest.approx(2 / (2 * n + 1), rel=1e-6)


def test_quadrature_is_exact_across_a_jump_only_with_its_interface():
    edge = 0.3
    exact = 2 * (1 - edge) + 1 * (edge + 1)

    def step(quadrature):
        return float(quadrature.weights @ np.where(quadrature.points > edge, 2.0, 1.0))

    assert step(Interval(-1, 1, (edge,)).quadrature(4)) == pytest.approx(exact, rel=1e-15)
    assert abs(step(Interval(-1, 1).quadrature(8)) - exact) > 1e-3


def test_points_ascend_within_their_regions():
    interval = Interval(0.0, 3.0, (1.0, 2.5))
    points = interval.quadrature(6).points
    assert (np.diff(points) > 0).all()
    for k, (a, b) in enumerate(interval.regions):
        assert ((points[6 * k : 6 * k + 6] > a) & (points[6 * k : 6 * k + 6] < b)).all()
    assert interval.without_interfaces().regions == ((0.0, 3.0),)
    assert (interval.length, interval.centre) == (3.0, 1.5)


WRONG_TYPE = [("0", 1.0, ()), (True, 1.0, ()), (None, 1.0, ()), (0.0, [1.0], ()), (0.0, 1.0, ("a",))]
WRONG_VALUE = [
    (math.nan, 1.0, ()),
    (0.0, math.inf, ()),
    (1.0, 0.0, ()),
    (1.0, 1.0, ()),
    (0.0, 1.0, (2.0,)),
    (0.0, 1.0, (0.0,)),
    (0.0, 1.0, (math.nan,)),
    (0.0, 1.0, (0.6, 0.5)),
    (0.0, 1.0, (0.5, 0.5)),
]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [*((item, ArgumentTypeError) for item in WRONG_TYPE), *((item, ArgumentError) for item in WRONG_VALUE)],
)
def test_intervals_that_make_no_sense_are_refused(arguments, error):
    with pytest.raises(error, match="got .*expected") as caught:
        Interval(*arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("points", "error"),
    [(0, ArgumentError), (-1, ArgumentError), (2.5, ArgumentTypeError), (True, ArgumentTypeError)],
)
def test_counts_are_checked(points, error):
    with pytest.raises(error, match="points: got"):
        Interval(0, 1).quadrature(points)
    with pytest.raises(error, match="points: got"):
        check_count("points", points)


def test_midpoints_lie_evenly_in_each_region_and_integrate_straight_lines():
    rule = Interval(-1.0, 3.0, (0.5,)).midpoints(4)
    np.testing.assert_allclose(rule.points[:4], [-0.8125, -0.4375, -0.0625, 0.3125])
    np.testing.assert_allclose(rule.points[4:], [0.8125, 1.4375, 2.0625, 2.6875])
    np.testing.assert_allclose(rule.weights.sum(), 4.0)
    np.testing.assert_allclose(rule.weights @ (2 * rule.points + 1), 12.0)


@pytest.mark.parametrize(("left", "right"), [(0.0, 1e-320), (-1e308, 1e308), (0.0, 1e-71), (1e80, 2e80)])
def test_lengths_at_the_edge_of_float64_are_refused_in_one_line(left, right):
    with pytest.raises(ArgumentError, match="choose other units of length"):
        Interval(left, right)
