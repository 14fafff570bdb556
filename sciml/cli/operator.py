"""`sciml operator`: learn a map between functions, and apply it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sciml.arguments import refusal
from sciml.cli.options import (
    Device,
    Dtype,
    Given,
    Json,
    MaxSeconds,
    MaxSteps,
    Out,
    Overwrite,
    Quick,
    Quiet,
    Resume,
    Seed,
)
from sciml.cli.output import say, warn, writing
from sciml.cli.solve import Shown, carry_out, default_folder, parse_settings, split_settings
from sciml.errors import ArgumentError

if TYPE_CHECKING:
    from sciml.operators.predicting import Prediction
    from sciml.solving.catalogue import ProblemSource

HELP = "Maps between functions: train and predict."
WRITTEN = (".npz", ".h5", ".hdf5", ".nc", ".csv")

Data = Annotated[
    Path | None,
    typer.Option("--data", metavar="FILE", help="Pairs of your own, .npz, .mat, .h5, .nc, .pt or .csv."),
]
Inputs = Annotated[
    str | None,
    typer.Option("--inputs", metavar="A", help="Array of the input functions; channels by commas."),
]
Outputs = Annotated[str | None, typer.Option("--outputs", metavar="U", help="Array of the outputs.")]
Positions = Annotated[
    str | None, typer.Option("--positions", metavar="X[,Y]", help="Array of positions, or one a coordinate.")
]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A bundled problem of kind operator.")]


def train(
    context: typer.Context,
    problem: Name = None,
    data: Data = None,
    inputs: Inputs = None,
    outputs: Outputs = None,
    positions: Positions = None,
    given: Given = None,
    method: Annotated[str | None, typer.Option(help="The optimizer: muon, soap or adam.")] = None,
    max_steps: MaxSteps = None,
    max_seconds: MaxSeconds = None,
    quick: Quick = False,
    seed: Seed = 0,
    dtype: Dtype = None,
    device: Device = "cpu",
    out: Out = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Learn an operator from bundled or own pairs of functions, and print it beside ridge regression."""
    from sciml.solving.outline import check_parameter_names
    from sciml.solving.settings import settings_for
    from sciml.solving.target import target_for

    texts = split_settings(given or [])
    if problem is not None:
        check_parameter_names(problem, list(texts))
    source = offered(problem, data)
    told = {"inputs": inputs, "outputs": outputs, "positions": positions}
    own = {name: value for name, value in told.items() if value is not None}
    if own and data is None:
        raise ArgumentError(refusal(f"--{next(iter(own))}", next(iter(own.values())), "--data FILE with it"))
    parameters = parse_settings(source, texts) | own | ({} if data is None else {"data": str(data)})
    built = source.build(**parameters)
    settings = settings_for(
        built, seed=seed, method=method, max_steps=max_steps, dtype=dtype, device=device, quick=quick
    )
    folder = default_folder(source.name) if out is None else out
    target = target_for(folder, overwrite=overwrite, resume=resume, command=context.obj, source=source.file)
    return carry_out(built, settings, target, max_seconds, Shown(json, quiet))


def offered(problem: str | None, data: Path | None) -> ProblemSource:
    """Return what is to be learned: a bundled operator, or that of a file."""
    from sciml.operators.user import DataOperator
    from sciml.solving.catalogue import ProblemSource, find_problem

    if (problem is None) == (data is None):
        raise ArgumentError("train: expected the NAME of a problem or --data FILE, one of them")
    if data is not None:
        return ProblemSource(data.stem, DataOperator, data)
    source = find_problem(str(problem))
    if source.owner.kind != "operator":
        raise ArgumentError(
            f"{problem}: is of kind {source.owner.kind!r}, expected 'operator'; use sciml solve"
        )
    return source


def predict(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A run folder of an operator.")],
    given: Annotated[Path, typer.Argument(metavar="INPUT", help="A file with input functions.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="File (.npz, .h5, .nc or .csv); else CSV on standard output."),
    ] = None,
) -> int:
    """Apply a saved operator to functions; says which of them are unlike those it was trained on."""
    from sciml.operators.files.writing import csv_text, write_functions
    from sciml.operators.predicting import load_operator, predict_file

    check_output(output)
    operator = load_operator(folder)
    prediction = predict_file(operator, given)
    if prediction.warning is not None:
        warn(f"sciml: warning: {prediction.warning}")
    functions = prediction.functions(operator.names)
    if output is None:
        say(csv_text(functions).rstrip("\n"))
        return 0
    with writing(output):
        write_functions(output, functions)
    say(prediction_line(prediction, output))
    return 0


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Pairs of functions, in any format.")],
    inputs: Inputs = None,
    outputs: Outputs = None,
    positions: Positions = None,
) -> int:
    """Say what is understood of a file of functions, before hours are spent on it."""
    from sciml.operators.files.names import Names
    from sciml.operators.overview import overview

    lines = overview(file, Names(inputs or "", outputs or "", positions or ""))
    width = max(len(label) for label, _ in lines)
    say("\n".join(f"{label:<{width}}  {words}" for label, words in lines))
    return 0


def check_output(output: Path | None) -> None:
    """Refuse a file of a kind that is not written."""
    if output is not None and output.suffix not in WRITTEN:
        raise ArgumentError(refusal("output", str(output), f"a file that ends in {', '.join(WRITTEN)}"))


def prediction_line(prediction: Prediction, output: Path) -> str:
    """Return a line on what was written, and the error where outputs were given."""
    count, n = prediction.outputs.shape[:2]
    errors = "" if prediction.errors is None else f"; mean relative L2 error {prediction.errors.mean():.2e}"
    return f"{output}: {count} functions on {n} points, {int(prediction.outside.sum())} out of range{errors}"
