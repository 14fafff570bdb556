"""The figure of a well in one dimension: levels, errors of the waves, convergence of the energies."""

from __future__ import annotations

from matplotlib.figure import Figure

from sciml.plot._drawing import Drawing, on_points
from sciml.plot._energies import energy_records
from sciml.plot._heading import heading
from sciml.plot._layout import LEFT, Block, column, label_last
from sciml.plot._records import draw_records
from sciml.plot._spread import figures
from sciml.plot._states import States, has_states, states_of
from sciml.plot._style import Keywords, figure, styled, with_unit
from sciml.plot.histories import deviation
from sciml.plot.wells import levels
from sciml.runs.solution import Solution

HEIGHT, MAIN, SIDE = 6.5, 4.2, 2.55  # inches
RATIOS = (3.2, 1.0)  # of the heights: levels, and their errors


@styled
def well(solution: Solution) -> Figure:
    """Return the levels and waves; below, their errors; at the right, how the energies converged."""
    states, records = states_of(solution), energy_records(solution)
    end = LEFT + MAIN + _gutter(states)
    fig = figure(end + (LEFT + SIDE + 0.15 if records else 0.1), HEIGHT)
    heading(fig, solution)
    _main(fig, solution, states)
    draw_records(fig, records, end + LEFT, end + LEFT + SIDE)
    return fig


def _gutter(states: States) -> float:
    """Return the inches that the labels at the right margin need."""
    texts = [
        f"{name} = {text}"
        for name, text in zip(states.energies, figures(list(states.energies.values())), strict=True)
    ]
    return 0.3 + 0.066 * max(map(len, texts), default=0)


def _main(fig: Figure, solution: Solution, states: States) -> None:
    panels = column(fig, Block(LEFT, LEFT + MAIN, RATIOS if states.references else (1.0,)))
    labels: Keywords = {
        "names": list(states.energies),
        "unit": solution.units.get(next(iter(states.energies), ""), ""),
    }
    waves, references = list(states.waves.values()), [states.references.get(name) for name in states.waves]
    energies = list(states.energies.values())
    levels(
        states.x,
        states.potential,
        energies,
        waves,
        references,
        weights=states.weights,
        ax=panels[0],
        **labels,
    )
    if states.references:
        deviation(states.x, states.errors, ylabel="|ψ − reference|", ax=panels[1])
    label_last(panels, with_unit("x", solution.units.get("x", "")))


DRAWING = Drawing(well, on_points("quantum", 0, has_states))
