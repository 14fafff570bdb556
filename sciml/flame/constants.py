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
from sciml.flame.references.premixed import fields_of
from sciml.numerics.domains import Quadrature
from sciml.pinn import Scalar
from sciml.pinn.inverse import Classical, Measurements

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
