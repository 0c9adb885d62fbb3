"""What every figure shares: sizes, colours, axes, legends, and how a figure is written.

Colours are those of Okabe & Ito (2008), Color universal design; each comes with a line style or a
hatch of its own, so that figures are read in grey too. Nothing here touches matplotlib's global
state.
"""

from __future__ import annotations

import io
import logging
import math
import re
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from clsim.report.figures.font import families
from clsim.rounding import MINUS, amount
from clsim.statistics.intervals import Interval

COLUMN, FULL = 3.4, 7.0
"""Widths of a figure in inches: one column of a paper, or both."""

INK = "#1b1b1d"
"""Colour of text and axes; in the page it becomes the colour of the page's text."""

ORANGE, SKY, GREEN, BLUE, VERMILLION, PURPLE = (
    "#E69F00", "#56B4E9", "#009E73", "#0072B2", "#D55E00", "#CC79A7",
)  # fmt: skip
GREY = "#808080"

RC: Any = {
    "font.size": 8, "axes.titlesize": 8, "axes.labelsize": 8, "legend.fontsize": 7.5,
    "xtick.labelsize": 7.5, "ytick.labelsize": 7.5, "axes.linewidth": 0.6,
    "xtick.major.width": 0.6, "ytick.major.width": 0.6, "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4, "lines.linewidth": 1.2, "axes.spines.top": False,
    "axes.spines.right": False, "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": INK,
    "xtick.color": INK, "ytick.color": INK, "hatch.linewidth": 0.5, "legend.frameon": False,
    "axes.titlelocation": "left", "pdf.fonttype": 42, "svg.fonttype": "path",
    "svg.hashsalt": "clsim", "path.simplify": False, "figure.dpi": 200, "axes.unicode_minus": True,
    "text.parse_math": False,  # a dollar in a name is a dollar
}  # fmt: skip


def in_style() -> AbstractContextManager[None]:
    """The settings of Matplotlib with which all figures are drawn and written."""
    return rc_context({**RC, "font.family": families()})


CHARACTER = 4.1
"""Points that a character of text takes on average, generously."""


@dataclass(frozen=True)
class Look:
    """How a strategy is drawn in every figure.

    Attributes
    ----------
    color : str
        As Matplotlib takes it.
    line : str or tuple
        Style of its line, as ``'-'``, or an offset with lengths of strokes and gaps in points.
    marker : str
        Of its points.

    Examples
    --------
    >>> look = Look("#D55E00", (0, (5, 1.2)), "s")
    >>> look.color, look.marker
    ('#D55E00', 's')
    """

    color: str
    line: Any
    marker: str


LOOKS = (
    Look(INK, "-", "o"),
    Look(VERMILLION, (0, (5, 1.2)), "s"),
    Look(BLUE, (0, (1.2, 0.8)), "^"),
    Look(GREEN, (0, (5, 1.2, 1.2, 1.2)), "D"),
)
MORE_LOOKS = (
    Look(ORANGE, (0, (3, 1)), "v"),
    Look(SKY, (0, (8, 1.5)), "P"),
    Look(PURPLE, (0, (1, 0.6)), "X"),
    Look(GREY, (0, (3, 0.8, 1, 0.8, 1, 0.8)), "<"),
)
"""Of strategies beyond those that a figure singles out by itself."""

OTHER = Look(GREY, "-", "o")

FILLS = ((GREY, ""), (ORANGE, "//////"), (SKY, "......"), (GREEN, "xxxxxx"), (PURPLE, "------"),
         (BLUE, "\\\\\\\\\\\\"))  # fmt: skip
"""Colour and hatch of the parts of a bar; after the last they begin again."""


@dataclass(frozen=True)
class Words:
    """What the axes of a setting are called.

    Attributes
    ----------
    score : str
        Name of the score, as ``'accuracy'``.
    loss : str
        What a unit of loss is, as ``'wrong predictions'``.
    currency : str
    timed : bool
        Whether clocks are microseconds since 1970; if not, row numbers.
    point : str
        What a point of a curve over time is, as ``'4 ticks (192 events)'``; empty: not said.
    seeds : int
        Largest number of seeds of a strategy.

    Examples
    --------
    >>> words = Words("accuracy", "wrong predictions", "EUR", seeds=5)
    >>> words.spread
    '95% interval over 5 seeds'
    >>> words.bands, Words().bands
    ('; bands: 95% interval over 5 seeds', '')
    """

    score: str = "score"
    loss: str = "loss"
    currency: str = "units"
    timed: bool = False
    point: str = ""
    seeds: int = 1

    @property
    def spread(self) -> str:
        """What bands and whiskers show; empty where there are none."""
        return f"95% interval over {self.seeds} seeds" if self.seeds > 1 else ""

    @property
    def bands(self) -> str:
        """As ``spread``, but empty for two seeds too: their bands would hide every curve."""
        return f"; bands: {self.spread}" if self.seeds > 2 else ""


