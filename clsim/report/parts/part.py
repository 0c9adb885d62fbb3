"""What a part of the page is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure


@dataclass(frozen=True)
class Drawing:
    """A figure that is drawn when it is asked for, at any width.

    Attributes
    ----------
    name : str
        Of its files, without ending.
    draw : callable
        Takes a width in inches.
    caption : str
    """

    name: str
    draw: Callable[[float], Figure]
    caption: str


@dataclass
class Part:
    """A part of the page.

    Attributes
    ----------
    title : str
    lead : Markup
        HTML before the figures.
    drawings : list of Drawing
    html : Markup
        HTML after the figures.
    tables : dict of str to pandas.DataFrame
        Written as CSV.
    latex : dict of str to str
        Written as ``.tex``.
    markdown : dict of str to str
        Written as ``.md``.
    cites : tuple of str
        Keys of the methods used, in `clsim.report.cite`.
    """

    title: str
    lead: Markup = field(default_factory=Markup)
    drawings: list[Drawing] = field(default_factory=list)
    html: Markup = field(default_factory=Markup)
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    latex: dict[str, str] = field(default_factory=dict)
    markdown: dict[str, str] = field(default_factory=dict)
    cites: tuple[str, ...] = ()
