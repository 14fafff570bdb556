"""The old path of `sciml.Jet` and of functions of jets, kept for one version."""

import warnings

from sciml.numerics.derivatives import Jet, exp, reciprocal, sigmoid, sin, stack, tanh, variable

__all__ = ["Jet", "exp", "reciprocal", "sigmoid", "sin", "stack", "tanh", "variable"]

warnings.warn(
    "sciml.derivatives has moved: use sciml.Jet, and sciml.numerics.derivatives for functions of jets",
    DeprecationWarning,
    stacklevel=2,
)