PLAIN_WORDS = Words()
"""What axes are called of which nothing is known."""


# a figure, and what is written of it -------------------------------------------------------------


def new_figure(width: float, height: float) -> Figure:
    """An empty figure; a legend above it will add to its height."""
    figure = Figure((width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, folder: Path, name: str) -> str:
    """Write ``name.pdf`` and ``name.png``, and give the SVG for the page.

    Equal figures give equal bytes: dates and versions are left out.

    Returns
    -------
    str
        An ``<svg>`` element: transparent, text in the colour of the page and blue in that of its
        ``--blue``, ids starting with ``name``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    dated: Any = {"CreationDate": None, "Producer": None, "Creator": None}
    with in_style(), _quiet("fontTools"):
        settle(figure)
        # each canvas by itself, since `savefig` draws everything twice; a PDF leaves 72 dpi behind
        FigureCanvasAgg(figure).print_png(folder / f"{name}.png", metadata={"Software": None})
        FigureCanvasPdf(figure).print_pdf(folder / f"{name}.pdf", metadata=dated)
        return _svg(figure, name)


def drawn(figure: Figure, name: str) -> str:
    """A figure as an ``<svg>`` element, as `save` gives it, without files."""
    with in_style():
        settle(figure)
        return _svg(figure, name)


def _svg(figure: Figure, name: str) -> str:
    """A figure whose layout is fixed as an ``<svg>`` element; what is behind it shows through."""
    behind = [figure.patch, *(axes.patch for axes in figure.findobj(Axes))]
    colors = [patch.get_facecolor() for patch in behind]
    for patch in behind:
        patch.set_facecolor("none")
    buffer = io.StringIO()
    FigureCanvasSVG(figure).print_svg(buffer)
    FigureCanvasAgg(figure)
    for patch, color in zip(behind, colors, strict=True):
        patch.set_facecolor(color)
    return _inline(buffer.getvalue(), name)


def settle(figure: Figure) -> None:
    """Fix the layout, so that positions in pixels stay what they are."""
    engine = figure.get_layout_engine()
    if engine is not None:
        if figure.axes:  # else there is nothing to lay out
            engine.execute(figure)
        figure.set_layout_engine("none")


@contextmanager
def _quiet(name: str) -> Iterator[None]:
    """Keep a library's progress out of the log of an app that shows everybody's."""
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.WARNING)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def signs_named_once() -> Iterator[None]:
    """Say once which signs the font of figures lacks, not for each figure that has them."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    signs = set()
    for warning in caught:
        glyph = re.match(r"Glyph (\d+) .*missing from font", str(warning.message))
        if glyph:
            signs.add(chr(int(glyph[1])))
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno
            )
    if signs:
        warnings.warn(
            f"the font of the figures has no {' '.join(sorted(signs))}; they are boxes in figures, "
            "and as they should be in the words of the page",
            stacklevel=3,
        )


GLYPH = re.compile(r'<path id="([^"]+)" (d="[^"]*" transform="scale\([\d.]+\)")/>')
"""How a sign of the font is defined in an SVG."""


def _inline(svg: str, name: str) -> str:
    svg = svg[svg.index("<svg") :]
    # comments hold the texts that are drawn as paths
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\sxmlns:xlink="[^"]*"', "", svg).replace("xlink:href=", "href=")
    svg = svg.replace(INK, "currentColor").replace(BLUE.lower(), "var(--blue)")
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    glyphs = {found[1] for found in GLYPH.finditer(svg)}

    def own(found: re.Match[str]) -> str:
        """Signs of the font keep their names, which are the same in all figures."""
        return found[0] if found[2] in glyphs else f"{found[1]}{name}-{found[2]}"

    svg = re.sub(r' id="([^"]*)"', lambda found: found[0] if found[1] in used else "", svg)
    svg = re.sub(r'( id="|href="#|url\(#)([^")]+)', own, svg)
    svg = re.sub(r'translate\([^)]*\)| [xy]="[^"]*"| d="[^"]*"', _rounded, svg)
    svg = re.sub(r"\s+", " ", svg).replace("> <", "><").replace("<defs></defs>", "")
    size = re.findall(r' (?:width|height)="[\d.]+pt"', svg)[:2]
    for length in size:
        svg = svg.replace(length, "", 1)
    return svg.strip()


