"""Exact bound states of piecewise-constant potentials, by transfer across the layers."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from sciml.arguments import check_count, refusal
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.quantum.references.eigenpairs import Eigenpairs
from sciml.quantum.references.inputs import check_edges, check_numbers, energy_unit
from sciml.quantum.references.layer_wave import LayerWave, match
from sciml.quantum.references.layers import Layers, Shot, shoot

_EPS = float(np.finfo(np.float64).eps)
_CITATION = "C. Jirauschek, IEEE J. Quantum Electron. 45, 1059 (2009), arXiv:1106.3201"


def transfer_matrix(
    edges: ArrayLike, heights: ArrayLike, states: int, kinetic: ArrayLike = 1.0
) -> Eigenpairs:
    r"""Return the lowest states of a piecewise-constant potential, exact but for rounding.

    Within each layer $\psi$ is a sum of two sines or two exponentials; across the edges $\psi$ and $c\,\psi'$
    are continuous. The zeros of the solution that starts from the left end count the energies below (Sturm),
    so no state is missed; Brent's method then finds the root of $\psi(r; E)$. Of a tunnelling pair that is
    closer than rounding both energies are right, but not the wavefunctions: their `wave_errors` are 1.

    Args:
        edges: The ends of the box and the jumps between them, ascending, shape (m + 1,).
        heights: The potential of each layer, shape (m,).
        states: How many states, from the lowest.
        kinetic: The coefficient c, positive: one number, or one for each layer (BenDaniel-Duke).

    >>> well = transfer_matrix([-3, -1, 1, 3], [20, 0, 20], states=2)
    >>> well.energies.round(12).tolist()
    [1.639480188546, 6.44188145436]
    """
    positions, potential, coefficient = _check(edges, heights, kinetic)
    count = check_count("states", states, 1)
    length = float(positions[-1] - positions[0])
    unit = energy_unit(float(coefficient.max()), length)
    layers = _scale(positions, potential, coefficient, unit)
    levels = np.array(_levels(layers, count + 1))
    waves = [match(layers, level) for level in levels[:count]]
    return Eigenpairs(
        energies=potential.min() + unit * levels[:count],
        errors=_EPS * (8.0 * unit * levels[:count] + 2.0 * abs(potential.min())),
        wave_errors=_wave_errors(levels, waves),
        wave=partial(_sample, positions, waves, _norms(waves, length)),
        method="transfer matrix, node count and Brent's method",
        citation=_CITATION,
    )


def _check(edges: ArrayLike, heights: ArrayLike, kinetic: ArrayLike) -> tuple[Array, Array, Array]:
    """Return edges, heights and one kinetic coefficient a layer, or say what is wrong with them."""
    positions, potential = check_edges("edges", edges), check_numbers("heights", heights)
    coefficient = check_numbers("kinetic", kinetic)
    count = len(positions) - 1
    if len(potential) != count:
        expected = f"{count}, one between each two of {count + 1} edges"
        raise ArgumentError(f"heights: got {len(potential)}, expected {expected}")
    if len(coefficient) not in (1, count) or not (coefficient > 0).all():
        expected = f"one positive number, or one for each of the {count} layers"
        raise ArgumentError(refusal("kinetic", coefficient.tolist(), expected))
    return positions, potential, np.broadcast_to(coefficient, (count,))


def _scale(edges: Array, heights: Array, kinetic: Array, unit: float) -> Layers:
    """Return layers on a box of length 1 with the potential from 0 up and the largest c equal to 1."""
    widths = np.diff(edges) / (edges[-1] - edges[0])
    raised = (heights - heights.min()) / unit
    return Layers(tuple(widths.tolist()), tuple(raised.tolist()), tuple((kinetic / kinetic.max()).tolist()))


def _levels(layers: Layers, states: int) -> list[float]:
    """Return the lowest energies in ascending order."""
    trial: Callable[[float], Shot] = cache(partial(shoot, layers))
    top = (max(layers.heights) + (math.pi * states) ** 2) * (1.0 + 1e-9)
    return [_level(trial, state, top) for state in range(states)]


def _level(trial: Callable[[float], Shot], state: int, top: float) -> float:
    """Return the energy of the state with `state` nodes: isolate it by node count, then find the root."""
    low, high = 0.0, top
    while trial(low).nodes < state or trial(high).nodes > state + 1:
        middle = 0.5 * (low + high)
        if not low < middle < high:  # closer to the next level than floating-point numbers are
            return high
        low, high = (middle, high) if trial(middle).nodes <= state else (low, middle)
    return float(brentq(lambda energy: trial(energy).vectors[-1][0], low, high, xtol=1e-300, rtol=4 * _EPS))


def _wave_errors(levels: Array, waves: list[LayerWave]) -> Array:
    """Return the mismatch of the two halves plus the mixing with neighbours that rounding causes."""
    gaps = np.diff(levels, prepend=-np.inf)
    nearest = np.maximum(np.minimum(gaps[:-1], gaps[1:]), _EPS * levels[:-1])
    mismatches = np.array([wave.mismatch for wave in waves])
    return np.asarray(np.minimum(8.0 * mismatches + 16.0 * _EPS * (1.0 + levels[:-1] / nearest), 1.0))


def _norms(waves: list[LayerWave], length: float) -> list[float]:
    """Return what divides the waves of the unit box to normalise them on a box of the given length."""
    return [wave.norm() * math.sqrt(length) for wave in waves]


def _sample(edges: Array, waves: list[LayerWave], norms: list[float], x: Array) -> Array:
    """Return the normalised wavefunctions at `x`."""
    values = np.zeros((len(x), len(waves)))
    inside = (x >= edges[0]) & (x <= edges[-1])
    layer_of = np.clip(np.searchsorted(edges, x, side="right") - 1, 0, len(edges) - 2)
    for layer in np.unique(layer_of[inside]):
        here = inside & (layer_of == layer)
        distance = (x[here] - edges[layer]) / (edges[-1] - edges[0])
        for state, wave in enumerate(waves):
            values[here, state] = wave(layer, distance) / norms[state]
    return values
