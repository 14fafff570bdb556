"""Autoregressive flows: triangular Jacobians, one-pass inversion, masks that training keeps."""

from __future__ import annotations

import pytest
import torch

from sciml.flows import Affine, RationalQuadratic, autoregressive_flow

FAMILIES = (Affine(), RationalQuadratic(bins=4, bound=5.0))
each = pytest.mark.parametrize("family", FAMILIES, ids=["affine", "spline"])


def flow(family, features=5, layers=1, seed=0):
    made = autoregressive_flow(
        features, layers=layers, transform=family, hidden=(16, 16), dtype=torch.float64
    )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in made.parameters():
            part += 0.3 * torch.randn(part.shape, generator=generator, dtype=part.dtype)
    return made


def rows(count, features=5, seed=1):
    return torch.randn(count, features, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def seen(made) -> torch.Tensor:
    """Whether output i depends on input j at any of some rows, (5, 5)."""
    jacobians = [
        torch.autograd.functional.jacobian(lambda x: made.forward_and_log_det(x)[0], row[None])[0, :, 0]
        for row in rows(24)
    ]
    return torch.stack(jacobians).abs().amax(0) > 0


@each
def test_the_jacobian_of_a_layer_is_triangular(family):
    orders = seen(flow(family))
    found = sorted(orders.sum(1).tolist())
    assert found == [1, 2, 3, 4, 5]  # in some order of the features, each sees those before it and itself
    assert sorted(orders.sum(0).tolist()) == [1, 2, 3, 4, 5]


@each
def test_one_pass_inverts_as_a_pass_a_feature_does(family):
    """Fixed-point passes of the density direction find each feature once those before it are right."""
    made, z = flow(family), rows(7, seed=2)
    x, log_det = made.inverse_and_log_det(z)
    there, forward = made.forward_and_log_det(x)
    torch.testing.assert_close(there, z, rtol=1e-11, atol=1e-11)
    torch.testing.assert_close(log_det, -forward, rtol=1e-10, atol=1e-10)


@each
def test_with_and_without_gradients_the_inverse_is_the_same(family):
    made, z = flow(family, layers=3), rows(7, seed=3)
    with torch.no_grad():
        quiet = made.inverse_and_log_det(z)
    for plain, other in zip(made.inverse_and_log_det(z.clone().requires_grad_()), quiet, strict=True):
        torch.testing.assert_close(plain, other, rtol=1e-11, atol=1e-11)


@each
def test_training_keeps_the_order(family):
    made, x = flow(family), rows(64, seed=4)
    optimizer = torch.optim.AdamW(made.parameters(), 1e-2, weight_decay=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        (-made.log_prob(x).mean()).backward()
        optimizer.step()
    assert int(seen(made).sum()) == 15
