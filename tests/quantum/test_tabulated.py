"""Potentials from files: values, units, jumps, masses, splines; bad files refused by the line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sciml
from sciml import solve
from sciml.errors import DataError, FileError, ScimlError
from sciml.quantum.tabulated import TabulatedWell, read_potential
from sciml.quantum.tabulated.units import free_kinetic

GAAS = """# a well of gallium arsenide
x [nm], V [eV], m [m_e]
0, 0.3, 0.092
20, 0.3, 0.092
20, 0.0, 0.067
30, 0.0, 0.067
30, 0.3, 0.092
50, 0.3, 0.092
"""
ENERGIES = (0.031998412504617, 0.12631533828507)


def read(tmp_path: Path, text: str, **options: Any) -> TabulatedWell:
    path = tmp_path / "potential.csv"
    path.write_text(text)
    well = sciml.load_problem(path, **options)
    assert isinstance(well, TabulatedWell)
    return well


def test_layers_with_masses(tmp_path: Path) -> None:
    solution = solve(read(tmp_path, GAAS, states=2))
    assert list(solution.scalars.values()) == pytest.approx(ENERGIES, rel=1e-9)
    assert solution.passed
    assert solution.units["E0"] == "eV"
    assert solution.units["x"] == "nm"
    assert solution.units["dipole_0_1"] == "nm"


@pytest.mark.parametrize(
    ("length", "energy", "scale", "size"), [("A", "meV", 10.0, 1e3), ("m", "J", 1e-9, 1.602176634e-19)]
)
def test_other_units_give_the_same(
    tmp_path: Path, length: str, energy: str, scale: float, size: float
) -> None:
    rows = [[float(cell) for cell in line.split(",")] for line in GAAS.splitlines()[2:]]
    text = f"z ({length}); V ({energy}); m\n" + "\n".join(
        f"{x * scale!r}; {v * size!r}; {m!r}" for x, v, m in rows
    )
    solution = solve(read(tmp_path, text, states=2))
    assert np.array(list(solution.scalars.values())) / size == pytest.approx(ENERGIES, rel=1e-9)
    assert solution.passed


def measured(points: int) -> str:
    """The potential of the shared case of measured wells, in atomic units without any in the header."""
    x = np.linspace(-10, 10, points)
    values = 0.075 * x**2 + 0.2 * np.sin(3 * x)
    return "x V\n" + "\n".join(f"{a!r} {b!r}" for a, b in zip(x.tolist(), values.tolist(), strict=True))


def test_straight_lines_between_points(tmp_path: Path) -> None:
    """p-version elements on the points, by other code."""
    exact = (0.193415324149, 0.579559388665, 0.964466721823, 1.35356417067)
    solution = solve(read(tmp_path, measured(41), states=4))
    assert list(solution.scalars.values()) == pytest.approx(exact, rel=1e-9)
    assert solution.passed
    assert "not seen" not in solution.message


def test_a_spline_through_an_oscillator(tmp_path: Path) -> None:
    """Cubic splines miss V by h⁴: with half the distance 16 times less."""
    errors = []
    for points in (21, 41):
        x = np.linspace(-7, 7, points)
        rows = "\n".join(f"{a},{0.5 * a * a + 0.2 * np.cos(a)}" for a in x.tolist())
        solution = solve(read(tmp_path, f"x,V\n{rows}\n", interpolation="spline"))
        assert solution.passed
        smooth = solve(
            sciml.quantum.QuantumWell(lambda x: 0.5 * x * x + 0.2 * np.cos(x), (-7.0, 7.0), kinetic=0.5)
        )
        errors.append(abs(solution.scalars["E0"] - smooth.scalars["E0"]))
    assert errors[1] < errors[0] / 8
    assert errors[0] < 1e-4


def test_mass_and_c_where_the_file_has_none(tmp_path: Path) -> None:
    flat = "x [nm], V [meV]\n0, 0\n10, 0\n"
    electron = solve(read(tmp_path, flat, mass=0.067))
    assert electron.scalars["E0"] == pytest.approx(
        free_kinetic("nm", "meV") / 0.067 * (np.pi / 10) ** 2, rel=1e-12
    )
    plain = solve(read(tmp_path, "x, V\n0, 0\n10, 0\n", c=2.0))
    assert plain.scalars["E0"] == pytest.approx(2 * (np.pi / 10) ** 2, rel=1e-12)


def test_the_command_line_carries_units_to_the_report(tmp_path: Path, command: Any) -> None:
    (tmp_path / "potential.csv").write_text(GAAS)
    folder = tmp_path / "run"
    arguments = ["solve", str(tmp_path / "potential.csv"), "--set", "states=2", "--out", str(folder)]
    assert command(*arguments, "--quiet").code == 0
    page = command("report", str(folder)).out
    assert "E0" in page
    assert "eV" in page
    assert "nm" in page
    assert sciml.load(folder).units["x"] == "nm"
    assert (folder / "comparison.png").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("0,1\n1,2\n", "line 1 has no names"),
        ("x [nm], V [eV]\n0, 1\n1, two\n", "line 3: got '1, two'"),
        ("x [nm], V [eV]\n0, 1\n1, nan\n", "line 3: got '1, nan', expected finite"),
        ("x [nm], V [eV]\n0, 1\n1\n", "line 3: got '1', expected 2 numbers"),
        ("x [nm], V [eV]\n1, 1\n0, 1\n", "line 3: got '0, 1', expected positions that ascend"),
        ("x [nm], V [eV]\n0, 1\n1, 1\n1, 2\n1, 3\n2, 3\n", "twice at a jump"),
        ("x [nm], V [eV]\n0, 1\n0, 2\n1, 3\n", "no jump at an end"),
        ("x [nm], V [eV]\n0, 1\n", "got 1 points"),
        ("x [parsec], V [eV]\n0, 1\n1, 1\n", "got the unit 'parsec' of x"),
        ("x [nm], V\n0, 1\n1, 1\n", "a unit of x alone"),
        ("x [nm], V [eV], T [K]\n0, 1, 1\n1, 1, 1\n", "third column 'T'"),
        ("x [nm], V [eV], m [m_e]\n0, 1, 1\n1, 1, -1\n", "mass of -1"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "potential.csv"
    path.write_text(text)
    with pytest.raises(DataError) as refused:
        read_potential(path)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        sciml.load_problem(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(DataError, match="UTF-8"):
        sciml.load_problem(tmp_path / "binary.csv")
    with pytest.raises(ScimlError, match="interpolation"):
        read(tmp_path, GAAS, interpolation="cubic")
