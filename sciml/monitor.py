"""The old path of `sciml.contracts.monitor`, kept for one version."""

import warnings

from sciml.contracts.monitor import Monitor

__all__ = ["Monitor"]

warnings.warn("sciml.monitor has moved: use sciml.contracts.monitor", DeprecationWarning, stacklevel=2)
