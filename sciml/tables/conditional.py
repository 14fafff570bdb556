"""Draws given conditions: exact where draws can meet them, weighted where a density is fixed at a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import stats
from scipy.special import logsumexp

from sciml.errors import ArgumentError
from sciml.tables.arrays import Array
from sciml.tables.columns.decode import decode
from sciml.tables.columns.encode import encode
from sciml.tables.constraints.restrict import sample_inside
from sciml.tables.constraints.where import Where
from sciml.tables.model import TableDensity, conditions
from sciml.tables.real.fill import Fill

if TYPE_CHECKING:
    import pandas as pd

LEAST_ESS = 0.01  # share of the proposals below which nothing is said
FEWEST, MOST, EACH = 20_000, 200_000, 4  # proposals, and of them for each row asked for
FREEDOM = 4  # degrees of it, of the Student-t density of the proposals: tails heavier than most
FITTED = 5_000  # draws whose covariance shapes the proposals
CANDIDATES = 64  # fills of a row among which one is chosen
QUANTILES = {"q05": 0.05, "median": 0.5, "q95": 0.95}


@dataclass(frozen=True)
class Drawn:
    """Rows given conditions.

    Attributes:
        rows: The draws.
        ess: The effective sample size of what they were drawn from, as a share; 1 for exact draws.
    """

    rows: pd.DataFrame
    ess: float


def sample_where(
    density: TableDensity,
    where: Where,
    n: int,
    *,
    given: Any = None,  # noqa: ANN401
    seed: int = 0,
    complete: bool = False,
) -> Drawn:
    """Return n rows given conditions.

    Levels, whole numbers, masses and bounds: draws that do not satisfy them are drawn again, exactly. A
    column with a density that is fixed at a value: the others are drawn from a Student-t density shaped by
    draws, and weighted by the density over that, p(row)/q.

    Raises:
        ArgumentError: If fewer than one in 10,000 draws satisfies the conditions, or the weights come to an
            effective sample size below 1 %: the density hardly knows such rows.
    """
    if not where.fixed:

        def draw(count: int, at: int) -> pd.DataFrame:
            return density.sample(count, _repeated(given, count), at, complete)

        return Drawn(sample_inside(draw, where, n, seed=seed), 1.0)
    return _weighted(density, where, n, given, seed, complete)


def _repeated(given: Any, count: int) -> Any:  # noqa: ANN401
    """Return given values for so many rows: one each by name stays, of a table its first row."""
    if given is None or isinstance(given, Mapping):
        return given
    return given.iloc[[0] * count].reset_index(drop=True)


def _weighted(
    density: TableDensity,
    where: Where,
    n: int,
    given: Any,  # noqa: ANN401
    seed: int,
    complete: bool,
) -> Drawn:
    import pandas as pd

    rng = np.random.default_rng([seed, FEWEST])
    count = int(np.clip(EACH * n, FEWEST, MOST))
    rows = density.sample(count, _repeated(given, count), seed, complete=True)
    pattern = density.sample(count, _repeated(given, count), seed)
    there = pattern[list(where.fixed)].notna().all(axis=1).to_numpy()
    there = there & where.discrete.inside(rows)
    coded, masked = encode(rows, density.schema), encode(pattern, density.schema)
    assert density.real is not None
    names = [column.name for column in density.schema.real]
    x = np.full((count, len(names)), np.nan)
    for name, bound in where.fixed.items():
        cell = bound.column.encode(pd.Series([bound.value], name=name))
        assert cell.number is not None
        x[:, names.index(name)] = cell.number[0]
        if bound.column.kind.has_masses:  # a number, not one of the masses beside
            codes = coded.discrete[:, density.schema.discrete.index(bound.column)]
            there = there & (codes == cell.code)
    fill = Fill.fit(density.real.scale.inward(coded.x[~np.isnan(coded.x).any(1)][:FITTED]))
    noise = stats.t(FREEDOM).rvs(size=x.shape, random_state=rng)
    full, log_q = fill.draw(density.real.scale.inward(x), noise)
    unknown = np.isnan(x)
    log_q += np.where(unknown, stats.t(FREEDOM).logpdf(noise) - stats.norm.logpdf(noise), 0.0).sum(1)
    z = density.real.scale.outward(full)
    context = conditions(density.chain, coded.discrete, masked.context)
    log_w = density.real.log_prob(z, context) - log_q
    kept = [column.name for column in density.schema.given]
    drawn = decode(z, coded.discrete, density.schema, rows[kept] if kept else None)
    log_w = np.where(there & where.inside(drawn), log_w, -np.inf)
    ess = _effective(log_w) / max(there.sum(), 1)
    if not ess >= LEAST_ESS:
        raise ArgumentError(
            f"where: {where}: the effective sample size is {100 * ess:.2g} % of {int(there.sum())} proposals,"
            " below 1 %; the density hardly knows such rows: fix fewer columns, or bound them"
        )
    chosen = rng.choice(count, n, p=np.exp(log_w - logsumexp(log_w)))
    found = drawn.iloc[chosen].reset_index(drop=True)
    if not complete:
        found = found.mask(pattern.isna().iloc[chosen].reset_index(drop=True)[found.columns])
    return Drawn(_as_fixed(found, where), float(ess))


def _as_fixed(rows: pd.DataFrame, where: Where) -> pd.DataFrame:
    """Return rows with fixed cells as they were given, free of rounding."""
    cells = {}
    for name, bound in where.fixed.items():
        own = rows[name].dtype
        cells[name] = bound.number if own.kind == "f" else rows[name]
    return rows.assign(**cells)


def _effective(log_w: Array) -> float:
    """Return (Σ w)² / Σ w²."""
    if not np.isfinite(log_w).any():
        return 0.0
    return float(np.exp(2 * logsumexp(log_w) - logsumexp(2 * log_w)))


@dataclass(frozen=True)
class Conditional:
    """What columns are like given conditions.

    Attributes:
        columns: For each column of numbers mean, sd, q05, median, q95 and the mean's standard error.
        shares: For each column of levels the share of each.
        ess: The effective sample size, as a share of the draws.
        draws: How many.
    """

    columns: pd.DataFrame
    shares: dict[str, dict[str, float]]
    ess: float
    draws: int


def conditional(
    density: TableDensity,
    where: Where,
    *,
    given: Any = None,  # noqa: ANN401
    seed: int = 0,
) -> Conditional:
    """Return what each column is like given conditions, by `FEWEST` draws."""
    import pandas as pd

    drawn = sample_where(density, where, FEWEST, given=given, seed=seed, complete=True)
    lines, shares = {}, {}
    for column in density.schema.columns:
        if column.given:
            continue
        cells = column.kind.compared(column.plain(drawn.rows[column.name]))
        if not pd.api.types.is_numeric_dtype(cells.dtype) or column.kind.name == "categorical":
            counted = drawn.rows[column.name].value_counts(normalize=True)
            shares[column.name] = {str(level): float(share) for level, share in counted.items()}
            continue
        x = cells.to_numpy(dtype=float)
        error = float(x.std() / np.sqrt(max(drawn.ess * FEWEST, 1.0)))
        quantiles = {name: float(np.quantile(x, share)) for name, share in QUANTILES.items()}
        lines[column.name] = {"mean": float(x.mean()), "sd": float(x.std()), **quantiles, "error": error}
    table = pd.DataFrame.from_dict(lines, orient="index", columns=["mean", "sd", *QUANTILES, "error"])
    return Conditional(table, shares, drawn.ess, FEWEST)


def impute(density: TableDensity, rows: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Return rows whose missing cells are draws given the others.

    Each row is filled 64 times, masses by the chain and numbers by a normal density, and one is chosen by its
    weight, density over that of the fill. Given columns stay as they are.
    """
    frame = density.schema.plain(rows).reset_index(drop=True)
    coded = encode(frame, density.schema)
    rng = np.random.default_rng([seed, CANDIDATES])
    best, x, discrete = np.full(len(frame), -np.inf), coded.x.copy(), coded.discrete.copy()
    for _ in range(CANDIDATES):
        codes, log_w = coded.discrete, np.zeros(len(frame))
        if density.chain is not None:
            codes = density.chain.complete(coded.discrete, coded.missing_discrete, coded.context, rng)
            log_w += density.chain.log_prob(codes, coded.missing_discrete, coded.context)
        full = coded.x
        if density.real is not None:
            full, log_real = _filled(density, coded.x, conditions(density.chain, codes, coded.context), rng)
            log_w += log_real
        key = log_w + rng.gumbel(size=len(frame))
        better = key > best
        best[better], x[better], discrete[better] = key[better], full[better], codes[better]
    filled = decode(x, discrete, density.schema, frame)
    free = {column.name for column in density.schema.columns if not column.given}
    own = rows.reset_index(drop=True)
    return own.assign(**{name: _filled_cells(own[name], filled[name]) for name in own if name in free})


def _filled_cells(cells: pd.Series, drawn: pd.Series) -> pd.Series:
    """Return cells, drawn where they are missing."""
    gone = cells.isna()
    if not gone.any():
        return cells
    try:
        return cells.where(~gone, drawn.astype(cells.dtype))
    except (TypeError, ValueError):
        return cells.astype(object).where(~gone, drawn).infer_objects()


def _filled(density: TableDensity, x: Array, context: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return rows with numbers filled, and the log weight of each fill."""
    assert density.real is not None
    real, gone = density.real, np.isnan(x)
    if real.fill is None or not gone.any():
        whole = ~gone.any(1)
        log_w = np.zeros(len(x))
        log_w[whole] = real.log_prob(x[whole], context[whole])
        return x, log_w
    z, log_q = real.fill.draw(real.scale.inward(x), rng.standard_normal(x.shape))
    full = real.scale.outward(z)
    return full, real.log_prob(full, context) - log_q
