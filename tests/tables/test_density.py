"""Densities of tables: exact parts against closed forms, the whole against a known truth."""

import json
from collections import Counter
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from scipy.special import logsumexp
from sklearn.mixture import GaussianMixture

import sciml
from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError, DataError, FileError
from sciml.flows import FlowDensity
from sciml.runs.reading import solution_of
from sciml.tables.columns.schema import Schema
from sciml.tables.fitting import fit_table, rated, split_rows
from sciml.tables.model import TableDensity
from sciml.tables.real import mixtures
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.contenders import RealRows
from sciml.tables.real.density import RealDensity, Scale
from sciml.tables.real.fill import Fill
from sciml.tables.real.fitter import folds
from sciml.tables.real.regression import Regression
from sciml.tables.real.search import search
from sciml.tables.real.search_space import SearchSpace
from sciml.tables.user import UserTable

COVARIANCE = np.array([[1.0, 0.6, -0.3], [0.6, 2.0, 0.5], [-0.3, 0.5, 1.5]])
MEAN = np.array([1.0, -2.0, 0.5])


def gaussian(n, seed=0):
    return np.random.default_rng(seed).multivariate_normal(MEAN, COVARIANCE, n)


def one(made, x, context=None, fill=None):
    """Return the density of a candidate fitted to rows, without training."""
    scale = Scale.fit(x)
    context = np.zeros((len(x), 0)) if context is None else context
    made, flow = made.start(torch.from_numpy(scale.inward(x)), torch.from_numpy(context), 0)
    return RealDensity([made], [flow.eval()], scale, fill)


def none(x):
    return np.zeros((len(x), 0))


def test_the_gaussian_baseline_is_the_normal_density_of_mean_and_shrunk_covariance():
    x = gaussian(100_000)
    found = one(Candidate("gaussian", bend=False), x).log_prob(x[:50], none(x[:50]))
    exact = stats.multivariate_normal(x.mean(0), np.cov(x.T, bias=True)).logpdf(x[:50])
    np.testing.assert_allclose(found, exact, atol=2e-3)  # the shrinkage of so many rows is 1e-4


def test_regression_takes_away_what_is_linear_in_the_context():
    rng = np.random.default_rng(1)
    context = torch.from_numpy(rng.standard_normal((5000, 2)))
    slopes = torch.tensor([[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]], dtype=torch.float64)
    x = context @ slopes.T + 4 + 1e-3 * torch.from_numpy(rng.standard_normal((5000, 3)))
    step = Regression.fit(x, context)
    z, log_det = step.forward_and_log_det(x, context)
    assert z.abs().max() < 0.02
    assert log_det.abs().max() == 0
    torch.testing.assert_close(step.inverse_and_log_det(z, context)[0], x)


@pytest.mark.parametrize("count", [2, 3])  # three components of three columns: one shape for two meanings
@pytest.mark.parametrize("shape", ["full", "tied", "diag"])
def test_a_mixture_of_scikit_learn_is_carried_over_exactly(monkeypatch, shape, count):
    rows = np.concatenate([gaussian(200), gaussian(200, 1) * 0.3 + 5])
    monkeypatch.setattr(mixtures, "SHAPES", (shape,))
    monkeypatch.setattr(mixtures, "COUNTS", (count,))
    ours = mixtures.fitted_mixture(torch.from_numpy(rows), 0)
    theirs = GaussianMixture(count, covariance_type=shape, reg_covar=mixtures.FLOOR, random_state=0).fit(rows)
    np.testing.assert_allclose(
        ours.log_prob(torch.from_numpy(rows)).detach(), theirs.score_samples(rows), atol=1e-10
    )


def with_gaps(x, share=0.3, seed=2):
    holes = np.random.default_rng(seed).random(x.shape) < share
    return np.where(holes, np.nan, x)


def test_expectation_maximization_finds_mean_and_covariance_through_the_gaps():
    fill = Fill.fit(with_gaps(gaussian(40_000)))
    scale = fill.scale.numpy()
    np.testing.assert_allclose(fill.mean, MEAN, atol=0.05)
    np.testing.assert_allclose(fill.correlation.numpy() * np.outer(scale, scale), COVARIANCE, atol=0.06)


