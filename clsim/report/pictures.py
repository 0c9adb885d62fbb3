"""Figures of a report, drawn by several processes while the next ones are thought of."""

from __future__ import annotations

import base64
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.figure import Figure

from clsim.errors import unknown
from clsim.processes import Call, Submit
from clsim.report.figures.style import FULL, save
from clsim.report.markup import svg
from clsim.report.parts.part import Drawing, Part
from clsim.report.restyled import PLAIN, Style, labelled

Save = Callable[[Figure, Path, str], str]

SVG_LIMIT = 1_500_000
"""Characters of an SVG above which the page holds a bitmap instead."""


@dataclass(frozen=True)
class Picture:
    """A figure that was drawn and written: its SVG, its texts, and what it warned of."""

    svg: str
    texts: set[str]
    said: list[tuple[str, type[Warning], str, int]]


def draw(drawing: Drawing, name: str, folder: Path, style: Style, write: Save) -> Picture:
    """Draw a figure and write its files; the one as wide as a column where the style has one."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = drawing.draw(FULL)
        texts = labelled(figure, style.labels)
        wide = write(figure, folder, name)
        if style.width is not None:
            narrow = drawing.draw(style.width)
            texts |= labelled(narrow, style.labels)
            write(narrow, folder, f"{name}-column")
    said = [(str(w.message), w.category, w.filename, w.lineno) for w in caught]
    return Picture(wide, texts, said)


@dataclass
class Pictures:
    """The figures of a page, by the names of their files.

    Attributes
    ----------
    folder : path
        Into which their files are written.
    style : Style, default=PLAIN
    submit : callable or None, default=None
        What hands a call to another process, as that of an executor; None: there is none.
    """

    folder: Path
    style: Style = PLAIN
    submit: Submit | None = None
    _asked: dict[str, Call] = field(default_factory=dict)

    def ask(self, part: Part, suffix: str) -> None:
        """Have the figures of a part drawn."""
        for drawing in part.drawings:
            name = f"{drawing.name}{suffix}"
            job = (drawing, name, self.folder / "figures", self.style, save)
            self._asked[name] = Call(self.submit, draw, *job)

    def finish(self, bar: Any) -> set[str]:
        """Have all of them drawn, each a step of a bar; give their texts."""
        texts: set[str] = set()
        bar.set_description("clsim-report: figures")
        bar.total += len(self._asked)
        for asked in reversed(self._asked.values()):  # others began with the first
            texts |= asked.answer.texts
            bar.update()
        for asked in self._asked.values():
            picture = asked.answer
            for words, category, file, line in picture.said:
                warnings.warn_explicit(words, category, file, line)
        return texts

    def html(self, drawing: Drawing, suffix: str) -> Markup:
        """A figure in the page, with its caption and the names of its files."""
        name = f"{drawing.name}{suffix}"
        drawn = self._asked[name].answer.svg
        if len(drawn) > SVG_LIMIT:
            png = (self.folder / "figures" / f"{name}.png").read_bytes()
            shown = Markup('<img class="bitmap" alt="{}" src="data:image/png;base64,{}">').format(
                drawing.caption, base64.b64encode(png).decode()
            )
        else:
            shown = svg(drawn, "drawn", drawing.caption)
        files = [name, *([] if self.style.width is None else [f"{name}-column"])]
        return Markup(
            '<figure><div class="scroll" tabindex="0" role="group" aria-label="{}">{}</div>'
            "<figcaption>{} {}</figcaption></figure>"
        ).format(
            f"figure {name}", shown, drawing.caption,
            Markup(", ").join(Markup("<code>figures/{}.pdf</code>").format(of) for of in files),
        )  # fmt: skip


def selected(style: Style, part: Part) -> Part:
    """The same part with the figures that are wanted."""
    wanted = style.figures
    kept = [one for one in part.drawings if not wanted or one.name in wanted]
    return replace(part, drawings=kept)


def check_figures(style: Style, parts: Iterable[Part]) -> None:
    """Raise ``ValueError`` for a figure that no part has."""
    there = list(dict.fromkeys(one.name for part in parts for one in part.drawings))
    for name in style.figures:
        if name not in there:
            raise ValueError(f"style.figures: {unknown('figure', name, there)}")
