"""The sign convention: a positive slope at the left end, even where psi is too small there to be computed."""

from __future__ import annotations

import numpy as np

from sciml.numerics.domains import Array
from sciml.quantum.references.layers import Layers, shoot

_VISIBLE = 1e-7  # height of ψ, of its largest, below which no sign is read off it
_NOISE = 10.0  # times the relative error of a state: what is lower has no sign


def left_signs(
    x: Array, psi: Array, potential: Array, kinetic: Array, energies: Array, noise: Array | float = 0.0
) -> Array:
    """Return the factors +1 or -1 that give each state a positive slope at the left end.

    A state that lives far from the left end is lost in rounding there. What can be seen is the sign of its
    first visible lobe; what cannot are the zeros before it, which exist only where the energy exceeds the
    potential. Those are counted by shooting through thin layers, one around each point.

    Args:
        x: Ascending points within the box; the first entry is its left end, shape (n + 1,).
        psi: The states at `x[1:]`, shape (n, K).
        potential: The potential at `x[1:]`.
        kinetic: The kinetic coefficient at `x[1:]`.
        energies: The energies, shape (K,).
        noise: The relative errors of the states, a number or of shape (K,).
    """
    size = np.abs(psi)
    visible = np.clip(_NOISE * noise, _VISIBLE, 0.5)
    first = (size > visible * size.max(axis=0)).argmax(axis=0)
    signs = np.sign(psi[first, np.arange(len(energies))])
    for state, (end, energy) in enumerate(zip(first, energies, strict=True)):
        if (potential[:end] < energy).any():
            signs[state] *= (-1.0) ** _zeros(x[: end + 2], potential[: end + 1], kinetic[: end + 1], energy)
    return np.where(signs == 0.0, 1.0, signs)


def _zeros(x: Array, potential: Array, kinetic: Array, energy: float) -> int:
    """Return how many zeros the solution that starts from the left end has up to the last point."""
    middles = np.concatenate((x[:1], 0.5 * (x[1:-1] + x[2:]), x[-1:]))
    shifted = tuple((potential - energy).tolist())
    layers = Layers(tuple(np.diff(middles).tolist()), shifted, tuple(kinetic.tolist()))
    return shoot(layers, 0.0).nodes