def _rounded(place: re.Match[str]) -> str:
    """Coordinates to a hundredth of a point."""
    return re.sub(r"(\.\d\d)\d+", r"\1", place[0])


# words and numbers -------------------------------------------------------------------------------


def characters(width: float, share: float = 1.0) -> int:
    """Characters that fit into a share of a figure's width in inches."""
    return max(8, int(width * share * 72 / CHARACTER))


def wrapped(text: str, width: int) -> str:
    """Text in lines of at most so many characters."""
    return "\n".join(textwrap.wrap(text, width))


def thousands() -> FuncFormatter:
    """Numbers of an axis with thousands apart."""
    return FuncFormatter(lambda value, _: f"{value:,.10g}".replace("-", MINUS))


def interval_text(value: Interval) -> str:
    """A mean and, where there is one, its interval."""
    bounds = f" [{amount(value.low)}, {amount(value.high)}]" if not math.isnan(value.low) else ""
    return amount(value.mean) + bounds


def tint(color: str, share: float) -> tuple[float, float, float, float]:
    """A colour that lets the page through."""
    return (*to_rgb(color), share)


# axes --------------------------------------------------------------------------------------------


def positions(clock: Any, timed: bool) -> np.ndarray:
    """Positions on a time axis: days for matplotlib, or rows."""
    values = np.asarray(clock)
    if not timed:
        return values.astype(float)
    if values.dtype.kind != "M":
        values = values.astype("int64").astype("datetime64[us]")
    return np.asarray(date2num(values), dtype=float)


def time_axis(axes: Axes, words: Words, label: str, inches: float = FULL) -> None:
    """Dates or rows along the axis, as many as fit into so many inches."""
    if words.timed:
        # with fewer than five, matplotlib has no interval of months for up to two years
        few = 2 if inches < 5 else 3
        locator = AutoDateLocator(minticks=few, maxticks=max(5, min(8, int(inches * 1.8))))
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
        # on the left, since matplotlib writes the year on the right
        axes.set_xlabel(wrapped(label, characters(inches, 0.5 if inches < 5 else 0.7)), loc="left")
    else:
        axes.xaxis.set_major_formatter(thousands())
        axes.xaxis.set_major_locator(MaxNLocator(max(2, min(5, int(inches)))))
        text = "row of the stream" + (f" ({label})" if label else "")
        axes.set_xlabel(wrapped(text, characters(inches, 0.85)))


def legend_above(figure: Figure, handles: Sequence[Any], columns: int) -> None:
    """Legend over the panels, in as many columns as fit; the figure grows by its height."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    width, height = figure.get_size_inches()
    for handle in handles:
        handle.set_label(wrapped(str(handle.get_label()), characters(width) - 8))
    for count in range(min(columns, len(handles)), 0, -1):
        legend = figure.legend(handles=list(handles), loc="outside upper left", ncols=count,
                               columnspacing=1.4, handlelength=2.0, borderaxespad=0.1)  # fmt: skip
        extent = legend.get_window_extent(renderer)
        if extent.width <= figure.bbox.width or count == 1:
            figure.set_size_inches(width, height + extent.height / figure.dpi)
            return
        legend.remove()


def whisker_handle(words: Words) -> list[Line2D]:
    """Entry of the legend for whiskers, where there are any."""
    if not words.spread:
        return []
    return [Line2D([], [], color=INK, marker="|", ms=4, lw=0.8, label=words.spread)]


def whiskers(axes: Axes, rows: Any, bounds: pd.DataFrame) -> None:
    """A horizontal interval in each row: columns low and high."""
    for row, (low, high) in zip(rows, bounds[["low", "high"]].to_numpy(float), strict=True):
        if not math.isnan(low):
            axes.plot([low, high], [row, row], color=INK, lw=0.9, marker="|", ms=4, mew=0.9)


def name_width(width: float) -> int:
    """Characters in a line of a name beside a row of bars."""
    return 44 if width > COLUMN else 20


def rows_height(labels: Any, width: int) -> float:
    """Inches for rows of bars whose labels are wrapped."""
    lines = max(wrapped(str(name), width).count("\n") for name in labels) + 1
    return len(labels) * (0.09 + 0.115 * lines)


def bar_rows(axes: Axes, labels: Any, width: int) -> None:
    """Rows from top to bottom, named on the left."""
    axes.set_yticks(range(len(labels)), [wrapped(str(name), width) for name in labels])
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
