"""The laminar burning velocity against the equivalence ratio, each flame started from the one before."""

from pathlib import Path

import sciml
from sciml.flame import sweep
from sciml.plot import burning_velocities


def main(folder: Path = Path()) -> dict[float, float]:
    problem = sciml.load_problem("premixed-flame", T_in=298.0, p_atm=1.0)
    found = sweep(problem, phi=[0.40, 0.42, 0.44, 0.46, 0.48, 0.50], quick=True)
    for phi, s_L, error in zip(found.values, found.s_L, found.errors, strict=True):
        print(f"phi = {phi:.2f}: s_L = {s_L:.6f} m/s, off by {error:.0e}")
    print("PASS" if found.passed else "FAIL")
    burning_velocities(found).savefig(folder / "burning-velocity.png")
    return dict(zip(found.values, found.s_L.tolist(), strict=True))


if __name__ == "__main__":
    main()
