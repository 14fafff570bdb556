"""What an operator is made of, as plain values for `model.json`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import torch

from sciml.arguments import check_choice, check_count, check_flag
from sciml.errors import ArgumentError, did_you_mean
from sciml.operators.frames.continued import Even, Odd
from sciml.operators.frames.correction import Correction
from sciml.operators.frames.frame import Frame, Framed, Plain
from sciml.operators.frames.galilean import Galilean
from sciml.operators.frames.mean_free import MeanFree
from sciml.operators.models.deeponet import DeepONetSpec
from sciml.operators.models.fno import FNOSpec
from sciml.operators.models.galerkin import GalerkinSpec
from sciml.operators.models.kernel_ridge import KernelRidgeSpec
from sciml.operators.models.ridge import RidgeSpec
from sciml.operators.models.spec import ModelSpec
from sciml.operators.models.spectral_network import SpectralSpec
from sciml.operators.plane.ridge import PlaneRidgeSpec
from sciml.operators.plane.spectral import PlaneFNOSpec, PlaneGalerkinSpec, PlaneSpectralSpec
from sciml.runs.described import dtype_named, picked, registered


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
        return FRAMES[check_choice("frame", self.kind, tuple(FRAMES))](*self.values)


FRAMES: Mapping[str, Callable[..., Frame]] = {
    "plain": Plain,
    "galilean": Galilean,
    "mean-free": MeanFree,
    "odd": Odd,
    "even": Even,
    "correction": Correction,
}


RESERVED = {"kind", "model", "in_channels", "out_channels", "frame", "reflect", "dtype", "domain", "names"}
MODELS = registered(
    GalerkinSpec,
    FNOSpec,
    DeepONetSpec,
    SpectralSpec,
    RidgeSpec,
    KernelRidgeSpec,
    reserved=RESERVED,
)

PLANE_MODELS = registered(
    PlaneSpectralSpec, PlaneGalerkinSpec, PlaneFNOSpec, PlaneRidgeSpec, reserved=RESERVED
)
EVERY = {**MODELS, **PLANE_MODELS}

TRAINED = tuple(name for name, kind in MODELS.items() if not kind.solved)
RIDGE, KERNEL_RIDGE = RidgeSpec.name, KernelRidgeSpec.name
CHOICES = (*TRAINED, RIDGE)  # where the operator is not linear the problem takes the kernel's
LISTED = f"{', '.join(TRAINED)} or {RIDGE}"
PLANE_CHOICES = tuple(name.removesuffix("-2d") for name in PLANE_MODELS)
PLANE_LISTED = f"{', '.join(PLANE_CHOICES[:-1])} or {RIDGE}"
AUTO = "auto"  # stands for what wins
SIZES = {item.name for kind in EVERY.values() for item in fields(kind)}


@dataclass(frozen=True)
class OperatorSpec:
    """An operator in its frame.

    Attributes:
        model: Which model, with its sizes.
        in_channels: Channels of the input function.
        out_channels: Channels of the output function.
        frame: Where the model works.
        reflect: Whether the operator commutes with u(x) → −u(−x): predictions then do.
        dtype: Of a network's parameters: "float32" or "float64".
    """

    model: ModelSpec = GalerkinSpec()
    in_channels: int = 1
    out_channels: int = 1
    frame: FrameSpec = FrameSpec()
    reflect: bool = False
    dtype: str = "float32"

    def build(self, seed: int = 0) -> Framed:
        """Return the operator with first weights by the seed; torch's own random state is left alone."""
        dtype = dtype_named(self.dtype)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            operator = self.model.build(self)
        if self.model.solved:
            return Framed(operator, self.frame.build())
        return Framed(operator.to(dtype), self.frame.build(), self.reflect)

    @property
    def values(self) -> dict[str, Any]:
        """Plain values for `model.json`, the model's sizes among them."""
        return {**asdict(self), **asdict(self.model), "model": self.model.name}

    @classmethod
    def from_values(cls, values: Mapping[str, Any], saved: int) -> Self:
        """Return the operator with these `values`; sizes of other models among them are passed over.

        Raises:
            ArgumentError: If they describe none, or one of more parameters than were saved.
        """
        own = {item.name for item in fields(cls)}
        unknown = sorted(values.keys() - own - SIZES)
        if unknown:
            raise ArgumentError(f"{unknown[0]}: unknown; {did_you_mean(unknown[0], own | SIZES)}")
        kind = EVERY[check_choice("model", values["model"], tuple(EVERY))]
        frame = FrameSpec(values["frame"]["kind"], tuple(values["frame"]["values"]))
        made_of = picked(cls, {**values, "model": picked(kind, values), "frame": frame})
        check_count("in_channels", made_of.in_channels, 1, saved)
        check_count("out_channels", made_of.out_channels, 1, saved)
        check_flag("reflect", made_of.reflect)
        made_of.model.check(made_of, saved)
        return made_of
