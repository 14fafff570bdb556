"""Measured fields of a flame as a function of the logarithms of its constants, in standard deviations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from sciml.contracts.parameters import parameters_of
from sciml.errors import ArgumentError, DataError, ScimlError, did_you_mean
from sciml.flame.mixture import Mixture
from sciml.flame.observations import Observations
from sciml.flame.references.phase_plane import by_phase_plane
from sciml.flame.references.premixed import fields_of
from sciml.flame.references.profile import Profile
from sciml.flame.references.spectral import Spectral
from sciml.numerics.domains import Array

_STEP = 1e-4  # of the logarithms, in central differences
_MARGIN = 1e-3  # kept from the limits of the logarithms, for the differences
_FARTHEST = 0.5  # by which a logarithm may change before the grid is laid anew
_NO_FLAME = 1e9  # residual of a trial mixture without a flame, far above any other
_DISTINCT = 1e-7  # least ratio of singular values of a Jacobian with columns of length 1


@dataclass(frozen=True, eq=False)
class Bound:
    """The Cramér–Rao bound: the least covariance of unbiased estimates.

    Attributes:
        names: The unknowns, in the order of the covariance.
        covariance: Covariance of the unknowns, in the products of their units.
        errors: Standard errors of the unknowns and of `s_L`, in their units.
    """

    names: tuple[str, ...]
    covariance: Array
    errors: Mapping[str, float]


class WhitenedModel:
    """Whitened observations as a function of ln(p/p_start); each flame is the first guess of the next."""

    def __init__(self, observations: Observations, start: Mixture, names: tuple[str, ...]) -> None:
        _check_unknowns(names)
        self.observations, self.start, self.names = observations, start, names
        self.fields = tuple(observations.values)
        self.observed = np.concatenate([observations.values[name] for name in self.fields])
        self.sigma = np.concatenate([observations.sigma[name] for name in self.fields])
        if len(self.observed) <= len(names):
            raise DataError(f"{len(self.observed)} observed values: expected more than {len(names)} unknowns")
        self.reach = float(observations.x.max())
        self.centre: Array = np.zeros(len(names))
        self.last = by_phase_plane(start, 1.5 * self.reach)
        self.solver = Spectral(self.last)

    def limits(self) -> tuple[Array, Array]:
        """Return the least and largest ln(p/p_start) that a mixture allows."""
        ranges = {item.name: item.range for item in parameters_of(Mixture)}
        low = [max(ranges[name].low, ranges[name].above, 0.0) / self._first(name) for name in self.names]
        high = [ranges[name].high / self._first(name) for name in self.names]
        with np.errstate(divide="ignore"):
            return np.log(low) + _MARGIN, np.log(high) - _MARGIN

    def residuals(self, logs: Array) -> Array:
        """Return the whitened residuals, large where a trial mixture has no flame."""
        try:
            flame = self.flame(logs)
        except (ScimlError, OverflowError, ValueError):  # the last two: numbers beyond any flame's
            if not logs.any():
                raise
            return np.full(len(self.observed), _NO_FLAME)
        return np.asarray((self.predict(flame) - self.observed) / self.sigma)

    def jacobian(self, logs: Array) -> Array:
        """Return the derivatives of the whitened residuals by the logarithms."""
        return self._sensitivities(logs)[0]

    def bound(self, logs: Array) -> Bound:
        """Return the Cramér–Rao bound."""
        whitened, speed = self._sensitivities(logs)
        _check_distinct(whitened, self.names)
        covariance = np.linalg.inv(whitened.T @ whitened)
        values = np.array([self._first(name) for name in self.names]) * np.exp(logs)
        deviations = values * np.sqrt(np.diag(covariance))
        errors = dict(zip(self.names, deviations.tolist(), strict=True))
        errors["s_L"] = self.flame(logs).s_L * math.sqrt(speed @ covariance @ speed)
        return Bound(self.names, covariance * np.outer(values, values), errors)

    def flame(self, logs: Array) -> Profile:
        """Return the flame for the given logarithms and keep it as the next guess."""
        if np.abs(logs - self.centre).max() > _FARTHEST:
            return self._restart(logs, None)
        try:
            flame = self.solver(self._mixture(logs), self.last)
        except ScimlError:
            return self._restart(logs, None)
        if flame.length < self.reach:
            return self._restart(logs, flame.s_L)
        self.last = flame
        return flame

    def _restart(self, logs: Array, guess: float | None) -> Profile:
        """Return the flame from scratch and lay the grid of the next ones through it."""
        self.centre = logs.copy()
        self.last = by_phase_plane(self._mixture(logs), 1.5 * self.reach, guess)
        self.solver = Spectral(self.last)
        return self.last

    def _sensitivities(self, logs: Array) -> tuple[Array, Array]:
        """Return the derivatives by the logarithms: of what is observed, whitened, and of ln s_L."""
        columns, speeds = [], []
        for shift in _STEP * np.eye(len(self.names)):
            ahead, behind = self.flame(logs + shift), self.flame(logs - shift)
            change = self.predict(ahead) - self.predict(behind)
            columns.append(change / (2.0 * _STEP * self.sigma))
            speeds.append(math.log(ahead.s_L / behind.s_L) / (2.0 * _STEP))
        return np.stack(columns, axis=1), np.array(speeds)

    def predict(self, flame: Profile) -> Array:
        """Return the fields of a flame at the observed positions, one after the other."""
        fields = fields_of(flame, self.observations.x)
        return np.concatenate([fields[name] for name in self.fields])

    def _mixture(self, logs: Array) -> Mixture:
        factors = zip(self.names, np.exp(logs).tolist(), strict=True)
        return replace(self.start, **{name: self._first(name) * factor for name, factor in factors})

    def _first(self, name: str) -> float:
        return float(getattr(self.start, name))


def _check_unknowns(names: tuple[str, ...]) -> None:
    constants = [item.name for item in parameters_of(Mixture)]
    for name in names:
        if name not in constants:
            raise ArgumentError(f"unknowns: got {name!r}, {did_you_mean(name, constants)}")
    if not names or len(set(names)) < len(names):
        raise ArgumentError(f"unknowns: got {list(names)}, expected one or more different names")


def _check_distinct(whitened: Array, names: tuple[str, ...]) -> None:
    """Raise where the observations cannot tell the unknowns apart."""
    lengths = np.linalg.norm(whitened, axis=0)
    if not lengths.all() or np.linalg.cond(whitened / lengths) > 1.0 / _DISTINCT:
        raise DataError(f"unknowns: the observations cannot tell {', '.join(names)} apart; estimate fewer")
