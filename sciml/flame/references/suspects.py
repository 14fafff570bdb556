"""What may be wrong with data that a flame does not fit: each suspicion is tried with the classical model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np
from scipy import optimize

from sciml.errors import ScimlError
from sciml.flame.mixture import Mixture
from sciml.flame.observations import FIELDS, Observations
from sciml.flame.references.least_squares import fit_mixture
from sciml.flame.references.profile import Profile
from sciml.flame.references.whitened import WhitenedModel
from sciml.numerics.domains import Array

RESTORED = 0.01  # p-value from which on a suspicion explains the data
FARTHEST = 0.25  # largest offset of x tried, of the largest x
STATES = {"phi": "", "T_in": " K", "p_atm": " atm"}  # of the gas, given by whoever measured
IGNORED = 1e6  # factor on the standard deviation of a value that is left out
STEP = 1e-4  # of the logarithms and of the offset's share of the largest x, in central differences
FLAMES = 60  # most steps of the fit of an offset


def suspects(observations: Observations, estimate: Mixture, unknowns: tuple[str, ...]) -> tuple[str, ...]:
    """Return what alone would make the flame fit the data, the likeliest first.

    Tried are an offset of x, a value or a point that does not belong, and another φ, T_in or pressure than
    was given.

    Args:
        observations: Data that the flame does not fit.
        estimate: The mixture of the best fit.
        unknowns: The constants that were fitted.
    """
    tried = (*_states(observations, estimate, unknowns), *_offset(observations, estimate, unknowns))
    named = {words: p for words, p in (*tried, *_outliers(observations, estimate, unknowns)) if p >= RESTORED}
    return tuple(f"{words} (p = {named[words]:.2g})" for words in sorted(named, key=named.__getitem__)[::-1])


def _states(
    observations: Observations, estimate: Mixture, unknowns: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Try another state of the fresh gas."""
    for name, unit in STATES.items():
        fit = _fitted(observations, estimate, (*unknowns, name))
        if fit is not None:
            values, chi_square, freedom = fit
            assumed = getattr(estimate, name)
            yield f"{name}, rather {values[name]:.4g} than {assumed:g}{unit}", p_value(chi_square, freedom)


def _outliers(
    observations: Observations, estimate: Mixture, unknowns: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Leave out the value whose absence lowers χ² most; if that is not enough, the point."""
    model = WhitenedModel(observations, estimate, unknowns)
    at = np.zeros(len(unknowns))
    residuals, jacobian = model.residuals(at), model.jacobian(at)
    hat = np.sum(np.linalg.qr(jacobian)[0] ** 2, axis=1)
    lowered = (residuals**2 / np.maximum(1 - hat, 1e-12)).reshape(len(model.fields), -1)
    field, point = divmod(int(lowered.argmax()), lowered.shape[1])
    name, x = model.fields[field], observations.x[point]
    fit = _fitted(_without(observations, (name,), point), estimate, unknowns)
    alone = 0.0 if fit is None else p_value(fit[1], fit[2] - 1)
    yield f"{name} at x = {x:.4g} m, an outlier", alone
    if alone < RESTORED and len(model.fields) > 1:
        point = int(lowered.sum(axis=0).argmax())
        fit = _fitted(_without(observations, model.fields, point), estimate, unknowns)
        together = 0.0 if fit is None else p_value(fit[1], fit[2] - len(model.fields))
        yield f"the point x = {observations.x[point]:.4g} m", together


def _without(observations: Observations, names: tuple[str, ...], point: int) -> Observations:
    sigma = {name: values.copy() for name, values in observations.sigma.items()}
    for name in names:
        sigma[name][point] *= IGNORED
    return replace(observations, sigma=sigma)


def _fitted(
    observations: Observations, start: Mixture, unknowns: tuple[str, ...]
) -> tuple[Mapping[str, float], float, int] | None:
    """Return the estimates, χ² and its degrees of freedom; None where the fit fails."""
    try:
        fit = fit_mixture(observations, start, unknowns)
    except ScimlError:
        return None
    values = {name: measured.value for name, measured in fit.values.items()}
    return values, fit.chi_square * fit.freedom, fit.freedom


def _offset(
    observations: Observations, estimate: Mixture, unknowns: tuple[str, ...]
) -> Iterator[tuple[str, float]]:
    """Try an offset of x beside the unknowns."""
    try:
        model = _Shifted(observations, estimate, unknowns)
        fit = model.fit()
    except (ScimlError, ValueError):
        return
    freedom = len(fit.fun) - len(fit.x)
    yield f"x, off by {-fit.x[-1] * model.unit:.2g} m", p_value(float(fit.fun @ fit.fun), freedom)


class _Shifted(WhitenedModel):
    """Whitened data whose positions are off by the last of the parameters, times the largest x."""

    def __init__(self, observations: Observations, start: Mixture, names: tuple[str, ...]) -> None:
        self.unit, self.shift = float(observations.x.max()), 0.0
        super().__init__(observations, start, names)
        self.reach = (1 + FARTHEST) * self.unit

    def fit(self) -> optimize.OptimizeResult:
        """Return the least-squares fit of the logarithms and the offset, from none."""
        low, high = self.limits()
        return optimize.least_squares(
            self._at,
            np.zeros(len(self.names) + 1),
            jac=self._slopes,
            bounds=(np.append(low, -FARTHEST), np.append(high, FARTHEST)),
            x_scale="jac",
            max_nfev=FLAMES,
        )

    def _at(self, parameters: Array) -> Array:
        self.shift = float(parameters[-1]) * self.unit
        return self.residuals(parameters[:-1])

    def _slopes(self, parameters: Array) -> Array:
        self.shift = float(parameters[-1]) * self.unit
        columns, flame = self.jacobian(parameters[:-1]), self.flame(parameters[:-1])
        ends = []
        for step in (STEP, -STEP):
            self.shift = (float(parameters[-1]) + step) * self.unit
            ends.append(self.predict(flame))
        return np.column_stack([columns, (ends[0] - ends[1]) / (2 * STEP * self.sigma)])

    def predict(self, flame: Profile) -> Array:
        """Return the fields at the true positions, in front of x = 0 where the gas is only heated up."""
        x, scaled = self.observations.x + self.shift, flame.scaled
        ahead = np.expm1(np.minimum(x, 0.0) / scaled.thickness)
        T = flame.temperature(np.maximum(x, 0.0)) + scaled.mixture.slope * scaled.thickness * ahead
        fields = dict(zip(FIELDS, (T, scaled.mixture.velocity(T, flame.s_L)), strict=True))
        return np.concatenate([fields[name] for name in self.fields])


def p_value(chi_square: float, freedom: int) -> float:
    """Return the probability of a χ² as large as this or larger; zero without degrees of freedom."""
    from scipy.stats import chi2  # 0.4 CPU s, which a solve need not pay

    return float(chi2.sf(chi_square, freedom)) if freedom > 0 else 0.0
