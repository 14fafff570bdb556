"""Checks: ours, the reference, the error, the tolerance, and the verdict."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

Better = Literal["equal", "lower", "higher"]


class Judged(ABC):
    """An error held against what is allowed."""

    @property
    @abstractmethod
    def error(self) -> float:
        """The error that is held against `allowed`."""

    @property
    @abstractmethod
    def allowed(self) -> float:
        """The largest error that passes."""

    @property
    def strain(self) -> float:
        """The error as a share of what is allowed; infinite where it is undefined."""
        if math.isnan(self.error):
            return math.inf
        if self.allowed > 0:
            return self.error / self.allowed
        return math.inf if self.error > 0 else 0.0


@dataclass(frozen=True)
class Check(Judged):
    """One number against one reference.

    With `better="equal"` the error is relative to the reference (absolute where the reference is zero).
    With "lower" or "higher" it is by how much the value is on the wrong side, in the value's own unit.
    A check never claims more than its reference knows: `allowed` is the tolerance plus the reference's error.

    >>> Check("E0", 1.0 + 1e-10, 1.0, 0.0, 1e-9).passed
    True
    >>> Check("E0", float("nan"), 1.0, 0.0, 1e-9).passed
    False
    """

    name: str
    value: float
    reference: float
    reference_error: float
    tolerance: float
    better: Better = "equal"
    unit: str = ""

    @property
    def abs_error(self) -> float:
        """Distance from the reference, in the value's unit."""
        return abs(self.value - self.reference)

    @property
    def scale(self) -> float:
        """What errors are divided by: |reference| for "equal", else one."""
        return abs(self.reference) if self.better == "equal" and self.reference != 0 else 1.0

    @property
    def error(self) -> float:
        """The error that is held against `allowed`."""
        if self.better == "equal":
            return self.abs_error / self.scale
        gap = self.value - self.reference if self.better == "lower" else self.reference - self.value
        return math.nan if math.isnan(gap) else max(gap, 0.0)

    @property
    def allowed(self) -> float:
        """The tolerance and, since the reference may be off too, its own error on top."""
        return self.tolerance + self.reference_error / self.scale

    @property
    def limited(self) -> bool:
        """Whether the reference, not the tolerance, decides how fine the check is."""
        return self.allowed > 2 * self.tolerance

    @property
    def passed(self) -> bool:
        """Whether the error is within what is allowed (false for NaN)."""
        return math.isfinite(self.value) and self.error <= self.allowed


@dataclass(frozen=True)
class FieldCheck(Judged):
    """A field's relative L2 error and largest deviation against a sampled reference."""

    name: str
    relative_l2: float
    max_abs: float
    reference_error: float
    tolerance: float

    @property
    def error(self) -> float:
        """The error that is held against `allowed`: the relative L2 error."""
        return self.relative_l2

    @property
    def allowed(self) -> float:
        """The tolerance and, since the reference may be off too, its own relative error on top."""
        return self.tolerance + self.reference_error

    @property
    def limited(self) -> bool:
        """Whether the reference, not the tolerance, decides how fine the check is."""
        return self.allowed > 2 * self.tolerance

    @property
    def passed(self) -> bool:
        """Whether the relative L2 error is within what is allowed (false for NaN)."""
        return self.relative_l2 <= self.allowed


@dataclass(frozen=True)
class Comparison:
    """All checks of one answer; `passed` is None where there is nothing to judge by."""

    scalars: tuple[Check, ...] = ()
    fields: tuple[FieldCheck, ...] = ()
    metrics: tuple[Check, ...] = ()
    reference_kind: str = "numerical"
    reference_method: str = ""

    @property
    def checks(self) -> tuple[Check | FieldCheck, ...]:
        """Scalars, then fields, then metrics."""
        return (*self.scalars, *self.fields, *self.metrics)

    @property
    def passed(self) -> bool | None:
        """True if every check passed, False if one failed, None without checks."""
        return all(check.passed for check in self.checks) if self.checks else None

    def by_name(self) -> dict[str, Check | FieldCheck]:
        """The checks by their names."""
        return {check.name: check for check in self.checks}

    @property
    def worst(self) -> Check | FieldCheck | None:
        """The check nearest to failing, or furthest beyond; None without checks."""
        return max(self.checks, key=lambda check: check.strain, default=None)
