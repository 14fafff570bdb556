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
        ({"features": 0}, ArgumentError, "features: got 0, expected a whole number of at least 1"),
        ({"features": 2.0}, ArgumentTypeError, "features: got 2.0, expected a whole number"),
        ({"features": True}, ArgumentTypeError, "features: got True, expected a whole number"),
        ({"layers": 0}, ArgumentError, "layers: got 0, expected a whole number of at least 1"),
        ({"hidden": (8, 0)}, ArgumentError, "hidden: got 0, expected a whole number of at least 1"),
        (
            {"context_features": -1},
            ArgumentError,
            "context_features: got -1, expected a whole number of at least 0",
        ),
        ({"transform": "spline"}, ArgumentTypeError, "transform: got a str, expected a AbstractElementwise"),
        ({"base": "normal"}, ArgumentTypeError, "base: got a str, expected a AbstractBase"),
        ({"base": StandardNormal(3)}, ArgumentError, "base: got 3 features, expected 2"),
        ({"dtype": torch.int64}, ArgumentError, "dtype: got torch.int64, expected a floating-point type"),
        ({"seed": -1}, ArgumentError, "seed: got -1, expected a whole number from 0"),
    ],
)
def test_construction(options, error, words):
    with pytest.raises(error, match=words):
        coupling_flow(**{"features": 2, "layers": 2, "hidden": (4,)} | options)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: RationalQuadratic(bins=1), "bins: got 1, expected a whole number of at least 2"),
        (lambda: RationalQuadratic(bins=100), "bins: got 100, expected fewer than 100"),
        (lambda: RationalQuadratic(bound=float("nan")), "bound: got nan, expected a finite number above 0"),
        (lambda: Affine(log_scale_bound=0), "log_scale_bound: got 0, expected a finite number above 0"),
        (lambda: TwoMoons(noise=0), "noise: got 0, expected a finite number above 0"),
        (lambda: TwoMoons(scale=float("inf")), "scale: got inf, expected a finite number above 0"),
        (lambda: TwoMoons().sample(-1, seed=0), "n: got -1, expected a whole number of at least 0"),
        (lambda: TwoMoons().log_prob([1.0, 2.0]), r"x: got the shape \(2,\), expected \(n, 2\)"),
        (lambda: Chain([]), "transforms: got the features"),
    ],
)
def test_values(make, words):
    with pytest.raises(ArgumentError, match=words):
        make()


@pytest.mark.parametrize(
    ("x", "error", "words"),
    [
        (torch.zeros(3), ArgumentError, r"x: got the shape \(3,\), expected \(batch, 2\)"),
        (torch.zeros(3, 3), ArgumentError, r"got the shape \(3, 3\)"),
        (torch.zeros(3, 2, dtype=torch.float64), ArgumentTypeError, r"use x.to\(torch.float32\)"),
        (torch.zeros(3, 2, dtype=torch.int64), ArgumentTypeError, "x: got torch.int64"),
        ([[0.0, 0.0]], ArgumentTypeError, "x: got a list, expected a Tensor"),
        (torch.tensor([[0.0, 1.0], [0.0, torch.nan]]), DataError, "x: got nan in row 1, column 1"),
        (torch.tensor([[-torch.inf, 1.0]]), DataError, "x: got -inf in row 0, column 0"),
    ],
)
def test_data(flow, x, error, words):
    with pytest.raises(error, match=words):
        flow.log_prob(x)


def test_context(flow, conditional):
    x = torch.zeros(3, 2)
    for model, context, words in [
        (flow, torch.zeros(3, 1), "context: got one, expected no columns"),
        (conditional, None, "context: got none, expected 3 columns"),
        (conditional, torch.zeros(3, 2), r"context: got the shape .*, expected \(batch, 3\)"),
        (conditional, torch.zeros(1, 3), "context: got 1 rows, expected 3"),
    ]:
        with pytest.raises(ArgumentError, match=words):
            model.log_prob(x, context)
    with pytest.raises(DataError, match="context: got nan in row 0"):
        conditional.log_prob(x, torch.full((3, 3), torch.nan))


def test_sizes_of_samples(flow):
    assert flow.sample(0).shape == (0, 2)
    assert flow.sample(1).shape == (1, 2)
    with pytest.raises(ArgumentError, match="n: got -1, expected a whole number of at least 0"):
        flow.sample(-1)
    with pytest.raises(ArgumentTypeError, match="n: got .*, expected a whole number"):
        flow.sample(2.5)


def test_chains_want_equal_sizes(flow):
    other = coupling_flow(3, layers=2, hidden=(4,))
    with pytest.raises(ArgumentError, match=r"transforms: got the features \[2, 3\]"):
        Chain([flow.transform, other.transform])
    assert Flow(Chain([flow.transform, flow.transform]), flow.base)(torch.zeros(4, 2)).shape == (4,)
