r"""One hidden layer of locally supported units: ψ as a polynomial on each panel, with ψ and ψ' continuous.

Where a well has features of very different size, or hundreds of breaks, no few global units resolve it. The
units here are Hermite's cubics at the panels' edges and, inside each panel, $\iint P_j$: Legendre polynomials
integrated twice, which end with value and slope zero. Where V grows as g/r² at an end, r the distance from
it, all units are multiplied by r^α, with α(α − 1) = g/c.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.polynomial import legendre
from torch import Tensor, nn

from sciml.errors import FileError
from sciml.numerics.derivatives import Jet, Order2
from sciml.numerics.domains import Array

DEGREE = 12  # of ψ on a panel
KIND = "patches"  # the name in `model.json`

T = TypeVar("T", Tensor, Array)


class Patches(nn.Module):
    """ψ on panels with `edges` (m+1,), by its Legendre coefficients `modes` (m, degree+1) on each.

    With `exponents` that are not 0, ψ is that times powers of the distances from the ends.
    """

    edges: Tensor
    modes: Tensor

    def __init__(self, edges: Tensor, modes: Tensor, exponents: Sequence[float] = (0.0, 0.0)) -> None:
        super().__init__()
        self.exponents = float(exponents[0]), float(exponents[1])
        self.register_buffer("edges", edges)
        self.register_buffer("modes", modes)

    @property
    def spec(self) -> dict[str, Any]:
        """What to build."""
        size = {"kind": KIND, "panels": len(self.modes), "degree": self.modes.shape[1] - 1}
        return size | ({"exponents": list(self.exponents)} if any(self.exponents) else {})

    def jet(self, x: Jet) -> Jet:
        """Return ψ, ψ', ψ'' at points (n,) of the box."""
        return x.apply(self._order2)

    def _order2(self, x: Tensor) -> Order2:
        owner = (torch.searchsorted(self.edges, x.detach(), right=True) - 1).clamp(0, len(self.modes) - 1)
        left, right = self.edges[owner], self.edges[owner + 1]
        parts = _legendre(((x - left) - (right - x)) / (right - left), self.modes.shape[1])
        own, scale = self.modes[owner], 2 / (right - left)
        value, slope, curve = ((own * part).sum(1) for part in parts)
        jet = value, slope * scale, curve * scale**2
        ends = (x - self.edges[0], 1.0), (self.edges[-1] - x, -1.0)
        for (distance, toward), exponent in zip(ends, self.exponents, strict=True):
            jet = times_power(jet, distance, toward, exponent) if exponent else jet
        return jet


def restore_patches(spec: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Patches:
    """Return the function with these saved parameters.

    Raises:
        FileError: If they have not the shapes that the description claims.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in sorted(tensors.items())}
    expected = {"edges": (spec["panels"] + 1,), "modes": (spec["panels"], spec["degree"] + 1)}
    if shapes != expected:
        raise FileError(f"model: got shapes {shapes}, expected {expected} for {dict(spec)}")
    return Patches(tensors["edges"], tensors["modes"], spec.get("exponents", (0.0, 0.0)))


def times_power(parts: tuple[T, T, T], far: T, toward: float, exponent: float) -> tuple[T, T, T]:
    """Return p r^α with its first two derivatives, from those of p: r is `far`, and r' is `toward`."""
    value, slope, curve = parts
    power = far**exponent
    first = exponent * toward * power / far
    second = (exponent - 1) * toward * first / far
    return (
        value * power,
        slope * power + value * first,
        curve * power + 2 * slope * first + value * second,
    )


def _legendre(s: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return P_0 … P_{count−1} with their first two derivatives, each (n, count), by their recurrences."""
    rows = [[torch.ones_like(s), s], [torch.zeros_like(s), torch.ones_like(s)], [torch.zeros_like(s)] * 2]
    for k in range(1, count - 1):
        rows[0].append(((2 * k + 1) * s * rows[0][k] - k * rows[0][k - 1]) / (k + 1))
        for order in (1, 2):
            rows[order].append(rows[order][k - 1] + (2 * k + 1) * rows[order - 1][k])
    value, slope, curve = (torch.stack(row[:count], 1) for row in rows)
    return value, slope, curve


@lru_cache(maxsize=4)
def local_units(degree: int = DEGREE) -> Array:
    """Return the Legendre coefficients (degree+1, degree+1) of a panel's units.

    In columns: value and slope at the left end, value and slope at the right end (slopes in the panel's own
    coordinate), and the inner ones.
    """
    units = np.zeros((degree + 1, degree + 1))
    ends = np.column_stack([legendre.legvander(np.array([side]), 3)[0] for side in (-1.0, 1.0)])
    slopes = np.column_stack(
        [[float(legendre.legval(side, legendre.legder(row))) for row in np.eye(4)] for side in (-1.0, 1.0)]
    )
    conditions = np.stack([ends[:, 0], slopes[:, 0], ends[:, 1], slopes[:, 1]])
    units[:4, :4] = np.linalg.inv(conditions)
    for j in range(2, degree - 1):
        units[j + 2, j + 2] = 1 / ((2 * j + 1) * (2 * j + 3))
        units[j, j + 2] = -2 / ((2 * j - 1) * (2 * j + 3))
        units[j - 2, j + 2] = 1 / ((2 * j - 1) * (2 * j + 1))
    return units
