"""`sciml report`: one HTML page for several runs, which needs nothing else and believes nothing it reads."""

import base64
import json
from html.parser import HTMLParser

import pytest

import sciml

VOID = {"meta", "img"}
PNG = b"\x89PNG\r\n\x1a\n and the rest"


class Page(HTMLParser):
    """Reads a page whose every tag must close, and keeps what it leads to, shows and is made of."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.ids, self.words = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("src", "href", "action", "data", "srcset")]
        self.ids += [value for name, value in attrs if name == "id"]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture
def run(toy, tmp_path):
    """Solve the toy problem into a folder."""

    def solved(name="run", **parameters):
        sciml.solve(toy(**parameters), out=tmp_path / name)
        return tmp_path / name

    return solved


@pytest.fixture
def page(command):
    """Return the page of these folders, as it is printed."""

    def read(*folders):
        ran = command("report", *folders)
        assert (ran.code, ran.err) == (0, "")
        return Page(ran.out)

    return read


def test_shows_each_quantity_beside_its_reference(page, run):
    text = page(run()).text
    for words in (
        "toy (toy) PASS",
        "target 2, off 0",
        "converged : the root was sought",
        "root [m]",
        "analytic",
        "y",
        "relative L2 error",
        "Reference (analytic): by eye",
        "Certificates",
        "residual",
        "seed 0",
        "not recorded (made from Python)",
        "python 3.",
    ):
        assert words in text, words


def test_the_numbers_are_those_of_the_report(page, run):
    folder = run(off=0.25)
    root = json.loads((folder / "report.json").read_text())["scalars"]["root"]
    text = page(folder).text
    assert f"{root['value']:.11g}" in text
    assert f"{root['rel_error']:.2e}" in text
    assert f"{root['tolerance']:.1e}" in text


def test_a_table_of_all_runs_leads_to_each(page, run):
    found = page(run("a"), run("b", off=1.0), run("c", judged=False), run("d", ending=3))
    assert "4 runs: 1 PASS, 2 FAIL, 1 not checked" in found.text
    assert found.ids == ["run-1", "run-2", "run-3", "run-4"]
    assert found.links == [f"#{name}" for name in found.ids]
    assert "root: 5.0e-01" in found.text
    assert "undefined" in found.text
    assert "nan" not in found.text


def test_the_picture_is_inside_and_nothing_is_outside(page, run):
    folder = run()
    (folder / "comparison.png").write_bytes(PNG)
    found = page(folder)
    source = found.links[-1]
    assert found.links[:-1] == ["#run-1"]
    assert base64.b64decode(source.removeprefix("data:image/png;base64,")) == PNG
    assert not {"script", "link", "iframe", "object", "embed", "form", "base", "svg"} & set(found.tags)


def test_no_address_is_in_the_page(command, run):
    text = command("report", run()).out
    for word in ("http:", "https:", "url(", "@import", "//"):
        assert word not in text
    assert "default-src 'none'" in text


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>", "</style>&lt;"]
)
def test_what_files_say_is_escaped(page, run, hostile, tmp_path):
    folder = run()
    report = json.loads((folder / "report.json").read_text())
    root = report["scalars"].pop("root")
    report |= {"problem": hostile, "kind": hostile, "message": hostile, "parameters": {hostile: hostile}}
    report["scalars"] = {hostile: {**root, "unit": hostile, "reference_kind": hostile}}
    report["fields"] = {hostile: report["fields"]["y"]}
    report["metrics"] = {hostile + "m": {**root, "better": "equal", "unit": hostile}}
    report["certificates"] = {hostile: {hostile: hostile}}
    report["reference"] = {"kind": hostile, "method": hostile}
    report["stats"]["cpu_s"] = hostile
    (folder / "report.json").write_text(json.dumps(report))
    manifest = {"command": hostile, "source": hostile, "source_sha256": hostile, "device": hostile}
    manifest |= {
        "versions": {hostile: hostile},
        "settings": {hostile: hostile},
        "times": {"started": hostile},
    }
    (folder / "manifest.json").write_text(json.dumps({**manifest, "threads": hostile}))
    (folder / "comparison.png").write_bytes(PNG)
    clean, found = page(run("clean")), page(folder)
    assert set(found.tags) - set(clean.tags) <= {"img", "figure"}
    assert found.tags.count("img") == 1
    assert found.text.count(hostile) >= 15
    assert {link[:1] for link in found.links} == {"#", "d"}


def test_what_moves_a_cursor_is_spelled_out(command, run):
    folder = run()
    report = json.loads((folder / "report.json").read_text())
    (folder / "manifest.json").unlink()
    (folder / "report.json").write_text(json.dumps({**report, "message": "\x1b[2J \u202e \ud800 ψ"}))
    out = command("report", folder).out
    assert r"\x1b[2J \u202e \ud800 ψ" in out


def test_is_written_in_one_piece_and_always_the_same(command, run, tmp_path):
    folder, file = run(), tmp_path / "page.html"
    file.write_text("old")
    ran = command("report", folder, "-o", file)
    assert (ran.code, ran.out) == (0, f"wrote {file} (1 run: 1 PASS)\n")
    assert file.read_text() == command("report", folder).out
    assert {path.name for path in tmp_path.iterdir()} == {"run", "page.html"}


def test_code_is_zero_whatever_the_verdict(command, run):
    assert command("report", run(off=1.0)).code == 0


def test_one_damaged_folder_and_nothing_is_written(refused, run, tmp_path):
    good, bad = run("good"), run("bad")
    (bad / "fields.npz").write_bytes(b"")
    assert "fields.npz: its checksum differs" in refused(5, "report", good, bad, "-o", tmp_path / "p.html")
    assert not (tmp_path / "p.html").exists()
    assert "no such folder" in refused(5, "report", good, tmp_path / "none")


def test_an_output_that_cannot_be_written_is_one_line(refused, run, tmp_path):
    folder = run()
    assert "output: cannot write" in refused(5, "report", folder, "-o", tmp_path / "none" / "p.html")
    assert "output: cannot write" in refused(5, "report", folder, "-o", folder)
    assert sciml.load(folder).passed


def test_a_full_disk_keeps_the_old_page(refused, run, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    folder, file = run(), tmp_path / "page.html"
    file.write_text("old")
    monkeypatch.setattr("os.replace", full)
    assert "No space left" in refused(5, "report", folder, "-o", file)
    assert file.read_text() == "old"
