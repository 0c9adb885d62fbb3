"""Figures of the examples: those that a block has given a name, which pyplot does not know of."""

from __future__ import annotations

from typing import Any

from matplotlib.figure import Figure
from sphinx_gallery.scrapers import figure_rst


def drawn(block: Any, block_vars: dict[str, Any], gallery_conf: dict[str, Any]) -> str:
    """Save the figures that are new since the block before, and say where as reStructuredText."""
    paths = []
    for it in block_vars["example_globals"].values():
        if isinstance(it, Figure) and not getattr(it, "_clsim_shown", False):
            it._clsim_shown = True  # type: ignore[attr-defined]
            path = next(block_vars["image_path_iterator"])
            it.savefig(path, dpi=150)
            paths.append(path)
    return figure_rst(paths, gallery_conf["src_dir"])
