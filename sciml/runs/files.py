"""The files of a run folder: their names, written together under a manifest with their checksums."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sciml.errors import FileError
from sciml.runs.storage import checksum, read_bytes, read_json, to_json
from sciml.runs.writing import finish, write_together

REPORT, MANIFEST, HISTORY, FIELDS = "report.json", "manifest.json", "history.csv", "fields.npz"
MODEL, TENSORS, PICTURE = "model.json", "model.safetensors", "comparison.png"
KNOWN = (HISTORY, FIELDS, MODEL, TENSORS, PICTURE, REPORT, MANIFEST)


# What a manifest may say; a name with a flipped bit is none of these.
SAYS = frozenset(
    ("format_version", "command", "problem", "parameters", "seed", "quick", "versions", "device", "threads")
) | {"times", "source", "source_sha256", "settings", "files", "checksum"}


def write_run(folder: Path, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Path:
    """Write a run's files and the manifest, the record of what belongs to the run; return the folder.

    The manifest has the checksum of each file, and its own. All files take the place of older ones, or none.

    Raises:
        FileError: If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_together(folder, with_manifest(files, manifest), drop=KNOWN)
    except OSError as error:
        raise FileError(
            f"out: cannot write to {folder} ({error.strerror}); nothing saved before was touched"
        ) from error
    return folder


def with_manifest(files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> dict[str, bytes]:
    """Return files by name, and the manifest that has the checksum of each."""
    sums = {name: checksum(data) for name, data in files.items()}
    return {**files, MANIFEST: _sealed({**manifest, "files": sums})}


def add_file(folder: Path, name: str, data: bytes) -> None:
    """Add a file to a run, and its checksum to the manifest.

    Raises:
        FileError: If it cannot be written; the run is as it was.
    """
    manifest = read_json(folder / MANIFEST)
    manifest["files"] = {**manifest["files"], name: checksum(data)}
    try:
        write_together(folder, {name: data, MANIFEST: _sealed(manifest)})
    except OSError as error:
        raise FileError(
            f"out: cannot write {folder / name} ({error.strerror}); the numbers are saved"
        ) from error


def _sealed(manifest: Mapping[str, Any]) -> bytes:
    """Return the manifest with the checksum of all else that it says."""
    return to_json({**manifest, "checksum": manifest_checksum(manifest)}).encode()


def manifest_checksum(manifest: Mapping[str, Any]) -> str:
    """Return the checksum of all that a manifest says but the checksum itself."""
    rest = {name: value for name, value in manifest.items() if name != "checksum"}
    return checksum(to_json(rest).encode("utf-8", "surrogatepass"))


def verify_checksums(folder: Path) -> None:
    """Raise FileError unless every file that the manifest lists, and the manifest itself, is unchanged."""
    finish(folder)
    if not (folder / MANIFEST).exists():
        return
    manifest = read_json(folder / MANIFEST)
    _check_manifest(folder / MANIFEST, manifest)
    for name, expected in manifest.get("files", {}).items():
        if checksum(read_bytes(folder / name)) != expected:
            raise FileError(f"{folder / name}: its checksum differs from the manifest's; the file is damaged")


def _check_manifest(path: Path, manifest: Mapping[str, Any]) -> None:
    """Raise FileError for a damaged manifest; one from before it had a checksum is taken as it is."""
    listed = manifest.get("files", {})
    if not isinstance(listed, dict) or not set(listed) <= set(KNOWN):
        raise FileError(f"{path}: lists files that sciml does not write; it is damaged")
    strange = sorted(set(manifest) - SAYS)
    if strange or manifest.get("checksum", manifest_checksum(manifest)) != manifest_checksum(manifest):
        reason = f"says {strange[0]!r}" if strange else "its checksum differs"
        raise FileError(f"{path}: {reason}; the file is damaged, or of a newer sciml")
