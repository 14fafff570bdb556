"""The Galerkin transformer in two dimensions: convolution, symmetries, walls, gradients, a training."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from sciml.contracts.monitor import Monitor
from sciml.errors import ArgumentError
from sciml.operators import Field, GalerkinTransformer2d
from sciml.operators.losses import relative_l2
from sciml.operators.models.spectral2d import SpectralConvolution2d, basis2d, half_plane, interpolate2d
from sciml.training.fit import fit
from sciml.training.plan import Minibatch

F64 = torch.float64
SIZES = {"width": 8, "modes": 3, "layers": 2, "heads": 2, "before": 1, "decoder": 1}


def grid(n, m, batch=1):
    """Points (i/n, j/m), row by row."""
    x, y = (torch.arange(size, dtype=F64) / size for size in (n, m))
    return torch.cartesian_prod(x, y).expand(batch, -1, -1)


def even(values, n, m):
    return Field(values, grid(n, m, len(values)))


def waves(x, cutoff=3, samples=2, channels=1, seed=0):
    """Random waves of wave numbers below the cutoff, on points (B, n, 2) or (1, n, 2)."""
    draw = torch.Generator().manual_seed(seed)
    k = half_plane(cutoff).double()
    amplitude, phase = (torch.rand(samples, len(k), channels, generator=draw, dtype=F64) for _ in range(2))
    angle = 2 * math.pi * ((x @ k.T)[..., None] + phase[:, None])
    return 0.3 + (amplitude[:, None] * angle.cos()).sum(2) / math.sqrt(len(k))


def made(**more):
    torch.manual_seed(0)
    model = GalerkinTransformer2d(**{**SIZES, **more}).double()
    with torch.no_grad():
        for p in model.parameters():
            p.mul_(2.0).add_(0.05 * torch.randn_like(p))
    return model.eval()


def convolution(channels=3, modes=3):
    torch.manual_seed(0)
    return SpectralConvolution2d(channels, modes).double()


def scattered(n, seed=0):
    """Points of no pattern in the open square with weights of sum one, two samples."""
    draw = torch.Generator().manual_seed(seed)
    x = torch.rand(2, n, 2, generator=draw, dtype=F64)
    w = 0.5 + torch.rand(2, n, generator=draw, dtype=F64)
    return x, w / w.sum(1, keepdim=True)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (6, 9)])
def test_waves_are_orthonormal_on_even_grids(n, m):
    found = basis2d(grid(n, m), 3)[0]
    torch.testing.assert_close(found.T @ found / (n * m), torch.eye(25, dtype=F64), rtol=0, atol=1e-14)


@pytest.mark.parametrize(("n", "m"), [(5, 5), (8, 12)])
@torch.no_grad()
def test_the_convolution_multiplies_each_mode_by_a_matrix(n, m):
    """Of any function: modes above the convolution's are cut off, those below are exact."""
    layer, v = convolution(), torch.randn(2, n * m, 3, dtype=F64)
    field = even(v, n, m)
    found = layer(v, basis2d(field.positions, 3), field.quadrature).unflatten(1, (n, m)).numpy()
    modes = np.fft.fft2(v.unflatten(1, (n, m)).numpy(), axes=(1, 2))
    out = np.zeros_like(modes)
    out[:, 0, 0] = modes[:, 0, 0] @ layer.even[0].numpy()
    for (kx, ky), even_part, odd_part in zip(half_plane(3).tolist(), layer.even[1:], layer.odd, strict=True):
        out[:, kx, ky] = modes[:, kx, ky] @ (even_part.numpy() - 1j * odd_part.numpy())
        out[:, -kx, -ky] = np.conj(out[:, kx, ky])
    np.testing.assert_allclose(found, np.fft.ifft2(out, axes=(1, 2)).real, rtol=0, atol=1e-12)


