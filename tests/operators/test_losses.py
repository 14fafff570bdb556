"""Losses against exact integrals."""

import math

import pytest
import torch

from sciml.operators.losses import RelativeH1, relative_l2

F64 = torch.float64


def wave(n, k, phase=0.0):
    x = torch.arange(n, dtype=F64) / n
    return (2 * math.pi * k * x + phase).sin()[None, :, None]


@pytest.mark.parametrize("n", [32, 33, 500])
def test_the_loss_is_the_exact_integral_on_sines(n):
    """∫ (a sin)² + γ (a sin)'² = a²/2 (1 + γ (2πk)²), for the error and for the target."""
    gamma, a, b = 0.3, 0.02, 1.7
    target = b * wave(n, 2, 0.4)
    found = target + a * wave(n, 5)
    error, size = (c**2 / 2 * (1 + gamma * (2 * math.pi * k) ** 2) for c, k in ((a, 5), (b, 2)))
    assert float(RelativeH1(gamma)(found, target)) == pytest.approx(math.sqrt(error / size), rel=1e-9)
    assert float(RelativeH1(0.0)(found, target)) == pytest.approx(a / b, rel=1e-9)
    assert relative_l2(found, target).tolist() == pytest.approx([a / b], rel=1e-9)


def test_without_derivatives_it_is_the_mean_of_the_l2_errors_on_any_values():
    torch.manual_seed(0)
    for n in (16, 17):
        found, target = torch.randn(2, 3, n, 2, dtype=F64)
        mean = relative_l2(found, target).mean()
        torch.testing.assert_close(RelativeH1(0.0)(found, target), mean, rtol=1e-12, atol=0)
        direct = ((found - target).square().sum((1, 2)) / target.square().sum((1, 2))).sqrt()
        torch.testing.assert_close(relative_l2(found, target), direct, rtol=1e-10, atol=0)


def test_the_derivative_counts():
    target = wave(64, 1)
    smooth, rough = (target + 0.1 * wave(64, k) for k in (1, 9))
    assert RelativeH1(0.1)(rough, target) > 4 * RelativeH1(0.1)(smooth, target)


def test_a_zero_target_has_a_defined_loss_and_gradient():
    found = torch.full((2, 16, 1), 1e-3, dtype=F64, requires_grad=True)
    target = torch.zeros(2, 16, 1, dtype=F64)
    for loss in (RelativeH1(0.1)(found, target), relative_l2(found, target).mean()):
        (slope,) = torch.autograd.grad(loss, found)
        assert float(loss.detach()) == pytest.approx(1e-3 / 1e-6)
        assert slope.isfinite().all()
    assert relative_l2(target, target).tolist() == [0.0, 0.0]
    exact = RelativeH1(0.1)(target.requires_grad_(), torch.zeros_like(target))
    assert torch.autograd.grad(exact, target)[0].isfinite().all()


def test_small_functions_have_the_same_relative_error():
    """No floor: an error of 1e-15 of a target of 1e-6 is 1e-9."""
    target = 1e-6 * wave(64, 1)
    found = target + 1e-15 * wave(64, 3)
    assert relative_l2(found, target).tolist() == pytest.approx([1e-9], rel=1e-5)
    assert float(RelativeH1(0.0)(found, target)) == pytest.approx(1e-9, rel=1e-5)
