"""What every benchmark shares: rows against targets, a table, a JSON file, and fair timing of two things."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from sciml.runs.report import versions

Better = Literal["lower", "higher"]


class Missing(Exception):
    """A peer, named, is not installed."""

    def __str__(self) -> str:
        return f"not run: needs `pip install {self.args[0]}`"


@dataclass(frozen=True)
class Row:
    """One figure; `passed` is None where it was not run in this call, and there may be no target."""

    row: str
    value: float | None
    target: float | None
    better: Better
    passed: bool | None
    detail: str = ""


@dataclass(frozen=True)
class Measure:
    """How one row is measured: `run(quick)` gives the figure and a detail; `long` ones are not in --quick."""

    row: str
    target: float | None
    better: Better
    run: Callable[[bool], tuple[float, str]]
    long: bool = False

    def measured(self, quick: bool) -> Row:
        try:
            value, detail = self.run(quick)
        except Missing as peer:
            return self.skipped(str(peer))
        return Row(self.row, value, self.target, self.better, self._judge(value), detail)

    def skipped(self, why: str = "not run") -> Row:
        return Row(self.row, None, self.target, self.better, None, why)

    def _judge(self, value: float) -> bool:
        if self.target is None:
            return True
        return bool(value <= self.target if self.better == "lower" else value >= self.target)


def cpu(function: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    began = time.process_time()
    function()
    return time.process_time() - began


def ratio(peer: Callable[[], object], ours: Callable[[], object], repeats: int = 7) -> tuple[float, str]:
    """Median CPU time of the peer over ours, the two called in turn, at least seven times."""
    peer(), ours()
    times = [(cpu(peer), cpu(ours)) for _ in range(max(7, repeats))]
    theirs, mine = (statistics.median(column) for column in zip(*times, strict=True))
    return theirs / mine, f"{1e3 * theirs:.3g} ms against {1e3 * mine:.3g} ms"


def main(name: str, measures: Sequence[Measure]) -> None:
    """Parse the command line, measure, print the table, write the JSON file."""
    arguments = _parse(name, [measure.row for measure in measures])
    rows = list(_run(measures, arguments))
    if arguments.json:
        content = {
            "format_version": 1,
            "machine": {"processor": platform.machine(), "system": platform.system()},
            "versions": versions(),
            "rows": [asdict(row) for row in rows],
        }
        Path(arguments.json).write_text(json.dumps(content, indent=2) + "\n")


def _parse(name: str, rows: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"benchmarks/{name}.py")
    parser.add_argument("--quick", action="store_true", help="what fits in a minute")
    parser.add_argument("--only", nargs="+", metavar="ROW", choices=rows, help=f"of {', '.join(rows)}")
    parser.add_argument("--json", metavar="FILE")
    return parser.parse_args()


def _run(measures: Sequence[Measure], arguments: argparse.Namespace) -> Iterable[Row]:
    print(f"{'row':24} {'value':>10} {'target':>10}  verdict")
    for measure in measures:
        wanted = measure.row in arguments.only if arguments.only else not (arguments.quick and measure.long)
        row = measure.measured(arguments.quick) if wanted else measure.skipped()
        if wanted:
            print(_line(row), flush=True)
        yield row


def _line(row: Row) -> str:
    sign = {"lower": "<=", "higher": ">="}[row.better]
    target = "" if row.target is None else f"{sign} {row.target:.3g}"
    verdict = "" if row.target is None else {True: "PASS", False: "FAIL", None: ""}[row.passed]
    value = "" if row.value is None else f"{row.value:.3g}"
    return f"{row.row:24} {value:>10} {target:>10}  {verdict:4}  {row.detail}"
