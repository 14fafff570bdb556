"""Solutions made by hand from analytic arrays."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from scipy.special import eval_hermite, gammaln

from sciml.contracts.checks import Check, Comparison, FieldCheck
from sciml.contracts.status import Status
from sciml.runs.solution import Solution


def gauss(edges, count=128):
    nodes, weights = np.polynomial.legendre.leggauss(count)
    pieces = [(a + (b - a) * (nodes + 1) / 2, weights * (b - a) / 2) for a, b in itertools.pairwise(edges)]
    return tuple(np.concatenate(item) for item in zip(*pieces, strict=True))


def infinite_well(states, **more):
    x, weights = gauss([0.0, 1.0])
    waves = [np.sqrt(2) * np.sin((k + 1) * np.pi * x) for k in range(states)]
    return quantum(x, weights, 0 * x, [((k + 1) * np.pi) ** 2 for k in range(states)], waves, **more)


def harmonic(states, **more):
    x, weights = gauss([-7.0, 7.0])
    waves = [
        eval_hermite(k, x) * np.exp(-(x**2) / 2 - (k * np.log(2) + gammaln(k + 1)) / 2) / np.pi**0.25
        for k in range(states)
    ]
    return quantum(x, weights, x**2 / 2, [k + 0.5 for k in range(states)], waves, **more)


def discretised(edges, potential, kinetic, states, **more):
    """Levels by finite differences: rough, but real shapes."""
    from scipy.linalg import eigh_tridiagonal

    grid = np.linspace(edges[0], edges[-1], 4002)[1:-1]
    step = grid[1] - grid[0]
    found, vectors = eigh_tridiagonal(
        2 * kinetic / step**2 + potential(grid),
        np.full(len(grid) - 1, -kinetic / step**2),
        select="i",
        select_range=(0, states - 1),
    )
    x, weights = gauss(edges, 96)
    waves = [np.interp(x, grid, vector / np.sqrt(step)) for vector in vectors.T]
    return quantum(x, weights, potential(x), found.tolist(), waves, **more)


def double_well(states=4, **more):
    return discretised([-3.5, 3.5], lambda x: (x**2 - 3) ** 2, 0.5, states, name="double-well", **more)


def finite_well(states=4, depth=20.0, **more):
    edges = [-3.0, -1.0, 1.0, 3.0]
    return discretised(
        edges, lambda x: np.where(abs(x) < 1, 0.0, depth), 1.0, states, name="finite-well", **more
    )


def quantum(x, weights, potential, energies, waves, *, name="well", error=1e-9, history=True, reference=True):
    rng = np.random.default_rng(0)
    samples = {"x": x, "weights": weights, "potential": potential}
    for k, wave in enumerate(waves):
        samples[f"psi{k}"] = wave + error * rng.standard_normal() * np.sin((k + 3) * x) * np.abs(wave).max()
        samples[f"psi{k}_reference"] = wave
    basis = [8, 16, 32, 64, 128]
    ritz = {
        "basis": basis,
        **{f"E{k}": [e * (1 + rate(k, n)) for n in basis] for k, e in enumerate(energies)},
    }
    scalars = {f"E{k}": e * (1 + error**2 + 1e-13 * (k + 1)) for k, e in enumerate(energies)}
    rows = [
        {"step": float(25 * k + i), "seconds": 0.01 * i, "loss": 10.0**-i, "state": float(k)}
        | {"energy": e * (1 + 10 ** (-1 - i / 2.5))}
        for k, e in enumerate(energies)
        for i in range(25)
    ]
    checks = Comparison(
        tuple(Check(n, v, energies[k], 1e-14, 1e-9) for k, (n, v) in enumerate(scalars.items())),
        tuple(FieldCheck(f"psi{k}", error / 3, error, 1e-12, 1e-6) for k in range(len(waves))),
        reference_kind="analytic",
    )
    if not reference:
        samples = {key: value for key, value in samples.items() if not key.endswith("_reference")}
        checks = Comparison()
    return Solution(
        name=name,
        kind="quantum",
        status=Status.CONVERGED,
        scalars=scalars,
        samples=samples,
        curves={"ritz": ritz} if history else {},
        history=tuple(rows) if history else (),
        stored=checks,
    )


def rate(state, basis):
    return max(1e-16, np.exp(-(basis - state) / 3.0))


def front(*, reference=True, history=True, scale=1.0):
    """Nagumo's front; with another `scale` a flame with fields of very different sizes."""
    x, weights = gauss([-20.0, 20.0], 200)
    theta = 1 / (1 + np.exp(-x / np.sqrt(2)))
    fields = {"theta": theta}
    if scale != 1.0:
        fields = {"T": 298 + 1500 * theta, "u": 0.3 + 1.2 * theta, "Y_F": 0.023 * (1 - theta)}
        fields["rate"] = 400 * theta**6 * (1 - theta)
    speed, wrong = 0.5 / np.sqrt(2), 2e-9
    samples = {"x": x, "weights": weights}
    for k, (name, values) in enumerate(fields.items()):
        samples[name] = values + 10.0 ** (-7 + k / 2) * np.ptp(values) * np.exp(-(x**2) / 50) * np.sin(x)
        samples[f"{name}_reference"] = values
    rows = tuple(
        {"step": float(i), "seconds": 0.1 * i, "loss": 10 ** (-i / 10), "c": speed * (1 + 10 ** (-i / 11))}
        for i in range(90)
    )
    checks = Comparison(
        (Check("c", speed * (1 + wrong), speed, 0.0, 1e-6),), (FieldCheck("theta", 1e-7, 1e-7, 0, 1e-4),)
    )
    if not reference:
        samples = {key: value for key, value in samples.items() if not key.endswith("_reference")}
        checks = Comparison()
    return Solution(
        name="nagumo-front",
        kind="flame",
        status=Status.MAX_STEPS,
        scalars={"c": speed * (1 + wrong)},
        units={"c": "m/s", "T": "K", "u": "m/s", "x": "mm"} if scale != 1.0 else {},
        samples=samples,
        history=rows if history else (),
        stored=checks,
    )


