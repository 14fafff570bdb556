"""Small wrongs in the density of a table: each is seen by another look at the same thing."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sciml.contracts.monitor import Monitor
from sciml.contracts.reference import Measured
from sciml.tables.columns.bounded import Bounded
from sciml.tables.columns.categorical import Categorical
from sciml.tables.columns.encode import encode
from sciml.tables.columns.positive import Positive
from sciml.tables.columns.real import Real
from sciml.tables.columns.schema import Schema
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.discrete.stack import Stack
from sciml.tables.fitting import Rated, fit_table, rate, split_rows
from sciml.tables.judging.doubts import doubts, leaked
from sciml.tables.judging.drawn import discrete_doubts
from sciml.tables.judging.gaps import gap_doubts
from sciml.tables.judging.latents import draws_test
from sciml.tables.judging.rebuilt import density_doubts
from sciml.tables.judging.standing import standing_doubts
from sciml.tables.judging.verdict import checks, sentence
from sciml.tables.model import TableDensity
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.density import RealDensity, Scale
from sciml.tables.real.fill import Fill
from sciml.tables.real.search_space import SearchSpace

ROWS, DRAWS = 400, 10_000


@pytest.fixture(scope="module")
def fit(made):
    """Return a fit to a table of every kind, its held-out rows, and draws."""
    table = made(ROWS, 0)
    rows, holdout = split_rows(table.frame, 0.2, 0)
    schema = Schema.infer(table.frame, table.declared)
    fitted = fit_table(rows, schema, SearchSpace(seed=0, max_steps=30), Monitor())
    return fitted, holdout, fitted.density.sample(DRAWS, seed=1)


def test_a_right_fit_is_not_doubted(fit):
    for seed in range(3):
        assert doubts(*fit, seed) == ()


def times(method, factor=1.0, shift=0.0):
    return lambda *given: factor * method(*given) + shift


def with_log_det(kind, change):
    """Return `unbounded` of a kind, its log-determinant changed."""
    method = kind.unbounded

    def unbounded(self, x):
        y, log_det = method(self, x)
        return y, change(log_det)

    return unbounded


WRONG = {
    "standardisation dropped": lambda m: m.setattr(RealDensity, "log_prob", unscaled(RealDensity.log_prob)),
    "log density times 1.001": lambda m: m.setattr(
        RealDensity, "log_prob", times(RealDensity.log_prob, 1.001)
    ),
    "log density up by 1e-4": lambda m: m.setattr(
        TableDensity, "log_prob_of", times(TableDensity.log_prob_of, 1.0, 1e-4)
    ),
    "masses that sum to 1.001": lambda m: m.setattr(Stack, "forward", times(Stack.forward, 1.0, 1e-3)),
    "masses of the chain scaled": lambda m: m.setattr(
        DiscreteChain, "log_prob", times(DiscreteChain.log_prob, 1.0, 1e-3)
    ),
    "sign of a logarithm's log-determinant": lambda m: m.setattr(
        Positive, "unbounded", with_log_det(Positive, lambda value: -value)
    ),
    "sign of a logit's log-determinant": lambda m: m.setattr(
        Bounded, "unbounded", with_log_det(Bounded, lambda value: -value)
    ),
    "a logit's log-determinant times 1.001": lambda m: m.setattr(
        Bounded, "unbounded", with_log_det(Bounded, lambda value: 1.001 * value)
    ),
    "cells rounded": lambda m: m.setattr(Real, "bounded_again", lambda self, y: np.round(y, 2)),
    "levels swapped": lambda m: m.setattr(Categorical, "decode", swapped(Categorical.decode)),
}


def unscaled(method):
    def log_prob(self, x, context):
        return method(self, x, context) + np.log(self.scale.spread.numpy()).sum()

    return log_prob


def rolled(self, x):
    return (x - self.center.numpy()) / np.roll(self.spread.numpy(), 1)


def swapped(method):
    def decode(self, number, code, dtype):
        return method(self, number, self.levels_count - 1 - code, dtype)

    return decode


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_density_is_doubted(fit, monkeypatch, wrong):
    fitted, holdout, _ = fit
    WRONG[wrong](monkeypatch)
    assert density_doubts(fitted.density, holdout, 0)


@pytest.mark.parametrize("shift", [0.1, -0.1])
def test_draws_of_a_shifted_model_are_doubted(fit, monkeypatch, shift):
    fitted, _, _ = fit
    scale = fitted.density.real.scale.spread.numpy()
    monkeypatch.setattr(RealDensity, "sample", times(RealDensity.sample, 1.0, shift * scale))
    assert not draws_test(fitted.density, fitted.density.sample(DRAWS, seed=1)).passed


def test_standardisation_by_another_column_is_doubted(fit, monkeypatch):
    fitted, _, draws = fit
    monkeypatch.setattr(Scale, "inward", rolled)
    assert not draws_test(fitted.density, draws).passed


def test_draws_of_a_wider_model_are_doubted(fit, monkeypatch):
    fitted, _, _ = fit
    monkeypatch.setattr(Scale, "outward", lambda self, z: 1.1 * z * self.spread.numpy() + self.center.numpy())
    assert not draws_test(fitted.density, fitted.density.sample(DRAWS, seed=1)).passed


def test_draws_of_an_average_of_flows_follow_it(fit):
    fitted, _, _ = fit
    real, other = fitted.density.real, fitted.portfolio.savable[0].density
    both = RealDensity(
        (*real.candidates[:1], *other.candidates), (real.flows[0], *other.flows), real.scale, real.fill
    )
    density = TableDensity(fitted.density.schema, fitted.density.chain, both)
    assert draws_test(density, density.sample(DRAWS, seed=3)).passed


def test_a_holdout_that_was_fitted_to_is_doubted(fit, made):
    fitted, holdout, _ = fit
    assert leaked(fitted.train, fitted.train)
    half = fitted.density.schema
    some = encode(made(ROWS, 0).frame.iloc[:40], half)
    assert leaked(fitted.train, some)
    assert not leaked(fitted.train, encode(holdout, half))


def test_rows_that_repeat_in_the_whole_table_are_no_leak(made):
    frame = made(40, 0).frame
    copies = frame.loc[np.repeat(frame.index, 10)].reset_index(drop=True)
    rows, holdout = split_rows(copies, 0.2, 0)
    schema = Schema.infer(copies, {"dose": "positive", "share": "bounded(0,1)", "visits": "integer"})
    assert not leaked(encode(rows, schema), encode(holdout, schema))


def test_a_handicapped_baseline_is_doubted(fit):
    fitted, holdout, draws = fit
    handicapped = [
        replace(rival, log_prob=times(rival.log_prob, 1.0, -0.5)) for rival in fitted.portfolio.baselines
    ]
    portfolio = replace(fitted.portfolio, baselines=tuple(handicapped))
    said = doubts(replace(fitted, portfolio=portfolio), holdout, draws, 0)
    assert any("yeo-johnson-gmm" in doubt for doubt in said)


def standing(fitted, holdout, rated=None):
    rows = encode(holdout, fitted.flow.schema)
    return standing_doubts(fitted, rows, rated or rate(fitted, rows), 0)


def test_halved_errors_and_leads_on_other_rows_are_doubted(fit):
    fitted, holdout, _ = fit
    assert standing(fitted, holdout) == ()
    right = rate(fitted, encode(holdout, fitted.flow.schema))
    for change in (lambda m: Measured(m.value, m.error / 2), lambda m: Measured(m.value + 0.01, m.error)):
        wrong = {name: replace(each, lead=change(each.lead)) for name, each in right.items()}
        assert any("the lead over it is" in doubt for doubt in standing(fitted, holdout, wrong))


def test_a_baseline_of_fewer_rows_and_lowered_kernels_are_doubted(fit):
    fitted, holdout, _ = fit
    fewer = replace(fitted.train, **{n: getattr(fitted.train, n)[::2] for n in ("x", "discrete", "context")})
    assert any("its mean is" in doubt for doubt in standing(replace(fitted, train=fewer), holdout))
    lowered = [
        replace(each, log_prob=times(each.log_prob, 1.0, -1e-4)) for each in fitted.portfolio.baselines
    ]
    wrong = replace(fitted, portfolio=replace(fitted.portfolio, baselines=tuple(lowered)))
    assert any("the sum of its kernels" in doubt for doubt in standing(wrong, holdout))


def test_draws_of_a_discrete_column_that_do_not_follow_its_masses_are_doubted(fit):
    fitted, _, draws = fit
    assert discrete_doubts(fitted.density, draws, 0) == ()
    other = draws.assign(group=draws["group"].where(draws.index % 10 > 0, "west"))
    assert any("'group'" in doubt for doubt in discrete_doubts(fitted.density, other, 0))


def test_gaps_that_are_filled_by_another_density_are_doubted(made, monkeypatch):
    table = made(400, 0, 0.1)
    schema = Schema.infer(table.frame, table.declared, missing="impute")
    rows = encode(table.frame, schema)
    fill = Fill.fit(Scale.fit(rows.x).inward(rows.x))
    candidate = Candidate("gaussian", bend=False)
    full, _ = fill.draw(
        Scale.fit(rows.x).inward(rows.x), np.random.default_rng(0).standard_normal(rows.x.shape)
    )
    flow = candidate.start(torch.from_numpy(full), torch.zeros(len(full), 0).double(), 0)[1]
    density = TableDensity(
        replace(schema, columns=schema.real), None, RealDensity([candidate], [flow], Scale.fit(rows.x), fill)
    )
    alone = replace(rows, discrete=rows.discrete[:, :0], context=rows.context[:, :0])
    assert gap_doubts(density, alone, 0) == ()
    draw = Fill.draw
    monkeypatch.setattr(Fill, "draw", lambda self, x, normal: (draw(self, x, normal)[0], np.zeros(len(x))))
    assert gap_doubts(density, alone, 0)


def test_a_tie_is_called_by_the_simpler_name(fit):
    fitted, _, _ = fit

    def said(lead, error):
        rated = Rated(Measured(0.0, 0.1), 0.0, 0.0, Measured(lead, error))
        return sentence(fitted, {"flow": rated, "gmm": rated})

    assert "a tie, which is called by the simpler, gmm" in said(0.1, 0.2)
    assert "a tie, which is called by the simpler, gmm" in said(0.3, 0.2)
    assert "a tie" not in said(0.5, 0.2)
    assert "a tie" not in said(-0.5, 0.2)


def test_a_lead_is_one_of_more_than_two_standard_errors():
    for lead, passed in ((0.39, False), (0.41, True)):
        (check,) = checks({"lead_over_gmm": lead}, {"lead_over_gmm": 0.2})
        assert check.passed is passed
