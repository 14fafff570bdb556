"""Burning velocities of premixed flames and burning rates of ZFK flames along a parameter."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from sciml.errors import ArgumentError
from sciml.flame.sweep import Sweep
from sciml.flame.zfk import ZfkRate
from sciml.numerics.domains import Array
from sciml.plot.sweeps import Curve, swept
from sciml.runs.solution import Solution

POINTS = 200  # of a curve: smooth at the figure's resolution


def burning_velocities(*sweeps: Sweep) -> Figure:
    """Return s_L of one or more sweeps of the same parameter over the phase plane's curves, and its errors.

    Raises:
        ArgumentError: If there is no sweep, or if they are along different parameters.
    """
    along = {found.parameter for found in sweeps}
    if len(along) != 1:
        raise ArgumentError(f"sweeps: got them along {sorted(along) or 'nothing'}, expected one parameter")
    solutions = [solution for found in sweeps for solution in found.solutions]
    return swept(solutions, along.pop(), curves=[found.curve() for found in sweeps])


def burning_rates(solutions: Sequence[Solution]) -> Figure:
    """Return m of ZFK flames along β over their references and the asymptotic lines, and its errors.

    For β → ∞ at Le = 1, m → 1 − (3γ − 1.344)/β.

    Raises:
        ArgumentError: If there are no solutions, or if one of them is not of a ZFK flame.
    """
    gammas = dict.fromkeys(solution.parameters.get("gamma", 0.0) for solution in solutions)
    betas = [solution.parameters.get("beta", 1.0) for solution in solutions] or [1.0]
    span = np.geomspace(min(betas), max(betas), POINTS)
    return swept(solutions, "beta", lines={_asymptote(g): _line(span, g) for g in gammas})


def _asymptote(gamma: float) -> str:
    return f"1 − {3 * gamma - 1.344:.4g}/β"


def _line(beta: Array, gamma: float) -> Curve:
    return beta, np.array([ZfkRate(float(value), gamma, 1.0).asymptotic for value in beta])
