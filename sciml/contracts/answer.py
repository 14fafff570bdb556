"""What the run of a problem gives: numbers, functions, a status, and evidence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sciml.contracts.status import Status
from sciml.errors import ArgumentError
from sciml.numerics.domains import Array

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from sciml.numerics.derivatives import Jet


class Fields(ABC):
    """A trained model seen as functions of position."""

    @property
    @abstractmethod
    def spec(self) -> Mapping[str, Any]:
        """What to build, as plain values for `model.json`."""

    @property
    @abstractmethod
    def tensors(self) -> Mapping[str, Tensor]:
        """The parameters, for `model.safetensors`."""

    @abstractmethod
    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return every field at `x`, (n,) in one dimension or (n, d)."""

    def jet(self, x: Tensor) -> dict[str, Jet]:
        """Return every field with its first and second derivative at `x` (n,)."""
        raise ArgumentError("jet: this solution has no derivatives along one coordinate; use autograd on it")

    @property
    def finite(self) -> bool:
        """Whether every parameter is a finite number."""
        return all(bool(tensor.isfinite().all()) for tensor in self.tensors.values())

    @property
    def dtype(self) -> torch.dtype:
        """The floating-point type of the parameters."""
        return next(iter(self.tensors.values())).dtype

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return next(iter(self.tensors.values())).device


@dataclass(frozen=True)
class Answer:
    """What `AbstractProblem.run` returns in every family; `sciml.solve` makes a `Solution` of it.

    Attributes:
        status: How the solve ended.
        message: One sentence on what that means here.
        scalars: Numbers found, such as `E0`.
        units: Units of the scalars and metrics, where they have one.
        stds: Standard errors of the scalars and metrics, where they are estimates.
        fields: The trained functions; None where there are none.
        samples: The fields on points: "x" and one array a field.
        metrics: Numbers judged against a bound rather than a reference value.
        certificates: Evidence that needs no reference, a mapping for each scalar.
        curves: Named curves to plot or report.
        table: Of a run on a table: its `columns`, which of them were `drawn` (the samples of the j-th end in
            _j), and figures `per_column`.
        stats: Counts and times.
        remarks: Sentences on what to know before the numbers are used.
        doubts: Sentences each of which forbids PASS, whatever the checks say: no step was made, two looks at
            the problem disagree, the answer is no better than the trivial one.
    """

    status: Status
    message: str = ""
    scalars: Mapping[str, float] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    stds: Mapping[str, float] = field(default_factory=dict)
    fields: Fields | None = None
    samples: Mapping[str, Array] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)
    certificates: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    curves: Mapping[str, Any] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)
    stats: Mapping[str, float] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    def __call__(self, x: Array) -> dict[str, Array]:
        """Return every field at `x` as NumPy arrays; `x` is (n,) in one dimension, (n, d) otherwise."""
        import torch  # here, so that problems can be listed without it

        points = torch.as_tensor(x, dtype=self._fields.dtype, device=self._fields.device)
        with torch.no_grad():
            return {name: values.cpu().double().numpy() for name, values in self._fields(points).items()}

    def jet(self, x: Tensor) -> dict[str, Jet]:
        """Return every field with its first two derivatives at `x`, differentiable by autograd."""
        return self._fields.jet(x)

    @property
    def _fields(self) -> Fields:
        if self.fields is None:
            raise ArgumentError(
                "solution: read from a folder without its network, so it knows its sampled points only; "
                "use sciml.load(folder, problem=...)"
            )
        return self.fields
