"""What was simulated, standardised column by column, and how far it reached."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from sciml.errors import ArgumentError, DataError
from sciml.flows.uses.rows import refuse_not_finite
from sciml.numerics.domains import Array

QUANTILES = (0.16, 0.5, 0.84)
CONSTANT = 1e-12  # of a column, a spread that is rounding
LINEAR = 6.0  # standard deviations beyond which what is simulated is compressed, as log
MARGIN = 0.1  # of the range of a column, that an observation may lie outside of it


class ObservationWarning(UserWarning):
    """An observation lies beyond everything that was simulated."""


@dataclass(frozen=True)
class Scaling:
    """The map s = c((x − middle)/scale), where c is the identity up to 6 and grows as a logarithm beyond.

    Attributes:
        shape: Of one observation: (d,), or (k, d) for up to k observations of d columns each.
        sets: Whether it is k observations of the same parameters, of which a NaN row is none.
        middle: The median, shaped as one observation, or (d,) for sets.
        scale: The same, positive; 1 where a column is constant.
        low: The least simulated.
        high: The largest simulated.
    """

    shape: tuple[int, ...]
    sets: bool
    middle: Array
    scale: Array
    low: Array
    high: Array

    @classmethod
    def fit(cls, simulations: Array, sets: bool) -> Self:
        """Return the map of simulations (n, *shape).

        Raises:
            DataError: If one is not finite; for sets, if a row is neither finite nor wholly NaN.
        """
        rows = _observed(simulations) if sets else simulations
        refuse_not_finite("simulations", rows)
        middle, scale = _middle_and_scale(rows)
        return cls(simulations.shape[1:], sets, middle, scale, rows.min(0), rows.max(0))

    def observations(self, name: str, given: Array) -> Array:
        """Return one observation or several, as (m, *shape); fewer than k of a set are filled up with NaN.

        Raises:
            ArgumentError: If the shape is another.
            DataError: If a number is not finite.
        """
        given = np.atleast_1d(given)
        given = given[None] if given.ndim == len(self.shape) else given
        if self.sets and given.ndim == 3 and given.shape[1] < self.shape[0]:
            missing = np.full((len(given), self.shape[0] - given.shape[1], given.shape[2]), np.nan)
            given = np.concatenate([given, missing], 1)
        if given.shape[1:] != self.shape:
            raise ArgumentError(f"{name}: got the shape {given.shape}, expected {self.shape} as simulated")
        refuse_not_finite(name, _observed(given) if self.sets else given)
        return given

    def encode(self, observations: Array) -> Tensor:
        """Return s, shaped as what is given, in float32."""
        with np.errstate(over="ignore"):
            s = (observations - self.middle) / self.scale
        far = np.maximum(np.abs(s) - LINEAR, 0.0)
        s = np.where(far > 0, np.sign(s) * (LINEAR + np.log1p(far)), s)
        return torch.from_numpy(s).to(torch.float32)

    def warn_beyond(self, observations: Array) -> None:
        """Warn of one observation that is further out than any simulation was; of many, a few always are."""
        if len(observations) != 1:
            return
        margin = MARGIN * (self.high - self.low)
        beyond = (observations < self.low - margin) | (observations > self.high + margin)
        if beyond.any():
            place = ", ".join(map(str, np.argwhere(beyond)[0][1:]))
            warnings.warn(
                f"given: entry {place} lies beyond everything simulated, so the posterior is extrapolated; "
                "check the simulator, or simulate from a wider prior",
                ObservationWarning,
                stacklevel=3,
            )


def _middle_and_scale(rows: Array) -> tuple[Array, Array]:
    """Return median and half the distance of the quantiles of one deviation, which no far row decides.

    Where half of the rows and more are equal the standard deviation is taken; where all are, 1.
    """
    low, middle, high = np.quantile(rows, QUANTILES, axis=0)
    largest = np.maximum(np.abs(rows).max(0), np.finfo(float).tiny)  # squares would overflow
    deviation = (rows / largest).std(0) * largest
    scale = np.where(high > low, high / 2 - low / 2, deviation)
    return middle, np.where(scale <= CONSTANT * largest, 1.0, scale)


def _observed(sets: Array) -> Array:
    """Return all observations of sets (n, k, d), without the rows that are wholly NaN: (m, d)."""
    missing: NDArray[np.bool_] = np.all(np.isnan(sets), axis=2)
    empty = np.flatnonzero(np.all(missing, axis=1))
    if len(empty):
        raise DataError(f"simulations: set {empty[0]} holds no observation; leave it out")
    rows: Array = sets[~missing]
    return rows
