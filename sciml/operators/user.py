"""An operator learned from pairs of functions in a user's own file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from sciml.arguments import check_choice
from sciml.contracts.answer import Answer
from sciml.contracts.checks import Check, Comparison
from sciml.contracts.monitor import Monitor
from sciml.contracts.parameters import parameter
from sciml.contracts.problem import AbstractProblem, Settings
from sciml.contracts.reference import Reference
from sciml.errors import ArgumentError, DataError, did_you_mean
from sciml.numerics.domains import Array
from sciml.operators.bands import Bands
from sciml.operators.boundaries import check_boundary, check_plane, jumps
from sciml.operators.content import Content
from sciml.operators.contest import contest
from sciml.operators.data import OperatorData, load_data
from sciml.operators.fields import OperatorFields, rebuild
from sciml.operators.files.names import Names
from sciml.operators.frames.augment import Symmetries
from sciml.operators.grids import domain_of, points_of, unit_grid, unit_square
from sciml.operators.judge import residuals
from sciml.operators.learning import Learned, Task, network, regression
from sciml.operators.plane.grid import BOUNDARIES as WALLS
from sciml.operators.plane.ridge import MOST
from sciml.operators.recipe import OperatorRecipe, PlaneRecipe
from sciml.operators.results import OperatorScores, measured, shown, skill_check
from sciml.operators.spaces import Line, Plane, Space
from sciml.operators.spec import AUTO, CHOICES, LISTED, PLANE_CHOICES, RIDGE, FrameSpec
from sciml.training.methods import METHODS

BOUNDARIES = {"periodic": "plain", "zero": "odd", "free": "even"}
LEAST = 16  # samples to learn from
MODES, PLANE_MODES = 24, 12  # of a network, where the grid holds so many


@dataclass(frozen=True)
class DataOperator(AbstractProblem):
    """A map between functions, learned from pairs of them in a file.

    A share of the samples is kept back to judge by. There is no exact operator: the error counts as the
    distance from these, and the grid is theirs.
    """

    kind: ClassVar[str] = "operator"
    methods: ClassVar[tuple[str, ...]] = tuple(METHODS)
    equation: ClassVar[str] = "outputs = G(inputs), G unknown"
    data: str = parameter("", "the file: .npz, .mat, .h5, .nc, .pt or .csv")
    boundary: str = parameter("free", "of the functions: periodic, zero at both ends, or free")
    shifts: bool = parameter(False, "whether the operator commutes with shifts (periodic functions)")
    holdout: float = parameter(0.2, "share of the samples to judge by; 0 for none", low=0.0, high=0.9)
    tolerance: float = parameter(0.1, "largest mean relative L2 error that passes", above=0.0)
    model: str = parameter(AUTO, f"{LISTED}; {AUTO}: the one that does best on validation")
    inputs: str = parameter("", "array of the inputs, several by commas; empty: by the custom")
    outputs: str = parameter("", "array of the outputs")
    positions: str = parameter("", "array of the positions, or one a coordinate: x,y")

    def __post_init__(self) -> None:
        super().__post_init__()
        check_choice("parameter 'model'", self.model, (AUTO, *CHOICES))
        if self.boundary not in BOUNDARIES:
            raise ArgumentError(
                f"parameter 'boundary': got {self.boundary!r}, {did_you_mean(self.boundary, BOUNDARIES)}"
            )
        if self.shifts and self.boundary != "periodic":
            raise ArgumentError("parameter 'shifts': got True, expected boundary=periodic with it")
        if self.plane:
            check_choice("parameter 'model' in a plane", self.model, (AUTO, *PLANE_CHOICES))
        if len(self.split[0]) < LEAST:
            raise DataError(
                f"{self.data}: {len(self.pairs)} samples, {len(self.split[0])} of them to learn from, "
                f"expected at least {LEAST}"
            )

    @property
    def plane(self) -> bool:
        """Whether the functions live in a plane."""
        return bool(self.stored.positions.shape[1] == 2)

    @cached_property
    def pairs(self) -> OperatorData:
        """The pairs, on the grid of (0, 1), or of the unit square."""
        if self.plane:
            check_plane(self.stored, self.boundary, self.data)
            return unit_square(self.stored, self.boundary == "periodic")
        check_boundary(self.stored, self.boundary, self.data)
        return unit_grid(self.stored, self.boundary == "periodic", self.data)

    @cached_property
    def stored(self) -> OperatorData:
        """The pairs as they are in the file."""
        return load_data(Path(self.data), Names(self.inputs, self.outputs, self.positions))

    @property
    def reading(self) -> Mapping[str, Any]:
        """How the file was understood; nothing of an .npz with our names."""
        reading: Mapping[str, Any] = self.stored.metadata.get("reading", {})
        return reading

    @property
    def axes(self) -> tuple[Array, ...]:
        """The coordinates of the grid."""
        assert self.stored.axes is not None  # or `pairs` would have refused it
        return self.stored.axes

    @property
    def domain(self) -> tuple[float, ...]:
        """The interval that the functions live on, or two."""
        if self.reading.get("assumed"):
            return (0.0, 1.0) * len(self.axes)
        ends = [domain_of(axis, self.boundary == "periodic") for axis in self.axes]
        return tuple(end for pair in ends for end in pair)

    @property
    def points(self) -> Array:
        """The points of the functions, (n,) or (n, 2)."""
        if self.plane:
            return self.stored.positions
        return points_of(self.domain, self.stored.points, self.boundary != "periodic")

    @property
    def frame(self) -> FrameSpec:
        """Where models work, by the boundary; in a plane the models know it."""
        if self.plane:
            return FrameSpec()
        return FrameSpec(BOUNDARIES[self.boundary])

    @cached_property
    def content(self) -> Content:
        """How far up the modes of the pairs go."""
        return Content(self.pairs, self.frame)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be known of the pairs before an error is believed."""
        together = len(self.pairs) - len(np.unique(self.pairs.groups))
        steps = (f"{together} samples go on from others: trajectories were kept together",)
        same = ("outputs: all samples are the same function; the mean output is as good as any model",)
        return (
            *self.reading.get("notes", ()),
            *(() if self.plane else (*self.content.remarks,)),
            *(jumps(self.pairs) if self.boundary == "periodic" and not self.plane else ()),
            *(steps if together else ()),
            *(() if np.ptp(self.pairs.outputs, axis=0).any() else same),
        )

    @cached_property
    def split(self) -> tuple[OperatorData, OperatorData | None]:
        """Pairs to learn from and pairs to judge by, whatever the seed of the training."""
        count = round(self.holdout * len(self.pairs))
        return self.pairs.split(count, seed=0) if 0 < count < len(self.pairs) else (self.pairs, None)

    def recipe(self, quick: bool = False) -> OperatorRecipe:
        """Return sizes: as many modes as the grid holds, up to 24, or 12 each way in a plane."""
        if self.plane:
            return self.plane_recipe(quick)
        n = self.pairs.points if self.boundary == "periodic" else 2 * (self.pairs.points - 1)
        return OperatorRecipe(
            max_steps=300 if quick else 1500,
            tolerance=self.tolerance,
            modes=min(MODES, (n + 1) // 2),
            positions=not self.shifts,
            batch=min(16, len(self.split[0]) // 2),
            input_modes=self.content.modes,
        )

    def plane_recipe(self, quick: bool) -> PlaneRecipe:
        """Return the same in a plane."""
        least = min(len(axis) for axis in self.axes)
        return PlaneRecipe(
            max_steps=200 if quick else 1500,
            tolerance=self.tolerance,
            modes=min(PLANE_MODES, (least + 1) // 2),
            positions=not self.shifts,
            batch=min(8, len(self.split[0]) // 2),
            input_modes=min(MOST, least - 2 * (self.boundary == "zero")),
            walls=WALLS.index(self.boundary),
        )

    @property
    def space(self) -> Space:
        """What the functions live on."""
        if not self.plane:
            return Line()
        x, y = self.axes
        return Plane((len(x), len(y)), self.boundary == "periodic")

    def planned_steps(self, settings: Settings) -> int:
        """Return how many steps the training makes; a ridge regression makes none."""
        return 0 if self.model == RIDGE else super().planned_steps(settings)

    def reference(self) -> Reference:
        """Return where the pairs come from."""
        return Reference(kind="numerical", method=f"samples of {Path(self.data).name} that were kept back")

    def run(self, settings: Settings, monitor: Monitor) -> Answer:
        """Train a model on the pairs, and a ridge regression beside it."""
        symmetries = Symmetries(shift=self.shifts, reflect=False)
        recipe = self.recipe(settings.quick)
        names = Names(**self.reading.get("again", {}))
        task = Task(recipe, self.frame, symmetries, domain=self.domain, names=names, space=self.space)
        learn, tests = self.split
        ridge = regression(task, learn)
        if self.model == AUTO:
            tried = contest(task, learn, ridge, settings, monitor)
            learned, model, beside = tried.learned, tried.won.model, tried.certificates
            message = f"{learned.trained.message}; {tried.message}"
        else:
            learned = ridge if self.model == RIDGE else network(task, self.model, learn, settings, monitor)
            model, message, beside = self.model, learned.trained.message, {}
        if tests is None:
            return self.answer(learned, self.told(message), beside)
        learned.fields.bands = Bands.calibrated(residuals(learned.fields, tests))
        mean = learn.outputs.mean(0)
        scores = measured(model, learned, ridge, {1: tests}, settings.device, mean)
        return self.answer(learned, self.told(f"{message}; {scores.verdict}"), beside, scores, tests)

    def told(self, message: str) -> str:
        """Return a message with how the file was understood, where that had to be found out."""
        notes = self.reading.get("notes", ())
        return f"{message}; read so: {'; '.join(notes)}" if notes else message

    def answer(
        self,
        learned: Learned,
        message: str,
        beside: Mapping[str, Any],
        scores: OperatorScores | None = None,
        tests: OperatorData | None = None,
    ) -> Answer:
        """Return a model with what is measured on the samples kept back, where there are any."""
        return Answer(
            status=learned.trained.status,
            message=message,
            fields=learned.fields,
            samples=shown(learned, tests or self.split[0], self.points),
            metrics=scores.metrics if scores else {},
            certificates={
                **(scores.certificates if scores else {}),
                **beside,
                **_banded(learned.fields.bands),
            },
            stats=scores.stats if scores else {},
            remarks=self.remarks,
            doubts=learned.doubts,
        )

    def compare(
        self, answer: Answer, *, quick: bool, start: str | None, reference: Reference | None
    ) -> Comparison:
        """Return the checks of the errors on the samples kept back, where there are any.

        The tolerance is held against the error relative to the outputs, and relative to what varies in them.
        """
        source, error = self.reference(), answer.metrics.get("error")
        if error is None:
            return Comparison(reference_kind=source.kind)
        return Comparison(
            metrics=tuple(
                Check(name, answer.metrics[name], 0.0, 0.0, self.tolerance, better="lower")
                for name in ("error", "fluctuation_error")
                if name in answer.metrics
            )
            + skill_check(answer.metrics),
            reference_kind=source.kind,
            reference_method=source.method,
        )

    def rebuild(self, model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> OperatorFields:
        """Return the fields of a saved solution."""
        return rebuild(model, tensors)


def _banded(bands: Bands | None) -> dict[str, dict[str, Any]]:
    """Return what is printed of error bands."""
    if bands is None:
        return {}
    widths = {f"width_channel{c}": width for c, width in enumerate(bands.whole.tolist())}
    return {"bands": {"whole_functions": bands.level, "samples": bands.samples, **widths}}