@torch.no_grad()
def test_the_convolution_does_not_depend_on_the_mesh():
    """On grids n × n and 2n × 2n, and on the nodes of a Gauss–Legendre rule with its weights."""
    layer, found = convolution(), {}
    for n in (6, 12):
        field = even(waves(grid(n, n), channels=3), n, n)
        found[n] = layer(field.values, basis2d(field.positions, 3), field.quadrature)
    common = found[12].unflatten(1, (12, 12))[:, ::2, ::2].flatten(1, 2)
    torch.testing.assert_close(found[6], common, rtol=0, atol=1e-12)
    field = legendre(24, 3)
    there = layer(field.values, basis2d(field.positions, 3), field.quadrature)
    known = interpolate2d(even(found[12], 12, 12), field.positions)
    torch.testing.assert_close(there, known, rtol=0, atol=1e-12)


def legendre(n, channels=1):
    nodes, rule = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(n))
    x = torch.cartesian_prod(*[(nodes + 1) / 2] * 2)[None]
    w = torch.outer(rule, rule).flatten() / 4
    return Field(waves(x, channels=channels), x.expand(2, -1, -1), w.expand(2, -1))


@torch.no_grad()
def test_points_of_the_whole_batch_are_transformed_once_with_the_same_result():
    field, model = even(waves(grid(6, 7)), 6, 7), made()
    own = Field(field.values, field.positions.clone())
    assert len(model.waves(field)) == 1
    assert len(model.waves(own)) == 2
    torch.testing.assert_close(model(field), model(own), rtol=0, atol=1e-13)


@torch.no_grad()
def test_without_positions_a_periodic_model_commutes_with_shifts():
    v = waves(grid(8, 10))
    moved = v.unflatten(1, (8, 10)).roll((3, 7), (1, 2)).flatten(1, 2)
    for positions, holds in ((False, True), (True, False)):
        model = made(positions=positions)
        still = model(even(v, 8, 10))
        out = still.unflatten(1, (8, 10)).roll((3, 7), (1, 2)).flatten(1, 2)
        assert torch.allclose(model(even(moved, 8, 10)), out, rtol=0, atol=1e-12) is holds
        assert still.std() > 0.01


BOUNDARIES = ("periodic", "zero", "free")


@pytest.mark.parametrize("kind", ["galerkin", "fourier", "softmax", "linear"])
@torch.no_grad()
def test_points_permuted_permute_the_outputs(kind):
    x, w = scattered(40)
    values, order = waves(x), torch.randperm(40, generator=torch.Generator().manual_seed(1))
    for boundary in BOUNDARIES:
        model = made(kind=kind, boundary=boundary)
        out = model(Field(values, x, w))
        moved = model(Field(values[:, order], x[:, order], w[:, order]))
        torch.testing.assert_close(moved, out[:, order], rtol=0, atol=1e-12)
        assert out.std() > 1e-3


@pytest.mark.parametrize("boundary", BOUNDARIES)
@torch.no_grad()
def test_a_point_split_in_two_of_half_the_weight_changes_nothing(boundary):
    x, w = scattered(40)
    model, values = made(boundary=boundary), waves(x)
    halved = w.clone()
    halved[:, 0] /= 2
    split = [torch.cat([part, part[:, :1]], 1) for part in (values, x, halved)]
    out = model(Field(values, x, w))
    torch.testing.assert_close(model(Field(*split))[:, :40], out, rtol=0, atol=1e-12)
    even_weights = model(Field(*split[:2]))[:, :40]
    assert (even_weights - out).abs().max() > 1e-4  # the weights count


@torch.no_grad()
def test_padding_changes_nothing():
    x, _ = scattered(40)
    values, mask = waves(x), torch.arange(45).expand(2, -1) < 40
    padded = [torch.cat([part, torch.full_like(part[:, :5], 7.0)], 1) for part in (values, x)]
    for boundary in BOUNDARIES:
        model = made(boundary=boundary)
        out = model(Field(*padded, mask=mask))[:, :40]
        torch.testing.assert_close(out, model(Field(values, x)), rtol=0, atol=1e-12)


