"""Find the Bloch states of one phase and say what they are worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sciml.numerics.domains import Array
from sciml.quantum.bloch.states import Pair, moments, pairs_of
from sciml.quantum.certificates import Certificate, CertifiedState
from sciml.quantum.equation import WellEquation
from sciml.quantum.patch_ritz import patch_states
from sciml.quantum.recipe import WellRecipe
from sciml.quantum.semiclassical import height
from sciml.quantum.start import grids
from sciml.quantum.weak_form import weak_residuals

UNRESOLVED = 1e-4  # largest change of an energy on a finer quadrature, of its height
ROUGH = 0.05  # residual, of a state's height, above which it is not yet a solution
TORN = 1e-6  # largest mismatch of ψ over a period


@dataclass(frozen=True)
class Solved:
    """Bloch states of one phase, their energies (K,), and a certificate and a height each."""

    pairs: tuple[Pair, ...]
    energies: Array
    certificates: tuple[Mapping[str, Any], ...]
    heights: tuple[float, ...]

    def faults(self) -> list[str]:
        """Return what is wrong with the states, a short sentence each."""
        rows = zip(self.certificates, self.heights, strict=True)
        return [
            f"the {n}th Bloch state is not resolved"
            for n, (item, size) in enumerate(rows)
            if not (
                item["refinement"] <= UNRESOLVED * size
                and item["residual_bound"] <= ROUGH * size
                and item["join"] <= TORN
                and math.isfinite(item["rayleigh"])
            )
        ]


def solve_bloch(well: WellEquation, recipe: WellRecipe) -> Solved:
    """Return the lowest states of the well's phase."""
    found = patch_states(well)
    coarse, fine = grids(found.panels, recipe.points, 1)
    pairs, certificates, heights = pairs_of(well, found), [], []
    for pair in pairs:
        seen, before = moments(well, pair, fine), moments(well, pair, coarse)
        above = height(np.array(seen.rayleigh), well.scales.floor, np.array(seen.kinetic))
        size = max(float(above), well.least_height)
        certificates.append(
            {
                "rayleigh": seen.rayleigh,
                "residual_bound": seen.residual,
                "norm": seen.norm,
                "refinement": abs(seen.rayleigh - before.rayleigh),
                "join": _join(well, pair),
                "weak": _weak(well, pair, seen.rayleigh, size),
            }
        )
        heights.append(size)
    energies = np.array([float(item["rayleigh"]) for item in certificates])
    return Solved(pairs, energies, tuple(certificates), tuple(heights))


def _join(well: WellEquation, pair: Pair) -> float:
    """Return by how much ψ and its slope miss exp(iθ) times themselves over the period."""
    ends = np.array([well.interval.left, well.interval.right])
    psi, slope, _ = pair.parts(well, ends)
    turn = np.exp(1j * float(well.phase or 0.0))
    half = well.scales.half
    size = math.hypot(abs(psi[0]), half * abs(slope[0])) or 1.0
    return math.hypot(abs(psi[1] - turn * psi[0]), half * abs(slope[1] - turn * slope[0])) / size


def _weak(well: WellEquation, pair: Pair, energy: float, size: float) -> float:
    """Return what both parts leave of the equation in weak form."""
    certificate = Certificate(energy, energy, 0.0, 0, 1.0, 0.0)
    empty = np.empty(0)
    parts = tuple(CertifiedState(part, energy, certificate, empty, size) for part in (pair.real, pair.imag))
    return math.hypot(*weak_residuals(well, parts))
