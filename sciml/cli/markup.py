"""HTML from values: whatever comes from a file is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from sciml.cli.output import visible


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def cell(value: object) -> Markup:
    """Return a value as HTML: itself if it is some, else escaped.

    >>> cell("<b>")
    '&lt;b&gt;'
    """
    return value if isinstance(value, Markup) else Markup(escape(visible(str(value)), quote=True))


def element(tag: str, *inside: object, **attributes: object) -> Markup:
    """Return an element; an attribute called `class_` is the class.

    >>> element("p", "a & b", class_="note")
    '<p class="note">a &amp; b</p>'
    """
    said = "".join(f' {name.rstrip("_")}="{cell(value)}"' for name, value in attributes.items())
    return Markup(f"<{tag}{said}>{''.join(cell(item) for item in inside)}</{tag}>")


def table(head: Sequence[object], rows: Iterable[Sequence[object]], right: str = "") -> Markup:
    """Return a table; cells of the columns whose letter in `right` is "r" are aligned to the right.

    It stands in a box that scrolls by itself where it is too wide.
    """
    sides = right.ljust(len(head), "l")
    top = element("thead", _row("th", head, sides))
    body = element("tbody", *(_row("td", row, sides) for row in rows))
    return element("div", element("table", top, body), class_="wide")


def pairs(rows: Iterable[tuple[object, object]]) -> Markup:
    """Return names and what they mean."""
    return element(
        "dl", *(item for name, what in rows for item in (element("dt", name), element("dd", what)))
    )


def _row(tag: str, cells: Sequence[object], sides: str) -> Markup:
    return element(
        "tr",
        *(
            element(tag, item, class_="r") if side == "r" else element(tag, item)
            for item, side in zip(cells, sides, strict=True)
        ),
    )
