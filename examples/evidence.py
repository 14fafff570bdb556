"""Is there a trend in noisy data? The evidence of two models from draws of their posteriors."""

import math

import numpy as np
import torch

from sciml.flows import Evidence, log_evidence

NOISE = 0.5


def data() -> tuple[np.ndarray, np.ndarray]:
    """Return times and values; put your measurements here."""
    t = np.linspace(-1, 1, 15)
    return t, 0.3 + 0.6 * t + NOISE * np.random.default_rng(3).normal(size=15)


def evidence(design: np.ndarray, y: np.ndarray) -> Evidence:
    """Return log Z of y = design · θ + noise, θ ~ N(0, I), from draws; put your sampler here."""
    precision = np.eye(design.shape[1]) + design.T @ design / NOISE**2
    mean = np.linalg.solve(precision, design.T @ y / NOISE**2)
    draws = np.random.default_rng(0).multivariate_normal(mean, np.linalg.inv(precision), 4000)
    x, target = torch.from_numpy(design), torch.from_numpy(y)

    def log_density(theta: torch.Tensor) -> torch.Tensor:
        """Return log likelihood + log prior, with all their constants."""
        squares = ((target - theta @ x.T) ** 2).sum(1) / NOISE**2 + (theta**2).sum(1)
        constants = len(y) * math.log(2 * math.pi * NOISE**2) + theta.shape[1] * math.log(2 * math.pi)
        return -0.5 * (squares + constants)

    return log_evidence(torch.from_numpy(draws), log_density)


def main() -> tuple[float, float]:
    t, y = data()
    flat, trend = (evidence(np.stack([t**k for k in range(n)], 1), y) for n in (1, 2))
    for name, found in (("flat", flat), ("trend", trend)):
        print(f"{name}: log Z = {found.value:.3f} ± {found.error:.3f}, bridge {found.bridge.value:.3f}")
        print("PASS" if found.passed else found.doubts)
    print(f"the trend is favoured by a factor of {math.exp(trend.value - flat.value):.1f}")
    return flat.value, trend.value


if __name__ == "__main__":
    main()
