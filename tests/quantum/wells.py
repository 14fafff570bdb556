"""Wells that many tests share: the bundled four, and potentials a user might bring."""

from __future__ import annotations

import numpy as np

from sciml import load_problem
from sciml.quantum import QuantumWell

BUNDLED = ("infinite-well", "finite-well", "barrier", "harmonic")
HBAR, MASS, EV = 1.054571817e-34, 9.1093837015e-31, 1.602176634e-19


def bundled(name: str, states: int = 1, **parameters: object):
    return load_problem(name, states=states, **parameters)


def steps(x: np.ndarray) -> np.ndarray:
    return np.select([x < -1, x < 0, x < 1], [30.0, 0.0, 8.0], 15.0)


OWN = {
    "double well": lambda: QuantumWell(lambda x: (x * x - 3) ** 2, (-6.0, 6.0), kinetic=0.5, states=12),
    "steps": lambda: QuantumWell(steps, (-3.0, 3.0), jumps=(-1.0, 0.0, 1.0), states=5),
    "kink": lambda: QuantumWell(np.abs, (-8.0, 8.0), kinetic=0.5, states=8),
    "thin barrier": lambda: QuantumWell(
        lambda x: np.where(abs(x - 0.3) < 0.001, 2000.0, 0.0), (-1.0, 1.0), states=4
    ),
    "narrow Gaussian": lambda: QuantumWell(
        lambda x: -50 * np.exp(-x * x / 0.1), (-5.0, 5.0), kinetic=0.5, states=3
    ),
    "SI units": lambda: QuantumWell(
        lambda x: np.where(abs(x) < 5e-9, 0.0, 0.3 * EV),
        (-15e-9, 15e-9),
        kinetic=HBAR**2 / (2 * 0.067 * MASS),
        states=3,
    ),
}
