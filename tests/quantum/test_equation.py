"""A well's natural units come from V alone; numbers it cannot be solved in are refused."""

import numpy as np
import pytest
import torch

from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.errors import ArgumentError
from sciml.quantum import QuantumWell


def dip(x):
    return -50.0 / np.cosh(np.clip((x - 0.0952) / 1e-3, -300, 300)) ** 2


def test_the_floor_is_that_of_a_dip_between_all_quadrature_points() -> None:
    well = QuantumWell(dip, domain=(-1, 1))
    assert dip(well.interval.quadrature(64).points).min() > -1e-6
    assert well.scales.floor == pytest.approx(-50.0, rel=0.1)


def test_a_state_belongs_to_the_box_above_v_at_its_ends() -> None:
    assert QuantumWell(lambda x: x**2, domain=(-2, 3)).open_level == pytest.approx(4.0, rel=1e-6)
    assert QuantumWell(lambda x: 0 * x, domain=(-2, 3)).open_level is None


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(dtype=torch.float32), "dtype: got torch.float32, expected float64"),
        (Settings(device="cuda"), "device: got 'cuda', expected 'cpu'"),
    ],
)
def test_single_precision_and_a_gpu_are_refused(settings: Settings, words: str) -> None:
    with pytest.raises(ArgumentError, match=words):
        QuantumWell(lambda x: 0 * x, domain=(0, 1)).run(settings, Monitor())
