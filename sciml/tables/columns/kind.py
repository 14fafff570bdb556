"""What a column kind says about itself: all that the rest of the tables asks of a column."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeAlias

import numpy as np

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.discrete.masses import AbstractMass

if TYPE_CHECKING:
    import pandas as pd

Cell: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True)
class Coded:
    """The cells of one column as numbers, each (n,).

    Attributes:
        missing: Which cells are missing.
        inside: Which are missing or within the kind's support.
        number: On the whole line; NaN where there is none, 0 outside the support. None for a kind of levels.
        log_det: log |d number/d cell|; 0 where there is no number.
        code: A level's index, below 0 where there is none, or a whole number. None for a kind without masses.
    """

    missing: Array
    inside: Array
    number: Array | None = None
    log_det: Array | None = None
    code: Array | None = None


@dataclass(frozen=True)
class ColumnKind(ABC):
    """A kind of column: how it is declared and found, its support, its cells as numbers and back.

    A kind may have a density, of its number, or masses, of its code, or both: then the number is NaN
    wherever the code alone says what the cell holds. Its fields are what was declared and what `fit` learns
    from training cells; they are saved by `values`. `sciml.tables.columns.kinds` lists all kinds.

    Attributes:
        name: As declared and as saved.
        form: How to declare it with its parameters.
        has_density: Whether its number has a density.
        has_masses: Whether its code has masses.
    """

    name: ClassVar[str]
    form: ClassVar[str]
    has_density: ClassVar[bool] = False
    has_masses: ClassVar[bool] = False

    @classmethod
    def declared(cls, parameters: Sequence[str], column: str) -> Self:
        """Return the kind declared with these parameters, such as "0" and "1" of bounded(0,1).

        Raises:
            ArgumentError: For parameters that the kind does not take.
        """
        if parameters:
            given = ",".join(parameters)
            raise ArgumentError(f"column {column!r}: kind {cls.name!r} takes no parameters, got ({given})")
        return cls()

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind of a column that nobody declared, None where it is not of this kind.

        Kinds are asked in the order of their list, and the first that answers is taken.
        """
        return None

    @abstractmethod
    def fit(self, cells: pd.Series) -> Self:
        """Return the kind with what it learns from training cells.

        Raises:
            DataError: For cells outside its support, or to which no density can be fitted.
        """

    @abstractmethod
    def encode(self, cells: pd.Series) -> Coded:
        """Return cells as numbers."""

    @abstractmethod
    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return cells of the training column's type; `encode` undone, within the support however far out."""

    def measured(self, number: Array) -> Array:
        """Return the cells of numbers as numbers too, in the unit in which the density is stated."""
        return np.asarray(self.decode(number, None, "float64"), float)

    @property
    def levels_count(self) -> int:
        """How many levels the codes tell apart; 0 where they are whole numbers, or there are none."""
        return 0

    def masses(self, codes: Array) -> list[AbstractMass]:
        """Return the families of masses to try on training codes, of a kind with masses."""
        raise NotImplementedError(f"{self.name} has no masses")

    @property
    @abstractmethod
    def context_size(self) -> int:
        """How many numbers stand for a cell that is conditioned on."""

    @abstractmethod
    def context(self, coded: Coded, center: float, scale: float) -> Array:
        """Return the cells that are conditioned on as numbers of order one, (n, context_size), 0 if missing.

        Args:
            coded: By `encode`.
            center: Median of the training numbers.
            scale: Spread of the training numbers, above 0.
        """

    @abstractmethod
    def parse(self, text: str, column: str) -> Cell:
        """Return the cell that a text of the command line means.

        Raises:
            ArgumentError: Where it means none of this kind.
        """

    def plain(self, cells: pd.Series) -> pd.Series:
        """Return cells that were written as texts as what they mean."""
        return cells

    def compared(self, cells: pd.Series) -> pd.Series:
        """Return cells as tests of draws compare them: numbers, or levels."""
        return cells

    def remark(self, cells: pd.Series) -> str:
        """Return why the column may be meant as another kind, a sentence; empty where nothing shows."""
        return ""

    def values(self) -> dict[str, Any]:
        """Return its fields as plain values for `model.json`."""
        return asdict(self)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the kind with the fields `values`; ValueError or TypeError where there is none."""
        return cls(**values)
