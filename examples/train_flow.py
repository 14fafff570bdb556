"""Learn a density from draws alone: two moons, whose true density is known."""

import numpy as np

import sciml


def main() -> tuple[float, np.ndarray]:
    solution = sciml.solve(sciml.load_problem("two-moons", noise=0.15), quick=True)
    gap, fit = solution.metrics["log_prob_gap"], solution.metrics["test_log_prob"]
    print(f"mean log-density of fresh draws: {fit:.3f} nat, {gap:.3f} nat below the truth")
    print("PASS" if solution.passed else "FAIL")
    return fit, solution(np.array([[0.0, 0.0], [0.0, 1.0]]))["log_prob"]


if __name__ == "__main__":
    main()
