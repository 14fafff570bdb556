"""Fault 34 for the commands that read run folders: whatever stands in the files, one line or a clean page."""

import copy
import json
from itertools import cycle

import pytest

import sciml
from sciml.cli.app import run as run_command

ODD = (None, -1, 1e308, "text", "<script>", [], [1], {}, {"a": [1]}, True, "\x1b[2J\u202e\ud800")


@pytest.fixture
def run(toy, tmp_path):
    """A finished run folder."""
    sciml.solve(toy(), out=tmp_path / "run")
    return tmp_path / "run"


def leaves(value, path=()):
    """Yield the path of every value in a JSON object, containers included."""
    yield path
    items = value.items() if isinstance(value, dict) else ()
    for name, item in items:
        yield from leaves(item, (*path, name))


def changed(value, path, odd):
    found = copy.deepcopy(value)
    place = found
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = odd
    return found


@pytest.mark.parametrize("name", ["report.json", "manifest.json"])
def test_no_value_is_an_internal_error(run, name, capsys):
    content = json.loads((run / name).read_text())
    if name == "report.json":
        (run / "manifest.json").unlink()
    asked = cycle(("inspect", "report", "compare", "inspect"))
    for i, path in enumerate(item for item in leaves(content) if item):
        for odd in (ODD[i % len(ODD)], ODD[(i + 4) % len(ODD)], ODD[-1]):
            (run / name).write_text(json.dumps(changed(content, path, odd)))
            command = next(asked)
            code = run_command([command, str(run)])
            out, err = capsys.readouterr()
            assert code in (0, 1, 4, 5), (path, odd, command, err)
            assert "\x1b" not in out + err
            assert "\u202e" not in out
            assert "<script>" not in out or command != "report"


@pytest.mark.parametrize("asked", ["inspect", "report", "compare", "reproduce"])
@pytest.mark.parametrize("name", ["report.json", "fields.npz", "manifest.json"])
def test_links_out_of_the_folder_are_not_followed(run, tmp_path, refused, asked, name):
    (run / name).rename(tmp_path / name)
    (run / name).symlink_to(tmp_path / name)
    assert "is a link" in refused(5, asked, run)


@pytest.mark.parametrize("asked", ["inspect", "report", "compare", "reproduce"])
@pytest.mark.parametrize("name", ["../outside", "/etc/passwd"])
def test_a_manifest_leads_nowhere_else(run, refused, asked, name):
    manifest = json.loads((run / "manifest.json").read_text())
    manifest["files"][name] = "0"
    (run / "manifest.json").write_text(json.dumps(manifest))
    assert "lists files that sciml does not write" in refused(5, asked, run)


@pytest.mark.parametrize("target", ["picture.png", "/etc/passwd", "nowhere"])
def test_a_linked_picture_is_no_picture(run, tmp_path, refused, target):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (run / "comparison.png").symlink_to(tmp_path / target)
    assert "comparison.png: is a link" in refused(5, "report", run)


def test_a_picture_that_is_none_is_refused(run, refused):
    (run / "comparison.png").write_bytes(b"<svg onload=alert(1)>")
    assert "comparison.png: is no PNG" in refused(5, "report", run)


def test_a_folder_names_no_code_to_run(run, tmp_path, refused):
    """Neither a path in the manifest nor a problem called like one is executed."""
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'RAN')!r}, 'w')")
    report = json.loads((run / "report.json").read_text())
    for problem in (str(tmp_path / "evil.py"), "../evil.py", "evil", "toy"):
        manifest = {"source": str(tmp_path / "evil.py"), "command": f"sciml solve {tmp_path}/evil.py"}
        (run / "manifest.json").write_text(json.dumps(manifest))
        (run / "report.json").write_text(json.dumps({**report, "problem": problem}))
        assert "--file mine.py" in refused(2, "reproduce", run)
        (run / "manifest.json").unlink()
        assert "--file mine.py" in refused(2, "reproduce", run)
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize("kind", ["flow", "operator"])
@pytest.mark.parametrize("source", ["gone.csv", "/dev/zero", "."])
def test_recorded_data_that_are_no_file_are_refused(run, refused, kind, source):
    report = json.loads((run / "report.json").read_text())
    names = {"table": source, "sha256": "0"} if kind == "flow" else {"data": source}
    (run / "report.json").write_text(json.dumps({**report, "kind": kind, "parameters": names}))
    (run / "manifest.json").unlink()
    assert "no longer there" in refused(5, "reproduce", run)


def test_recorded_data_without_a_checksum_are_not_opened(run, tmp_path, refused):
    (tmp_path / "secret.npz").write_text("a secret")
    report = json.loads((run / "report.json").read_text())
    names = {"data": str(tmp_path / "secret.npz")}
    (run / "report.json").write_text(json.dumps({**report, "kind": "operator", "parameters": names}))
    (run / "manifest.json").unlink()
    assert "records no checksum" in refused(2, "reproduce", run)


def test_recorded_data_with_another_checksum_are_not_read(run, tmp_path, refused):
    (tmp_path / "secret.csv").write_text("a secret\n")
    report = json.loads((run / "report.json").read_text())
    names = {"table": str(tmp_path / "secret.csv"), "sha256": "0"}
    (run / "report.json").write_text(json.dumps({**report, "kind": "flow", "parameters": names}))
    (run / "manifest.json").unlink()
    line = refused(5, "reproduce", run)
    assert "its checksum differs" in line
    assert "a secret" not in line
