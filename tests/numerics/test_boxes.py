"""Boxes: quadrature by monomials, faces, and what is refused."""

from itertools import product

import numpy as np
import pytest

from sciml.errors import ArgumentError, ScimlError
from sciml.numerics.boxes import Box
from sciml.numerics.domains import Interval

BOX = Box(x=(-1.0, 2.0), y=(0.5, 1.0), t=Interval(0.0, 3.0, (1.0,)))
ENDS = ((-1.0, 2.0), (0.5, 1.0), (0.0, 3.0))


def monomial(powers, x):
    return np.prod(x ** np.array(powers), axis=1)


def exact(powers, ends=ENDS):
    return np.prod([(b ** (p + 1) - a ** (p + 1)) / (p + 1) for p, (a, b) in zip(powers, ends, strict=True)])


@pytest.mark.parametrize("powers", list(product((0, 3, 5), repeat=3)))
def test_quadrature_integrates_monomials(powers):
    """Exact for degree 2·points − 1 along each axis."""
    grid = BOX.quadrature(3)
    assert grid.weights @ monomial(powers, grid.points) == pytest.approx(exact(powers), rel=1e-12)


def test_each_axis_may_have_its_own_number():
    grid = BOX.quadrature({"x": 2, "y": 1, "t": 3})
    assert grid.points.shape == (2 * 1 * 6, 3)
    assert grid.weights @ monomial((3, 1, 5), grid.points) == pytest.approx(exact((3, 1, 5)), rel=1e-12)
    assert grid.weights @ monomial((4, 1, 5), grid.points) != pytest.approx(exact((4, 1, 5)), rel=1e-3)


def test_scattered_points_fill_the_box_evenly():
    """Sobol points have an error well below that of 2,048 random ones, 2 %."""
    points = BOX.scattered(2048, seed=3)
    assert points.weights.sum() == pytest.approx(BOX.volume)
    assert points.weights @ monomial((2, 1, 1), points.points) == pytest.approx(exact((2, 1, 1)), rel=2e-3)


@pytest.mark.parametrize(
    ("place", "column", "value"), [("x=left", 0, -1.0), ("x=right", 0, 2.0), ("t=1.5", 2, 1.5)]
)
def test_a_face_holds_its_coordinate_and_its_area(place, column, value):
    face = BOX.face(place, 4)
    assert (face.points[:, column] == value).all()
    assert face.weights.sum() == pytest.approx(BOX.volume / (ENDS[column][1] - ENDS[column][0]))


def test_the_boundary_is_all_faces():
    """∮ x·n dS = d · volume."""
    boundary = BOX.face("boundary", 3)
    flux = 0.0
    for column, ends in enumerate(ENDS):
        for value, sign in zip(ends, (-1.0, 1.0), strict=True):
            on = boundary.points[:, column] == value
            flux += sign * value * boundary.weights[on].sum()
    assert flux == pytest.approx(3 * BOX.volume)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: Box(), "at least one"),
        (lambda: Box(x=(1, 0)), "left < right"),
        (lambda: Box(x=(0, float("nan"))), "x right end"),
        (lambda: Box(x=3), "axis 'x'"),
        (lambda: BOX.face("s=0", 3), "one of x, y, t"),
        (lambda: BOX.face("x=up", 3), "'x=left'"),
        (lambda: BOX.face("x=2.5", 3), "of at most 2"),
        (lambda: BOX.quadrature(0), "at least 1"),
        (lambda: BOX.quadrature({"x": 2}), "for y, t too"),
        (lambda: BOX.quadrature(200), "at most 1000000"),
    ],
)
def test_bad_input_is_one_line(wrong, words):
    with pytest.raises(ScimlError, match=words) as caught:
        wrong()
    assert "\n" not in str(caught.value)


def test_a_reversed_axis_is_an_argument_error():
    with pytest.raises(ArgumentError):
        Box(x=(0, 0))
