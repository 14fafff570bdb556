"""Flows beside what they must beat: all fitted to the same rows, the best chosen on others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sciml.contracts.monitor import Monitor
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.contenders import Portfolio, RealRows, Rival
from sciml.tables.real.fitter import Fitter, folds
from sciml.tables.real.search_space import SearchSpace, with_other_decay

AVERAGED = 3  # candidates in an ensemble at most


def search(rows: RealRows, space: SearchSpace, monitor: Monitor) -> Portfolio:
    """Fit baselines and flows to rows, and choose on those held back from them.

    Args:
        rows: All that may be looked at.
        space: What to try.
        monitor: Given every step of every training.
    """
    fitter = Fitter.of(rows, folds(len(rows), space.seed, rows.groups), space, monitor)
    baselines, size = fitter.baselines(), (rows.distinct, rows.x.shape[1])
    mixture = next(rival for rival in baselines if rival.name == "yeo-johnson-gmm")
    affine, *splines = space.candidates(*size)
    tried = _attempts(fitter, [affine])
    ahead = mixture.validation > tried[0].validation  # where the spline on a mixture begins
    tried = _attempts(fitter, splines[::-1] if ahead else splines, tried)
    if space.doubtful(*size):
        tried = _attempts(fitter, [with_other_decay(_ranked(tried)[0].candidate)], tried)
    best, *others = _ranked(tried)
    if space.ensemble > 1:
        best = fitter.ensemble([best, *(rival for rival in others[: AVERAGED - 1] if rival.near(best))])
    return Portfolio(best, baselines, tuple(tried))


def _attempts(fitter: Fitter, candidates: Iterable[Candidate], tried: Sequence[Rival] = ()) -> list[Rival]:
    """Return what was tried, these candidates added; each is given up far behind the best before it."""
    rivals = list(tried)
    for candidate in candidates:
        lowest = min((rival.trained.best for rival in rivals if rival.trained is not None), default=None)
        rivals.append(fitter.flow(candidate, behind=lowest))
    return rivals


def _ranked(tried: Iterable[Rival]) -> list[Rival]:
    return sorted(tried, key=lambda rival: -rival.validation)
