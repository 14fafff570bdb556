"""What part of a well to show: the box it stands in, the energies worth seeing, the size of the waves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sciml.numerics.domains import Array

HUGE = 1e100  # stands for an infinite potential
ALIKE = 0.03  # levels nearer than this share of the view count as one when waves are scaled
SMALLEST, LARGEST, PART = 0.03, 0.2, 0.45  # of the view, of the view, of the distance to the next level


@dataclass(frozen=True)
class View:
    """The box, the lower and upper edge of the picture, and the energy and the height of each wave."""

    left: float
    right: float
    low: float
    high: float
    energies: Array
    heights: Array


def view_of(
    x: Array, weights: Array | None, potential: Array, energies: Array, waves: Sequence[Array]
) -> View:
    """Return a view from the potential's minimum to somewhat above the highest level.

    A minimum far below the ground state, measured by that state's kinetic energy, is cut off.
    """
    left, right = box(x, weights)
    if not len(energies):
        low, high = float(potential.min()), float(potential.max())
        return View(left, right, low, high if high > low else low + 1.0, energies, energies)
    floor = bottom(potential, energies, waves, weights)
    highest = float(energies.max())
    span = highest - floor or abs(highest) or 1.0
    heights = wave_heights(energies, span)
    top = highest + max(1.15 * float(heights.max()), 0.08 * span)
    rim = float(potential.max()) + 0.06 * span
    top = rim if top < rim <= highest + 0.6 * span else top
    low = min(floor, float((energies - lobes(waves, heights)).min())) - 0.04 * span
    return View(left, right, float(low), float(top), energies, heights)


def box(x: Array, weights: Array | None) -> tuple[float, float]:
    """Return the ends of the box: no Gauss point is on one, but the weights hold its length and centre."""
    if weights is None or weights.sum() <= 0:
        return float(x[0]), float(x[-1])
    length = float(weights.sum())
    centre = float(weights @ x) / length
    return min(float(x[0]), centre - length / 2), max(float(x[-1]), centre + length / 2)


def bottom(potential: Array, energies: Array, waves: Sequence[Array], weights: Array | None) -> float:
    """Return the lowest energy worth showing."""
    least, ground = float(potential.min()), float(energies.min())
    if not waves or least > ground:
        return min(least, ground)
    density = waves[int(energies.argmin())] ** 2 * (1.0 if weights is None else weights)
    seen = np.minimum(potential, 2 * ground - least)
    kinetic = ground - float(density @ seen) / (float(density.sum()) or 1.0)
    return max(least, ground - 6 * max(kinetic, float(np.ptp(energies))))


def wave_heights(energies: Array, span: float) -> Array:
    """Return each wave's height: a part of the distance to the next level that is not nearly its own."""
    apart = np.abs(energies[:, None] - energies[None, :])
    nearest = np.where(apart > ALIKE * span, apart, np.inf).min(axis=1)
    heights: Array = np.clip(PART * nearest, SMALLEST * span, LARGEST * span)
    return heights


def lobes(waves: Sequence[Array], heights: Array) -> Array:
    """Return how far below its level each wave reaches."""
    if not waves:
        return np.zeros_like(heights)
    return np.array(
        [max(0.0, -float(scaled(wave, height).min())) for wave, height in zip(waves, heights, strict=True)]
    )


def scaled(wave: Array, height: float, by: Array | None = None) -> Array:
    """Return `wave` scaled so that the largest value of `by`, itself by default, is `height`."""
    largest = float(np.abs(wave if by is None else by).max())
    return wave * (height / largest if largest > 0 else 0.0)


def closed(wave: Array) -> bool:
    """Whether the wave vanishes towards both ends, as it does between walls."""
    return bool(max(abs(wave[0]), abs(wave[-1])) <= 0.05 * np.abs(wave).max())


def with_steps(x: Array, potential: Array) -> tuple[Array, Array]:
    """Return the potential's outline with a vertical line, halfway between two points, at every jump.

    A jump is a slope twenty times that on both sides and a thousandth or more of the whole height.
    """
    cuts = jumps(x, potential)
    middle = (x[cuts] + x[cuts + 1]) / 2
    at = np.repeat(cuts + 1, 2)
    values = np.stack([potential[cuts], potential[cuts + 1]], axis=1).ravel()
    return np.insert(x, at, np.repeat(middle, 2)), np.insert(potential, at, values)


def jumps(x: Array, potential: Array) -> NDArray[np.intp]:
    """Return the indices i with a jump between the points i and i + 1."""
    step = np.abs(np.diff(potential))
    slope = np.divide(step, np.diff(x), out=np.full_like(step, np.inf), where=np.diff(x) > 0)
    around = np.maximum(np.append(0.0, slope[:-1]), np.append(slope[1:], 0.0))
    return np.flatnonzero((slope > 20 * around) & (step > 1e-3 * np.ptp(potential)))
