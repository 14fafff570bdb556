"""Densities in closed form against brute-force quadrature, SciPy, and their own samples."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from sciml.errors import ArgumentError, DataError
from sciml.flows import densities

FALSE_ALARM = 1e-3  # of each statistical check, were its seed drawn afresh

DENSITIES = {
    "banana": densities.Banana(),
    "narrow-banana": densities.Banana(-0.5, 1.0, 0.3),
    "ring": densities.Ring(),
    "wide-ring": densities.Ring(1.5),
    "checkerboard": densities.Checkerboard(),
    "board-of-two": densities.Checkerboard(2, 1.0),
    "student-t": densities.CorrelatedStudentT(),
    "cauchy-plane": densities.CorrelatedStudentT(2, 1.0, -0.7),
    "rosenbrock": densities.Rosenbrock(3, 3, 0.3, 0.2),
    "valley": densities.Rosenbrock(1, 1),
    "funnel": densities.Funnel(),
    "funnel-plane": densities.Funnel(2, 1.0),
    "mixed-tails": densities.MixedTails(),
    "mixed-plane": densities.MixedTails(2, 2.5, -0.5),
}
PLANAR = {
    "banana": ((-12, 12), (-6, 40)),
    "narrow-banana": ((-7, 7), (-27, 3)),
    "ring": ((-4, 4), (-4, 4)),
    "wide-ring": ((-10, 10), (-10, 10)),
    "checkerboard": ((-4, 4), (-4, 4)),
    "board-of-two": ((-1, 1), (-1, 1)),
    "valley": ((-2.5, 4.5), (-2, 22)),
}
each = pytest.mark.parametrize("name", DENSITIES)


def width(name):
    return DENSITIES[name].sample(1, 0).shape[1]


@pytest.mark.parametrize("name", PLANAR)
def test_integrates_to_one(name):
    cells = 1600
    (a, b), (c, d) = PLANAR[name]
    x = a + (b - a) * (np.arange(cells) + 0.5) / cells
    y = c + (d - c) * (np.arange(cells) + 0.5) / cells
    points = np.stack([part.ravel() for part in np.meshgrid(x, y)], 1)
    mass = np.exp(DENSITIES[name].log_prob(points)).sum() * (b - a) * (d - c) / cells**2
    assert abs(mass - 1) <= 1e-6


@pytest.mark.parametrize("name", ["cauchy-plane", "funnel-plane", "mixed-plane"])
def test_heavy_tails_integrate_to_one(name):
    """By x = sinh-like stretching of both axes, which brings heavy tails to a finite square."""
    u = 16 * (np.arange(1200) + 0.5) / 1200 - 8
    x, slope = np.sinh(u), np.cosh(u)
    points = np.stack([part.ravel() for part in np.meshgrid(x, x, indexing="ij")], 1)
    weights = np.outer(slope, slope).ravel() * (16 / 1200) ** 2
    assert abs(weights @ np.exp(DENSITIES[name].log_prob(points)) - 1) <= 2e-3


@each
def test_samples_follow_the_density(name):
    """E_p[q/(p + q)] + E_q[q/(p + q)] = 1 for q a shifted, widened copy, drawn from alike: a z-test.

    The density enters at draws of both, so an error of either, or of the normaliser, moves the sum.
    """
    assert abs(balance(DENSITIES[name], 20_000)) < stats.norm.isf(FALSE_ALARM / 2)


def balance(density, n, shift=0.0):
    """Return by how many standard errors the sum is off, where `shift` is added to log p."""
    p, q = density.sample(n, 1), density.sample(n, 2) * 1.1
    columns = p.shape[1]

    def share(x):
        with np.errstate(invalid="ignore"):
            ratio = density.log_prob(x) + shift - (density.log_prob(x / 1.1) - columns * math.log(1.1))
        return 1 / (1 + np.exp(np.clip(ratio, -700, 700)))

    parts = share(p), share(q)
    error = math.hypot(*(part.std(ddof=1) / math.sqrt(n) for part in parts))
    return (parts[0].mean() + parts[1].mean() - 1) / error


@pytest.mark.parametrize("name", ["banana", "ring", "student-t", "mixed-tails"])
def test_a_wrong_density_is_caught(name):
    assert abs(balance(DENSITIES[name], 20_000, shift=0.3)) > 5


@each
def test_draws_are_seeded(name):
    density = DENSITIES[name]
    assert np.array_equal(density.sample(5, 4), density.sample(5, 4))
    assert not np.array_equal(density.sample(5, 4), density.sample(5, 5))
    assert density.sample(0, 0).shape == (0, width(name))
    assert density.log_prob(density.sample(0, 0)).shape == (0,)
    assert density.error(density.sample(3, 0)) == 0


@each
def test_bad_rows_are_refused(name):
    density = DENSITIES[name]
    with pytest.raises(ArgumentError, match=rf"x: got the shape .*, expected \(n, {width(name)}\)"):
        density.log_prob(np.zeros((3, width(name) + 1)))
    with pytest.raises(DataError, match="row 1"):
        density.log_prob(np.array([[0.0], [math.nan]]) * np.ones(width(name)))
    with pytest.raises(ArgumentError, match="n: got -1, expected a whole number of at least 0"):
        density.sample(-1, 0)


@each
def test_far_rows_are_not_nan(name):
    values = DENSITIES[name].log_prob(np.array([[1e6], [-1e6]]) * np.ones(width(name)))
    assert not np.isnan(values).any()


def test_student_t_is_that_of_scipy():
    density = densities.CorrelatedStudentT(4, 3.0, 0.5)
    shape = 0.5 ** np.abs(np.subtract.outer(np.arange(4), np.arange(4)))
    x = density.sample(20, 0)
    exact = stats.multivariate_t(shape=shape, df=3.0).logpdf(x)
    np.testing.assert_allclose(density.log_prob(x), exact, rtol=1e-12)


def test_ring_is_the_blurred_circle():
    density = densities.Ring(0.3)
    for x in np.array([[0.0, 0.0], [1.9, 0.3], [-3.0, 1.0]]):

        def integrand(t, x=x):
            square = (x[0] - 2 * math.cos(t)) ** 2 + (x[1] - 2 * math.sin(t)) ** 2
            return math.exp(-square / (2 * 0.09)) / (2 * math.pi * 0.09) / (2 * math.pi)

        exact = integrate.quad(integrand, -math.pi, math.pi, epsabs=0, epsrel=1e-11, points=[0.0], limit=300)[
            0
        ]
        assert density.log_prob(x[None])[0] == pytest.approx(math.log(exact), rel=1e-9)


def test_margins_of_the_copula_are_laplace_and_student_t():
    x = densities.MixedTails(4, 3.0, 0.6).sample(4000, 0)
    for column, exact in enumerate([stats.laplace(), stats.t(3.0)] * 2):
        assert stats.kstest(x[:, column], exact.cdf).pvalue > FALSE_ALARM / 4
    with pytest.raises(AssertionError):
        assert stats.kstest(x[:, 0], stats.t(3.0).cdf).pvalue > FALSE_ALARM


def test_without_correlation_the_margins_multiply():
    density = densities.MixedTails(2, 3.0, 0.0)
    x = density.sample(50, 0)
    exact = stats.laplace().logpdf(x[:, 0]) + stats.t(3.0).logpdf(x[:, 1])
    np.testing.assert_allclose(density.log_prob(x), exact, rtol=1e-10)


def test_parents_of_the_rosenbrock_chains():
    assert densities.Rosenbrock(3, 3).parents.tolist() == [0, 1, 2, 0, 4, 5, 0, 7, 8]
    assert densities.Rosenbrock(2, 1).parents.tolist() == [0, 0]
    assert densities.Rosenbrock(3, 3).features == 10


def test_the_board_has_its_dark_corner_at_the_low_end():
    board = densities.Checkerboard()
    values = board.log_prob(np.array([[-3.0, -3.0], [-1.0, -3.0], [1.0, -3.0], [5.0, 5.0]]))
    assert values.tolist() == [-math.log(32), -math.inf, -math.log(32), -math.inf]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: densities.Banana(noise=0.0), "noise: got .*, expected a finite number above 0"),
        (lambda: densities.Ring(radius=-1.0), "radius: got -1.0, expected a finite number above 0"),
        (lambda: densities.Checkerboard(3), "squares: got 3, expected an even number"),
        (lambda: densities.Checkerboard(0), "squares: got 0, expected a whole number of at least 2"),
        (
            lambda: densities.CorrelatedStudentT(correlation=1.0),
            "correlation: got 1.0, expected a finite number above -1 and below 1",
        ),
        (
            lambda: densities.MixedTails(degrees=math.nan),
            "degrees: got nan, expected a finite number above 0",
        ),
        (lambda: densities.Rosenbrock(noise=math.inf), "noise: got .*, expected a finite number above 0"),
        (lambda: densities.Funnel(spread=0.0), "spread: got 0.0, expected a finite number above 0"),
    ],
)
def test_bad_values_are_refused(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()
