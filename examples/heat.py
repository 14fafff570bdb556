"""The heat equation as a file: `sciml solve heat.py`, or in Python as below."""

from math import pi

import sciml
from sciml.pde import Box, Pde, exp, sin


class Heat(Pde):
    domain = Box(x=(0, 1), t=(0, 1))

    def trial(self, x, t, u):  # meets u(x, 0) = sin(pi x) and u = 0 at both ends, whatever the network u is
        return sin(pi * x) + t * x * (1 - x) * u

    def equations(self, u):
        return u.t - 0.1 * u.xx

    def exact(self, x, t):
        return exp(-0.1 * pi**2 * t) * sin(pi * x)


def main() -> tuple[float, float]:
    solution = sciml.solve(Heat())
    error = solution.compare().fields[0].error
    middle = solution([[0.5, 1.0]])["u"][0]
    print(f"relative L2 error {error:.1e}; u(0.5, 1) = {middle:.6f}")
    return error, middle


if __name__ == "__main__":
    main()
