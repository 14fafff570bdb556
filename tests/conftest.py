"""What many tests share: a toy problem, and the command run in this process."""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")  # of processes that tests start, too

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

TOY = Path(__file__).parent / "toy.py"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Compute on one thread: the matrices are small, and threads on a busy machine wait for each other."""
    import torch

    torch.set_num_threads(1)


@pytest.fixture
def toy():
    """Make a toy problem with these parameters."""
    from sciml import load_problem

    return lambda **parameters: load_problem(TOY, **parameters)


@pytest.fixture
def toy_file(tmp_path: Path) -> Path:
    """A user's file that holds the toy problem."""
    path = tmp_path / "toy.py"
    path.write_text(TOY.read_text())
    return path


@pytest.fixture
def command(capsys) -> Callable[..., Ran]:
    """Run `sciml` with these arguments in this process."""
    from sciml.cli import main

    def run(*argv: object) -> Ran:
        with pytest.raises(SystemExit) as exit_:
            main([str(item) for item in argv])
        out, err = capsys.readouterr()
        return Ran(exit_.value.code, out, err)

    return run


@pytest.fixture
def refused(command) -> Callable[..., str]:
    """Run `sciml`, expect one line on stderr and this code, and return the line."""

    def run(code: int, *argv: object) -> str:
        ran = command(*argv)
        assert (ran.code, ran.out) == (code, ""), ran
        assert ran.err.startswith("sciml: ")
        assert ran.err.count("\n") == 1
        assert "Traceback" not in ran.err
        return ran.err

    return run
