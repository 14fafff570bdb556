"""Wrongs done on purpose to a copy: a whole fit is made and judged with each, and none of them passes."""

import numpy as np
import pytest

import sciml
from sciml.contracts.reference import Measured
from sciml.flows.transforms.monotone import YeoJohnson
from sciml.tables import fitting, user
from sciml.tables.columns.positive import Positive
from sciml.tables.discrete.stack import Stack
from sciml.tables.judging import judge
from sciml.tables.real import mixtures
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.density import RealDensity
from sciml.tables.real.fill import Fill
from sciml.tables.real.fitter import Fitter
from sciml.tables.user import UserTable

pytestmark = pytest.mark.slow
ROWS, STEPS = 400, 20


def fill_dropped(patch):
    """Fills are scored as if they were not drawn."""
    draw = Fill.draw
    patch.setattr(Fill, "draw", lambda self, x, normal: (draw(self, x, normal)[0], np.zeros(len(x))))


def standard_errors_halved(patch):
    mean_of = fitting.mean_of
    patch.setattr(
        fitting, "mean_of", lambda values: Measured(mean_of(values).value, 0.5 * mean_of(values).error)
    )


def baselines_on_half_the_rows(patch):
    start = Candidate.start

    def halved(self, x, context, seed, mixtures=None):
        half = slice(None) if self.trained else slice(None, None, 2)
        return start(self, x[half], context[half], seed, {})

    patch.setattr(Candidate, "start", halved)


def kernels_handicapped(patch):
    kernel = Fitter._kernel

    def lowered(self, fitted, validation):
        rival = kernel(self, fitted, validation)
        score = rival.log_prob
        object.__setattr__(rival, "log_prob", lambda x, context: score(x, context) - 0.5)
        return rival

    patch.setattr(Fitter, "_kernel", lowered)


def bend_off(patch):
    forward = YeoJohnson._forward

    def scaled(self, x, context):
        z, log_det = forward(self, x, context)
        return z, 1.001 * log_det

    patch.setattr(YeoJohnson, "_forward", scaled)


def wrong_mass(patch):
    forward = Stack.forward
    patch.setattr(Stack, "forward", lambda self, f, values: forward(self, f, values) + 1e-3)


def sign_swapped(patch):
    unbounded = Positive.unbounded

    def swapped(self, x):
        y, log_det = unbounded(self, x)
        return y, -log_det

    patch.setattr(Positive, "unbounded", swapped)


def stale_baselines(patch):
    """Baselines are rated by log densities of other rows."""
    rate = judge.rate

    def rated(fitted, holdout):
        for rival in fitted.portfolio.baselines:
            score = rival.log_prob
            shifted = lambda x, context, score=score: score(np.roll(x, 1, 0), np.roll(context, 1, 0))  # noqa: E731
            object.__setattr__(rival, "log_prob", shifted)
        return rate(fitted, holdout)

    patch.setattr(judge, "rate", rated)


def weights_scaled(patch):
    """The mean of an average of flows is divided by twice their number."""
    mean = RealDensity._log_mean_density
    patch.setattr(RealDensity, "_log_mean_density", lambda self, z, c: mean(self, z, c) - 1e-3)


def holdout_fitted_to(patch):
    split = user.split_rows

    def leaking(frame, holdout, seed, groups=None):
        rows, kept = split(frame, holdout, seed, groups)
        return frame.loc[[*rows.index, *kept.index]], kept

    patch.setattr("sciml.tables.problem.split_rows", leaking)


WRONGS = {
    fill_dropped: "missing cells",
    standard_errors_halved: "the lead over it is",
    baselines_on_half_the_rows: "its mean is",
    kernels_handicapped: "kernel-density",
    bend_off: "of its Jacobian",
    wrong_mass: "sum to 1.00",
    sign_swapped: "nat off what its parts give",
    stale_baselines: "is scored|the lead over it is",
    weights_scaled: "nat off what its parts give",
    holdout_fitted_to: "held-out rows are among those that were fitted to",
}


@pytest.fixture(scope="module", autouse=True)
def few_mixtures():
    """No more than three components are tried: most of the time is theirs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mixtures, "COUNTS", (1, 2, 3))
        yield


@pytest.fixture(scope="module")
def solve(made, tmp_path_factory):
    def solved(gaps):
        table = made(ROWS, 0, gaps)
        path = tmp_path_factory.mktemp("table") / "t.csv"
        table.frame.to_csv(path, index=False)
        declared = [f"{name}={kind}" for name, kind in table.declared.items()]
        problem = UserTable.of(path, declared, missing="impute" if gaps else "error")
        return sciml.solve(problem, seed=0, max_steps=STEPS, quick=True)

    return solved


@pytest.mark.parametrize("gaps", [0.0, 0.1])
def test_a_right_fit_is_not_doubted(solve, gaps):
    assert solve(gaps).doubts == ()


@pytest.mark.parametrize("wrong", WRONGS)
def test_no_wrong_passes(solve, monkeypatch, wrong):
    import re

    wrong(monkeypatch)
    solution = solve(0.1 if wrong is fill_dropped else 0.0)
    assert solution.passed is False
    assert any(re.search(WRONGS[wrong], doubt) for doubt in solution.doubts), solution.doubts
