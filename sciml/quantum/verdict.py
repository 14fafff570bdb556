"""Whether states are what was asked for: norm, order, nodes, orthogonality, none skipped."""

from __future__ import annotations

import math

import numpy as np

from sciml.numerics.domains import Array
from sciml.quantum.certificates import CertifiedState, Meter
from sciml.quantum.references.layers import Layers, shoot

ALIVE = 1e-3  # ∫ψ²dx below which a state has collapsed to zero
RESOLVABLE = 1e-3  # gap between levels, of their height, above which counting nodes can tell them apart
NEAR = 0.1  # of a level's height: no farther above it are the levels below counted
ORTHOGONAL = 1e-3  # largest |cos| between two states
UNRESOLVED = 1e-4  # largest change of an energy on a finer quadrature, of its height
ROUGH = 0.05  # residual, of a state's energy, above which it is not yet a solution


def faults(states: tuple[CertifiedState, ...], meter: Meter, next_energy: float = math.inf) -> list[str]:
    """Return what is wrong with the states, a short sentence each; empty if nothing is."""
    collapsed = [f"psi{n} collapsed to zero" for n, state in enumerate(states) if not _alive(state)]
    if collapsed:
        return collapsed
    return [
        *_nonfinite(states),
        *_unresolved(states),
        *_overlapping(states, meter),
        *_misplaced(states, meter, next_energy),
    ]


def _alive(state: CertifiedState) -> bool:
    return state.certificate.norm > ALIVE


def _nonfinite(states: tuple[CertifiedState, ...]) -> list[str]:
    return [
        f"E{n} is not finite"
        for n, state in enumerate(states)
        if not math.isfinite(state.certificate.rayleigh)
    ]


def _unresolved(states: tuple[CertifiedState, ...]) -> list[str]:
    """Name energies that depend on the quadrature, or whose residual is as large as they are."""
    unresolved = []
    for n, state in enumerate(states):
        certificate, height = state.certificate, state.height
        if certificate.refinement > UNRESOLVED * height:
            unresolved.append(f"E{n} changes by {certificate.refinement:.1g} on a finer quadrature")
        elif certificate.residual_bound > height:
            unresolved.append(
                f"psi{n} leaves a residual of {certificate.residual_bound:.1g}, above its energy"
            )
    return unresolved


def rough(states: tuple[CertifiedState, ...]) -> list[str]:
    """Return which states are not yet solutions: those with a residual above 5 % of their energy."""
    shares = [state.certificate.residual_bound / abs(state.height) for state in states]
    return [
        f"psi{n} leaves a residual of {share:.0%} of its energy"
        for n, share in enumerate(shares)
        if share > ROUGH
    ]


def overlaps(states: tuple[CertifiedState, ...], meter: Meter) -> Array:
    """Return ∫ψ_m ψ_n dx (K, K)."""
    psi = np.column_stack([state.psi for state in states])
    return psi.T @ (meter.fine.weights[:, None] * psi)


def _overlapping(states: tuple[CertifiedState, ...], meter: Meter) -> list[str]:
    gram = overlaps(states, meter)
    size = np.sqrt(np.diagonal(gram))
    cosine = np.abs(gram / np.outer(size, size))
    pairs = [(m, n) for n in range(len(states)) for m in range(n) if cosine[m, n] > ORTHOGONAL]
    return [f"psi{m} and psi{n} overlap by {cosine[m, n]:.1g}" for m, n in pairs]


def _misplaced(states: tuple[CertifiedState, ...], meter: Meter, next_energy: float) -> list[str]:
    """Count the levels below the gap above each state by Sturm's theorem, where the gap can be resolved."""
    energies = [state.certificate.rayleigh for state in states]
    heights = [state.height for state in states]
    misplaced = []
    for n, (energy, above) in enumerate(zip(energies, [*energies[1:], next_energy], strict=True)):
        gap = above - energy if math.isfinite(above) else 2 * RESOLVABLE * heights[n]
        if gap > RESOLVABLE * heights[n]:
            count = levels_below(meter, energy + 0.5 * min(gap, NEAR * heights[n]))
            if count != n + 1:
                misplaced.append(f"psi{n} is state {count - 1}, of {states[n].certificate.nodes} nodes")
    return misplaced


def levels_below(meter: Meter, energy: float) -> int:
    """Return how many levels lie below `energy`, by the zeros of the solution shot from the left end.

    The potential is taken as constant around each quadrature point, so levels closer to `energy` than about
    a part in 10⁴ may be miscounted.
    """
    well, unit = meter.well, meter.well.scales.unit
    widths = meter.fine.weights / well.scales.half
    heights = (well.potential_energy(meter.fine.points) - energy) / unit
    kinetic = well.kinetic_at(meter.fine.points) / well.kinetic_unit
    layers = Layers(tuple(widths.tolist()), tuple(heights.tolist()), tuple(kinetic.tolist()))
    return shoot(layers, 0.0).nodes
