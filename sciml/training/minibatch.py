"""The old path of `sciml.training.fit` and of its plan, kept for one version."""

import warnings

from sciml.training.fit import fit
from sciml.training.plan import Minibatch

__all__ = ["Minibatch", "fit"]

warnings.warn(
    "sciml.training.minibatch has moved: use sciml.training.fit and sciml.training.plan",
    DeprecationWarning,
    stacklevel=2,
)
