"""Each example runs, and its numbers agree with closed forms or with SciPy."""

import importlib.util
import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.interpolate import CubicSpline
from scipy.linalg import eigh_tridiagonal
from scipy.optimize import brentq
from scipy.stats import multivariate_normal, norm

import sciml

FOLDER = Path(__file__).parents[2] / "examples"


def load(name):
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def levels(potential, edges, count, kinetic):
    """Return the lowest energies by shooting with SciPy, each bracketed by finite differences."""
    x, step = np.linspace(edges[0], edges[-1], 4001, retstep=True)
    inside = x[1:-1]
    off = np.full(len(inside) - 1, -kinetic / step**2)
    rough = eigh_tridiagonal(
        potential(inside) + 2 * kinetic / step**2, off, select="i", select_range=(0, count)
    )[0]
    reach = 0.2 * np.diff(rough).min()
    return [brentq(shoot, e - reach, e + reach, (potential, edges, kinetic), xtol=1e-11) for e in rough[:-1]]


def shoot(energy, potential, edges, kinetic):
    """Return psi at the right end, for psi = 0 and a slope of one at the left; steps end at the edges."""

    def slopes(x, state):
        return state[1], (potential(x) - energy) / kinetic * state[0]

    state = (0.0, 1.0)
    for left, right in pairwise(edges):
        # The ends are moved in by rounding, so that a jump there is seen from the right side.
        ends = np.nextafter(left, right), np.nextafter(right, left)
        state = solve_ivp(slopes, ends, state, method="DOP853", rtol=1e-12, atol=1e-12).y[:, -1]
    return state[0]


def test_every_example_is_tested():
    found = {path.stem for path in FOLDER.glob("*.py")}
    tested = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert found <= tested


def test_solve_bundled():
    depth, wall = 30.0, 2.0

    def even(energy):
        inside, outside = math.sqrt(energy), math.sqrt(depth - energy)
        return inside * math.tan(inside) - outside / math.tanh(outside * wall)

    exact = brentq(even, 0.1, 2.4, xtol=1e-14)
    assert load("solve_bundled").main() == pytest.approx(exact, rel=1e-9)


def test_own_potential():
    example = load("own_potential")
    found = example.main()
    known = levels(example.double_well, (-5.0, 0.0, 5.0), 4, 0.5)
    assert found["double well"] == pytest.approx(known, rel=1e-8)
    table = example.CubicSpline(example.POSITIONS, example.HEIGHTS)
    assert found["table"] == pytest.approx(levels(table, example.POSITIONS, 3, 0.5), rel=1e-8)


def test_several_states():
    overlaps, dipoles = load("several_states").main()
    np.testing.assert_allclose(overlaps, np.eye(4), atol=1e-8)
    exact = 0.5 * np.eye(4)
    for m in range(1, 5):
        for n in range(1, 5):
            if (m + n) % 2:
                exact[m - 1, n - 1] = -8 * m * n / (math.pi**2 * (m**2 - n**2) ** 2)
    np.testing.assert_allclose(dipoles, exact, atol=1e-7)


def test_compare_analytic():
    energy, wave = load("compare_analytic").main()
    assert energy < 1e-9
    assert wave < 1e-6


