"""Problems of operator learning: a network trained on pairs of functions, beside what it must beat."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from torch import Tensor

from sciml.arguments import check_choice
from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.reference import Reference
from sciml.operators.data import DataSpec, GaussianField, OperatorData, generate, reference_seconds
from sciml.operators.data.operator import AbstractOperator
from sciml.operators.fields import OperatorFields, rebuild
from sciml.operators.frames.augment import Symmetries
from sciml.operators.judge import FACTORS
from sciml.operators.learning import Task, network, regression
from sciml.operators.models.spectral_network import SpectralSpec
from sciml.operators.recipe import OperatorRecipe, Seeds
from sciml.operators.results import OperatorScores, measured, shown, skill_check
from sciml.operators.spec import AUTO, CHOICES, RIDGE, FrameSpec
from sciml.training.methods import METHODS

DRAWN = 4  # times the points of the training grid, in pictures
EXACT = 1e-9  # relative: two computations of the labels that differ by more are not both right


class OperatorProblem(AbstractProblem):
    """Learn a map between functions from pairs of them, made by a method that is exact.

    Checked is the mean relative L2 error on test samples, on the training grid and on one of 16 times the
    points, and that there is skill; the method's own error is added to what is allowed, and is a doubt where
    it is not tiny. Beside it stand a ridge regression on Fourier modes, trained on the same pairs, and the
    CPU time that the exact method takes.

    A subclass gives `operator`, `law`, `frame`, and the parameters `samples`, `n` and `model`.
    """

    kind: ClassVar[str] = "operator"
    methods: ClassVar[tuple[str, ...]] = tuple(METHODS)
    citation: ClassVar[str] = ""
    symmetries: ClassVar[Symmetries] = Symmetries()
    linear: ClassVar[bool] = True
    kernel: ClassVar[bool] = True  # of the regression beside it, where the operator is not linear

    samples: int
    n: int
    model: str

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("parameter 'model'", self.model, (*CHOICES, AUTO))

    @property
    def winner(self) -> str:
        """The model that errs least on fresh pairs at equal cost, which `auto` stands for."""
        return RIDGE if self.linear else SpectralSpec.name

    @property
    def chosen(self) -> str:
        """The model that is solved with."""
        return self.winner if self.model == AUTO else self.model

    @property
    @abstractmethod
    def operator(self) -> AbstractOperator:
        """The exact operator."""

    @property
    @abstractmethod
    def law(self) -> GaussianField:
        """The law of the inputs."""

    @property
    def frame(self) -> FrameSpec:
        """The frame that models work in."""
        return FrameSpec()

    @property
    def data(self) -> DataSpec:
        """What samples are made of."""
        return DataSpec(self.operator, self.law)

    def recipe(self, quick: bool = False) -> OperatorRecipe:
        """Return sizes that bring the error below 1e-3."""
        return OperatorRecipe(max_steps=300, tests=24, tolerance=1e-2) if quick else OperatorRecipe()

    def points(self, factor: int) -> int:
        """Return the number of points of the training grid refined by a factor."""
        return (self.n - 1) * factor + 1 if self.law.multiple == 1 else self.n * factor

    def planned_steps(self, settings: Settings) -> int:
        """Return how many steps the training makes; a ridge regression makes none."""
        return 0 if self.chosen == RIDGE else super().planned_steps(settings)

    def reference(self) -> Reference:
        """Return how the pairs are computed; the error of that is measured with each solution."""
        return Reference(
            kind="analytic" if self.linear else "numerical",
            method=self.operator.method,
            citation=self.citation,
        )

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Train a model on pairs, and a ridge regression beside it."""
        recipe, seeds = self.recipe(settings.quick), Seeds.of(settings.seed)
        pairs = generate(self.data, self.samples, self.n, seeds.data)
        task = Task(recipe, self.frame, self.symmetries, self.linear or not self.kernel)
        ridge = regression(task, pairs)
        learned = ridge if self.chosen == RIDGE else network(task, self.chosen, pairs, settings, monitor)
        tests = self.tests(recipe, seeds.test)
        scores = measured(self.chosen, learned, ridge, tests, settings.device)
        names = {"label_error": "relative_l2_error", "cut_error": "input_cut_error"}
        labels = {name: float(pairs.metadata[key]) for name, key in names.items()}
        return self.answer(scores, tests, settings, monitor, labels)

    def tests(self, recipe: OperatorRecipe, seed: int) -> dict[int, OperatorData]:
        """Return the test samples on the training grid refined by each factor, the same functions on all."""
        return {factor: generate(self.data, recipe.tests, self.points(factor), seed) for factor in FACTORS}

    def answer(
        self,
        scores: OperatorScores,
        tests: Mapping[int, OperatorData],
        settings: Settings,
        monitor: Monitor,
        labels: Mapping[str, float],
    ) -> Answer:
        """Return a model with all that is measured on it and on what stands beside it."""
        learned, drawn = scores.learned, tests[DRAWN]
        return Answer(
            status=learned.trained.status,
            message=f"{learned.trained.message}; {scores.verdict}",
            fields=learned.fields,
            samples=shown(learned, drawn, drawn.positions[:, 0]),
            metrics={**scores.metrics, **labels},
            certificates={**scores.certificates, "classical": self.classical(scores.ours[-1].points)},
            curves=scores.curves,
            stats=scores.stats,
            doubts=(*learned.doubts, *_doubts(labels["label_error"])),
        )

    def classical(self, points: int) -> dict[str, Any]:
        """Return what the exact method costs, beside which its error is nothing."""
        seconds = reference_seconds(self.data, points)
        return {"error": 0.0, "training_cpu_s": 0.0, "cpu_s_a_sample": seconds, "points": points}

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of the errors on the training grid and on the finest."""
        recipe, method = self.recipe(quick), self.reference()
        own = answer.metrics["label_error"]
        return Comparison(
            metrics=tuple(
                Check(name, answer.metrics[name], 0.0, own, recipe.tolerance, better="lower")
                for name in ("error", f"error_{FACTORS[-1]}n")
            )
            + skill_check(answer.metrics),
            reference_kind=method.kind,
            reference_method=f"{method.method}, own error {answer.metrics['label_error']:.0e}",
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> OperatorFields:
        """Return the fields of a saved solution."""
        return rebuild(model, tensors)


def _doubts(label_error: float) -> tuple[str, ...]:
    """Return why there is nothing to judge by, where two computations of the labels disagree."""
    if label_error <= EXACT:
        return ()
    return (f"two computations of the reference differ by {label_error:.0e}",)
