"""The classical inverse problem: constants of a mixture from measured fields, and their error bars."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize

from sciml.contracts.parameters import parameters_of
from sciml.contracts.reference import Measured
from sciml.errors import ArgumentError, DataError, ScimlError, did_you_mean
from sciml.flame.mixture import Mixture
from sciml.flame.observations import Observations
from sciml.flame.references.phase_plane import by_phase_plane
from sciml.flame.references.premixed import fields_of
from sciml.flame.references.profile import Profile
from sciml.flame.references.spectral import Spectral
from sciml.numerics.domains import Array

METHOD = "least squares through the flame in the phase plane (scipy.optimize.least_squares)"
UNKNOWNS = ("conductivity", "Ea")
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


@dataclass(frozen=True, eq=False)
class Estimate:
    """What the observations say of the unknowns.

    Attributes:
        values: Estimates and standard errors of the unknowns and of `s_L`.
        bound: The bound at the estimates.
        chi_square: Reduced: about 1 ± √(2/freedom) where the model and the standard deviations are right.
        freedom: How many more observations there are than unknowns.
        profile: The flame of the estimates; its `scaled.mixture` has them.
        evaluations: How many flames were solved for residuals.
    """

    values: Mapping[str, Measured]
    bound: Bound
    chi_square: float
    freedom: int
    profile: Profile
    evaluations: int


def fit_mixture(observations: Observations, start: Mixture, unknowns: Sequence[str] = UNKNOWNS) -> Estimate:
    r"""Return the mixture whose flame is nearest to the observations, in units of their standard deviations.

    $\min_p\sum_i\left[(f_i(p)-o_i)/\sigma_i\right]^2$ over all fields and positions, by a trust region in
    ln p; for Gaussian errors this is the maximum-likelihood estimate.

    Args:
        observations: Fields at points, with standard deviations.
        start: The known constants, and first guesses of the unknown ones.
        unknowns: Names of the fields of `Mixture` to estimate.
    """
    model = _Model(observations, start, tuple(unknowns))
    limits = model.limits()
    fit = optimize.least_squares(
        model.residuals,
        np.clip(np.zeros(len(model.names)), *limits),
        jac=model.jacobian,
        bounds=limits,
        x_scale="jac",
        xtol=1e-10,
        ftol=1e-12,
        gtol=1e-12,
    )
    if fit.status <= 0:
        raise ScimlError(f"least squares stopped after {fit.nfev} flames, start nearer: {fit.message}")
    profile, bound = model.flame(fit.x), model.bound(fit.x)
    estimates = {name: getattr(profile.scaled.mixture, name) for name in model.names} | {"s_L": profile.s_L}
    freedom = len(fit.fun) - len(model.names)
    return Estimate(
        values={name: Measured(float(value), bound.errors[name]) for name, value in estimates.items()},
        bound=bound,
        chi_square=float(fit.fun @ fit.fun) / freedom,
        freedom=freedom,
        profile=profile,
        evaluations=fit.nfev,
    )


def cramer_rao(mixture: Mixture, observations: Observations, unknowns: Sequence[str] = UNKNOWNS) -> Bound:
    r"""Return the Cramér–Rao bound at `mixture`.

    It is $(J^TJ)^{-1}$ with $J_{ij}=\sigma_i^{-1}\partial f_i/\partial p_j$. Of the observations only the
    positions, names of fields and standard deviations count. The error of s_L, which depends on the unknowns,
    follows from its gradient.
    """
    return _Model(observations, mixture, tuple(unknowns)).bound(np.zeros(len(unknowns)))


class _Model:
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
        except ScimlError:
            if not logs.any():
                raise
            return np.full(len(self.observed), _NO_FLAME)
        return np.asarray((self._predict(flame) - self.observed) / self.sigma)

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
            change = self._predict(ahead) - self._predict(behind)
            columns.append(change / (2.0 * _STEP * self.sigma))
            speeds.append(math.log(ahead.s_L / behind.s_L) / (2.0 * _STEP))
        return np.stack(columns, axis=1), np.array(speeds)

    def _predict(self, flame: Profile) -> Array:
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
