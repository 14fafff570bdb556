"""Solve a bundled problem and print its check."""

import sciml


def main() -> float:
    problem = sciml.load_problem("finite-well", depth=30.0)
    solution = sciml.solve(problem)
    for check in solution.compare().scalars:
        print(f"{check.name} = {check.value:.10f}, reference {check.reference:.10f}, error {check.error:.0e}")
    print("PASS" if solution.passed else "FAIL")
    return solution.scalars["E0"]


if __name__ == "__main__":
    main()
