"""The old path of `sciml.operators.DataOperator`, kept for one version."""

import warnings

from sciml.operators.user import DataOperator

__all__ = ["DataOperator"]

warnings.warn(
    "sciml.operators.own has moved: use sciml.operators.DataOperator", DeprecationWarning, stacklevel=2
)
