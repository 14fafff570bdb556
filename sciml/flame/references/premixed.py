"""The reference of the one-equation premixed flame: two methods and what they disagree by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from sciml.errors import ArgumentError
from sciml.flame.mixture import LENGTH, Mixture
from sciml.flame.references import collocation, phase_plane
from sciml.flame.references.profile import Profile
from sciml.numerics.domains import Array

_TOLERANCE = 5e-12  # relative, what each method is trusted to at best
_BURNT = 0.9  # of the rise in temperature, at the right end of the domain
_NODES = 401  # even positions at which the two methods are compared
_CITATION = (
    "FlamePINN-1D, arXiv:2406.09071, case 1; Zeldovich et al., Mathematical Theory of Combustion, 1985"
)


@dataclass(frozen=True, eq=False)
class PremixedReference:
    """A flame over [0, length] with the errors of what is known of it.

    Attributes:
        mixture: The gas and its state.
        s_L: Laminar burning velocity [m/s].
        error: Estimate of the error of `s_L` [m/s]: how far two methods differ, and their tolerance.
        x: Even positions [m] from T_in on, shape (n,).
        fields: T [K], u [m/s], Y_F and rate [kg/m³/s] there.
        errors: Estimates of the largest absolute errors of the fields.
        profile: The flame at any position up to its own length, which is longer.
        method: The methods in a few words.
        citation: Where the flame is described.
    """

    mixture: Mixture
    s_L: float
    error: float
    x: Array
    fields: Mapping[str, Array]
    errors: Mapping[str, float]
    profile: Profile
    method: str = f"{phase_plane.METHOD}; checked by {collocation.METHOD}"
    citation: str = _CITATION

    @property
    def T(self) -> Array:
        """Temperatures at `x` [K]."""
        return self.fields["T"]

    def __call__(self, x: ArrayLike) -> dict[str, Array]:
        """Return the fields at the positions `x` [m]."""
        return fields_of(self.profile, np.asarray(x, np.float64))


def premixed_reference(mixture: Mixture, length: float = LENGTH) -> PremixedReference:
    """Return the flame of `mixture` over [0, length], from the phase plane, with collocation as its check.

    Args:
        mixture: The gas and its state.
        length: The right end of the domain [m]; most of the fuel must be burnt there.

    >>> flame = premixed_reference(Mixture(phi=0.5))
    >>> round(flame.s_L, 9), flame.error < 1e-10
    (0.39434991, True)
    """
    check_length(length)
    first = phase_plane.by_phase_plane(mixture, length)
    check_burnt(first, length)
    second = collocation.by_collocation(mixture, first)
    x = np.linspace(0.0, length, _NODES)
    fields, others = fields_of(first, x), fields_of(second, x)
    return PremixedReference(
        mixture=mixture,
        s_L=first.s_L,
        error=abs(second.s_L - first.s_L) + _TOLERANCE * first.s_L,
        x=x,
        fields=fields,
        errors={name: _largest(fields[name], others[name]) for name in fields},
        profile=first,
    )


def fields_of(profile: Profile, x: Array) -> dict[str, Array]:
    """Return T [K], u [m/s], Y_F and rate [kg/m³/s] of a flame at the positions `x` [m]."""
    mixture, T = profile.scaled.mixture, profile.temperature(x)
    rate = np.asarray(mixture.rate(T, profile.s_L))
    return {"T": T, "u": np.asarray(mixture.velocity(T, profile.s_L)), "Y_F": mixture.fuel(T), "rate": rate}


def check_length(length: float) -> None:
    """Raise unless `length` is a positive number."""
    if not (np.isfinite(length) and length > 0.0):
        raise ArgumentError(f"length: got {length!r}, expected a positive number of metres")


def check_burnt(profile: Profile, length: float) -> None:
    """Raise unless the gas is nearly burnt at `length` [m]."""
    burnt = 1.0 - float(profile.deficit(length))
    if burnt < _BURNT:
        need = float(np.interp(-(1.0 - _BURNT), -profile.y, profile.xi)) * profile.scaled.thickness
        raise ArgumentError(
            f"length: {length:g} m is too narrow, the gas would be only {100 * burnt:.0f} % burnt at its end;"
            f" expected at least {1.01 * need:.3g} m"
        )


def _largest(first: Array, second: Array) -> float:
    """Return the largest difference, and the tolerance of both."""
    return float(np.abs(first - second).max() + _TOLERANCE * np.abs(first).max())
