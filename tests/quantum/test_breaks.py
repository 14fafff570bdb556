"""Jumps and kinks that a user did not name are found; smooth potentials have none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.errors import ArgumentError
from sciml.numerics.domains import Interval
from sciml.quantum.breaks import find_breaks
from sciml.quantum.cells import Probes

BOX = Interval(-3.0, 5.0)


@settings(max_examples=40, deadline=None)
@given(st.floats(-2.9, 4.9), st.floats(0.01, 100.0), st.floats(-10.0, 10.0))
def test_a_jump_is_found_to_rounding(point: float, height: float, slope: float) -> None:
    found = find_breaks(lambda x: slope * np.sin(x) + np.where(x < point, 0.0, height), BOX)
    assert len(found) == 1
    assert found[0] == pytest.approx(point, abs=4e-16 * 8)


@settings(max_examples=40, deadline=None)
@given(st.floats(-2.9, 4.9), st.floats(0.1, 100.0))
def test_a_kink_is_found(point: float, slope: float) -> None:
    found = find_breaks(lambda x: np.cos(x) + slope * np.abs(x - point), BOX)
    assert len(found) == 1
    assert found[0] == pytest.approx(point, abs=1e-11)


@pytest.mark.parametrize(
    "smooth",
    [
        lambda x: 0 * x,
        lambda x: x**4 - 3 * x,
        lambda x: np.tanh(200 * x),
        lambda x: -50 * np.exp(-(x**2) / 0.01),
        lambda x: np.cos(40 * x),
        lambda x: 1e6 + 0 * x,
        lambda x: -1 / np.sqrt(x**2 + 1e-4),
    ],
)
def test_smooth_potentials_have_none(smooth) -> None:
    assert find_breaks(smooth, BOX) == ()


def test_known_breaks_are_not_found_again() -> None:
    step = Interval(-3.0, 5.0, (1.0,))
    assert find_breaks(lambda x: np.where(x < 1.0, 0.0, 2.0), step) == ()


def test_several_and_narrow_ones() -> None:
    edges = np.array([-1.05, -0.95, 0.95, 1.05, 3.0, 3.004])

    def comb(x: np.ndarray) -> np.ndarray:
        return 50.0 * (np.searchsorted(edges, x) % 2) + 0.2 * x * x

    assert find_breaks(comb, BOX) == pytest.approx(edges, abs=1e-14)


def test_the_kinks_of_a_table_joined_by_lines() -> None:
    knots = np.linspace(-3.0, 5.0, 300)
    found = find_breaks(lambda x: np.interp(x, knots, np.cos(knots)), BOX)
    assert found == pytest.approx(knots[1:-1], abs=1e-10)


def test_a_staircase_of_hundreds() -> None:
    assert find_breaks(lambda x: np.floor(50 * x), BOX) == pytest.approx(np.arange(-149, 250) / 50, abs=1e-14)


def test_two_jumps_nearer_than_the_cells() -> None:
    found = find_breaks(lambda x: np.where(abs(x - 0.7) < 1e-5, 1.0, 0.0), BOX, probes_at(0.7))
    assert found == pytest.approx([0.7 - 1e-5, 0.7 + 1e-5], abs=1e-14)


def probes_at(x: float) -> Probes:
    return Probes(np.array([-1.0, x]), np.array([0.0, 1.0]), 1.0)


def test_what_is_rough_everywhere_is_refused() -> None:
    with pytest.raises(ArgumentError, match="potential: .*rough everywhere.*; smooth it") as refused:
        find_breaks(lambda x: np.sin(1e9 * x * x), BOX)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("singular", [lambda x: -1 / (x + 3), lambda x: 1 / (5 - x) ** 2])
def test_an_end_where_v_is_singular_is_no_break(singular) -> None:
    def inside(x: np.ndarray) -> np.ndarray:
        assert ((x > BOX.left) & (x < BOX.right)).all()
        return singular(x)

    assert find_breaks(inside, BOX) == ()
