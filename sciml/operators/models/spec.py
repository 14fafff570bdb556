"""What an operator model is made of: one object that says all that building, saving and reading it takes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self

from sciml.operators.models.base import NeuralOperator
from sciml.runs.described import check_saved, check_sizes, picked


class Signature(Protocol):
    """What is known of a map before its model is chosen."""

    @property
    def in_channels(self) -> int:
        """Channels of the input function."""

    @property
    def out_channels(self) -> int:
        """Channels of the output function."""

    @property
    def reflect(self) -> bool:
        """Whether the map commutes with u(x) → −u(−x)."""


@dataclass(frozen=True)
class ModelSpec(ABC):
    """What a model is made of, as plain values: its fields are its sizes, whole numbers or flags.

    A new model is one file, with its `NeuralOperator` and the spec of it, and one row of `spec.MODELS`.

    Attributes:
        name: By which it is chosen, and saved.
        solved: Whether it is solved by linear algebra, in float64; all others are trained.
        dimensions: Of the space its functions live on.
    """

    name: ClassVar[str]
    solved: ClassVar[bool] = False
    dimensions: ClassVar[int] = 1

    @classmethod
    def sized(cls, sizes: Mapping[str, Any]) -> Self:
        """Return the spec with a recipe's sizes; those that the recipe has not keep their defaults."""
        return picked(cls, sizes)

    @abstractmethod
    def build(self, maps: Signature) -> NeuralOperator:
        """Return the model of these sizes, with first weights by torch's random state."""

    @abstractmethod
    def least_parameters(self, maps: Signature) -> int:
        """Return a number of parameters that `build` would allocate at least, by arithmetic alone.

        A damaged or hostile file is refused by it before memory is taken: a product of sizes that are each
        harmless must count as one.
        """

    def check(self, maps: Signature, saved: int) -> None:
        """Refuse sizes that are not plain, or that ask for more parameters than were saved."""
        check_sizes(self)
        check_saved(self.least_parameters(maps), saved)
        check_sizes(self, saved)
