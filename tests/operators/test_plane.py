"""Functions of a plane: waves, regressions, networks, losses, symmetries, ranges, whatever the grid."""

import math

import numpy as np
import pytest
import torch

from sciml.errors import ArgumentError
from sciml.operators import Field
from sciml.operators.plane.grid import BOUNDARIES, PlaneGrid, axis_basis, axis_waves, even_grid
from sciml.operators.plane.input_range import PlaneRange
from sciml.operators.plane.losses import PlaneH1
from sciml.operators.plane.ridge import PlaneRidge
from sciml.operators.plane.spectral import PlaneNetwork, PlaneSpectralLayer, along
from sciml.operators.plane.symmetries import PlaneRows, turned, turned_back

F64 = torch.float64


def field(values, grid):
    return Field(values, grid.points.expand(len(values), -1, -1))


def smooth(grid, boundary, samples=40, cutoff=3, seed=0, channels=1):
    """Random sums of products of a few functions along each axis, the same on every grid."""
    draw = torch.Generator().manual_seed(seed)
    modes = torch.randn(samples, cutoff, cutoff, channels, generator=draw, dtype=F64)
    basis = tuple(axis_basis(x, cutoff, boundary).T for x in (grid.x, grid.y))
    return along(modes, basis).flatten(1, 2)


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("n", [8, 9])
def test_functions_along_an_axis_are_orthonormal_under_the_rule(boundary, n):
    grid = even_grid(n, n, boundary == "periodic")
    modes = n - 2 if boundary == "zero" else n - 1
    basis = axis_basis(grid.x, modes, boundary)
    torch.testing.assert_close((basis * grid.weights[0]) @ basis.T, torch.eye(modes, dtype=F64))
    assert boundary != "zero" or basis[:, [0, -1]].abs().max() < 1e-12


def test_a_grid_is_found_in_its_points_and_others_are_refused():
    grid = even_grid(5, 4, periodic=False)
    assert PlaneGrid.of(field(torch.zeros(2, 20, 1, dtype=F64), grid), False).shape == (5, 4)
    mixed = Field(torch.zeros(1, 20, 1), grid.points[torch.randperm(20)][None])
    with pytest.raises(ArgumentError, match="expected an n × m grid of a plane"):
        PlaneGrid.of(mixed, False)
    with pytest.raises(ArgumentError, match=r"expected \(batch, points, 2\)"):
        PlaneGrid.of(Field(torch.zeros(1, 20, 1), torch.zeros(1, 20, 1)), False)


def test_a_spectral_layer_is_a_convolution():
    """One mode in, the same mode out, turned and sized by its matrix; shifts commute with it."""
    torch.manual_seed(0)
    K, grid = 3, even_grid(12, 10, periodic=True)
    layer = PlaneSpectralLayer(2, K, activate=False).double()
    torch.nn.init.zeros_(layer.pointwise.weight), torch.nn.init.zeros_(layer.pointwise.bias)
    waves = axis_waves(grid.x, K, 1.0), axis_waves(grid.y, K, 1.0)
    weighted = tuple(wave * w for wave, w in zip(waves, grid.weights, strict=True))
    for sign in (1, -1):
        angle = 2 * math.pi * (sign * 2 * grid.x[:, None] + grid.y)
        v = torch.stack([angle.cos(), 0.5 * angle.sin()], -1)[None]
        matrix = torch.complex(*layer.matrices)[(0 if sign > 0 else K * K) + 2 * K + 1]
        amplitude = torch.tensor([0.5, -0.25j], dtype=torch.complex128) @ matrix  # of e^{ik·x}, half
        known = (amplitude * torch.polar(torch.ones_like(angle), angle)[..., None]).real
        torch.testing.assert_close(layer(v, waves, weighted)[0], known, atol=1e-12, rtol=0)
    v = torch.randn(1, 12, 10, 2, dtype=F64)
    moved = layer(v.roll((3, 4), (1, 2)), waves, weighted)
    torch.testing.assert_close(moved, layer(v, waves, weighted).roll((3, 4), (1, 2)))


