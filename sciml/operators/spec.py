"""What an operator is made of, as plain values for `model.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import torch

from sciml.errors import ArgumentError, did_you_mean
from sciml.operators.frames.continued import Even, Odd
from sciml.operators.frames.frames import Frame, Framed, Galilean, MeanFree, Plain
from sciml.operators.models.base import NeuralOperator
from sciml.operators.models.deeponet import DeepONet
from sciml.operators.models.fno import FNO
from sciml.operators.models.galerkin import GalerkinTransformer1d
from sciml.operators.models.kernel_ridge import KernelRidge
from sciml.operators.models.ridge import Ridge
from sciml.runs.described import dtype_named

T = TypeVar("T")


@dataclass(frozen=True)
class FrameSpec:
    """A frame as plain values; `values` are its attributes.

    >>> FrameSpec("galilean", (0.5,)).build()
    Galilean(time=0.5)
    """

    kind: str = "plain"
    values: tuple[float, ...] = ()

    def build(self) -> Frame:
        """Return the frame."""
        return chosen("frame", self.kind, FRAMES)(*self.values)


FRAMES: Mapping[str, Callable[..., Frame]] = {
    "plain": Plain,
    "galilean": Galilean,
    "mean-free": MeanFree,
    "odd": Odd,
    "even": Even,
}


@dataclass(frozen=True)
class OperatorSpec:
    """An operator in its frame; the sizes are those of the model's own arguments.

    Attributes:
        model: "galerkin", "fno", "deeponet", "ridge" (linear, on modes) or "kernel-ridge" (one channel).
        samples: Those that a kernel ridge regression keeps.
        reflect: Whether the operator commutes with u(x) → −u(−x): predictions then do.
    """

    model: str = "galerkin"
    width: int = 64
    layers: int = 4
    modes: int = 16
    heads: int = 1
    before: int = 0
    decoder: int = 2
    positions: bool = True
    terms: int = 64
    output_modes: int = 16
    samples: int = 1
    in_channels: int = 1
    out_channels: int = 1
    frame: FrameSpec = FrameSpec()
    reflect: bool = False
    dtype: str = "float32"

    def build(self, seed: int = 0) -> Framed:
        """Return the operator with first weights by the seed; torch's own random state is left alone."""
        make, dtype = chosen("model", self.model, _MAKERS), dtype_named(self.dtype)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            operator = make(self)
        exact = isinstance(operator, Ridge | KernelRidge)
        return Framed(
            operator if exact else operator.to(dtype), self.frame.build(), self.reflect and not exact
        )


def _galerkin(spec: OperatorSpec) -> NeuralOperator:
    own = {name: getattr(spec, name) for name in ("width", "layers", "heads", "modes", "before", "decoder")}
    return GalerkinTransformer1d(*_channels(spec), **own, positions=spec.positions)


def _fno(spec: OperatorSpec) -> NeuralOperator:
    own = {name: getattr(spec, name) for name in ("width", "layers", "modes", "positions")}
    return FNO(*_channels(spec), **own)


def _deeponet(spec: OperatorSpec) -> NeuralOperator:
    return DeepONet(*_channels(spec), width=spec.width, terms=spec.terms, modes=spec.modes)


def _kernel_ridge(spec: OperatorSpec) -> NeuralOperator:
    return KernelRidge(spec.samples, modes=spec.modes, output_modes=spec.output_modes, reflect=spec.reflect)


def _channels(spec: OperatorSpec) -> tuple[int, int]:
    return spec.in_channels, spec.out_channels


_MAKERS: Mapping[str, Callable[[OperatorSpec], NeuralOperator]] = {
    "galerkin": _galerkin,
    "fno": _fno,
    "deeponet": _deeponet,
    "ridge": lambda spec: Ridge(spec.modes, *_channels(spec)),
    "kernel-ridge": _kernel_ridge,
}


def chosen(name: str, value: str, known: Mapping[str, T]) -> T:
    """Return the value of a name, or an ArgumentError that offers the nearest one."""
    if value not in known:
        raise ArgumentError(f"{name}: got {value!r}, {did_you_mean(str(value), known)}")
    return known[value]
