"""A style of one's own for figures: a small YAML that renames, orders, colours, selects, labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from matplotlib.colors import is_color_like, to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from clsim.analysis.compare.comparison import Setting
from clsim.errors import check_choice, check_number, unknown
from clsim.report.figures.style import (
    FULL,
    LOOKS,
    MORE_LOOKS,
    OTHER,
    Look,
    characters,
    wrapped,
)
from clsim.runs.files import read_yaml

LINES: dict[str, Any] = {
    "solid": "-", "dashed": (0, (5, 1.2)), "dotted": (0, (1.2, 0.8)),
    "dashdot": (0, (5, 1.2, 1.2, 1.2)),
}  # fmt: skip
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "x",
           "plus": "+"}  # fmt: skip
OF_A_STRATEGY = ("name", "color", "line", "marker")


@dataclass(frozen=True)
class Style:
    """What figures of one's own look like; nothing is replayed for it.

    Attributes
    ----------
    strategies : mapping of str to mapping
        For strategies, by the name that the sweep gives them: ``name`` (what they are to be
        called), ``color`` (as Matplotlib takes it), ``line`` (solid, dashed, dotted or dashdot)
        and ``marker`` (circle, square, triangle, diamond, cross or plus).
    settings : mapping of str to str
        What settings are to be called.
    only : tuple of str
        Strategies that figures show; empty: as many as fit. Tables and tests have all.
    order : tuple of str
        Strategies in the order of figures; those that it leaves out follow, cheapest first.
    labels : mapping of str to str
        What is to stand in the place of a text of a figure, such as the label of an axis.
    figures : tuple of str
        Figures that a report has; empty: all.
    width : float or None, default=None
        In inches. Each figure is also written as wide as this, such as a column of a paper. None:
        it is not.

    Examples
    --------
    >>> style = Style(strategies={"weekly": {"name": "every week", "color": "black"}})
    >>> style.called("weekly"), style.called("never")
    ('every week', 'never')
    >>> style.looks(["every week"])["every week"].color
    'black'
    """

    strategies: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    figures: tuple[str, ...] = ()
    width: float | None = None

    @classmethod
    def from_dict(cls, given: Mapping[str, Any]) -> Style:
        """A style from a mapping, such as a file of YAML holds.

        Parameters
        ----------
        given : mapping of str
            By the names of the attributes; what it lacks has its default.

        Returns
        -------
        Style

        Raises
        ------
        TypeError, ValueError
            For an unknown key, or a value that is none of its key.

        Examples
        --------
        >>> Style.from_dict({"colour": "red"})
        Traceback (most recent call last):
        ValueError: style: unknown key 'colour'; Allowed: strategies, settings, only, order, \
