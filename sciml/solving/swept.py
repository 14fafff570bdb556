"""What a sweep found: solutions, their table, and its files."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sciml.contracts.checks import Check
from sciml.errors import FileError, ScimlError
from sciml.numerics.domains import Array
from sciml.runs.report import versions
from sciml.runs.solution import Solution
from sciml.runs.storage import to_json
from sciml.runs.writing import write_together

FORMAT_VERSION = 1
REPORT, TABLE, PICTURE = "sweep.json", "table.csv", "sweep.png"


@dataclass(frozen=True)
class Sweep:
    """Solutions of one problem over values of its parameters.

    Attributes:
        name: The problem's name.
        over: The parameters that were varied, with their values.
        solutions: One for each combination, the values of the first parameter varying fastest.
    """

    name: str
    over: Mapping[str, tuple[Any, ...]]
    solutions: tuple[Solution, ...]

    def __getitem__(self, scalar: str) -> Array:
        """Return a scalar or metric of every solution, in the shape (…, n₂, n₁) of the parameters' values."""
        found = [{**item.metrics, **item.scalars}.get(scalar, np.nan) for item in self.solutions]
        return np.reshape(found, [len(values) for values in self.over.values()][::-1])

    @property
    def passed(self) -> bool | None:
        """Whether every solution passed its checks; None where none of them has any."""
        verdicts = {solution.passed for solution in self.solutions}
        return None if verdicts == {None} else verdicts == {True}

    @property
    def cpu_s(self) -> float:
        """CPU seconds that all solves took, without the references."""
        return sum(solution.stats["cpu_s"] for solution in self.solutions)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row a solution: the parameters, each number with its reference and error, and the verdict."""
        return [self._row(solution) for solution in self.solutions]

    def _row(self, solution: Solution) -> dict[str, Any]:
        row = {name: solution.parameters[name] for name in self.over}
        checks = solution.compare().by_name()
        for name, value in {**solution.scalars, **solution.metrics}.items():
            row[name] = value
            check = checks.get(name)
            if isinstance(check, Check) and check.better == "equal":
                row |= {f"{name}_reference": check.reference, f"{name}_error": check.error}
        ended = {"status": solution.status.value, "passed": solution.passed}
        return {**row, **ended, "cpu_s": solution.stats["cpu_s"]}

    @property
    def report(self) -> dict[str, Any]:
        """The plain values of `sweep.json`."""
        return {
            "format_version": FORMAT_VERSION,
            "problem": self.name,
            "over": {name: list(values) for name, values in self.over.items()},
            "passed": self.passed,
            "units": {} if not self.solutions else dict(self.solutions[0].units),
            "rows": self.rows,
            "cpu_s": self.cpu_s,
            "versions": versions(),
        }

    def save(self, folder: Path, command: str | None = None) -> None:
        """Write table, report and picture into the folder of the solutions."""
        files = {
            REPORT: to_json({**self.report, "command": command}).encode(),
            TABLE: self._csv().encode(),
            **self._picture(),
        }
        try:
            write_together(folder, files, drop=(PICTURE,))
        except OSError as error:
            raise FileError(f"out: cannot write to {folder} ({error.strerror})") from error

    def _csv(self) -> str:
        rows = self.rows
        buffer = io.StringIO()
        columns = dict.fromkeys(name for row in rows for name in row)
        writer = csv.DictWriter(buffer, list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return buffer.getvalue()

    def _picture(self) -> dict[str, bytes]:
        """Return the first scalar over the first parameter; nothing where there is none to draw."""
        try:
            from sciml.plot import swept

            figure = swept(self.solutions, next(iter(self.over)))
        except (ScimlError, ImportError, ValueError):
            return {}
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
        return {PICTURE: buffer.getvalue()}
