"""The flag for inputs unlike those of the training."""

import math

import pytest
import torch

from sciml.operators.data import DataSpec, GaussianField, Heat, generate
from sciml.operators.frames.mean_free import MeanFree
from sciml.operators.input_range import InputRange
from sciml.operators.judge import as_field
from sciml.operators.models.field import Field

F64, CPU = torch.float64, torch.device("cpu")


def inputs(count, seed, n=64, **law):
    return as_field(generate(DataSpec(Heat(), GaussianField(**law)), count, n, seed), F64, CPU)[0]


@pytest.fixture(scope="module")
def known():
    return InputRange().fit(inputs(512, 0))


def test_fresh_draws_are_inside_on_any_grid(known):
    """The largest of 512 inputs times 16 modes, 1.25 times over: a chance of 1e-3 that one of 200 is beyond.

    |c|/σ is a Rayleigh variable, P(> r) = exp(−r²); the largest of 8192 is near √ln 8192 = 3.0, and
    200·16·exp(−(1.25·3.0)²) = 2.5e-3 in expectation before the margin's own luck; these seeds are fixed.
    """
    for n in (64, 256):
        fresh = inputs(200, 1, n)
        assert not known.outside(fresh).any()
        assert known.complaint(fresh) is None


def test_scaled_inputs_are_outside(known):
    fresh = inputs(200, 1)
    assert known.outside(fresh.replaced(10 * fresh.values)).float().mean() > 0.99
    said = known.complaint(fresh.replaced(torch.cat([fresh.values[:5], 10 * fresh.values[5:]])))
    assert "195 of 200 are unlike the training set (first: sample 5)" in said


@pytest.mark.parametrize("k", [1, 8, 20])
def test_one_wave_too_large_is_outside(known, k):
    fresh = inputs(3, 1)
    wave = 5 * (2 * math.pi * k * fresh.positions).cos()
    assert known.outside(fresh.replaced(fresh.values + wave)).all()


def test_a_mode_that_no_training_input_had_is_outside():
    known = InputRange().fit(inputs(100, 0, modes=4))
    fresh = inputs(5, 1, modes=4)
    assert not known.outside(fresh).any()
    for k, size in ((9, 0.05), (25, 0.05)):
        wave = size * fresh.values.std() * (2 * math.pi * k * fresh.positions).cos()
        assert known.outside(fresh.replaced(fresh.values + wave)).all(), k


def test_the_mean_is_looked_at_unless_the_frame_takes_it_away(known):
    fresh = inputs(5, 1)
    moved = fresh.replaced(fresh.values + 100)
    assert known.outside(moved).all()
    frame = MeanFree()
    assert not InputRange().fit(frame.inward(inputs(512, 0))).outside(frame.inward(moved)).any()


def test_the_mean_is_counted_from_that_of_the_training():
    """Inputs on 101325, within one of it: 101000 is outside, 101325 is not."""
    first = inputs(100, 0)
    known = InputRange().fit(first.replaced(first.values + 101325.0))
    fresh = inputs(5, 1)
    assert not known.outside(fresh.replaced(fresh.values + 101325.0)).any()
    assert known.outside(fresh.replaced(fresh.values + 101000.0)).all()


def test_a_range_of_before_knows_no_mean(known):
    state = known.state_dict()
    old = {name: x for name, x in state.items() if name != "centre"} | {"spread": state["spread"][1:]}
    again, fresh = InputRange(), inputs(5, 1)
    again.load_state_dict(old)
    assert not again.outside(fresh.replaced(fresh.values + 100)).any()
    assert again.outside(fresh.replaced(10 * fresh.values)).all()


def test_each_channel_counts():
    first, second = inputs(100, 0), inputs(100, 1)
    both = first.replaced(torch.cat([first.values, 0.01 * second.values], 2))
    known = InputRange(channels=2).fit(both)
    assert not known.outside(both).any()
    swapped = both.replaced(both.values.flip(2))
    assert known.outside(swapped).all()


def test_far_finer_grids_get_a_word(known):
    x = torch.arange(64 * 65, dtype=F64)[None, :, None] / (64 * 65)
    said = known.complaint(Field((2 * math.pi * x).cos(), x))
    assert "4160 points, more than 64 times the 64 trained on" in said
