"""What a figure shows: its lines, its texts, and where they stand."""

from __future__ import annotations

import io
import itertools
from unittest import mock

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def line(ax, gid):
    """Return the line with this gid."""
    (found,) = [item for item in ax.lines if item.get_gid() == gid]
    return found


def text(figure, gid):
    (found,) = [item for item in figure.texts if item.get_gid() == gid]
    return found.get_text()


def nowhere():
    return io.BytesIO()


def boxes(figure, gid=None):
    """Return where each piece of text that is really drawn stands, in pixels, by content and number."""
    canvas, drawn, draw = FigureCanvasAgg(figure), [], Text.draw

    def record(self, renderer):
        drawn.append(self)
        draw(self, renderer)

    with mock.patch.object(Text, "draw", record):
        canvas.draw()
    seen = [item for item in dict.fromkeys(drawn) if item.get_visible() and item.get_text().strip()]
    kept = [item for item in seen if gid is None or item.get_gid() == gid]
    names = [item.get_text() if gid else f"{number} {item.get_text()}" for number, item in enumerate(kept)]
    return {name: item.get_window_extent() for name, item in zip(names, kept, strict=True)}


def apart(found):
    """Whether no two boxes overlap by more than half a pixel."""
    return not [
        (one, other)
        for one, other in itertools.combinations(found, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > 0.5
        and min(one.y1, other.y1) - max(one.y0, other.y0) > 0.5
    ]


def contents(figure):
    """Return what lines (to nine digits) and texts a figure holds, in plain values."""
    lines = [
        (
            item.get_gid(),
            [float(f"{y:.9g}") for y in np.ma.filled(np.ma.asarray(item.get_ydata(), float), -1)],
        )
        for ax in figure.axes
        for item in ax.lines
    ]
    return lines, [item.get_text() for item in figure.texts]
