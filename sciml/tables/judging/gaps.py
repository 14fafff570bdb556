"""Whether the density of rows with missing cells is the integral over these, by other fills."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from sciml.tables.arrays import Array
from sciml.tables.columns.encode import Encoded
from sciml.tables.model import TableDensity, conditions
from sciml.tables.real.density import RealDensity
from sciml.tables.real.fill import Fill, patterns

ROWS = 64  # held-out rows with missing cells that are looked at
FILLS = 256  # of each
WIDER = 1.5  # deviations of the fills, over those of the columns, which know nothing of the other cells
OFF = 0.25  # nat that the median row may be off: both are estimates


def gap_doubts(density: TableDensity, rows: Encoded, seed: int) -> tuple[str, ...]:
    """Return the doubt of rows with missing cells whose density is not the mean of p/q over other fills."""
    if density.real is None or density.real.fill is None:
        return ()
    broken = np.flatnonzero(np.isnan(rows.x).any(1) & rows.supported)[:ROWS]
    if not len(broken):
        return ()
    context = conditions(density.chain, rows.discrete, rows.context)[broken]
    x = rows.x[broken]
    again = _filled_widely(density.real, density.real.fill, x, context, seed)
    off = float(np.median(density.real.log_prob(x, context) - again))
    if abs(off) <= OFF:
        return ()
    return (f"the density of rows with missing cells is {off:+.2f} nat off its mean over other fills",)


def _filled_widely(real: RealDensity, fill: Fill, x: Array, context: Array, seed: int) -> Array:
    """Return the log density of observed cells, (n,), by fills from wide, independent Student-t densities."""
    from scipy import stats

    z, rng = real.scale.inward(x), np.random.default_rng([seed, FILLS])
    law = stats.t(3, fill.mean.numpy(), WIDER * fill.scale.numpy())
    terms = []
    for _ in range(FILLS):
        full, log_q = z.copy(), np.zeros(len(z))
        noise = law.rvs(size=z.shape, random_state=rng)
        log_noise = law.logpdf(noise)
        for missing, where in patterns(z):
            cells = np.ix_(where, missing)
            full[cells], log_q[where] = noise[cells], log_noise[cells].sum(1)
        terms.append(real.log_prob(real.scale.outward(full), context) - log_q)
    there = ~np.isnan(z)
    missing_units = np.where(there, 0.0, np.log(real.scale.spread.numpy())).sum(1)
    return np.asarray(logsumexp(terms, axis=0) - np.log(FILLS) + missing_units)
