"""A system of ordinary equations, Lotka and Volterra's, held against SciPy."""

from scipy.integrate import solve_ivp

import sciml
from sciml.pde import Box, Pde


class Hunters(Pde):
    domain = Box(t=(0, 12))
    unknowns = ("prey", "hunters")

    def trial(self, t, prey, hunters):  # t/(1 + t) is zero at the start, and does not grow with time
        return 1 + t / (1 + t) * prey, 0.5 + t / (1 + t) * hunters

    def equations(self, prey, hunters):
        return prey.t - prey + prey * hunters, hunters.t + hunters - prey * hunters

    def exact(self, t):
        def slope(t, y):
            return y[0] - y[0] * y[1], y[0] * y[1] - y[1]

        return tuple(solve_ivp(slope, (0, 12), (1, 0.5), "DOP853", t, rtol=1e-12, atol=1e-12).y)


def main() -> float:
    solution = sciml.solve(Hunters())
    for check in solution.compare().fields:
        print(f"{check.name}: relative L2 error {check.error:.1e}")
    print(f"CPU s: ours {solution.stats['cpu_s']:.2f}, SciPy {solution.reference_cpu_s:.3f}")
    return max(check.error for check in solution.compare().fields)


if __name__ == "__main__":
    main()
