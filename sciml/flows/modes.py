"""What torch is about to do with what is computed: transform it, compile it, or lower its precision."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch.autograd import forward_ad


def transformed() -> bool:
    """Whether `torch.func` or the compiler is at work, for which no value may decide a branch."""
    return torch.compiler.is_compiling() or torch._C._are_functorch_transforms_active()


def forward_mode() -> bool:
    """Whether derivatives are carried forward."""
    return forward_ad._current_level >= 0


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """Return a context without autocast: in half precision a log density is off by a nat in silence."""
    if torch.is_autocast_enabled(device.type):
        return torch.autocast(device.type, enabled=False)
    return nullcontext()
