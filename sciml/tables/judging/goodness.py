r"""How well a fitted density describes rows it has not seen: ranks of held-out rows among the model's draws.

If rows and draws come from one distribution, the rank of any number computed from a row, among the same
number computed from the draws, is uniform: of each column (the probability integral transform) and of the
model's own log-density (the mass of the region of higher density). Every test here states its size: the
probability that it rejects a right model.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from sciml.tables.arrays import Array
from sciml.tables.judging.alike import common_columns, is_number, numbered, total_variation
from sciml.tables.judging.ranks import SIZE, Outcome, numbers, ranks, same_distribution

if TYPE_CHECKING:
    from pandas import DataFrame

LOG_DENSITY = "log_density"  # the name of its ranks, beside the columns'
QUANTILES = {"q05": 0.05, "median": 0.5, "q95": 0.95}  # shown for each column


@dataclass(frozen=True)
class Calibration:
    """Ranks in (0, 1) by the column's name and by "log_density", uniform for a right model.

    Attributes:
        ranks: For each name the ranks of the held-out rows that have a value there, (n,).
        rows: n, the held-out rows.
        draws: m, the model's draws among which they were ranked.
        tests: A test for each name; the size of each is `SIZE` over their number.
    """

    ranks: Mapping[str, Array]
    rows: int
    draws: int
    tests: tuple[Outcome, ...]

    @property
    def passed(self) -> bool:
        """Whether no test rejects; a right model fails with probability at most `SIZE`."""
        return all(test.passed for test in self.tests)

    @property
    def worst(self) -> Outcome:
        """The test with the smallest p-value."""
        return min(self.tests, key=lambda test: test.p_value)


def calibrate(
    rows: DataFrame,
    draws: DataFrame,
    log_density: ArrayLike | None = None,
    log_density_of_draws: ArrayLike | None = None,
    *,
    seed: int = 0,
) -> Calibration:
    """Return ranks and tests of every column, and of the log-density where it is given.

    Missing cells are left out of their column. Levels of a category are ordered by name, and their ranks
    spread at random over their mass.

    Args:
        rows: Held-out rows; rows the model was trained on pass too easily.
        draws: The model's, with the same columns.
        log_density: The model's at `rows`, (n,).
        log_density_of_draws: The model's at `draws`, (m,).
        seed: Of the ties.

    Raises:
        DataError: If the columns differ, or one has no value.
    """
    pairs = {name: numbered(rows[name], draws[name]) for name in common_columns(rows, draws)}
    if log_density is not None and log_density_of_draws is not None:
        pairs[LOG_DENSITY] = numbers(LOG_DENSITY, log_density), numbers(LOG_DENSITY, log_density_of_draws)
    seeds = dict(zip(pairs, range(seed, seed + len(pairs)), strict=True))
    tests = [same_distribution(*pair, name, seed=seeds[name]) for name, pair in pairs.items()]
    return Calibration(
        ranks={name: ranks(*pair, seeds[name]) for name, pair in pairs.items()},
        rows=len(rows),
        draws=len(draws),
        tests=tuple(replace(test, size=SIZE / len(tests)) for test in tests),
    )


def column_table(rows: DataFrame, draws: DataFrame, *, seed: int = 0) -> DataFrame:
    """Return a line a column: moments and quantiles of rows and draws, their distance and its p-value.

    Moments of categories are NaN. The distance is Kolmogorov and Smirnov's, of categories the total
    variation; the p-values are those of `calibrate`, each of its own test.
    """
    from pandas import DataFrame

    lines = {}
    for name in common_columns(rows, draws):
        x, y = numbered(rows[name], draws[name])
        apart = (
            stats.ks_2samp(x, y, method="asymp").statistic if is_number(rows[name]) else total_variation(x, y)
        )
        moments = _summary(x, y) if is_number(rows[name]) else {}
        lines[name] = {**moments, "missing": float(rows[name].isna().mean())}
        lines[name] |= {"distance": float(apart), "p_value": same_distribution(x, y, seed=seed).p_value}
    heads = [f"{key}{end}" for key in ("mean", "sd", *QUANTILES) for end in ("", "_model")]
    return DataFrame.from_dict(lines, orient="index", columns=[*heads, "missing", "distance", "p_value"])


def _summary(x: Array, y: Array) -> dict[str, float]:
    summary: dict[str, float] = {}
    for end, values in (("", x), ("_model", y)):
        summary |= {f"mean{end}": float(values.mean()), f"sd{end}": float(values.std())}
        summary |= {f"{key}{end}": float(np.quantile(values, share)) for key, share in QUANTILES.items()}
    return summary
