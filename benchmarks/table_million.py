"""A million rows drawn and scored by the commands, each in a process of its own, whose memory is read."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import sciml


@dataclass(frozen=True)
class Spent:
    """Seconds by the clock and of the CPU, and the largest resident memory in MB, of one command."""

    wall: float
    cpu: float
    megabytes: float


def spent(*arguments: object) -> Spent:
    """Run `sciml` with these arguments, from its start to its end."""
    command = [sys.executable, "-c", "from sciml.cli import main; main()", *map(str, arguments)]
    began = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(code)
    if child.returncode:
        raise RuntimeError(f"{' '.join(command[3:])} ended with {child.returncode}")
    return Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


@cache
def million(rows: int) -> tuple[Spent, Spent, str]:
    """Return what drawing and scoring so many rows of breast-cancer takes, and which density it is."""
    with tempfile.TemporaryDirectory() as folder:
        run, drawn = Path(folder) / "run", Path(folder) / "drawn.parquet"
        solution = sciml.solve(sciml.load_problem("breast-cancer"), out=run)
        sampling = spent("flow", "sample", run, "--n", rows, "-o", drawn)
        scoring = spent("flow", "score", run, drawn, "-o", Path(folder) / "scored.parquet")
    return sampling, scoring, solution.message.split(";")[0]
