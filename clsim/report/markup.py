"""HTML of the page: what is not `markupsafe.Markup` is text, and is escaped where it is put in.

Markup is made of literals alone; texts of files and options come in by ``format`` and ``join``, so
that a text that nobody thought of shows as text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from clsim.report.figures.style import GLYPH

SCRIPT = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}"}
"""Characters that may end or confuse a script, as JSON also writes them."""


def joined(pieces: Iterable[str]) -> Markup:
    """Pieces one after the other; plain text among them is escaped."""
    return Markup("").join(pieces)


def lead(text: str) -> Markup:
    """A paragraph of a part."""
    return Markup("<p class=lead>{}</p>").format(text)


def note(text: str) -> Markup:
    """A paragraph that says what to know before believing the numbers."""
    return Markup("<p class=note>{}</p>").format(text)


def fold(title: str, content: Markup) -> Markup:
    """Content that shows when its title is opened."""
    return Markup("<details><summary>{}</summary>{}</details>").format(title, content)


def lowered(html: Markup, by: int) -> Markup:
    """With headings of lower levels; the sixth is the lowest.

    >>> lowered(Markup("<h3>Of two</h3>"), 2)
    Markup('<h5>Of two</h5>')
    """

    def lower(tag: re.Match[str]) -> str:
        return f"{tag[1]}{min(int(tag[2]) + by, 6)}{tag[3]}"

    # names are escaped, so that tags are the report's own
    return Markup(re.sub(r"(</?h)([2-6])([ >])", lower, html))


def script_data(data: Any) -> Markup:
    r"""Data as JSON for a ``<script>``, which no text in it can end.

    >>> script_data("</script>")
    Markup('"\\u003c/script\\u003e"')
    """
    return Markup(json.dumps(data, separators=(",", ":")).translate(SCRIPT))


def svg(drawn: str, kind: str, label: str) -> Markup:
    """A figure in the page.

    Parameters
    ----------
    drawn : str
        What `clsim.report.figures.style.drawn` gives: shapes and numbers alone, texts as paths.
    kind : str
        Its class.
    label : str
        For those who cannot see it.
    """
    attributes = Markup('<svg class="{}" role="img" aria-label="{}" ').format(kind, label)
    return attributes + Markup(drawn.removeprefix("<svg "))


def with_glyphs(body: Markup) -> Markup:
    """What a page shows, in which each sign of the font of its figures is defined once."""
    glyphs: dict[str, str] = {}
    rest = GLYPH.sub(lambda found: glyphs.setdefault(found[1], found[2]) and "", body)
    defined = "".join(f'<path id="{name}" {how}/>' for name, how in glyphs.items())
    return Markup(  # names of signs are the font's
        rest + f'<svg class="glyphs" aria-hidden="true"><defs>{defined}</defs></svg>'
        if glyphs else rest
    )  # fmt: skip


def asset(name: str) -> Markup:
    """A script or a style of the page."""
    return Markup((files("clsim.report") / "assets" / name).read_text(encoding="utf-8"))
