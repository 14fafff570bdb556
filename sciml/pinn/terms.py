"""The rows of a residual: conditions at points and integrals by quadrature."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from torch import Tensor

from sciml.numerics.derivatives import Jet

Where = str | tuple[float, ...]  # "interior"; "left", "right" or points on a line; a face of a box
Shared = TypeVar("Shared")


@dataclass(frozen=True)
class Sample:
    """What a term sees: points (n,) or (n, d), the fields' jets there, scalars and coefficients as (n,).

    Row i may use entry i of each only, so that the Jacobian stays one of samples. `shared` keeps what several
    terms use, so that it is evaluated once.
    """

    x: Tensor
    fields: Mapping[str, Jet]
    scalars: Mapping[str, Tensor]
    coefficients: Mapping[str, Tensor]
    shared: dict[str, Any] = field(default_factory=dict, compare=False)

    def once(self, name: str, make: Callable[[Sample], Shared]) -> Shared:
        """Return what `make` gives for this sample, the same for every term that asks by this name."""
        if name not in self.shared:
            self.shared[name] = make(self)
        shared: Shared = self.shared[name]
        return shared

    def __getitem__(self, field: str) -> Jet:
        return self.fields[field]


@dataclass(frozen=True)
class Pointwise:
    """One row a point: √(w_i) · weight · f(sample)_i.

    In the interior w_i are the quadrature weights, so that the squared rows sum to ∫ f² dx; elsewhere one.
    """

    name: str
    where: Where
    f: Callable[[Sample], Tensor]
    weight: float = 1.0


@dataclass(frozen=True)
class Integral:
    """One row: weight · (∫ integrand dx − target), by the interior's quadrature."""

    name: str
    integrand: Callable[[Sample], Tensor]
    target: float
    weight: float = 1.0


Term = Pointwise | Integral
