"""How much of a wave passes a stack of layers, between leads made of its outer layers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.bloch.reference import over_period
from sciml.quantum.equation import WellEquation
from sciml.quantum.references.propagators import propagate
from sciml.quantum.references.shooting import elements


def transmission(well: WellEquation, energies: ArrayLike) -> Array:
    r"""Return T(E) through a well whose ends go on as leads with V and c of its ends.

    With M the map of $(\psi, c\psi')$ from end to end and $a = ck$ in the left lead, $b$ in the right one,
    $T = 4ab\,/\,[(bM_{11} + aM_{22})^2 + (M_{21} - abM_{12})^2]$; zero where a lead does not carry the wave.

    Args:
        well: The stack; its own walls are not used.
        energies: E (n,), in the units and from the zero of V.

    Raises:
        ArgumentError: For energies that are not finite numbers.
    """
    levels = np.atleast_1d(np.asarray(energies, dtype=np.float64))
    if levels.ndim != 1 or not np.isfinite(levels).all():
        raise ArgumentError(f"energies: got {energies!r}, expected a list of finite numbers")
    if not len(levels):
        return levels
    bounds = float(levels.min()), float(levels.max())
    mesh = elements(well.potential_energy, well.look, well.look.edges, well.kinetic_at, bounds)
    ends = np.array([mesh.edges[0], mesh.edges[-1]])
    inside = np.array([np.nextafter(ends[0], ends[1]), np.nextafter(ends[1], ends[0])])
    lead, kinetic = well.potential_energy(inside), well.kinetic_at(inside)
    passed = np.zeros(len(levels))
    for n, energy in enumerate(levels):
        if energy <= lead.max():
            continue
        a, b = np.sqrt((energy - lead) * kinetic) / mesh.unit
        over = over_period(propagate(mesh, float(energy)))
        (m11, m12), (m21, m22) = over.matrix
        through = (b * m11 + a * m22) ** 2 + (m21 - a * b * m12) ** 2
        passed[n] = 4 * a * b / through * np.exp(-2 * over.log)
    return passed
