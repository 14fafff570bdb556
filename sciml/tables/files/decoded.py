"""Text from bytes: UTF-8, UTF-16 and, as a last resort that is remarked upon, Western European (latin-1)."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from sciml.errors import DataError

LATIN = "cp1252"  # latin-1 with Windows' quotes and the sign of the euro
UTF_16 = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
UTF_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
SAMPLE = 4096  # bytes in which zeros at every second place speak of UTF-16
MOSTLY = 0.8  # share of such places
CONTROL = re.compile("[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f]")  # in no text


def text_of(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text, its lines ended by line feeds, and remarks on how it was read.

    Raises:
        DataError: If it is no text; the message names the line.
    """
    text, remarks = _decoded(path, data)
    for mark, words in (("\0", "a zero byte"), (CONTROL, "a control character")):
        at = (
            text.find(mark)
            if isinstance(mark, str)
            else (found.start() if (found := mark.search(text)) else -1)
        )
        if at >= 0:
            line = text.count("\n", 0, at) + 1
            raise DataError(f"{path}: line {line} has {words}: not a CSV table in UTF-8, UTF-16 or latin-1")
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n"), remarks


def _decoded(path: Path, data: bytes) -> tuple[str, tuple[str, ...]]:
    encoding = _utf_16(data)
    try:
        return data.decode(encoding or "utf-8-sig"), ()
    except UnicodeDecodeError as error:
        if encoding:
            raise DataError(
                f"{path}: is no {encoding.upper()} text ({error.reason}): save it as UTF-8"
            ) from None
        line = data.count(b"\n", 0, error.start) + 1
    try:
        text = data.decode(LATIN)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text, (f"{path.name} is not UTF-8 from line {line} on: read as latin-1 (Western European)",)


def _utf_16(data: bytes) -> str:
    """Return which UTF-16, or UTF-32, bytes are; empty for neither."""
    if data.startswith(UTF_32):
        return "utf-32"
    for mark, name in UTF_16.items():
        if data.startswith(mark) and len(data) % 2 == 0 and b"\0" in data[:SAMPLE]:
            return name
    sample = data[: min(SAMPLE, len(data) // 2 * 2)]
    for side, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        zeros = sample[side::2].count(0)
        if zeros and zeros > MOSTLY * len(sample[side::2]) and not sample[1 - side :: 2].count(0):
            return name
    return ""