def test_the_density_of_observed_cells_is_the_marginal():
    """Where model and fill are the same normal density, p/q is the marginal at every fill."""
    x = gaussian(2000)
    density = one(Candidate("gaussian", bend=False), x)
    covariance = torch.from_numpy(np.cov(x.T, bias=True))
    white = density.flow.transform.transforms[-1]  # give both one covariance: no shrinkage
    z = torch.from_numpy(density.scale.inward(x))
    known = torch.cov(z.T, correction=0)
    lower = torch.linalg.inv(torch.linalg.cholesky(known))
    white.shift.copy_(z.mean(0))
    white.scale.fill_(1.0)
    white.factor.copy_(lower)
    density.fill = Fill(z.mean(0), torch.ones(3), known)
    rows = with_gaps(x[:200])
    rows = rows[~np.isnan(rows).all(1)]
    found = density.log_prob(rows, none(rows))
    for row, value in zip(rows, found, strict=True):
        there = ~np.isnan(row)
        part = stats.multivariate_normal(x.mean(0)[there], covariance.numpy()[np.ix_(there, there)])
        assert value == pytest.approx(part.logpdf(row[there]), abs=1e-8)


def test_an_ensemble_is_the_mean_of_densities():
    x = gaussian(300)
    first, second = (one(Candidate("gaussian", bend=bend), x) for bend in (False, True))
    both = RealDensity([*first.candidates, *second.candidates], [first.flow, second.flow], first.scale, None)
    each = [density.log_prob(x, none(x)) for density in (first, second)]
    np.testing.assert_allclose(both.log_prob(x, none(x)), logsumexp(each, axis=0) - np.log(2), atol=1e-12)


QUICK = SearchSpace(quick=True, max_steps=60)


def two_columns(n, seed=0):
    """Return rows of a skewed and a dependent column."""
    rng = np.random.default_rng(seed)
    a = rng.gamma(2.0, 3.0, n)
    return pd.DataFrame({"a": a, "b": 10 + 0.5 * a + rng.standard_normal(n)})


