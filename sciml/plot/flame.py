"""The figure of a front or a flame: profiles, their errors, and how loss and speed converged."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sciml.contracts.checks import Check
from sciml.numerics.domains import Array
from sciml.plot._drawing import Drawing, on_points
from sciml.plot._heading import heading
from sciml.plot._layout import LEFT, Block, column, label_last
from sciml.plot._records import LOSS, STEP, Record, draw_records, recorded, strictest
from sciml.plot._spread import figures
from sciml.plot._style import figure, styled, with_unit
from sciml.plot.fronts import front, name_curves
from sciml.plot.histories import deviation, relative
from sciml.runs.solution import Solution

HEIGHT, TALL, MAIN, SIDE = 6.5, 1.1, 5.0, 2.7  # inches; TALL is for each field that needs a panel of its own
ALIKE = 20.0  # fields whose ranges differ by more than this factor get panels of their own
PLAIN = ("x", "weights")
MARK = "_reference"
Fields = Mapping[str, Array]


@styled
def flame(solution: Solution) -> Figure:
    """Return the profiles; below, their errors; at the right, loss and error of the speed."""
    arrays, records = solution.sampled, speed_records(solution)
    fields, references = fields_of(arrays)
    groups, left = panels_of(fields), LEFT + MAIN + LEFT + 0.12
    fig = figure(left + SIDE + 0.15 if records else LEFT + MAIN + 0.2, max(HEIGHT, 2.8 + TALL * len(groups)))
    heading(fig, solution, speeds(solution))
    _profiles(fig, solution, *lengths(arrays["x"], solution.units.get("x", "")), groups, references)
    draw_records(fig, records, left, left + SIDE)
    return fig


def fields_of(arrays: Fields) -> tuple[dict[str, Array], dict[str, Array]]:
    """Return the fields along x that are finite, and their references by the same names."""
    along = [name for name in arrays if name not in PLAIN and not name.endswith(MARK)]
    finite = [
        name for name in along if arrays[name].shape == arrays["x"].shape and np.isfinite(arrays[name]).all()
    ]
    return {name: arrays[name] for name in finite}, {
        n: arrays[n + MARK] for n in finite if n + MARK in arrays
    }


def panels_of(fields: Fields) -> list[dict[str, Array]]:
    """Return the fields of each panel: all in one where their ranges are alike, else one each."""
    ranges = [float(np.ptp(values)) for values in fields.values() if np.ptp(values) > 0]
    if not ranges or max(ranges) <= ALIKE * min(ranges):
        return [dict(fields)]
    return [{name: values} for name, values in fields.items()]


def speeds(solution: Solution) -> str:
    """Return the first two scalars with their references, in words."""
    return " · ".join(
        _against(check, solution.units.get(check.name, "")) for check in solution.compare().scalars[:2]
    )


def _against(check: Check, unit: str) -> str:
    ours, theirs = figures([check.value, check.reference])
    return f"{check.name} = {ours}{' ' * bool(unit)}{unit} (reference {theirs})"


def lengths(x: Array, unit: str) -> tuple[Array, str]:
    """Return positions and their unit: millimetres where they are in metres and less than a tenth of one."""
    short = unit == "m" and float(np.abs(x).max()) < 0.1
    return (1e3 * x, "mm") if short else (x, unit)


def _profiles(
    fig: Figure, solution: Solution, x: Array, unit: str, groups: list[dict[str, Array]], references: Fields
) -> None:
    ratios = [3.0 / len(groups) if len(groups) > 1 else 2.4] * len(groups) + ([1.0] if references else [])
    panels = column(fig, Block(LEFT, LEFT + MAIN, ratios))
    names = [name for group in groups for name in group]
    for panel, group in zip(panels, groups, strict=False):
        label = (
            with_unit(next(iter(group)), solution.units.get(next(iter(group)), "")) if len(group) == 1 else ""
        )
        front(x, group, references, first=names.index(next(iter(group), names[0])), ylabel=label, ax=panel)
    _one_legend(panels[: len(groups)], names, bool(references))
    if references:
        errors = {
            name: share(group[name], references[name])
            for group in groups
            for name in group
            if name in references
        }
        deviation(x, errors, ylabel="error / range", ax=panels[-1])
    label_last(panels, with_unit("x", unit))


def share(values: Array, reference: Array) -> Array:
    """Return the error as a share of the reference's range, so that fields of any unit fit one axis."""
    return (values - reference) / (float(np.ptp(reference)) or 1.0)


def _one_legend(panels: list[Axes], names: list[str], reference: bool) -> None:
    for legend in (panel.get_legend() for panel in panels):
        if legend is not None:
            legend.remove()
    name_curves(panels[0], names, reference)


def speed_records(solution: Solution) -> list[Record]:
    """Return the loss and the errors of the scalars against the steps, where there is a history."""
    if not solution.history:
        return []
    loss = Record({"loss": recorded(solution, "loss")}, STEP, LOSS)
    checks = [
        check for check in solution.compare().scalars if any(check.name in row for row in solution.history)
    ]
    columns = [(check, *recorded(solution, check.name)) for check in checks]
    curves = {check.name: (step, relative(values, check.reference)) for check, step, values in columns}
    label = f"relative error of {checks[0].name}" if len(checks) == 1 else "relative error"
    return [loss, Record(curves, STEP, label, strictest(solution))] if curves else [loss]


def _has_fields(arrays: Fields) -> bool:
    return bool(fields_of(arrays)[0])


DRAWING = Drawing(flame, on_points("flame", 0, _has_fields))
