"""Blocks of panels at places given in inches, so that panels of one column line up and labels have room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sciml.plot._style import tidy

HEADING = 0.92  # inches at the top: two lines of heading, one of legend
FOOT = 0.55  # inches at the bottom: tick labels and the axis label
LEFT = 0.82  # inches left of a panel: tick labels and the axis label


@dataclass(frozen=True)
class Block:
    """A column of panels: its left and right edge in inches, and the heights of its panels in proportion."""

    left: float
    right: float
    ratios: Sequence[float]
    gap: float = 0.08
    shared: bool = True


def column(fig: Figure, block: Block) -> list[Axes]:
    """Add the panels of a block, from the top; with a shared x only the lowest has tick labels."""
    width, height = fig.get_size_inches()
    rows = len(block.ratios)
    room = (height - HEADING - FOOT - block.gap * (rows - 1)) / rows
    place = {"left": block.left / width, "right": block.right / width}
    grid = fig.add_gridspec(
        rows, 1, top=1 - HEADING / height, bottom=FOOT / height, hspace=block.gap / room,
        height_ratios=list(block.ratios), **place,
    )  # fmt: skip
    panels: list[Axes] = []
    for row in range(rows):
        panels.append(tidy(fig.add_subplot(grid[row], sharex=panels[0] if panels and block.shared else None)))
    for panel in panels[:-1] if block.shared else ():
        panel.tick_params(labelbottom=False)
    fig.align_ylabels(panels)
    return panels


def label_last(panels: Sequence[Axes], label: str) -> None:
    """Label the x axis of the lowest panel only."""
    for panel in panels:
        panel.set_xlabel("")
    panels[-1].set_xlabel(label)
