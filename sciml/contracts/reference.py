"""What an answer is compared with, and how far that reference is itself to be trusted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from sciml.numerics.domains import Array

Kind = Literal["analytic", "numerical"]


@dataclass(frozen=True)
class Measured:
    """A number and an estimate of its absolute error."""

    value: float
    error: float = 0.0


@dataclass(frozen=True)
class Sampled:
    """A field on points: `x` (n,) or (n, d), `values` (n,), quadrature `weights` (n,), its `error`."""

    x: Array
    values: Array
    weights: Array
    error: float = 0.0

    def relative_l2(self, values: Array) -> float:
        """Return ‖values − reference‖ / ‖reference‖ in the quadrature's L2 norm."""
        return float(np.sqrt(self.squared(values - self.values) / self.squared(self.values)))

    def squared(self, values: Array) -> float:
        """Return ∫ values² by the quadrature."""
        return float(self.weights @ values**2)


@dataclass(frozen=True)
class Reference:
    """Scalars and fields to compare with, how they were computed, and by whom the method is."""

    scalars: Mapping[str, Measured] = field(default_factory=dict)
    fields: Mapping[str, Sampled] = field(default_factory=dict)
    log_prob: Callable[[Any], Array] | None = None
    kind: Kind = "numerical"
    method: str = ""
    citation: str = ""
