"""What V alone tells of its states: the energy up to which they reach, and where they die out."""

from __future__ import annotations

import numpy as np

from sciml.numerics.domains import Array

VIRIAL = 10.0  # kinetic energies: V may have holes far deeper than a state, which hardly feels them
BISECTIONS = 50  # of an energy: to 1e-15 of the bracket


def weyl(potential: Array, weights: Array, kinetic: Array | float, states: int, length: float) -> float:
    """Return the energy below which Weyl's law, (1/π) ∫√((E − V)₊/c) dx, counts `states` states."""

    def enough(energy: float) -> bool:
        phase = weights @ np.sqrt(np.maximum(energy - potential, 0.0) / kinetic)
        return bool(phase >= states * np.pi)

    low, step = float(potential.min()), float(np.mean(kinetic)) * (states * np.pi / length) ** 2
    while not enough(low + step):
        step *= 4
    high = low + step
    for _ in range(BISECTIONS):
        middle = 0.5 * low + 0.5 * high
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def tunnelling(potential: Array, weights: Array, kinetic: Array | float, energy: float) -> Array:
    """Return ∫κ dx from each point to the nearest one with V < E."""
    decay = np.sqrt(np.maximum(potential - energy, 0.0) / kinetic) * weights
    total = np.cumsum(decay) - 0.5 * decay
    allowed = potential < energy
    before = np.maximum.accumulate(np.where(allowed, total, -np.inf))
    after = np.minimum.accumulate(np.where(allowed, total, np.inf)[::-1])[::-1]
    return np.asarray(np.minimum(total - before, after - total))


def height(energies: Array, floor: float, kinetic: Array) -> Array:
    """Return the size of states' energies: above the least V, or some kinetic energies where that is less."""
    return np.asarray(np.minimum(energies - floor, VIRIAL * kinetic))


def level_gap(energies: Array, state: int, least: float) -> float:
    """Return the distance to the nearest level that is not (nearly) degenerate with this one."""
    distances = np.abs(np.delete(energies, state) - energies[state])
    return float(np.min(distances, where=distances > least, initial=np.inf))
