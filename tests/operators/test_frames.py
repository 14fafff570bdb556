"""Frames: out undoes in, exact operators stay exact in them, and what they take away is a symmetry."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from sciml.errors import ArgumentError
from sciml.operators.data import Antiderivative, Burgers, DataSpec, Heat, Poisson, generate
from sciml.operators.frames.continued import Even, Odd
from sciml.operators.frames.frame import Framed, Plain
from sciml.operators.frames.galilean import Galilean
from sciml.operators.frames.grid import mirrored, shifted
from sciml.operators.frames.mean_free import MeanFree
from sciml.operators.judge import as_field
from sciml.operators.models.field import Field

F64 = torch.float64
CASES = {
    "burgers": (Galilean(0.7), Burgers(nu=0.05, time=0.7)),
    "heat": (MeanFree(), Heat()),
    "antiderivative": (MeanFree(0.0, 1.0, 1.0), Antiderivative()),
    "antiderivative-tied": (MeanFree(0.0, 1.0), Antiderivative()),
    "poisson": (Odd(), Poisson()),
    "any": (Even(), Poisson()),
    "plain": (Plain(), Heat()),
}


def sample(operator, n=65, count=6):
    data = generate(DataSpec(operator), count, n, seed=3)
    return as_field(data, F64, torch.device("cpu"))


class Known(nn.Module):
    """The exact operator in a frame, for one batch: what an operator that learned it would return."""

    def __init__(self, inside):
        super().__init__()
        self.inside = inside

    def forward(self, field):
        return self.inside


@pytest.mark.parametrize("name", CASES)
def test_out_undoes_in(name):
    frame, operator = CASES[name]
    field, outputs = sample(operator)
    inner = frame.inward(field)
    framed = Framed(Known(frame.inward_output(outputs, field)), frame)
    torch.testing.assert_close(framed(field), outputs, rtol=0, atol=1e-12)
    query = field.positions[:, 5:20]
    torch.testing.assert_close(framed(field, query), outputs[:, 5:20], rtol=0, atol=1e-11)
    assert inner.values.shape[1] == (128 if frame.ends else 65)


def test_burgers_seen_from_its_mean_is_the_same_equation():
    """The frame's target is the exact operator of the frame's input, by a computation of its own."""
    frame, operator = CASES["burgers"]
    spec = DataSpec(operator)
    whole = spec.law.block(0, 3).first(6).band(32)
    field, outputs = sample(operator)
    still = whole.plus(-whole.mean)
    known = torch.from_numpy(operator.on_grid(still, 65))[..., None]
    assert frame.inward(field).values.mean(1).abs().max() < 1e-14
    torch.testing.assert_close(frame.inward_output(outputs, field), known, rtol=0, atol=2e-6)
    wrong = Galilean(-0.7).inward_output(outputs, field)
    assert (wrong - known).abs().max() > 0.01


def test_in_the_antiderivatives_frame_targets_commute_with_shifts():
    frame, operator = CASES["antiderivative"]
    field, outputs = sample(operator, 64)
    still = frame.inward_output(outputs, field)
    turned = field.replaced(field.values.roll(9, 1))
    modes = np.fft.rfft(turned.values[..., 0].numpy(), axis=1)
    k = 2 * np.pi * np.arange(33)
    k[0] = 1.0
    moved = np.fft.irfft(np.where(np.arange(33) > 0, modes / (1j * k), 0), 64, axis=1)
    ours = still.roll(9, 1)[..., 0]
    torch.testing.assert_close(ours, torch.from_numpy(moved), rtol=0, atol=1e-4)  # modes above the grid's
    assert (frame.outward(still, field).roll(9, 1)[..., 0] - ours).abs().max() > 0.01
    assert still.mean(1).abs().max() < 1e-14


def test_anchored_outputs_vanish_at_zero_whatever_the_network_says():
    field, _ = sample(Antiderivative())
    framed = Framed(Known(torch.randn(6, 65, 1, dtype=F64)), MeanFree(0.0, 1.0, 1.0))
    assert framed(field)[:, 0].abs().max() == 0
    zero = torch.zeros(6, 1, 1, dtype=F64)
    assert framed(field, zero).abs().max() < 1e-12


def test_shifts_by_a_fraction_of_a_spacing():
    x = torch.arange(33, dtype=F64) / 33
    field = Field((2 * math.pi * 4 * x).sin()[None, :, None], x[None, :, None])
    moved = shifted(field.values, field, torch.full((1, 1, 1), 0.371, dtype=F64))
    expected = (2 * math.pi * 4 * (x - 0.371)).sin()[None, :, None]
    torch.testing.assert_close(moved, expected, rtol=0, atol=1e-13)


def test_the_mirror_image_is_minus_u_of_minus_x():
    x = torch.arange(20, dtype=F64) / 20

    def u(t):
        return (2 * math.pi * t).sin() + 0.4 * (4 * math.pi * t).cos()

    expected = -u(-x)[None, :, None]
    torch.testing.assert_close(mirrored(u(x)[None, :, None]), expected, rtol=0, atol=1e-14)


def test_reflected_predictions_commute_with_reflection():
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 1)).double()

    class Net(nn.Module):
        def forward(self, field):
            return network(field.values)

    field, _ = sample(Heat(), 64)
    framed = Framed(Net(), Plain(), reflect=True)
    turned = field.replaced(mirrored(field.values))
    torch.testing.assert_close(framed(turned), mirrored(framed(field)), rtol=0, atol=1e-13)
    bare = Framed(Net(), Plain())
    assert (bare(turned) - mirrored(bare(field))).abs().max() > 1e-3


@pytest.mark.parametrize(("frame", "sign"), [(Odd(), -1), (Even(), 1)])
def test_continued_functions_are_odd_or_even_about_both_ends(frame, sign):
    field, _ = sample(Poisson())
    values = frame.inward(field).values
    torch.testing.assert_close(values, sign * values.flip(1).roll(1, 1), rtol=0, atol=1e-13)
    torch.testing.assert_close(values[:, :65], field.values)


@pytest.mark.parametrize("frame", [Galilean(), Odd(), Even()])
def test_uneven_points_are_refused(frame):
    x = torch.linspace(0, 0.9, 10, dtype=F64).square()[None, :, None]
    call = frame.inward if frame.ends else lambda field: frame.outward(field.values, field)
    with pytest.raises(ArgumentError, match=r"expected an even grid of spacing 1/\d+; resample"):
        call(Field(x, x))
