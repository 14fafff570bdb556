"""What holds for the repository as a whole: style, types, imports, packaging, doctests."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Set
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).parents[1]

# Imports point down this list. A member is a folder or a module of sciml; those in one line do not know each
# other.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("solving",),
    ("plot",),
    ("problems",),
    ("quantum", "flame", "tables", "operators", "pde"),
    ("flows", "pinn"),
    ("training",),
    ("runs",),
    ("optim",),
    ("contracts",),
    ("numerics",),
    ("arguments",),
    ("errors", "_version"),
)
RANK = {member: len(LAYERS) - i for i, layer in enumerate(LAYERS) for member in layer}
TABLES_ALONE = {
    (family, "flows") for family in ("quantum", "flame", "operators", "pde")
}  # tables build on flows
OLD_PATHS = {  # for one version
    "domains": "Interval",
    "derivatives": "Jet",
    "monitor": "Monitor",
    "operators.own": "DataOperator",
    "training.minibatch": "Minibatch",
}


def run(*argv, cwd=ROOT, env=None, timeout=600):
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **(env or {})}
    return subprocess.run(
        [str(part) for part in argv],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def passes(*argv, **options):
    ran = run(*argv, **options)
    assert ran.returncode == 0, f"{' '.join(map(str, argv))}\n{ran.stdout}\n{ran.stderr}"
    return ran.stdout


@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "mypy"])
def test_style_and_types(command):
    passes(sys.executable, "-m", *command.split())


def sources() -> Iterator[tuple[str, Path]]:
    """Yield every module of the package with the name of the member it belongs to."""
    for path in sorted((ROOT / "sciml").rglob("*.py")):
        parts = path.relative_to(ROOT / "sciml").with_suffix("").parts
        if parts != ("__init__",) and ".".join(parts) not in OLD_PATHS:  # the front names all, and loads none
            yield parts[0], path
    for path in sorted((ROOT / "problems").glob("*.py")):
        yield "problems", path


def nodes(path: Path) -> Iterator[ast.AST]:
    """Yield what runs: all of a module's syntax tree but its blocks for type checkers."""
    pending: list[ast.AST] = [ast.parse(path.read_text(), str(path))]
    while pending:
        node = pending.pop()
        yield node
        typing_only = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        pending += node.orelse if typing_only else ast.iter_child_nodes(node)


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module) for every import, wherever in the file it stands."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: relative import; name the whole module"
            if node.module == "sciml":
                yield from ((node.lineno, f"sciml.{alias.name}") for alias in node.names)
            elif node.module:
                yield node.lineno, node.module


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    inside = ("sciml", *parts) if parts[0] == "problems" else parts
    return ".".join(part for part in inside if part != "__init__")


def arrows() -> dict[str, set[str]]:
    """Every module with those it imports, for type checkers and inside functions too."""
    paths = {module_of(path): path for _, path in sources()}
    return {name: set(targets(path, paths.keys())) - {name} for name, path in paths.items()}


