"""Apply a saved operator to functions in a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from sciml.errors import ArgumentError, DataError, FileError
from sciml.numerics.domains import Array
from sciml.operators.data import checks
from sciml.operators.fields import OperatorFields, rebuild
from sciml.operators.files.names import Names
from sciml.operators.files.pairs import read_pairs
from sciml.operators.files.placing import Place, tensor_grid
from sciml.operators.files.writing import Functions
from sciml.operators.grids import check_line, domain_of, points_of
from sciml.operators.judge import predict
from sciml.operators.losses import channel_errors
from sciml.runs.described import read_tensors
from sciml.runs.files import MODEL, REPORT, TENSORS, verify_checksums
from sciml.runs.storage import read_json

OFF = 1e-3  # of its length, by which a domain may be off


@dataclass(frozen=True)
class Prediction:
    """Outputs of an operator.

    Attributes:
        positions: Points (n,) or, in a plane, (n, 2).
        outputs: (N, n, d).
        outside: Which inputs are unlike those of the training, (N,) of bool.
        warning: What is to be said of them; None if nothing.
        errors: Relative L2 errors (N,), of the worst output channel, where the file holds outputs too.
        axes: The coordinates of the grid.
        band: The half-width at each point within which whole functions lie, region by region, (n, d).
    """

    positions: Array
    outputs: Array
    outside: Array
    warning: str | None = None
    errors: Array | None = None
    axes: tuple[Array, ...] = ()
    band: Array | None = None

    def functions(self, names: Names) -> Functions:
        """Return the outputs as they are written, by the names of the training's file."""
        errors = {} if self.errors is None else {"errors": self.errors}
        beside = {"outside": self.outside, **errors}
        shape = tuple(map(len, self.axes))
        widths = {} if self.band is None else {"band": self.band.reshape(*shape, -1)}
        if not names.outputs and len(self.axes) == 1:
            return Functions({"positions": self.positions}, {"outputs": self.outputs}, beside, widths)
        known = [name.strip() for name in names.positions.split(",")]
        labels = known if len(known) == len(self.axes) and all(known) else list("xy"[: len(self.axes)])
        outputs = self.outputs.reshape(len(self.outputs), *map(len, self.axes), -1)
        axes = dict(zip(labels, self.axes, strict=True))
        return Functions(axes, _named(outputs, names.outputs), beside, widths)


def _named(outputs: Array, names: str) -> dict[str, Array]:
    """Return each channel by its name, or all by one."""
    each = [name.strip() for name in names.split(",")]
    if len(each) == outputs.shape[-1]:
        return {name: outputs[..., c] for c, name in enumerate(each)}
    return {each[0] or "outputs": outputs}


def load_operator(folder: Path | str) -> OperatorFields:
    """Return the operator in a run folder, on the CPU.

    Raises:
        FileError: If the folder is missing, damaged, or holds no operator.
    """
    place = Path(folder)
    if not place.is_dir():
        raise FileError(f"{place}: no such folder; expected one that 'sciml operator train' wrote")
    kind = read_json(place / REPORT).get("kind")
    if kind != "operator":
        raise FileError(f"{place}: holds a run of kind {kind!r}, expected 'operator'")
    verify_checksums(place)
    return rebuild(read_json(place / MODEL), read_tensors(place / TENSORS))


def predict_file(fields: OperatorFields, path: Path | str) -> Prediction:
    """Return the outputs for the input functions of a file, (N, n) or (N, n, c) on an even grid.

    Arrays are found by the names of the training's file, else by the custom. Positions (n,), if there, must
    be that grid on the interval trained on. Outputs, if there, are compared with the prediction.

    Raises:
        DataError: If its arrays cannot be used.
        FileError: If it is missing or damaged.
    """
    pairs = read_pairs(Path(path), fields.names, outputs_needed=False)
    try:
        inputs = _functions("inputs", pairs.inputs, fields.made_of.in_channels)
        axes = _axes(pairs.place)
        if fields.plane != (len(axes) == 2):
            raise DataError(f"positions: got a grid of {len(axes)} axes, the operator was trained on another")
        if not pairs.assumed:
            for i, axis in enumerate(axes):
                points = checks.coordinates(axis)
                _check_positions(fields, fields.domain[2 * i : 2 * i + 2], points, len(axis))
        prediction = _predicted(fields, inputs, tuple(map(len, axes)))
        if pairs.outputs is None:
            return prediction
        targets = _functions("outputs", pairs.outputs, fields.made_of.out_channels, inputs.shape[:2])
    except (DataError, ArgumentError) as error:
        raise DataError(f"{path}: {error}") from None
    each = channel_errors(torch.from_numpy(prediction.outputs), torch.from_numpy(targets))
    errors = each.amax(1).numpy()
    return replace(prediction, errors=errors)


def _axes(place: Place) -> list[Array]:
    """Return the coordinates of the grid."""
    if len(place.shape) == 1:
        return [place.positions]
    points = place.positions.reshape(*place.shape, 2)
    return [points[:, 0, 0], points[0, :, 1]]


def _functions(name: str, values: Array, channels: int, like: tuple[int, ...] | None = None) -> Array:
    """Return functions as a finite (N, n, c) array of so many channels."""
    if values.ndim not in (2, 3):
        raise DataError(f"{name}: got the shape {values.shape}, expected (N, n) or (N, n, {channels})")
    array = checks.functions(name, values, values.shape[1])
    if array.shape[2] != channels:
        hint = "; channels come last, transpose it" if array.shape[1] == channels else ""
        raise DataError(f"{name}: got the shape {values.shape}, expected (N, n, {channels}){hint}")
    if like is not None and array.shape[:2] != like:
        raise DataError(f"{name}: got the shape {values.shape}, expected {like} samples and points as inputs")
    return array


@torch.no_grad()
def _predicted(fields: OperatorFields, inputs: Array, shape: tuple[int, ...]) -> Prediction:
    placed = inputs.reshape(len(inputs), *shape, -1) if fields.plane else inputs
    field = fields.field(torch.from_numpy(placed).to(fields.dtype))
    inner = fields.operator.frame.inward(field)
    outputs = predict(fields.operator, field).double().numpy()
    ends = [fields.domain[2 * i : 2 * i + 2] for i in range(len(shape))]
    axes = tuple(points_of(pair, n, fields.ends) for pair, n in zip(ends, shape, strict=True))
    x = tensor_grid(*axes) if fields.plane else axes[0]
    outside, said = fields.known.outside(inner).numpy(), fields.known.complaint(inner)
    band = None if fields.bands is None else fields.bands.at(outputs.shape[1])
    return Prediction(x, outputs, outside, said, axes=axes, band=band)


def _check_positions(fields: OperatorFields, domain: tuple[float, ...], positions: Array, n: int) -> None:
    """Refuse points that are not the even grid of the interval trained on."""
    if len(positions) != n:
        raise DataError(f"positions: got {len(positions)} points, inputs have {n}")
    check_line(positions, "positions")
    here = domain_of(positions[:, 0], not fields.ends)
    length = domain[1] - domain[0]
    if not np.allclose(here, domain, rtol=0, atol=OFF * length):
        raise DataError(
            f"positions: cover {here[0]:g} to {here[1]:g}, the operator was trained on "
            f"{domain[0]:g} to {domain[1]:g}; give functions on that interval"
        )