labels, figures, width
        """
        names = [each.name for each in fields(cls)]
        for key in given:
            if key not in names:
                raise ValueError(f"style: {unknown('key', key, names)}")
        made = dict(given)
        for key in ("only", "order", "figures"):
            value = given.get(key, ())
            if isinstance(value, str) or not isinstance(value, Sequence):
                raise TypeError(f"style.{key}={value!r}: expected a list of names")
            made[key] = tuple(map(str, value))
            if len(set(made[key])) < len(made[key]):
                raise ValueError(f"style.{key}={list(value)!r}: a name stands there twice")
        for key in ("strategies", "settings", "labels"):
            value = given.get(key, {})
            if not isinstance(value, Mapping):
                raise TypeError(f"style.{key}={value!r}: expected a mapping")
            made[key] = {str(name): of for name, of in value.items()}
            if key != "strategies":
                made[key] = {name: str(of) for name, of in made[key].items()}
        for name, of in made["strategies"].items():
            _check_look(name, of)
        if given.get("width") is not None:
            check_number("style.width", given["width"], low=2.0, high=FULL)
        return cls(**made)

    def check(self, among: Sequence[Setting]) -> None:
        """Refuse a style that does not fit a sweep.

        Parameters
        ----------
        among : sequence of Setting
            As `clsim.analysis.settings` gives them.

        Raises
        ------
        ValueError
            For a strategy or setting that the sweep does not have, or if two would be called alike.
        """
        known = list(dict.fromkeys(name for setting in among for name in setting.runs))
        for key in ("strategies", "only", "order"):
            for name in getattr(self, key):
                if name not in known:
                    raise ValueError(f"style.{key}: {unknown('strategy', name, known)}")
        settings = [setting.name for setting in among]
        for name in self.settings:
            if name not in settings:
                raise ValueError(f"style.settings: {unknown('setting', name, settings)}")
        for names, called in ((known, self.called), (settings, self.called_setting)):
            new = list(map(called, names))
            twice = next((name for name in new if new.count(name) > 1), None)
            if twice is not None:
                raise ValueError(f"style: two would be called {twice!r}")

    def called(self, strategy: str) -> str:
        """What a strategy of the sweep is to be called."""
        return str(self.strategies.get(strategy, {}).get("name", strategy))

    def called_setting(self, setting: str) -> str:
        """What a setting of the sweep is to be called."""
        return self.settings.get(setting, setting)

    def renamed(self, setting: Setting) -> Setting:
        """The setting and its strategies as they are to be called."""
        runs = {self.called(name): by_seed for name, by_seed in setting.runs.items()}
        return replace(setting, name=self.called_setting(setting.name), runs=runs)

    def arranged(self, names: Iterable[str]) -> list[str]:
        """Those strategies that figures show, in their order.

        Parameters
        ----------
        names : iterable of str
            Strategies as they are called.

        Returns
        -------
        list of str
        """
        only, order = (list(map(self.called, of)) for of in (self.only, self.order))
        kept = [name for name in names if name in only or not only]
        return sorted(kept, key=lambda name: order.index(name) if name in order else len(order))

    def looks(self, shown: Sequence[str]) -> dict[str, Look]:
        """How strategies are drawn: those shown, and those that have a look of their own.

        Parameters
        ----------
        shown : sequence of str
            Strategies as they are called.

        Returns
        -------
        dict of str to Look
            Strategies that are given none have colours and lines that no other has, while there
            are any.
        """
        own = {
            self.called(name): of for name, of in self.strategies.items() if of.keys() - {"name"}
        }
        taken = [to_rgb(of["color"]) for of in own.values() if "color" in of]
        given_lines = [LINES[of["line"]] for of in own.values() if "line" in of]
        every = (*LOOKS, *MORE_LOOKS)
        colors = iter(e.color for e in every if all(_apart(to_rgb(e.color), c) for c in taken))
        lines = iter(e.line for e in every if e.line not in given_lines)
        markers = iter(e.marker for e in every)
        looks = {}
        for name in dict.fromkeys([*shown, *own]):
            of = own.get(name, {})
            marker = next(markers, OTHER.marker)
            looks[name] = Look(
                of["color"] if "color" in of else next(colors, OTHER.color),
                LINES[of["line"]] if "line" in of else next(lines, OTHER.line),
                MARKERS[of["marker"]] if "marker" in of else marker,
            )
        return looks


PLAIN = Style()
"""As clsim draws by itself."""


def read_style(given: Style | Mapping[str, Any] | str | Path | None) -> Style:
    """A style from a file of YAML, or from a mapping; None: as clsim draws by itself.

    Raises
    ------
    TypeError, ValueError
        As `Style.from_dict`; beginning with the file, if there is one.
    """
    if given is None or isinstance(given, Style):
        return given or PLAIN
    if isinstance(given, Mapping):
        return Style.from_dict(given)
    try:
        return Style.from_dict(read_yaml(Path(given)))
    except (TypeError, ValueError) as error:
        known = str(error).startswith(str(given))
        raise type(error)(str(error) if known else f"{given}: {error}") from error


def _apart(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two colours can be told apart."""
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) > 0.15


def _check_look(name: str, of: Any) -> None:
    if not isinstance(of, Mapping):
        raise TypeError(f"style.strategies.{name}={of!r}: expected {', '.join(OF_A_STRATEGY)}")
    for key, value in of.items():
        where = f"style.strategies.{name}.{key}"
        if key not in OF_A_STRATEGY:
            raise ValueError(f"style.strategies.{name}: {unknown('key', key, OF_A_STRATEGY)}")
        if key == "color" and not is_color_like(value):
            raise ValueError(f"{where}={value!r}: no colour, such as '#0072B2' or black")
        if key in ("line", "marker"):
            check_choice(where, value, LINES if key == "line" else MARKERS)
        if key == "name" and (not isinstance(value, str) or not value.strip()):
            raise TypeError(f"{where}={value!r}: expected text")


def labelled(figure: Figure, labels: Mapping[str, str]) -> set[str]:
    """Put labels of one's own in the place of texts of a figure; gives all texts that it had."""
    texts = set()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        said = " ".join(text.get_text().split())
        if said:
            texts.add(said)
        if said in labels:
            inches = figure.get_size_inches()[int(text.get_rotation() == 90)]
            text.set_text(wrapped(labels[said], characters(inches, 0.8)))
    return texts


def check_labels(style: Style, texts: Iterable[str]) -> None:
    """Raise ``ValueError`` for a label in the place of a text that no figure has."""
    words = sorted(text for text in texts if any(map(str.isalpha, text)))
    for text in style.labels:
        if text not in words:
            raise ValueError(f"style.labels: {unknown('text of a figure', text, words)}")
