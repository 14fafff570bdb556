import numpy as np
import pytest

from sciml.quantum.references import transfer_matrix

PRINTED = {
    "infinite": ((0, 1), (0,), (9.86960440109, 39.4784176044, 88.8264396098, 157.913670417)),
    "finite": (
        (-3, -1, 1, 3),
        (20, 0, 20),
        (1.6394801885459707, 6.441881454360468, 13.891781749825574, 21.070587124076425),
    ),
    "barrier": (
        (-1, -0.2, 0.2, 1),
        (0, 20, 0),
        (7.718698183708482, 10.676033198937857, 29.363304591311383, 42.2075976827064),
    ),
}


def solve(well, states):
    return transfer_matrix(well.edges, well.heights, states, well.kinetic)


@pytest.mark.parametrize("name", PRINTED)
def test_energies_are_those_printed(name):
    edges, heights, exact = PRINTED[name]
    assert transfer_matrix(edges, heights, 4).energies == pytest.approx(exact, rel=1e-11)


def test_infinite_well_is_exact_within_its_error():
    pairs = transfer_matrix([0, 1], [0], 30)
    exact = (np.arange(1, 31) * np.pi) ** 2
    assert (np.abs(pairs.energies - exact) <= pairs.errors + 1e-15 * exact).all()
    assert (pairs.errors < 1e-14 * exact).all()


def test_open_finite_well_satisfies_its_transcendental_equation():
    energy = transfer_matrix([-9, -1, 1, 9], [20, 0, 20], 1).energies[0]
    assert np.sqrt(energy) * np.tan(np.sqrt(energy)) == pytest.approx(np.sqrt(20 - energy), rel=1e-13)


def exact_root(mpmath, well, guess):
    def end(energy):
        psi, phi = mpmath.mpf(0), mpmath.mpf(1)
        kinetics = np.broadcast_to(well.kinetic, len(well.heights))
        for a, b, height, c in zip(well.edges, well.edges[1:], well.heights, kinetics, strict=False):
            width, c = mpmath.mpf(b) - mpmath.mpf(a), mpmath.mpf(float(c))
            k = mpmath.sqrt(mpmath.mpc((mpmath.mpf(height) - energy) / c))
            cosh, sinh = mpmath.cosh(k * width).real, (mpmath.sinh(k * width) / k).real
            psi, phi = psi * cosh + phi / c * sinh, phi * cosh + psi * c * (k * k).real * sinh
        return psi

    start, spread = mpmath.mpf(guess), abs(mpmath.mpf(guess)) / 10**10
    return mpmath.findroot(end, (start - spread, start + spread), solver="anderson", tol=1e-60, verify=False)


def test_errors_cover_forty_digit_arithmetic(random_well):
    mpmath = pytest.importorskip("mpmath")
    pairs = solve(random_well, 4)
    with mpmath.workdps(40):
        off = [
            float(abs(exact_root(mpmath, random_well, float(e)) - mpmath.mpf(float(e))))
            for e in pairs.energies
        ]
    assert (np.array(off) <= pairs.errors).all()
    assert (pairs.errors <= 2e-14 * (pairs.energies + 2 * np.abs(random_well.heights).max())).all()


def test_wavefunctions_are_orthonormal_with_n_nodes_and_positive_slope(well, count_nodes):
    x, weights = well.quadrature()
    pairs = solve(well, 6)
    psi = pairs(x)
    assert psi.T @ (weights[:, None] * psi) == pytest.approx(np.eye(6), abs=1e-13)
    assert [count_nodes(column) for column in psi.T] == list(range(6))
    left = pairs(well.box[0] + 1e-3 * (well.box[1] - well.box[0]))
    assert (left > 0).all()


