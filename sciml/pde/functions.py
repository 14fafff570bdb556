"""sin, cos, exp, … of whatever an equation is written in: jets, fields, tensors, arrays and numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
import torch
from torch import Tensor

from sciml.numerics import derivatives
from sciml.numerics.derivatives import Jet
from sciml.numerics.domains import Array
from sciml.pde.field import Field, value_of


@dataclass(frozen=True)
class Function:
    """A function of one number, on each kind of thing."""

    on_jets: Callable[[Jet], Jet]
    on_tensors: Callable[[Tensor], Tensor]
    on_arrays: Callable[[Any], Any]

    @overload
    def __call__(self, x: Jet) -> Jet: ...
    @overload
    def __call__(self, x: Field | Tensor) -> Tensor: ...
    @overload
    def __call__(self, x: float) -> float: ...
    @overload
    def __call__(self, x: Array) -> Array: ...
    def __call__(self, x: Any) -> Any:
        """Return the function's value, of the kind of `x`; of a field, that of its value."""
        if isinstance(x, Jet):
            return self.on_jets(x)
        x = value_of(x)
        return self.on_tensors(x) if isinstance(x, Tensor) else self.on_arrays(x)


sin = Function(derivatives.sin, torch.sin, np.sin)
cos = Function(derivatives.cos, torch.cos, np.cos)
exp = Function(derivatives.exp, torch.exp, np.exp)
log = Function(derivatives.log, torch.log, np.log)
sqrt = Function(derivatives.sqrt, torch.sqrt, np.sqrt)
tanh = Function(derivatives.tanh, torch.tanh, np.tanh)
