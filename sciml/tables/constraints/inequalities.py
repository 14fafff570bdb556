"""Linear inequalities between columns, read from text such as "a + 2*b <= 3"; nothing in the text is run."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sciml.errors import ArgumentError, did_you_mean

LONGEST = 1000  # characters of one text
NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
QUOTED = r"`[^`]+`|\"[^\"]+\"|'[^']+'"
RELATIONS = ("<=", ">=", "<", ">")
LONE = str.maketrans({"≤": "<=", "≥": ">="})
EXPECTED = 'expected a linear inequality such as "a + 2*b <= 3"; names with odd characters go in `backquotes`'


@dataclass(frozen=True)
class Term:
    """factor * column / divisor; without the column where that is None."""

    factor: float
    column: str | None = None
    divisor: float = 1.0


@dataclass(frozen=True)
class Inequality:
    """The sum of `lower` is at most the sum of `upper`, or below it where `strict`.

    Both sides are kept as they were written and are added from left to right, so that rounding falls as it
    does for whoever writes the same expression with the numbers of a row.
    """

    text: str
    lower: tuple[Term, ...]
    upper: tuple[Term, ...]
    strict: bool = False

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it speaks of."""
        return tuple(
            dict.fromkeys(term.column for term in self.lower + self.upper if term.column is not None)
        )


def parse(text: str, columns: Sequence[str]) -> tuple[Inequality, ...]:
    """Return the inequalities of one text; "0 <= a <= b" holds two.

    Sums and differences of numbers, columns, products of the two and quotients by numbers; no brackets.

    Args:
        text: The inequality.
        columns: The names that may stand in it; where several fit, the longest is meant.

    Raises:
        ArgumentError: If the text is something else or names another column.
    """
    if len(text) > LONGEST:
        raise ArgumentError(f"constraint: got {len(text)} characters, expected at most {LONGEST}")
    tokens = _tokens(text, columns)
    cuts = [i for i, (kind, _) in enumerate(tokens) if kind == "relation"]
    if not cuts:
        raise ArgumentError(f"constraint {text!r}: has none of {', '.join(RELATIONS)}; {EXPECTED}")
    edges = zip([0, *(cut + 1 for cut in cuts)], [*cuts, len(tokens)], strict=True)
    sides = [_side(tokens[start:end], text) for start, end in edges]
    inequalities = [
        _inequality(text, tokens[cut][1], *pair)
        for cut, pair in zip(cuts, itertools.pairwise(sides), strict=True)
    ]
    for item in inequalities:
        if not item.columns:
            raise ArgumentError(f"constraint {text!r}: compares numbers alone; {EXPECTED}")
    return tuple(inequalities)


def _inequality(text: str, relation: str, left: tuple[Term, ...], right: tuple[Term, ...]) -> Inequality:
    lower, upper = (left, right) if relation[0] == "<" else (right, left)
    return Inequality(text.strip(), lower, upper, strict=len(relation) == 1)


Token = tuple[str, str]  # kind: "name", "number", "sign", "relation"; and what stands there


def _tokens(text: str, columns: Sequence[str]) -> list[Token]:
    tokens, at = [], 0
    while text[at:].strip():
        at += len(text[at:]) - len(text[at:].lstrip())
        token, length = _token(text, at, columns)
        tokens.append(token)
        at += length
    return tokens


def _token(text: str, at: int, columns: Sequence[str]) -> tuple[Token, int]:
    """Return the token that begins at `at`, and its length in characters."""
    if quoted := re.match(QUOTED, text[at:]):
        return ("name", _known(quoted[0][1:-1], text, columns)), len(quoted[0])
    if named := [name for name in columns if _stands(name, text, at)]:
        return ("name", max(named, key=len)), len(max(named, key=len))
    if number := re.match(NUMBER + r"(?!\w)", text[at:]):
        return ("number", number[0]), len(number[0])
    if relation := re.match(r"[<>]=?(?!=)|[≤≥]", text[at:]):
        return ("relation", relation[0].translate(LONE)), len(relation[0])
    if text[at] in "+-*/":
        return ("sign", text[at]), 1
    if word := re.match(r"\w+", text[at:]):
        raise ArgumentError(f"constraint {text!r}: {_unknown(word[0], columns)}")
    raise ArgumentError(f"constraint {text!r}: cannot read {text[at:][:20]!r}; {EXPECTED}")


def _stands(name: str, text: str, at: int) -> bool:
    """Whether the name stands at this place, and not as a part of a longer word."""
    if not name or re.fullmatch(NUMBER, name) or not text.startswith(name, at):
        return False
    return not re.match(r"\w\w", text[at + len(name) - 1 : at + len(name) + 1])


def _known(name: str, text: str, columns: Sequence[str]) -> str:
    if name not in columns:
        raise ArgumentError(f"constraint {text!r}: {_unknown(name, columns)}")
    return name


def _unknown(name: str, columns: Sequence[str]) -> str:
    return f"no column {name!r}; {did_you_mean(name, columns)}"


def _side(tokens: Sequence[Token], text: str) -> tuple[Term, ...]:
    """Return the terms of one side, in the order in which they are written."""
    if not tokens:
        raise ArgumentError(f"constraint {text!r}: a side is empty; {EXPECTED}")
    terms, sign, part = [], 1.0, list[Token]()
    for token in [*tokens, ("sign", "+")]:
        if token[1] in "+-" and token[0] == "sign" and (part or token is tokens[0]):
            terms += [_term(part, sign, text)] if part else []
            part, sign = [], -1.0 if token[1] == "-" else 1.0
        else:
            part.append(token)
    if tokens[-1][0] == "sign":
        raise ArgumentError(f"constraint {text!r}: ends a side with {tokens[-1][1]!r}; {EXPECTED}")
    return tuple(terms)


def _term(part: Sequence[Token], sign: float, text: str) -> Term:
    """Return a product such as 2*a, a*2, a/4 or 3."""
    operands, signs = part[::2], [word for _, word in part[1::2]]
    words = " ".join(word for _, word in part)
    if (
        len(operands) == len(signs)
        or {kind for kind, _ in operands} - {"name", "number"}
        or set(signs) - {*"*/"}
    ):
        raise ArgumentError(f"constraint {text!r}: cannot read {words!r}; {EXPECTED}")
    above, below = _fraction(operands, signs)
    names = [word for kind, word in above + below if kind == "name"]
    if len(names) > 1 or any(kind == "name" for kind, _ in below):
        raise ArgumentError(f"constraint {text!r}: {words!r} is not linear; {EXPECTED}")
    divisor = _product(below)
    if not divisor:
        raise ArgumentError(f"constraint {text!r}: divides by zero")
    if not math.isfinite(_product(above)) or not math.isfinite(divisor):
        raise ArgumentError(f"constraint {text!r}: a number in it is too large")
    return Term(sign * _product(above), names[0] if names else None, divisor)


def _fraction(operands: Sequence[Token], signs: Sequence[str]) -> tuple[list[Token], list[Token]]:
    """Return what is multiplied and what is divided by."""
    pairs = list(zip(["*", *signs], operands, strict=True))
    return [each for sign, each in pairs if sign == "*"], [each for sign, each in pairs if sign == "/"]


def _product(tokens: Sequence[Token]) -> float:
    return math.prod(float(word) for kind, word in tokens if kind == "number")
