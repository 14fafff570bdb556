"""One run as a section of an HTML page."""

from __future__ import annotations

import math
from base64 import b64encode
from collections.abc import Sequence
from os.path import lexists
from typing import Any

from sciml.cli.markup import Markup, element, pairs, table
from sciml.cli.stored_run import StoredRun, provenance
from sciml.cli.verdict import WORDS, number
from sciml.cli.verdict import pairs as in_a_line
from sciml.contracts.checks import Check, FieldCheck
from sciml.errors import FileError

PNG = b"\x89PNG\r\n\x1a\n"
BOUND = {"equal": "", "lower": "≤ ", "higher": "≥ "}
CLASSES = {True: "pass", False: "fail", None: "none"}
ABSENT = "–"
HEAD = ("value", "reference", "kind", "its own error", "error", "tolerance", "verdict")


def section(stored: StoredRun, anchor: str) -> Markup:
    """Return a run: message, quantities, evidence, picture, and how it was made."""
    solution = stored.solution
    return element(
        "section",
        element("h2", f"{solution.name} ({solution.kind}) ", badge(solution.passed)),
        element("p", in_a_line(solution.parameters) or "no parameters", class_="parameters"),
        element(
            "p", element("strong", solution.status.value), f": {solution.message or solution.status.advice}"
        ),
        *_titled("Remarks", remarks(stored)),
        *_titled("Scalars", numbers(stored, solution.scalars)),
        *_titled("Fields", fields(stored)),
        *_titled("Metrics", numbers(stored, solution.metrics)),
        element("p", _references(stored), class_="note"),
        *_titled("Certificates: evidence that needs no reference", certificates(stored)),
        *picture(stored),
        *_titled("How it was made", pairs([("folder", stored.folder), *provenance(stored)])),
        id=anchor,
    )


def remarks(stored: StoredRun) -> Markup | None:
    """Return what to know before the numbers are used, a line each; None where there is nothing."""
    sentences = stored.solution.remarks
    return element("ul", *(element("li", sentence) for sentence in sentences)) if sentences else None


def badge(passed: bool | None) -> Markup:
    """Return PASS, FAIL or that nothing was checked, marked as such."""
    return element("span", WORDS[passed], class_=f"badge {CLASSES[passed]}")


def numbers(stored: StoredRun, values: Any) -> Markup | None:  # noqa: ANN401
    """Return the table of scalars, or of metrics; None without any."""
    checks = stored.solution.compare().by_name()
    rows = [(_label(stored, name), *_judged(stored, name, values[name], checks.get(name))) for name in values]
    return table(("quantity", *HEAD), rows, "lrrlrrrl") if rows else None


def _judged(stored: StoredRun, name: str, value: float, check: Check | FieldCheck | None) -> Sequence[object]:
    std = stored.solution.stds.get(name)
    ours = finite(value, number(value)) + ("" if std is None else f" ± {std:.1e}")
    if not isinstance(check, Check):
        return (ours, *[ABSENT] * 5, badge(None))
    return (
        ours,
        BOUND[check.better] + finite(check.reference, number(check.reference)),
        stored.solution.compare().reference_kind,
        finite(check.reference_error, f"{check.reference_error:.1e}"),
        finite(check.error, f"{check.error:.2e}"),
        f"{check.allowed:.1e}",
        badge(check.passed),
    )


def fields(stored: StoredRun) -> Markup | None:
    """Return the table of fields; None without any."""
    comparison = stored.solution.compare()
    head = ("field", "relative L2 error", "largest deviation", "reference", "its own error", *HEAD[-2:])
    rows = [
        (
            _label(stored, check.name),
            finite(check.relative_l2, f"{check.relative_l2:.2e}"),
            finite(check.max_abs, f"{check.max_abs:.2e}"),
            comparison.reference_kind,
            finite(check.reference_error, f"{check.reference_error:.1e}"),
            f"{check.allowed:.1e}",
            badge(check.passed),
        )
        for check in comparison.fields
    ]
    return table(head, rows, "lrrlrrl") if rows else None


def certificates(stored: StoredRun) -> Markup | None:
    """Return the evidence, a line a scalar; None without any."""
    rows = [(name, in_a_line(item)) for name, item in stored.solution.certificates.items()]
    return pairs(rows) if rows else None


def picture(stored: StoredRun) -> list[Markup]:
    """Return the comparison's picture inside the page, where the folder has one."""
    from sciml.runs.files import PICTURE
    from sciml.runs.storage import read_bytes

    path = stored.folder / PICTURE
    if not lexists(path):
        return []
    data = read_bytes(path)
    if not data.startswith(PNG):
        raise FileError(f"{path}: is no PNG; the file is damaged")
    source, name = f"data:image/png;base64,{b64encode(data).decode()}", stored.solution.name
    return [Markup(f"<figure>{_image(source, f'{name}: the solution beside its reference')}</figure>")]


def _image(source: str, words: str) -> Markup:
    return Markup(element("img", src=source, alt=words).removesuffix("</img>"))


def finite(value: float, text: str) -> str:
    """Return `text`, or that the number is undefined."""
    return text if math.isfinite(value) else "undefined"


def _label(stored: StoredRun, name: str) -> str:
    unit = stored.solution.units.get(name, "")
    return f"{name} [{unit}]" if unit else name


def _references(stored: StoredRun) -> str:
    comparison = stored.solution.compare()
    if not comparison.checks:
        return "There is no reference to compare with."
    method = f": {comparison.reference_method}" if comparison.reference_method else ""
    return (
        f"Reference ({comparison.reference_kind}){method}. Errors are relative to the reference, of a bound "
        "(≤, ≥) the amount beyond it; a tolerance includes the reference's own error."
    )


def _titled(title: str, inside: Markup | None) -> list[Markup]:
    return [] if inside is None else [element("h3", title), inside]
