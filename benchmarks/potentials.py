"""Potentials a user might bring: smooth, with jumps, kinks and thin barriers, in several units."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sciml.quantum import QuantumWell

HBAR, MASS, EV = 1.054571817e-34, 9.1093837015e-31, 1.602176634e-19


def two_barriers(x: np.ndarray) -> np.ndarray:
    return np.where((abs(x - 1) < 0.05) | (abs(x + 1) < 0.05), 50.0, 0.0) + 0.2 * x * x


def superlattice(x: np.ndarray) -> np.ndarray:
    return np.where((x * 5 % 1) < 0.3, 40.0, 0.0) * (abs(x) < 1)


def stairs(x: np.ndarray) -> np.ndarray:
    return np.select([x < -1, x < 0, x < 1], [30.0, 0.0, 8.0], 15.0)


OWN: dict[str, Callable[[], QuantumWell]] = {
    "double well, 12 states": lambda: QuantumWell(
        lambda x: (x * x - 3) ** 2, (-6.0, 6.0), kinetic=0.5, states=12
    ),
    "quartic, 12 states": lambda: QuantumWell(lambda x: x**4, (-5.0, 5.0), kinetic=0.5, states=12),
    "cosine, 12 states": lambda: QuantumWell(
        lambda x: 20 * np.cos(3 * x), (-5.0, 5.0), kinetic=0.5, states=12
    ),
    "Poschl-Teller": lambda: QuantumWell(
        lambda x: -10 / np.cosh(x) ** 2, (-12.0, 12.0), kinetic=0.5, states=4
    ),
    "Morse": lambda: QuantumWell(lambda x: 10 * (1 - np.exp(-x)) ** 2, (-2.5, 14.0), kinetic=0.5, states=4),
    "narrow Gaussian": lambda: QuantumWell(
        lambda x: -50 * np.exp(-x * x / 0.1), (-5.0, 5.0), kinetic=0.5, states=3
    ),
    "soft Coulomb": lambda: QuantumWell(
        lambda x: -1 / np.sqrt(x * x + 0.01), (-20.0, 20.0), kinetic=0.5, states=6
    ),
    "kink |x|, 12 states": lambda: QuantumWell(np.abs, (-8.0, 8.0), kinetic=0.5, states=12),
    "triangle at a wall": lambda: QuantumWell(
        lambda x: np.where(x > 0, x, 50.0), (-1.0, 12.0), kinetic=0.5, states=8
    ),
    "stairs": lambda: QuantumWell(stairs, (-3.0, 3.0), jumps=(-1.0, 0.0, 1.0), states=5),
    "barrier of 1 % width": lambda: QuantumWell(
        lambda x: np.where(abs(x) < 0.01, 200.0, 0.0), (-1.0, 1.0), states=12
    ),
    "barrier of 0.1 % width": lambda: QuantumWell(
        lambda x: np.where(abs(x - 0.3) < 0.001, 2000.0, 0.0), (-1.0, 1.0), states=8
    ),
    "two barriers on a bowl": lambda: QuantumWell(two_barriers, (-4.0, 4.0), kinetic=0.5, states=12),
    "ten barriers": lambda: QuantumWell(superlattice, (-1.4, 1.4), kinetic=0.5, states=12),
    "well of depth 1e4": lambda: QuantumWell(
        lambda x: np.where(abs(x) < 1, 0.0, 1e4), (-3.0, 3.0), states=12
    ),
    "GaAs, SI units": lambda: QuantumWell(
        lambda x: np.where(abs(x) < 5e-9, 0.0, 0.3 * EV),
        (-15e-9, 15e-9),
        kinetic=HBAR**2 / (2 * 0.067 * MASS),
        states=3,
    ),
    "GaAs, meV and nm": lambda: QuantumWell(
        lambda x: np.where(abs(x) < 5, 0.0, 300.0), (-25.0, 25.0), kinetic=568.6, states=3
    ),
    "far below zero": lambda: QuantumWell(lambda x: 0 * x - 1e3, (0.0, 1.0), states=12),
}
