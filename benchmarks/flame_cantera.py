"""Cantera's freely propagating flame of the one-step mechanism, at phi = 0.8, 300 K and 1 atm."""

from __future__ import annotations

import cantera as ct
from gas_data import one_step


def flame(slope: float) -> tuple[float, int]:
    """Return s_L [m/s] and the number of grid points, refined by `slope` and twice as much in curvature."""
    gas = one_step()
    gas.TP = 300.0, ct.one_atm
    gas.set_equivalence_ratio(0.8, "CH4:1", "O2:1, N2:3.76")
    found = ct.FreeFlame(gas, width=0.008)
    found.transport_model = "mixture-averaged"
    found.set_refine_criteria(ratio=3.0, slope=slope, curve=2 * slope)
    found.set_max_grid_points(found.flame, 5000)
    found.solve(loglevel=0, auto=True)
    return float(found.velocity[0]), len(found.grid)
