"""Snapshots as bytes, in strict JSON with a checksum and in safetensors: reading one runs no code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch as tensorfile
from torch import Tensor

from sciml.contracts.monitor import Snapshot
from sciml.errors import FileError
from sciml.runs.storage import checksum, read_json

FORMAT_VERSION = 1  # of a checkpoint; a newer one is refused
LENGTH = 8  # bytes that hold the length of the first part


def to_bytes(snapshot: Snapshot | None) -> bytes:
    """Return a snapshot in one piece; nothing for none."""
    if snapshot is None:
        return b""
    values = json_bytes({"values": snapshot.values, "origin": snapshot.origin})
    return len(values).to_bytes(LENGTH, "big") + values + tensor_bytes(snapshot.tensors)


def from_bytes(data: bytes) -> Snapshot | None:
    """Return the snapshot that `to_bytes` was given."""
    if not data:
        return None
    end = LENGTH + int.from_bytes(data[:LENGTH], "big")
    return Snapshot(tensorfile.load(data[end:]), **json.loads(data[LENGTH:end]))


def json_bytes(value: Any) -> bytes:  # noqa: ANN401
    """Return strict JSON in its one shortest form, so that its checksum can be taken again."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def tensor_bytes(tensors: Mapping[str, Tensor]) -> bytes:
    """Return tensors as a safetensors file."""
    return tensorfile.save({name: value.contiguous() for name, value in tensors.items()})


def sealed(content: Mapping[str, Any]) -> bytes:
    """Return a checkpoint's JSON file: its content, the checksum of that, and the version of the format."""
    return json_bytes(
        {"format_version": FORMAT_VERSION, "sha256": checksum(json_bytes(content)), "content": content}
    )


def unsealed(path: Path) -> dict[str, Any]:
    """Return what a checkpoint's JSON file holds, if it is what was written."""
    sealed = read_json(path)
    version = sealed.get("format_version")
    if isinstance(version, int) and version > FORMAT_VERSION:
        raise FileError(f"{path}: checkpoint format {version} is newer than {FORMAT_VERSION}; update sciml")
    content: dict[str, Any] = sealed.get("content", {})
    if version != FORMAT_VERSION or not _whole(content, sealed.get("sha256")):
        raise FileError(f"{path}: its checksum differs from its content's; the file is damaged")
    shape = {"run": dict, "values": dict, "sha256": str, "bytes": int}
    if any(not isinstance(content.get(name), kind) for name, kind in shape.items()):
        raise FileError(f"{path}: does not hold a checkpoint of a training")
    return content


def _whole(content: object, expected: object) -> bool:
    try:
        return isinstance(content, dict) and checksum(json_bytes(content)) == expected
    except (ValueError, RecursionError):  # a number too large for a float, or nested too deep
        return False
