"""Draws given conditions on single columns, against the law that they come from."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats

from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError
from sciml.flows import FlowDensity
from sciml.tables.columns.encode import encode
from sciml.tables.columns.schema import Schema
from sciml.tables.conditional import conditional, impute, sample_where
from sciml.tables.constraints.where import Where
from sciml.tables.fitting import fit_table
from sciml.tables.model import TableDensity
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.density import RealDensity, Scale
from sciml.tables.real.fill import Fill
from sciml.tables.real.search_space import SearchSpace
from sciml.tables.stored import write_density

N, DRAWS = 4000, 4000
MEAN = np.array([1.0, -2.0, 10.0])
COVARIANCE = np.array([[1.0, 0.8, 0.3], [0.8, 4.0, -0.5], [0.3, -0.5, 2.0]])


def table(n=N, seed=0):
    rows = np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, n)
    return pd.DataFrame(rows, columns=["a", "b", "c"])


@pytest.fixture(scope="module")
def density():
    """The normal density of the table, by moments: nothing is trained."""
    rows = table()
    schema = Schema.infer(rows)
    x = encode(rows, schema).x
    scale, candidate = Scale.fit(x), Candidate("gaussian", bend=False)
    z = scale.inward(x)
    flow = candidate.start(torch.from_numpy(z), torch.zeros(N, 0).double(), 0)[1]
    return TableDensity(schema, None, RealDensity([candidate], [flow], scale, None)).eval()


@pytest.fixture(scope="module")
def discrete():
    """Two categories and a count, the second and the count after the first."""
    rng = np.random.default_rng(0)
    smoker = rng.random(N) < 0.3
    sick = rng.random(N) < np.where(smoker, 0.6, 0.1)
    frame = pd.DataFrame(
        {
            "smoker": np.where(smoker, "yes", "no"),
            "sick": sick,
            "visits": rng.poisson(np.where(sick, 8.0, 2.0)),
        }
    )
    return fit_table(
        frame, Schema.infer(frame), SearchSpace(quick=True, max_steps=2), Monitor()
    ).density, frame


def law(fixed):
    """Return mean and deviation of each other column given values of some."""
    known = [list("abc").index(name) for name in fixed]
    rest = [j for j in range(3) if j not in known]
    slopes = COVARIANCE[np.ix_(rest, known)] @ np.linalg.inv(COVARIANCE[np.ix_(known, known)])
    mean = MEAN[rest] + slopes @ (np.array(list(fixed.values())) - MEAN[known])
    spread = COVARIANCE[np.ix_(rest, rest)] - slopes @ COVARIANCE[np.ix_(known, rest)]
    return {"abc"[j]: (m, s) for j, m, s in zip(rest, mean, np.sqrt(np.diag(spread)), strict=True)}


@pytest.mark.parametrize("fixed", [{"a": 2.0}, {"b": -5.0}, {"a": 0.0, "c": 12.0}])
def test_draws_given_values_follow_the_conditional_law(density, fixed):
    drawn = sample_where(density, Where.parse(density.schema, fixed), DRAWS, seed=1)
    assert drawn.ess > 0.3
    for name, value in fixed.items():
        assert (drawn.rows[name] == value).all()
    for name, (mean, deviation) in law(fixed).items():
        some = drawn.rows[name].drop_duplicates().to_numpy()[:400]  # of weighted draws few are alike
        assert stats.kstest(some, stats.norm(mean, deviation).cdf).pvalue > 1e-3
        inner = np.abs(drawn.rows[name] - mean) < 1.6449 * deviation
        assert inner.mean() == pytest.approx(0.9, abs=0.03)


def test_bounded_draws_are_the_draws_inside(density):
    where = Where.parse(density.schema, ["1 < a <= 2", "b > -1"])
    drawn = sample_where(density, where, 500, seed=2)
    assert drawn.ess == 1.0
    assert drawn.rows["a"].between(1, 2, inclusive="right").all()
    assert (drawn.rows["b"] > -1).all()
    truth = table(60_000, 9).query("1 < a <= 2 and b > -1")
    assert stats.ks_2samp(drawn.rows["c"], truth["c"]).pvalue > 1e-3


def test_fixed_and_bounded_together(density):
    where = Where.parse(density.schema, {"a": 2.0, "b": ">-1"})
    drawn = sample_where(density, where, DRAWS, seed=3).rows
    mean, deviation = law({"a": 2.0})["b"]
    assert (drawn["b"] > -1).all()
    low = (-1 - mean) / deviation
    assert drawn["b"].mean() == pytest.approx(stats.truncnorm(low, np.inf, mean, deviation).mean(), abs=0.06)


def test_what_the_density_hardly_knows_is_refused(density):
    with pytest.raises(ArgumentError, match="too few to draw"):
        sample_where(density, Where.parse(density.schema, ["a > 40"]), 10)
    with pytest.raises(ArgumentError, match="below 1 %|effective"):
        sample_where(density, Where.parse(density.schema, {"a": 1.0, "b": "> 60"}), 10)


def test_levels_and_counts_are_conditioned_on_exactly(discrete):
    fitted, frame = discrete
    drawn = sample_where(fitted, Where.parse(fitted.schema, {"visits": ">=6"}), 3000, seed=0).rows
    truth = frame[frame["visits"] >= 6]
    assert (drawn["visits"] >= 6).all()
    for name, level in (("smoker", "yes"), ("sick", True)):
        assert (drawn[name] == level).mean() == pytest.approx((truth[name] == level).mean(), abs=0.06)
    told = conditional(fitted, Where.parse(fitted.schema, ["smoker=yes"]))
    assert told.ess == 1.0
    assert told.shares["sick"]["True"] == pytest.approx(0.6, abs=0.05)
    assert told.columns.loc["visits", "mean"] == pytest.approx(5.6, abs=0.5)


def test_what_a_column_is_like_given_others(density):
    told = conditional(density, Where.parse(density.schema, {"a": 2.0}))
    for name, (mean, deviation) in law({"a": 2.0}).items():
        line = told.columns.loc[name]
        assert line["mean"] == pytest.approx(mean, abs=5 * line["error"] + 0.05)
        assert line["q95"] == pytest.approx(mean + 1.6449 * deviation, abs=0.1 * deviation + 0.05)
    assert told.ess > 0.3


def test_missing_cells_are_filled_given_the_others(density):
    rows = table(2000, 5)
    schema = Schema.infer(rows.assign(b=rows["b"].where(rows.index > 50)), missing="impute")
    real = density.real
    fill = Fill.fit(real.scale.inward(table().to_numpy()))
    candidate = Candidate("gaussian", bend=False)
    flow = candidate.start(
        torch.from_numpy(real.scale.inward(table().to_numpy())), torch.zeros(N, 1).double(), 0
    )[1]
    whole = TableDensity(schema, None, RealDensity([candidate], [flow], real.scale, fill))
    filled = impute(whole, rows.assign(b=rows["b"].where(rows.index % 2 > 0)), 0)
    pd.testing.assert_frame_equal(filled.loc[1::2], rows.loc[1::2])
    assert filled["b"].notna().all()
    apart = filled["b"] - (MEAN[1] + 0.8 * (rows["a"] - MEAN[0]))  # less what a tells
    assert np.corrcoef(filled["b"], rows["a"])[0, 1] == pytest.approx(0.4, abs=0.07)
    assert apart[::2].std() == pytest.approx(apart[1::2].std(), rel=0.1)


TEXTS = [
    ("a", "expected a column fixed or bounded"),
    ("d > 1", "names no column to model"),
    ("a > x", "where: column 'a' got 'x'"),
    ("a > 1 < b < 2", "expected a column fixed or bounded"),
]


@pytest.mark.parametrize(("text", "words"), TEXTS)
def test_what_is_no_condition_is_refused(density, discrete, text, words):
    with pytest.raises(ArgumentError, match=words):
        Where.parse(density.schema, [text])
    with pytest.raises(ArgumentError, match="no order"):
        Where.parse(discrete[0].schema, ["smoker > no"])


def test_the_command_and_the_estimator_take_conditions(command, density, tmp_path):
    import io

    folder = write_density(density, tmp_path / "d", "gaussian")
    ran = command(
        "flow", "sample", folder, "--n", 50, "--where", "a > 1", "--where", "b=-2", "--constrain", "c >= 9"
    )
    assert ran.code == 0, ran
    rows = pd.read_csv(io.StringIO(ran.out))
    assert len(rows) == 50
    assert (rows["a"] > 1).all()
    assert (rows["b"] == -2).all()
    assert (rows["c"] >= 9).all()
    estimator = FlowDensity.load(folder)
    assert (estimator.sample(20, where={"a": ">1"})["a"] > 1).all()
    assert estimator.conditional(where={"a": ">1"}).ess == 1.0
