"""What a flow refuses, and with which words."""

import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError, DataError
from sciml.flows import Affine, Chain, Flow, RationalQuadratic, StandardNormal, TwoMoons, coupling_flow


@pytest.fixture
def flow():
    return coupling_flow(2, layers=2, hidden=(4,))


@pytest.fixture
def conditional():
    return coupling_flow(2, layers=2, hidden=(4,), context_features=3)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"features": 0}, ArgumentError, "features must be at least 1, not 0"),
        ({"features": 2.0}, ArgumentTypeError, "features must be an integer"),
        ({"features": True}, ArgumentTypeError, "features must be an integer"),
        ({"layers": 0}, ArgumentError, "layers must be at least 1"),
        ({"hidden": (8, 0)}, ArgumentError, "hidden must be at least 1"),
        ({"context_features": -1}, ArgumentError, "context_features must be at least 0"),
        ({"transform": "spline"}, ArgumentTypeError, "transform must be a AbstractElementwise, not a str"),
        ({"base": "normal"}, ArgumentTypeError, "base must be a AbstractBase"),
        ({"base": StandardNormal(3)}, ArgumentError, "the base has 3 features, the transform 2"),
        ({"dtype": torch.int64}, ArgumentError, "dtype must be a floating-point type"),
        ({"seed": -1}, ArgumentError, "seed must be at least 0"),
    ],
)
def test_construction(options, error, words):
    with pytest.raises(error, match=words):
        coupling_flow(**{"features": 2, "layers": 2, "hidden": (4,)} | options)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: RationalQuadratic(bins=1), "bins must be at least 2"),
        (lambda: RationalQuadratic(bins=100), "bins must be below 100"),
        (lambda: RationalQuadratic(bound=float("nan")), "bound must be positive"),
        (lambda: Affine(log_scale_bound=0), "log_scale_bound must be positive"),
        (lambda: TwoMoons(noise=0), "noise must be positive"),
        (lambda: TwoMoons(scale=float("inf")), "scale must be positive"),
        (lambda: TwoMoons().sample(-1, seed=0), "n must be at least 0"),
        (lambda: TwoMoons().log_prob([1.0, 2.0]), r"x must have shape \(n, 2\)"),
        (lambda: Chain([]), "transforms must be some"),
    ],
)
def test_values(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (torch.zeros(3), ArgumentError, r"x must have shape \(batch, 2\), not \(3,\)"),
        (torch.zeros(3, 3), ArgumentError, r"not \(3, 3\)"),
        (torch.zeros(3, 2, dtype=torch.float64), ArgumentTypeError, r"use x.to\(torch.float32\)"),
        (torch.zeros(3, 2, dtype=torch.int64), ArgumentTypeError, "x is torch.int64"),
        ([[0.0, 0.0]], ArgumentTypeError, "x must be a tensor, not a list"),
        (torch.tensor([[0.0, 1.0], [0.0, torch.nan]]), DataError, "x has nan in row 1, column 1"),
        (torch.tensor([[-torch.inf, 1.0]]), DataError, "x has -inf in row 0, column 0"),
    ],
)
def test_data(flow, x, error, words):
    with pytest.raises(error, match=words):
        flow.log_prob(x)


def test_context(flow, conditional):
    x = torch.zeros(3, 2)
    for model, context, words in [
        (flow, torch.zeros(3, 1), "context_features is 0, but a context was given"),
        (conditional, None, "context_features is 3, but no context was given"),
        (conditional, torch.zeros(3, 2), r"context must have shape \(batch, 3\)"),
        (conditional, torch.zeros(1, 3), "x has 3 rows, context 1"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            model.log_prob(x, context)
    with pytest.raises(DataError, match="context has nan in row 0"):
        conditional.log_prob(x, torch.full((3, 3), torch.nan))


def test_sizes_of_samples(flow):
    assert flow.sample(0).shape == (0, 2)
    assert flow.sample(1).shape == (1, 2)
    with pytest.raises(ArgumentError, match="n must be at least 0, not -1"):
        flow.sample(-1)
    with pytest.raises(ArgumentTypeError, match="n must be an integer"):
        flow.sample(2.5)


def test_chains_want_equal_sizes(flow):
    other = coupling_flow(3, layers=2, hidden=(4,))
    with pytest.raises(ArgumentError, match="transforms must be some of one"):
        Chain([flow.transform, other.transform])
    assert Flow(Chain([flow.transform, flow.transform]), flow.base)(torch.zeros(4, 2)).shape == (4,)
