"""An unknown number found with the field: the speed of a front, for several of its parameters."""

import sciml


def main() -> dict[float, float]:
    speeds = {}
    for a in (0.1, 0.25, 0.5):
        solution = sciml.solve(sciml.load_problem("nagumo-front", a=a))
        speeds[a] = solution.scalars["c"]
        print(f"a = {a}: c = {speeds[a]:+.7f}", "PASS" if solution.passed else "FAIL")
    return speeds


if __name__ == "__main__":
    main()