def moons(*, indexing="xy", reference=True, history=True, shape=(120, 90), samples=True):
    """Two arcs of Gaussians, learned with a little too much width."""
    axes = np.linspace(-2.0, 3.0, shape[0]), np.linspace(-1.5, 2.0, shape[1])
    points = np.stack([part.ravel() for part in np.meshgrid(*axes, indexing=indexing)], axis=1)
    truth, ours = arcs(points, 0.15), arcs(points - 0.01, 0.16)
    arrays = {"x": points, "log_prob": ours, "log_prob_reference": truth}
    if samples:
        arrays["samples"] = draws(1000)
    if not reference:
        del arrays["log_prob_reference"]
    rng = np.random.default_rng(1)
    rows = tuple(
        {
            "step": float(i),
            "seconds": 0.1 * i,
            "loss": 1.2 + 2 * np.exp(-i / 60) + 0.05 * rng.standard_normal(),
        }
        | ({"validation": 1.25 + 2 * np.exp(-i / 60)} if i % 10 == 0 else {})
        for i in range(400)
    )
    gap = {"gap": 0.0123, "gap_error": 0.0011} if reference else {}
    checks = Comparison(
        metrics=(Check("gap", 0.0123, 0.0, 0.0011, 0.02, "lower", "nat"),) if reference else ()
    )
    return Solution(
        name="two-moons",
        kind="flow",
        status=Status.CONVERGED,
        samples=arrays,
        metrics=gap,
        history=rows if history else (),
        stored=checks,
    )


def centres():
    turn = np.linspace(0, np.pi, 60)
    upper = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    return np.concatenate([upper, np.array([1.0, 0.5]) - upper])


def arcs(points, width):
    squares = ((points[:, None, :] - centres()) ** 2).sum(axis=2) / (2 * width**2)
    least = squares.min(axis=1, keepdims=True)
    return np.log(np.exp(least - squares).mean(axis=1)) - least[:, 0] - np.log(2 * np.pi * width**2)


def draws(count):
    rng = np.random.default_rng(2)
    return centres()[rng.integers(120, size=count)] + 0.16 * rng.standard_normal((count, 2))


def box_2d(states=5):
    x, weights = gauss([0.0, 1.0], 40)
    points = np.stack([part.ravel() for part in np.meshgrid(x, x, indexing="ij")], axis=1)
    pairs = sorted(
        ((m, n) for m in range(1, 5) for n in range(1, 5)), key=lambda pair: pair[0] ** 2 + pair[1] ** 2
    )[:states]
    waves = [2 * np.sin(m * np.pi * points[:, 0]) * np.sin(n * np.pi * points[:, 1]) for m, n in pairs]
    energies = [np.pi**2 * (m * m + n * n) for m, n in pairs]
    solution = quantum(
        points[:, 0], np.outer(weights, weights).ravel(), 0 * points[:, 0], energies, waves, name="box-2d"
    )
    return replace(solution, samples={**solution.samples, "x": points})


def stretched(shape):
    """Two moons on a grid of another aspect."""
    solution = moons(shape=shape)
    points = solution.samples["x"] * np.array([1.0, shape[1] / shape[0]])
    return replace(solution, samples={**solution.samples, "x": points})
