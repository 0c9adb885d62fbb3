"""A page that needs nothing else, and the files of its parts."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from clsim.report.markup import asset, joined, lowered, with_glyphs
from clsim.report.parts.part import Part
from clsim.report.pictures import Pictures
from clsim.report.tables import csv

SCRIPTS = (
    "numbers.js",
    "tables.js",
    "folds.js",
    "blocks.js",
    "choosing.js",
    "aloud.js",
    "sliders.js",
)
"""The page's script, in the order in which its parts need each other."""


def document(title: str, body: Markup) -> Markup:
    """A whole page, with the style and the script of all pages in it."""
    return Markup(
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        "<title>{}</title><style>{}</style></head>\n"
        "<body>{}<script>{}</script></body></html>\n"
    ).format(
        title, asset("page.css"), with_glyphs(Markup("<main>{}</main>").format(body)),
        joined(map(asset, SCRIPTS)),
    )  # fmt: skip


def write_part(part: Part, suffix: str, pictures: Pictures, level: int = 2) -> Markup:
    """Write the tables of a part; give its HTML, with the figures that were asked for.

    Parameters
    ----------
    part : Part
    suffix : str
        Added to the names of files.
    pictures : Pictures
    level : int, default=2
        Of its heading.
    """
    folder = pictures.folder
    for name, frame in part.tables.items():
        write(folder / "tables" / f"{name}{suffix}.csv", csv(frame))
    for name, text in part.latex.items():
        write(folder / "tables" / f"{name}{suffix}.tex", text)
    for name, text in part.markdown.items():
        write(folder / "tables" / f"{name}{suffix}.md", text)
    drawn = joined(pictures.html(drawing, suffix) for drawing in part.drawings)
    html = Markup("<section><h2>{}</h2>{}{}{}</section>").format(
        part.title, part.lead, drawn, part.html
    )
    return lowered(html, level - 2)


def write(path: Path, text: str) -> None:
    """Write a text file, and its folder where it is not there."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")
