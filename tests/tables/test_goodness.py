"""Ranks and two-sample tests: their size under a right model, and that wrong models fail."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sciml.errors import ArgumentError, DataError
from sciml.tables.judging.goodness import LOG_DENSITY, calibrate, column_table
from sciml.tables.judging.ranks import SIZE, normalised, ranks, same_distribution, uniform
from sciml.tables.judging.two_sample import classifier_test

WIDENED = 1.3


def normal(n, seed, width=1.0, columns="abc"):
    values = np.random.default_rng(seed).standard_normal((n, len(columns)))
    return pd.DataFrame(width * values, columns=list(columns))


def log_density(frame, width=1.0):
    x = frame.to_numpy() / width
    return stats.norm.logpdf(x).sum(1) - x.shape[1] * np.log(width)


def mixed(n, seed, shift=0.0):
    """Numbers, an integer, a category and missing cells, which depend on each other."""
    rng = np.random.default_rng(seed)
    kind = rng.choice(["red", "green", "blue"], n, p=[0.5, 0.3, 0.2])
    count = rng.poisson(np.where(kind == "red", 2.0, 5.0 + shift))
    size = np.where(rng.random(n) < 0.2, np.nan, count + rng.standard_t(3, n))
    return pd.DataFrame({"kind": kind, "count": count, "size": size, "ready": rng.random(n) < 0.4})


def test_ranks_are_uniform_one_by_one_whatever_the_number_of_draws_and_ties():
    rng = np.random.default_rng(0)
    for m in (1, 3, 50):
        values, draws = rng.poisson(1.5, 3000), rng.poisson(1.5, (3000, m))
        assert uniform(ranks(values, draws)).passed
    assert not uniform(ranks(rng.poisson(1.8, 3000), rng.poisson(1.5, (3000, 50)))).passed


def test_ranks_count_draws_below_and_keep_infinities():
    u = ranks([-np.inf, 0.5, np.inf], [0.0, 1.0, 2.0])
    assert ((np.array([0, 1, 3]) < 4 * u) & (4 * u < np.array([1, 2, 4]))).all()
    u = ranks([0.5, 0.5], [[0.0, 1.0], [2.0, 3.0]])
    assert 1 / 3 < u[0] < 2 / 3 > 1 / 3 > u[1]


def test_ranks_of_own_draws_see_a_posterior_widened_by_1_3():
    """Rows with their own conditional law, the model's being right or too wide: no marginal shows it."""
    rng = np.random.default_rng(1)
    centre = 10 * rng.standard_normal(500)
    values = centre + rng.standard_normal(500)
    right, wide = (centre[:, None] + w * rng.standard_normal((500, 200)) for w in (1.0, WIDENED))
    assert uniform(ranks(values, right)).passed
    assert not uniform(ranks(values, wide)).passed
    assert same_distribution(values, wide.ravel()).passed


def share_below(p_values, level):
    """Return the probability that a right test has as many p-values below `level`."""
    return float(stats.binom.sf((np.array(p_values) < level).sum() - 1, len(p_values), level))


def test_right_models_fail_as_rarely_as_stated():
    """p-values below 0.02 are as rare as they claim to be, in 200 right models of several kinds."""
    family, each = [], []
    for seed in range(200):
        rows, draws = normal(40, 2 * seed), normal(160, 2 * seed + 1)
        found = calibrate(rows, draws, log_density(rows), log_density(draws), seed=seed)
        family.append(min(1.0, found.worst.p_value * len(found.tests)))
        counts = np.random.default_rng(seed).poisson(1.0, 200)
        each.append(same_distribution(counts[:50], counts[50:], seed=seed).p_value)
    assert share_below(family, 0.02) > SIZE
    assert share_below(each, 0.02) > SIZE


def test_the_classifier_fails_right_models_as_rarely_as_stated():
    p_values = [
        classifier_test(mixed(60, 2 * seed), mixed(90, 2 * seed + 1), seed=seed).p_value for seed in range(40)
    ]
    assert share_below(p_values, 0.05) > SIZE


def test_a_model_widened_by_1_3_fails_every_test():
    rows, wide = normal(400, 0), normal(1600, 1, WIDENED)
    assert calibrate(rows, normal(1600, 1), log_density(rows), log_density(normal(1600, 1))).passed
    found = calibrate(rows, wide, log_density(rows, WIDENED), log_density(wide, WIDENED))
    failed = {test.name for test in found.tests if not test.passed}
    assert failed == {"a", "b", "c", LOG_DENSITY}
    assert not classifier_test(rows, wide).passed
    assert classifier_test(rows, normal(1600, 1)).passed


def logs(n, seed):
    """Rows exp(z), the model's draws by the right map, and draws of a Gaussian mixture that overlaps them."""
    rng = np.random.default_rng(seed)
    return np.exp(rng.standard_normal((n, 2))), 2 + np.abs(rng.standard_normal((n, 2))) - 1.5


