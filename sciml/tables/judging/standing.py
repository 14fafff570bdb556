"""The baselines and their leads, looked at by other means than those that fitted and scored them.

A lead is the mean of row-by-row differences of whole densities, and its error that of a jackknife. A mixture
of highest likelihood has the mean of the rows that it was fitted to, and so has a whitened normal density:
one that was fitted to other rows, or to fewer, has not. A kernel density is summed again, pair by pair.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from scipy.special import logsumexp

from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.flow import Flow
from sciml.tables.arrays import Array
from sciml.tables.columns.encode import Encoded
from sciml.tables.fitting import Fitted, Rated
from sciml.tables.model import TableDensity, conditions
from sciml.tables.real.contenders import RealRows, Rival
from sciml.tables.real.fitter import folds
from sciml.tables.real.kernel import KernelDensity
from sciml.tables.real.mixtures import MOST_ROWS

AGREED = 1e-6  # nat, and share of a standard error, that a lead may be off
MOVED = 1e-4  # deviations that a baseline's mean may be off that of its rows
ROWS = 64  # held-out rows at which kernels are summed again


def standing_doubts(
    fitted: Fitted, holdout: Encoded, rated: Mapping[str, Rated], seed: int
) -> tuple[str, ...]:
    """Return a sentence for each baseline that is not what it should be, or whose lead is not."""
    if fitted.portfolio is None:
        return ()
    return (
        *_leads(fitted, holdout, rated),
        *(sentence for rival in fitted.portfolio.savable for sentence in _moved(fitted, rival, seed)),
        *(sentence for rival in fitted.portfolio.baselines for sentence in _kernels(fitted, rival, holdout)),
    )


def _leads(fitted: Fitted, holdout: Encoded, rated: Mapping[str, Rated]) -> list[str]:
    """Return the baselines whose leads, or the errors of these, are not those of the whole densities."""
    assert fitted.portfolio is not None
    flow, off = fitted.flow.log_prob_of(holdout), []
    for rival in fitted.portfolio.baselines:
        if rival.density is None:
            continue
        whole = TableDensity(fitted.flow.schema, fitted.flow.chain, rival.density)
        apart = flow - whole.log_prob_of(holdout)
        lead, (value, error) = rated[rival.name].lead, _jackknife(apart[np.isfinite(apart)])
        if (
            abs(lead.value - value) > AGREED * (1 + abs(value))
            or abs(lead.error - error) > AGREED + 1e-3 * error
        ):
            off.append(
                f"{rival.name}: the lead over it is {value:.3f} ± {error:.3f} nat,"
                f" not {lead.value:.3f} ± {lead.error:.3f}"
            )
    return off


def _jackknife(values: Array) -> tuple[float, float]:
    """Return a mean and its standard error, by the means of all values but one."""
    n = len(values)
    if n < 2:
        return float(values.mean()) if n else 0.0, 0.0
    others = (values.sum() - values) / (n - 1)
    return float(values.mean()), float(np.sqrt((n - 1) / n * ((others - others.mean()) ** 2).sum()))


def _moved(fitted: Fitted, rival: Rival, seed: int) -> list[str]:
    """Return the doubt of a baseline whose mean is not that of the rows it should have been fitted to."""
    assert rival.density is not None
    rows = _fitted_rows(fitted, seed)
    if rows is None:
        return []
    flow = rival.density.flow
    with torch.no_grad():
        given = torch.from_numpy(rows.context) if flow.context_features else None
        x = torch.from_numpy(rival.density.scale.inward(rows.x))
        z = flow.transform.forward_and_log_det(x, given)[0]
        mean = torch.zeros(z.shape[1], dtype=z.dtype)
        if isinstance(flow.base, GaussianMixture):
            mean = flow.base.logits.softmax(0) @ flow.base.means
        off = float(((z.mean(0) - mean).abs() / z.std(0)).max())
    if off <= MOVED:
        return []
    return [f"{rival.name}: its mean is {off:.1e} deviations off that of the rows it is said to be fitted to"]


def _fitted_rows(fitted: Fitted, seed: int) -> RealRows | None:
    """Return the rows that baselines are fitted to; None where they are filled, or a random part of many."""
    train = fitted.train
    if fitted.portfolio is None or fitted.portfolio.flow.density is None or np.isnan(train.x).any():
        return None
    rows = RealRows(train.x, conditions(fitted.flow.chain, train.discrete, train.context))
    if len(fitted.portfolio.flow.density.flows) == 1:  # beside an average of flows they have all rows
        rows = rows[np.concatenate(folds(len(rows), seed, rows.groups)[1:])]
    return rows if len(rows) <= MOST_ROWS else None


def _kernels(fitted: Fitted, rival: Rival, holdout: Encoded) -> list[str]:
    """Return the doubt of a kernel density that is scored otherwise than its kernels sum to."""
    flow = None if rival.density is None else rival.density.flow
    if not isinstance(flow, Flow) or not isinstance(flow.base, KernelDensity) or rival.density is None:
        return []
    whole = np.flatnonzero(~np.isnan(holdout.x).any(1) & holdout.supported)[:ROWS]
    if not len(whole):
        return []
    context = conditions(fitted.flow.chain, holdout.discrete, holdout.context)[whole]
    with torch.no_grad():
        given = torch.from_numpy(context) if flow.context_features else None
        x = torch.from_numpy(rival.density.scale.inward(holdout.x[whole]))
        z, log_det = (part.numpy() for part in flow.transform.forward_and_log_det(x, given))
    centers, width = flow.base.centers, flow.base.width
    near = -0.5 * np.array([((row - centers) ** 2).sum(1) for row in z]) / width**2
    peak = -z.shape[1] * np.log(width * np.sqrt(2 * np.pi)) - np.log(len(centers))
    again = logsumexp(near, axis=1) + peak + log_det - np.log(rival.density.scale.spread.numpy()).sum()
    apart = np.abs(rival.log_prob(holdout.x[whole], context) - again)
    if float(np.median(apart)) <= AGREED:
        return []
    return [f"{rival.name}: is scored {float(np.median(apart)):.1e} nat off the sum of its kernels"]
