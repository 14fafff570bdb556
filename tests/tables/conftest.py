"""Tables whose true density is known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from scipy import stats

GROUPS, SHAPES = ("north", "south", "west"), ("a", "b", "c", "d")
P_GROUP = np.array([0.5, 0.3, 0.2])
P_SHAPE = np.array([[0.8, 0.1, 0.05, 0.05], [0.1, 0.6, 0.2, 0.1], [0.25, 0.25, 0.25, 0.25]])
RATE = np.outer([1.0, 4.0, 12.0], [1.0, 1.5, 0.5, 1.0])
DISPERSION = 1.3
COLUMNS = ("height", "group", "count", "dose", "share", "shape", "visits")
DECLARED = {"dose": "positive", "share": "bounded(0,1)", "visits": "integer"}


@dataclass(frozen=True)
class Made:
    """Rows, and the logarithm of the density they were drawn from, of the cells that are there."""

    frame: pd.DataFrame
    log_prob: np.ndarray
    log_mass: np.ndarray
    declared: dict[str, str]


def mixed(n: int, seed: int, gaps: float = 0.0) -> Made:
    """Draw rows of dependent categories, counts, a heavy tail, a positive and a bounded column.

    Cells are missing at random, with share `gaps`, in `height` and `visits`, on which nothing depends.
    """
    rng = np.random.default_rng(seed)
    group = rng.choice(3, n, p=P_GROUP)
    shape = (rng.random(n)[:, None] > P_SHAPE[group].cumsum(1)[:, :3]).sum(1)
    count = rng.poisson(RATE[group, shape])
    mean = np.exp(0.5 + 0.3 * group + 0.05 * count)
    visits = rng.poisson(rng.gamma(DISPERSION, mean / DISPERSION))
    height, place = rng.standard_t(3, n), 10.0 * group
    middle, tilt = 0.1 * count - 1, 0.5 * shape - 1
    dose = np.exp(middle + 0.5 * rng.standard_normal(n))
    share = 1 / (1 + np.exp(-tilt - 0.7 * rng.standard_normal(n)))
    no_visits, no_height = rng.random(n) < gaps, rng.random(n) < gaps
    log_mass = np.log(P_GROUP[group] * P_SHAPE[group, shape]) + stats.poisson.logpmf(
        count, RATE[group, shape]
    )
    of_visits = stats.nbinom.logpmf(visits, DISPERSION, DISPERSION / (DISPERSION + mean))
    log_mass += np.where(no_visits, 0.0, of_visits)
    log_prob = log_mass + np.where(no_height, 0.0, stats.t.logpdf(height, 3) - np.log(2.0))
    log_prob += stats.norm.logpdf(np.log(dose), middle, 0.5) - np.log(dose)
    log_prob += stats.norm.logpdf(np.log(share / (1 - share)), tilt, 0.7) - np.log(share * (1 - share))
    cells = {"height": place + 2.0 * height, "group": np.array(GROUPS)[group], "count": count, "dose": dose}
    cells |= {"share": share, "shape": np.array(SHAPES)[shape], "visits": visits}
    frame = pd.DataFrame(cells)[list(COLUMNS)]
    if gaps:
        frame["visits"] = frame["visits"].astype(float).mask(no_visits)
        frame["height"] = frame["height"].mask(no_height)
    return Made(frame, log_prob, log_mass, dict(DECLARED))


@pytest.fixture(scope="session")
def made() -> Callable[..., Made]:
    """Return the maker of mixed tables: made(n, seed, gaps=0.0)."""
    return mixed
