"""Small wrongs in the parts of a flow: each is seen by another look at the same thing."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

import sciml
from sciml.contracts.status import Status
from sciml.flows import Flow, RationalQuadratic, StandardNormal, StudentT, coupling_flow, densities
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.consistency import consistency
from sciml.flows.densities import Banana
from sciml.flows.transforms.transform import AbstractTransform

FEATURES = 2


class Wrong(AbstractTransform):
    """A map with a log-determinant or an inverse that is not its own."""

    def __init__(self, right, *, log_det=lambda value: value, inverse=lambda x: x, undone_by=None):
        super().__init__(right.features)
        self.right, self.undone_by = right, undone_by or right
        self.log_det, self.inverse_of = log_det, inverse

    def _forward(self, x, context):
        z, log_det = self.right._forward(x, context)
        return z, self.log_det(log_det)

    def _inverse(self, z, context):
        x, log_det = self.undone_by._inverse(z, context)
        return self.inverse_of(x), -self.log_det(-log_det)


class WrongBase(StandardNormal):
    """The normal density, its draws scaled and shifted, its logarithm raised."""

    def __init__(self, features, scale=1.0, shift=0.0, raised=0.0):
        super().__init__(features)
        self.scale, self.shift, self.raised = scale, shift, raised

    def sample(self, n, generator, like):
        return self.scale * super().sample(n, generator, like) + self.shift

    def log_prob(self, z):
        return super().log_prob(z) + self.raised


def right(base=None, features=FEATURES, bound=3.0):
    spline = RationalQuadratic(bins=4, bound=bound)
    flow = coupling_flow(features, layers=3, hidden=(8,), transform=spline, base=base)
    with torch.no_grad():
        for parameter in flow.parameters():
            noise = torch.randn(parameter.shape, generator=torch.Generator().manual_seed(0))
            parameter.add_(0.3 * noise)
    return flow


def looks(flow, seed=0):
    x = torch.randn(64, flow.features, generator=torch.Generator().manual_seed(1))
    return consistency(flow, x, seed=seed)


@pytest.mark.parametrize("base", [None, StudentT(FEATURES, 1.0), GaussianMixture(FEATURES, 3)])
def test_a_right_flow_is_not_doubted(base):
    for seed in range(5):  # five tests of size 2e-4: false alarm 1e-3
        assert not looks(right(base), seed).doubts


def test_a_right_row_at_a_kink_is_not_doubted():
    flow = right()
    assert not consistency(flow, torch.zeros(8, FEATURES)).doubts


WRONG_MAPS = {
    "log-determinant flipped": {"log_det": lambda value: -value},
    "log-determinant times 1.001": {"log_det": lambda value: 1.001 * value},
    "log-determinant times 1.00001": {"log_det": lambda value: 1.00001 * value},
    "log-determinant dropped": {"log_det": lambda value: 0 * value},
    "columns of the inverse swapped": {"inverse": lambda x: x.flip(1)},
    "inverse off by 1e-5": {"inverse": lambda x: x + 1e-5},
}


@pytest.mark.parametrize("wrong", WRONG_MAPS)
def test_a_wrong_map_is_doubted(wrong):
    flow = right()
    assert looks(Flow(Wrong(flow.transform, **WRONG_MAPS[wrong]), flow.base)).doubts


def test_a_bound_of_the_inverse_alone_is_doubted():
    flow, other = right(), right(bound=3.001)
    assert looks(Flow(Wrong(flow.transform, undone_by=other.transform), flow.base)).doubts


@pytest.mark.parametrize(
    "wrong",
    [{"scale": 1.01}, {"scale": 0.99}, {"scale": 1.3}, {"shift": 0.02}, {"raised": 1e-2}, {"raised": -1e-3}],
    ids=str,
)
def test_a_wrong_base_is_doubted(wrong):
    assert looks(Flow(right().transform, WrongBase(FEATURES, **wrong))).doubts


class Shifted(Flow):
    """A flow whose draws are shifted, its density not."""

    def sample(self, n, context=None, seed=None):
        return super().sample(n, context, seed) + 1e-5


class Raised(Flow):
    """A flow whose log density is raised."""

    def log_prob(self, x, context=None):
        return super().log_prob(x, context) + 1e-5


@pytest.mark.parametrize("kind", [Shifted, Raised])
def test_draws_and_density_that_differ_are_doubted(kind):
    flow = right()
    assert looks(kind(flow.transform, flow.base)).doubts


def solved(monkeypatch=None, **attributes):
    for name, value in attributes.items():
        monkeypatch.setattr(Banana, name, value)
    return sciml.solve(sciml.load_problem("banana"), quick=True, max_steps=200)


def test_a_known_density_that_is_not_normalised_fails(monkeypatch):
    log_prob = Banana.log_prob
    solution = solved(monkeypatch, log_prob=lambda self, x: log_prob(self, x) + 1e-2)
    assert solution.passed is False
    assert not solution.compare().by_name()["mass"].passed


def test_a_gap_below_zero_is_doubted(monkeypatch):
    log_prob = Banana.log_prob
    solution = solved(monkeypatch, log_prob=lambda self, x: log_prob(self, x) - 0.3)
    assert any("below zero" in doubt for doubt in solution.doubts)


def test_a_wrong_flow_of_a_problem_fails_and_stalls(monkeypatch):
    sample = StandardNormal.sample
    monkeypatch.setattr(StandardNormal, "sample", lambda *given: 1.02 * sample(*given))
    solution = solved()
    assert solution.passed is False
    assert solution.status is not Status.CONVERGED
    assert any("base" in doubt for doubt in solution.doubts)


def test_the_mass_is_judged_in_its_standard_errors():
    solution = solved()
    off = replace(solution, metrics={**solution.metrics, "mass": 1 + 6 * solution.stds["mass"] + 1e-4})
    assert solution.compare().by_name()["mass"].passed
    assert not off.compare().by_name()["mass"].passed
    assert off.passed is False


KNOWN = (
    Banana(),
    densities.Ring(),
    densities.TwoMoons(0.3),
    densities.Funnel(2, 1.0),
    densities.CorrelatedStudentT(2),
    densities.MixedTails(2),
)
STEP = 1e-4  # of differences


def stein(density, x):
    """Return by how many standard errors E ∂_j log p = 0 and E x_j ∂_j log p = -1 fail at most."""
    score = np.empty_like(x)
    for j, step in enumerate(STEP * np.eye(x.shape[1])):
        score[:, j] = (density.log_prob(x + step) - density.log_prob(x - step)) / (2 * STEP)
    terms = np.column_stack([score, x * score + 1])
    return float(np.abs(terms.mean(0) / terms.std(0)).max() * math.sqrt(len(x)))


@pytest.mark.parametrize("density", KNOWN, ids=lambda density: type(density).__name__)
def test_a_known_density_is_that_of_its_draws(density):
    x = density.sample(150_000, 1)
    assert stein(density, x) < 4.3  # four terms: false alarm 7e-5
    assert stein(density, x + 0.02 * x.std(0)) > 4.3
    assert stein(density, 1.02 * x) > 4.3
