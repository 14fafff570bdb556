import numpy as np
import pytest

from sciml.quantum.references import spectral_elements, transfer_matrix


def harmonic(x):
    return 0.5 * x**2


def solve(well, states, **options):
    return spectral_elements(well, well.box, states, well.edges[1:-1], well.coefficient, **options)


def exact(well, states):
    return transfer_matrix(well.edges, well.heights, states, well.kinetic)


def test_harmonic_oscillator():
    pairs = spectral_elements(harmonic, (-7, 7), 5, kinetic=0.5)
    assert pairs.energies == pytest.approx(np.arange(5) + 0.5, rel=1e-12)
    assert pairs.errors.max() < 1e-12


@pytest.mark.parametrize("states", [12, 30])
def test_many_states(states):
    pairs = spectral_elements(harmonic, (-14, 14), states, kinetic=0.5)
    assert (np.abs(pairs.energies - np.arange(states) - 0.5) <= pairs.errors + 1e-13).all()
    assert pairs.errors.max() < 1e-11
    box = spectral_elements(lambda x: 0 * x, (0, 1), states)
    assert box.energies == pytest.approx((np.arange(1, states + 1) * np.pi) ** 2, rel=1e-13)


def test_poschl_teller():
    pairs = spectral_elements(lambda x: -10 / np.cosh(x) ** 2, (-20, 20), 3, kinetic=0.5)
    assert pairs.energies == pytest.approx([-8, -4.5, -2], rel=1e-13)


def test_morse():
    pairs = spectral_elements(lambda x: 10 * (1 - np.exp(-x)) ** 2, (-2.5, 25), 4, kinetic=0.5)
    half, omega = np.arange(4) + 0.5, np.sqrt(20)
    assert pairs.energies == pytest.approx(omega * half - omega**2 * half**2 / 40, rel=1e-12)


def test_double_well_of_the_zoo():
    pairs = spectral_elements(lambda x: (x**2 - 3) ** 2, (-6, 6), 2, kinetic=0.5)
    assert pairs.energies == pytest.approx([2.35727298, 2.35937176], abs=5e-9)


def check(pairs, truth, x, length):
    off = np.abs(pairs.energies - truth.energies)
    assert (off <= pairs.errors + truth.errors).all()
    distance = np.sqrt(length * np.mean((pairs(x) - truth(x)) ** 2, axis=0))
    assert (distance <= 2 * (pairs.wave_errors + truth.wave_errors)).all()


def test_agrees_with_the_transfer_matrix_within_its_errors(well):
    pairs, truth = solve(well, 5), exact(well, 5)
    check(pairs, truth, np.linspace(*well.box, 2001), well.box[1] - well.box[0])
    assert pairs.energies == pytest.approx(truth.energies, rel=1e-13)
    assert (pairs.errors < 1e-12 * np.abs(pairs.energies)).all()
    assert (pairs.wave_errors < 1e-9).all()


def test_agrees_on_random_wells(random_well):
    edges = random_well.edges
    check(
        solve(random_well, 5),
        exact(random_well, 5),
        np.linspace(*random_well.box, 4001),
        edges[-1] - edges[0],
    )


@pytest.mark.parametrize("share", [1e-2, 2e-4, 1e-6, 1e-9])
@pytest.mark.parametrize("height", [-300.0, 300.0])
def test_thin_layers_cost_no_digits(share, height, layered):
    layer = layered((0, 1, 1 + share, 2), (0, height, 10))
    check(solve(layer, 4), exact(layer, 4), np.linspace(0, 2, 2001), 2.0)
    assert solve(layer, 4).energies == pytest.approx(exact(layer, 4).energies, rel=1e-13)


def test_wavefunctions_are_orthonormal_with_n_nodes_and_positive_slope(well, count_nodes):
    x, weights = well.quadrature()
    pairs = solve(well, 6)
    psi = pairs(x)
    assert psi.T @ (weights[:, None] * psi) == pytest.approx(np.eye(6), abs=1e-12)
    assert [count_nodes(column) for column in psi.T] == list(range(6))
    assert (pairs(well.box[0] + 1e-3 * (well.box[1] - well.box[0])) > 0).all()


def test_sign_is_right_where_the_left_lobes_are_lost_in_rounding(layered):
    well = layered((0, 1, 9, 10.5), (0, 60, 0))
    pairs, truth = solve(well, 5), exact(well, 5)
    x = np.linspace(0, 10.5, 2001)
    assert (np.sum(pairs(x) * truth(x), axis=0) > 0).all()


def test_nearly_degenerate_pair_spans_the_right_space(layered):
    well = layered((0, 1, 2, 3), (0, 2000, 0))
    pairs = solve(well, 4)
    x, weights = well.quadrature()
    psi = pairs(x)
    assert pairs.energies == pytest.approx(exact(well, 4).energies, rel=1e-13)
    assert psi.T @ (weights[:, None] * psi) == pytest.approx(np.eye(4), abs=1e-11)


