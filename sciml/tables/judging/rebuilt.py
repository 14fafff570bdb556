r"""The log density of a table's rows built again, by other means than those that fitted and score it.

Row by row it is Σ_j log P_j + log mean_k q_k(z) + Σ log |dz/dcell|: masses of each column asked one by one,
flows asked directly, and slopes by differences of decoded cells rather than by the formulas of the kinds.
What is right agrees to the error of the differences. What it cannot see: a wrong mass or density that is
normalised all the same (the holdout sees that), and cells that are filled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.special import logsumexp
from torch import Tensor

from sciml.flows.consistency import consistency
from sciml.flows.flow import Flow
from sciml.tables.arrays import Array
from sciml.tables.columns.encode import Encoded, encode
from sciml.tables.columns.schema import Schema
from sciml.tables.discrete.chain import DiscreteChain
from sciml.tables.discrete.features import features
from sciml.tables.judging.alike import is_number
from sciml.tables.model import TableDensity, conditions
from sciml.tables.real.density import RealDensity

if TYPE_CHECKING:
    import pandas as pd

ROWS = 256  # held-out rows that are looked at
STEP = 1e-4  # of the differences, in spreads of a column: their error is its square
AGREED = 1e-5  # nat that the median row may be off, rounding of cells with many digits aside
SUMMED = 4  # rows whose masses are summed
REACH = 10_000  # whole numbers to either side of the median that are summed
NORMALISED = 1e-6  # that a sum of masses may be off
BEYOND = 0.05  # mass of whole numbers that may lie beyond the reach
SAME = 1e-6  # share by which a cell may change when it is encoded and decoded


def density_doubts(density: TableDensity, holdout: pd.DataFrame, seed: int) -> tuple[str, ...]:
    """Return a sentence for each part of a density that another look at it disagrees with."""
    names = [column.name for column in density.schema.columns]
    frame = holdout[names].dropna().head(ROWS).reset_index(drop=True)
    rows = encode(frame, density.schema)
    whole = rows.supported & ~np.isnan(rows.x).any(1)  # a mass in the place of a number is no gap to fill
    frame = frame[whole].reset_index(drop=True)
    if not len(frame):
        return ()
    rows = encode(frame, density.schema)
    return (
        *_changed_cells(density.schema, frame, rows),
        *([] if density.chain is None else _sums(density.chain, rows)),
        *([] if density.real is None else _parts(density.real, density.chain, rows, seed)),
        *_off(density.log_prob(frame), rebuilt(density, rows), _rounding(density, rows)),
    )


def rebuilt(density: TableDensity, rows: Encoded) -> Array:
    """Return the log density of complete rows, (n,), built again."""
    total = np.zeros(len(rows.x))
    if density.chain is not None:
        for i in range(len(density.chain.order)):
            total += log_mass(density.chain, i, rows.discrete, rows.context)
    if density.real is not None:
        z = density.real.scale.inward(rows.x)
        context = conditions(density.chain, rows.discrete, rows.context)
        each = [_log_prob(flow, z, context) for flow in _flows(density.real)]
        total += logsumexp(each, axis=0) - np.log(len(each))
        total += _log_slopes(density.schema, density.real, rows.x)
    return np.asarray(total)


def _log_slopes(schema: Schema, real: RealDensity, x: Array) -> Array:
    """Return Σ_j log |dz_j/dcell_j| of complete rows, (n,), by central differences."""
    step = STEP * real.scale.spread.numpy()
    inward = real.scale.inward(x + step) - real.scale.inward(x - step)
    above, below = _apart(schema, real, x)
    with np.errstate(divide="ignore"):
        return np.asarray((np.log(np.abs(inward)) - np.log(np.abs(above - below))).sum(1))


def _apart(schema: Schema, real: RealDensity, x: Array) -> list[Array]:
    """Return the cells a step above and a step below, (n, d) each."""
    step = STEP * real.scale.spread.numpy()
    return [
        np.column_stack(
            [column.kind.measured(x[:, j] + side * step[j]) for j, column in enumerate(schema.real)]
        )
        for side in (1, -1)
    ]


def _rounding(density: TableDensity, rows: Encoded) -> float:
    """Return what rounding of the cells may add to the differences of the median row, nats."""
    if density.real is None:
        return 0.0
    above, below = _apart(density.schema, density.real, rows.x)
    with np.errstate(divide="ignore", invalid="ignore"):
        lost = np.finfo(float).eps * np.abs(above) / np.abs(above - below)
    return 4 * float(np.median(lost.sum(1)))


def _off(log_prob: Array, again: Array, rounding: float) -> list[str]:
    """Return the doubt of densities that differ; rows at the edge of what cells can tell apart aside."""
    with np.errstate(invalid="ignore"):
        middle = float(np.median(np.where(log_prob == again, 0.0, np.abs(log_prob - again))))
    if middle <= AGREED + rounding:
        return []
    return [f"the log density of held-out rows is {middle:.1e} nat off what its parts give"]


def _changed_cells(schema: Schema, frame: pd.DataFrame, rows: Encoded) -> list[str]:
    """Return the columns whose cells are others once they are encoded and decoded."""
    numbers = {column.name: rows.x[:, j] for j, column in enumerate(schema.real)}
    codes = {column.name: rows.discrete[:, j] for j, column in enumerate(schema.discrete)}
    changed = []
    for column in schema.columns:
        if column.given:
            continue
        again = column.kind.decode(numbers.get(column.name), codes.get(column.name), column.dtype)
        cells = column.plain(frame[column.name]), column.plain(again)
        if not _same(*(column.kind.compared(each) for each in cells)):
            changed.append(column.name)
    return [f"column {name!r}: draws would not be decoded to the cells that are scored" for name in changed]


def _same(cells: pd.Series, again: pd.Series) -> bool:
    if not is_number(cells):
        return bool((cells.astype(str).to_numpy() == again.astype(str).to_numpy()).all())
    x, y = cells.to_numpy(float), again.to_numpy(float)
    return bool((np.abs(x - y) <= SAME * (np.abs(x) + x.std())).all())


def _sums(chain: DiscreteChain, rows: Encoded) -> list[str]:
    """Return the doubt of masses that do not sum to one."""
    discrete, context = rows.discrete[:SUMMED], rows.context[:SUMMED]
    for i in range(len(chain.order)):
        levels = chain.sources[i].levels
        middle = round(chain.sources[i].center)
        codes = np.arange(levels) if levels else np.arange(middle - REACH, middle + REACH + 1)
        for k in range(len(discrete)):
            many = np.repeat(discrete[k : k + 1], len(codes), axis=0)
            many[:, chain.order[i]] = codes
            given = np.repeat(context[k : k + 1], len(codes), axis=0)
            total = float(np.exp(log_mass(chain, i, many, given)).sum())
            if not 1 - (NORMALISED if levels else BEYOND) <= total <= 1 + NORMALISED:
                return [f"the masses of a discrete column sum to {total:.6f}, not to 1"]
    return []


def _parts(real: RealDensity, chain: DiscreteChain | None, rows: Encoded, seed: int) -> list[str]:
    """Return what is inconsistent within the flows."""
    z, context = real.scale.inward(rows.x), conditions(chain, rows.discrete, rows.context)
    sentences: dict[str, None] = {}
    for flow in _flows(real):
        given = torch.from_numpy(context) if flow.context_features else None
        sentences |= dict.fromkeys(consistency(flow, torch.from_numpy(z), given, seed=seed).doubts)
    return list(sentences)


@torch.no_grad()
def log_mass(chain: DiscreteChain, i: int, discrete: Array, context: Array) -> Array:
    """Return the log mass of the i-th column of the chain given those before it, (n,)."""
    inputs = torch.from_numpy(features(chain.sources[:i], discrete, context))
    values = torch.from_numpy(np.ascontiguousarray(discrete[:, chain.order[i]])).double()
    mass: Tensor = chain.stacks[i](inputs, values)
    return np.asarray(mass.numpy())


def _flows(real: RealDensity) -> list[Flow]:
    return [flow for flow in real.flows if isinstance(flow, Flow)]


@torch.no_grad()
def _log_prob(flow: Flow, z: Array, context: Array) -> Array:
    like = next(flow.buffers())
    given = torch.from_numpy(context).to(like) if flow.context_features else None
    return flow.log_prob(torch.from_numpy(z).to(like), given).cpu().double().numpy()
