"""A trained operator as it is saved, and rebuilt from what was saved."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import torch
from torch import Tensor

from sciml.arguments import check_count
from sciml.contracts.answer import Fields
from sciml.errors import ArgumentError
from sciml.operators.bands import Bands
from sciml.operators.files.names import UNNAMED, Names
from sciml.operators.frames.frame import Framed
from sciml.operators.input_range import InputRange, InputWarning
from sciml.operators.models.field import Field
from sciml.operators.plane.input_range import PlaneRange
from sciml.operators.spec import OperatorSpec
from sciml.runs.arrays import part_of
from sciml.runs.described import check_saved, describing, numbers_in

SUFFIX = "_operator"
BESIDE = ("known_modes", "domain", "names", "bands")  # in the description, but not of the operator


class OperatorFields(Fields):
    """The map from input functions to `output`, on any even grid.

    Attributes:
        made_of: What the operator is made of.
        operator: The operator in its frame.
        known: The range of the inputs it was trained on.
        domain: The interval that the functions live on, or two, one after the other.
        names: Of the arrays of the file that they come from.
        bands: How far whole functions are off, from samples kept back; None where there were too few.
    """

    def __init__(
        self,
        made_of: OperatorSpec,
        operator: Framed,
        known: InputRange,
        domain: tuple[float, ...] = (0.0, 1.0),
        names: Names = UNNAMED,
        bands: Bands | None = None,
    ) -> None:
        self.made_of, self.operator, self.known = made_of, operator, known
        self.domain, self.names, self.bands = domain, names, bands

    @property
    def spec(self) -> Mapping[str, Any]:
        """What the operator is made of."""
        beside: dict[str, Any] = {"known_modes": self.known.modes, "domain": list(self.domain)}
        if self.names != UNNAMED:
            beside["names"] = asdict(self.names)
        if self.bands is not None:
            beside["bands"] = self.bands.values
        return {"kind": self.made_of.model.name + SUFFIX, **self.made_of.values, **beside}

    @property
    def tensors(self) -> Mapping[str, Tensor]:
        """The operator's parameters, and the spread of the inputs it was trained on."""
        parts = {"operator": self.operator.state_dict(), "known": self.known.state_dict()}
        return {f"{part}.{name}": x for part, state in parts.items() for name, x in _real(state).items()}

    @property
    def dtype(self) -> torch.dtype:
        """The floating-point type of what goes in and comes out: float64, whatever that of the parameters.

        A function that varies little about a large mean would lose its digits in float32.
        """
        return torch.float64

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.known.spread.device

    def __call__(self, x: Tensor) -> dict[str, Tensor]:
        """Return `output` for input functions given by their values on an even grid.

        One function is (n,), several are (N, n), or (N, n, c) of c channels; in a plane (N, n, m) or, of c
        channels, (N, n, m, c). The grid has the spacing 1/n of
        the domain; where functions need not be periodic it has both ends, and the spacing 1/(n − 1). n need
        not be the training's.

        Warns:
            InputWarning: If an input is unlike those of the training.
        """
        field = self.field(x)
        said = self.known.complaint(self.operator.frame.inward(field))
        if said:
            warnings.warn(said, InputWarning, stacklevel=3)
        out = self.operator(field)
        if self.plane:
            placed = out.unflatten(1, x.shape[1:3])
            return {"output": placed if x.ndim == 4 or out.shape[2] > 1 else placed[..., 0]}
        return {"output": out if x.ndim == 3 or out.shape[2] > 1 else out[..., 0].reshape(x.shape)}

    @property
    def plane(self) -> bool:
        """Whether the functions live in a plane."""
        return self.made_of.model.dimensions == 2

    @property
    def ends(self) -> bool:
        """Whether the grid has both ends."""
        return self.made_of.model.walls != 0 if self.plane else self.operator.frame.ends  # type: ignore[attr-defined]

    def outside(self, x: Tensor) -> Tensor:
        """Return which input functions are unlike those of the training, (N,) of bool."""
        return self.known.outside(self.operator.frame.inward(self.field(x)))

    def field(self, x: Tensor) -> Field:
        """Return input functions (n,), (N, n) or (N, n, c) as a field.

        Raises:
            ArgumentError: If the shape is another, or a value is not finite.
        """
        values, channels = self._values(x).to(self.dtype), self.made_of.in_channels
        if self.plane and not (x.ndim == 4 or (x.ndim == 3 and channels == 1)):
            raise ArgumentError(f"x: got the shape {tuple(x.shape)}, expected (N, n, m, {channels})")
        if values.ndim != 3 or values.shape[2] != channels or not values.numel():
            hint = "; channels come last, transpose it" if tuple(x.shape[1:2]) == (channels,) else ""
            raise ArgumentError(f"x: got the shape {tuple(x.shape)}, expected (N, n, {channels}){hint}")
        bad = (~values.isfinite().all(2).all(1)).nonzero()[:, 0]
        if len(bad):
            raise ArgumentError(f"x: NaN or infinite in sample {int(bad[0])}; remove or repair it")
        points = self.grid(x.shape[1:3] if self.plane else values.shape[1:2]).to(values)
        return Field(values, points.expand(len(values), -1, -1))

    def grid(self, shape: Sequence[int]) -> Tensor:
        """Return the points (n, m) of the grid of so many on (0, 1), or on the unit square."""
        axes = [torch.arange(n, dtype=torch.float64) / max(1, n - self.ends) for n in shape]
        return axes[0][:, None] if len(axes) == 1 else torch.cartesian_prod(*axes)

    def _values(self, x: Tensor) -> Tensor:
        if self.plane:
            return x.flatten(1, 2) if x.ndim == 4 else x.flatten(1).unsqueeze(2) if x.ndim == 3 else x
        return x if x.ndim == 3 else x.reshape(-1, *x.shape[-1:], 1) if x.ndim in (1, 2) else x


