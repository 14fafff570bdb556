"""Data for operators: what a Burgers sample costs, how exact it is, and what time stepping costs."""

from functools import partial

import numpy as np
from harness import Measure, main

from sciml.operators.data import (
    Advection,
    Antiderivative,
    Burgers,
    DataSpec,
    GaussianField,
    Heat,
    Poisson,
    burgers_by_steps,
    generation_seconds,
    reference_seconds,
    time_step_seconds,
)
from sciml.operators.data.series import grid

N = 2048
CHECKED, POINTS = 64, 64  # samples and points on which errors are measured


def milliseconds(nu, quick):
    """Drawing, evaluating and solving, CPU time a sample."""
    spec, repeats = DataSpec(Burgers(nu)), 7 if quick else 25
    alone = 1e3 * reference_seconds(spec, N, repeats)
    return 1e3 * generation_seconds(spec, N, repeats), f"{spec.operator.method}; of it solving {alone:.3g} ms"


def refined(operator, inputs):
    """Return the operator's and the refined outputs on a few points of many samples."""
    x = grid(POINTS, inputs.multiple)
    return operator.on_grid(inputs, POINTS), operator.refined(inputs, x).astype(float)


def relative(ours, exact):
    return float((np.linalg.norm(ours - exact, axis=1) / np.linalg.norm(exact, axis=1)).max())


def error(operator, quick):
    inputs = GaussianField(boundary=operator.boundary).coefficients(CHECKED, 1)
    value = relative(*refined(operator, inputs))
    return value, f"largest relative L2 of {CHECKED} samples; reference: twice the nodes, extended precision"


def linear(quick):
    errors = {type(each).__name__: error(each, quick)[0] for each in (Heat(), Advection(), Antiderivative())}
    errors["Poisson"] = error(Poisson(), quick)[0]
    return max(errors.values()), ", ".join(f"{name} {value:.1g}" for name, value in errors.items())


def stepping(nu, n, steps, quick):
    """CPU time of ETDRK4 and its error against Cole-Hopf."""
    spec = DataSpec(Burgers(nu))
    inputs = spec.law.coefficients(8, 0)
    found = relative(burgers_by_steps(spec.operator, inputs, n, steps), spec.operator.on_grid(inputs, n))
    slow = 1e3 * time_step_seconds(spec, n, steps, 3)
    return slow, f"ETDRK4, n={n}, {steps} steps; its relative L2 error {found:.2g}"


MEASURES = [
    Measure("ms nu=0.1", 0.1, "lower", partial(milliseconds, 0.1)),
    Measure("ms nu=0.01", 0.1, "lower", partial(milliseconds, 0.01)),
    Measure("ms nu=0.001", None, "lower", partial(milliseconds, 0.001)),
    Measure("error nu=0.1", 1e-12, "lower", partial(error, Burgers(0.1))),
    Measure("error nu=0.01", 1e-12, "lower", partial(error, Burgers(0.01))),
    Measure("error nu=0.001", None, "lower", partial(error, Burgers(0.001))),
    Measure("error FFT nu=0.004", None, "lower", partial(error, Burgers(0.004, form="fft"))),
    Measure("error linear", 1e-12, "lower", linear),
    Measure("ms steps nu=0.1", None, "lower", partial(stepping, 0.1, 1024, 100)),
    Measure("ms steps nu=0.01", None, "lower", partial(stepping, 0.01, 1024, 200)),
]

if __name__ == "__main__":
    main("operator_data", MEASURES)
