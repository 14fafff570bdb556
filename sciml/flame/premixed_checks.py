"""The reference of a premixed flame as a problem's, and the checks of what is derived from it."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from scipy.interpolate import CubicSpline

from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.reference import Measured, Reference, Sampled
from sciml.flame.burning import PANEL, POINTS, thickness
from sciml.flame.mixture import Mixture
from sciml.flame.references import PremixedReference, premixed_reference
from sciml.numerics.domains import Array, Interval, Quadrature

SPLINE = 1e-8  # relative error of what is read off the reference by spline and quadrature
# Tolerances as multiples of that of T: fuel and rate are steep where T is not.
SHARES = {"T": 1.0, "u": 1.0, "Y_F": 4.0, "rate": 20.0, "thickness": 20.0, "heat_release": 10.0}


@lru_cache(maxsize=16)
def known_flame(mixture: Mixture, length: float) -> PremixedReference:
    """Return the flame by the phase plane over [0, length], computed once."""
    return premixed_reference(mixture, length)


def reference_on(grid: Quadrature, mixture: Mixture) -> Reference:
    """Return the flame by the phase plane on the points of `grid`, its error how far collocation differs."""
    flame = known_flame(mixture, float(grid.points[-1]))
    fields = flame(grid.points)
    return Reference(
        scalars={"s_L": Measured(flame.s_L, flame.error)},
        fields={
            name: Sampled(grid.points, values, grid.weights, flame.errors[name] / _norm(values, grid))
            for name, values in fields.items()
        },
        method=flame.method,
        citation=flame.citation,
    )


def _norm(values: Array, grid: Quadrature) -> float:
    """Return the root mean square over the grid."""
    return float(np.sqrt(grid.weights @ values**2 / grid.weights.sum()))


def compare_flame(
    comparison: Comparison, answer: Answer, mixture: Mixture, length: float, tolerance: float
) -> Comparison:
    """Return the checks with each field's own tolerance, and with those of the metrics."""
    fields = (replace(check, tolerance=tolerance * SHARES[check.name]) for check in comparison.fields)
    exact = exact_metrics(known_flame(mixture, length), Interval(0.0, length))
    metrics = (
        Check(
            name,
            answer.metrics[name],
            exact[name].value,
            exact[name].error,
            tolerance * SHARES[name],
            unit=answer.units.get(name, ""),
        )
        for name in answer.metrics
    )
    return replace(comparison, fields=tuple(fields), metrics=tuple(metrics))


def exact_metrics(flame: PremixedReference, reported: Interval) -> dict[str, Measured]:
    """Return thickness [m] and heat release [W/m²] of the reference, to 1e-8 by spline and quadrature."""
    profile, mixture, grid = flame.profile, flame.mixture, reported.quadrature(PANEL)
    fine = np.linspace(reported.left, reported.right, POINTS) / profile.scaled.thickness
    slopes = CubicSpline(profile.xi, profile.P)(fine) * profile.scaled.rise / profile.scaled.thickness
    released = mixture.heat * float(grid.weights @ flame(grid.points)["rate"])
    values = {"thickness": thickness(mixture, float(slopes.max())), "heat_release": released}
    return {name: Measured(value, SPLINE * value) for name, value in values.items()}
