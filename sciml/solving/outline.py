"""What the source of a bundled problem says of it, read without running it: running imports torch."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sciml.contracts.parameters import parameters_of
from sciml.errors import ArgumentError, did_you_mean
from sciml.solving.catalogue import bundled_file, bundled_folder, bundled_name, find_problem, problem_names

ROOT = "AbstractProblem"  # what every problem class descends from
SCIML = Path(__file__).parents[1]


@dataclass(frozen=True)
class Outline:
    """A bundled problem in short.

    Attributes:
        name: The bundled name.
        kind: Its family.
        purpose: The first line of its documentation.
        parameters: The names of its parameters, in the order of its fields.
    """

    name: str
    kind: str
    purpose: str
    parameters: tuple[str, ...]


def outlines() -> list[Outline]:
    """Return every bundled problem in short."""
    sources = Sources()
    return [outline_of(name, sources) for name in problem_names()]


def outline_of(name: str, sources: Sources | None = None) -> Outline:
    """Return a problem in short from its source or, where that does not say it plainly, from its class."""
    return _read(name, sources or Sources()) or _import(name)


def check_parameter_names(problem: str, names: list[str]) -> None:
    """Refuse a name that is no parameter of a bundled problem, before the problem is imported.

    Whatever is no bundled problem is left to `find_problem`.

    Raises:
        ArgumentError: If a name is unknown; the nearest is offered.
    """
    bundled = bundled_name(problem)
    if not names or bundled is None:
        return
    parameters = outline_of(bundled).parameters
    for name in names:
        if name not in parameters:
            raise ArgumentError(f"unknown parameter {name!r}: {did_you_mean(name, parameters)}")


def _read(name: str, sources: Sources) -> Outline | None:
    lineage = sources.lineage(bundled_file(name))
    kind = next(filter(None, map(_kind, lineage)), None)
    doc = next(filter(None, map(ast.get_docstring, lineage)), None)
    if kind is None or doc is None:
        return None
    return Outline(name, kind, doc.split("\n")[0], _parameters(lineage))


def _import(name: str) -> Outline:
    source = find_problem(name)
    names = tuple(item.name for item in parameters_of(source.owner))
    return Outline(name, source.owner.kind, source.purpose, names)


def _kind(owner: ast.ClassDef) -> str | None:
    """Return the kind that a class body states; None if it states none."""
    value = dict(_assigned(owner.body)).get("kind")
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _assigned(body: list[ast.stmt]) -> Iterator[tuple[str, ast.expr | None]]:
    """Yield the names that a class or a module gives a value, with it."""
    for item in body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            yield item.target.id, item.value
        elif isinstance(item, ast.Assign):
            yield from ((name.id, item.value) for name in item.targets if isinstance(name, ast.Name))


def _parameters(lineage: list[ast.ClassDef]) -> tuple[str, ...]:
    """Return the parameters of a class, those of its bases first, as a dataclass has them."""
    owners = [owner for owner in reversed(lineage) if any(map(_is_dataclass, owner.decorator_list))]
    values = {name: value for owner in owners for name, value in _assigned(owner.body)}
    return tuple(name for name, value in values.items() if _is_call(value, "parameter"))


def _is_dataclass(decorator: ast.expr) -> bool:
    return _is_call(decorator, "dataclass") or ast.unparse(decorator) == "dataclass"


def _is_call(value: ast.expr | None, name: str) -> bool:
    return isinstance(value, ast.Call) and ast.unparse(value.func) == name


@dataclass
class Sources:
    """The package's source files, each parsed once."""

    trees: dict[Path, ast.Module] = field(default_factory=dict)

    def lineage(self, file: Path) -> list[ast.ClassDef]:
        """Return a file's only problem class and its bases, the nearest first; nothing without just one."""
        body = self._tree(file).body
        classes = [self._ancestry(file, item) for item in body if isinstance(item, ast.ClassDef)]
        problems = [each for each in classes if any(item.name == ROOT for item in each)]
        instance = "problem" in dict(_assigned(body))
        return problems[0] if len(problems) == 1 and not instance else []

    def _ancestry(self, file: Path, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """Return a class, then those of its bases that the package defines."""
        names = [base.id for base in owner.bases if isinstance(base, ast.Name)]
        places = filter(None, (self._definition(file, name) for name in names))
        return [owner, *(item for place in places for item in self._ancestry(*place))]

    def _definition(self, file: Path, name: str) -> tuple[Path, ast.ClassDef] | None:
        """Return where the class is defined that `name` stands for in a file."""
        for item in self._tree(file).body:
            if isinstance(item, ast.ClassDef) and item.name == name:
                return file, item
            if isinstance(item, ast.ImportFrom):
                for alias in item.names:
                    origin = _module_file(item.module or "")
                    if name == (alias.asname or alias.name) and origin is not None:
                        return self._definition(origin, alias.name)
        return None

    def _tree(self, file: Path) -> ast.Module:
        if file not in self.trees:
            self.trees[file] = ast.parse(file.read_bytes(), str(file))
        return self.trees[file]


def _module_file(module: str) -> Path | None:
    """Return the source file of a module of the package; None for a module of another."""
    package, *parts = module.split(".")
    if package != "sciml":
        return None
    bundled = parts[:1] == ["problems"]
    base = bundled_folder().joinpath(*parts[1:]) if bundled else SCIML.joinpath(*parts)
    return base / "__init__.py" if base.is_dir() else base.with_suffix(".py")
