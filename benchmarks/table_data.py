"""Tables split into rows to fit, rows to choose by and rows to judge by, and one table of known truth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats

from sciml.tables.files.bundled import frame

Array = np.ndarray
GROUPS, SHAPES = ("north", "south", "west"), ("a", "b", "c", "d")
P_GROUP = np.array([0.5, 0.3, 0.2])
P_SHAPE = np.array([[0.8, 0.1, 0.05, 0.05], [0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]])
RATE = np.outer([1.0, 4.0, 12.0], [1.0, 1.5, 0.5, 1.0])
DISPERSION = 1.3
DECLARED = {"dose": "positive", "share": "bounded(0,1)", "visits": "integer"}


@dataclass(frozen=True)
class Split:
    """60 / 20 / 20 % of a table's rows, in its own units.

    `unit` is the sum of the logarithms of the columns' standard deviations over all rows: what is taken from
    a log density in the table's units, negated, to have it in standardised units.
    """

    train: pd.DataFrame
    validation: pd.DataFrame
    holdout: pd.DataFrame
    unit: float

    @property
    def fitting(self) -> pd.DataFrame:
        """All rows but the holdout."""
        return pd.concat([self.train, self.validation])

    def standardised(self, *, refit: bool) -> tuple[tuple[Array, ...], float]:
        """Return fitted, validation and holdout rows by the mean and spread of the fitted ones.

        The number is to be added to a mean negative log density of such rows, for the units of `unit`.
        """
        fitted = (self.fitting if refit else self.train).to_numpy()
        mean, spread = fitted.mean(0), fitted.std(0)
        rows = (fitted, self.validation.to_numpy(), self.holdout.to_numpy())
        return tuple((x - mean) / spread for x in rows), float(np.log(spread).sum()) - self.unit


@cache
def split(name: str, seed: int) -> Split:
    """Return the split of a bundled table by a seed."""
    rows = frame(name)
    order = np.random.default_rng(seed).permutation(len(rows))
    first, second = int(0.6 * len(rows)), int(0.8 * len(rows))
    parts = (rows.iloc[index] for index in np.split(order, [first, second]))
    return Split(*parts, unit=float(np.log(rows.to_numpy().std(0)).sum()))


def mixed(n: int, seed: int, gaps: float) -> tuple[pd.DataFrame, Array]:
    """Return a table of dependent categories, counts and heavy, positive and bounded columns; log densities.

    group -> shape -> count -> (dose, visits), group -> height (Student-t, 3 degrees), shape -> share; cells
    of height and visits are missing at random, and the density is of those that are there.
    """
    rng = np.random.default_rng([seed, n])
    group = rng.choice(3, n, p=P_GROUP)
    shape = (rng.random(n)[:, None] > P_SHAPE[group].cumsum(1)[:, :3]).sum(1)
    rate = RATE[group, shape]
    count = rng.poisson(rate)
    mean = np.exp(0.5 + 0.3 * group + 0.05 * count)
    visits = rng.poisson(rng.gamma(DISPERSION, mean / DISPERSION))
    tail, middle, tilt = rng.standard_t(3, n), 0.1 * count - 1, 0.5 * shape - 1
    dose = np.exp(middle + 0.5 * rng.standard_normal(n))
    share = 1 / (1 + np.exp(-tilt - 0.7 * rng.standard_normal(n)))
    absent = rng.random((2, n)) < gaps
    log_prob = np.log(P_GROUP[group] * P_SHAPE[group, shape]) + stats.poisson.logpmf(count, rate)
    of_visits = stats.nbinom.logpmf(visits, DISPERSION, DISPERSION / (DISPERSION + mean))
    log_prob += np.where(absent[0], 0.0, of_visits)
    log_prob += np.where(absent[1], 0.0, stats.t.logpdf(tail, 3) - np.log(2.0))
    log_prob += stats.norm.logpdf(np.log(dose), middle, 0.5) - np.log(dose)
    log_prob += stats.norm.logpdf(np.log(share / (1 - share)), tilt, 0.7) - np.log(share * (1 - share))
    cells = {
        "height": pd.Series(10.0 * group + 2.0 * tail).mask(absent[1]),
        "group": np.array(GROUPS)[group],
        "count": count,
        "dose": dose,
        "share": share,
        "shape": np.array(SHAPES)[shape],
        "visits": pd.Series(visits.astype(float)).mask(absent[0]),
    }
    return pd.DataFrame(cells), log_prob
