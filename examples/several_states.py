"""Several states at once, orthonormal and in order: dipole moments between the states of a box."""

import numpy as np

import sciml


def main() -> tuple[np.ndarray, np.ndarray]:
    solution = sciml.solve(sciml.load_problem("infinite-well", states=4))
    nodes, weights = np.polynomial.legendre.leggauss(60)
    x, weights = 0.5 * (nodes + 1), 0.5 * weights
    psi = np.column_stack(list(solution(x).values()))
    overlaps = psi.T @ (weights[:, None] * psi)
    dipoles = psi.T @ ((weights * x)[:, None] * psi)
    print("overlaps\n", overlaps.round(8))
    print("dipole moments\n", dipoles.round(8))
    return overlaps, dipoles


if __name__ == "__main__":
    main()
