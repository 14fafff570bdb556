"""Hold a well that is not bundled against its closed form: the Pöschl–Teller potential."""

import numpy as np

import sciml
from sciml.quantum import QuantumWell

DEPTH = 4  # λ: V = −½ λ(λ+1) sech²x has the bound states E_n = −½ (λ − n)², n < λ


def main() -> tuple[float, float]:
    well = QuantumWell(
        lambda x: -0.5 * DEPTH * (DEPTH + 1) / np.cosh(x) ** 2,
        domain=(-16.0, 16.0),
        kinetic=0.5,
        states=DEPTH,
    )
    solution = sciml.solve(well)
    exact = [-0.5 * (DEPTH - n) ** 2 for n in range(DEPTH)]
    errors = [abs(solution.scalars[f"E{n}"] - energy) for n, energy in enumerate(exact)]

    x = np.linspace(-6.0, 6.0, 1201)
    ground = np.sqrt(35 / 32) / np.cosh(x) ** 4
    deviation = float(np.abs(solution(x)["psi0"] - ground).max())
    print(f"largest error of E: {max(errors):.1e}; of the ground state: {deviation:.1e}")
    return max(errors), deviation


if __name__ == "__main__":
    main()
