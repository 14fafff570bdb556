"""What an operator model is made of: one object that says all that building, saving and reading it takes."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol, Self

from sciml.arguments import check_count, check_flag
from sciml.operators.models.base import NeuralOperator
from sciml.runs.described import check_saved, picked


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
    """

    name: ClassVar[str]
    solved: ClassVar[bool] = False

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
        for item in fields(self):
            check: Any = check_flag if isinstance(item.default, bool) else _whole
            check(item.name, getattr(self, item.name))
        check_saved(self.least_parameters(maps), saved)
        for item in fields(self):
            check_count(item.name, int(getattr(self, item.name)), 0, saved)


RESERVED = {"kind", "model", "in_channels", "out_channels", "frame", "reflect", "dtype", "domain"}


def registered(*kinds: type[ModelSpec]) -> dict[str, type[ModelSpec]]:
    """Return the kinds by their names, or refuse one that does not say all about itself."""
    for kind in kinds:
        missing = sorted(getattr(kind, "__abstractmethods__", ()))
        if inspect.isabstract(kind) or not isinstance(getattr(kind, "name", None), str):
            raise TypeError(f"{kind.__name__}: has no {', '.join(missing) or 'name'}")
        for item in fields(kind):
            if not isinstance(item.default, int) or item.name in RESERVED:
                raise TypeError(f"{kind.__name__}.{item.name}: needs a default, and a name of its own")
    names = {kind.name: kind for kind in kinds}
    if len(names) < len(kinds):
        raise TypeError("two models have one name")
    return names


def _whole(name: str, value: object) -> int:
    return check_count(name, value, 0)