@torch.no_grad()
def test_outputs_vanish_on_walls_exactly():
    side = torch.linspace(0, 1, 9, dtype=F64)
    x = torch.cartesian_prod(side, side)[None].expand(2, -1, -1)
    at_wall = ((x == 0) | (x == 1)).any(2)
    for boundary, holds in (("zero", True), ("free", False)):
        out = made(boundary=boundary)(Field(waves(x), x))
        assert bool((out[at_wall] == 0).all()) is holds
        assert (out[~at_wall] != 0).all()


def walled_field(n):
    """A grid with both walls and the trapezoidal rule."""
    side, rule = torch.linspace(0, 1, n + 1, dtype=F64), torch.full((n + 1,), 1 / n, dtype=F64)
    rule[[0, -1]] /= 2
    x = torch.cartesian_prod(side, side)[None].expand(2, -1, -1)
    return Field(waves(x), x, torch.outer(rule, rule).flatten().expand(2, -1))


@pytest.mark.parametrize("boundary", BOUNDARIES)
@torch.no_grad()
def test_a_finer_mesh_changes_a_smooth_output_little(boundary):
    model, extra = made(boundary=boundary), boundary != "periodic"
    outs = {}
    for n in (16, 32, 64):  # from 1024 points on attention is folded
        field = walled_field(n) if extra else even(waves(grid(n, n)), n, n)
        outs[n] = model(field).unflatten(1, (n + extra, n + extra))
    first, second = (
        float((outs[2 * n][:, ::2, ::2] - outs[n]).abs().max() / outs[n].abs().max()) for n in (16, 32)
    )
    assert second < 0.01
    assert first > 3 * second  # second order


@torch.no_grad()
def test_scattered_points_with_weights_are_the_same_function():
    field, model = legendre(32), made()
    known = model(even(waves(grid(64, 64)), 64, 64), query=field.positions)
    unweighted = Field(field.values, field.positions)
    wrong, right = (float((model(f) - known).abs().max() / known.abs().max()) for f in (unweighted, field))
    assert right < 0.02
    assert wrong > 5 * right


