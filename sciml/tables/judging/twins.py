"""Two tables side by side: shapes of columns, trends of pairs, a classifier, and how near rows are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.columns.moments import Moment, times_of
from sciml.tables.columns.number_texts import as_numbers, found_texts
from sciml.tables.judging.alike import common_columns, is_number, numbered, total_variation
from sciml.tables.judging.two_sample import classifier_test, features_of

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_ROWS = 2_000  # whose nearest neighbours are looked for
MOST_COLUMNS = 50  # whose pairs are looked at
LEAST = 20  # rows of either table
NOTE = "this is not privacy: that no row is near says nothing of what the rows give away together"


@dataclass(frozen=True)
class Nearness:
    """How far rows are from the nearest of one half of the real ones, in robust deviations.

    Attributes:
        synthetic: The median distance of synthetic rows.
        real: The same of real rows of the other half.
        copies: The share of synthetic rows that are a real one.
        copies_real: The same of the other half.
    """

    synthetic: float
    real: float
    copies: float
    copies_real: float


@dataclass(frozen=True)
class Twins:
    """A synthetic table beside a real one.

    Attributes:
        shapes: For each column 1 less Kolmogorov and Smirnov's distance, of levels the total variation.
        trends: For each pair 1 less half the difference of the rank correlations.
        classifier: The area under the curve of a classifier that tells them apart, 0.5 for none.
        classifier_p: The p-value of that test.
        nearness: How far rows are from the nearest real one.
    """

    shapes: dict[str, float]
    trends: dict[str, float]
    classifier: float
    classifier_p: float
    nearness: Nearness

    @property
    def report(self) -> dict[str, Any]:
        """Return all of it as plain values."""
        return {
            "format_version": 1,
            "column_shapes": self.shapes,
            "column_shapes_mean": float(np.mean(list(self.shapes.values()))),
            "pair_trends": self.trends,
            "pair_trends_mean": float(np.mean(list(self.trends.values()))) if self.trends else None,
            "classifier_auc": self.classifier,
            "classifier_p_value": self.classifier_p,
            "nearest": asdict(self.nearness),
            "note": NOTE,
        }


def compare_tables(real: DataFrame, synthetic: DataFrame, seed: int = 0) -> Twins:
    """Return how a synthetic table differs from a real one with the same columns.

    Raises:
        DataError: If the columns differ.
        ArgumentError: If either has fewer than 20 rows.
    """
    names = common_columns(real, synthetic)
    if min(len(real), len(synthetic)) < LEAST:
        raise ArgumentError(
            f"compare-tables: got {len(real)} and {len(synthetic)} rows, expected at least {LEAST} of each"
        )
    real, synthetic = _plain(real[names], synthetic[names])
    test = classifier_test(real, synthetic, seed=seed)
    return Twins(
        {str(name): _shape(real, synthetic, name) for name in names},
        _trends(real, synthetic, names),
        test.statistic,
        test.p_value,
        _nearness(real, synthetic, seed),
    )


def _plain(real: DataFrame, synthetic: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return both tables with times as days, and texts that are numbers as these."""
    for name in real.columns:
        times, texts = times_of(real[name]), found_texts(real[name]) if _texts(real[name]) else None
        if times is not None:
            days = Moment(written=times[1])
            real, synthetic = (t.assign(**{name: days.days(t[name])}) for t in (real, synthetic))
        elif texts is not None:
            marks = texts.marks
            real, synthetic = (t.assign(**{name: as_numbers(t[name], marks)}) for t in (real, synthetic))
    return real, synthetic


def _texts(cells: Any) -> bool:  # noqa: ANN401
    from pandas.api.types import is_string_dtype

    return bool(is_string_dtype(cells.dtype))


def _shape(real: DataFrame, synthetic: DataFrame, name: str) -> float:
    """Return the likeness of one column, its share of gaps included."""
    gaps = abs(float(real[name].isna().mean()) - float(synthetic[name].isna().mean()))
    x, y = numbered(real[name], synthetic[name])
    apart = stats.ks_2samp(x, y, method="asymp").statistic if is_number(real[name]) else total_variation(x, y)
    return float(1 - max(gaps, float(apart)))


def _trends(real: DataFrame, synthetic: DataFrame, names: list[str]) -> dict[str, float]:
    codes = {name: _coded(real[name], synthetic[name]) for name in names[:MOST_COLUMNS]}
    found = {}
    for a, b in combinations(codes, 2):
        pair = [_rank_correlation(codes[a][k], codes[b][k]) for k in (0, 1)]
        found[f"{a}, {b}"] = float(1 - abs(pair[0] - pair[1]) / 2)
    return found


def _coded(x: Any, y: Any) -> tuple[Array, Array]:  # noqa: ANN401
    """Return cells as numbers, NaN where missing; levels by their shares among the real rows."""
    if is_number(x) and is_number(y):
        return tuple(np.asarray(each.to_numpy(dtype=float, na_value=np.nan)) for each in (x, y))  # type: ignore[return-value]
    shares = x.astype(str).value_counts(normalize=True)
    return tuple(  # type: ignore[return-value]
        np.where(each.isna(), np.nan, each.astype(str).map(shares).fillna(0.0)) for each in (x, y)
    )


def _rank_correlation(x: Array, y: Array) -> float:
    there = np.isfinite(x) & np.isfinite(y)
    if there.sum() < 3 or np.ptp(x[there]) == 0 or np.ptp(y[there]) == 0:
        return 0.0
    return float(stats.spearmanr(x[there], y[there]).statistic)


def _nearness(real: DataFrame, synthetic: DataFrame, seed: int) -> Nearness:
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(seed)
    features, labels = features_of(real, synthetic)
    rows, others = features[labels == 1], features[labels == 0]
    order = rng.permutation(len(rows))
    first, second = rows[order[::2]], rows[order[1::2]]
    tree = cKDTree(first)
    near = [tree.query(_some(part, rng))[0] for part in (others, second)]
    return Nearness(
        float(np.median(near[0])),
        float(np.median(near[1])),
        float((near[0] < 1e-9).mean()),
        float((near[1] < 1e-9).mean()),
    )


def _some(rows: Array, rng: np.random.Generator) -> Array:
    return rows if len(rows) <= MOST_ROWS else rows[rng.permutation(len(rows))[:MOST_ROWS]]
