"""Learn a map between functions from pairs of your own: from a force f(t) to the motion of a stiff spring.

The spring obeys x'' + x' + x + x^3 = f(t), x(0) = x'(0) = 0, integrated by Runge and Kutta's method.
"""

import tempfile
from pathlib import Path

import numpy as np

import sciml
from sciml.operators import DataOperator
from sciml.operators.data import OperatorData, save_data

TIMES = np.linspace(0.0, 6.0, 33)


def forces(count, seed):
    """Return functions of time that give random forces (count,), four waves each."""
    sizes = np.random.default_rng(seed).normal(size=(count, 4))
    return lambda t: sum(2.0 * sizes[:, k] * np.cos(k * np.pi * t / 6 + k) / (1 + k) for k in range(4))


def motion(force, count):
    """Return x at TIMES, (count, 33), by 8 steps between two of them."""

    def slope(t, state):
        x, v = state
        return np.stack([v, force(t) - v - x - x**3])

    state, step, found = np.zeros((2, count)), (TIMES[1] - TIMES[0]) / 8, [np.zeros(count)]
    for start in TIMES[:-1]:
        for t in start + step * np.arange(8):
            a = slope(t, state)
            b = slope(t + step / 2, state + step / 2 * a)
            c = slope(t + step / 2, state + step / 2 * b)
            d = slope(t + step, state + step * c)
            state = state + step / 6 * (a + 2 * b + 2 * c + d)
        found.append(state[0])
    return np.stack(found, axis=1)


def pairs(count, seed):
    force = forces(count, seed)
    return np.stack([force(t) for t in TIMES], axis=1), motion(force, count)


def main():
    """Return the mean relative error of the operator on fresh forces, and that of ridge regression."""
    inputs, outputs = pairs(300, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spring.npz"
        save_data(OperatorData(inputs, outputs, TIMES), path)
        learned = [
            sciml.solve(DataOperator(str(path), model=model), max_steps=100)
            for model in ("galerkin", "ridge")
        ]
    fresh, known = pairs(50, seed=1)
    off = [np.linalg.norm(s(fresh)["output"] - known, axis=1) for s in learned]
    return tuple(float((row / np.linalg.norm(known, axis=1)).mean()) for row in off)


if __name__ == "__main__":
    print("mean relative error: network {:.1e}, ridge regression {:.1e}".format(*main()))
