import numpy as np
import pytest

from sciml.quantum.references import finite_differences, spectral_elements, transfer_matrix

SIZES = (150, 213, 300, 424, 601, 850, 1201, 1700)


def solve(well, points, average=True, states=4):
    return finite_differences(well, well.box, states, points, well.edges[1:-1], well.coefficient, average)


def exact(well, states=4):
    return transfer_matrix(well.edges, well.heights, states, well.kinetic)


def observed_order(well, average):
    truth = exact(well).energies
    off = [np.abs(solve(well, n, average).energies / truth - 1).max() for n in SIZES]
    slope, offset = np.polyfit(np.log(SIZES), np.log(off), 1)
    scatter = np.abs(np.log(off) - slope * np.log(SIZES) - offset).max()
    return -slope, scatter


def test_smooth_potential_converges_with_order_two():
    off = [
        np.abs(
            finite_differences(lambda x: 0.5 * x**2, (-7, 7), 4, n, kinetic=0.5).energies - np.arange(4) - 0.5
        )
        for n in (199, 399, 799)
    ]
    assert np.log2(np.array(off[:-1]) / off[1:]) == pytest.approx(2.0, abs=0.01)


def test_cell_averages_keep_order_two_at_jumps_off_the_grid(layered):
    well = layered((-3, -0.9137, 1.0411, 3), (20, 0, 20))
    order, _ = observed_order(well, average=True)
    assert order == pytest.approx(2.0, abs=0.1)


def test_sampling_is_of_first_order_and_erratic(layered):
    well = layered((-3, -0.9137, 1.0411, 3), (20, 0, 20))
    order, scatter = observed_order(well, average=False)
    assert order < 1.5
    assert scatter > 0.3
    averaged, sampled = solve(well, 1201), solve(well, 1201, average=False)
    truth = exact(well).energies
    assert np.abs(averaged.energies - truth).max() < 0.05 * np.abs(sampled.energies - truth).max()


@pytest.mark.parametrize("points", [100, 137, 500, 1000, 1001, 2000])
def test_errors_cover_the_truth(well, points):
    pairs, truth = solve(well, points), exact(well)
    assert (np.abs(pairs.energies - truth.energies) <= pairs.errors).all()


@pytest.mark.parametrize("points", [100, 137, 500, 1000, 1001, 2000])
def test_errors_of_sampling_cover_the_truth(finite_well, points):
    pairs, truth = solve(finite_well, points, average=False), exact(finite_well)
    assert (np.abs(pairs.energies - truth.energies) <= pairs.errors).all()


def test_wave_errors_cover_the_truth(finite_well):
    pairs, truth = solve(finite_well, 300), exact(finite_well)
    x = np.linspace(-3, 3, 6001)
    distance = np.sqrt(6 * np.mean((pairs(x) - truth(x)) ** 2, axis=0))
    assert (distance <= pairs.wave_errors).all()
    assert pairs.wave_errors.max() < 1e-2


def test_rounding_is_shed_by_the_rayleigh_quotient():
    coarse = finite_differences(lambda x: 0 * x, (0, 1), 1, 20000).energies[0]
    assert coarse == pytest.approx(4 * 20001**2 * np.sin(np.pi / 40002) ** 2, rel=1e-13)


def test_agrees_with_spectral_elements_for_a_smooth_mass():
    arguments = {
        "potential": np.cos,
        "domain": (-2, 3),
        "states": 3,
        "kinetic": lambda x: 1 + 0.3 * np.sin(x),
    }
    simple, sharp = finite_differences(**arguments), spectral_elements(**arguments)
    assert (np.abs(simple.energies - sharp.energies) <= simple.errors).all()
    assert simple.energies == pytest.approx(sharp.energies, rel=1e-5)


def test_nodes_and_signs(finite_well, count_nodes):
    pairs = solve(finite_well, 800, states=6)
    x = np.linspace(-3, 3, 3001)
    assert [count_nodes(column) for column in pairs(x).T] == list(range(6))
    assert (pairs(-2.99) > 0).all()
    assert (pairs([-3.5, 4.0]) == 0).all()
