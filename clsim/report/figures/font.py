"""The font of figures: Matplotlib's own, with the signs that figures use and without its tables.

A PDF holds the signs of its font that it uses, and to cut them out of a font of 6,000 signs with
its rules for ligatures takes longer than to draw a figure. So they are cut out of a font that was
itself cut out once, and lies where Matplotlib keeps what it finds out about fonts. Signs that it
lacks are taken from the whole font.
"""

from __future__ import annotations

import logging
import os
import tempfile
from functools import lru_cache
from pathlib import Path

import matplotlib
from matplotlib import font_manager, get_cachedir, get_data_path, rcParams

FAMILY = "clsim DejaVu Sans"
"""What the font calls itself, since it is another than the one that it was cut out of."""

FILES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")

SIGNS = ((0x20, 0x7E), (0xA0, 0x17F), (0x391, 0x3C9), (0x2010, 0x205E), (0x20A0, 0x20BF),
         (0x2190, 0x21FF), (0x2200, 0x22FF))  # fmt: skip
"""Ranges of Unicode: Latin, Greek, punctuation, currencies, arrows, operators."""


def families() -> list[str]:
    """Families for ``font.family``; those that somebody set are left as they are.

    Examples
    --------
    >>> families()
    ['clsim DejaVu Sans', 'sans-serif']
    """
    own = list(rcParams["font.family"])
    usual = own == ["sans-serif"] and rcParams["font.sans-serif"][0] == "DejaVu Sans"
    return [FAMILY, *own] if usual and _known() else own


@lru_cache(maxsize=1)
def _known() -> bool:
    """Whether Matplotlib knows the font, which is made if it is not there."""
    folder = Path(get_cachedir()) / f"clsim-{matplotlib.__version__}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            path = folder / name
            if not path.exists():
                _cut(Path(get_data_path()) / "fonts" / "ttf" / name, path)
            font_manager.fontManager.addfont(path)
    except OSError:  # nowhere to write, or no such font: the whole one does as well
        return False
    return True


def _cut(source: Path, target: Path) -> None:
    from fontTools import subset

    log = logging.getLogger("fontTools")
    level = log.level
    log.setLevel(logging.WARNING)
    options = subset.Options(
        layout_features=["kern"], hinting=False, notdef_outline=True, glyph_names=True,
        recommended_glyphs=True, recalc_timestamp=False,
    )  # fmt: skip
    options.drop_tables += ["GSUB", "MATH", "FFTM"]
    font = subset.load_font(str(source), options)
    cutter = subset.Subsetter(options=options)
    cutter.populate(unicodes=[sign for low, high in SIGNS for sign in range(low, high + 1)])
    cutter.subset(font)
    for record in font["name"].names:
        if record.nameID in (1, 4, 16):
            record.string = FAMILY
        elif record.nameID == 6:
            record.string = source.stem.replace("DejaVuSans", "clsimDejaVuSans")
    handle, draft = tempfile.mkstemp(dir=target.parent)
    os.close(handle)
    try:
        subset.save_font(font, draft, options)
        os.replace(draft, target)  # whole, whoever else makes it
    finally:
        log.setLevel(level)
        Path(draft).unlink(missing_ok=True)
