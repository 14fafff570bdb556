"""Torch's optimizers without its compiler."""

from __future__ import annotations

from inspect import unwrap
from typing import TypeVar

import torch
from torch.optim import Optimizer

Kind = TypeVar("Kind", bound=Optimizer)

# Torch marks these for its compiler, which is then imported at the first call: 1.4 CPU s and 70 MB.
MARKED = ("add_param_group", "zero_grad", "state_dict", "load_state_dict")


def light(kind: type[Kind]) -> type[Kind]:
    """Return an optimizer class with torch's own methods, less the marks that load `torch._dynamo`.

    The arithmetic, the state and its names are torch's. The class is for training that is not compiled and
    not differentiated through. Where a version of torch marks its methods in another way they stay marked:
    slower to start, and as correct.

    >>> weight = torch.nn.Parameter(torch.ones(1))
    >>> weight.grad = torch.ones(1)
    >>> light(torch.optim.SGD)([weight], lr=0.5).step()
    >>> weight.item()
    0.5
    """
    methods = {name: unwrap(getattr(kind, name)) for name in MARKED}
    return type(kind.__name__, (kind,), {**methods, "step": torch.no_grad()(unwrap(kind.step))})
