"""What forbids PASS of a fit to a table, whatever its leads: looks at one thing that disagree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from sciml.tables.arrays import Array
from sciml.tables.columns.encode import Encoded, encode
from sciml.tables.fitting import Fitted
from sciml.tables.judging.drawn import discrete_doubts
from sciml.tables.judging.gaps import gap_doubts
from sciml.tables.judging.latents import draws_test
from sciml.tables.judging.rebuilt import density_doubts
from sciml.tables.model import TableDensity, conditions

if TYPE_CHECKING:
    import pandas as pd

LEAKED = (
    1e-6  # the probability that so many held-out rows are among the others, were they set apart at random
)
SAME = 1e-6  # nat, between a rival's scores and those of its density


def doubts(fitted: Fitted, holdout: pd.DataFrame, draws: pd.DataFrame, seed: int) -> tuple[str, ...]:
    """Return a sentence for each disagreement; `draws` are of the density that was kept."""
    rows = encode(holdout, fitted.flow.schema)
    sentences = [*leaked(fitted.train, rows)]
    for name, density in _densities(fitted).items():
        sentences += [f"{name}: {doubt}" for doubt in density_doubts(density, holdout, seed)]
    sentences += _scores(fitted, rows)
    sentences += [*gap_doubts(fitted.density, rows, seed), *discrete_doubts(fitted.density, draws, seed)]
    drawn = draws_test(fitted.density, draws, seed=seed)
    if drawn is not None and not drawn.passed:
        sentences.append(f"the draws do not follow the density that is scored, p = {drawn.p_value:.0e}")
    return tuple(sentences)


def leaked(train: Encoded, holdout: Encoded) -> tuple[str, ...]:
    """Return the doubt of held-out rows that were fitted to: more of them than rows repeat in the table."""
    others, own = _keys(train), _keys(holdout)
    counts = dict(zip(*np.unique(others, return_counts=True), strict=True))
    within = sum(counts.get(key, 0) > 0 for key in own)
    repeated = sum(int(count) for count in counts.values() if count > 1)
    table = [[within, len(own) - within], [repeated, len(others) - repeated]]
    if stats.fisher_exact(table, alternative="greater").pvalue >= LEAKED:
        return ()
    return (f"{within} of {len(own)} held-out rows are among those that were fitted to",)


def _keys(rows: Encoded) -> Array:
    """Return a text a row, the same for rows of the same cells."""
    cells = np.column_stack([rows.x, np.where(rows.missing_discrete, -1, rows.discrete), rows.context])
    return np.array([row.tobytes().hex() for row in np.ascontiguousarray(cells, dtype=float)])


def _densities(fitted: Fitted) -> dict[str, TableDensity]:
    """Return every density that can be taken apart, by its name."""
    if fitted.portfolio is None:
        return {"masses": fitted.density}
    schema, chain = fitted.flow.schema, fitted.flow.chain
    rivals = {rival.name: rival.density for rival in fitted.portfolio.savable}
    return {"flow": fitted.flow, **{name: TableDensity(schema, chain, real) for name, real in rivals.items()}}


def _scores(fitted: Fitted, rows: Encoded) -> list[str]:
    """Return the rivals whose scores are not those of their densities."""
    if fitted.portfolio is None:
        return []
    context = conditions(fitted.flow.chain, rows.discrete, rows.context)
    off = []
    for rival in (fitted.portfolio.flow, *fitted.portfolio.savable):
        if rival.density is None:
            continue
        apart = np.abs(rival.log_prob(rows.x, context) - rival.density.log_prob(rows.x, context))
        if not np.nanmax(apart, initial=0.0) <= SAME:
            off.append(f"{rival.name}: is scored {np.nanmax(apart):.1e} nat off its density")
    return off
