"""The old path of `sciml.Interval`, kept for one version."""

import warnings

from sciml.numerics.domains import Interval, Quadrature

__all__ = ["Interval", "Quadrature"]

warnings.warn("sciml.domains has moved: use sciml.Interval", DeprecationWarning, stacklevel=2)
