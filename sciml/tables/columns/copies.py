"""Columns that follow from others: copies, sums, powers, products and ratios, exact or nearly so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import rankdata

from sciml.tables.arrays import Array

EXACT = 1e-6  # share of a column's deviation that is left, of one that follows
NEAR = 1e-2  # the same, of one that nearly follows
RANKS = 1e-9  # 1 less the rank correlation of a column and one that it follows from
NEAR_RANKS = 1e-4  # the same, nearly
LEAST = 20  # different values of a column that may follow: few fall in line by chance
FAR = 1e3  # median deviations, beyond which a row does not speak
MOST_ROWS = 20_000  # that are looked at
MOST_COLUMNS = 300  # beside which pairs are not looked at


@dataclass(frozen=True)
class Follows:
    """The column `name` follows from others.

    Attributes:
        name: The column.
        others: What it follows from.
        left: The share of its deviation that is left unexplained.
        exact: Whether nothing is left.
    """

    name: str
    others: tuple[str, ...]
    left: float
    exact: bool

    @property
    def words(self) -> str:
        """The relation in words."""
        size = "" if self.exact else f" but for {100 * self.left:.2g} % of its spread"
        return f"{self.name} follows from {', '.join(self.others)}{size}"


def following(columns: Mapping[str, Array], conditions: Collection[str] = ()) -> list[Follows]:
    """Return columns that follow from others before them or from conditions, the exact ones first.

    Looked at are ranks of pairs, for any monotone copy, and regressions of columns and of logarithms of those
    above 0, for sums and differences, products and ratios.

    Args:
        columns: Numbers by name, (rows,) each, NaN where missing.
        conditions: Those that are only conditioned on: none is said to follow.
    """
    names = sorted(columns, key=lambda name: name not in conditions)
    thin = {name: _thinned(columns[name]) for name in names}
    found: dict[str, Follows] = {}
    for name in names:
        if name in conditions or len(np.unique(thin[name][np.isfinite(thin[name])])) < LEAST:
            continue
        others = [
            other for other in names[: names.index(name)] if other not in found or not found[other].exact
        ]
        follows = _ranked(name, others, thin) or _regressed(name, others, thin)
        if follows is not None:
            found[name] = follows
    return sorted(found.values(), key=lambda each: not each.exact)


def _thinned(x: Array) -> Array:
    return x if len(x) <= MOST_ROWS else x[:: -(-len(x) // MOST_ROWS)]


def _ranked(name: str, others: list[str], columns: Mapping[str, Array]) -> Follows | None:
    if len(columns) > MOST_COLUMNS:
        return None
    best: Follows | None = None
    for other in others:
        there = np.isfinite(columns[name]) & np.isfinite(columns[other])
        if there.sum() < LEAST or len(np.unique(columns[other][there])) < LEAST:
            continue
        x, y = (rankdata(columns[each][there]) for each in (name, other))
        apart = 1 - abs(float(np.corrcoef(x, y)[0, 1]))
        if apart < NEAR_RANKS and (best is None or apart < best.left):
            best = Follows(name, (other,), max(apart, 0.0), apart < RANKS)
    return None if best is None else Follows(name, best.others, np.sqrt(2 * best.left), best.exact)


def _regressed(name: str, others: list[str], columns: Mapping[str, Array]) -> Follows | None:
    plain = _left(name, others, columns)
    if not (columns[name][np.isfinite(columns[name])] > 0).all():
        return plain
    above = [other for other in others if (columns[other][np.isfinite(columns[other])] > 0).all()]
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = _left(name, above, {each: np.log(columns[each]) for each in (name, *above)})
    return min((each for each in (plain, logs) if each is not None), key=lambda each: each.left, default=None)


def _left(name: str, others: list[str], columns: Mapping[str, Array]) -> Follows | None:
    """Return what the regression of a column on others leaves; None where that is more than a little."""
    there = np.isfinite(np.column_stack([columns[each] for each in (name, *others)])).all(1)
    for each in (name, *others):  # an outlier would fall in line with its own row
        there &= _near(columns[each])
    if not others or there.sum() < LEAST + 2 * len(others):
        return None
    table = np.column_stack([_standard(columns[other][there]) for other in others])
    y = _standard(columns[name][there])
    if y.std() == 0:
        return None
    weights, *_ = np.linalg.lstsq(table, y, rcond=1e-10)
    left = float((y - table @ weights).std())
    if left > NEAR:
        return None
    partners = _partners(table, y, weights, others, left)
    return Follows(name, partners, left, left < EXACT)


def _partners(table: Array, y: Array, weights: Array, others: list[str], left: float) -> tuple[str, ...]:
    """Return those columns without which more is left."""
    chosen = [j for j in np.argsort(-np.abs(weights)) if abs(weights[j]) > 1e-3]
    kept: list[int] = []
    for j in chosen:
        kept.append(int(j))
        part, *_ = np.linalg.lstsq(table[:, kept], y, rcond=1e-10)
        if float((y - table[:, kept] @ part).std()) <= max(2 * left, 1e-9):
            break
    return tuple(others[j] for j in sorted(kept))


def _near(x: Array) -> Array:
    """Return which values lie within so many median deviations of the median."""
    with np.errstate(over="ignore", invalid="ignore"):
        apart = np.abs(x - np.nanmedian(x))
        spread = np.nanmedian(apart)
        return np.asarray(apart <= FAR * spread) if spread > 0 else np.isfinite(x)


def _standard(x: Array) -> Array:
    """Return x with mean 0 and deviation 1, without overflow."""
    x = x / max(float(np.abs(x).max()), np.finfo(float).tiny)
    deviation = x.std()
    return np.asarray((x - x.mean()) / (deviation if deviation > 0 else 1.0))
