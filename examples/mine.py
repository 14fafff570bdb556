"""A well of your own as a file: `sciml solve mine.py`, or `sciml solve mine.py --set states=3`."""

import numpy as np

from sciml.quantum import QuantumWell


def potential(x: np.ndarray) -> np.ndarray:
    """A tilted floor between two walls of different height."""
    return np.where(x < -1, 30.0, np.where(x > 1, 15.0, 4.0 * x))


problem = QuantumWell(potential, domain=(-3.0, 3.0), kinetic=1.0, states=2)
