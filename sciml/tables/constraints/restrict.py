"""Rows inside linear inequalities: drawn by rejection, and the density renormalised there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.tables.arrays import Array
from sciml.tables.constraints.inequalities import Inequality, Term, parse
from sciml.tables.judging.alike import is_number

if TYPE_CHECKING:
    from pandas import DataFrame, Series

CHUNK = 100_000  # draws at a time
HOPELESS = 300_000  # draws without a single one inside
MARGIN = 1.1  # times as many draws as the rate so far calls for, so that one batch mostly does
LEAST_BATCH = 100  # draws, where the rate calls for fewer
TRIES = 10_000  # draws for each row asked for


class Rules(Protocol):
    """What a row must satisfy: `Constraints`, or conditions on single columns."""

    def inside(self, frame: DataFrame) -> NDArray[np.bool_]:
        """Return which rows satisfy it."""


Draw = Callable[[int, int], "DataFrame"]  # (number of rows, seed) -> rows of the model


@dataclass(frozen=True)
class Constraints:
    """Linear inequalities that a row must satisfy, all of them."""

    inequalities: tuple[Inequality, ...]

    @classmethod
    def parse(cls, texts: Sequence[str], frame: DataFrame) -> Constraints:
        """Return the inequalities of texts such as "a + 2*b <= 3", "a >= 0" or "0 <= a < b".

        Args:
            texts: One or more inequalities each.
            frame: A table with the columns; its rows do not matter.

        Raises:
            ArgumentError: If a text cannot be read, names another column, or one that holds no numbers.
        """
        names = [name for name in frame.columns if isinstance(name, str)]
        inequalities = tuple(item for text in texts for item in parse(text, names))
        for item in inequalities:
            for name in item.columns:
                if not is_number(frame[name]):
                    raise ArgumentError(
                        f"constraint {item.text!r}: column {name!r} holds categories, expected numbers"
                    )
        return cls(inequalities)

    def inside(self, frame: DataFrame) -> NDArray[np.bool_]:
        """Return whether each row satisfies every inequality, (n,); over a missing cell one is unknown."""
        values = {name: _numbers(frame[name]) for item in self.inequalities for name in item.columns}
        inside = np.ones(len(frame), dtype=bool)
        for item in self.inequalities:
            low, high = (_sum(side, values, len(frame)) for side in (item.lower, item.upper))
            inside &= (low < high if item.strict else low <= high) | np.isnan(low) | np.isnan(high)
        return inside

    def __str__(self) -> str:
        return ", ".join(dict.fromkeys(item.text for item in self.inequalities))


def sample_inside(draw: Draw, constraints: Rules, n: int, *, seed: int = 0) -> DataFrame:
    """Return n rows of the model's law given that the constraints hold, by rejection: exact, whatever P is.

    Args:
        draw: The model: draw(m, s) gives m independent rows by the seed s.
        constraints: What each row must satisfy.
        n: Rows wanted.
        seed: The same seed gives the same rows.

    Raises:
        ArgumentError: If none of the first 300,000 draws is inside, or fewer than 1 in 10,000: then the
            model hardly knows such rows, and what few there are say little.
    """
    from pandas import concat

    if isinstance(n, bool) or not isinstance(n, int | np.integer):
        raise ArgumentTypeError(f"n: got {n!r}, expected an integer")
    if n < 0:
        raise ArgumentError(f"n: got {n}, expected at least 0")
    if n == 0:
        return draw(0, seed)
    parts, inside, tried, seeds = list["DataFrame"](), 0, 0, _seeds(seed)
    while inside < n:
        count = _batch(n - inside, inside, tried)
        rows = draw(count, next(seeds))
        parts.append(rows[constraints.inside(rows)])
        inside, tried = inside + len(parts[-1]), tried + count
        _check_hope(constraints, inside, tried, n)
    return concat([part for part in parts if len(part)], ignore_index=True).iloc[:n]


def mass_inside(draw: Draw, constraints: Constraints, *, draws: int = CHUNK, seed: int = 0) -> Measured:
    r"""Return the model's probability P that the constraints hold, and its standard error.

    $$\hat P = k / m, \quad \sigma = \sqrt{\hat P (1 - \hat P) / m}$$ for k of m draws inside; where k is 0 or
    m, the error is 1/m.
    """
    seeds, inside = _seeds(seed), 0
    for start in range(0, draws, CHUNK):
        inside += int(constraints.inside(draw(min(CHUNK, draws - start), next(seeds))).sum())
    share = inside / draws
    return Measured(
        share, max(math.sqrt(share * (1 - share) / draws), 1 / draws if inside in (0, draws) else 0)
    )


def restrict(
    log_density: ArrayLike, frame: DataFrame, constraints: Constraints, mass: Measured
) -> tuple[Array, float]:
    r"""Return the log-density of rows given that the constraints hold, and its standard error, one for all.

    $$\log p(x \mid Ax \le b) = \log p(x) - \log \hat P, \quad -\infty \text{ outside}, \quad
      \sigma_{\log} = \sigma / \hat P$$

    Where some columns are given, P belongs to their values: one `mass` for each set of them.

    Args:
        log_density: log p, (n,), without the constraints.
        frame: The rows.
        constraints: What holds.
        mass: P, by `mass_inside`.

    Raises:
        ArgumentError: If no draw was inside, so that log P is not known.
    """
    if not mass.value > 0:
        raise ArgumentError(
            f"constraints {constraints}: no draw of the model is inside; P < {3 * mass.error:.0e}"
        )
    inside = constraints.inside(frame)
    given = np.asarray(log_density, dtype=float) - math.log(mass.value)
    return np.where(inside, given, -np.inf), mass.error / mass.value


def _batch(n: int, inside: int, tried: int) -> int:
    """Return how many to draw next: what the rate so far calls for, and a tenth more."""
    rate = (inside + 1) / (tried + 1) if tried else 1.0
    return int(min(CHUNK, MARGIN * n / rate + LEAST_BATCH))


def _check_hope(constraints: Rules, inside: int, tried: int, n: int) -> None:
    if tried < HOPELESS or inside >= min(n, tried / TRIES):
        return
    raise ArgumentError(
        f"constraints {constraints}: {inside} of {tried} draws of the model satisfy them, too few to draw "
        f"{n} rows by rejection; loosen the constraints, or train on rows that satisfy them"
    )


def _seeds(seed: int) -> Iterator[int]:
    rng = np.random.default_rng(seed)
    while True:
        yield int(rng.integers(2**31))


def _sum(side: Sequence[Term], values: Mapping[str, Array], rows: int) -> Array:
    """Return the value of one side for each row, added from left to right."""
    parts = [_value(term, values) for term in side]
    return np.broadcast_to(sum(parts[1:], parts[0]), rows)


def _value(term: Term, values: Mapping[str, Array]) -> Array:
    return term.factor * (np.ones(1) if term.column is None else values[term.column]) / term.divisor


def _numbers(column: Series) -> Array:
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))