@pytest.mark.parametrize("boundary", BOUNDARIES)
@pytest.mark.parametrize("heads", [0, 2])
def test_a_network_is_one_function_on_every_grid_and_vanishes_at_walls_where_told(boundary, heads):
    torch.manual_seed(1)
    sizes = {"width": 8, "modes": 3, "layers": 1, "heads": heads}
    network = PlaneNetwork(boundary=boundary, **sizes).double().eval()
    periodic = boundary == "periodic"
    fine, coarse = (even_grid(n, n, periodic) for n in ((64, 32) if periodic else (129, 65)))
    on_fine, on_coarse = (network(field(smooth(g, boundary), g)) for g in (fine, coarse))
    restricted = on_fine.unflatten(1, fine.shape)[:, ::2, ::2].flatten(1, 2)
    tolerance = 1e-2 if periodic else 3e-2
    assert (restricted - on_coarse).norm() < tolerance * on_coarse.norm()
    edge = on_coarse.unflatten(1, coarse.shape)[:, 0]
    assert bool(edge.abs().max() < 1e-12) is (boundary == "zero")
    with pytest.raises(ArgumentError, match="got 4 values of x, expected at least 5 for 3 modes"):
        network(field(torch.zeros(1, 24, 1, dtype=F64), even_grid(4, 6, periodic)))


@pytest.mark.parametrize("boundary", BOUNDARIES)
def test_ridge_regression_finds_affine_maps_exactly_on_every_grid(boundary):
    """u → 2u moved by a third of the modes, plus a function: to rounding, of fresh inputs on a finer grid."""
    periodic = boundary == "periodic"
    coarse, fine = even_grid(9, 8, periodic), even_grid(17, 15, periodic)

    def image(u):
        return 2 * u + shift

    u = smooth(coarse, boundary)
    shift = smooth(coarse, boundary, samples=1, seed=7)
    model = PlaneRidge(len(u), 6, boundary=boundary).fit(field(u, coarse), image(u))
    fresh, shift = smooth(fine, boundary, seed=3), smooth(fine, boundary, samples=1, seed=7)
    found = model(field(fresh, fine))
    free_of_sines = 1e-10 if boundary != "zero" else 0.2  # cosines see sines but to the order of the rule
    assert (found - image(fresh)).norm() < free_of_sines * image(fresh).norm()


def test_a_gaussian_kernel_is_chosen_where_the_map_is_not_linear():
    grid = even_grid(9, 9, False)
    u = smooth(grid, "free", samples=200, cutoff=2)
    model = PlaneRidge(150, 6).fit(field(u[:150], grid), u[:150].square())
    found, known = model(field(u[150:], grid)), u[150:].square()
    assert float(model.length) > 0
    assert (found - known).norm() < 0.15 * known.norm()


@pytest.mark.parametrize("periodic", [True, False])
def test_the_loss_is_the_norm_with_slopes(periodic):
    n = 200
    grid = even_grid(n, n + 1, periodic)
    u = (2 * math.pi * grid.points[:, 0]).cos()[None, :, None]
    loss = PlaneH1(grid, gamma=0.1)
    known = 0.5 * (1 + 0.1 * (2 * math.pi) ** 2)
    assert float(loss.squared(u)) == pytest.approx(known, rel=6e-3)
    assert float(loss(1.01 * u, u)) == pytest.approx(0.01, rel=1e-6)


def test_the_symmetries_of_the_square_are_eight_and_are_undone():
    v = torch.randn(2, 5, 5, 1)
    each = [turned(v, number) for number in range(8)]
    assert len({x.numpy().tobytes() for x in each}) == 8
    for number, x in enumerate(each):
        assert torch.equal(turned_back(x, number), v)
    pair = torch.arange(32.0).reshape(2, 16, 1)
    rows = PlaneRows((pair, pair + 1), 2, (4, 4), shift=True, turn=True)
    a, b = rows.batch(3, 0)
    assert torch.equal(a + 1, b)
    assert torch.equal(rows.batch(3, 0)[0], a)
    assert not torch.equal(rows.batch(4, 0)[0], a)
    assert sorted(a.flatten().tolist()) == list(range(32))


def test_the_range_knows_means_modes_and_detail():
    grid, other = even_grid(17, 17, False), even_grid(33, 33, False)
    known = PlaneRange().fit(field(smooth(grid, "free", samples=100), grid))
    fresh = smooth(other, "free", samples=20, seed=5)
    assert int(known.outside(field(fresh, other)).sum()) <= 2
    assert known.outside(field(fresh + 20, other)).all()
    ripple = (10 * math.pi * other.points[:, :1]).cos()
    assert known.outside(field(fresh + ripple, other)).all()
    assert np.isfinite(known.spread.numpy()).all()


def test_on_a_torus_no_shift_is_unlike_the_training():
    grid = even_grid(16, 14, True)
    u = smooth(grid, "periodic", samples=100)
    known = PlaneRange(periodic=True).fit(field(u, grid))
    moved = u.unflatten(1, grid.shape).roll((5, 3), (1, 2)).flatten(1, 2)
    assert not known.outside(field(moved, grid)).any()
    assert known.outside(field(3 * moved, grid)).sum() > 50
