"""Write a solution as a run folder and read it back; nothing is ever unpickled."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch as tensorfile
import torch

from sciml.contracts.problem import AbstractProblem
from sciml.contracts.reference import Array
from sciml.contracts.status import Status
from sciml.errors import FileError
from sciml.runs.arrays import arrays_bytes, read_arrays
from sciml.runs.described import describing, read_tensors
from sciml.runs.report import FORMAT_VERSION, from_report, report, versions
from sciml.runs.solution import Fields, Solution
from sciml.runs.storage import checksum, read_bytes, read_json, to_json, write_together

REPORT, MANIFEST, HISTORY, FIELDS = "report.json", "manifest.json", "history.csv", "fields.npz"
MODEL, TENSORS, PICTURE = "model.json", "model.safetensors", "comparison.png"
KNOWN = (HISTORY, FIELDS, MODEL, TENSORS, PICTURE, REPORT, MANIFEST)


def save(solution: Solution, folder: Path, made: Mapping[str, Any] | None = None) -> Path:
    """Write history, fields, model, report and manifest into `folder`; return the folder.

    All of them are on disk before the first replaces an older one. `made` adds to the manifest how the
    solution was made: the command, the settings, the times.
    """
    files = contents(solution)
    files[MANIFEST] = to_json({**manifest(solution), **(made or {}), "files": _checksums(files)}).encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_together(folder, files, drop=KNOWN)
    except OSError as error:
        raise FileError(
            f"out: cannot write to {folder} ({error.strerror}); nothing saved before was touched"
        ) from error
    return folder


def contents(solution: Solution) -> dict[str, bytes]:
    """Return what to write, by file name; a network that is not finite is not worth keeping."""
    files = {HISTORY: _history(solution).encode(), FIELDS: arrays_bytes(_finite(solution))}
    if solution.fields is not None and all(
        part.isfinite().all() for part in solution.fields.tensors.values()
    ):
        files[MODEL] = to_json(solution.fields.spec).encode()
        files[TENSORS] = tensorfile.save(_contiguous(solution.fields))
    return {**files, REPORT: to_json(report(solution)).encode()}


def part_of(tensors: Mapping[str, torch.Tensor], part: str) -> dict[str, torch.Tensor]:
    """Return the tensors of one part of a model, `part.name`, by their names in it."""
    head = f"{part}."
    return {name.removeprefix(head): x for name, x in tensors.items() if name.startswith(head)}


def manifest(solution: Solution) -> dict[str, Any]:
    """Return what is known of how the solution was made."""
    return {
        "format_version": FORMAT_VERSION,
        "command": None,
        "problem": solution.name,
        "parameters": dict(solution.parameters),
        "seed": solution.seed,
        "quick": solution.quick,
        "versions": versions(),
        "device": "cpu" if solution.fields is None else str(solution.fields.device),
        "threads": torch.get_num_threads(),
        "times": {name: solution.stats.get(name) for name in ("wall_s", "cpu_s")},
    }


def load(folder: str | Path, problem: AbstractProblem | None = None) -> Solution:
    """Read a run folder: scalars, sampled fields and checks; with `problem`, the trained functions too."""
    folder = Path(folder)
    if not folder.is_dir():
        raise FileError(f"{folder}: no such folder; expected a run folder written by sciml")
    solution = from_report(read_json(folder / REPORT))
    verify_checksums(folder)
    fields = None if problem is None else _rebuild(folder, solution, problem)
    return replace(solution, samples=read_arrays(folder / FIELDS), fields=fields, problem=problem)


def verify_checksums(folder: Path) -> None:
    """Raise FileError unless every file that the manifest lists is there and unchanged."""
    if not (folder / MANIFEST).exists():
        return
    listed = read_json(folder / MANIFEST).get("files", {})
    if not isinstance(listed, dict) or not set(listed) <= set(KNOWN):
        raise FileError(f"{folder / MANIFEST}: lists files that sciml does not write; it is damaged")
    for name, expected in listed.items():
        if checksum(read_bytes(folder / name)) != expected:
            raise FileError(f"{folder / name}: its checksum differs from the manifest's; the file is damaged")


def _checksums(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: checksum(data) for name, data in files.items()}


def _rebuild(folder: Path, solution: Solution, problem: AbstractProblem) -> Fields:
    if (problem.kind, problem.name) != (solution.kind, solution.name):
        raise FileError(f"{folder}: holds a {solution.name!r}, got the problem {problem.name!r}")
    with describing("the solution of this problem", folder / MODEL):
        return problem.rebuild(read_json(folder / MODEL), read_tensors(folder / TENSORS))


def _contiguous(fields: Fields) -> dict[str, Any]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in fields.tensors.items()}


def _finite(solution: Solution) -> dict[str, Array]:
    """The sampled fields; of a solve that ran into NaN only those that are finite."""
    arrays = sampled(solution)
    if solution.status is not Status.NONFINITE:
        return arrays
    return {name: values for name, values in arrays.items() if np.isfinite(values).all()}


def sampled(solution: Solution) -> dict[str, Array]:
    """The solution's samples, and the reference's fields on the same points as `NAME_reference`."""
    arrays = dict(solution.samples)
    known = {} if solution.reference is None else solution.reference.fields
    for name, field in known.items():
        if name in arrays and np.array_equal(field.x, arrays["x"]):
            arrays[f"{name}_reference"] = field.values
    return arrays


def _history(solution: Solution) -> str:
    found = (name for row in solution.history for name in row)
    columns = list(dict.fromkeys(["step", "seconds", "loss", *found]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "step": int(row["step"])} for row in solution.history)
    return text.getvalue()
