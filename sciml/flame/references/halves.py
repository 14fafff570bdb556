"""Collocation of a flame whose temperature is given at x = 0: two halves, mapped onto one interval."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from scipy.integrate import solve_bvp

from sciml.errors import ScimlError
from sciml.numerics.domains import Array

TINY = 1e-30  # of a complex step
LADDER = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6)  # relative residuals, each begun with the mesh of the one before
NODES = 20_000
FIRST = 150  # nodes of the first mesh


class Equations(Protocol):
    """An autonomous system y' = f(y; m) of S functions and one number m, and its S + 1 conditions."""

    @property
    def states(self) -> int:
        """S."""
        ...

    @property
    def ends(self) -> tuple[float, float]:
        """Where it begins and ends; x = 0 lies between."""
        ...

    def slopes(self, y: Array, m: Any) -> Array:  # noqa: ANN401
        """Return f (S, n); complex where y or m is."""
        ...

    def conditions(self, left: Array, pin: Array, right: Array, m: float) -> Array:
        """Return what must vanish (S + 1,)."""
        ...


@dataclass(frozen=True)
class Halves:
    """A solution: nodes of both halves, and m."""

    equations: Equations
    m: float
    found: Any

    def __call__(self, x: Array) -> Array:
        """Return the states (S, n) at points between the ends."""
        left, right = self.equations.ends
        size, x = self.equations.states, np.asarray(x)
        before, behind = (np.clip(x / end, 0.0, 1.0) for end in (left, right))
        return np.asarray(np.where(x < 0, self.found.sol(before)[:size], self.found.sol(behind)[size:]))


@dataclass(frozen=True)
class System:
    """What `solve_bvp` asks for: the left half from 0 to its end, then the right one."""

    equations: Equations

    @property
    def _halves(self) -> tuple[tuple[slice, float], ...]:
        size = self.equations.states
        return tuple(zip((slice(size), slice(size, None)), self.equations.ends, strict=True))

    def slopes(self, t: Array, y: Array, p: Array) -> Array:
        """Return y' of both halves by t."""
        return np.concatenate([end * self.equations.slopes(y[part], p[0]) for part, end in self._halves])

    def slopes_by(self, t: Array, y: Array, p: Array) -> tuple[Array, Array]:
        """Return the derivatives of y' by y and m, by complex steps."""
        by_state = np.zeros((len(y), len(y), y.shape[1]))
        by_m = np.zeros((len(y), 1, y.shape[1]))
        for part, end in self._halves:
            state = y[part].astype(complex)
            for i in range(self.equations.states):
                moved = state.copy()
                moved[i] += 1j * TINY
                slopes = self.equations.slopes(moved, p[0])
                by_state[part, part.start + i if part.start else i] = end * slopes.imag / TINY
            by_m[part, 0] = end * self.equations.slopes(state, p[0] + 1j * TINY).imag / TINY
        return by_state, by_m

    def conditions(self, pin: Array, ends: Array, p: Array) -> Array:
        """Return that the halves meet, and the conditions."""
        size = self.equations.states
        other = self.equations.conditions(ends[:size], pin[:size], ends[size:], p[0])
        return np.concatenate([pin[:size] - pin[size:], other])

    def solve(self, t: Array, y: Array, m: float, ladder: Sequence[float] = LADDER) -> Halves:
        """Return the solution from a first guess of both halves (2S, n).

        Raises:
            ScimlError: If the last collocation does not converge.
        """
        found: Any = None
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")  # a first guess may be far off
            for tolerance in ladder:
                found = solve_bvp(
                    self.slopes,
                    self.conditions,
                    t,
                    y,
                    p=[m],
                    fun_jac=self.slopes_by,
                    tol=tolerance,
                    max_nodes=NODES,
                )
                t, y, m = found.x, found.y, float(found.p[0])
        if not found.success:
            raise ScimlError(f"collocation of the flame did not converge: {found.message}")
        return Halves(self.equations, m, found)
