"""The constants of a mixture that may be inferred, and the classical fit of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from sciml.contracts.parameters import find_parameter
from sciml.contracts.reference import Reference, Sampled
from sciml.flame.mixture import Mixture
from sciml.flame.observations import Observations
from sciml.flame.references.least_squares import METHOD, Estimate, fit_mixture
from sciml.flame.references.likelihood import Likelihood
from sciml.flame.references.premixed import fields_of
from sciml.flame.references.suspects import p_value, suspects
from sciml.flame.references.whitened import WhitenedModel
from sciml.numerics.domains import Quadrature
from sciml.pinn import Scalar
from sciml.pinn.inverse import DOUBTFUL, Classical, Measurements, Scrutiny
from sciml.pinn.uncertainty import IDENTIFIED

CONSTANTS = ("conductivity", "Ea", "A", "nu")
FAR = 2.5  # largest |log(p/guess)|
CONVERGED = 1e-6  # of a standard error, by which the fit's own estimates may be off


def constants_of(mixture: Mixture) -> dict[str, Scalar]:
    """Return the constants as scalars that keep their sign and their range."""
    return {name: _scalar(mixture, name) for name in CONSTANTS}


def _scalar(mixture: Mixture, name: str) -> Scalar:
    item, value = find_parameter(Mixture, name), float(getattr(mixture, name))
    least = max(item.range.low, item.range.above)
    reach = [math.log(item.range.high / value), math.log(value / least) if least > 0 else math.inf]
    return Scalar(value, positive=True, unit=item.range.unit, bound=min(FAR, *reach))


def classical_fit(
    measured: Measurements, start: Mixture, unknowns: tuple[str, ...], grid: Quadrature
) -> Classical:
    """Return the fit by least squares, its error bars the Cramér-Rao bound, its fields on a grid."""
    observations = Observations(measured.x, measured.values, measured.sigma)
    estimate = fit_mixture(observations, start, unknowns)
    return Classical(_reference(estimate, grid), _stds(estimate), estimate.chi_square)


def scrutinise(measured: Measurements, best: Mixture, unknowns: tuple[str, ...]) -> Scrutiny:
    """Return which error bars do not hold; for data that the best mixture does not fit, what may be wrong."""
    observations = Observations(measured.x, measured.values, measured.sigma)
    estimate = fit_mixture(observations, best, unknowns)
    if p_value(estimate.chi_square * estimate.freedom, estimate.freedom) < DOUBTFUL:
        return Scrutiny(suspects=suspects(observations, estimate.profile.scaled.mixture, unknowns))
    likelihood = Likelihood(WhitenedModel(observations, best, unknowns), estimate)
    told = _remark if likelihood.bars.max() < IDENTIFIED else _short_remark
    remarks = (told(name, likelihood, j) for j, name in enumerate(unknowns))
    return Scrutiny(remarks=tuple(filter(None, remarks)))


def _remark(name: str, likelihood: Likelihood, j: int) -> str:
    """Say where the profile likelihood ends, where the standard error says otherwise."""
    if likelihood.bars[j] >= IDENTIFIED:  # of which it is said that the data do not determine it
        return ""
    interval = likelihood.interval(j)
    if interval.linear:
        return ""
    unit = find_parameter(Mixture, name).range.unit
    low = f"from {interval.low:.4g}" if interval.low > 0 else "from below half of it"
    high = f"to {interval.high:.4g}" if math.isfinite(interval.high) else "to above twice of it"
    value, bar = likelihood.values[j], likelihood.values[j] * likelihood.bars[j]
    words = f"{value:.4g} +- {bar:.2g} {unit}".rstrip(), f"{low} {high} {unit}".rstrip()
    return f"{name}: {words[0]} is no true error bar, the profile likelihood (chi-square + 1) goes {words[1]}"


def _short_remark(name: str, likelihood: Likelihood, j: int) -> str:
    """Say that a standard error does not hold; its true ends are those of the constant that is not known."""
    if likelihood.bars[j] >= IDENTIFIED or likelihood.straight(j):
        return ""
    return f"{name}: its error bar is no true one, since another unknown is not identified; infer fewer"


def _stds(estimate: Estimate) -> Mapping[str, float]:
    return {name: measured.error for name, measured in estimate.values.items()}


def _reference(estimate: Estimate, grid: Quadrature) -> Reference:
    fields = fields_of(estimate.profile, grid.points)
    return Reference(
        scalars={
            name: replace(value, error=CONVERGED * value.error) for name, value in estimate.values.items()
        },
        fields={name: Sampled(grid.points, np.asarray(fields[name]), grid.weights) for name in ("T", "u")},
        method=METHOD,
    )
