"""The posterior of a simulator's parameters given what was observed: a decay, its rate and its amplitude."""

import numpy as np

from sciml.flows import fit_posterior

TIMES = np.linspace(0, 2, 8)
NOISE = 0.1


def prior(n: int, rng: np.random.Generator) -> np.ndarray:
    """Return amplitudes and rates, (n, 2), even on [1, 2] x [0, 3]."""
    return np.stack([rng.uniform(1, 2, n), rng.uniform(0, 3, n)], 1)


def simulate(theta: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what is measured with each row of parameters; put your simulator here."""
    signal = theta[:, :1] * np.exp(-theta[:, 1:] * TIMES)
    return signal + NOISE * rng.normal(size=signal.shape)


def main() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    theta = prior(4000, rng)
    posterior = fit_posterior(theta, simulate(theta, rng), bounds=[(1, 2), (0, 3)])
    print(posterior.message)

    fresh = prior(1000, rng)
    check = posterior.calibration(fresh, simulate(fresh, rng))
    print("PASS" if check.passed else "FAIL", check.message)

    observed = 1.5 * np.exp(-1.0 * TIMES)
    draws = posterior.sample(20_000, observed, seed=0)
    for name, column in zip(("amplitude", "rate"), draws.T, strict=True):
        print(f"{name}: {column.mean():.3f} ± {column.std():.3f}")
    return draws.mean(0), draws.std(0)


if __name__ == "__main__":
    main()
