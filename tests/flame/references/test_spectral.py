"""The fast solver of the inverse problem against the slow ones."""

from dataclasses import replace

import numpy as np
import pytest

from sciml.errors import ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.references import Spectral, by_phase_plane, spectral

FIRST = Mixture(phi=0.46)
CHANGES = [{}, {"conductivity": 0.03}, {"Ea": 1.3e5, "conductivity": 0.02}, {"phi": 0.55}, {"T_in": 450.0}]


@pytest.fixture(scope="module")
def start():
    return by_phase_plane(FIRST, 2.5e-3)


@pytest.mark.parametrize("changes", CHANGES)
def test_it_finds_the_flame_of_the_phase_plane(start, changes):
    mixture = replace(FIRST, **changes)
    fast, slow = Spectral(start)(mixture), by_phase_plane(mixture, 1.5e-3)
    x = np.linspace(0.0, 1.2e-3, 200)
    assert fast.s_L == pytest.approx(slow.s_L, rel=1e-11)
    np.testing.assert_allclose(fast.deficit(x), slow.deficit(x), atol=1e-8)


def test_convergence_is_geometric(start, monkeypatch):
    gaps = []
    for density in (2.0, 3.0, 4.0):
        monkeypatch.setattr(spectral, "_DENSITY", density)
        gaps.append(abs(Spectral(start)(FIRST).s_L / start.s_L - 1.0))
    assert gaps[1] < 0.05 * gaps[0]
    assert gaps[2] < 0.05 * gaps[1]


def test_a_start_too_far_is_said_to_be(start):
    with pytest.raises(ScimlError, match="no convergence"):
        Spectral(start)(replace(FIRST, Ea=6e5))
