"""What a solve returns: an answer, whose it is, and the means to check, save and plot it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from sciml.arguments import check_flag
from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Row
from sciml.contracts.problem import AbstractProblem
from sciml.contracts.reference import Reference
from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array
from sciml.runs.contents import answer_files, manifest
from sciml.runs.files import HISTORY, REPORT, write_run
from sciml.runs.history import history_text
from sciml.runs.origin import Origin
from sciml.runs.report import report
from sciml.runs.storage import to_json


@dataclass(frozen=True, kw_only=True)
class Solution(Answer, Origin):
    """An answer with the problem it answers; the attributes of `Answer` and of `Origin`, and these.

    Attributes:
        history: One row a step.
        problem: The problem, where it is at hand.
        stored: The comparison read from a folder.
    """

    history: tuple[Row, ...] = ()
    problem: AbstractProblem | None = None
    stored: Comparison | None = None

    def compare(self) -> Comparison:
        """Return ours, reference, error, tolerance and verdict for all that has a reference."""
        return self._compared[0] if self.stored is None else self.stored

    @property
    def passed(self) -> bool | None:
        """The verdict: None where there is no check, false where a doubt is left or this is no solution."""
        return self.compare().passed if self.status.usable and not self.doubts else False

    @property
    def distrusted(self) -> tuple[str, ...]:
        """What not to trust: doubts, then checks that failed, the worst first."""
        failed = [check for check in self.compare().checks if not check.passed]
        failed.sort(key=lambda check: check.strain, reverse=True)
        return (
            *self.doubts,
            *(f"{check.name}: error {check.error:.1e}, allowed {check.allowed:.1e}" for check in failed),
        )

    def sensitivities(self, relative: bool = True) -> dict[str, dict[str, float | None]]:
        """Return how each trained scalar answers to each constant p of the problem: (p/s) ds/dp, or ds/dp.

        From the trained network's implicit function, without another solve. A relative one is None where the
        scalar or the constant is zero.

        Raises:
            ArgumentError: If there is no trained network, no solution, or the family does not offer them.
        """
        check_flag("relative", relative)
        if self.problem is None:
            raise ArgumentError("sensitivities: no problem here; use sciml.load(folder, problem=...)")
        if not self.status.usable:
            raise ArgumentError(f"sensitivities: got status {self.status.name}, expected a solution")
        found = self.problem.sensitivities(self)
        if not relative:
            return {
                scalar: {name: slope for name, (_, slope) in row.items()} for scalar, row in found.items()
            }
        sizes = {scalar: 0.0 if self._vanishes(scalar) else self.scalars[scalar] for scalar in found}
        return {
            scalar: {
                name: p / size * slope if p and size else None for name, (p, slope) in found[scalar].items()
            }
            for scalar, size in sizes.items()
        }

    def _vanishes(self, scalar: str) -> bool:
        """Whether a scalar is zero but for its own error."""
        check = self.compare().by_name().get(scalar)
        return isinstance(check, Check) and check.reference == 0.0 and check.passed

    def settled(self) -> Solution:
        """Return the solution, STALLED where it says CONVERGED beside a failed check or a doubt."""
        if self.status is not Status.CONVERGED or self.passed is not False:
            return self
        message = f"not to be trusted: {'; '.join(self.distrusted)}; {self.message}"
        stalled = replace(self, status=Status.STALLED, message=message)
        if self.stored is None:  # hand on what was computed to find this out
            stalled.__dict__.update(_referenced=self._referenced, _compared=self._compared)
        return stalled

    @property
    def report(self) -> dict[str, Any]:
        """The plain values of `report.json`; what is undefined is None."""
        return report(self, self, self.compare(), self.passed, self.reference_cpu_s)

    def save(self, folder: str | Path, made: Mapping[str, Any] | None = None) -> Path:
        """Write the run folder; each file appears whole or not at all.

        `made` adds to the manifest how the solution was made: the command, the settings, the times.

        Raises:
            FileError: If the folder cannot be written; nothing saved before is touched then.
        """
        files = {
            HISTORY: history_text(self.history).encode(),
            **answer_files(self, self.sampled),
            REPORT: to_json(self.report).encode(),
        }
        return write_run(Path(folder), files, {**manifest(self, self), **(made or {})})

    @property
    def sampled(self) -> dict[str, Array]:
        """The samples, and the reference's fields on the same points as `NAME_reference`."""
        arrays = dict(self.samples)
        fields = {} if self.reference is None else self.reference.fields
        for name, field in fields.items():
            if name in arrays and np.array_equal(field.x, arrays["x"]):
                arrays[f"{name}_reference"] = field.values
        return arrays

    @cached_property
    def reference(self) -> Reference | None:
        """The problem's reference, computed once; None without a problem or where nothing is known."""
        return self._referenced[0]

    @property
    def reference_cpu_s(self) -> float:
        """CPU seconds that the reference and the comparison took."""
        return self._compared[1] if self.stored is None else self.stats.get("reference_cpu_s", 0.0)

    @cached_property
    def _referenced(self) -> tuple[Reference | None, float]:
        began = time.process_time()
        reference = None if self.problem is None else self.problem.reference()
        return reference, time.process_time() - began

    @cached_property
    def _compared(self) -> tuple[Comparison, float]:
        if self.problem is None or self.status is Status.NONFINITE:
            return Comparison(), 0.0
        reference, spent = self._referenced
        began = time.process_time()
        checks = self.problem.compare(self, quick=self.quick, start=self.start, reference=reference)
        return checks, spent + time.process_time() - began
