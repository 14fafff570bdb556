"""The structured Jacobian is the Jacobian."""

import pytest
import torch

from sciml.optim import Residual
from sciml.pinn.packing import pack

F64 = torch.float64


def theta_of(network, seed=3):
    raw = 0.3 * torch.randn(3, generator=torch.Generator().manual_seed(seed), dtype=F64)
    return pack(network, raw)


@pytest.mark.parametrize("activation", ["tanh", "sin"])
@pytest.mark.parametrize("hidden", [(6, 4), (5,), ()])
@pytest.mark.parametrize("anchors", [(), (0.1,), (-0.25, 0.8)])
def test_linearize_is_the_jacobian_by_autograd(everything, built, hidden, activation, anchors):
    network, system = built(everything(anchors), hidden, activation)
    theta = theta_of(network)
    value, jacobian = system.linearize(theta)
    plain, exact = Residual.linearize(system, theta)
    torch.testing.assert_close(value, plain, rtol=1e-13, atol=1e-13)
    assert float((jacobian - exact).abs().max()) <= 1e-12 * float(exact.abs().max())
    assert not value.requires_grad
    assert not jacobian.requires_grad


def test_linearize_works_where_gradients_are_off(everything, built):
    network, system = built(everything())
    theta = theta_of(network)
    with torch.no_grad():
        inside = system.linearize(theta)[1]
    torch.testing.assert_close(inside, system.linearize(theta)[1], rtol=0, atol=0)


def test_gradient_is_j_transpose_r(everything, built):
    network, system = built(everything())
    theta = theta_of(network)
    loss, gradient = system.value_and_grad(theta)
    value, jacobian = system.linearize(theta)
    assert float(loss) == pytest.approx(0.5 * float(value @ value), rel=1e-13)
    torch.testing.assert_close(gradient, jacobian.T @ value, rtol=1e-11, atol=1e-11)


def test_every_row_has_the_name_of_its_term(everything, built):
    _, system = built(everything(), points=5)
    counts = {name: system.names().count(name) for name in system.names()}
    assert counts == {"bulk": 10, "coupled": 10, "norm": 1, "mean": 1, "left": 1, "right": 1, "data": 3}


def test_rows_are_named_right(everything, built):
    """The rows called `left` are those that the term at the left end yields."""
    network, system = built(everything())
    theta = theta_of(network)
    rows = system(theta)[[name == "left" for name in system.names()]]
    form = everything()
    alone = type("Alone", (everything,), {"terms": lambda self: form.terms()[3:4]})()
    torch.testing.assert_close(rows, built(alone)[1](theta))


def test_interior_rows_square_to_an_integral(everything, built):
    """Σ row² → ∫ f² dx, whatever the number of points."""

    def squared(points):
        network, system = built(everything(), points=points)
        rows = system(theta_of(network))[[name == "bulk" for name in system.names()]]
        return float(rows @ rows)

    assert squared(30) == pytest.approx(squared(60), rel=1e-9)


def test_float32_stays_float32(everything, built):
    network, _ = built(everything())
    network.float()
    system = type(built(everything())[1])(everything(), network, everything().interval.quadrature(5))
    value, jacobian = system.linearize(theta_of(network).float())
    assert value.dtype is jacobian.dtype is torch.float32