def test_error_falls_exponentially_with_the_order(finite_well):
    truth = exact(finite_well, 4).energies
    off = [np.abs(solve(finite_well, 4, order=p).energies / truth - 1).max() for p in (6, 8, 10, 12)]
    assert (np.array(off[1:]) < 0.1 * np.array(off[:-1])).all()
    assert off[-1] < 1e-9


@pytest.mark.parametrize("order", [4, 6, 8, 12, 20])
def test_error_of_a_given_order_is_covered(order, finite_well):
    check(solve(finite_well, 4, order=order), exact(finite_well, 4), np.linspace(-3, 3, 2001), 6.0)


def test_given_order_gives_upper_bounds(finite_well):
    assert (solve(finite_well, 4, order=6).energies > exact(finite_well, 4).energies).all()


@pytest.mark.parametrize(
    ("potential", "hidden"),
    [
        (lambda x: 10 * np.abs(x - 0.3), (0.3,)),
        (lambda x: np.where(np.abs(x - 0.1) < 0.8, 0.0, 20.0), (0.1 - 0.8, 0.1 + 0.8)),
        (lambda x: np.where(np.abs(x - 0.1) < 1e-3, -2e3, 0.0), (0.1 - 1e-3, 0.1 + 1e-3)),
    ],
    ids=["kink", "jump", "narrow-dip"],
)
def test_undeclared_interfaces_are_found_or_show_in_the_error(potential, hidden):
    blind = spectral_elements(potential, (-3, 3), 4)
    aware = spectral_elements(potential, (-3, 3), 4, interfaces=hidden)
    assert (np.abs(blind.energies - aware.energies) <= blind.errors + aware.errors).all()
    assert (blind.errors < 1e-9).all()


def test_a_thin_well_is_found_where_no_interface_is_named():
    def thin(x):
        return np.where(np.abs(x - 0.0123) < 5e-4, -2000.0, 0.0)

    pairs = spectral_elements(thin, (-12, 12), 2, kinetic=0.5)
    assert pairs.energies[0] == pytest.approx(-1.9973374154278, rel=1e-11)
    assert pairs.errors[0] < 1e-9


def test_misplaced_interface_is_noticed(layered):
    well = layered((0, 0.3 + 1e-5, 1), (0, 300))
    pairs = spectral_elements(well, (0, 1), 4, interfaces=[0.3])
    assert (np.abs(pairs.energies - exact(well, 4).energies) <= pairs.errors).all()


def test_hopeless_potential_has_a_large_error():
    pairs = spectral_elements(lambda x: 100 * np.cos(1e5 * x**2), (0, 1), 3)
    assert (pairs.errors > 1e-3).all()


def test_singular_potential():
    pairs = spectral_elements(lambda x: -1 / x, (0, 120), 3, kinetic=0.5)
    assert pairs.energies == pytest.approx(-0.5 / np.arange(1, 4) ** 2, rel=1e-12)


def test_smooth_mass_against_finite_volumes_of_the_same_weak_form():
    def mass(x):
        return 1 + 0.5 * np.sin(2 * x)

    pairs = spectral_elements(lambda x: 0 * x, (0, 1), 2, kinetic=lambda x: 1 / mass(x))
    n = 4000
    x = (np.arange(n) + 0.5) / n
    stretched = transfer_matrix(
        np.linspace(0, 1, 401), np.zeros(400), 2, 1 / mass(x.reshape(400, 10)).mean(axis=1)
    )
    assert pairs.energies == pytest.approx(stretched.energies, rel=1e-4)


def test_results_do_not_depend_on_units():
    c, length = 6.1042643e-39, 1e-9
    unit = c / length**2
    pairs = spectral_elements(
        lambda x: np.where(np.abs(x) < length, 0, 20 * unit),
        (-3 * length, 3 * length),
        4,
        interfaces=(-length, length),
        kinetic=c,
    )
    plain = spectral_elements(lambda x: np.where(np.abs(x) < 1, 0.0, 20.0), (-3, 3), 4, interfaces=(-1, 1))
    assert pairs.energies / unit == pytest.approx(plain.energies, rel=1e-13)
    assert (pairs.errors < 1e-13 * pairs.energies).all()
    x = np.linspace(-3, 3, 201)
    assert np.sqrt(length) * pairs(length * x) == pytest.approx(plain(x), abs=1e-11)


def test_shifting_the_potential_shifts_the_energies(finite_well):
    lifted = spectral_elements(lambda x: finite_well(x) - 1e4, (-3, 3), 3, interfaces=(-1, 1))
    off = np.abs(lifted.energies + 1e4 - exact(finite_well, 3).energies)
    assert (off <= lifted.errors).all()
    assert lifted.errors.max() < 1e-9
