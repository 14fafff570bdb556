"""Faults 31, 32, 33, 34, 37, 38: files that are damaged, hostile, too new, or could not be written."""

import io
import json
import os
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

import sciml
from sciml.runs.arrays import read_arrays
from sciml.runs.storage import read_json
from sciml.runs.writing import COMPLETE, PLAN, write_bytes

FILES = ("report.json", "manifest.json", "fields.npz", "model.json", "model.safetensors")


@pytest.fixture
def run(toy, tmp_path):
    """A finished run folder."""
    sciml.solve(toy(), out=tmp_path / "run")
    return tmp_path / "run"


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9, 0.999])
def test_truncated_file_is_named(run, toy, name, share):
    path = run / name
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    with pytest.raises(sciml.FileError, match=name):
        sciml.load(run, toy())


@pytest.mark.parametrize("name", ["fields.npz", "model.json", "model.safetensors", "report.json"])
def test_flipped_bit_is_found(run, toy, name):
    path = run / name
    data = bytearray(path.read_bytes())
    for position in range(0, len(data), max(1, len(data) // 23)):
        flipped = data.copy()
        flipped[position] ^= 1
        path.write_bytes(flipped)
        with pytest.raises(sciml.FileError, match=name):
            sciml.load(run, toy())


def test_a_flipped_bit_of_the_manifest_or_the_picture_is_found(tmp_path, refused):
    """Fault 53: the manifest has a checksum of its own, and lists the picture's."""
    solution = sciml.solve(sciml.load_problem("finite-well"), quick=True, max_steps=0, out=tmp_path / "run")
    assert solution.passed
    for name in ("manifest.json", "comparison.png"):
        path = tmp_path / "run" / name
        data = path.read_bytes()
        for position in range(0, len(data) - 1, max(1, len(data) // 41)):  # the last byte ends the line
            path.write_bytes(data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :])
            with pytest.raises(sciml.FileError, match=name.replace(".", r"\.")):
                sciml.load(tmp_path / "run")
        path.write_bytes(data)
    assert sciml.load(tmp_path / "run").passed


def killed_at(count, work):
    """Do `work` in a process that ends after so many renamings and flushes; return whether it did."""
    pid = os.fork()
    if pid == 0:
        left = [count]

        def counting(call):
            def counted(*arguments, **options):
                result = call(*arguments, **options)
                left[0] -= 1
                return os._exit(9) if left[0] == 0 else result

            return counted

        os.replace, os.rename, os.fsync = map(counting, (os.replace, os.rename, os.fsync))
        work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9


def test_a_save_killed_anywhere_leaves_the_old_run_or_the_new_one_whole(toy, tmp_path):
    """Fault 51: after each renaming and each flush."""
    old, new = sciml.solve(toy(), out=tmp_path / "old"), sciml.solve(toy(target=3.0))
    count, ends = 1, []
    while True:
        folder = Path(shutil.copytree(tmp_path / "old", tmp_path / str(count)))
        if not killed_at(count, lambda folder=folder: new.save(folder)):
            break
        loaded = sciml.load(folder)
        assert loaded.scalars in (old.scalars, new.scalars)
        ends.append(loaded.scalars == new.scalars)
        assert not list(folder.glob(".sav*")) or not ends[-1]
        count += 1
    assert ends == sorted(ends)  # once the new run counts, it counts
    assert {True, False} == set(ends)
    assert len(ends) > 12


def test_what_a_stage_asks_for_stays_in_the_folder(run, tmp_path):
    """Fault 37: a stranger's folder with a complete stage."""
    (tmp_path / "outside").write_text("stays")
    stage = run / COMPLETE
    stage.mkdir()
    (stage / "x").write_text("moved")
    names = ["x", "../outside", "/etc/passwd", "..", 3, "."]
    (stage / PLAN).write_text(json.dumps({"files": names, "drop": ["../outside", str(tmp_path / "outside")]}))
    assert sciml.load(run).passed
    assert ((run / "x").read_text(), (tmp_path / "outside").read_text()) == ("moved", "stays")
    assert not stage.exists()


def test_a_linked_stage_or_lock_is_not_followed(run, tmp_path, refused, toy_file):
    (tmp_path / "stage").mkdir()
    (tmp_path / "stage" / PLAN).write_text("{}")
    (run / COMPLETE).symlink_to(tmp_path / "stage")
    assert sciml.load(run).passed
    assert (tmp_path / "stage" / PLAN).exists()
    (run / ".lock").symlink_to(tmp_path / "lock")
    assert ".lock is a link" in refused(5, "solve", toy_file, "--out", run, "--overwrite")
    assert not (tmp_path / "lock").exists()


def test_a_sparse_giant_is_refused_unread(run):
    for name in ("fields.npz", "model.safetensors", "manifest.json"):
        data = (run / name).read_bytes()
        os.truncate(run / name, 2**40)
        with pytest.raises(sciml.FileError, match=rf"{name}: larger than"):
            sciml.load(run)
        (run / name).write_bytes(data)


def test_missing_file_is_named(run):
    (run / "fields.npz").unlink()
    with pytest.raises(sciml.FileError, match=r"fields\.npz: no such file"):
        sciml.load(run)


def test_damage_is_one_line_with_code_five(run, refused):
    (run / "report.json").write_text("{")
    assert "report.json" in refused(5, "compare", run)


def edited(run, **changes):
    """Change the report as somebody with an editor would, and drop the checksums."""
    report = json.loads((run / "report.json").read_text())
    (run / "report.json").write_text(json.dumps({**report, **changes}))
    (run / "manifest.json").unlink()
    return run


def test_newer_format_is_refused_with_both_versions(run):
    with pytest.raises(sciml.FileError, match="format 2 is newer than 1"):
        sciml.load(edited(run, format_version=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"scalars": []},
        {"scalars": {"root": 3}},
        {"status": "splendid"},
        {"kind": None, "fields": {"y": {}}},
        {"format_version": "1"},
        {"seed": None},
        {"stats": None, "parameters": 3},
        {"scalars": {"root": {"value": 10**400, "unit": "", "std": None}}},
    ],
)
def test_report_of_the_wrong_shape_is_refused(run, changes):
    with pytest.raises(sciml.FileError, match=r"report\.json"):
        sciml.load(edited(run, **changes))


@pytest.mark.parametrize(
    "text",
    ['{"a": NaN}', '{"a": Infinity}', "[1]", "3", "", "{", '{"a":' * 100_000, "\x00", '{"a": "\ud800"'],
    ids=["nan", "inf", "list", "number", "empty", "open", "deep", "nul", "surrogate"],
)  # fmt: skip
def test_hostile_json_is_refused(tmp_path, text):
    path = tmp_path / "report.json"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    with pytest.raises(sciml.FileError, match=r"report\.json"):
        read_json(path)


def test_giant_json_is_refused_unread(tmp_path):
    path = tmp_path / "report.json"
    with path.open("wb") as file:
        file.truncate(2**30)
    with pytest.raises(sciml.FileError, match="larger than"):
        read_json(path)


class Payload:
    def __reduce__(self):
        return (os.mkdir, ("PAYLOAD_RAN",))


def test_pickle_payload_never_runs(run, toy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez(run / "fields.npz", x=np.array([Payload()], dtype=object))
    (run / "manifest.json").unlink()
    with pytest.raises(sciml.FileError, match=r"fields\.npz"):
        sciml.load(run)
    np.save(tmp_path / "plain.npy", np.array([Payload()], dtype=object), allow_pickle=True)
    (run / "fields.npz").write_bytes((tmp_path / "plain.npy").read_bytes())
    with pytest.raises(sciml.FileError, match=r"fields\.npz"):
        sciml.load(run)
    (run / "model.safetensors").write_bytes(b"\x80\x04cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(sciml.FileError):
        sciml.load(run, toy())
    assert not (tmp_path / "PAYLOAD_RAN").exists()


def npz(header: dict) -> bytes:
    member, whole = io.BytesIO(), io.BytesIO()
    np.lib.format.write_array_header_1_0(member, header)
    member.write(b"\0" * 64)
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("x.npy", member.getvalue())
    return whole.getvalue()


def test_giant_shape_is_refused_before_it_is_allocated(tmp_path):
    path = tmp_path / "fields.npz"
    path.write_bytes(npz({"descr": "<f8", "fortran_order": False, "shape": (2**40,)}))
    with pytest.raises(sciml.FileError, match="claims the shape"):
        read_arrays(path)


def test_giant_safetensors_header_is_refused(run, toy):
    (run / "manifest.json").unlink()
    (run / "model.safetensors").write_bytes(struct.pack("<Q", 2**60) + b"{}")
    with pytest.raises(sciml.FileError):
        sciml.load(run, toy())


def test_links_in_a_run_folder_are_not_followed(run, tmp_path):
    outside = tmp_path / "outside.npz"
    (run / "fields.npz").rename(outside)
    (run / "fields.npz").symlink_to(outside)
    with pytest.raises(sciml.FileError, match="link"):
        sciml.load(run)


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "else.bin"])
def test_manifest_may_list_our_files_only(run, name):
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["files"][name] = "0"
    (run / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(sciml.FileError, match=r"manifest\.json"):
        sciml.load(run)


def test_another_problem_is_refused(run):
    with pytest.raises(sciml.FileError, match="'toy'.*'harmonic'"):
        sciml.load(run, sciml.load_problem("harmonic"))


def disk_full(*_):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_disk_full_keeps_every_old_file_and_leaves_nothing(run, toy, monkeypatch, call):
    before = content(run)
    monkeypatch.setattr(os, call, disk_full)
    with pytest.raises(sciml.FileError, match="No space left"):
        sciml.solve(toy(target=3.0), out=run, overwrite=True)
    monkeypatch.undo()
    assert content(run) == before
    assert sciml.load(run).scalars["root"] == pytest.approx(2.0)


def test_disk_full_late_keeps_every_old_file(run, toy, monkeypatch):
    before, count, fsync = content(run), iter(range(100)), os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: disk_full() if next(count) == 3 else fsync(handle))
    with pytest.raises(sciml.FileError, match="No space left"):
        sciml.solve(toy(target=3.0), out=run, overwrite=True)
    assert content(run) == before


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_single_file_survives_a_full_disk(tmp_path, monkeypatch, call):
    path = tmp_path / "table.csv"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, call, disk_full)
    with pytest.raises(OSError, match="No space"):
        write_bytes(path, b"new")
    assert content(tmp_path) == {"table.csv": b"old"}


def test_nonfinite_is_saved_as_null_and_no_network(command, toy_file, tmp_path):
    """Fault 38."""
    out = tmp_path / "run"
    ran = command("solve", toy_file, "--set", "ending=3", "--out", out)
    assert ran.code == 4
    report = read_json(out / "report.json")
    assert report["status"] == "nonfinite"
    assert report["passed"] is False
    assert report["scalars"]["root"]["value"] is None
    assert "NaN" not in (out / "report.json").read_text()
    assert not (out / "model.safetensors").exists()
    assert "y" not in sciml.load(out).samples
    assert command("compare", out).code == 4
