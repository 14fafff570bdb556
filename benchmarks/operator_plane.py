"""Darcy flow: networks trained for the same CPU time, regression, and finite volumes on their own nodes."""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np
import torch
from harness import Measure, main
from operator_race import SPARE, TRIED

import sciml
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import Settings
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.frames.augment import Symmetries
from sciml.operators.judge import judge
from sciml.operators.learning import Learned, Task, network, regression
from sciml.operators.plane_problem import PlaneOperatorProblem
from sciml.operators.recipe import PlaneRecipe, Seeds
from sciml.operators.spaces import Plane

NODES, SOLVE = "nodes", "solve"
SMALL = {"samples": 64, "n": 22, "refine": 2}  # of --quick
TESTS = 100


@dataclass(frozen=True)
class Known:
    """A problem with its pairs, its test samples, and what classical solves are given of those."""

    problem: PlaneOperatorProblem
    pairs: OperatorData
    tests: OperatorData
    fine: Sequence[Array]

    def task(self, steps: int | None = None) -> Task:
        recipe = self.problem.recipe()
        assert isinstance(recipe, PlaneRecipe)
        recipe = recipe if steps is None else replace(recipe, max_steps=steps)
        space = Plane((self.problem.n, self.problem.n), turn=True)
        return Task(recipe, self.problem.frame, Symmetries(False, False), domain=(0.0, 1.0) * 2, space=space)


@cache
def known(inputs: str, seed: int, quick: bool) -> Known:
    problem = sciml.load_problem("darcy-operator", inputs=inputs, **(SMALL if quick else {}))
    assert isinstance(problem, PlaneOperatorProblem)
    seeds, count = Seeds.of(seed), 16 if quick else TESTS
    pairs, _ = problem.pairs(problem.samples, seeds.data)
    return Known(problem, pairs, *problem.pairs(count, seeds.test))


def raced(inputs: str, model: str, budget: float, seed: int, quick: bool) -> tuple[float, str]:
    """Return the mean error after so many CPU seconds, and in words steps, time and the worst sample."""
    this = known(inputs, seed, quick)
    began = time.process_time()
    network(this.task(), model, this.pairs, Settings(seed=seed, max_steps=TRIED), Monitor())
    each = (time.process_time() - began) / TRIED
    steps = max(1, int((SPARE * budget - (time.process_time() - began)) / each))
    learned = network(this.task(steps), model, this.pairs, Settings(seed=seed), Monitor())
    return told(learned, this, f"{steps} steps, {time.process_time() - began:.3g} CPU s")


def told(learned: Learned, this: Known, words: str) -> tuple[float, str]:
    found = judge(learned.fields, this.tests)
    return found.error, f"{found.error:.2e}, worst {found.errors.max():.2e} ({words})"


def learned(inputs: str, model: str, budget: float, seeds: int, quick: bool) -> tuple[float, str]:
    budget, count = (8.0, 1) if quick else (budget, seeds)
    found = [raced(inputs, model, budget, seed, quick) for seed in range(count)]
    return float(np.median([value for value, _ in found])), ", ".join(words for _, words in found)


def regressed(quick: bool) -> tuple[float, str]:
    this = known(NODES, 0, quick)
    fitted = regression(this.task(), this.pairs)
    return told(fitted, this, f"{fitted.seconds:.2g} CPU s")


def solved(name: str, quick: bool) -> tuple[float, str]:
    this = known(NODES, 0, quick)
    solve, labels = this.problem.solves()[name], this.tests.outputs[..., 0]
    began = time.process_time()
    outputs = np.stack([solve(fine) for fine in this.fine]).reshape(len(labels), -1)
    each = (time.process_time() - began) / len(labels)
    errors = np.linalg.norm(outputs - labels, axis=1) / np.linalg.norm(labels, axis=1)
    return float(errors.mean()), f"worst {errors.max():.2e}, {1e3 * each:.2g} CPU ms a sample, untrained"


def labels(quick: bool) -> tuple[float, str]:
    return known(NODES, 0, quick).problem.label_error(), "half the spacing, 2 samples, doubled"


def network_row(name: str, target: float | None, *race: object) -> Measure:
    return Measure(name, target, "lower", partial(learned, *race), long=True)  # type: ignore[arg-type]


MEASURES = [
    Measure("labels", None, "lower", labels),
    Measure("direct", None, "lower", partial(solved, "direct")),
    Measure("averaged", None, "lower", partial(solved, "averaged")),
    Measure("ridge", None, "lower", regressed),
    network_row("spectral", 1.5e-2, NODES, "spectral", 120.0, 1),
    network_row("solve spectral", 7.5e-3, SOLVE, "spectral", 40.0, 1),
    network_row("galerkin", None, NODES, "galerkin", 120.0, 1),
    network_row("fno", None, NODES, "fno", 120.0, 1),
    network_row("300 s spectral", 9.5e-3, NODES, "spectral", 300.0, 1),
    network_row("300 s galerkin", None, NODES, "galerkin", 300.0, 1),
]

if __name__ == "__main__":
    torch.set_num_threads(1)
    main("operator_plane", MEASURES)
