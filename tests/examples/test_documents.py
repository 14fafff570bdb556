"""README and docs: every Python block and every `sciml` command runs, and prints what is printed there.

Of printed output all but the digits is compared. A block that begins with a comment `# name.py` is a file.
"""

import importlib.util
import io
import re
import shlex
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest
from scipy.integrate import solve_ivp

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MAKE = {"make demo": "sciml solve finite-well --overwrite"}
NUMBER = re.compile(r"[-+]?\d+(\.\d+)*(e[-+]?\d+)?")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its text, and its line in the document."""

    language: str
    text: str
    line: int

    @property
    def file(self):
        """The name in the first line, of a block that is a file."""
        found = re.match(r"# (\w+\.py)\n", self.text)
        return found and found[1]

    @property
    def commands(self):
        """Each command with the lines that it prints."""
        for part in re.split(r"^\$ ", self.text, flags=re.MULTILINE)[1:]:
            command, _, output = part.partition("\n")
            yield MAKE.get(command, command), output


def blocks(document):
    text = document.read_text()
    return [
        Block(found[1], found[2], text[: found.start()].count("\n") + 2) for found in FENCE.finditer(text)
    ]


def without_digits(text):
    return [" ".join(NUMBER.sub("#", line).split()) for line in text.strip().splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_blocks_run(document, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {}
    for block in blocks(document):
        if block.file:
            (tmp_path / block.file).write_text(block.text)
        elif block.language == "python":
            code = "\n" * (block.line - 1) + block.text
            with redirect_stdout(io.StringIO()):
                exec(compile(code, str(document), "exec", dont_inherit=True), names)
        else:
            _run(block, command)


def _run(block, command):
    for line, output in block.commands:
        program, *arguments = shlex.split(line)
        if program == "sciml":
            ran = command(*arguments)
            assert ran.code == 0, ran
            assert without_digits(ran.out) == without_digits(output), f"update the output of: {line}"


def test_links_lead_somewhere():
    for document in [*DOCUMENTS, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#]+)\)", document.read_text()):
            assert target.startswith("https://") or (document.parent / target).exists(), (document, target)


def test_thermal_explosion(tmp_path):
    """Shooting from the middle with the delta found, the temperature is zero at the wall."""
    import sciml

    path = tmp_path / "thermal_explosion.py"
    (text,) = (b.text for b in blocks(ROOT / "docs" / "extending.md") if b.file == path.name)
    path.write_text(text)
    for centre in (0.5, 1.2, 3.0):
        found = sciml.solve(sciml.load_problem(path, centre=centre))
        delta = found.scalars["delta"]

        def slopes(x, state, delta=delta):
            return state[1], -delta * 2.718281828459045 ** state[0]

        wall = solve_ivp(slopes, (0.0, 1.0), (centre, 0.0), rtol=1e-11, atol=1e-12).y[0, -1]
        assert wall == pytest.approx(0.0, abs=2e-5)
        assert found.passed


def test_the_readme_shows_a_file_that_is_an_example():
    spec = importlib.util.spec_from_file_location("mine", ROOT / "examples" / "mine.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shown = next(b for b in blocks(ROOT / "README.md") if b.file == "mine.py")
    names = {}
    exec(compile(shown.text, "mine.py", "exec", dont_inherit=True), names)
    assert (names["potential"](0.5), names["problem"].domain) == (2.0, module.problem.domain)
