"""Reference solvers of the stationary Schroedinger equation in one dimension, each with its own error."""

from sciml.quantum.references.differences import finite_differences
from sciml.quantum.references.eigenpairs import Eigenpairs
from sciml.quantum.references.spectral import spectral_elements
from sciml.quantum.references.transfer import transfer_matrix

__all__ = [
    "Eigenpairs",
    "finite_differences",
    "spectral_elements",
    "transfer_matrix",
]
