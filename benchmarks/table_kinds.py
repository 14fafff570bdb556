"""Tables of known law with hurdles, counts, dates and gaps: how far fits are from the truth, a column."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy import stats
from scipy.special import expit

from sciml.flows import FlowDensity

ROWS, FRESH, DRAWS = 2_500, 10_000, 20_000
DAYS, START = 1_500, np.datetime64("2019-01-01")


@dataclass(frozen=True)
class Law:
    """Rows, their log density, and how a fit is told of the columns."""

    frame: pd.DataFrame
    log_prob: np.ndarray
    options: Mapping[str, object]


def hurdle(n: int, seed: int) -> Law:
    """An amount that is 0 in 40 % of the rows, and log-normal beside; both follow a normal column."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    zero = rng.random(n) < expit(-0.5 + x)
    amount = np.where(zero, 0.0, np.exp(3 + 0.5 * x + 0.8 * rng.standard_normal(n)))
    beside = stats.lognorm.logpdf(np.where(zero, 1.0, amount), 0.8, scale=np.exp(3 + 0.5 * x))
    log_p = stats.norm.logpdf(x) + np.where(zero, np.log(expit(-0.5 + x)), np.log(expit(0.5 - x)) + beside)
    return Law(pd.DataFrame({"amount": amount, "x": x}), log_p, {})


def count(n: int, seed: int) -> Law:
    """A negative binomial count whose mean follows a normal column."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(n)
    mean, size = np.exp(1 + 0.5 * x), 2.0
    visits = rng.poisson(rng.gamma(size, mean / size))
    log_p = stats.norm.logpdf(x) + stats.nbinom.logpmf(visits, size, size / (size + mean))
    return Law(pd.DataFrame({"visits": visits, "x": x}), log_p, {"columns": {"visits": "count"}})


def date(n: int, seed: int) -> Law:
    """Days over four years, more in the first, and a column that drifts with them."""
    rng = np.random.default_rng(seed)
    day = np.floor(DAYS * rng.beta(2, 3, n)).astype(int)
    y = 0.002 * day + rng.standard_normal(n)
    law = stats.beta(2, 3)
    mass = np.log(law.cdf((day + 1) / DAYS) - law.cdf(day / DAYS))
    frame = pd.DataFrame({"day": START + day.astype("timedelta64[D]"), "y": y})
    return Law(frame, mass + stats.norm.logpdf(y, 0.002 * day), {})


def gap(n: int, seed: int) -> Law:
    """A column that is missing the more often the larger another is; the density given which are missing."""
    rng = np.random.default_rng(seed)
    a = rng.standard_normal(n)
    b = 0.8 * a + 0.6 * rng.standard_normal(n)
    gone = rng.random(n) < expit(a - 1)
    share = expit(stats.norm.ppf((np.arange(100_000) + 0.5) / 100_000) - 1).mean()
    log_p = stats.norm.logpdf(a) + np.where(
        gone, np.log(expit(a - 1) / share), np.log(expit(1 - a) / (1 - share))
    )
    log_p += np.where(gone, 0.0, stats.norm.logpdf(b, 0.8 * a, 0.6))
    return Law(pd.DataFrame({"a": a, "b": np.where(gone, np.nan, b)}), log_p, {"missing": "impute"})


LAWS: Mapping[str, Callable[[int, int], Law]] = {"hurdle": hurdle, "count": count, "date": date, "gap": gap}
COLUMNS = 2


@cache
def fitted(name: str, seed: int) -> tuple[FlowDensity, float]:
    """Return our density of the rows of a law, and CPU seconds of the fit."""
    law = LAWS[name](ROWS, seed)
    began = time.process_time()
    density = FlowDensity(random_state=seed, **law.options).fit(law.frame)
    return density, time.process_time() - began


def gap_a_column(name: str, quick: bool) -> tuple[float, str]:
    """E[log p - log q] on fresh rows over the number of columns, nats."""
    density, seconds = fitted(name, 0)
    fresh = LAWS[name](FRESH, 1)
    apart = fresh.log_prob - density.score_samples(fresh.frame)
    apart = apart[np.isfinite(apart)]
    lost = FRESH - len(apart)
    value, error = (float(x) / COLUMNS for x in (apart.mean(), apart.std() / np.sqrt(len(apart))))
    return (
        value,
        f"{value:.4f} ± {error:.4f}; {seconds:.1f} CPU s; {lost} of {FRESH} rows beyond the range seen",
    )


def share_off(name: str, quick: bool) -> tuple[float, str]:
    """By how much the share of zeros, or of gaps, among draws is off that of the law."""
    density, _ = fitted(name, 0)
    drawn, fresh = density.sample(DRAWS, random_state=1), LAWS[name](200_000, 2).frame
    column = {"hurdle": "amount", "gap": "b"}[name]
    of = (lambda x: float((x == 0).mean())) if name == "hurdle" else (lambda x: float(x.isna().mean()))
    return abs(
        of(drawn[column]) - of(fresh[column])
    ), f"{of(drawn[column]):.4f}, the law {of(fresh[column]):.4f}"


def below_zero(quick: bool) -> tuple[float, str]:
    """How many of 20,000 draws of a count are below 0."""
    density, _ = fitted("count", 0)
    found = int((density.sample(DRAWS, random_state=1)["visits"] < 0).sum())
    return found, f"of {DRAWS} draws"


def sixfold(quick: bool) -> tuple[float, str]:
    """How far the loss on fresh rows is from the truth, of 100 normal rows six times over."""
    rng = np.random.default_rng(0)
    names = ["a", "b", "c"]
    rows = pd.DataFrame(np.repeat(rng.standard_normal((100, 3)), 6, axis=0), columns=names)
    began = time.process_time()
    density = FlowDensity(random_state=0).fit(rows.sample(frac=1, random_state=0))
    fresh = rng.standard_normal((FRESH, 3))
    apart = stats.norm.logpdf(fresh).sum(1) - density.score_samples(pd.DataFrame(fresh, columns=names))
    return float(apart.mean()), f"{apart.mean():.3f} nat; {time.process_time() - began:.1f} CPU s"
