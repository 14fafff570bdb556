"""The options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[Path | None, typer.Option(help="Run folder to write; runs/NAME by default.")]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace an existing run once the new one is complete.")
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Return a finished run; go on with, or begin, one that is not.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the report alone, as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print neither progress nor the table.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]
Quick = Annotated[bool, typer.Option("--quick", help="Use the small recipe.")]
Given = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Set a parameter; repeat it.")
]
MaxSteps = Annotated[int | None, typer.Option(help="Most steps.")]
MaxSeconds = Annotated[float | None, typer.Option(help="Most seconds.")]
Seed = Annotated[int, typer.Option(help="Seed of everything random.")]
Dtype = Annotated[str | None, typer.Option(help="float32 or float64.")]
Device = Annotated[str, typer.Option(help="cpu, cuda, cuda:1 or mps.")]
