"""Spectral layers against NumPy's FFT, and independent of the mesh."""

import math

import numpy as np
import pytest
import torch

from sciml.errors import ArgumentError
from sciml.operators.models.spectral import SpectralConvolution, basis, check_grid, interpolate

F64 = torch.float64


def even(n):
    return (torch.arange(n, dtype=F64) / n)[None, :, None]


def weights(n, batch=1):
    return torch.full((batch, n), 1 / n, dtype=F64)


@pytest.mark.parametrize("n", [9, 10, 64])
def test_waves_are_orthonormal_on_even_grids(n):
    waves = basis(even(n), 5)[0]
    torch.testing.assert_close(waves.T @ waves / n, torch.eye(9, dtype=F64), rtol=0, atol=1e-14)


def convolution(channels=3, modes=4):
    torch.manual_seed(0)
    return SpectralConvolution(channels, modes).double()


def test_the_convolution_multiplies_each_mode_by_a_matrix():
    layer, n = convolution(), 32
    v = torch.randn(2, n, 3, dtype=F64)
    found = layer(v, basis(even(n), 4), weights(n, 2)).detach().numpy()
    modes = np.fft.fft(v.numpy(), axis=1)
    R = layer.even.detach().numpy().astype(complex)
    R[1:] -= 1j * layer.odd.detach().numpy()
    out = np.zeros_like(modes)
    for k in range(4):
        out[:, k] = modes[:, k] @ R[k]
        out[:, -k if k else 0] = np.conj(out[:, k])
    np.testing.assert_allclose(found, np.fft.ifft(out, axis=1).real, atol=1e-13)


def test_the_convolution_does_not_depend_on_the_mesh():
    layer, found = convolution(), {}
    angle = 2 * math.pi
    for n in (16, 48):
        x = even(n)
        v = torch.cat([(angle * x).cos(), (2 * angle * x).sin() + 0.3, (3 * angle * x).cos()], 2)
        found[n] = layer(v, basis(x, 4), weights(n))
    torch.testing.assert_close(found[48][:, ::3], found[16], rtol=0, atol=1e-14)
    nodes, rule = (torch.from_numpy(part) for part in np.polynomial.legendre.leggauss(40))
    x = ((nodes + 1) / 2)[None, :, None]
    v = torch.cat([(angle * x).cos(), (2 * angle * x).sin() + 0.3, (3 * angle * x).cos()], 2)
    scattered = layer(v, basis(x, 4), (rule / 2)[None])
    known = interpolate(found[48], even(48), weights(48), x)
    torch.testing.assert_close(scattered, known, rtol=0, atol=1e-12)


def test_the_convolution_commutes_with_every_shift():
    layer, v = convolution(), torch.randn(1, 24, 3, dtype=F64)
    x, w = even(24), weights(24)
    out = layer(v, basis(x, 4), w)
    moved = interpolate(layer(v, basis(x, 4), w), x, w, x - 0.123)
    shifted = interpolate(v, x, w, x - 0.123)
    torch.testing.assert_close(layer(shifted, basis(x, 4), w), moved, rtol=0, atol=1e-13)
    assert (out - moved).abs().max() > 0.01


def test_interpolation_is_exact_for_the_modes_the_grid_holds():
    x, query = even(13), torch.rand(1, 50, 1, dtype=F64)

    def wave(t):
        return 0.4 + (2 * math.pi * 6 * t).cos() - 2 * (2 * math.pi * 5 * t + 1).sin()

    found = interpolate(wave(x), x, weights(13), query)
    torch.testing.assert_close(found, wave(query), rtol=0, atol=1e-13)


def test_too_few_points_are_refused():
    check_grid(9, 5)
    with pytest.raises(ArgumentError, match="got 8 points, expected at least 9 for 5 modes"):
        check_grid(8, 5)
    with pytest.raises(ArgumentError, match="modes: got 1, expected a whole number of at least 2"):
        SpectralConvolution(3, 1)