def log_reference(x):
    """The log-density of 1/2 + |z|."""
    return np.where(x > 0.5, np.log(2) + stats.norm.logpdf(x - 0.5), -np.inf).sum(1)


def log_q(x, sign):
    """The log-density of exp(z), by a log-determinant of this sign."""
    return (stats.norm.logpdf(np.log(x)) + sign * np.log(x)).sum(1)


def test_the_mass_sees_a_log_determinant_with_a_flipped_sign_and_ranks_do_not():
    y, z = logs(2000, 0)
    reference = log_reference(y), log_reference(z)
    assert normalised((log_q(y, -1), log_q(z, -1)), reference).passed
    assert not normalised((log_q(y, 1), log_q(z, 1)), reference).passed
    assert not normalised((0.2 + log_q(y, -1), 0.2 + log_q(z, -1)), reference).passed
    held = logs(500, 1)[0]
    assert same_distribution(log_q(held, 1), log_q(y, 1)).passed


def test_the_mass_of_right_models_fails_as_rarely_as_stated():
    p_values = []
    for seed in range(400):
        y, z = logs(300, seed)
        found = normalised((log_q(y, -1), log_q(z, -1)), (log_reference(y), log_reference(z)))
        p_values.append(found.p_value)
    assert share_below(p_values, 0.02) > SIZE


def test_dependence_that_no_column_shows_is_seen_by_log_density_or_classifier():
    rng = np.random.default_rng(3)
    first = rng.standard_normal(600)
    rows = pd.DataFrame({"a": first, "b": 0.8 * first + 0.6 * rng.standard_normal(600)})
    draws = normal(1200, 4, columns="ab")  # independent
    assert calibrate(rows, draws).passed
    assert not calibrate(rows, draws, log_density(rows), log_density(draws)).passed
    assert not classifier_test(rows, draws).passed


def test_categories_missing_cells_and_truth_values():
    found = calibrate(mixed(400, 0), mixed(1600, 1))
    assert found.passed
    assert len(found.ranks["size"]) == mixed(400, 0)["size"].notna().sum()
    assert classifier_test(mixed(400, 0), mixed(1600, 1)).passed
    assert not classifier_test(mixed(400, 0), mixed(1600, 1, shift=2.0)).passed
    fewer = mixed(1600, 1).assign(size=lambda frame: frame["size"].fillna(frame["size"].median()))
    assert not classifier_test(mixed(400, 0), fewer).passed  # cells missing in the rows alone
    swapped = mixed(1600, 1).assign(kind=lambda frame: frame["kind"].replace({"red": "blue", "blue": "red"}))
    assert "kind" in {test.name for test in calibrate(mixed(400, 0), swapped).tests if not test.passed}


def test_column_table_holds_moments_quantiles_and_distances():
    rows, draws = mixed(400, 0), mixed(1600, 1, shift=2.0)
    table = column_table(rows, draws)
    assert table.index.tolist() == list(rows.columns)
    assert table.loc["count", "mean"] == rows["count"].mean()
    assert table.loc["size", "q95_model"] == pytest.approx(draws["size"].quantile(0.95))
    assert table.loc["size", "missing"] == rows["size"].isna().mean()
    assert table.loc["kind", ["mean", "sd_model"]].isna().all()
    shares = abs(rows["kind"].value_counts(normalize=True) - draws["kind"].value_counts(normalize=True))
    assert table.loc["kind", "distance"] == pytest.approx(shares.sum() / 2)
    assert table.loc["count", "distance"] == pytest.approx(
        stats.ks_2samp(rows["count"], draws["count"], method="asymp").statistic
    )
    assert table.loc["count", "p_value"] < SIZE < table.loc["kind", "p_value"]


def test_the_same_seed_gives_the_same_bits():
    one, two = (calibrate(mixed(100, 0), mixed(300, 1), seed=5) for _ in range(2))
    assert one.tests == two.tests
    assert classifier_test(mixed(100, 0), mixed(300, 1)) == classifier_test(mixed(100, 0), mixed(300, 1))


def test_bad_arguments_are_one_line():
    with pytest.raises(ArgumentError, match=r"shapes \(3,\) and \(2, 5\)"):
        ranks(np.zeros(3), np.zeros((2, 5)))
    with pytest.raises(ArgumentError, match="none empty"):
        ranks([], [1.0])
    with pytest.raises(DataError, match=r"values: NaN at index \[1\]"):
        ranks([0.0, np.nan], [1.0])
    with pytest.raises(DataError, match="differ from those of the rows by c"):
        calibrate(normal(30, 0), normal(30, 1)[["a", "b"]])
    with pytest.raises(DataError, match="'a': has no value"):
        calibrate(normal(30, 0).assign(a=np.nan), normal(30, 1))
    with pytest.raises(ArgumentError, match="got 10 rows and 30 draws, expected at least 20"):
        classifier_test(normal(10, 0), normal(30, 1))
