"""Packing, scalars and method names."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sciml.errors import ArgumentError
from sciml.numerics.networks import MLP
from sciml.optim import LBFGS, Adam, LevenbergMarquardt, SelfScaledBFGS, SelfScaledBroyden
from sciml.pinn import Scalar
from sciml.pinn.methods import solver
from sciml.pinn.packing import assign, pack, sizes, unpack
from sciml.pinn.scalars import raw_values, scalar_values, trainable_count

repeatable = settings(deadline=None, derandomize=True)

F64 = torch.float64
SCALARS = {
    "p": Scalar(-3.0, positive=True),
    "h": Scalar(2.0, trainable=False),
    "s": Scalar(1.0, scale=4.0),
}


@repeatable
@given(st.lists(st.integers(1, 5), min_size=2, max_size=4), st.integers(0, 3), st.integers(0, 1000))
def test_packing_round_trip(widths, scalars, seed):
    inputs, *hidden, outputs = widths
    generator = torch.Generator().manual_seed(seed)
    network = MLP(inputs, hidden, outputs, generator=generator)
    other = MLP(inputs, hidden, outputs, generator=generator)
    raw = torch.randn(scalars, generator=generator, dtype=F64)
    theta = pack(network, raw)
    assert len(theta) == sum(sizes(widths)) + scalars
    layers, found = unpack(theta, network.widths)
    assign(other, layers)
    assert torch.equal(found, raw)
    assert torch.equal(pack(other, raw), theta)
    assert theta.data_ptr() == layers[0][0].data_ptr()


@repeatable
@given(st.floats(-3, 3), st.floats(-3, 3))
def test_scalars_and_their_inverse(first, second):
    values = scalar_values(SCALARS, torch.tensor([first, second], dtype=F64))
    assert values["h"] == 2.0
    assert values["p"] < 0
    assert raw_values(SCALARS, {name: float(v) for name, v in values.items()}) == pytest.approx(
        [first, second], abs=1e-12
    )


def test_raw_zero_is_the_guess():
    assert trainable_count(SCALARS) == 2
    found = scalar_values(SCALARS, torch.zeros(2, dtype=F64))
    assert {name: float(value) for name, value in found.items()} == {"p": -3.0, "h": 2.0, "s": 1.0}
    assert raw_values(SCALARS, {}) == [0.0, 0.0]


def test_methods_by_name():
    kinds = {
        "lm": LevenbergMarquardt,
        "broyden": SelfScaledBroyden,
        "bfgs": SelfScaledBFGS,
        "lbfgs": LBFGS,
        "adam": Adam,
    }
    assert {name: type(solver(name)) for name in kinds} == kinds
    assert solver("lm", atol=1e-3).atol == 1e-3
    with pytest.raises(ArgumentError, match="did you mean 'lbfgs'"):
        solver("lbgfs")