def rebuild(model: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> OperatorFields:
    """Return the fields described by `model.json`, with their saved parameters.

    Raises:
        FileError: If `model` does not describe an operator, or one of another size than the parameters.
    """
    with describing("an operator"):
        values = {name: value for name, value in model.items() if name not in ("kind", *BESIDE)}
        modes, saved = check_count("known_modes", model["known_modes"], 1), numbers_in(tensors)
        made_of = OperatorSpec.from_values(values, saved)
        check_saved(modes, saved)
        operator, known = made_of.build(), _range(made_of, modes)
        domain = tuple(float(end) for end in model.get("domain", (0.0, 1.0)))
        bands = Bands.from_values(model["bands"]) if "bands" in model else None
        if len(domain) != 2 * made_of.model.dimensions:
            raise ValueError(f"a domain of {len(domain)} ends")
        names = Names(**{name: str(value) for name, value in model.get("names", {}).items()})
        for part, module in (("operator", operator), ("known", known)):
            module.load_state_dict(_complex(part_of(tensors, part), module.state_dict()))
    return OperatorFields(made_of, operator.eval(), known, domain, names, bands)


def _range(made_of: OperatorSpec, modes: int) -> InputRange:
    if made_of.model.dimensions == 1:
        return InputRange(modes, made_of.in_channels)
    return PlaneRange(made_of.in_channels, made_of.model.walls == 0)  # type: ignore[attr-defined]


def _real(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return complex tensors as pairs of real ones, which every reader of the format knows."""
    return {name: torch.view_as_real(x) if x.is_complex() else x for name, x in state.items()}


def _complex(state: Mapping[str, Tensor], like: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Undo `_real` where the model has complex tensors."""
    return {
        name: torch.view_as_complex(x)
        if name in like and like[name].is_complex() and x.shape[-1:] == (2,)
        else x
        for name, x in state.items()
    }