@pytest.fixture(scope="module")
def few_mixtures():
    """Baselines try mixtures of up to three components: a fraction of the time of up to twenty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixtures, "COUNTS", (1, 2, 3))
        yield


def quick_fit(frame, **options):
    return fit_table(frame, Schema.infer(frame, **options), QUICK, Monitor())


@pytest.fixture(scope="module")
def fitted(few_mixtures):
    return quick_fit(two_columns(600))


def test_the_density_integrates_to_one_in_the_units_of_the_table(fitted):
    a, b = np.linspace(-10, 60, 351), np.linspace(-5, 60, 326)
    grid = np.stack(np.meshgrid(a, b, indexing="ij"), -1).reshape(-1, 2)
    for density in (fitted.density, fitted.flow):
        mass = np.exp(density.log_prob(pd.DataFrame(grid, columns=["a", "b"]))).sum()
        assert mass * (a[1] - a[0]) * (b[1] - b[0]) == pytest.approx(1, abs=5e-3)


def test_units_change_the_density_by_their_jacobian(fitted):
    """A power of two scales without rounding: the fit is the same to the bit."""
    scaled = two_columns(600).assign(a=lambda rows: rows["a"] * 1024)
    again = quick_fit(scaled)
    difference = fitted.flow.log_prob(two_columns(600)) - again.flow.log_prob(scaled)
    np.testing.assert_allclose(difference, np.log(1024), atol=1e-9)


def test_what_is_saved_comes_back_the_same(fitted):
    density = fitted.flow
    again = TableDensity.rebuild(density.values(), density.state_dict())
    rows = two_columns(50, 3)
    np.testing.assert_array_equal(again.log_prob(rows), density.log_prob(rows))
    pd.testing.assert_frame_equal(again.sample(20, seed=1), density.sample(20, seed=1))
    np.testing.assert_array_equal(again.percentiles(np.array([-5.0])), density.percentiles(np.array([-5.0])))


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("layers", 10**9),
        ("hidden", [10**6]),
        ("components", -1),
        ("kind", "pickle"),
        ("bins", True),
        ("surprise", 1),
    ],
)
def test_a_hostile_description_is_refused_before_anything_is_allocated(fitted, part, change):
    values = fitted.flow.values()
    values["real"]["members"][0]["candidate"][part] = change
    with pytest.raises(FileError, match=r"model\.json"):
        TableDensity.rebuild(values, fitted.flow.state_dict())


def test_the_same_seed_gives_the_same_bits(fitted):
    first, second = fitted.portfolio, quick_fit(two_columns(600)).portfolio
    for a, b in zip(first.flow.density.parameters(), second.flow.density.parameters(), strict=True):
        assert torch.equal(a, b)
    assert [r.validation for r in first.baselines] == [r.validation for r in second.baselines]


def test_members_of_an_ensemble_see_every_row_but_their_own_quarter(few_mixtures):
    parts = folds(101, 0)
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(101))
    rows = RealRows(gaussian(101), np.zeros((101, 0)))
    found = search(rows, SearchSpace(quick=True, max_steps=20, ensemble=3), Monitor())
    made = [candidate.name for candidate in found.flow.density.candidates]
    assert set(Counter(made).values()) == {3}
    states = [torch.cat([p.flatten() for p in f.parameters()]) for f in found.flow.density.flows]
    same = [state for state, name in zip(states, made, strict=True) if name == made[0]]
    assert not torch.equal(same[0], same[1])


def test_the_holdout_is_apart_and_fixed_by_the_seed():
    frame = two_columns(100)
    rows, held = split_rows(frame, 0.2, 3)
    assert (len(rows), len(held)) == (80, 20)
    assert not set(rows.index) & set(held.index)
    assert split_rows(frame, 0.2, 3)[1].equals(held)
    assert len(split_rows(frame, 0.0, 3)[1]) == 0
    with pytest.raises(ArgumentError, match="holdout"):
        split_rows(frame, 1.0, 0)
    with pytest.raises(DataError, match="holdout"):
        split_rows(frame, 0.001, 0)


def test_a_lead_is_paired_and_the_mean_without_the_worst_is_robust():
    flow = np.random.default_rng(0).standard_normal(1000)
    other = flow - 0.3
    found = rated(other, flow)
    assert found.lead.value == pytest.approx(0.3)
    assert found.lead.error < 1e-12  # unpaired it would be 0.045
    other[0] = -1e9
    assert rated(other, flow).trimmed == pytest.approx(other[1:].mean(), abs=0.1)


def test_a_made_table_of_every_kind_is_learned_to_0_2_nat(made, few_mixtures):
    """Categories, counts, a heavy tail, a positive and a bounded column, and missing cells."""
    rows, fresh = made(2500, 0, 0.05), made(4000, 1, 0.05)
    search_quickly = SearchSpace(seed=0, base="student-t", max_steps=300, quick=True)
    schema = Schema.infer(rows.frame, rows.declared, missing="impute")
    found = fit_table(rows.frame, schema, search_quickly, Monitor())
    gap = fresh.log_prob - found.flow.log_prob(fresh.frame)
    error = gap.std() / np.sqrt(len(gap))
    assert gap.mean() > -4 * error  # no density beats the truth
    assert gap.mean() < 0.2
    assert np.median(found.flow.percentiles(found.flow.log_prob(fresh.frame))) == pytest.approx(50, abs=5)


def test_draws_follow_what_is_given(few_mixtures):
    rng = np.random.default_rng(0)
    city = rng.choice(["cold", "warm"], 800)
    frame = pd.DataFrame(
        {"city": city, "degrees": np.where(city == "warm", 25.0, 5.0) + rng.standard_normal(800)}
    )
    density = quick_fit(frame, given=["city"]).flow
    for name, expected in (("cold", 5.0), ("warm", 25.0)):
        drawn = density.sample(500, {"city": name}, seed=0)
        assert set(drawn["city"]) == {name}
        assert drawn["degrees"].mean() == pytest.approx(expected, abs=0.3)
    with pytest.raises(ArgumentError, match="city"):
        density.sample(5)
    with pytest.raises(DataError, match="city"):
        density.sample(5, {"city": "hot"})
    with pytest.raises(ArgumentError, match="country"):
        density.sample(5, {"country": "x"})


def test_a_table_of_categories_alone_has_exact_masses():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.choice(list("xyz"), 500), "b": rng.choice(list("pq"), 500)})
    found = quick_fit(frame)
    every = pd.DataFrame([(a, b) for a in "xyz" for b in "pq"], columns=["a", "b"])
    assert np.exp(found.density.log_prob(every)).sum() == pytest.approx(1, abs=1e-12)
    assert found.portfolio is None


@pytest.mark.parametrize("n", [10**15, 2**63, 10**21])
def test_more_rows_than_any_memory_holds_are_refused(fitted, n):
    for density in (fitted.density, fitted.density.real.flow):
        with pytest.raises(ArgumentError, match="do not fit in memory"):
            density.sample(n)
    with pytest.raises(ArgumentError, match="do not fit in memory"):
        fitted.density.real.flow.sample_and_log_prob(n)


@pytest.mark.parametrize("n", [-1, 2.5, True])
def test_a_count_of_rows_must_be_one(fitted, n):
    with pytest.raises(ArgumentError, match="n: got"):
        fitted.density.sample(n)


def test_no_rows_are_an_empty_table(fitted):
    drawn = fitted.density.sample(0)
    assert list(drawn.columns) == ["a", "b"]
    assert len(drawn) == 0


def test_far_rows_have_a_finite_log_density_or_none_never_nan(fitted):
    rows = pd.DataFrame({"a": [1e300, -1e300, 1e6, 0.0], "b": [0.0, 1e-300, -1e6, 1e300]})
    assert not np.isnan(fitted.flow.log_prob(rows)).any()
    assert not np.isnan(fitted.density.log_prob(rows)).any()


def test_flow_density_keeps_to_scikit_learns_vocabulary(few_mixtures, tmp_path):
    frame = two_columns(200)
    density = FlowDensity(max_seconds=1.0, random_state=1).fit(frame)
    scores = density.score_samples(frame)
    assert density.score(frame) == pytest.approx(scores.sum())
    assert density.n_features_in_ == 2
    assert list(density.feature_names_in_) == ["a", "b"]
    assert set(density.validation_) >= {"gaussian", "gmm", "yeo-johnson-gmm", "kernel-density"}
    np.testing.assert_allclose(density.score_samples(frame[["b", "a"]]), scores)
    with pytest.raises(DataError, match="3 features"):
        density.score_samples(np.zeros((4, 3)))
    again = FlowDensity.load(density.save(tmp_path / "kept"))
    np.testing.assert_array_equal(again.score_samples(frame), scores)
    with pytest.raises(ArgumentError, match="holds a model already"):
        density.save(tmp_path / "kept")
    for name in ("model.safetensors", "model.json", "manifest.json"):
        path = tmp_path / "kept" / name
        data = path.read_bytes()
        for position in range(0, len(data) - 1, len(data) // 7):
            path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
            with pytest.raises(FileError, match=name):
                FlowDensity.load(tmp_path / "kept")
        path.write_bytes(data)


def test_a_problem_of_a_table_is_judged_by_its_lead_over_every_baseline(few_mixtures, tmp_path):
    problem = sciml.load_problem("diabetes")
    solution = sciml.solve(problem, quick=True, out=tmp_path / "run")
    leads = {name: value for name, value in solution.metrics.items() if name.startswith("lead_over_")}
    assert len(leads) == 6
    ahead = all(leads[name] > 2 * solution.stds[name] for name in leads)
    assert abs(solution.metrics["mass"] - 1) < 4 * solution.stds["mass"]
    assert solution.passed == (ahead and not solution.doubts)
    wrong = {**solution.metrics, "mass": 1.1}  # as a wrong log-determinant would give
    assert not replace(solution, metrics=wrong).compare().passed
    again = sciml.load(tmp_path / "run", problem=problem)
    assert again.table == solution.table
    assert list(again.table["per_column"]) == again.table["drawn"] == list(problem.frame().columns)
    report = json.loads((tmp_path / "run" / "report.json").read_text())
    report["curves"] = report.pop("table")  # where version 0.1.0 has it
    older = solution_of(report)
    assert (older.table, older.curves) == (solution.table, {})
    rows = problem.frame().to_numpy()
    np.testing.assert_array_equal(again(rows)["log_prob"], solution(rows)["log_prob"])


def test_rows_with_gaps_are_left_out_of_the_holdout_too(few_mixtures, tmp_path):
    frame = two_columns(120)
    frame.loc[::7, "a"] = np.nan
    frame.to_csv(tmp_path / "gaps.csv", index=False)
    solution = sciml.solve(UserTable.of(tmp_path / "gaps.csv", missing="drop"), max_steps=5)
    _, holdout = split_rows(frame, 0.2, 0)
    assert len(solution.samples["holdout_0"]) == len(holdout.dropna()) < len(holdout)
    assert np.isfinite(solution.metrics["test_log_prob"])


class Interrupted(Exception):
    pass


def test_a_fit_that_was_killed_goes_on_to_the_same_bits(few_mixtures, tmp_path, monkeypatch):
    """Within its second training, of three."""
    from sciml.training import checkpoint

    monkeypatch.setattr(checkpoint, "SECONDS", 0.0)
    monkeypatch.setattr(checkpoint, "SHARE", 1.0)
    table, seen = tmp_path / "made.csv", []
    two_columns(120).to_csv(table, index=False)

    def kill(row):
        seen.append(row)
        if len(seen) == 40:
            raise Interrupted

    problem = UserTable.of(table)
    whole = sciml.solve(problem, max_steps=30)
    with pytest.raises(Interrupted):
        sciml.solve(problem, max_steps=30, out=tmp_path / "run", progress=kill)
    again = sciml.solve(problem, max_steps=30, out=tmp_path / "run", resume=True)
    for name, tensor in whole.fields.tensors.items():
        assert torch.equal(tensor, again.fields.tensors[name]), name
    assert not (tmp_path / "run" / "checkpoint").exists()


@pytest.mark.slow
def test_scikit_learns_own_checks():
    from sklearn.utils.estimator_checks import check_estimator

    results = check_estimator(FlowDensity(max_seconds=0.05), on_fail=None, on_skip=None)
    failed = {r["check_name"]: repr(r["exception"]) for r in results if r["status"] == "failed"}
    assert failed == {}
