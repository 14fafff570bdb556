"""Figures of solutions: values and an optional `ax` in, Figure or Axes out.

The only code that imports matplotlib. It never touches pyplot, so no display is needed, no figure stays
registered anywhere, and matplotlib's settings are left as they were.

`comparison` draws a whole solution (`drawable` says whether it can); `levels`, `front`, `density`,
`convergence`, `deviation` and `log_ratio` draw one panel each, into `ax` or a new figure (`axes.figure`).
`swept` draws a number of several solutions along one of their parameters; `burning_velocities` and
`burning_rates` do so for sweeps of premixed flames and for ZFK flames. `table_fit` draws the density of a
table: `corner`, `score_bars` and `calibration` are its parts.
"""

from sciml.plot._calibration import calibration
from sciml.plot._scores import score_bars
from sciml.plot.burning import burning_rates, burning_velocities
from sciml.plot.densities import density, log_ratio
from sciml.plot.dispatch import comparison, drawable
from sciml.plot.fronts import front
from sciml.plot.histories import convergence, deviation
from sciml.plot.sweeps import swept
from sciml.plot.tables import corner, table_fit
from sciml.plot.wells import levels

__all__ = [
    "burning_rates",
    "burning_velocities",
    "calibration",
    "comparison",
    "convergence",
    "corner",
    "density",
    "deviation",
    "drawable",
    "front",
    "levels",
    "log_ratio",
    "score_bars",
    "swept",
    "table_fit",
]
