"""Jets in several coordinates carry the derivatives that autograd finds, through networks and functions."""

import pytest
import torch

from sciml.numerics.derivatives import Jet, coordinates, cos, exp, log, reciprocal, sin, sqrt, stack, tanh
from sciml.numerics.directions import Directions
from sciml.numerics.networks import MLP

AXES = ("x", "y", "t")
SECONDS = (
    (("x", "x"),),
    (("t", "t"),),
    (("x", "y"),),
    (("x", "x"), ("y", "y"), ("t", "t")),
    (("y", "t"), ("x", "x")),
)
ALONG = Directions.of(AXES, SECONDS)
X = torch.rand(7, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 0.5


def network(activation):
    generator = torch.Generator().manual_seed(1)
    return MLP(3, (8, 6), 2, activation=activation, scale=1.5, generator=generator)


def everything(x: Jet) -> Jet:
    a, b, c = x[:, 0], x[:, 1], x[:, 2]
    mixed = sin(a * b) * exp(-c) + cos(b) / (1 + c * c) - tanh(a - 2 * c) ** 3
    return 1 - mixed * sqrt(a + b * c) + log(b) * reciprocal(c) - a * X[:, 1]


def derivatives(function, x):
    """First (d, n) and second (d, d, n) derivatives of a function of points, by autograd."""
    x = x.clone().requires_grad_()
    value = function(x)
    (first,) = torch.autograd.grad(value.sum(), x, create_graph=True)
    second = [torch.autograd.grad(first[:, i].sum(), x, retain_graph=True)[0].T for i in range(x.shape[1])]
    return value.detach(), first.detach().T, torch.stack(second)


def check(jet, function, along=ALONG):
    value, first, second = derivatives(function, X)
    torch.testing.assert_close(jet.value, value)
    torch.testing.assert_close(jet.first[:3], first)
    for q, sums in enumerate(along.seconds):
        expected = sum(second[AXES.index(a), AXES.index(b)] for a, b in sums)
        torch.testing.assert_close(jet.second[q], expected, rtol=1e-10, atol=1e-10)


def test_functions_and_arithmetic():
    check(everything(coordinates(X, ALONG)), lambda x: everything(coordinates(x, ALONG)).value)


@pytest.mark.parametrize("activation", ["tanh", "sin"])
def test_networks(activation):
    net = network(activation)
    for output in range(2):
        jet = net.jet(coordinates(X, ALONG))[:, output]
        check(jet, lambda x, output=output: net(x)[:, output])


def test_a_network_of_functions_of_position():
    net = network("tanh")

    def inputs(x):
        return stack([sin(x[:, 0]), x[:, 1] * x[:, 2], exp(x[:, 2])])

    jet = net.jet(inputs(coordinates(X, ALONG)))[:, 0]
    check(jet, lambda x: net(inputs(coordinates(x, ALONG)).value)[:, 0])


def test_only_mixed_derivatives_take_more_directions():
    assert len(Directions.of(AXES, [(("x", "x"), ("y", "y"))]).rows) == 3
    assert len(Directions.of(AXES, [(("x", "y"),)]).rows) == 4
    assert Directions.of(AXES, []).mixing.shape == (0, 3)


def test_first_derivatives_alone():
    along = Directions.of(AXES, [])
    check(network("tanh").jet(coordinates(X, along))[:, 0], lambda x: network("tanh")(x)[:, 0], along)
