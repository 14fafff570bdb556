"""Several runs as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from string import Template

from sciml._version import __version__
from sciml.cli.markup import cell, element, table
from sciml.cli.section import badge, finite, section
from sciml.cli.stored_run import StoredRun, seconds
from sciml.cli.verdict import WORDS, pairs

PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title</title>
<style>
$style
</style>
</head>
<body>
$body
</body>
</html>
""")  # noqa: E501

STYLE = """:root { color-scheme: light dark; --text: #1c2127; --dim: #5b6570; --back: #ffffff;
  --line: #d5dae0; --pass: #116329; --fail: #b3261e; --none: #5b6570; }
@media (prefers-color-scheme: dark) { :root { --text: #e3e7eb; --dim: #9aa5b1; --back: #15191e;
  --line: #39424c; --pass: #5cc879; --fail: #ff8a80; --none: #9aa5b1; } }
body { margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: var(--text); background: var(--back);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; border-top: 1px solid var(--line);
  padding-top: 1.5rem; } h3 { font-size: 1rem; margin: 1.5rem 0 .4rem; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-size: .9rem; }
th, td { padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th { color: var(--dim); font-weight: 600; } .r { text-align: right; white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.parameters, .note, footer { color: var(--dim); font-size: .9rem; } a { color: inherit; }
.badge { font-size: .8rem; font-weight: 700; border: 1px solid; border-radius: .3rem; padding: 0 .4rem;
  white-space: nowrap; }
.pass { color: var(--pass); } .fail { color: var(--fail); } .none { color: var(--none); }
.free { display: inline-block; min-width: 10rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: 0; font-size: .9rem; }
dt { color: var(--dim); } dd { margin: 0; } figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; background: #ffffff; }
@media print { :root { color-scheme: light; --text: #000000; --dim: #444444; --back: #ffffff; --line: #bbbbbb;
  --pass: #116329; --fail: #b3261e; --none: #444444; } body { margin: 0; max-width: none; font-size: 10pt; }
  h2, h3 { break-after: avoid; } figure, tr { break-inside: avoid; } .wide { overflow: visible; }
  table, dl { font-size: 7.5pt; } .parameters, .note, footer { font-size: 8pt; }
  th, td { padding: .15rem .4rem .15rem 0; } .badge { font-size: 7pt; } }"""

HEAD = ("problem", "parameters", "result", "status", "worst error", "tolerance", "CPU s")


def page(runs: Sequence[StoredRun]) -> str:
    """Return the page: a table of all runs, then each of them."""
    names = ", ".join(dict.fromkeys(stored.solution.name for stored in runs))
    body = [
        element("h1", f"Runs: {names}"),
        element("p", tally(runs)),
        table(HEAD, [_row(stored, f"run-{i}") for i, stored in enumerate(runs, 1)], "llllrrr"),
        *(section(stored, f"run-{i}") for i, stored in enumerate(runs, 1)),
        element("footer", element("p", f"Written by sciml {__version__} from the files of the runs alone.")),
    ]
    return PAGE.substitute(title=cell(f"sciml report: {names}"), style=STYLE, body="\n".join(body))


def tally(runs: Sequence[StoredRun]) -> str:
    """Return in words how many runs there are, and how many passed."""
    outcomes = Counter(stored.solution.passed for stored in runs)
    counts = ", ".join(f"{outcomes[passed]} {WORDS[passed]}" for passed in WORDS if outcomes[passed])
    return f"{len(runs)} {'run' if len(runs) == 1 else 'runs'}: {counts}"


def _row(stored: StoredRun, anchor: str) -> tuple[object, ...]:
    solution = stored.solution
    return (
        element("a", solution.name, href=f"#{anchor}"),
        element("span", pairs(solution.parameters), class_="free"),
        badge(solution.passed),
        solution.status.value,
        *_worst(stored),
        seconds(stored, "cpu_s").removesuffix(" s"),
    )


def _worst(stored: StoredRun) -> tuple[str, str]:
    worst = stored.solution.compare().worst
    if worst is None:
        return ("–", "–")
    return f"{worst.name}: {finite(worst.error, f'{worst.error:.1e}')}", f"{worst.allowed:.1e}"
