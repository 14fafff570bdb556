"""Flows beside what they must beat: all fitted to the same rows, the best chosen on others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sciml.contracts.monitor import Monitor
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.contenders import Portfolio, Rival, Rows
from sciml.tables.real.fitter import Maker, folds
from sciml.tables.real.search_space import Search, otherwise

AVERAGED = 3  # makes of flow in an ensemble at most


def search(rows: Rows, wanted: Search, monitor: Monitor) -> Portfolio:
    """Fit baselines and flows to rows, and choose on those held back from them.

    Args:
        rows: All that may be looked at.
        wanted: What to try.
        monitor: Given every step of every training.
    """
    maker = Maker.of(rows, folds(len(rows), wanted.seed), wanted, monitor)
    baselines = maker.baselines()
    mixture = next(rival for rival in baselines if rival.name == "yeo-johnson-gmm")
    affine, *splines = wanted.candidates(*rows.x.shape)
    tried = _attempts(maker, [affine])
    ahead = mixture.validation > tried[0].validation  # where the spline on a mixture begins
    tried = _attempts(maker, splines[::-1] if ahead else splines, tried)
    if wanted.doubtful(*rows.x.shape):
        tried = _attempts(maker, [otherwise(_ranked(tried)[0].make)], tried)
    best, *others = _ranked(tried)
    if wanted.ensemble > 1:
        best = maker.ensemble([best, *(rival for rival in others[: AVERAGED - 1] if rival.near(best))])
    return Portfolio(best, baselines, tuple(tried))


def _attempts(maker: Maker, makes: Iterable[Candidate], tried: Sequence[Rival] = ()) -> list[Rival]:
    """Return what was tried with flows of these makes added, each given up far behind the best before it."""
    found = list(tried)
    for made in makes:
        lowest = min((rival.trained.best for rival in found if rival.trained is not None), default=None)
        found.append(maker.flow(made, behind=lowest))
    return found


def _ranked(tried: Iterable[Rival]) -> list[Rival]:
    return sorted(tried, key=lambda rival: -rival.validation)
