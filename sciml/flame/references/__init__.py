"""Reference solvers of the premixed flame, forward and inverse, each with its own error."""

from sciml.flame.references.collocation import by_collocation
from sciml.flame.references.least_squares import Estimate, cramer_rao, fit_mixture
from sciml.flame.references.phase_plane import by_phase_plane
from sciml.flame.references.premixed import PremixedReference, premixed_reference
from sciml.flame.references.profile import Profile
from sciml.flame.references.spectral import Spectral
from sciml.flame.references.whitened import Bound

__all__ = [
    "Bound",
    "Estimate",
    "PremixedReference",
    "Profile",
    "Spectral",
    "by_collocation",
    "by_phase_plane",
    "cramer_rao",
    "fit_mixture",
    "premixed_reference",
]
