"""Your own potential: a formula, and a measured table; a few of the lowest states of each."""

import numpy as np
from scipy.interpolate import CubicSpline

import sciml
from sciml.quantum import QuantumWell

POSITIONS = np.linspace(-4.0, 4.0, 17)
HEIGHTS = np.array([9.1, 7.5, 5.2, 2.9, 1.2, 0.3, 0.1, 0.5, 0.9, 0.7, 0.2, 0.0, 0.6, 2.1, 4.4, 6.8, 8.7])


def double_well(x: np.ndarray) -> np.ndarray:
    """Two minima, the left one lower."""
    return 0.5 * (x**2 - 4) ** 2 + 0.4 * x


def main() -> dict[str, list[float]]:
    table = CubicSpline(POSITIONS, HEIGHTS)  # smooth between the measured points
    wells = {
        "double well": QuantumWell(double_well, domain=(-5.0, 5.0), kinetic=0.5, states=4),
        "table": QuantumWell(table, domain=(-4.0, 4.0), kinetic=0.5, states=3),
    }
    energies = {}
    for name, well in wells.items():
        solution = sciml.solve(well)
        energies[name] = list(solution.scalars.values())
        print(name, [f"{energy:.8f}" for energy in energies[name]], "PASS" if solution.passed else "FAIL")
    return energies


if __name__ == "__main__":
    main()
