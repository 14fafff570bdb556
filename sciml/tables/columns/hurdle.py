"""Numbers of which a few occur exactly, again and again: a mass at each, and a density beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.columns.degenerate import refuse_point_masses
from sciml.tables.columns.faults import ColumnFault, Remedy
from sciml.tables.columns.frames import gaps
from sciml.tables.columns.kind import Cell, Coded
from sciml.tables.columns.numbers import numbers, typed
from sciml.tables.columns.numeric import NumericKind
from sciml.tables.discrete.masses import AbstractMass, Levels

if TYPE_CHECKING:
    import pandas as pd

SHARE, LEAST = 0.05, 10  # of the rows, and rows, at one value that is found to have a mass
ALONE = 4.0  # times as many rows as at any value of the rest
MOST_ATOMS = 5  # that are found
MOST_DECLARED = 100
FEWEST = 10  # different values beside the masses
TIES = 4.0  # rows a value, from which the rest is no density
SIDES = ("real", "above", "below")


@dataclass(frozen=True)
class Hurdle(NumericKind):
    """A mass at each of some exact values and a density beside them, in the units of the column.

    Where all else lies above the largest of them (or below the smallest), so does every draw: the density is
    then that of the logarithm of the distance.

    Attributes:
        atoms: The values with masses, increasing.
        side: "real", or where the rest lies: "above" or "below" the atoms.
    """

    name = "hurdle"
    form = "hurdle(value,…)"
    has_density = True
    has_masses = True

    atoms: tuple[float, ...]
    side: str = "real"

    def __post_init__(self) -> None:
        if not 0 < len(self.atoms) <= MOST_DECLARED or not np.isfinite(self.atoms).all():
            raise ValueError(f"atoms {self.atoms} are not a few finite numbers")
        if list(self.atoms) != sorted(set(self.atoms)) or self.side not in SIDES:
            raise ValueError(f"atoms {self.atoms} do not increase, or the side {self.side!r} is unknown")

    @classmethod
    def declared(cls, parameters: Sequence[str], column: str) -> Self:
        """Return the kind with these values."""
        try:
            return cls(tuple(sorted({float(part) for part in parameters})))
        except ValueError:
            raise ArgumentError(
                f"column {column!r}: hurdle needs one or more finite numbers, as in hurdle(0) or hurdle:0;"
                f" got {':'.join(parameters) or 'none'}"
            ) from None

    @classmethod
    def detected(cls, cells: pd.Series) -> Self | None:
        """Return the kind for reals of which a few values stand out by their rows."""
        from pandas.api.types import is_float_dtype

        if not is_float_dtype(cells.dtype):
            return None
        x = numbers(cells)
        values, counts = np.unique(x[np.isfinite(x)], return_counts=True)
        atoms = _standing_out(values, counts)
        return cls(tuple(atoms)) if atoms else None

    def fit(self, cells: pd.Series) -> Self:
        """Return the kind with the side where the rest lies."""
        x = numbers(cells.where(~gaps(cells.to_frame())[:, 0]))
        rest = x[np.isfinite(x) & ~np.isin(x, self.atoms)]
        if len(np.unique(x[np.isfinite(x)])) < 2:
            refuse_point_masses(str(cells.name), x)
        if not np.isin(x, self.atoms).any():
            told = ", ".join(f"{atom:g}" for atom in self.atoms)
            raise ColumnFault(f"column {str(cells.name)!r} is never {told}: declare {cells.name}=real")
        if len(np.unique(rest)) < 2:
            raise ColumnFault(
                f"column {str(cells.name)!r} has no values beside {self.atoms}:"
                f" declare {cells.name}=categorical",
                Remedy("column", f"{cells.name}=categorical"),
            )
        refuse_point_masses(str(cells.name), rest)
        side = "above" if rest.min() > self.atoms[-1] else "below" if rest.max() < self.atoms[0] else "real"
        return replace(self, side=side)

    def supported(self, x: Array) -> Array:
        """Return which numbers are atoms, or where the rest may be."""
        beside = {"real": np.isfinite(x), "above": x > self.atoms[-1], "below": x < self.atoms[0]}[self.side]
        return np.asarray(np.isfinite(x) & (beside | np.isin(x, self.atoms)))

    def expected(self, column: str) -> str:
        """Name the atoms and the side."""
        told = ", ".join(f"{atom:g}" for atom in self.atoms)
        return told + {"real": " or other numbers", "above": " or more", "below": " or less"}[self.side]

    def unbounded(self, x: Array) -> tuple[Array, Array]:
        """Return x, or the logarithm of its distance, and log dy/dx."""
        if self.side == "real":
            return x, np.zeros_like(x)
        distance = x - self.atoms[-1] if self.side == "above" else self.atoms[0] - x
        y = np.log(distance)
        return y, -y

    def bounded_again(self, y: Array) -> Array:
        """Return x of y, on its side however far out."""
        if self.side == "real":
            return self._beside(y)
        with np.errstate(over="ignore"):
            distance = np.clip(np.exp(y), np.finfo(float).tiny, np.finfo(float).max / 2)
        edge = self.atoms[-1] if self.side == "above" else self.atoms[0]
        if self.side == "above":
            return np.asarray(np.maximum(edge + distance, np.nextafter(edge, np.inf)))
        return np.asarray(np.minimum(edge - distance, np.nextafter(edge, -np.inf)))

    def _beside(self, x: Array) -> Array:
        return np.where(np.isin(x, self.atoms), np.nextafter(x, np.inf), x)

    def encode(self, cells: pd.Series) -> Coded:
        """Return numbers beside the atoms, NaN at them, and codes: which atom, or none."""
        x = numbers(cells)
        missing = ~np.isfinite(x)
        at = np.searchsorted(self.atoms, np.where(missing, 0.0, x)).clip(max=len(self.atoms) - 1)
        atom = ~missing & (np.array(self.atoms)[at] == x)
        inside = missing | self.supported(x)
        there = inside & ~missing & ~atom
        y, log_det = np.zeros_like(x), np.zeros_like(x)
        y[there], log_det[there] = self.unbounded(x[there])
        y[missing | atom] = np.nan
        code = np.where(atom, at, len(self.atoms)).astype(np.int64)
        return Coded(missing, inside, y, log_det, code)

    def decode(self, number: Array | None, code: Array | None, dtype: str) -> pd.Series:
        """Return atoms, and numbers beside them; without codes all are beside."""
        assert number is not None  # a kind with a density has numbers
        x = self.bounded_again(number)
        if code is not None:
            atom = code < len(self.atoms)
            x = np.where(atom, np.array(self.atoms)[np.minimum(code, len(self.atoms) - 1)], x)
        return typed(x, dtype)

    @property
    def levels_count(self) -> int:
        """One for each atom, and one for the rest."""
        return len(self.atoms) + 1

    def masses(self, codes: Array) -> list[AbstractMass]:
        """Return the masses of the atoms and of the rest."""
        return [Levels(self.levels_count)]

    @property
    def context_size(self) -> int:  # type: ignore[override]
        """The number, and which atom."""
        return 1 + self.levels_count

    def context(self, coded: Coded, center: float, scale: float) -> Array:
        """Return the number standardised, 0 at an atom, and which atom it is."""
        assert coded.code is not None
        levels = np.asarray(coded.code[:, None] == np.arange(self.levels_count), dtype=float)
        levels[coded.missing] = 0.0
        return np.concatenate([super().context(coded, center, scale), levels], axis=1)

    def remark(self, cells: pd.Series) -> str:
        """Say what was found."""
        x = numbers(cells)
        told = ", ".join(f"{atom:g}" for atom in self.atoms)
        share = float(np.isin(x[np.isfinite(x)], self.atoms).mean())
        beside = {"real": "numbers", "above": "numbers above", "below": "numbers below"}[self.side]
        return (
            f"column {cells.name!r} is exactly {told} in {100 * share:.0f} % of the rows: a mass there, and a"
            f" density of the {beside} beside; declare {cells.name}=real if that is chance"
        )

    def parse(self, text: str, column: str) -> Cell:
        """Return the number."""
        return super().parse(text, column)

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Self:
        """Return the kind with the fields `values`."""
        return cls(**{**values, "atoms": tuple(values.get("atoms", ()))})


def _standing_out(values: Array, counts: Array) -> list[float]:
    """Return the values, increasing, that occur far more often than all others."""
    rows, order = counts.sum(), np.argsort(-counts)
    for many in range(MOST_ATOMS, 0, -1):
        atoms, rest = order[:many], order[many:]
        if len(rest) < FEWEST or counts[atoms].min() < max(LEAST, SHARE * rows):
            continue
        left = rows - counts[atoms].sum()
        if counts[atoms].min() >= ALONE * counts[rest].max() and len(rest) >= min(20, left / TIES):
            return sorted(values[atoms].tolist())
    return []
