"""Data sets by seed: the same bits however they are made, no aliasing, and an honest error."""

import numpy as np
import pytest
from joblib import parallel_config

from sciml.errors import ArgumentError, ArgumentTypeError
from sciml.operators.data import (
    Advection,
    Antiderivative,
    Burgers,
    DataSpec,
    GaussianField,
    Heat,
    Poisson,
    generate,
    generation_seconds,
    reference_seconds,
    time_step_seconds,
)
from sciml.operators.data.generate import TASK
from sciml.operators.data.random_field import BLOCK

THIRTY_DIGITS = {  # of u(1), sample 1 of seed 0
    0.01: ("-1.0161390813289795408378452032", "-0.635779494963545374803279124152"),
    0.001: ("-1.05911184295507959877483711491", "-0.618204332886934050062155908017"),
}
SMOOTH = GaussianField(modes=24)
OPERATORS = [Burgers(), Burgers(0.01), Burgers(0.001), Heat(), Advection(), Antiderivative(), Poisson()]


def same(one, other):
    np.testing.assert_array_equal(one.inputs, other.inputs)
    np.testing.assert_array_equal(one.outputs, other.outputs)


@pytest.mark.parametrize("operator", OPERATORS)
def test_a_sample_depends_on_seed_and_number_alone(operator):
    spec = DataSpec(operator, GaussianField(modes=24, boundary=operator.boundary))
    data = generate(spec, 40, 64, seed=7)
    finer = generate(spec, 2, 128 if operator.boundary == "periodic" else 127, seed=7)
    assert np.abs(data.inputs[:2] - finer.inputs[:, ::2]).max() < 1e-13
    assert np.abs(data.outputs[:2] - finer.outputs[:, ::2]).max() < 1e-13
    same(data.take(slice(35)), generate(spec, 35, 64, seed=7))
    assert np.abs(data.inputs - generate(spec, 40, 64, seed=8).inputs).max() > 0.1


def test_workers_give_the_same_bits():
    spec, count = DataSpec(Burgers(0.02, form="kernel"), GaussianField(modes=3)), TASK * BLOCK + 5
    serial = generate(spec, count, 16, seed=1)
    same(serial, generate(spec, count, 16, seed=1, jobs=2))
    with parallel_config(backend="threading", n_jobs=2):
        same(serial, generate(spec, count, 16, seed=1, jobs=None))


def test_inputs_keep_the_modes_that_the_grid_holds():
    """The spectrum of the sampled input is the function's own: nothing is folded onto it."""
    spec = DataSpec(Burgers())
    data = generate(spec, 3, 64)
    own = spec.law.coefficients(3, 0).coefficients[:, :32] / 2
    seen = np.fft.rfft(data.inputs[..., 0], axis=1, norm="forward")
    np.testing.assert_allclose(seen[:, 1:32], own[:, 1:], atol=1e-15)
    assert np.abs(seen[:, 32]).max() < 1e-15
    assert data.metadata["input_modes"] == 31
    folded = np.fft.rfft(spec.law.coefficients(3, 0).on_grid(64), axis=1, norm="forward")
    assert np.abs(folded[:, 1:32] - own[:, 1:]).max() > 1e-5  # what is avoided
    whole = generate(spec, 3, 1024)
    np.testing.assert_allclose(data.outputs, whole.outputs[:, ::16], atol=1e-13)


def test_the_outputs_are_those_of_the_inputs():
    data = generate(DataSpec(Antiderivative(), SMOOTH), 4, 64)
    slope = np.gradient(data.outputs[..., 0], data.positions[:, 0], axis=1)[:, 1:-1]
    assert np.abs(slope - data.inputs[:, 1:-1, 0]).max() < 0.05 * np.abs(data.inputs).max()
    data = generate(DataSpec(Poisson()), 4, 65)
    assert np.abs(data.outputs[:, [0, -1]]).max() < 1e-13


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_metadata_say_where_the_data_come_from(operator):
    metadata = generate(DataSpec(operator), 2, 64, seed=3).metadata
    assert 0 < metadata["relative_l2_error"] < 1e-13
    assert (metadata["operator"], metadata["seed"], metadata["points"]) == (operator.name, 3, 64)
    assert metadata["field"]["sigma"] == 25.0
    assert metadata["parameters"] == {name: getattr(operator, name) for name in metadata["parameters"]}


def test_what_the_inputs_lack_is_measured():
    """31 of 511 modes: outputs of the cut inputs differ by what is said; at 1024 points nothing is cut."""
    spec = DataSpec(Burgers(nu=0.01))
    data = generate(spec, 8, 64)
    cut = spec.operator.on_grid(spec.law.block(0, 0).first(8).band(31), 64)
    off = np.linalg.norm(cut - data.outputs[..., 0], axis=1) / np.linalg.norm(data.outputs[..., 0], axis=1)
    assert data.metadata["input_cut_error"] == pytest.approx(off.max(), rel=1e-6)
    assert 1e-8 < data.metadata["input_cut_error"] < 1e-6
    assert generate(spec, 8, 1024).metadata["input_cut_error"] == 0.0


@pytest.mark.parametrize(("nu", "claim"), [(0.01, 2e-14), (0.001, 2e-14)])
def test_the_error_claimed_of_burgers_holds_against_thirty_digits(nu, claim):
    """Cole and Hopf's sums of 2048 nodes in 34 digits, made once, of sample 1 at x = 1/4 and 3/4."""
    spec = DataSpec(Burgers(nu=nu))
    assert spec.operator.error(spec.law.block(0, 0)) < claim
    ours = spec.operator.on_grid(spec.law.block(0, 0).first(2), 64)[1, [16, 48]]
    known = np.array([float(digits) for digits in THIRTY_DIGITS[nu]])
    assert np.abs(ours - known).max() < claim * np.abs(known).max()


def test_classical_times_are_measured():
    spec = DataSpec(Burgers(), SMOOTH)
    assert 0 < reference_seconds(spec, 64, repeats=1) < 1
    assert 0 < generation_seconds(spec, 64, repeats=1) < 1
    assert 0 < time_step_seconds(spec, 64, steps=2, repeats=1) < 1
    with pytest.raises(ArgumentTypeError, match="Burgers"):
        time_step_seconds(DataSpec(Heat()), 64, steps=2)


def test_bad_arguments_are_named():
    spec = DataSpec(Burgers(), SMOOTH)
    with pytest.raises(ArgumentError, match="boundary 'periodic', the poisson operator needs 'zero'"):
        DataSpec(Poisson(), SMOOTH)
    for arguments, words in [((0, 64), "count: got 0"), ((2, 2), "n: got 2"), ((2, 64, -1), "seed: got -1")]:
        with pytest.raises(ArgumentError, match=words):
            generate(spec, *arguments)
    with pytest.raises(ArgumentTypeError, match="count: got 2.0"):
        generate(spec, 2.0, 64)
    with pytest.raises(ArgumentError, match="jobs: got 0"):
        generate(spec, 2, 64, jobs=0)
