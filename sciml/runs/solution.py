"""What a solve returns: numbers, fields, a status, and the means to check, save and plot them."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from sciml.contracts.checks import Comparison
from sciml.contracts.monitor import Row
from sciml.contracts.reference import Array, Reference
from sciml.contracts.status import Status
from sciml.errors import ArgumentError

if TYPE_CHECKING:
    from sciml.contracts.problem import AbstractProblem
    from sciml.numerics.derivatives import Jet


class Fields(ABC):
    """A trained model seen as functions of position."""

    @property
    @abstractmethod
    def spec(self) -> Mapping[str, Any]:
        """What to build, as plain values for `model.json`."""

    @property
    @abstractmethod
    def tensors(self) -> Mapping[str, Tensor]:
        """The parameters, for `model.safetensors`."""

    @abstractmethod
    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return every field at `x`, (n,) in one dimension or (n, d)."""

    def jet(self, x: Tensor) -> dict[str, Jet]:
        """Return every field with its first and second derivative at `x` (n,)."""
        raise ArgumentError("jet: this solution has no derivatives along one coordinate; use autograd on it")

    @property
    def dtype(self) -> torch.dtype:
        """The floating-point type of the parameters."""
        return next(iter(self.tensors.values())).dtype

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(iter(self.tensors.values())).device


@dataclass(frozen=True)
class Solution:
    """The answer to a problem.

    Attributes:
        name: The problem's name.
        kind: Its family: "quantum", "flame", "flow" or "operator".
        status: How the solve ended.
        message: One sentence on what that means here.
        parameters: The problem's parameters.
        scalars: Numbers found, such as `E0`.
        units: Units of the scalars, where they have one.
        stds: Standard errors of the scalars, where they are estimates.
        fields: The trained functions; None for a solution read from a folder without its problem.
        samples: The fields on points: "x" and one array a field.
        metrics: Numbers judged against a bound rather than a reference value.
        certificates: Evidence that needs no reference, a mapping for each scalar.
        curves: Named curves to plot or report.
        history: One row a step.
        stats: Times and counts.
        seed: The seed it was made with.
        quick: Whether the quick recipe made it.
        start: How the solve began, where the problem offers a choice.
        problem: The problem, where it is at hand.
        stored: The comparison read from a folder.
    """

    name: str
    kind: str
    status: Status
    message: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    scalars: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    stds: Mapping[str, float] = field(default_factory=dict)
    fields: Fields | None = None
    samples: Mapping[str, Array] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    certificates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    curves: Mapping[str, Any] = field(default_factory=dict)
    history: tuple[Row, ...] = ()
    stats: Mapping[str, float] = field(default_factory=dict)
    seed: int = 0
    quick: bool = False
    start: str | None = None
    problem: AbstractProblem | None = None
    stored: Comparison | None = None

    def __call__(self, x: Array) -> dict[str, Array]:
        """Return every field at `x` as NumPy arrays; `x` is (n,) in one dimension, (n, d) otherwise."""
        points = torch.as_tensor(x, dtype=self._fields.dtype, device=self._fields.device)
        with torch.no_grad():
            return {name: values.cpu().double().numpy() for name, values in self._fields(points).items()}

    def jet(self, x: Tensor) -> dict[str, Jet]:
        """Return every field with its first two derivatives at `x`, differentiable by autograd."""
        return self._fields.jet(x)

    def compare(self) -> Comparison:
        """Return ours, reference, error, tolerance and verdict for all that has a reference."""
        return self._comparison

    @property
    def passed(self) -> bool | None:
        """The verdict: None where there is no check, false for a solution that is not one."""
        return self.compare().passed if self.status.usable else False

    def save(self, folder: str | Path) -> Path:
        """Write the run folder; each file appears whole or not at all."""
        from sciml.runs.files import save

        return save(self, Path(folder))

    @property
    def _fields(self) -> Fields:
        if self.fields is None:
            raise ArgumentError(
                "solution: read from a folder without its network, so it knows its sampled points only; "
                "use sciml.load(folder, problem=...)"
            )
        return self.fields

    @cached_property
    def reference(self) -> Reference | None:
        """The problem's reference, computed once; None without a problem or where nothing is known."""
        return self._referenced[0]

    @cached_property
    def _referenced(self) -> tuple[Reference | None, float]:
        began = time.process_time()
        found = None if self.problem is None else self.problem.reference()
        return found, time.process_time() - began

    @cached_property
    def _comparison(self) -> Comparison:
        if self.stored is not None:
            return self.stored
        return self._compared[0]

    @property
    def reference_cpu_s(self) -> float:
        """CPU seconds that the reference and the comparison took."""
        return self._compared[1] if self.stored is None else self.stats.get("reference_cpu_s", 0.0)

    @cached_property
    def _compared(self) -> tuple[Comparison, float]:
        if self.problem is None or self.status is Status.NONFINITE:
            return Comparison(), 0.0
        _, spent = self._referenced
        began = time.process_time()
        return self.problem.compare(self), spent + time.process_time() - began
