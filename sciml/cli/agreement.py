"""Two solutions of one problem, number by number: the same bits, or how far apart."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sciml.cli.verdict import WORDS, number
from sciml.contracts.checks import Check

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sciml.runs.solution import Solution

POINTS = "x", "weights"  # where fields are sampled: no answer


@dataclass(frozen=True)
class Agreement:
    """One quantity of two solutions.

    Attributes:
        name: The quantity.
        there: It in the first, in words.
        here: It in the second, in words.
        gap: Their distance relative to the reference, of fields in the L2 norm; infinite where undefined.
        same: Whether all bits are equal.
        allowed: The largest gap that agrees: what the quantity's check allows, zero without a check.
    """

    name: str
    there: str
    here: str
    gap: float
    same: bool
    allowed: float = 0.0

    @property
    def agrees(self) -> bool:
        """Whether the bits are equal, or the gap is within what is allowed."""
        return self.same or self.gap <= self.allowed


def agreements(there: Solution, here: Solution) -> list[Agreement]:
    """Return how numbers, fields and verdict agree, by what the checks of `here` allow."""
    numbers = _paired({**there.scalars, **there.metrics}, {**here.scalars, **here.metrics})
    fields = _paired(_fields(there), _fields(here))
    return [
        *(_number(name, a, b, here) for name, (a, b) in numbers.items()),
        *(_field(name, a, b, here) for name, (a, b) in fields.items()),
        *(item for item in _references(there, here) if not item.same),
        *(_fact(name, a, b) for name, (a, b) in _paired(_facts(there), _facts(here)).items()),
    ]


def _paired(there: Mapping[str, Any], here: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return both values by name, None for one that is missing."""
    return {name: (there.get(name), here.get(name)) for name in {**there, **here}}


def _number(name: str, there: float | None, here: float | None, judge: Solution) -> Agreement:
    check = judge.compare().by_name().get(name)
    if there is None or here is None:
        return Agreement(name, _shown(there), _shown(here), math.inf, same=False)
    scale = check.scale if isinstance(check, Check) else abs(there) or 1.0
    gap = abs(here - there) / scale
    allowed = 0.0 if check is None else check.allowed
    return Agreement(name, number(there), number(here), _or_inf(gap), same_bits(there, here), allowed)


def _references(there: Solution, here: Solution) -> list[Agreement]:
    """Hold the references against each other: a verdict is worth no more than what it was held against."""
    references = [
        {c.name: c.reference for c in s.compare().checks if isinstance(c, Check)} for s in (there, here)
    ]
    return [
        Agreement(f"{name} (reference)", item.there, item.here, item.gap, item.same, item.allowed)
        for name, (a, b) in _paired(*references).items()
        for item in [_number(name, a, b, here)]
    ]


def _field(name: str, there: Any, here: Any, judge: Solution) -> Agreement:  # noqa: ANN401
    check, label = judge.compare().by_name().get(name), f"{name} (field)"
    if there is None or here is None or there.shape != here.shape or there.dtype != here.dtype:
        return Agreement(label, _form(there), _form(here), math.inf, same=False)
    same = there.tobytes() == here.tobytes()
    gap = 0.0 if same else _distance(there, here)
    return Agreement(label, "", "", gap, same, 0.0 if check is None else check.allowed)


def _distance(there: NDArray[Any], here: NDArray[Any]) -> float:
    """Return |here - there| / |there| in the L2 norm; infinite for what is no number."""
    if there.dtype.kind not in "biufc":
        return math.inf
    wide = np.complex128 if there.dtype.kind == "c" else np.float64
    a, b = there.astype(wide), here.astype(wide)
    with np.errstate(all="ignore"):
        return _or_inf(float(np.linalg.norm(b - a) / (np.linalg.norm(a) or 1.0)))


def _fields(solution: Solution) -> dict[str, NDArray[Any]]:
    """Return the sampled answer: no points, no reference."""
    return {
        name: values
        for name, values in solution.samples.items()
        if name not in POINTS and not name.endswith("_reference")
    }


def _facts(solution: Solution) -> dict[str, str]:
    return {"status": solution.status.value, "result": WORDS[solution.passed]}


def _fact(name: str, there: str, here: str) -> Agreement:
    same = there == here
    return Agreement(name, there, here, 0.0 if same else math.inf, same)


def same_bits(a: float, b: float) -> bool:
    """Whether two numbers are equal to the last bit; what is undefined equals itself."""
    return np.float64(a).tobytes() == np.float64(b).tobytes() or (math.isnan(a) and math.isnan(b))


def _or_inf(gap: float) -> float:
    return math.inf if math.isnan(gap) else gap


def _shown(value: float | None) -> str:
    return "missing" if value is None else number(value)


def _form(values: NDArray[Any] | None) -> str:
    return "missing" if values is None else f"{values.dtype} {values.shape}"