@pytest.mark.parametrize("boundary", ["periodic", "zero"])
def test_gradients_of_every_parameter_match_finite_differences(boundary):
    x, w = scattered(30)
    model, field = made(boundary=boundary), Field(waves(x), x, w)
    target = waves(x, seed=1)

    def loss():
        return (model(field) - target).square().mean()

    loss().backward()
    for name, p in model.named_parameters():
        direction = torch.randn(p.shape, dtype=F64, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            ends = [(p.add_(step * direction), loss())[1] for step in (1e-6, -2e-6)]
            p.add_(1e-6 * direction)
        found, known = float((p.grad * direction).sum()), float(ends[0] - ends[1]) / 2e-6
        assert found == pytest.approx(known, rel=1e-4, abs=1e-8), name
        assert p.grad.abs().max() > 1e-9, name


@torch.no_grad()
def test_interpolation_is_exact_for_the_modes_the_grid_holds():
    """On a grid of 7 × 10 points in any order, begun anywhere, another for each sample."""
    order = torch.randperm(70, generator=torch.Generator().manual_seed(0))
    start = torch.tensor([[[0.3, 0.02]], [[-0.1, 0.55]]], dtype=F64)
    x = (grid(7, 10, 2) + start)[:, order]
    query, _ = scattered(50)
    found = interpolate2d(Field(waves(x, 4), x), query)
    torch.testing.assert_close(found, waves(query, 4), rtol=0, atol=1e-12)
    values = torch.randn(2, 70, 1, dtype=F64)
    torch.testing.assert_close(interpolate2d(Field(values, x), x), values, rtol=0, atol=1e-12)


@torch.no_grad()
def test_a_query_is_the_same_function_elsewhere():
    field, model = even(waves(grid(6, 8)), 6, 8), made()
    at = [0, 11, 47]
    torch.testing.assert_close(
        model(field, query=field.positions[:, at]), model(field)[:, at], rtol=0, atol=1e-12
    )


def test_queries_that_have_no_exact_answer_are_refused():
    x, w = scattered(49)
    lattice = even(waves(grid(7, 7)), 7, 7)
    mask = torch.ones(2, 49, dtype=torch.bool)
    for field in (
        Field(waves(x), x, w),
        walled_field(6),
        Field(lattice.values, lattice.positions, mask=mask),
        Field(lattice.values[:, :-1], lattice.positions[:, :-1]),
    ):
        with pytest.raises(ArgumentError, match="query: expected the field on a whole even grid"):
            made()(field, query=x)
    with pytest.raises(ArgumentError, match='boundary "zero" has no exact interpolation'):
        made(boundary="zero")(lattice, query=x)
    with pytest.raises(
        ArgumentError, match=r"query: got the shape \(2, 49, 1\), expected \(batch, points, 2\)"
    ):
        made()(lattice, query=x[..., :1])
    with pytest.raises(ArgumentError, match="query: got a batch of 1, expected 2"):
        made()(lattice, query=x[:1])


def test_bad_points_and_sizes_are_refused_in_one_line():
    x, _ = scattered(25)
    model, values = made(), waves(x)
    with pytest.raises(ArgumentError, match=r"positions: got the shape \(2, 25, 1\), expected .* 2\)"):
        model(Field(values, x[..., :1]))
    with pytest.raises(ArgumentError, match="got 24 points, expected at least 25 for 3 modes each way"):
        model(Field(values[:, 1:], x[:, 1:]))
    assert model(Field(values, x)).isfinite().all()
    with pytest.raises(ArgumentError, match="got 4 values of y, expected at least 5 for 3 modes each way"):
        model(even(waves(grid(20, 4)), 20, 4))
    with pytest.raises(ArgumentError, match=r"got \(\S+, \S+\), point 3 of sample 1, expected 0 to 1"):
        made(boundary="zero")(Field(values, x + 2 * (torch.arange(50) == 28).view(2, 25, 1)))
    with pytest.raises(ArgumentError, match="boundary: got 'zeros', .*zero"):
        GalerkinTransformer2d(boundary="zeros")
    with pytest.raises(ArgumentError, match="modes: got 1, expected a whole number of at least 2"):
        GalerkinTransformer2d(modes=1)


NU, TIME = 0.005, 1.0


def heat_pairs(n, samples, seed):
    """Waves with |kx|, |ky| < 4 and what the heat equation u_t = ν Δu makes of them: exp(−ν |2πk|² t)."""
    draw = torch.Generator().manual_seed(seed)
    k = half_plane(4).double()
    a = torch.randn(samples, 2 * len(k), generator=draw, dtype=F64) / math.sqrt(len(k))
    decay = (-NU * TIME * (2 * math.pi * k).square().sum(1)).exp().repeat(2)
    every = basis2d(grid(n, n), 4)[0, :, 1:]
    return tuple((part @ every.T)[..., None].float() for part in (a, a * decay))


def heat_error(model, n):
    inputs, outputs = heat_pairs(n, 64, seed=1)
    with torch.no_grad():
        found = model(Field(inputs, grid(n, n, 64).float()))
    return float(relative_l2(found, outputs).mean())


def test_the_heat_operator_is_learned_and_holds_on_a_finer_grid():
    torch.manual_seed(0)
    model = GalerkinTransformer2d(width=16, layers=1, heads=2, modes=4, before=1, decoder=1, positions=False)
    untrained = heat_error(model, 12)
    x = grid(12, 12).float()

    def loss(pair):
        inputs, outputs = pair
        return relative_l2(model(Field(inputs, x.expand(len(inputs), -1, -1))), outputs).mean()

    plan = Minibatch(400, batch=16, learning_rate=1e-2, every=100)
    fit(model, loss, heat_pairs(12, 512, seed=0), plan, seed=0, monitor=Monitor())
    errors = heat_error(model, 12), heat_error(model, 24)
    assert untrained > 0.5
    assert max(errors) < 0.02
