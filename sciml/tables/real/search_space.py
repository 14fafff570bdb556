"""What makes of flow to try on a table, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sciml.arguments import check_choice, check_count
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.training import Training

TIGHT, LOOSE = 4.0, 0.3  # how strongly training draws a flow to the identity it begins with
AMPLE = 150  # rows a column from which the loose training is tried first
DOUBTFUL = 50, 1000  # rows a column between which the other is tried too
LARGE, HUGE = 5_000, 50_000  # rows from which networks and splines are larger, for what they can carry
QUICK_STEPS = 300  # of a training of a quick search
AFFINE_LAYERS = 5
SPLINE_LAYERS = {"autoregressive": 3, "coupling": 6}  # a coupling layer maps half the columns
LARGE_TRAINING = Training(5000, 512, 3e-3, every=100, patience=10, ema=0.99)  # of LARGE rows and more
KIND_NAMES, BASE_NAMES = ("auto", "autoregressive", "coupling"), ("auto", "normal", "student-t", "mixture")


@dataclass(frozen=True)
class SearchSpace:
    """What to try.

    Attributes:
        kind: "auto", "autoregressive" or "coupling".
        base: "auto", "normal", "student-t" or "mixture".
        ensemble: Flows of the best make, each with another part of the rows to validate on.
        seed: Of everything random.
        max_steps: Most steps of each training.
        quick: Try fewer makes of flow, with short trainings.
    """

    kind: str = "auto"
    base: str = "auto"
    ensemble: int = 1
    seed: int = 0
    max_steps: int | None = None
    quick: bool = False

    def __post_init__(self) -> None:
        check_choice("kind", self.kind, KIND_NAMES)
        check_choice("base", self.base, BASE_NAMES)
        check_count("ensemble", self.ensemble, 1)

    def candidates(self, rows: int, features: int) -> tuple[Candidate, ...]:
        """Return the makes of flow to try on so many rows of so many columns."""
        hidden = (64,) if rows < LARGE else (128,) if rows < HUGE else (256, 256)
        bins = 4 if rows < LARGE else 8
        decay = LOOSE if rows >= AMPLE * features else TIGHT
        kind = "autoregressive" if self.kind == "auto" else self.kind
        bases = ("student-t", "mixture") if self.base == "auto" else (self.base,)
        splines = [
            Candidate(
                f"{kind} spline, {base}",
                whiten=base != "mixture",  # so that it begins as the baseline of the same mixture
                kind=kind,
                transform="spline",
                layers=SPLINE_LAYERS[kind],
                hidden=hidden,
                bins=bins,
                base=base,
                decay=decay,
            )
            for base in bases
        ]
        affine = Candidate(
            f"{kind} affine, {bases[0]}",
            kind=kind,
            transform="affine",
            layers=AFFINE_LAYERS,
            hidden=hidden,
            bins=bins,
            base=bases[0],
            decay=decay,
        )
        return affine, *(splines[-1:] if self.quick else splines)

    def doubtful(self, rows: int, features: int) -> bool:
        """Whether the other strength of the pull to the identity is worth trying too."""
        return not self.quick and DOUBTFUL[0] <= rows / features <= DOUBTFUL[1]

    def training(self, rows: int, decay: float) -> Training:
        """Return the sizes of a training on so many rows."""
        sizes = LARGE_TRAINING if rows >= LARGE else Training()
        steps = min(QUICK_STEPS, sizes.steps) if self.quick else sizes.steps
        return replace(
            sizes, decay=decay, steps=steps if self.max_steps is None else min(steps, self.max_steps)
        )


def with_other_decay(candidate: Candidate) -> Candidate:
    """Return a make of flow with its training drawn more to the identity, or less."""
    decay, word = (LOOSE, "loose") if candidate.decay == TIGHT else (TIGHT, "tight")
    return replace(candidate, name=f"{candidate.name}, {word}", decay=decay)
