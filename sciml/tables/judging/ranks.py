"""Ranks of held-out values among a model's draws, and tests with a stated size: of ranks and of the mass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats
from scipy.special import expit

from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, DataError
from sciml.tables.arrays import Array

SIZE = 1e-3  # the probability of rejecting a right model
TIES = 0x71E5  # a stream of random numbers of its own


@dataclass(frozen=True)
class Outcome:
    """The outcome of a statistical test.

    Attributes:
        name: What was compared.
        statistic: Its distance, or its area under the curve.
        p_value: Probability of one at least as large under a right model, or a bound on it.
        size: Probability that a right model fails.
    """

    name: str
    statistic: float
    p_value: float
    size: float = SIZE

    @property
    def passed(self) -> bool:
        """Whether the model was not rejected."""
        return self.p_value > self.size


def ranks(values: ArrayLike, draws: ArrayLike, seed: int = 0) -> Array:
    r"""Return the rank of each value among draws of the model, in (0, 1), ties broken at random.

    $$u_i = \frac{\#\{j: y_j < x_i\} + v_i (1 + \#\{j: y_j = x_i\})}{m + 1}, \quad v_i \sim U(0, 1)$$

    is exactly uniform if x_i and the y_j come from one distribution, discrete ones and m = 1 included.

    Args:
        values: x, (n,); infinities are allowed.
        draws: y, (m,), shared by all values (the u_i then depend on each other through it), or (n, m),
            draws of each row's own conditional distribution.
        seed: Of v.

    Raises:
        ArgumentError: If the shapes do not fit.
        DataError: If there is a NaN.
    """
    x, y = numbers("values", values), numbers("draws", draws)
    _check_shapes(x, y)
    shared = np.sort(y) if y.ndim == 1 else None
    if shared is not None:
        below, upto = (np.searchsorted(shared, x, side) for side in ("left", "right"))
    else:
        below, upto = (y < x[:, None]).sum(1), (y <= x[:, None]).sum(1)
    v = _generator(seed).random(len(x))
    return np.asarray((below + v * (1 + upto - below)) / (y.shape[-1] + 1))


def same_distribution(values: ArrayLike, draws: ArrayLike, name: str = "", *, seed: int = 0) -> Outcome:
    """Compare two samples by Kolmogorov and Smirnov's statistic, ties broken at random.

    The test for ranks among shared draws, which depend on each other: both samples are taken as random, and
    their p-value is that of one sample of nm/(n + m) rows (Smirnov's limit). It is applied to the pooled
    ranks and to their distances from the middle, where a wrong width shows most; p = 2 min(p_1, p_2).
    """
    x, y = numbers("values", values), numbers("draws", draws)
    _check_shapes(x, y)
    pooled = np.concatenate([x, y])
    keys = _generator(seed).random(len(pooled))
    place = np.empty(len(pooled))
    place[np.lexsort((keys, pooled))] = np.arange(len(pooled))
    pairs = [(each[: len(x)], each[len(x) :]) for each in (place, abs(place - (len(pooled) - 1) / 2))]
    return _worse(name, [stats.ks_2samp(*pair, method="asymp") for pair in pairs])


def uniform(u: ArrayLike, name: str = "") -> Outcome:
    """Compare independent ranks, such as those among each row's own draws, with U(0, 1).

    By Kolmogorov and Smirnov's statistic of u and of |2u - 1|, where a wrong width shows most.
    """
    values = numbers("u", u)
    return _worse(name, [stats.kstest(each, "uniform") for each in (values, abs(2 * values - 1))])


def normalised(q: tuple[ArrayLike, ArrayLike], r: tuple[ArrayLike, ArrayLike]) -> Outcome:
    r"""Compare the mass of the model's density q with 1, by its draws and those of an overlapping r.

    $$\frac1n \sum_i \frac{q}{q + r}(y_i) + \frac1m \sum_j \frac{q}{q + r}(z_j) \approx \int q, \quad
      y_i \sim q, \; z_j \sim r$$

    It fails where the density is not normalised or is not that of the draws, such as by a wrong
    log-determinant: no rank shows that. The statistic is the sum above; the p-value is the normal limit's.

    Args:
        q: log q of the draws of q (n,) and of the draws of r (m,).
        r: log r of the same rows.
    """
    mass = mass_of(q, r)
    return Outcome("mass", mass.value, float(2 * stats.norm.sf(abs(mass.value - 1) / (mass.error or 1.0))))


def mass_of(q: tuple[ArrayLike, ArrayLike], r: tuple[ArrayLike, ArrayLike]) -> Measured:
    """Return the sum of `normalised`, an estimate of the mass of q, and its standard error."""
    shares = [
        expit(numbers("log q", log_q) - numbers("log r", log_r)) for log_q, log_r in zip(q, r, strict=True)
    ]
    error = math.sqrt(sum(float(share.var(ddof=1)) / len(share) for share in shares))
    return Measured(sum(float(share.mean()) for share in shares), error)


def _worse(name: str, tests: Sequence[Any]) -> Outcome:
    """Return the test with the smaller p-value, at twice that."""
    worse = min(tests, key=lambda each: each.pvalue)
    return Outcome(name, float(worse.statistic), min(1.0, len(tests) * float(worse.pvalue)))


def _generator(seed: int) -> np.random.Generator:
    """Return random numbers that are not those of data made with the same seed."""
    return np.random.default_rng((TIES, seed))


def numbers(name: str, values: ArrayLike) -> Array:
    """Return an array of numbers without NaN."""
    array = np.asarray(values, dtype=float)
    if np.isnan(array).any():
        raise DataError(
            f"{name}: NaN at index {np.argwhere(np.isnan(array))[0].tolist()}; leave such rows out"
        )
    return array


def _check_shapes(x: Array, y: Array) -> None:
    if x.ndim != 1 or y.ndim not in (1, 2) or (y.ndim == 2 and len(y) != len(x)) or 0 in (*x.shape, *y.shape):
        raise ArgumentError(
            f"values and draws: got shapes {x.shape} and {y.shape}, "
            "expected (n,) and (m,) or (n, m), none empty"
        )
