"""Independent random numbers from one seed, by NumPy's `SeedSequence`: no sum of seeds meets another's."""

from __future__ import annotations

import numpy as np
import torch


def independent(seed: int, count: int) -> tuple[int, ...]:
    """Return `count` independent seeds, all from one.

    >>> independent(0, 2)
    (2968811710, 3677149159)
    """
    return tuple(int(word) for word in np.random.SeedSequence(seed).generate_state(count))


def generator(seed: int, *numbers: int) -> torch.Generator:
    """Return a generator that hangs on a seed and on numbers, such as a step or the number of a try."""
    word = int(np.random.SeedSequence([seed, *numbers]).generate_state(1, np.uint64)[0])
    return torch.Generator().manual_seed(word % 2**63)  # torch takes no more bits
