"""Whether draws of the discrete columns follow the masses that are scored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from sciml.tables.arrays import Array
from sciml.tables.columns.encode import Encoded, encode
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.judging.rebuilt import log_mass
from sciml.tables.model import TableDensity

if TYPE_CHECKING:
    import pandas as pd

DRAWS = 1_000  # that are ranked: they see a level's share that is wrong by 0.07
NUMBERS = 1_000  # whole numbers that are summed at most, from below the draws to their largest
SIZE = 1e-4  # the probability that right draws are rejected, of all columns together
STREAM = 0xD5A7  # of the random numbers that spread ranks over masses


def discrete_doubts(density: TableDensity, draws: pd.DataFrame, seed: int) -> tuple[str, ...]:
    """Return a sentence for each discrete column whose draws do not follow its masses.

    u = P(codes below the draw's) + v P(the draw's code), v uniform, is uniform given the columns before.
    """
    if density.chain is None:
        return ()
    rows = encode(draws.head(DRAWS), density.schema)
    names = [density.schema.discrete[j].name for j in density.chain.order]
    tests = [_p_value(density.chain, i, rows, seed) for i in range(len(names))]
    return tuple(
        f"the draws of column {name!r} do not follow its masses, p = {p_value:.0e}"
        for name, p_value in zip(names, tests, strict=True)
        if p_value * len(names) < SIZE
    )


def _p_value(chain: DiscreteChain, i: int, rows: Encoded, seed: int) -> float:
    """Return the p-value of the ranks of the i-th column of the chain, and of their distances from ½."""
    place, levels = chain.order[i], chain.sources[i].levels
    drawn = rows.discrete[~rows.missing_discrete[:, place]]
    if not len(drawn):
        return 1.0
    context = rows.context[~rows.missing_discrete[:, place]]
    codes = np.arange(levels) if levels else _grid(drawn[:, place])
    mass = np.stack([_masses(chain, i, drawn, context, int(code)) for code in codes], axis=1)
    outside = 0.5 * (1 - mass.sum(1))  # beyond the grid, of whole numbers
    at = np.searchsorted(codes, np.clip(drawn[:, place], codes[0], codes[-1]))
    cells = np.arange(len(drawn))
    v = np.random.default_rng([STREAM, seed, i]).random(len(drawn))
    u = outside + mass.cumsum(1)[cells, at] - (1 - v) * mass[cells, at]
    u = np.where((drawn[:, place] < codes[0]) | (drawn[:, place] > codes[-1]), v, u)
    pairs = (u, np.abs(2 * u - 1))
    return float(min(1.0, 2 * min(stats.kstest(np.clip(each, 0, 1), "uniform").pvalue for each in pairs)))


def _grid(drawn: Array) -> Array:
    """Return whole numbers around nearly all draws."""
    low, middle, high = np.quantile(drawn, (0.01, 0.5, 0.99))
    reach = int(np.clip(2 * (high - low) + 10, 20, NUMBERS // 2))
    return np.arange(round(middle) - reach, round(middle) + reach + 1)


def _masses(chain: DiscreteChain, i: int, discrete: Array, context: Array, code: int) -> Array:
    changed = discrete.copy()
    changed[:, chain.order[i]] = code
    return np.exp(log_mass(chain, i, changed, context))
