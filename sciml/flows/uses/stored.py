"""A posterior in a folder: two files and their checksums, read without running anything from them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import safetensors.torch as tensorfile
import torch
from torch import Tensor, nn

from sciml.arguments import check_count, check_flag, check_text
from sciml.contracts.reference import Measured
from sciml.contracts.status import Status
from sciml.errors import ArgumentError, FileError
from sciml.flows.uses.networks import NetworkSizes, PosteriorNetwork, SetEmbedding
from sciml.flows.uses.ranges import Ranges
from sciml.flows.uses.scaling import Scaling
from sciml.numerics.domains import Array
from sciml.runs.described import check_saved, describing, numbers_in, read_tensors
from sciml.runs.files import MANIFEST, MODEL, TENSORS, verify_checksums, with_manifest
from sciml.runs.report import versions
from sciml.runs.storage import read_json, to_json
from sciml.runs.writing import write_together

NETWORK = "network."  # before the names of its tensors
RANGES = ("low", "high", "shift", "scale")
SCALING = ("middle", "scale", "low", "high")
ANCHORS = ("anchors.parameters", "anchors.simulations")


class Stored(Protocol):
    """What is written of a posterior."""

    @property
    def network(self) -> PosteriorNetwork:
        """The network."""

    @property
    def ranges(self) -> Ranges:
        """The map of the parameters."""

    @property
    def scaling(self) -> Scaling:
        """The map of what was simulated."""

    @property
    def anchors(self) -> tuple[Array, Array]:
        """Rows that were trained on."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Plain values."""


def write_posterior(posterior: Stored, folder: str | Path) -> Path:
    """Write a posterior to a folder that holds no model yet."""
    folder = Path(folder)
    if (folder / MODEL).exists() or (folder / MANIFEST).exists():
        raise ArgumentError(f"folder: {folder} holds a model already; choose another folder or remove it")
    data = tensorfile.save({name: x.detach().cpu().contiguous() for name, x in tensors_of(posterior).items()})
    files = {MODEL: to_json(posterior.values).encode(), TENSORS: data}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_together(folder, with_manifest(files, {"versions": versions()}))
    except OSError as error:
        raise FileError(f"folder: cannot write to {folder} ({error.strerror})") from error
    return folder


def read_posterior(folder: str | Path, embedding: nn.Module | None) -> dict[str, Any]:
    """Return what the posterior in a folder is made of, by name.

    Raises:
        ArgumentError: If it has an embedding of the user's own, and none is given, or the other way round.
        FileError: If the folder holds none, or a damaged one.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise FileError(f"{folder}: no such folder; expected one written by Posterior.save")
    verify_checksums(folder)
    values, tensors = read_json(folder / MODEL), read_tensors(folder / TENSORS)
    return rebuilt(values, tensors, embedding)


def rebuilt(
    values: Mapping[str, Any], tensors: Mapping[str, Tensor], embedding: nn.Module | None = None
) -> dict[str, Any]:
    """Return what is described by `model.json`, with the saved numbers, by name.

    Raises:
        ArgumentError: If it has an embedding of the user's own, and none is given, or the other way round.
        FileError: If none is described, or one of another size than the tensors.
    """
    with describing("a posterior"):
        sizes = _sizes(values["sizes"], tensors)
    if sizes.own_embedding != (embedding is not None):
        wanted = "the one it was trained with" if sizes.own_embedding else "none"
        raise ArgumentError(f"embedding: got {'none' if embedding is None else 'one'}, expected {wanted}")
    with describing("a posterior"):
        return _made(values, tensors, sizes, embedding)


def _made(
    values: Mapping[str, Any],
    tensors: Mapping[str, Tensor],
    sizes: NetworkSizes,
    embedding: nn.Module | None,
) -> dict[str, Any]:
    arrays = {name: x.numpy() for name, x in tensors.items() if not name.startswith(NETWORK)}
    shape = tuple(check_count("shape", side) for side in values["shape"])
    return {
        "network": _network(sizes, tensors, embedding).eval(),
        "sizes": sizes,
        "ranges": Ranges(*(arrays[f"ranges.{name}"] for name in RANGES)),
        "scaling": Scaling(shape, sizes.sets, *(arrays[f"scaling.{name}"] for name in SCALING)),
        "anchors": (arrays[ANCHORS[0]], arrays[ANCHORS[1]]),
        "winner": check_text("winner", values["winner"]),
        "gain": Measured(**values["gain"]),
        "status": Status(values["status"]),
        "message": check_text("message", values["message"]),
        "remarks": tuple(check_text("remarks", remark) for remark in values["remarks"]),
    }


def _sizes(values: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> NetworkSizes:
    """Return sizes that are plain, and ask for no more than was saved."""
    sizes = NetworkSizes(**{**values, "hidden": tuple(values["hidden"])})
    for name in ("parameters", "context", "layers", "bins"):
        check_count(name, getattr(sizes, name))
    for name in ("sets", "own_embedding"):
        check_flag(name, getattr(sizes, name))
    widths = [check_count("hidden", width) for width in sizes.hidden]
    check_count("linear", sizes.linear, 0)
    outputs = sizes.parameters * (3 * sizes.bins - 1)
    inner = sum(a * b for a, b in zip(widths, [*widths[1:], outputs], strict=True))
    least = sizes.layers * (sizes.context * widths[0] + inner) + sizes.parameters * sizes.linear
    check_saved(least, numbers_in(tensors))
    return sizes


def _network(
    sizes: NetworkSizes, tensors: Mapping[str, Tensor], embedding: nn.Module | None
) -> PosteriorNetwork:
    own = SetEmbedding(sizes.linear) if sizes.sets else nn.Identity()
    network = sizes.build(own if embedding is None else embedding)
    prefix = len(NETWORK)
    state = {name[prefix:]: x for name, x in tensors.items() if name.startswith(NETWORK)}
    network.load_state_dict(state)
    return network


def tensors_of(posterior: Stored) -> dict[str, Tensor]:
    """Return all numbers of a posterior, by name."""
    arrays = {
        **{f"ranges.{name}": getattr(posterior.ranges, name) for name in RANGES},
        **{f"scaling.{name}": getattr(posterior.scaling, name) for name in SCALING},
        **dict(zip(ANCHORS, posterior.anchors, strict=True)),
    }
    weights = {f"{NETWORK}{name}": x for name, x in posterior.network.state_dict().items()}
    return {**weights, **{name: torch.from_numpy(array.copy()) for name, array in arrays.items()}}
