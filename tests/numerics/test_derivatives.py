"""Jets obey the rules of calculus, and agree with nested autograd."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.numerics.derivatives import Jet, exp, reciprocal, sigmoid, sin, stack, tanh, variable

repeatable = settings(deadline=None, derandomize=True)

F64 = torch.float64
numbers = st.floats(-3, 3)
jets = st.builds(
    lambda *parts: Jet(*(torch.tensor([part], dtype=F64) for part in parts)), numbers, numbers, numbers
)
OUTER = {
    "sin": (sin, torch.sin),
    "tanh": (tanh, torch.tanh),
    "sigmoid": (sigmoid, torch.sigmoid),
    "exp": (exp, torch.exp),
    "reciprocal": (lambda u: reciprocal(u + 9.0), lambda u: 1 / (u + 9.0)),
}


def close(a: Jet, b: Jet, atol=1e-11):
    for mine, theirs in zip(a.parts, b.parts, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-11, atol=atol)


def by_autograd(function, x):
    """u, u', u'' by differentiating twice."""
    x = x.clone().requires_grad_()
    value = function(x)
    first = torch.autograd.grad(value.sum(), x, create_graph=True)[0]
    second = torch.autograd.grad(first.sum(), x, materialize_grads=True)[0]
    return Jet(value.detach(), first.detach(), second)


@repeatable
@given(jets, jets)
def test_leibniz(u, v):
    product = u * v
    assert product.second.item() == pytest.approx(
        (u.second * v.value + 2 * u.first * v.first + u.value * v.second).item(), abs=1e-12
    )
    close(product, v * u)


@repeatable
@given(jets, jets, jets)
def test_ring(u, v, w):
    close((u + v) * w, u * w + v * w)
    close((u * v) * w, u * (v * w), atol=1e-9)
    close(u - v, -(v - u))
    close(2.0 - u, -(u - 2.0))
    close(u * 3.0, 3.0 * u)


@repeatable
@given(jets, jets)
def test_a_quotient_undoes_a_product(u, v):
    v = v * 0.1 + 2.0
    close(u * v / v, u)
    close(1.0 / v, reciprocal(v))
    close(u / 4.0, u * 0.25)


@pytest.mark.parametrize("name", OUTER)
@repeatable
@given(st.lists(st.floats(-2, 2), min_size=3, max_size=3))
def test_chain_rule(name, values):
    mine, theirs = OUTER[name]
    x = torch.tensor(values, dtype=F64)
    point = variable(x)
    inner = point * point * 0.5 - sin(point) * 2.0
    close(mine(inner), by_autograd(lambda x: theirs(0.5 * x * x - 2.0 * torch.sin(x)), x))


def test_known_values():
    jet = sin(variable(torch.tensor([math.pi / 2], dtype=F64)))
    assert [part.item() for part in jet.parts] == pytest.approx([1.0, 0.0, -1.0], abs=1e-15)


def test_a_flipped_sign_in_the_product_rule_would_show():
    u = variable(torch.tensor([0.7], dtype=F64))
    wrong = u.first * u.value - u.value * u.first
    assert (u * u).first.item() == pytest.approx(1.4)
    assert wrong.item() != pytest.approx(1.4)


def test_stacking_and_indexing():
    x = variable(torch.linspace(0, 1, 4, dtype=F64))
    both = stack([x, x * x])
    close(both[:, 1], x * x)
    assert both.value.shape == (4, 2)
