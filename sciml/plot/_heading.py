"""The heading of a figure: the problem, the verdict, and the check that came closest to failing."""

from __future__ import annotations

from matplotlib.figure import Figure

from sciml.contracts.status import Status
from sciml.plot._style import FAIL, INK, MUTED, PASS, Keywords, short
from sciml.runs.solution import Solution

EDGE = 0.12  # inches
_VERDICTS = {True: ("PASS", PASS), False: ("FAIL", FAIL), None: ("no reference", MUTED)}


def heading(fig: Figure, solution: Solution, detail: str = "") -> None:
    """Write two lines at the top: name and verdict; `detail` and the worst error below."""
    line = " · ".join(part for part in (detail, worst(solution), ended(solution)) if part)
    titled(fig, solution.name, solution.passed, line)


def titled(fig: Figure, name: str, passed: bool | None, line: str) -> None:
    """Write the name and the verdict, and one line below."""
    verdict, shade = _VERDICTS[passed]
    right = fig.get_figwidth() - EDGE
    _write(fig, EDGE, 0.1, name, {"gid": "name", "color": INK, "size": 15, "weight": "bold"})
    _write(
        fig,
        right,
        0.1,
        verdict,
        {"gid": "verdict", "color": shade, "size": 15, "weight": "bold", "ha": "right"},
    )
    _write(fig, EDGE, 0.36, line, {"gid": "detail", "color": MUTED, "size": 11})


def _write(fig: Figure, left: float, down: float, text: str, style: Keywords) -> None:
    """Write plain text at a place in inches from the upper left corner, not minded by any layout engine."""
    width, height = fig.get_size_inches()
    plain: Keywords = {"va": "top", "in_layout": False, "parse_math": False}
    fig.text(left / width, 1 - down / height, text, **plain, **style)


def worst(solution: Solution) -> str:
    """Return the error nearest to, or furthest beyond, what is allowed."""
    check = solution.compare().worst
    if check is None:
        return ""
    return f"worst error {short(check.error)} ({check.name}, allowed {short(check.allowed)})"


def ended(solution: Solution) -> str:
    """Return how the solve ended, where it did not simply converge."""
    return "" if solution.status is Status.CONVERGED else f"status {solution.status.value}"
