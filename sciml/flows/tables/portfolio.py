"""Flows beside what they must beat: all fitted to the same rows, the best chosen on others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from sciml.errors import ArgumentError, did_you_mean
from sciml.flows.flow import Flow
from sciml.flows.tables.candidate import Candidate
from sciml.flows.tables.fill import Fill
from sciml.flows.tables.kernel import KernelDensity
from sciml.flows.tables.real import RealDensity, Scale
from sciml.flows.tables.rivals import Portfolio, Rival, Rows
from sciml.flows.tables.trained import Training, as_tensors, train
from sciml.monitor import Monitor
from sciml.reference import Array
from sciml.training.minibatch import Trained

FOLDS = 4  # one of them validates, in turn
TIGHT, LOOSE = 4.0, 0.3  # how strongly training draws a flow to the identity it begins with
AMPLE = 150  # rows a column from which the loose training is tried first
DOUBTFUL = 50, 1000  # rows a column between which the other is tried too
AVERAGED = 3  # makes of flow in an ensemble at most
KIND_NAMES, BASE_NAMES = ("auto", "autoregressive", "coupling"), ("auto", "normal", "student-t", "mixture")
BASELINES = (
    Candidate("gaussian", bend=False),
    Candidate("yeo-johnson-gaussian"),
    Candidate("gmm", bend=False, whiten=False, base="mixture"),
    Candidate("yeo-johnson-gmm", whiten=False, base="mixture"),
)


@dataclass(frozen=True)
class Search:
    """What to try.

    Attributes:
        kind: "auto", "autoregressive" or "coupling".
        base: "auto", "normal", "student-t" or "mixture".
        ensemble: Flows of the best make, each with another part of the rows to validate on.
        seed: Of everything random.
        max_steps: Most steps of each training.
        quick: Try one make of flow, with a short training.
    """

    kind: str = "auto"
    base: str = "auto"
    ensemble: int = 1
    seed: int = 0
    max_steps: int | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        for name, value, known in (("kind", self.kind, KIND_NAMES), ("base", self.base, BASE_NAMES)):
            if value not in known:
                raise ArgumentError(f"{name}: got {value!r}, {did_you_mean(str(value), known)}")
        if isinstance(self.ensemble, bool) or not isinstance(self.ensemble, int) or self.ensemble < 1:
            raise ArgumentError(f"ensemble: got {self.ensemble!r}, expected a whole number of at least 1")

    def candidates(self, rows: int, features: int) -> tuple[Candidate, ...]:
        """Return the makes of flow to try on so many rows of so many columns."""
        hidden = (64,) if rows < 5_000 else (128,) if rows < 50_000 else (256, 256)
        bins = 4 if rows < 5_000 else 8
        decay = LOOSE if rows >= AMPLE * features else TIGHT
        kind = "autoregressive" if self.kind == "auto" else self.kind
        bases = ("student-t", "mixture") if self.base == "auto" else (self.base,)
        depth = {"autoregressive": 3, "coupling": 6}[kind]
        spline = [
            Candidate(
                f"{kind} spline, {base}",
                whiten=base != "mixture",  # so that it begins as the baseline of the same mixture
                kind=kind,
                transform="spline",
                layers=depth,
                hidden=hidden,
                bins=bins,
                base=base,
                decay=decay,
            )
            for base in bases
        ]
        affine = Candidate(
            f"{kind} affine, {bases[0]}", True, True, kind, "affine", 5, hidden, bins, bases[0], decay=decay
        )
        return (affine,) if self.quick else (affine, *spline)

    def training(self, rows: int, decay: float) -> Training:
        """Return the sizes of a training on so many rows."""
        large = rows >= 5_000
        sizes = Training(5000, 512, 3e-3, every=100, patience=10, ema=0.99) if large else Training()
        steps = min(300, sizes.steps) if self.quick else sizes.steps
        return replace(
            sizes, decay=decay, steps=steps if self.max_steps is None else min(steps, self.max_steps)
        )


def folds(rows: int, seed: int) -> list[Array]:
    """Return the numbers of the rows in each of the parts that validate in turn."""
    return np.array_split(np.random.default_rng([seed, 1]).permutation(rows), FOLDS)


def search(rows: Rows, wanted: Search, monitor: Monitor) -> Portfolio:
    """Fit baselines and flows to rows, and choose on those held back from them.

    Args:
        rows: All that may be looked at.
        wanted: What to try.
        monitor: Given every step of every training.
    """
    parts = folds(len(rows), wanted.seed)
    maker = Maker.of(rows, wanted, monitor)
    tried = [maker.flow(made, rows, parts, 0) for made in wanted.candidates(*rows.x.shape)]
    if not wanted.quick and DOUBTFUL[0] * rows.x.shape[1] <= len(rows) <= DOUBTFUL[1] * rows.x.shape[1]:
        tried.append(maker.flow(otherwise(max(tried, key=lambda rival: rival.validation)), rows, parts, 0))
    ordered = sorted(tried, key=lambda rival: -rival.validation)
    best = ordered[0]
    if wanted.ensemble > 1:
        best = maker.ensemble([rival for rival in ordered[:AVERAGED] if rival.near(best)], rows, parts)
    return Portfolio(best, maker.baselines(rows, parts, wanted.ensemble > 1), tuple(tried))


def otherwise(rival: Rival) -> Candidate:
    """Return the make of a flow with its training drawn more to the identity, or less."""
    assert rival.density is not None
    made = rival.density.made[0]
    decay, word = (LOOSE, "loose") if made.decay == TIGHT else (TIGHT, "tight")
    return replace(made, name=f"{made.name}, {word}", decay=decay)


@dataclass(frozen=True)
class Maker:
    """What all fits to one table share."""

    scale: Scale
    fill: Fill | None
    wanted: Search
    monitor: Monitor

    @classmethod
    def of(cls, rows: Rows, wanted: Search, monitor: Monitor) -> Maker:
        """Return it, with the scale of the columns, and what fills their gaps."""
        scale = Scale.fit(rows.x)
        fill = Fill.fit(scale.inward(rows.x)) if np.isnan(rows.x).any() else None
        return cls(scale, fill, wanted, monitor)

    def flow(self, made: Candidate, rows: Rows, parts: Sequence[Array], fold: int) -> Rival:
        """Return a trained flow, one part of the rows kept to validate on."""
        began, seed = time.process_time(), self.wanted.seed + fold
        fitted, held = _split(rows, parts, fold % len(parts))
        made, flow = made.start(*as_tensors(*self._complete(fitted, seed), torch.float64), seed)
        flow = flow.float()
        validation = as_tensors(*self._complete(held, seed + 1), torch.float32)
        trained = train(
            flow,
            as_tensors(self.scale.inward(fitted.x), fitted.context, torch.float32),
            validation,
            self.wanted.training(len(rows), made.decay),
            self.fill,
            seed=seed,
            monitor=self.monitor,
            name=f"{made.slug}-{fold}",
        )
        return self._rival(made, flow.eval(), held, began, trained)

    def ensemble(self, firsts: Sequence[Rival], rows: Rows, parts: Sequence[Array]) -> Rival:
        """Return the mean of several flows of each make; the makes were chosen on the first part."""
        makes = [rival.density.made[0] for rival in firsts if rival.density is not None]
        folds = range(1, self.wanted.ensemble)
        members = [*firsts, *(self.flow(made, rows, parts, fold) for fold in folds for made in makes)]
        densities = [rival.density for rival in members if rival.density is not None]
        made = [density.made[0] for density in densities]
        density = RealDensity(made, [density.flow for density in densities], self.scale, self.fill)
        seconds = sum(rival.seconds for rival in members)
        return replace(firsts[0], density=density, log_prob=density.log_prob, seconds=seconds)

    def baselines(self, rows: Rows, parts: Sequence[Array], again: bool) -> tuple[Rival, ...]:
        """Return the baselines, judged on the first part; then, where asked, fitted to all rows again."""
        fitted, held = _split(rows, parts, 0)
        found = [self._baseline(made, fitted, held) for made in BASELINES]
        kernel = self._kernel(fitted, held)
        if again:
            refitted = [self._baseline(made, rows, held) for made in BASELINES]
            found = [replace(new, held=old.held) for new, old in zip(refitted, found, strict=True)]
        return (*found, kernel)

    def _baseline(self, made: Candidate, fitted: Rows, held: Rows) -> Rival:
        began, seed = time.process_time(), self.wanted.seed
        made, flow = made.start(*as_tensors(*self._complete(fitted, seed), torch.float64), seed)
        return self._rival(made, flow.eval(), held, began)

    def _kernel(self, fitted: Rows, held: Rows) -> Rival:
        began, seed = time.process_time(), self.wanted.seed
        plain = Candidate("kernel-density", bend=False, whiten=False)
        rows, context = as_tensors(*self._complete(fitted, seed), torch.float64)
        _, flow = plain.start(rows, context, seed)
        pairs = [(rows, context), as_tensors(*self._complete(held, seed + 1), torch.float64)]
        around, judges = (_inside(flow, *pair) for pair in pairs)
        kernel = Flow(flow.transform, KernelDensity.fit(around, judges, seed))
        return replace(self._rival(plain, kernel, held, began), density=None)

    def _rival(
        self, made: Candidate, flow: Flow, held: Rows, began: float, trained: Trained | None = None
    ) -> Rival:
        density = RealDensity([made], [flow], self.scale, self.fill).eval()
        scores = density.log_prob(held.x, held.context)
        return Rival(made.name, density.log_prob, scores, time.process_time() - began, density, trained)

    def _complete(self, rows: Rows, seed: int) -> tuple[Array, Array]:
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


def _split(rows: Rows, parts: Sequence[Array], fold: int) -> tuple[Rows, Rows]:
    """Return the rows to fit, and those of one part."""
    rest = np.concatenate([part for i, part in enumerate(parts) if i != fold])
    return rows[rest], rows[parts[fold]]
