"""`sciml flow`: fit a density to a table, score rows by it, draw rows from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sciml.arguments import check_count, check_seed
from sciml.cli.options import (
    Json,
    MaxSeconds,
    Out,
    Overwrite,
    Quiet,
    Resume,
    Seed,
)
from sciml.cli.output import say, warn
from sciml.cli.output import table as table_of
from sciml.cli.piping import piped
from sciml.cli.solve import Shown, carry_out, default_folder
from sciml.cli.verdict import as_json
from sciml.errors import DataError

if TYPE_CHECKING:
    from pandas import DataFrame

MOST_DRAWS = 10**11  # rows that are written piece by piece: more fill any disk
HELP = "Densities of tables: fit, score and sample."

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A run folder that 'sciml flow fit' wrote.")]
Table = Annotated[Path, typer.Argument(metavar="TABLE", help="A CSV or Parquet file.")]
Output = Annotated[
    Path | None, typer.Option("-o", "--output", help="File (.csv or .parquet); else CSV on standard output.")
]
NoHeader = Annotated[bool, typer.Option("--no-header", help="No line of the file names the columns.")]
Constrain = Annotated[
    list[str] | None,
    typer.Option("--constrain", metavar="RULE", help='Such as "a + 2*b <= 3"; repeat it.'),
]


def fit(
    context: typer.Context,
    table: Table,
    kind: Annotated[str, typer.Option(help="auto, autoregressive or coupling.")] = "auto",
    column: Annotated[
        list[str] | None,
        typer.Option(
            "--column",
            metavar="NAME=KIND",
            help="Its kind, such as integer or bounded(0,1); else it is found. Repeat it.",
        ),
    ] = None,
    missing: Annotated[str, typer.Option(help="Missing cells: error, drop or impute.")] = "error",
    given: Annotated[
        list[str] | None,
        typer.Option("--given", metavar="COL", help="A column to condition on, not to model; repeat it."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="COL", help="A column to leave out; repeat it.")
    ] = None,
    auto: Annotated[
        bool,
        typer.Option("--auto", help="Leave out ids, names, constants and copies, model gaps, and say so."),
    ] = False,
    no_header: NoHeader = False,
    rows: Annotated[
        int | None, typer.Option(metavar="N", help="Rows to fit to, at random from more; 200000 by default.")
    ] = None,
    ensemble: Annotated[int, typer.Option(metavar="K", help="Flows to average.")] = 1,
    max_seconds: MaxSeconds = None,
    holdout: Annotated[
        float, typer.Option(help="Share of the rows kept back to judge by; 0 for no verdict.")
    ] = 0.2,
    seed: Seed = 0,
    out: Out = None,
    overwrite: Overwrite = False,
    resume: Resume = False,
    json: Json = False,
    quiet: Quiet = False,
) -> int:
    """Fit a density to the rows of a table, and judge it beside baselines on rows kept back."""
    from sciml.solving.settings import settings_for
    from sciml.solving.target import target_for
    from sciml.tables.columns.faults import ColumnFault, TableFaults
    from sciml.tables.user import UserTable

    options = {"flow": kind, "ensemble": ensemble, "holdout": holdout, "missing": missing, "auto": auto}
    options |= {"header": not no_header, **({} if rows is None else {"rows": rows})}
    try:
        problem = UserTable.of(table, column or (), given or (), drop or (), **options)
    except (ColumnFault, TableFaults) as error:
        raise DataError(error.for_command(context.obj)) from None
    folder = default_folder(problem.name) if out is None else out
    target = target_for(folder, overwrite=overwrite, resume=resume, command=context.obj, source=table)
    settings = settings_for(problem, seed=seed)
    return carry_out(problem, settings, target, max_seconds, Shown(json, quiet))


def score(
    folder: Folder,
    table: Table,
    output: Output = None,
    constrain: Constrain = None,
    keep: Annotated[
        list[str] | None, typer.Option("--keep", metavar="COL", help="A column to copy; repeat it.")
    ] = None,
    flag: Annotated[
        str | None, typer.Option(metavar="SHARE", help="Flag rows below this share of like ones, such as 1%.")
    ] = None,
    no_header: NoHeader = False,
) -> int:
    """Write the log density of each row of a table, in nats, and its percentile among the training rows."""
    from sciml.tables.files.stream import pieces_of
    from sciml.tables.sampling import Wanted, restriction, scored, share_of
    from sciml.tables.stored import read_density

    density, _ = read_density(folder)
    inside = restriction(density, constrain) if constrain else None
    wanted = Wanted(keep or (), None if flag is None else share_of(flag), inside)
    if inside is not None:
        warn(f"sciml: P({inside[0]}) = {inside[1].value:.4g} +- {inside[1].error:.1g}, divided out")
    rows = outside = 0

    def pieces() -> Iterator[DataFrame]:
        nonlocal rows, outside
        for piece in pieces_of(table, not no_header):
            found = scored(density, piece, wanted)
            rows, outside = rows + len(found), outside + int((found["log_density"] == -float("inf")).sum())
            yield found

    write_output(pieces(), output)
    if outside:
        warn(f"sciml: warning: {outside} of {rows} rows have density 0 (-inf)")
    return 0


def compare_tables(
    real: Annotated[Path, typer.Argument(metavar="REAL", help="The table that was fitted to.")],
    synthetic: Annotated[Path, typer.Argument(metavar="SYNTHETIC", help="Rows drawn, or made otherwise.")],
    json: Json = False,
) -> int:
    """Compare a synthetic table with a real one: columns, pairs, a classifier, and how near rows are."""
    from sciml.tables.files.read import read_table
    from sciml.tables.judging.twins import compare_tables as compared

    report = compared(read_table(real), read_table(synthetic)).report
    say(as_json(report) if json else _twins(report))
    return 0


def _twins(report: Mapping[str, Any]) -> str:
    """Return the comparison as tables and sentences."""
    near = report["nearest"]
    pairs = sorted(report["pair_trends"].items(), key=lambda item: float(item[1]))
    lines = [(name, f"{value:.3f}") for name, value in report["column_shapes"].items()]
    worst = [(name, f"{value:.3f}") for name, value in pairs[:10]]
    return "\n".join(
        [
            table_of(("column", "shape"), lines, "lr"),
            *([table_of(("pair, the worst", "trend"), worst, "lr")] if worst else []),
            f"classifier: AUC {report['classifier_auc']:.3f} (0.5: not told apart),"
            f" p = {report['classifier_p_value']:.2g}",
            f"nearest real row: {near['synthetic']:.3g} deviations away; of real rows kept apart"
            f" {near['real']:.3g}; copies: {100 * near['copies']:.1f} %, {100 * near['copies_real']:.1f} %",
            str(report["note"]),
        ]
    )


def sample(
    folder: Folder,
    n: Annotated[int, typer.Option("--n", metavar="N", help="Rows to draw.")],
    given: Annotated[
        list[str] | None,
        typer.Option("--given", metavar="COL=VALUE", help="Value of a given column; repeat it."),
    ] = None,
    constrain: Constrain = None,
    where: Annotated[
        list[str] | None,
        typer.Option("--where", metavar="RULE", help='Fix or bound a column, such as "age > 60"; repeat it.'),
    ] = None,
    complete: Annotated[bool, typer.Option("--complete", help="Whole rows, gaps filled.")] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same rows.")] = 0,
    output: Output = None,
) -> int:
    """Write rows drawn from a density, in the table's own columns."""
    from sciml.tables.sampling import drawn, given_values
    from sciml.tables.stored import read_density

    check_count("n", n, 0, MOST_DRAWS)
    density, _ = read_density(folder)
    values = given_values(density, given or [])
    pieces = drawn(
        density,
        n,
        given=values,
        constrain=constrain or [],
        seed=check_seed(seed),
        complete=complete,
        where=where or (),
    )
    write_output(pieces, output)
    return 0


def write_output(pieces: Iterable[DataFrame], output: Path | None) -> None:
    """Write a table to a file, or as CSV to standard output, in UTF-8."""
    from sciml.tables.files.write import write_table

    if output is not None:
        write_table(pieces, output)
        return
    with piped() as file:
        write_table(pieces, file)
