"""`sciml problems`: what is bundled, and what each problem can be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sciml.cli.output import say, table

if TYPE_CHECKING:
    from sciml.contracts.parameters import Parameter
    from sciml.contracts.problem import AbstractProblem
    from sciml.solving.catalogue import ProblemSource


def problems(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="A problem to describe.")] = None,
) -> int:
    """List the bundled problems, or describe one: equation, parameters, reference."""
    from sciml.solving.catalogue import find_problem
    from sciml.solving.outline import outlines

    if name is not None:
        say(describe(find_problem(name)))
        return 0
    say(table(("name", "kind", "what"), [(item.name, item.kind, item.purpose) for item in outlines()]))
    return 0


def describe(source: ProblemSource) -> str:
    """Return all there is to know of a problem before solving it."""
    problem = source.build()
    parts = [
        f"{source.name} ({problem.kind}): {source.purpose}",
        f"equation: {problem.equation or 'not stated'}",
        "",
        _parameters(problem),
        "",
        *_choices(problem),
        *_reference(problem),
    ]
    return "\n".join(parts)


def _parameters(problem: AbstractProblem) -> str:
    from sciml.contracts.parameters import parameters_of

    rows = [_parameter(item, problem.parameters[item.name]) for item in parameters_of(problem)]
    return (
        table(("parameter", "default", "unit", "range", "meaning"), rows, "lr") if rows else "no parameters"
    )


def _parameter(item: Parameter, value: object) -> tuple[str, ...]:
    allowed = "true or false" if item.type is bool else str(item.range)
    return (item.name, str(value), item.range.unit or "-", allowed, item.range.doc)


def _choices(problem: AbstractProblem) -> list[str]:
    named = {"--start": problem.starts, "--method": problem.methods}
    return [f"{option}: {', '.join(values)}" for option, values in named.items() if values]


def _reference(problem: AbstractProblem) -> list[str]:
    reference = problem.reference()
    if reference is None:
        return ["reference: none known"]
    numbers = [
        f"  {name} = {item.value:.11g} +- {item.error:.1e}" for name, item in reference.scalars.items()
    ]
    source = [f"  {reference.citation}"] if reference.citation else []
    return [f"reference ({reference.kind}): {reference.method or 'not stated'}", *source, *numbers]
