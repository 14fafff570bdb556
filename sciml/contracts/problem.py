"""What a problem is: frozen values that know their reference and how to be solved."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from sciml.arguments import check_flag, check_max_steps, check_seed
from sciml.contracts.answer import Answer, Fields
from sciml.contracts.checks import Comparison
from sciml.contracts.compare import compare_with
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import check_parameters, parameters_of
from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Settings:
    """What the caller of a solve, a sweep or an inference may choose; None leaves the choice to the recipe.

    Raises:
        ArgumentError: For a seed or number of steps out of range.
        ArgumentTypeError: For a seed or number of steps that is none, or a `quick` that is not a bool.
    """

    seed: int = 0
    start: str | None = None
    method: str | None = None
    max_steps: int | None = None
    dtype: torch.dtype | None = None
    device: str = "cpu"
    quick: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "seed", check_seed(self.seed))
        object.__setattr__(self, "max_steps", check_max_steps(self.max_steps))
        check_flag("quick", self.quick)


@dataclass(frozen=True)
class Recipe:
    """The plain values that make a problem pass: every family adds its own sizes and steps.

    `tolerance` holds for scalars (relative), `field_tolerance` for fields (relative L2).
    """

    max_steps: int = 0
    tolerance: float = 1e-6
    field_tolerance: float = 1e-4


@dataclass(frozen=True)
class AbstractProblem(ABC):
    """A problem to be solved and checked; its fields made by `parameter` are what a user may set."""

    kind: ClassVar[str]
    equation: ClassVar[str] = ""
    starts: ClassVar[tuple[str, ...]] = ()
    methods: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        check_parameters(self)

    @property
    def name(self) -> str:
        """The name on the command line: the class name in lower case with hyphens."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", type(self).__name__).lower()

    @property
    def parameters(self) -> Mapping[str, Any]:
        """The parameters and their values."""
        return {item.name: getattr(self, item.name) for item in parameters_of(self)}

    @property
    def wants_verdict(self) -> bool:
        """Whether an answer that nothing judges is unfinished; false where the user asked for no check."""
        return True

    @abstractmethod
    def reference(self) -> Reference | None:
        """Return what the solution is checked against, with its own error; None where nothing is known."""

    @abstractmethod
    def recipe(self, quick: bool = False) -> Recipe:
        """Return the sizes, points, steps and tolerances that make the problem pass."""

    @abstractmethod
    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Solve; called by `sciml.solve`, which validates first and makes a `Solution` of the answer."""

    def run_from(self, before: Fields | None, settings: Settings, monitor: Monitor) -> Answer:
        """Solve, beginning with the trained fields of a similar problem where they are given and of use."""
        return self.run(settings, monitor)

    @abstractmethod
    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Fields:
        """Return the fields of a saved solution from `model.json` and `model.safetensors`."""

    def planned_steps(self, settings: Settings) -> int:
        """Return how many steps a solve makes at most, for its progress; zero where that is not known."""
        return self.recipe(settings.quick).max_steps if settings.max_steps is None else settings.max_steps

    def start_of(self, settings: Settings) -> str | None:
        """Return how a solve begins: the caller's choice, else the first of `starts`; None without any."""
        return settings.start or next(iter(self.starts), None)

    def sensitivities(self, answer: Answer) -> Mapping[str, Mapping[str, tuple[float, float]]]:
        """Return for each scalar of a trained answer, and each constant p, the value of p and ds/dp.

        Raises:
            ArgumentError: If the family does not offer them.
        """
        raise ArgumentError(
            f"sensitivities: {self.name} is a {self.kind} problem without them; residual problems that are "
            "trained with their scalars (fronts, flames) have them"
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of an answer against the reference.

        Args:
            answer: What `run` returned.
            quick: Whether the quick recipe made it.
            start: How the solve began, where the problem offers a choice.
            reference: What `reference` returned, computed once.
        """
        recipe = self.recipe(quick)
        return compare_with(answer, reference, recipe.tolerance, recipe.field_tolerance)
