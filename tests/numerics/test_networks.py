"""Networks: their jets against nested autograd, their inputs at an interface, their seeds."""

import pytest
import torch

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.numerics.derivatives import variable
from sciml.numerics.domains import Interval
from sciml.numerics.networks import MLP, InterfaceInputs

F64 = torch.float64
INTERVAL = Interval(-1.0, 3.0, (0.0, 2.0))


def network(hidden=(7, 5), outputs=2, activation="tanh", inputs=3, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return MLP(inputs, hidden, outputs, activation=activation, generator=generator)


@pytest.mark.parametrize("activation", ["tanh", "sin"])
@pytest.mark.parametrize("hidden", [(7, 5), (4,), ()])
def test_jet_is_nested_autograd(activation, hidden):
    net, inputs = network(hidden, activation=activation), InterfaceInputs(INTERVAL)
    x = torch.linspace(-0.9, 2.9, 23, dtype=F64).requires_grad_()
    value = net(inputs(variable(x)).value)
    jet = net.jet(inputs(variable(x)))
    for k in range(2):
        first = torch.autograd.grad(value[:, k].sum(), x, create_graph=True)[0]
        second = torch.autograd.grad(first.sum(), x, retain_graph=True)[0]
        torch.testing.assert_close(jet.value[:, k], value[:, k], rtol=1e-13, atol=1e-13)
        torch.testing.assert_close(jet.first[:, k], first, rtol=1e-12, atol=1e-12)
        torch.testing.assert_close(jet.second[:, k], second, rtol=1e-11, atol=1e-11)


def test_interface_inputs_are_c1_with_a_known_jump():
    """s = u|u| has s'' = 2 sign(u)/h² on either side, and no jump in s or s'."""
    h, eps = 2.0, 1e-9
    jet = InterfaceInputs(INTERVAL)(variable(torch.tensor([-eps, eps], dtype=F64)))
    value, first, second = (part[1, 1] - part[0, 1] for part in jet.parts)
    assert abs(value) < 1e-15
    assert abs(first) < 1e-8
    assert second.item() == pytest.approx(4 / h**2)


def test_features_are_the_last_hidden_layer():
    net = network()
    x = torch.randn(4, 3, generator=torch.Generator().manual_seed(1), dtype=F64)
    jet = variable(x)
    out = net.features(jet).value @ net.weights[-1].T + net.biases[-1]
    torch.testing.assert_close(out, net(x))


def test_the_seed_decides_and_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    first, again, other = network(seed=1), network(seed=1), network(seed=2)
    assert torch.equal(first.weights[0], again.weights[0])
    assert not torch.equal(first.weights[0], other.weights[0])
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("hidden", "error"), [((0,), ArgumentError), ((2.5,), ArgumentTypeError)])
def test_widths_are_checked(hidden, error):
    with pytest.raises(error, match="width: got"):
        network(hidden)
