"""Numbers written as texts: money, per cent, marks of thousands, in either custom."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sciml.tables.arrays import Array

if TYPE_CHECKING:
    import pandas as pd

CURRENCY = r"[$€£¥₹₽₩₺₫฿]|(?:USD|EUR|GBP|CHF|JPY|CNY|INR|CAD|AUD|SEK|NOK|DKK|PLN|BRL|R\$|kr\.?|Fr\.?|zł)"
BLANKS = "\u00a0\u202f\u2009"  # that do not break, and the thin one
GROUPS = (",", ".", "'", "’", " ", "_")  # marks of thousands
NUMBER = r"\d[\d.,'’ _]*(?:[eE][+-]?\d+)?|[.,]\d+"
WHOLE = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+\-−–])?\s*(?P<before>{CURRENCY})?\s*(?P<inner>[+\-−–])?\s*"
    rf"(?P<number>{NUMBER})\s*(?P<percent>%)?\s*(?P<after>{CURRENCY})?\s*\)?",
    re.IGNORECASE,
)
SAMPLE = 2_000  # different texts that are looked at
THREE = re.compile(r"\d{1,3}([,.'’ _]\d{3})+")


@dataclass(frozen=True)
class NumberTexts:
    """How the numbers of a column are written.

    Attributes:
        decimal: The mark of decimals, a point or a comma.
        thousands: The mark of thousands; empty for none.
        remark: What was found.
    """

    decimal: str
    thousands: str
    remark: str

    @property
    def marks(self) -> str:
        """Both marks, as they are saved."""
        return self.decimal + self.thousands


def found_texts(cells: pd.Series) -> NumberTexts | None:
    """Return how the texts of a column are numbers; None where they are none, or plain ones."""
    texts = [_even(text) for text in map(str, cells.dropna().unique()[:SAMPLE])]
    matches = [WHOLE.fullmatch(text) for text in texts]
    if not matches or not all(matches):
        return None
    numbers = [match["number"].strip() for match in matches if match]
    signs = {s for m in matches if m for s in (m["before"], m["after"]) if s}
    percent = any(match["percent"] for match in matches if match)
    if len({sign.upper() for sign in signs}) > 1:
        return None
    marks = _marks(numbers)
    if marks is None or (
        marks == (".", "") and not signs and not percent and not any("(" in t for t in texts)
    ):
        return None
    return NumberTexts(*marks, _remark(str(cells.name), str(cells.dropna().iloc[0]), *marks, percent))


def _even(text: str) -> str:
    return re.sub(f"[{BLANKS}]", " ", text).strip()


def _marks(numbers: list[str]) -> tuple[str, str] | None:
    """Return the marks of decimals and thousands with which every number is one; None where none are."""
    options = [(".", ""), (",", ""), *((d, t) for t in GROUPS for d in ".," if d != t)]
    fitting = [marks for marks in options if all(_is_number(number, *marks) for number in numbers)]
    grouped = [marks for marks in fitting if marks[1] and any(marks[1] in number for number in numbers)]
    if grouped and not any(marks == (".", "") for marks in fitting):
        return grouped[0]
    return fitting[0] if fitting else None


def _is_number(number: str, decimal: str, thousands: str) -> bool:
    whole, *rest = number.split(decimal)
    if len(rest) > 1 or not re.fullmatch(r"\d*([eE][+-]?\d+)?", rest[0] if rest else ""):
        return False
    if thousands and thousands in whole:
        return THREE.fullmatch(whole) is not None and set(whole) <= {*"0123456789", thousands}
    return re.fullmatch(r"\d*([eE][+-]?\d+)?", whole) is not None


def _remark(name: str, text: str, decimal: str, thousands: str, percent: bool) -> str:
    marks = f"decimal {'comma' if decimal == ',' else 'point'}"
    if thousands:
        marks += f", {thousands!r} between thousands"
    unit = "; its unit is per cent" if percent else ""
    return f"column {name!r} holds texts such as {text!r}: read as numbers ({marks}{unit})"


def as_numbers(cells: pd.Series, marks: str) -> pd.Series:
    """Return texts as numbers by their marks, NaN where missing; a text that is no number stays."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(cells.dtype):
        return cells
    codes, values = pd.factorize(cells)
    turned: list[object] = [_number(str(value), marks[:1], marks[1:]) for value in values]
    if any(isinstance(value, str) for value in turned):
        return pd.Series(np.array([*turned, None], dtype=object)[codes], index=cells.index, name=cells.name)
    numbers: Array = np.array([*turned, np.nan], dtype=float)[codes]
    return pd.Series(numbers, index=cells.index, name=cells.name)


def _number(text: str, decimal: str, thousands: str) -> float | str:
    match = WHOLE.fullmatch(_even(text))
    if match is None or not _is_number(match["number"].strip(), decimal, thousands):
        return text
    plain = match["number"].strip().replace(thousands, "") if thousands else match["number"].strip()
    negative = (match["sign"] or match["inner"] or "+") in "-−–" or match["open"] is not None
    return (-1.0 if negative else 1.0) * float(plain.replace(decimal, "."))
