"""The classifier two-sample test: can held-out rows be told from the model's draws?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.stats import mannwhitneyu

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.judging.alike import common_columns, is_number
from sciml.tables.judging.ranks import Outcome

if TYPE_CHECKING:
    from pandas import DataFrame

FOLDS = 2  # halves: the test rows of one are those the other is trained on
FEWEST = 10  # of rows and of draws in a fold
MOST = 20_000  # of each used: more only cost time
NORMAL_MAD = 1.4826  # a normal density's deviation over its median absolute deviation
FAR = 5.0  # features are clipped this many robust deviations from the median


def classifier_test(rows: DataFrame, draws: DataFrame, *, seed: int = 0) -> Outcome:
    r"""Train a classifier to tell held-out rows from draws, and test whether it does so on others.

    Two folds: a classifier trained on either half orders the other half, and the ranks of the rows there are
    compared with those of the draws by Mann and Whitney's test. Were both samples of one distribution, the
    labels would be exchangeable given the scores of a fold, so each p-value holds for any classifier; the
    two depend on each other, hence Bonferroni's p = 2 min(p_1, p_2). The statistic is the mean area under
    the curve: 0.5 for a right model.

    The scores add the log-odds of a logistic regression on numbers and their squares, which sees wrong
    means and widths in few rows, and of boosted trees. Missing cells become the median and an indicator;
    categories become one-hot columns, with one for missing.

    D. Lopez-Paz, M. Oquab, Revisiting classifier two-sample tests, ICLR 2017.

    Args:
        rows: Held-out rows, at most 20,000 of which are used; rows the model was trained on say nothing.
        draws: The model's, with the same columns, and conditioned on the same values of given columns.
        seed: Of the folds and the classifiers.

    Raises:
        ArgumentError: If there are fewer than 20 rows or draws.
        DataError: If the columns differ.
    """
    rng = np.random.default_rng((FOLDS, seed))
    features, labels = features_of(*(_some(frame, rng) for frame in _checked(rows, draws)))
    folds = _folds(labels, rng)
    tests = [_fold(features, labels, folds == fold, seed) for fold in range(FOLDS)]
    areas, p_values = zip(*tests, strict=True)
    return Outcome("classifier", float(np.mean(areas)), min(1.0, FOLDS * min(p_values)))


def _fold(features: Array, labels: Array, test: NDArray[np.bool_], seed: int) -> tuple[float, float]:
    """Return area under the curve and one-sided p-value on the test half, trained on the other."""
    scores = _scores(features[~test], labels[~test], features[test], seed)
    rows, draws = scores[labels[test] == 1], scores[labels[test] == 0]
    ranked = mannwhitneyu(rows, draws, alternative="greater", method="asymptotic")
    return float(ranked.statistic) / (len(rows) * len(draws)), float(ranked.pvalue)


def _scores(x: Array, labels: Array, others: Array, seed: int) -> Array:
    """Return the sum of two classifiers' log-odds at `others`, trained on x."""
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    linear = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=500, class_weight="balanced"))
    trees = HistGradientBoostingClassifier(
        max_iter=60, max_leaf_nodes=15, early_stopping=False, class_weight="balanced", random_state=seed
    )
    wide = linear.fit(_squares(x), labels).decision_function(_squares(others))
    return np.asarray(wide + trees.fit(x, labels).decision_function(others))


def _squares(x: Array) -> Array:
    return np.hstack([x, x**2])


def features_of(rows: DataFrame, draws: DataFrame) -> tuple[Array, Array]:
    """Return robustly scaled numbers and indicators (n + m, k), and labels, 1 for rows."""
    from pandas import concat

    both = concat([rows, draws[list(rows.columns)]], ignore_index=True)
    parts = [part for name in both.columns for part in _column(both, name)]
    labels = np.repeat([1.0, 0.0], [len(rows), len(draws)])
    return np.column_stack(parts), labels


def _column(both: DataFrame, name: str) -> list[Array]:
    """Return a column as features; they are made from rows and draws alike, which keeps them exchangeable."""
    column = both[name]
    absent = column.isna().to_numpy()
    marks = [absent.astype(float)] if absent.any() else []
    if not is_number(column):
        names = column.astype(str)
        return marks + [((names == level) & ~absent).to_numpy(float) for level in names[~absent].unique()]
    values = column.to_numpy(dtype=float, na_value=np.nan)
    middle = np.nanmedian(values) if not absent.all() else 0.0
    spread = np.nanmedian(abs(values - middle)) * NORMAL_MAD or np.nanstd(values) or 1.0
    return [np.clip((np.where(absent, middle, values) - middle) / spread, -FAR, FAR), *marks]


def _folds(labels: Array, rng: np.random.Generator) -> Array:
    """Return a fold for each row: half of the rows and half of the draws in either, at random."""
    folds = np.empty(len(labels), dtype=int)
    for label in (0.0, 1.0):
        chosen = np.flatnonzero(labels == label)
        folds[rng.permutation(chosen)] = np.arange(len(chosen)) % FOLDS
    return folds


def _some(frame: DataFrame, rng: np.random.Generator) -> DataFrame:
    return frame if len(frame) <= MOST else frame.iloc[np.sort(rng.permutation(len(frame))[:MOST])]


def _checked(rows: DataFrame, draws: DataFrame) -> tuple[DataFrame, DataFrame]:
    common_columns(rows, draws)
    if min(len(rows), len(draws)) < FOLDS * FEWEST:
        raise ArgumentError(
            f"classifier test: got {len(rows)} rows and {len(draws)} draws, "
            f"expected at least {FOLDS * FEWEST} of each; hold back more rows"
        )
    return rows, draws
