"""How ψ rises from an end of the box where V is singular."""

from __future__ import annotations

import math

import numpy as np

from sciml.errors import ArgumentError
from sciml.quantum.look import Look

FARTHER = 1000.0  # times as far from the end, r²V is the same where V grows as g/r²
SAME = 1e-3  # of it: by which it may differ
WEAK = 1e-6  # g/c below which ψ rises as r


def exponent(look: Look, end: int, kinetic: float) -> float:
    """Return α, where ψ rises as r^α for V near g/r²: α(α − 1) = g/c; 0 where V grows more slowly.

    Args:
        look: What has been seen of V.
        end: 0 for the left end, −1 for the right one.
        kinetic: The coefficient c.

    Raises:
        ArgumentError: Where V falls as −|g|/r².
    """
    if not look.singular[end]:
        return 0.0
    place = (look.interval.left, look.interval.right)[end]
    distance = np.abs(look.x.ravel() - place)[:: 1 if end == 0 else -1]
    square = distance**2 * look.values.ravel()[:: 1 if end == 0 else -1]
    near, far = square[0], np.interp(FARTHER * distance[0], distance, square)
    if abs(near - far) > SAME * abs(far) or abs(near) < WEAK * kinetic:
        return 0.0
    if near < 0:
        raise ArgumentError(
            f"potential: falls as {near:.3g}/r² at the end x = {place:g}, where ψ rises as a broken power "
            "that no panel resolves, expected a rise or −1/r at most; add l(l+1)c/r² or begin farther in"
        )
    return 0.5 + math.sqrt(0.25 + float(near) / kinetic)
