"""Fits flows and baselines to rows of one table."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from torch import Tensor

from sciml.contracts.monitor import Monitor
from sciml.flows.flow import Flow
from sciml.tables.arrays import Array
from sciml.tables.real.candidate import Candidate, Mixtures
from sciml.tables.real.contenders import RealRows, Rival
from sciml.tables.real.copula import GaussianCopula
from sciml.tables.real.density import RealDensity, Scale
from sciml.tables.real.distinct import parts
from sciml.tables.real.fill import Fill
from sciml.tables.real.kernel import KernelDensity
from sciml.tables.real.per_level import level_of, own_levels, per_level, telling_columns
from sciml.tables.real.search_space import SearchSpace
from sciml.tables.real.training import as_tensors, train
from sciml.training.fit import Trained

FOLDS = 4  # one of them validates, in turn
BASELINES = (
    Candidate("gaussian", bend=False),
    Candidate("yeo-johnson-gaussian"),
    Candidate("gmm", bend=False, whiten=False, base="mixture"),
    Candidate("yeo-johnson-gmm", whiten=False, base="mixture"),
)


@dataclass(frozen=True)
class Fitter:
    """What all fits to one table share.

    Attributes:
        rows: All that may be looked at.
        parts: The numbers of the rows that validate in turn.
        scale: Of the columns.
        fill: Completes rows; None where no cell is missing.
        space: What to try.
        monitor: Given every step of every training.
        mixtures: Those fitted so far, by the part that validates: flows begin at the baselines' own.
    """

    rows: RealRows
    parts: Sequence[Array]
    scale: Scale
    fill: Fill | None
    space: SearchSpace
    monitor: Monitor
    mixtures: dict[int, Mixtures] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: RealRows, parts: Sequence[Array], space: SearchSpace, monitor: Monitor) -> Fitter:
        """Return it, with the scale of the columns, and what fills their gaps."""
        scale = Scale.fit(rows.x)
        fill = Fill.fit(scale.inward(rows.x)) if np.isnan(rows.x).any() else None
        return cls(rows, parts, scale, fill, space, monitor)

    def flow(self, candidate: Candidate, fold: int = 0, behind: float | None = None) -> Rival:
        """Return a trained flow, one part of the rows kept to validate on.

        Args:
            candidate: What it is made of.
            fold: Which part; also tells flows of one make apart.
            behind: A validation loss out of whose reach the training ends.
        """
        began, seed = time.process_time(), self.space.seed + fold
        fitted, validation = self._split(fold % len(self.parts))
        rows = as_tensors(*self._complete(fitted, seed), torch.float64)
        candidate, flow = candidate.start(*rows, seed, self.mixtures.setdefault(fold, {}))
        flow = flow.float()
        trained = train(
            flow,
            as_tensors(self.scale.inward(fitted.x), fitted.context, torch.float32),
            as_tensors(*self._complete(validation, seed + 1), torch.float32),
            replace(self.space.training(self.rows.distinct, candidate.decay), rival=behind),
            self.fill,
            seed=seed,
            monitor=self.monitor,
            name=f"{candidate.slug}-{fold}",
        )
        return self._rival(candidate, flow.eval(), validation, began, trained)

    def ensemble(self, firsts: Sequence[Rival]) -> Rival:
        """Return the mean of several flows of each make; the makes were chosen on the first part."""
        later = range(1, self.space.ensemble)
        members = [*firsts, *(self.flow(rival.candidate, fold) for fold in later for rival in firsts)]
        flows = [rival.density.flow for rival in members if rival.density is not None]
        density = RealDensity([rival.candidate for rival in members], flows, self.scale, self.fill)
        seconds = sum(rival.seconds for rival in members)
        return replace(firsts[0], density=density, log_prob=density.log_prob, seconds=seconds)

    def baselines(self) -> tuple[Rival, ...]:
        """Return the baselines, judged on the first part; beside an ensemble, then fitted to all rows."""
        fitted, validation = self._split(0)
        began = self.mixtures.setdefault(0, {})
        baselines = [self._baseline(candidate, fitted, validation, began) for candidate in BASELINES]
        others = [self._kernel(fitted, validation), self._copula(fitted, validation)]
        others += self._levels(fitted, validation)
        if self.space.ensemble > 1:
            refitted = [self._baseline(candidate, self.rows, validation, {}) for candidate in BASELINES]
            baselines = [
                replace(new, scores=old.scores) for new, old in zip(refitted, baselines, strict=True)
            ]
        return (*baselines, *others)

    def _baseline(
        self, candidate: Candidate, fitted: RealRows, validation: RealRows, mixtures: Mixtures
    ) -> Rival:
        began, seed = time.process_time(), self.space.seed
        rows = as_tensors(*self._complete(fitted, seed), torch.float64)
        candidate, flow = candidate.start(*rows, seed, mixtures)
        return self._rival(candidate, flow.eval(), validation, began)

    def _kernel(self, fitted: RealRows, validation: RealRows) -> Rival:
        began, seed = time.process_time(), self.space.seed
        plain = Candidate("kernel-density", bend=False, whiten=False)
        rows, context = as_tensors(*self._complete(fitted, seed), torch.float64)
        _, flow = plain.start(rows, context, seed)
        pairs = [(rows, context), as_tensors(*self._complete(validation, seed + 1), torch.float64)]
        around, judges = (_inside(flow, *pair) for pair in pairs)
        kernel = Flow(flow.transform, KernelDensity.fit(around, judges, seed))
        return replace(self._rival(plain, kernel, validation, began), compared=True)

    def _copula(self, fitted: RealRows, validation: RealRows) -> Rival:
        """Return a Gaussian copula, less what is linear in the context; only compared with."""
        began, seed = time.process_time(), self.space.seed
        plain = Candidate("gaussian-copula", bend=False, whiten=False)
        rows, context = as_tensors(*self._complete(fitted, seed), torch.float64)
        _, flow = plain.start(rows, context, seed)
        copula = Flow(flow.transform, GaussianCopula.fit(_inside(flow, rows, context), seed))
        return replace(self._rival(plain, copula, validation, began), compared=True)

    def _levels(self, fitted: RealRows, validation: RealRows) -> list[Rival]:
        """Return a mixture for each level of the category that tells most; none without one."""
        began, seed = time.process_time(), self.space.seed
        block = telling_columns(fitted)
        own = own_levels(fitted.context, block) if block else np.zeros(0)
        if not len(own):
            return []
        level, z = level_of(fitted.context, block, own), self._complete(fitted, seed)[0]
        densities = {}
        for k in np.unique(level):
            candidate = Candidate("gmm-per-level", whiten=False, base="mixture")
            rows = as_tensors(z[level == k], fitted.context[level == k, :0], torch.float64)
            if len(rows[0]) < FOLDS or bool((rows[0].std(0) == 0).any()):
                return []
            candidate, flow = candidate.start(*rows, seed)
            densities[int(k)] = RealDensity([candidate], [flow], self.scale, self.fill).eval().log_prob
        if not {int(k) for k in np.unique(level_of(validation.context, block, own))} <= densities.keys():
            return []
        log_prob = per_level(densities, block, own)
        scores = log_prob(validation.x, validation.context)
        seconds = time.process_time() - began
        return [Rival("gmm-per-level", log_prob, scores, seconds, compared=True)]

    def _rival(
        self,
        candidate: Candidate,
        flow: Flow,
        validation: RealRows,
        began: float,
        trained: Trained | None = None,
    ) -> Rival:
        density = RealDensity([candidate], [flow], self.scale, self.fill).eval()
        scores = density.log_prob(validation.x, validation.context)
        return Rival(candidate.name, density.log_prob, scores, time.process_time() - began, density, trained)

    def _split(self, fold: int) -> tuple[RealRows, RealRows]:
        """Return the rows to fit, and those of one part."""
        rest = np.concatenate([part for i, part in enumerate(self.parts) if i != fold])
        return self.rows[rest], self.rows[self.parts[fold]]

    def _complete(self, rows: RealRows, seed: int) -> tuple[Array, Array]:
        """Return rows in standardised units, gaps filled by draws, and their context."""
        z = self.scale.inward(rows.x)
        if self.fill is not None:
            z, _ = self.fill.draw(z, np.random.default_rng([seed, 2]).standard_normal(z.shape))
        return z, rows.context


@torch.no_grad()
def _inside(flow: Flow, x: Tensor, context: Tensor) -> Array:
    """Return rows as the flow's base sees them."""
    z, _ = flow.transform.forward_and_log_det(x, context if flow.context_features else None)
    return np.asarray(z.numpy())


def folds(rows: int, seed: int, groups: Array | None = None) -> list[Array]:
    """Return the numbers of the rows in each of the parts that validate in turn; copies stay together."""
    return parts(rows, FOLDS, np.random.default_rng([seed, 1]), groups)
