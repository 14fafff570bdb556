r"""Whether a posterior is what it says: three looks at fresh simulations by its draws, none by its training.

For (θ, x) drawn from prior and simulator, θ is one more draw of the right posterior given x. So the rank of
any function of θ and x among those of L draws is uniform on 0, …, L. Looked at are

- each parameter (simulation-based calibration, Talts et al. 2018),
- the density q(θ | x) itself: its ranks are the coverage of the regions of highest density,
- the distance from a point r(x) (tests of accuracy with random points, Lemos et al. 2023), where r(x) is the
  parameter of the nearest simulation of those trained on: that alone sees a posterior that ignores x.

A rank test fails if a right posterior would give such ranks with a probability below 1e-3 over all of them
together, and their distribution function is further than 0.03 from the uniform one: what is smaller, about a
tenth of a standard deviation, is not refused however many rows there are.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy import stats

from sciml.contracts.checks import Check
from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, DataError
from sciml.flows.uses.rows import as_array, as_parameters
from sciml.numerics.domains import Array

DRAWS = 255  # of the posterior, a row
SIZE = 1e-3  # the probability that a right posterior is refused
MATERIAL = 0.03  # of a distribution function
LEAST_ROWS, MOST_ROWS = 100, 5000  # fewer cannot tell, more cost time
BINS = 16  # of the chi-square test
LEVELS = (0.5, 0.8, 0.9, 0.95)  # of the regions whose coverage is reported


class PosteriorLike(Protocol):
    """What is calibrated: anything with draws and a density."""

    def sample(self, n: int, given: Any, seed: int | None = None) -> Array:  # noqa: ANN401
        """Return n draws for each of m observations, (m, n, p)."""

    def log_prob(self, parameters: Any, given: Any) -> Array:  # noqa: ANN401
        """Return the log density of each row of parameters, (n,), given its own observation."""


@dataclass(frozen=True)
class Calibration:
    """What the ranks say.

    Attributes:
        passed: Whether no test refuses the posterior and nothing is doubted.
        p_value: The smallest p-value, Bonferroni's factor included.
        p_values: By test: "parameter 0", …, "coverage", "points"; each the smaller of a Kolmogorov-Smirnov,
            a chi-square and a spread test, times three.
        distances: The largest difference of each distribution function from the uniform one.
        spread: For each parameter how many times too wide the posterior is: 1 is right.
        bias: For each parameter how far it is off, in its own standard deviations, and the error.
        coverage: Share of θ in the region of highest density, by its level.
        rows: Simulations used.
        doubts: Why the ranks mean nothing, where that is so.
    """

    p_values: Mapping[str, float]
    distances: Mapping[str, float]
    spread: tuple[Measured, ...]
    bias: tuple[Measured, ...]
    coverage: Mapping[float, float]
    rows: int
    doubts: tuple[str, ...] = ()

    @property
    def p_value(self) -> float:
        """The smallest p-value of all tests, times their number."""
        return min(1.0, len(self.p_values) * min(self.p_values.values()))

    @property
    def refused(self) -> tuple[str, ...]:
        """The tests that refuse the posterior."""
        tests = len(self.p_values)
        return tuple(
            name
            for name, p in self.p_values.items()
            if not tests * p >= SIZE and self.distances[name] > MATERIAL
        )

    @property
    def passed(self) -> bool:
        """Whether no test refuses the posterior, and the rows can tell."""
        return not self.refused and not self.doubts

    @property
    def checks(self) -> tuple[Check, ...]:
        """The one check there is, on the smallest p-value."""
        value = self.p_value if self.refused else max(self.p_value, SIZE)
        return (Check("calibration_p", value, SIZE, 0.0, 0.0, better="higher"),)

    @property
    def message(self) -> str:
        """What was found, in a sentence."""
        if self.doubts:
            return "; ".join(self.doubts)
        if not self.refused:
            return f"no test on {self.rows} rows refuses the posterior (p = {self.p_value:.2g})"
        worst = [
            f"parameter {i}: {spread.value:.2f} ± {spread.error:.2f} times as wide as it should be, "
            f"{bias.value:+.2f} ± {bias.error:.2f} of its standard deviation off"
            for i, (spread, bias) in enumerate(zip(self.spread, self.bias, strict=True))
            if f"parameter {i}" in self.refused
        ]
        return f"refused by {', '.join(self.refused)} (p = {self.p_value:.1g}); {'; '.join(worst)}".rstrip(
            "; "
        )


def calibrate(
    posterior: PosteriorLike,
    parameters: Any,  # noqa: ANN401
    simulations: Any,  # noqa: ANN401
    *,
    anchors: tuple[Array, Array],
    seed: int = 0,
) -> Calibration:
    """Return what the ranks of fresh parameters among draws of the posterior say.

    Args:
        posterior: What is looked at.
        parameters: (n, p), at least 100 rows, of which up to 5000 are used.
        simulations: (n, …), what was simulated with them.
        anchors: Other rows, (θ, x), by which the points r(x) are made.
        seed: Of the draws.

    Raises:
        ArgumentError: If shapes do not fit.
        DataError: For fewer than 100 rows, or numbers that are not finite.
    """
    known, seen = anchors
    theta = as_parameters("parameters", parameters, known.shape[1])[:MOST_ROWS]
    x = as_array("simulations", simulations)[:MOST_ROWS]
    if len(x) != len(theta):
        raise ArgumentError(f"simulations: got {len(x)} rows, expected {len(theta)} as parameters")
    if len(theta) < LEAST_ROWS:
        raise DataError(f"parameters: got {len(theta)} rows, expected at least {LEAST_ROWS}; simulate more")
    draws = posterior.sample(DRAWS, x, seed)
    ranks = {f"parameter {i}": _ranks(draws[..., i], theta[:, i]) for i in range(theta.shape[1])}
    ranks["coverage"] = _density_ranks(posterior, theta, x, draws)
    ranks["points"] = _point_ranks(theta, x, draws, known, seen)
    shares = {name: _shares(rank, seed) for name, rank in ranks.items()}
    scores = [stats.norm.ppf(shares[f"parameter {i}"]) for i in range(theta.shape[1])]
    return Calibration(
        p_values={name: _p_value(ranks[name], share) for name, share in shares.items()},
        distances={name: float(stats.kstest(share, "uniform").statistic) for name, share in shares.items()},
        spread=tuple(_spread(score) for score in scores),
        bias=tuple(_bias(score) for score in scores),
        coverage={level: float((shares["coverage"] > 1 - level).mean()) for level in LEVELS},
        rows=len(theta),
        doubts=_doubts(theta, known),
    )


def _ranks(draws: Array, value: Array) -> Array:
    """Return how many of the draws (m, L) are below each value (m,)."""
    ranks: Array = (draws < value[:, None]).sum(1).astype(float)
    return ranks


def _density_ranks(posterior: PosteriorLike, theta: Array, x: Array, draws: Array) -> Array:
    """Return how many draws are less dense than the parameter: the share 1 − level of its region."""
    m, count, columns = draws.shape
    own = posterior.log_prob(theta, x)
    others = posterior.log_prob(draws.reshape(-1, columns), np.repeat(x, count, 0)).reshape(m, count)
    return _ranks(others, own)


def _point_ranks(theta: Array, x: Array, draws: Array, known: Array, seen: Array) -> Array:
    """Return how many draws are nearer than the parameter to that of the nearest simulation known."""
    point, scale = known[_nearest(x, seen)], known.std(0)

    def distance(value: Array, at: Array) -> Array:
        squares: Array = (((value - at) / scale) ** 2).sum(-1)
        return squares

    return _ranks(distance(draws, point[:, None]), distance(theta, point))


def _nearest(x: Array, seen: Array) -> Array:
    """Return which of the rows seen is nearest to each of x, columns scaled by their spread."""
    flat, others = (np.nan_to_num(rows.reshape(len(rows), -1)) for rows in (x, seen))
    scale = others.std(0)
    flat, others = (rows / np.where(scale > 0, scale, np.inf) for rows in (flat, others))
    squares = (others**2).sum(1) - 2 * flat @ others.T
    found: Array = squares.argmin(1)
    return found


def _shares(ranks: Array, seed: int) -> Array:
    """Return uniform numbers in (0, 1) of ranks that are uniform on 0, …, L."""
    shares: Array = (ranks + np.random.default_rng(seed).uniform(size=len(ranks))) / (DRAWS + 1)
    return shares


def _p_value(ranks: Array, shares: Array) -> float:
    """Return the smallest p-value of three tests for uniform ranks, times three."""
    counts = np.bincount((ranks // ((DRAWS + 1) // BINS)).astype(int), minlength=BINS)
    width = np.abs(shares - 0.5)
    spread = (width.mean() - 0.25) / np.sqrt(1 / 48 / len(width))  # |U - ½| has mean ¼ and variance 1/48
    tests = (
        stats.kstest(shares, "uniform").pvalue,
        stats.chisquare(counts).pvalue,
        2 * stats.norm.sf(abs(spread)),
    )
    return float(min(1.0, 3 * min(tests)))


def _spread(score: Array) -> Measured:
    """Return how many times too wide, by the normal scores of the ranks, whose deviation is its inverse."""
    value = 1 / max(float(score.std()), 1e-12)
    return Measured(value, value / math.sqrt(2 * len(score)))


def _bias(score: Array) -> Measured:
    """Return how far draws are above the parameters, in standard deviations of the posterior."""
    return Measured(-float(score.mean()), float(score.std()) / math.sqrt(len(score)))


def _doubts(theta: Array, known: Array) -> tuple[str, ...]:
    """Return the doubt of parameters that were trained on."""
    trained = {row.tobytes() for row in known}
    copies = sum(row.tobytes() in trained for row in theta)
    if not copies:
        return ()
    return (f"{copies} or more of the rows were trained on; simulate fresh ones",)
