"""What a flow is made of, as plain values for `model.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from sciml.arguments import check_choice, check_count
from sciml.flows.bases.base import BaseSpec
from sciml.flows.bases.mixture import MixtureSpec
from sciml.flows.bases.normal import NormalSpec
from sciml.flows.bases.student_t import StudentTSpec
from sciml.flows.flow import Flow
from sciml.flows.transforms.autoregressive import autoregressive_flow
from sciml.flows.transforms.coupling import coupling_flow
from sciml.flows.transforms.elementwise import AbstractElementwise, Affine
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import Chain
from sciml.flows.transforms.whitening import Whitening
from sciml.numerics.domains import Array
from sciml.runs.described import check_saved, check_sizes, dtype_named, picked, registered

KINDS: Mapping[str, Callable[..., Flow]] = {
    "coupling": coupling_flow,
    "autoregressive": autoregressive_flow,
}
BASES = registered(
    NormalSpec,
    StudentTSpec,
    MixtureSpec,
)
TRANSFORMS: Mapping[str, Callable[[Mapping[str, Any]], AbstractElementwise]] = {  # of the sizes in a spec
    "spline": partial(picked, RationalQuadratic),
    "affine": partial(picked, Affine),
}
SHRINKAGE = {"standardize": 1.0, "whiten": None}


@dataclass(frozen=True)
class FlowSpec:
    """A flow of coupling or autoregressive layers; values and defaults as in `FlowRecipe`."""

    features: int
    layers: int
    hidden: tuple[int, ...]
    bins: int
    bound: float
    dtype: str = "float32"
    kind: str = "coupling"
    transform: str = "spline"
    base: str = "normal"
    components: int = 8
    prepare: str = "nothing"

    def build(self, seed: int = 0, data: Array | None = None) -> Flow:
        """Return the flow, its layers at the identity; `prepare` and a mixture are fitted to `data`.

        Args:
            seed: Of the first weights.
            data: Rows (n, features); None where a saved state will be loaded.
        """
        dtype = dtype_named(self.dtype)
        rows = None if data is None else torch.from_numpy(data).to(dtype)
        first = self._first(rows, dtype)
        if first is not None and rows is not None:
            rows = first.forward_and_log_det(rows)[0]
        flow = KINDS[check_choice("kind", self.kind, tuple(KINDS))](
            self.features,
            layers=self.layers,
            transform=self._family,
            hidden=self.hidden,
            base=self._base.build(self.features, dtype, rows, seed),
            dtype=dtype,
            seed=seed,
        )
        return flow if first is None else Flow(Chain([first, flow.transform]), flow.base)

    def _first(self, rows: Tensor | None, dtype: torch.dtype) -> Whitening | None:
        if self.prepare == "nothing":
            return None
        shrinkage = SHRINKAGE[check_choice("prepare", self.prepare, ("nothing", *SHRINKAGE))]
        return Whitening.identity(self.features, dtype) if rows is None else Whitening.fit(rows, shrinkage)

    def check(self, saved: int) -> None:
        """Refuse sizes that are not plain, or that ask for more parameters than were saved."""
        for name, value in (("features", self.features), ("layers", self.layers)):
            check_count(name, value, 1)
        for width in self.hidden:
            check_count("hidden", width)
        check_sizes(self._base)
        check_saved(self.least_parameters(), saved)

    def least_parameters(self) -> int:
        """Return a number of parameters that `build` would allocate at least, by arithmetic alone."""
        moved = max(1, self.features // 2)
        outputs = moved * self._family.parameters
        layer = outputs if self.features == 1 else _dense((moved, *self.hidden, outputs))
        whitening = 0 if self.prepare == "nothing" else self.features**2
        return self.layers * layer + whitening + self._base.least_parameters(self.features)

    @property
    def _family(self) -> AbstractElementwise:
        return TRANSFORMS[check_choice("transform", self.transform, tuple(TRANSFORMS))](asdict(self))

    @property
    def _base(self) -> BaseSpec:
        return picked(BASES[check_choice("base", self.base, tuple(BASES))], asdict(self))


def _dense(widths: tuple[int, ...]) -> int:
    """Return the number of weights and biases of dense layers."""
    return sum(a * b + b for a, b in pairwise(widths))