def targets(path: Path, known: Set[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{alias.name}" for alias in node.names} & known
            yield from below or {node.module} & known


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the strongly connected components of more than one module."""
    names = sorted(graph)
    matrix = np.array([[target in graph[name] for target in names] for name in names])
    count, labels = connected_components(matrix, connection="strong")
    groups = ([name for name, label in zip(names, labels, strict=True) if label == i] for i in range(count))
    return [group for group in groups if len(group) > 1]


def test_a_circle_is_seen():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_no_circle_of_imports():
    graph = arrows()
    for name, target in LAZY:
        assert target in graph[name], "no longer needed; take it out of LAZY"
        graph[name].discard(target)
    assert not circles(graph), "\n".join(map(str, circles(graph)))


def test_every_module_has_a_layer():
    known = {member for member, _ in sources()}
    assert known <= RANK.keys(), f"give these a layer in {Path(__file__).name}: {sorted(known - RANK.keys())}"


def test_the_picture_of_the_rooms_is_the_order_that_is_held():
    picture = (ROOT / "docs" / "architecture.md").read_text().split("```text\n")[1].split("```")[0]
    rooms = (re.split(r"\s{2,}", line)[0].split(" | ") for line in picture.splitlines())
    assert [set(names) for names in rooms] == [set(layer) for layer in LAYERS]


LAZY = {("sciml.flows", "sciml.tables.density")}  # FlowDensity, a name that loads at first use


def test_imports_point_down():
    wrong = []
    for member, path in sources():
        for line, module in imported(path):
            if (module_of(path), module) in LAZY:
                continue
            package, _, rest = module.partition(".")
            target = rest.split(".")[0]
            if package != "sciml" or target == member:
                continue
            up = target not in RANK or RANK[target] >= RANK[member]
            if up or (member, target) in TABLES_ALONE:
                wrong.append(f"{path.relative_to(ROOT)}:{line}: {member} must not import {module}")
    assert not wrong, "\n".join(wrong)


def test_only_plot_imports_matplotlib():
    wrong = [
        f"{path.relative_to(ROOT)}:{line}: imports {module}; only sciml/plot may"
        for member, path in sources()
        for line, module in imported(path)
        if module.split(".")[0] == "matplotlib" and member != "plot"
    ]
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_prints():
    wrong = [
        f"{path.relative_to(ROOT)}:{node.lineno}: prints; only sciml/cli may"
        for member, path in sources()
        if member != "cli"
        for node in nodes(path)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not wrong, "\n".join(wrong)


QUIET = RANK.keys() - {"plot", "problems", "__main__"}
ESTIMATOR = "sciml.tables.density"  # one of scikit-learn's, loaded when it is asked for
IMPORT = """
import sys, warnings
import numpy, scipy.integrate, scipy.interpolate, scipy.optimize, scipy.special, torch
def state():
    return (torch.get_default_dtype(), torch.get_num_threads(), torch.get_num_interop_threads(),
            torch.get_float32_matmul_precision(), torch.is_grad_enabled(), torch.initial_seed(),
            torch.are_deterministic_algorithms_enabled(), hash(torch.get_rng_state().numpy().tobytes()),
            str(numpy.random.get_state()), str(numpy.geterr()), str(warnings.filters))
before = state()
import sciml
assert state() == before, "import sciml changed global state"
import importlib
heavy = {"matplotlib", "sklearn", "pandas"}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
for name in sys.argv[1:]:
    importlib.import_module(name)
assert not heavy & set(sys.modules), heavy & set(sys.modules)
assert state() == before, "importing the parts of sciml changed global state"
"""


def test_import_is_silent_and_changes_nothing(tmp_path):
    parts = [path.relative_to(ROOT).with_suffix("").parts for member, path in sources() if member in QUIET]
    modules = [".".join(part for part in names if part != "__init__") for names in parts]
    modules.remove(ESTIMATOR)
    ran = run(sys.executable, "-c", IMPORT, *modules, cwd=tmp_path)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


@pytest.mark.parametrize(("module", "name"), OLD_PATHS.items())
def test_old_paths_still_work(module, name):
    code = (
        f"import warnings; warnings.simplefilter('always'); from sciml.{module} import {name}; print({name})"
    )
    ran = run(sys.executable, "-c", code)
    assert (ran.returncode, name in ran.stdout) == (0, True)
    assert f"DeprecationWarning: sciml.{module} has moved" in ran.stderr


def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_every_package_is_listed():
    folders = [path.parent.relative_to(ROOT) for path in (ROOT / "sciml").rglob("__init__.py")]
    expected = {".".join(folder.parts) for folder in folders} | {"sciml.problems"}
    assert set(project()["tool"]["setuptools"]["packages"]) == expected


def test_the_version_is_the_same_everywhere():
    import sciml

    citation = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)$", citation, re.MULTILINE)[1] == sciml.__version__
    assert f"## [{sciml.__version__}]" in (ROOT / "CHANGELOG.md").read_text()


def test_doctests():
    options = "-q -p no:cacheprovider --doctest-modules sciml problems"
    passes(sys.executable, "-m", "pytest", *options.split())


def kept() -> list[Path]:
    """Return the files under version control, or about to be."""
    ran = run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if ran.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in ran.stdout.split("\0") if name and (ROOT / name).is_file()]


# Written in pieces, so that this file does not find itself.
PLACES = re.compile(
    "|".join([r"(?<![\w.~/])/" + f"(?:{name})/" for name in ("work", "root", "home", "Users")])
    + "|"
    + "|".join(["py" + r"pi\.org", "download" + r"\.pytorch", "python" + "hosted", "index-url[ =]" + "http"])
)


def test_no_machine_or_registry_is_named():
    wrong = []
    for path in kept():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        wrong += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if PLACES.search(line)
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.slow
def test_the_wheel_works_outside_the_checkout(tmp_path):
    """Build, install in an empty environment, and solve; torch and the like are lent by this environment."""
    copy, wheels, home = tmp_path / "copy", tmp_path / "wheels", tmp_path / "elsewhere"
    for path in kept():
        place = copy / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, place)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    built = run(*pip, "wheel", "-q", "--no-deps", "-w", wheels, copy)
    if built.returncode:
        pytest.skip(f"cannot build a wheel here: {built.stderr.strip()[-200:]}")
    (wheel,) = wheels.glob("sciml-*.whl")

    home.mkdir()
    passes(sys.executable, "-m", "venv", home / "venv")
    python = home / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    passes(python, "-m", "pip", "install", "-q", "--no-deps", wheel, cwd=home)
    site = passes(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip()
    lent = Path(pytest.__file__).parents[1]
    (Path(site) / "lent.pth").write_text(f"{lent}\n")

    sciml = python.parent / "sciml"
    assert passes(sciml, "--version", cwd=home).startswith("sciml ")
    where = passes(python, "-c", "import sciml; print(sciml.__file__)", cwd=home)
    assert str(home) in where
    assert "result: PASS" in passes(sciml, "solve", "finite-well", "--quick", cwd=home)
    assert (home / "runs" / "finite-well" / "comparison.png").exists()
