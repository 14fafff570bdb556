"""The files of a run folder: their names, written together under a manifest with their checksums."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sciml.errors import FileError
from sciml.runs.storage import checksum, read_bytes, read_json, to_json, write_together

REPORT, MANIFEST, HISTORY, FIELDS = "report.json", "manifest.json", "history.csv", "fields.npz"
MODEL, TENSORS, PICTURE = "model.json", "model.safetensors", "comparison.png"
KNOWN = (HISTORY, FIELDS, MODEL, TENSORS, PICTURE, REPORT, MANIFEST)


def write_run(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Path:
    """Write a run's files, and the manifest with the checksum of each; return the folder.

    All of them are on disk before the first replaces an older one.

    Raises:
        FileError: If the folder cannot be written.
    """
    sums = {name: checksum(data) for name, data in files.items()}
    complete = {**files, MANIFEST: to_json({**manifest, "files": sums}).encode()}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_together(folder, complete, drop=KNOWN)
    except OSError as error:
        raise FileError(
            f"out: cannot write to {folder} ({error.strerror}); nothing saved before was touched"
        ) from error
    return folder


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
