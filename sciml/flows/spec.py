"""What a flow is made of, as plain values for `model.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from sciml.contracts.reference import Array
from sciml.errors import ArgumentError
from sciml.flows.bases.base import AbstractBase, StandardNormal
from sciml.flows.bases.mixture import GaussianMixture
from sciml.flows.bases.student_t import StudentT
from sciml.flows.flow import Flow
from sciml.flows.transforms.autoregressive import autoregressive_flow
from sciml.flows.transforms.coupling import coupling_flow
from sciml.flows.transforms.elementwise import AbstractElementwise, Affine
from sciml.flows.transforms.rational_quadratic import RationalQuadratic
from sciml.flows.transforms.transform import Chain
from sciml.flows.transforms.whitening import Whitening
from sciml.runs.described import dtype_named

T = TypeVar("T")

KINDS: Mapping[str, Callable[..., Flow]] = {
    "coupling": coupling_flow,
    "autoregressive": autoregressive_flow,
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
        flow = _choice("kind", self.kind, KINDS)(
            self.features,
            layers=self.layers,
            transform=self._family(),
            hidden=self.hidden,
            base=self._base(rows, seed, dtype),
            dtype=dtype,
            seed=seed,
        )
        return flow if first is None else Flow(Chain([first, flow.transform]), flow.base)

    def _first(self, rows: Tensor | None, dtype: torch.dtype) -> Whitening | None:
        if self.prepare == "nothing":
            return None
        shrinkage = _choice("prepare", self.prepare, SHRINKAGE)
        return Whitening.identity(self.features, dtype) if rows is None else Whitening.fit(rows, shrinkage)

    def _family(self) -> AbstractElementwise:
        makers: Mapping[str, Callable[[], AbstractElementwise]] = {
            "spline": lambda: RationalQuadratic(self.bins, self.bound),
            "affine": Affine,
        }
        return _choice("transform", self.transform, makers)()

    def _base(self, rows: Tensor | None, seed: int, dtype: torch.dtype) -> AbstractBase:
        makers: Mapping[str, Callable[[], AbstractBase]] = {
            "normal": lambda: StandardNormal(self.features),
            "student-t": lambda: StudentT(self.features, dtype=dtype),
            "mixture": lambda: self._mixture(rows, seed, dtype),
        }
        return _choice("base", self.base, makers)()

    def _mixture(self, rows: Tensor | None, seed: int, dtype: torch.dtype) -> GaussianMixture:
        if rows is None:
            return GaussianMixture(self.features, self.components, dtype=dtype)
        return GaussianMixture.fit(rows, self.components, seed=seed)


def _choice(name: str, value: str, known: Mapping[str, T]) -> T:
    if value not in known:
        raise ArgumentError(f"{name} must be one of {', '.join(known)}, not {value!r}")
    return known[value]