def test_wavefunctions_satisfy_the_equation(well):
    pairs = solve(well, 5)
    width = np.diff(well.edges).min()
    x = np.array(
        [a + t * (b - a) for a, b in zip(well.edges, well.edges[1:], strict=False) for t in (0.3, 0.6)]
    )
    h = min(2e-3 * width, 1e-3)
    stencil = (-1 / 12, 4 / 3, -5 / 2, 4 / 3, -1 / 12)
    second = sum(w * pairs(x + (i - 2) * h) for i, w in enumerate(stencil)) / h**2
    size = np.abs(pairs(x)).max() * (np.abs(well.heights).max() + pairs.energies[-1])
    residual = well.coefficient(x)[:, None] * second - (well(x)[:, None] - pairs.energies) * pairs(x)
    rounding = 50 * np.finfo(float).eps * 2 * max(1, np.abs(x).max()) / h**2
    assert np.abs(residual).max() < 1e-6 * size + rounding


def test_psi_and_its_flux_are_continuous(well):
    pairs = solve(well, 5)
    scale = np.abs(pairs(well.quadrature()[0])).max()
    for jump in well.edges[1:-1]:
        h = 1e-4 * np.diff(well.edges).min()
        at, before, after = (
            pairs(jump),
            [pairs(jump - i * h) for i in (1, 2)],
            [pairs(jump + i * h) for i in (1, 2)],
        )
        assert np.abs(pairs(np.nextafter(jump, -np.inf)) - at).max() < 1e-11 * scale
        left = well.coefficient(jump - h) * (3 * at - 4 * before[0] + before[1]) / (2 * h)
        right = well.coefficient(jump + h) * (4 * after[0] - 3 * at - after[1]) / (2 * h)
        assert left == pytest.approx(right, abs=1e-4 * np.abs(right).max() + 1e-9 * scale / h)


@pytest.mark.parametrize("height", [10.0, 100.0, 400.0])
def test_tunnelling_pairs_are_both_found(height, count_nodes):
    pairs = transfer_matrix([0, 1, 2, 3], [0, height, 0], 6)
    x = np.linspace(0, 3, 3001)
    assert (np.diff(pairs.energies) > 0).all()
    assert np.diff(pairs.energies)[0] < 0.1 * np.diff(pairs.energies)[1]
    assert [count_nodes(column) for column in pairs(x).T] == list(range(6))
    reflected = pairs(3 - x) * (-1.0) ** np.arange(6)
    assert (np.abs(reflected - pairs(x)).max(axis=0) <= 2 * pairs.wave_errors + 1e-12).all()


def test_pairs_closer_than_rounding_say_so():
    pairs = transfer_matrix([0, 1, 3, 4], [0, 1e6, 0], 4)
    single = transfer_matrix([0, 1, 3], [0, 1e6], 2)
    assert pairs.energies == pytest.approx(np.repeat(single.energies, 2), rel=1e-14)
    assert (pairs.wave_errors == 1.0).all()


def test_barriers_of_any_height_and_thickness_do_not_overflow():
    for height in (1e3, 1e8, 1e14):
        pairs = transfer_matrix([0, 1, 1001], [0, height], 2)
        limit = np.pi**2 / (1 + height**-0.5) ** 2
        assert pairs.energies[0] == pytest.approx(limit, rel=1e-4)
        x = np.linspace(0, 1, 2001)
        assert np.trapezoid(pairs(x)[:, 0] ** 2, x) == pytest.approx(1, abs=5e-4)


def test_flat_layer_at_the_energy_is_linear():
    energy = transfer_matrix([0, 1, 2], [0, 5], 1).energies[0]
    pairs = transfer_matrix([0, 1, 2], [0, energy], 1)
    assert pairs.energies[0] < energy
    k = np.sqrt(energy)
    level = transfer_matrix([0, 1, 1 - np.tan(k) / k], [0, energy], 1)
    assert level.energies[0] == pytest.approx(energy, rel=1e-13)
    x = np.linspace(1, 1 - np.tan(k) / k, 5)
    assert np.diff(level(x)[:, 0], 2) == pytest.approx(np.zeros(3), abs=1e-12)


def test_outside_the_box_psi_vanishes(finite_well):
    assert (solve(finite_well, 2)([-4.0, 3.5]) == 0).all()
