"""What the classical solver costs: printed beside every network that stands in for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from sciml.arguments import check_count
from sciml.errors import ArgumentTypeError
from sciml.operators.data.burgers import Burgers
from sciml.operators.data.etdrk4 import burgers_by_steps
from sciml.operators.data.generate import DataSpec
from sciml.operators.data.random_field import BLOCK

STEPPED = 8  # samples stepped together


def reference_seconds(spec: DataSpec, n: int, repeats: int = 3, seed: int = 0) -> float:
    """Return the CPU seconds a sample of the operator's own method, from coefficients to n points."""
    inputs = spec.law.block(0, seed)
    return _seconds(lambda: spec.operator.on_grid(inputs, n), repeats) / BLOCK


def generation_seconds(spec: DataSpec, n: int, repeats: int = 3, seed: int = 0) -> float:
    """Return the CPU seconds a sample of drawing it, evaluating it and solving for it on n points."""
    return _seconds(lambda: spec.block(0, n, seed), repeats) / BLOCK


def time_step_seconds(spec: DataSpec, n: int, steps: int, repeats: int = 3, seed: int = 0) -> float:
    """Return the CPU seconds a sample of `burgers_by_steps`.

    Raises:
        ArgumentTypeError: Where the operator is not `Burgers`.
    """
    operator, inputs = spec.operator, spec.law.block(0, seed).first(STEPPED)
    if not isinstance(operator, Burgers):
        raise ArgumentTypeError(f"spec: got the {operator.name} operator, expected Burgers")
    return _seconds(lambda: burgers_by_steps(operator, inputs, n, steps), repeats) / STEPPED


def _seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the median CPU time of a call, after one that is not counted."""
    work()
    return median(_cpu(work) for _ in range(check_count("repeats", repeats)))


def _cpu(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
