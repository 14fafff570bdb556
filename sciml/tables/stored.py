"""A table's density in a folder: two files and their checksums, read without running anything from them."""

from __future__ import annotations

from pathlib import Path

import safetensors.torch as tensorfile

from sciml.errors import ArgumentError, FileError
from sciml.runs.described import read_tensors
from sciml.runs.files import MANIFEST, MODEL, TENSORS, verify_checksums, with_manifest
from sciml.runs.report import versions
from sciml.runs.storage import read_json, to_json
from sciml.runs.writing import write_together
from sciml.tables.model import TableDensity

WINNER = "winner"


def write_density(density: TableDensity, folder: Path, winner: str) -> Path:
    """Write a density to a folder that holds none yet."""
    if (folder / MODEL).exists() or (folder / MANIFEST).exists():
        raise ArgumentError(f"folder: {folder} holds a model already; choose another folder or remove it")
    tensors = {name: x.detach().cpu().contiguous() for name, x in density.state_dict().items()}
    values = {**density.values(), WINNER: winner}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = {MODEL: to_json(values).encode(), TENSORS: tensorfile.save(tensors)}
        write_together(folder, with_manifest(files, {"versions": versions()}))
    except OSError as error:
        raise FileError(f"folder: cannot write to {folder} ({error.strerror})") from error
    return folder


def read_density(folder: Path) -> tuple[TableDensity, str]:
    """Return the density in a folder, and what won when it was fitted.

    Raises:
        FileError: If the folder holds none, or a damaged one.
    """
    if not folder.is_dir():
        raise FileError(f"{folder}: no such folder; expected one written by 'sciml flow fit'")
    verify_checksums(folder)
    values = read_json(folder / MODEL)
    return TableDensity.rebuild(values, read_tensors(folder / TENSORS)), str(values.get(WINNER, ""))