def test_plot_states(tmp_path):
    energies = load("plot_states").main(tmp_path)
    assert energies == pytest.approx([0.5, 1.5, 2.5, 3.5], rel=1e-9)
    for name in ("comparison.png", "levels.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_train_flow():
    """The expected log-density is at most minus the entropy, and within 0.05 nat of it."""
    fit, at = load("train_flow").main()
    noise = 0.15
    scale = 1.5 * math.sqrt((0.75 + 0.01) / (0.75 + noise**2))
    angles = math.pi * (np.arange(400) + 0.5) / 400
    arc = np.column_stack([np.cos(angles) - 0.5, np.sin(angles) - 0.25])
    centres, sigma = scale * np.concatenate([arc, -arc]), scale * noise
    side = np.linspace(-5.0, 5.0, 251)
    grid = np.stack(np.meshgrid(side, side, indexing="ij"), -1).reshape(-1, 1, 2)
    density = np.concatenate(
        [
            np.exp(-0.5 * ((part - centres) ** 2).sum(-1) / sigma**2).mean(1)
            for part in np.array_split(grid, 50)
        ]
    ) / (2 * math.pi * sigma**2)
    cell = (side[1] - side[0]) ** 2
    assert density.sum() * cell == pytest.approx(1.0, abs=1e-3)
    entropy = -cell * float((density * np.log(np.maximum(density, 1e-300))).sum())
    assert -entropy - 0.05 < fit < -entropy + 0.03
    assert at.shape == (2,)


def test_own_density():
    fit, spread = load("own_density").main()
    entropy = math.log(2 * math.pi * math.e) + math.log(0.3)
    assert -entropy - 0.05 < fit < -entropy + 0.03
    variance = 0.5 * (1 - math.exp(-8)) + 0.3**2  # of sin 2u, and of the noise
    assert spread == pytest.approx(math.sqrt(variance), abs=0.03)


def test_speed_of_a_front():
    for a, speed in load("speed_of_a_front").main().items():
        assert speed == pytest.approx((1 - 2 * a) / math.sqrt(2), abs=2e-6)


def test_premixed_sweep(tmp_path):
    known = [0.267820482020, 0.292786112067, 0.317979798710, 0.343339499933, 0.368811624873, 0.394349910008]
    assert [*load("premixed_sweep").main(tmp_path).values()] == pytest.approx(known, rel=1e-4)
    assert (tmp_path / "burning-velocity.png").read_bytes().startswith(b"\x89PNG")


def test_mine(command, tmp_path):
    ran = command("solve", FOLDER / "mine.py", "--out", tmp_path / "run")
    assert ran.code == 0, ran
    found = sciml.load(tmp_path / "run").scalars
    known = levels(load("mine").potential, (-3.0, -1.0, 1.0, 3.0), 2, 1.0)
    assert [found["E0"], found["E1"]] == pytest.approx(known, rel=1e-8)


def test_heat(command, tmp_path):
    error, middle = load("heat").main()
    assert error < 1e-4
    assert middle == pytest.approx(math.exp(-0.1 * math.pi**2), abs=1e-4)
    ran = command("solve", FOLDER / "heat.py", "--quick", "--out", tmp_path / "run")
    assert ran.code == 0, ran


def test_hunters_and_prey():
    """Prey and hunters found conserve Volterra's constant, which the equations say."""
    example = load("hunters_and_prey")
    solution = sciml.solve(example.Hunters(), max_steps=150)
    y, h = (solution(np.linspace(0, 12, 50))[name] for name in ("prey", "hunters"))
    constant = y - np.log(y) + h - np.log(h)
    assert constant == pytest.approx(np.full(50, 1.5 - math.log(0.5)), abs=2e-4)


@pytest.mark.slow
def test_operator_own_data():
    """The network's error is below a tenth, and ridge regression's, which is linear, above a quarter."""
    example = load("operator_own_data")
    forces, found = example.pairs(3, seed=5)
    for force, ours in zip(forces, found, strict=True):
        rhs = CubicSpline(example.TIMES, force)
        ran = solve_ivp(
            lambda t, y, f=rhs: (y[1], f(t) - y[1] - y[0] - y[0] ** 3), (0.0, 6.0), (0.0, 0.0), rtol=1e-9
        )
        assert ours[-1] == pytest.approx(ran.y[0, -1], abs=5e-3)
    network, ridge = example.main()
    assert network < 0.1
    assert ridge > 0.25


@pytest.mark.slow
def test_flow_table():
    """The expected log density of fresh rows is at most minus the entropy, and within 0.15 nat of it."""
    example = load("flow_table")
    score, percentile, drawn = example.main()
    rows = example.parcels(5000, seed=1)
    air = (rows["way"] == "air").to_numpy()
    log_weight = np.log(rows["weight"].to_numpy())
    cost = 4 + 2 * np.exp(log_weight / 2) + 3.0 * air
    truth = np.log(np.where(air, 0.3, 0.7)) - log_weight
    truth += norm.logpdf(log_weight, np.where(air, -1.0, 0.5), 0.6) + norm.logpdf(rows["cost"], cost, 0.3)
    assert truth.mean() - 0.15 < score < truth.mean() + 0.02
    assert percentile < 1
    assert (drawn["weight"] > 0).all()
    for way, center in (("air", -1.0), ("land", 0.5)):
        assert np.log(drawn["weight"][drawn["way"] == way]).median() == pytest.approx(center, abs=0.15)


@pytest.mark.slow
def test_posterior():
    """Means and deviations by quadrature of Bayes' theorem on a grid, within what 4000 simulations teach."""
    example = load("posterior")
    mean, deviation = example.main()
    amplitude, rate = np.meshgrid(np.linspace(1, 2, 801)[1:], np.linspace(0, 3, 1201)[1:], indexing="ij")
    signal = amplitude[..., None] * np.exp(-rate[..., None] * example.TIMES)
    squares = ((signal - 1.5 * np.exp(-example.TIMES)) ** 2).sum(-1) / example.NOISE**2
    weight = np.exp(-squares / 2)
    weight /= weight.sum()
    for i, grid in enumerate((amplitude, rate)):
        middle = (weight * grid).sum()
        assert mean[i] == pytest.approx(middle, abs=0.02)
        assert deviation[i] == pytest.approx(((weight * (grid - middle) ** 2).sum()) ** 0.5, rel=0.15)


@pytest.mark.slow
def test_evidence():
    """Both by the normal density of the data with everything else integrated out."""
    example = load("evidence")
    t, y = example.data()
    for n, found in enumerate(example.main(), 1):
        design = np.stack([t**k for k in range(n)], 1)
        covariance = example.NOISE**2 * np.eye(len(y)) + design @ design.T
        assert found == pytest.approx(multivariate_normal(np.zeros(len(y)), covariance).logpdf(y), abs=0.02)
