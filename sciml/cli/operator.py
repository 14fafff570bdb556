"""`sciml operator`: learn a map between functions, and apply it."""

from __future__ import annotations

import csv
import io
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

Data = Annotated[
    Path | None, typer.Option("--data", metavar="FILE.npz", help="Pairs of your own: see docs/operators.md.")
]
Name = Annotated[str | None, typer.Argument(metavar="[NAME]", help="A bundled problem of kind operator.")]


def train(
    context: typer.Context,
    problem: Name = None,
    data: Data = None,
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
    parameters = parse_settings(source, texts) | ({} if data is None else {"data": str(data)})
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
        raise ArgumentError("train: expected the NAME of a problem or --data FILE.npz, one of them")
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
    given: Annotated[Path, typer.Argument(metavar="INPUT", help="An .npz file with 'inputs' (N, n).")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File (.npz or .csv); else CSV on standard output.")
    ] = None,
) -> int:
    """Apply a saved operator to functions; says which of them are unlike those it was trained on."""
    from sciml.operators.predicting import load_operator, predict_file

    check_output(output)
    prediction = predict_file(load_operator(folder), given)
    if prediction.warning is not None:
        warn(f"sciml: warning: {prediction.warning}")
    if output is None:
        say(to_csv(prediction).rstrip("\n"))
        return 0
    write_prediction(output, prediction)
    say(prediction_line(prediction, output))
    return 0


def check_output(output: Path | None) -> None:
    """Refuse a file of a kind that is not written."""
    if output is not None and output.suffix not in (".npz", ".csv"):
        raise ArgumentError(refusal("output", str(output), "a file that ends in .npz or .csv"))


def prediction_line(prediction: Prediction, output: Path) -> str:
    """Return a line on what was written, and the error where outputs were given."""
    count, n = prediction.outputs.shape[:2]
    errors = "" if prediction.errors is None else f"; mean relative L2 error {prediction.errors.mean():.2e}"
    return f"{output}: {count} functions on {n} points, {int(prediction.outside.sum())} out of range{errors}"


def write_prediction(path: Path, prediction: Prediction) -> None:
    """Write positions, outputs and flags as .npz, or positions and outputs as .csv."""
    from sciml.runs.arrays import write_arrays
    from sciml.runs.writing import write_bytes

    arrays = {"positions": prediction.positions, "outputs": prediction.outputs, "outside": prediction.outside}
    with writing(path):
        if path.suffix == ".csv":
            write_bytes(path, to_csv(prediction).encode())
        else:
            write_arrays(path, arrays | ({} if prediction.errors is None else {"errors": prediction.errors}))


def to_csv(prediction: Prediction) -> str:
    """Return one row a point: x, then each function, of several channels as output0_0, output0_1, …."""
    count, _, channels = prediction.outputs.shape
    names = [
        f"output{i}" if channels == 1 else f"output{i}_{c}" for i in range(count) for c in range(channels)
    ]
    columns = prediction.outputs.transpose(1, 0, 2).reshape(len(prediction.positions), -1)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["x", *names])
    writer.writerows(
        [x, *row] for x, row in zip(prediction.positions.tolist(), columns.tolist(), strict=True)
    )
    return text.getvalue()
