"""How every figure looks: colours that survive colour blindness and grey printing, fonts, the heading."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb
from matplotlib.figure import Figure

Keywords = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")

INK, MUTED, SHADE = "#1a1a1a", "#6a6a6a", "#e4e6ea"
PASS, FAIL = "#00664b", "#b34700"
# Okabe and Ito's colours, without their yellow (too pale for lines) and black (kept for the reference).
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
DPI = 125  # a figure of 9 inches is as wide as most windows
SMALL = 9.5  # points, of what is read second: ticks and legends
STYLE: Any = {
    "text.usetex": False,
    "text.color": INK,
    "font.family": ["STIXGeneral", "DejaVu Sans"],
    "font.size": 11.0,
    "mathtext.fontset": "stix",
    "axes.unicode_minus": True,
    "axes.linewidth": 0.7,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.labelsize": 11.0,
    "axes.grid": False,
    "axes.titlesize": 11.0,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "legend.handlelength": 1.6,
    "legend.borderaxespad": 0.3,
    "legend.columnspacing": 1.2,
    "legend.handletextpad": 0.5,
    "lines.linewidth": 1.4,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}
REFERENCE: Keywords = {"color": INK, "linewidth": 0.8, "linestyle": (0, (4, 3)), "zorder": 5}


def styled(function: Callable[P, T]) -> Callable[P, T]:
    """Run `function` under this style and leave matplotlib's settings as they were."""

    @wraps(function)
    def under_style(*args: P.args, **kwargs: P.kwargs) -> T:
        with rc_context(STYLE):
            return function(*args, **kwargs)

    return under_style


def figure(width: float, height: float, **settings: Any) -> Figure:  # noqa: ANN401
    """Return an empty figure, in inches, that pyplot knows nothing of."""
    return Figure(figsize=(width, height), dpi=DPI, **settings)


def axes_or_new(ax: Axes | None) -> Axes:
    """Return `ax`, or the axes of a new figure of one panel."""
    if ax is not None:
        return ax
    return tidy(figure(6.4, 4.6, layout="constrained").add_subplot())


def tidy(ax: Axes) -> Axes:
    """Fix what matplotlib would otherwise look up only when it draws: ticks come after the style is gone."""
    ax.tick_params(
        which="both",
        direction="in",
        top=True,
        right=True,
        color=INK,
        labelcolor=INK,
        labelsize=SMALL,
        width=0.6,
    )
    ax.tick_params(which="major", length=4)
    ax.tick_params(which="minor", length=2)
    return ax


def colour(index: int) -> str:
    """Return the colour of the curve with this number."""
    return COLOURS[index % len(COLOURS)]


def dash(index: int) -> Any:  # noqa: ANN401
    """Return a line style that tells apart curves whose colours repeat."""
    return ("-", "--", "-.", ":")[index // len(COLOURS) % 4]


def dark(shade: str) -> str:
    """Return a colour dark enough for text on white."""
    red, green, blue = to_rgb(shade)
    return to_hex((0.72 * red, 0.72 * green, 0.72 * blue))


def short(value: float) -> str:
    """Return one digit and an exponent without padding.

    >>> short(1e-9), short(2e-12)
    ('1e-9', '2e-12')
    """
    digits, _, power = f"{value:.0e}".partition("e")
    return f"{digits}e{int(power)}" if power else digits


def with_unit(label: str, unit: str) -> str:
    """Return an axis label, with its unit where there is one.

    >>> with_unit("rate", "kg/m^3/s")
    'rate [kg/m³/s]'
    """
    return f"{label} [{unit.replace('^2', '²').replace('^3', '³')}]" if unit else label


def legend_above(ax: Axes, entries: int, handles: list[Any] | None = None) -> None:
    """Put the legend over the axes, where it can hide nothing."""
    given = {} if handles is None else {"handles": handles}
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=min(entries, 6), **given)
