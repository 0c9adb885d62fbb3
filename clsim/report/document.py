"""A page that needs nothing else, and the files of its parts."""

from __future__ import annotations

import base64
from pathlib import Path

from markupsafe import Markup

from clsim.report.figures.style import COLUMN, FULL, save
from clsim.report.markup import asset, joined
from clsim.report.markup import svg as svg_of
from clsim.report.parts.part import Drawing, Part
from clsim.report.tables import csv

SCRIPTS = ("numbers.js", "tables.js", "blocks.js", "choosing.js", "aloud.js", "sliders.js")
"""The page's script, in the order in which its parts need each other."""

SVG_LIMIT = 1_500_000
"""Characters of an SVG above which the page holds a bitmap instead."""


def document(title: str, body: Markup) -> Markup:
    """A whole page, with the style and the script of all pages in it."""
    return Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{}</title><style>{}</style></head>\n"
        "<body><main>{}</main><script>{}</script></body></html>\n"
    ).format(title, asset("page.css"), body, joined(map(asset, SCRIPTS)))


def write_part(part: Part, suffix: str, folder: Path) -> Markup:
    """Write the figures and tables of a part; give its HTML."""
    for name, frame in part.tables.items():
        write(folder / "tables" / f"{name}{suffix}.csv", csv(frame))
    for name, text in part.latex.items():
        write(folder / "tables" / f"{name}{suffix}.tex", text)
    drawn = joined(_figure(drawing, suffix, folder / "figures") for drawing in part.drawings)
    return Markup("<section><h2>{}</h2>{}{}{}</section>").format(
        part.title, part.lead, drawn, part.html
    )


def write(path: Path, text: str) -> None:
    """Write a text file, and its folder where it is not there."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _figure(drawing: Drawing, suffix: str, folder: Path) -> Markup:
    """Write a figure at both widths; the page shows the narrow one on a phone."""
    name = f"{drawing.name}{suffix}"
    wide = _image(save(drawing.draw(FULL), folder, name), folder, name, "wide", drawing.caption)
    column = f"{name}-column"
    narrow = _image(
        save(drawing.draw(COLUMN), folder, column), folder, column, "narrow", drawing.caption
    )  # fmt: skip
    return Markup(
        "<figure>{}{}<figcaption>{} <code>figures/{}.pdf</code>, <code>figures/{}.pdf</code>"
        "</figcaption></figure>"
    ).format(wide, narrow, drawing.caption, name, column)


def _image(svg: str, folder: Path, name: str, kind: str, caption: str) -> Markup:
    if len(svg) > SVG_LIMIT:
        data = base64.b64encode((folder / f"{name}.png").read_bytes()).decode()
        return Markup('<img class="bitmap {}" alt="{}" src="data:image/png;base64,{}">').format(
            kind, caption, data
        )
    return svg_of(svg, kind, caption)
