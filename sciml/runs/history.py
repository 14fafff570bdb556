"""The history of a solve as text: `step,seconds,loss` and whatever else the rows have."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from sciml.contracts.monitor import Row


def history_text(rows: Sequence[Row]) -> str:
    """Return the rows as CSV, a column a name; a row leaves empty what it does not have."""
    names = (name for row in rows for name in row)
    columns = list(dict.fromkeys(["step", "seconds", "loss", *names]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows({**row, "step": int(row["step"])} for row in rows)
    return text.getvalue()
