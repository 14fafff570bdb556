"""Gaussian random fields: their law, and that a sample is a function, not a grid."""

import numpy as np
import pytest
from scipy.stats import chi2

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators.data import GaussianField
from sciml.operators.data.series import grid, grid_weights, most_modes

SIZE = 1e-4  # false-alarm probability of each statistical test


def covariance(x, field):
    """E[f(x) f(y)] on the points x by the formula, written out as a sum over the eigenfunctions."""
    total = np.zeros((len(x), len(x)))
    for j in range(field.modes + 1):
        k = np.pi * j * (2 if field.boundary == "periodic" else 1)
        eigenvalue = field.sigma**2 / (k**2 + field.tau**2) ** field.gamma
        if field.boundary == "periodic":
            total += eigenvalue * (2 if j else field.constant) * np.cos(k * (x[:, None] - x))
        else:
            total += eigenvalue * 2 * np.outer(np.sin(k * x), np.sin(k * x))
    return total


def plausible(field, truth, count=2000):
    """Whether the empirical variances along some directions fit the covariance, at the stated size in all."""
    x = np.array([0.05, 0.1, 0.32, 0.5, 0.77])
    values = field.coefficients(count, seed=3).at(x)
    directions = np.vstack([np.eye(5), [[1, -1, 0, 0, 0], [1, 1, 1, 1, 1], [0, 0, 1, -2, 1]]])
    for w in directions:
        statistic = np.sum((values @ w) ** 2) / (w @ covariance(x, truth) @ w)
        tail = min(chi2.cdf(statistic, count), chi2.sf(statistic, count))
        if tail < SIZE / (2 * len(directions)):
            return False
    return True


SOURCE, SCRIPT = GaussianField(modes=40), GaussianField(49.0, 7.0, 2.5, modes=40, constant=False)
ZERO = GaussianField(modes=40, boundary="zero")


@pytest.mark.parametrize("field", [SOURCE, SCRIPT, ZERO])
def test_the_covariance_is_the_formula(field):
    assert plausible(field, field)


@pytest.mark.parametrize(
    "wrong", [{"sigma": 25 * 1.3}, {"gamma": 2.3}, {"tau": 3.0}, {"constant": False}, {"boundary": "zero"}]
)
def test_another_law_is_told_apart(wrong):
    assert not plausible(GaussianField(modes=40, **wrong), SOURCE)


def test_real_and_imaginary_parts_are_uncorrelated_normals():
    field, count = GaussianField(modes=8), 4000
    c = field.coefficients(count, seed=0).coefficients / field.amplitudes
    normals = np.hstack([c.real, c.imag[:, 1:]])
    products = normals.T @ normals / np.sqrt(count)
    off = products[np.triu_indices(17, 1)]  # nearly standard normal, 136 of them
    assert np.abs(off).max() < 5.0  # false alarm 136 · 6e-7 = 8e-5


@pytest.mark.parametrize("field", [GaussianField(modes=31), GaussianField(modes=31, boundary="zero")])
def test_a_sample_does_not_depend_on_the_grid(field):
    series = field.coefficients(3, seed=1)
    coarse, fine = 65, (130 if field.multiple == 2 else 129)
    np.testing.assert_allclose(series.on_grid(coarse), series.on_grid(fine)[:, ::2], atol=1e-13, rtol=0)
    for n in (5, 32, 33, 64, 129):  # below the band limit too: values at points, whatever n is
        np.testing.assert_allclose(series.on_grid(n), series.at(grid(n, field.multiple)), atol=1e-13, rtol=0)


def test_a_sample_does_not_depend_on_the_count_and_is_refined_by_more_modes():
    few, many = GaussianField(modes=10).coefficients(3, 5), GaussianField(modes=10).coefficients(100, 5)
    np.testing.assert_array_equal(few.coefficients, many.coefficients[:3])
    finer = GaussianField(modes=50).coefficients(3, 5)
    np.testing.assert_array_equal(few.coefficients, finer.band(10).coefficients)
    assert np.abs(GaussianField(modes=10).coefficients(3, 6).coefficients - few.coefficients).min() > 0


@pytest.mark.parametrize("multiple", [1, 2])
@pytest.mark.parametrize("n", [8, 9])
def test_a_band_that_fits_the_grid_is_not_aliased(multiple, n):
    """The grid's values determine the coefficients: the map has full rank at the limit, not above it."""
    x, modes = grid(n, multiple), most_modes(n, multiple)
    j = np.arange(1, modes + 1)
    waves = np.sin(multiple * np.pi * np.outer(x, j))
    rank = modes
    if multiple == 2:
        waves = np.hstack([np.ones((n, 1)), waves, np.cos(2 * np.pi * np.outer(x, j))])
        rank = 2 * modes + 1
    assert np.linalg.matrix_rank(waves) == rank
    assert rank >= n - 2


@pytest.mark.parametrize("multiple", [1, 2])
def test_the_weights_integrate_what_the_grid_holds(multiple):
    x, w = grid(33, multiple), grid_weights(33, multiple)
    assert abs(w.sum() - 1) < 1e-15
    assert abs(w @ np.cos(6 * np.pi * x) ** 2 - 0.5) < 1e-14


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"gamma": 0.5}, "gamma"),
        ({"tau": 0.0}, "tau"),
        ({"modes": 0}, "modes"),
        ({"boundary": "perodic"}, "did you mean 'periodic'"),
    ],
)
def test_bad_parameters_are_named(arguments, words):
    with pytest.raises(ArgumentError, match=words):
        GaussianField(**arguments)


def test_bad_counts_and_seeds_are_named():
    with pytest.raises(ArgumentError, match="count: got 0"):
        SOURCE.coefficients(0, 0)
    with pytest.raises(ArgumentError, match="seed: got -1"):
        SOURCE.coefficients(1, -1)
    with pytest.raises(ArgumentTypeError, match="seed: got True"):
        SOURCE.coefficients(1, True)
