"""What makes of flow to try on a table, and how they are trained."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sciml.errors import ArgumentError, did_you_mean
from sciml.tables.real.candidate import Candidate
from sciml.tables.real.training import Training

TIGHT, LOOSE = 4.0, 0.3  # how strongly training draws a flow to the identity it begins with
AMPLE = 150  # rows a column from which the loose training is tried first
DOUBTFUL = 50, 1000  # rows a column between which the other is tried too
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
        return affine, *(spline[-1:] if self.quick else spline)

    def doubtful(self, rows: int, features: int) -> bool:
        """Whether the other strength of the pull to the identity is worth trying too."""
        return not self.quick and DOUBTFUL[0] <= rows / features <= DOUBTFUL[1]

    def training(self, rows: int, decay: float) -> Training:
        """Return the sizes of a training on so many rows."""
        large = rows >= 5_000
        sizes = Training(5000, 512, 3e-3, every=100, patience=10, ema=0.99) if large else Training()
        steps = min(300, sizes.steps) if self.quick else sizes.steps
        return replace(
            sizes, decay=decay, steps=steps if self.max_steps is None else min(steps, self.max_steps)
        )


def with_other_decay(candidate: Candidate) -> Candidate:
    """Return a make of flow with its training drawn more to the identity, or less."""
    decay, word = (LOOSE, "loose") if candidate.decay == TIGHT else (TIGHT, "tight")
    return replace(candidate, name=f"{candidate.name}, {word}", decay=decay)
