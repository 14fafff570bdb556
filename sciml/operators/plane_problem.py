"""Problems of operator learning in a plane, whose labels come from a solver of limited accuracy."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from torch import Tensor

from sciml.arguments import check_choice
from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.reference import Reference
from sciml.numerics.domains import Array
from sciml.operators.data import OperatorData
from sciml.operators.fields import OperatorFields, rebuild
from sciml.operators.frames.augment import Symmetries
from sciml.operators.learning import Task, network, regression
from sciml.operators.recipe import PlaneRecipe, Seeds
from sciml.operators.results import OperatorScores, measured, shown, skill_check
from sciml.operators.spaces import Plane
from sciml.operators.spec import PLANE_CHOICES, RIDGE, FrameSpec
from sciml.training.methods import METHODS


@dataclass(frozen=True)
class Beside:
    """What a classical method reaches on the test samples.

    Attributes:
        error: Mean relative L2 error against the labels.
        seconds: CPU seconds a sample.
    """

    error: float
    seconds: float


class PlaneOperatorProblem(AbstractProblem):
    """Learn a map between functions on a grid of the unit square, beside classical solves and regression.

    Checked are the mean relative L2 error on test samples, to whose tolerance the error of the labels is
    added, and skill. A network above the classical solve on its own grid has lost, and is told so.

    A subclass gives `pairs`, `label_error`, `solves`, `small`, and the parameters `samples`, `n`, `model`.
    """

    kind: ClassVar[str] = "operator"
    methods: ClassVar[tuple[str, ...]] = tuple(METHODS)
    citation: ClassVar[str] = ""
    turn: ClassVar[bool] = True

    samples: int
    n: int
    model: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("parameter 'model'", self.model, PLANE_CHOICES)

    @abstractmethod
    def pairs(self, count: int, seed: int) -> tuple[OperatorData, Sequence[Array]]:
        """Return samples by seed, and for each what the classical methods are given."""

    @abstractmethod
    def label_error(self) -> float:
        """Return the mean relative L2 error of the labels."""

    @abstractmethod
    def solves(self) -> Mapping[str, Callable[[Array], Array]]:
        """Return classical methods by name: from what they are given of a sample to its outputs (n, n)."""

    @abstractmethod
    def small(self) -> Self:
        """Return the problem in the sizes of the small recipe."""

    @property
    def frame(self) -> FrameSpec:
        """Where models work."""
        return FrameSpec()

    def planned_steps(self, settings: Settings) -> int:
        """Return how many steps the training makes; a ridge regression makes none."""
        return 0 if self.model == RIDGE else super().planned_steps(settings)

    @abstractmethod
    def recipe(self, quick: bool = False) -> PlaneRecipe:
        """Return sizes."""

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Train a model on pairs, and measure what stands beside it."""
        return (self.small() if settings.quick else self).solved(settings, monitor)

    def solved(self, settings: Settings, monitor: Monitor) -> Answer:
        """Return the answer in the sizes that the problem has."""
        recipe, seeds = self.recipe(settings.quick), Seeds.of(settings.seed)
        (pairs, _), (tests, given) = (
            self.pairs(self.samples, seeds.data),
            self.pairs(recipe.tests, seeds.test),
        )
        space = Plane((self.n, self.n), turn=self.turn)
        symmetries, square = Symmetries(shift=False, reflect=False), (0.0, 1.0, 0.0, 1.0)
        task = Task(recipe, self.frame, symmetries, domain=square, space=space)
        ridge = regression(task, pairs)
        learned = ridge if self.model == RIDGE else network(task, self.model, pairs, settings, monitor)
        scores = measured(self.model, learned, ridge, {1: tests}, settings.device, pairs.outputs.mean(0))
        beside = {name: _beside(solve, given, tests) for name, solve in self.solves().items()}
        return self.answer(scores, tests, beside)

    def answer(self, scores: OperatorScores, tests: OperatorData, beside: Mapping[str, Beside]) -> Answer:
        """Return a model with all that is measured on it and on what stands beside it."""
        learned, own = scores.learned, self.label_error()
        metrics = {f"{name}_error": one.error for name, one in beside.items()}
        certificates = {
            name: {"error": one.error, "training_cpu_s": 0.0, "cpu_s_a_sample": one.seconds}
            for name, one in beside.items()
        }
        message = f"{learned.trained.message}; {scores.verdict}; {lost(scores.ours[0].error, beside)}"
        return Answer(
            status=learned.trained.status,
            message=message,
            fields=learned.fields,
            samples=shown(learned, tests, tests.positions),
            metrics={**scores.metrics, **metrics, "label_error": own},
            certificates={**scores.certificates, **certificates},
            stats=scores.stats,
            doubts=learned.doubts,
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of the error on test samples and of skill."""
        source, own = self.reference(), answer.metrics["label_error"]
        assert source is not None
        error = Check(
            "error", answer.metrics["error"], 0.0, own, self.recipe(quick).tolerance, better="lower"
        )
        return Comparison(
            metrics=(error, *skill_check(answer.metrics)),
            reference_kind=source.kind,
            reference_method=f"{source.method}, own error {own:.0e}",
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> OperatorFields:
        """Return the fields of a saved solution."""
        return rebuild(model, tensors)


def lost(error: float, beside: Mapping[str, Beside]) -> str:
    """Return in words which classical methods a model is above, and what they cost."""
    better = {name: one for name, one in beside.items() if one.error < error}
    words = ", ".join(
        f"{name} ({one.error:.1e} in {1e3 * one.seconds:.2g} CPU ms)" for name, one in better.items()
    )
    return f"it loses to a classical solve: {words}" if better else "no classical solve beside it is better"


def _beside(solve: Callable[[Array], Array], given: Sequence[Array], tests: OperatorData) -> Beside:
    began = time.process_time()
    outputs = np.stack([solve(each) for each in given]).reshape(len(tests), -1)
    seconds = (time.process_time() - began) / len(tests)
    labels = tests.outputs[..., 0]
    errors = np.linalg.norm(outputs - labels, axis=1) / np.linalg.norm(labels, axis=1)
    return Beside(float(errors.mean()), seconds)
