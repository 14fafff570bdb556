"""Panels are fine where V or the wavefunctions are, and only there."""

import numpy as np
import pytest

from sciml.quantum import QuantumWell
from sciml.quantum.panels import PHASE, panels_of


def panel_at(well: QuantumWell, x: float) -> float:
    """Return the width of the panel that holds x."""
    panels = panels_of(well)
    return float(panels.widths[np.searchsorted(panels.edges, x) - 1])


@pytest.mark.parametrize("depth", [5.0, 50.0])
def test_a_dip_between_all_probes_is_seen(depth: float) -> None:
    width, place = 1e-3, 0.095
    well = QuantumWell(
        lambda x: -depth / np.cosh(np.clip((x - place) / width, -300, 300)) ** 2, domain=(-1, 1)
    )
    assert panel_at(well, place) < 3 * width
    assert panel_at(well, -0.5) > 100 * width


def test_a_panel_holds_little_phase() -> None:
    well = QuantumWell(lambda x: 0 * x, domain=(0, 1), states=40)
    panels = panels_of(well)
    wavenumber = 41 * np.pi  # of the state above the last, which ends the window
    assert 0.5 * panels.widths.max() * wavenumber <= PHASE * (1 + 1e-9)
    assert panels.widths.sum() == pytest.approx(1.0)
    assert len(panels.need) <= 64
