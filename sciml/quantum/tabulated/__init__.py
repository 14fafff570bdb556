"""Wells from a file: a potential by its values at points, with units."""

from sciml.quantum.tabulated.file import read_potential
from sciml.quantum.tabulated.well import TabulatedWell

__all__ = [
    "TabulatedWell",
    "read_potential",
]
