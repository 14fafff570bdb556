"""Why a row is unusual: by how much its log density rises when one of its cells is drawn anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sciml.tables.model import TableDensity

if TYPE_CHECKING:
    from pandas import DataFrame

DRAWS = 32  # cells that are tried in the place of each


def reasons(density: TableDensity, rows: DataFrame, seed: int = 0) -> DataFrame:
    """Return a column for each free column: the median rise of the log density over redrawn cells, nats.

    The largest names the cell that fits least with the others; a cell that is missing has 0.
    """
    from pandas import DataFrame

    base = density.log_prob(rows)
    given = [column.name for column in density.schema.given]
    rises = {}
    for column in density.schema.columns:
        if column.name in given or column.name not in rows:
            continue
        there = rows[column.name].notna().to_numpy()
        rise = np.zeros(len(rows))
        if there.any():
            tried = _redrawn(density, rows[there], column.name, seed)
            with np.errstate(invalid="ignore"):
                rise[there] = np.median(tried, axis=0) - base[there]
        rises[column.name] = np.nan_to_num(rise, nan=0.0, posinf=np.inf, neginf=-np.inf)
    return DataFrame(rises, index=rows.index)


def _redrawn(density: TableDensity, rows: DataFrame, name: str, seed: int) -> np.ndarray:
    """Return log densities of rows with one cell drawn anew, (draws, rows)."""
    given = [column.name for column in density.schema.given]
    plain = density.schema.plain(rows)
    tried = []
    for k in range(DRAWS):
        cells = plain[given].reset_index(drop=True) if given else None
        drawn = density.sample(len(rows), cells, seed + k, complete=True)
        column = density.schema.plain(drawn)[name]
        other = plain.assign(**{name: column.to_numpy()})
        other[name] = other[name].astype(column.dtype)
        tried.append(density.log_prob(other))
    return np.stack(tried)


def told(rises: DataFrame, most: int = 3) -> list[str]:
    """Return for each row the columns whose cells fit least, with their rises, the worst first."""
    texts = []
    for _, row in rises.iterrows():
        worst = row.sort_values(ascending=False).head(most)
        texts.append(", ".join(f"{name} {value:+.1f}" for name, value in worst.items() if value > 0))
    return texts
