"""Ridge regression recovers linear operators; with a kernel it knows shifts and reflections."""

import numpy as np
import pytest
import torch

from sciml.errors import ArgumentError
from sciml.operators import Field, KernelRidge, Ridge
from sciml.operators.data import Antiderivative, Burgers, DataSpec, GaussianField, Heat, Poisson, generate
from sciml.operators.frames.galilean import Galilean
from sciml.operators.frames.grid import mirrored
from sciml.operators.judge import as_field
from sciml.operators.losses import relative_l2
from sciml.operators.models import kernel_ridge
from sciml.operators.models.ridge import complex_modes, from_complex

F64, CPU = torch.float64, torch.device("cpu")


def pairs(operator, count, n=64, seed=1, **field):
    law = GaussianField(boundary=operator.boundary, **field)
    return as_field(generate(DataSpec(operator, law), count, n, seed), F64, CPU)


def waves(n=48, count=40, modes=5, seed=0, channels=1):
    generator = torch.Generator().manual_seed(seed)
    x = torch.arange(n, dtype=F64) / n
    draws = [
        torch.complex(*torch.randn(2, count, modes + 1, generator=generator, dtype=F64))
        for _ in range(channels)
    ]
    places = x[None, :, None].expand(count, n, 1)
    return Field(torch.cat([from_complex(draw, places) for draw in draws], 2), places)


@pytest.mark.parametrize("operator", [Heat(), Antiderivative(from_zero=False)])
def test_ridge_recovers_a_linear_operator(operator):
    ridge = Ridge(16).fit(*pairs(operator, 200, modes=16))
    field, outputs = pairs(operator, 50, seed=2, modes=16)
    assert relative_l2(ridge(field), outputs).max() < 1e-9
    finer, known = pairs(operator, 50, 256, seed=2, modes=16)
    assert relative_l2(ridge(finer), known).max() < 1e-9


def test_ridge_with_several_channels():
    field, other = waves(channels=2), waves(seed=1, channels=2)

    def mixed(f):
        return torch.cat([f.values.roll(3, 1).sum(2, keepdim=True), f.values - f.values.mean(1, True)], 2)

    ridge = Ridge(5, 2, 3).fit(field, mixed(field))
    assert relative_l2(ridge(other), mixed(other)).max() < 1e-9


def test_rounding_in_modes_that_are_absent_is_not_learned_from():
    """Fewer samples than modes on the grid, all but five of which hold rounding alone."""
    field, other = waves(count=30), waves(seed=1)
    ridge = Ridge(20).fit(field, field.values.roll(5, 1))
    assert relative_l2(ridge(other), other.values.roll(5, 1)).max() < 1e-10


def test_ridge_does_not_recover_what_is_not_linear():
    field, other = waves(count=200, modes=3), waves(seed=1, modes=3)
    ridge = Ridge(8).fit(field, field.values.square())
    assert relative_l2(ridge(other), other.values.square()).mean() > 0.2


def test_modes_and_functions_are_inverse():
    field = waves()
    modes = complex_modes(field, 5)
    fft = np.fft.rfft(field.values[..., 0].numpy(), axis=1)[:, :6] / 48
    np.testing.assert_allclose(modes.numpy(), fft, atol=1e-14)
    back = from_complex(modes, field.positions)
    torch.testing.assert_close(back, field.values, rtol=0, atol=1e-13)


def burgers(count, seed, n=64):
    """Return Burgers pairs in the frame of the mean."""
    frame = Galilean()
    field, outputs = pairs(Burgers(nu=0.1), count, n, seed)
    return frame.inward(field), frame.inward_output(outputs, field)


@pytest.fixture(scope="module")
def regression():
    return KernelRidge(256, output_modes=8).fit(*burgers(256, 1))


def test_kernel_ridge_learns_burgers(regression):
    field, outputs = burgers(64, 2)
    assert relative_l2(regression(field), outputs).mean() < 1e-3
    linear = Ridge(8).fit(*burgers(256, 1))
    assert relative_l2(linear(field), outputs).mean() > 0.05


def test_kernel_ridge_commutes_with_shifts_and_reflections(regression):
    field, _ = burgers(10, 2)
    out = regression(field)
    for changed in (lambda v: v.roll(2 * 3, 1), mirrored):
        turned = regression(field.replaced(changed(field.values)))
        torch.testing.assert_close(turned, changed(out), rtol=0, atol=1e-10)
    assert regression.shifts == 32  # so that shifts by whole 64ths are exact where these are even
    plain = KernelRidge(256, output_modes=8, reflect=False).fit(*burgers(256, 1))
    turned = plain(field.replaced(mirrored(field.values)))
    assert (turned - mirrored(plain(field))).abs().max() > 1e-9


def test_kernel_ridge_equals_the_regression_on_all_shifts_and_reflections(monkeypatch):
    """Against a dense regression on every shift and reflection of every sample."""
    monkeypatch.setattr(kernel_ridge, "SCALES", (3.0,))
    monkeypatch.setattr(kernel_ridge, "PENALTIES", (1e-3,))
    field, outputs = burgers(12, 1)
    ours = KernelRidge(12, modes=2, output_modes=2, degree=3).fit(field, outputs)
    a, c = complex_modes(field, 2), complex_modes(field.replaced(outputs), 2)
    S = ours.shifts
    turn = torch.exp(-2j * torch.pi * torch.outer(torch.arange(S), torch.arange(3)) / S).to(a)
    known = torch.cat([(x[None] * turn[:, None]).flatten(0, 1) for x in (a, -a.conj())])
    target = torch.cat([(x[None] * turn[:, None]).flatten(0, 1) for x in (c, -c.conj())])

    def kernel(x, y):
        return (1 + (x @ y.conj().T).real / ours.length) ** 3

    fresh = complex_modes(burgers(5, 9)[0], 2)
    found = ours.predict(fresh)
    for m in range(3):
        diagonal = ours._kernels(a)[0][m].real.diagonal().mean()
        K = kernel(known, known) + S * 1e-3 * diagonal * torch.eye(len(known), dtype=F64)
        dense = kernel(fresh, known).to(a) @ torch.linalg.solve(K.to(a), target[:, m])
        torch.testing.assert_close(found[:, m], dense, rtol=0, atol=1e-9)


def test_a_singular_kernel_is_still_solved():
    field, outputs = burgers(40, 1)
    same = Field(field.values[:1].repeat(40, 1, 1), field.positions)
    found = KernelRidge(40, output_modes=4).fit(same, outputs[:1].repeat(40, 1, 1))
    assert relative_l2(found(same), outputs[:1].repeat(40, 1, 1)).max() < 1e-2


def test_zero_inputs_and_too_few_points():
    zero = Field(torch.zeros(30, 33, 1, dtype=F64), waves(33, 30).positions)
    for model in (Ridge(4), KernelRidge(30, modes=4, output_modes=4)):
        assert model.fit(zero, zero.values)(zero).abs().max() == 0
        with pytest.raises(ArgumentError, match=r"got 7 points, expected at least 9 for 5 modes"):
            model.fit(waves(7), waves(7).values)


def test_poisson_in_sines_is_linear_too():
    from sciml.operators.frames.continued import Odd

    frame = Odd()
    field, outputs = pairs(Poisson(), 100, 65, modes=8)
    ridge = Ridge(8).fit(frame.inward(field), frame.inward_output(outputs, field))
    fresh, known = pairs(Poisson(), 20, 65, seed=5, modes=8)
    found = frame.outward(ridge(frame.inward(fresh)), fresh)
    assert relative_l2(found, known).max() < 1e-9
