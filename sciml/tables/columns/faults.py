"""What is wrong with a table: every fault with its remedy, so that one message can name all."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from sciml.errors import DataError

DECLARED = "integer|count|real|positive|categorical"  # kinds that sentences offer
NAMED = 12  # faults that are written out; the remedies are those of all


@dataclass(frozen=True)
class Remedy:
    """What would mend a fault: the option `drop` or `column` with its value, or `missing`.

    Attributes:
        option: "drop", "column" or "missing".
        value: A column, a declaration such as "age=integer", or a policy.
        why: What the column is, for whoever applies the remedy unasked.
    """

    option: str
    value: str
    why: str = ""

    @property
    def typed(self) -> str:
        """The remedy as it is typed."""
        return f"--{self.option} {shlex.quote(self.value)}"


class ColumnFault(DataError):
    """One fault of a table, and what would mend it."""

    def __init__(self, message: str, remedy: Remedy | None = None) -> None:
        super().__init__(message)
        self.remedy = remedy

    def for_command(self, command: str) -> str:
        """Return the fault, and the command to paste that would mend it."""
        return TableFaults([self]).for_command(command)


class TableFaults(DataError):
    """All faults of a table in one line, which ends in what mends them."""

    def __init__(self, faults: Sequence[ColumnFault]) -> None:
        self.faults = tuple(faults)
        super().__init__(f"{self.said}{_in_python(self.remedies)}")

    @property
    def said(self) -> str:
        """The faults, without their remedies."""
        texts = list(dict.fromkeys(str(fault) for fault in self.faults))
        more = f"; and {len(texts) - NAMED} more" if len(texts) > NAMED else ""
        count = f"{len(texts)} faults: " if len(texts) > 1 else ""
        return f"{count}{'; '.join(texts[:NAMED])}{more}"

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        """What mends them, each once."""
        each = {(f.remedy.option, f.remedy.value): f.remedy for f in self.faults if f.remedy is not None}
        return tuple(each.values())

    def for_command(self, command: str) -> str:
        """Return the faults, and the command to paste that would mend them."""
        if not self.remedies:
            return in_command_words(self.said)
        typed = " ".join(remedy.typed for remedy in self.remedies)
        return f"{in_command_words(self.said)}; paste: {command} {typed}"


def in_command_words(text: str) -> str:
    """Return a sentence with the options of the command line in the place of Python's.

    >>> in_command_words("use missing=drop or missing=impute; declare age=integer or age=real")
    'use --missing drop or --missing impute; declare --column age=integer or --column age=real'
    """
    text = re.sub(r"\bmissing=(drop|impute|error)", r"--missing \1", text)
    return re.sub(rf"(?<!--column )(?<!\S)(\S+=(?:{DECLARED})\b)", r"--column \1", text)


def _in_python(remedies: Sequence[Remedy]) -> str:
    """Return how the remedies are written in Python; nothing for a single one, which its fault names."""
    if len(remedies) < 2:
        return ""
    drops = [remedy.value for remedy in remedies if remedy.option == "drop"]
    kinds = dict(remedy.value.rsplit("=", 1) for remedy in remedies if remedy.option == "column")
    options = [f"columns={kinds}"] if kinds else []
    options += [f"missing={r.value!r}" for r in remedies if r.option == "missing"]
    table = f"table.drop(columns={drops})" if drops else "table"
    return f"; use FlowDensity({', '.join(options)}).fit({table})"
