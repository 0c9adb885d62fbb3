"""A page that says what a stream or a table is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from clsim.report import cite
from clsim.report.document import document, write, write_part
from clsim.report.folder import PAGE, replacing
from clsim.report.markup import joined, lead
from clsim.report.parts.part import Part
from clsim.report.pictures import Pictures
from clsim.runs.run import versions


def write_description(
    folder: Path, title: str, said: str, parts: Sequence[Part], command: str
) -> Path:
    """Write the page of a description, with its figures and tables, into a folder.

    Parameters
    ----------
    folder : path
        Made where it is not there. Written into it: ``report.html``, ``figures/``, ``tables/``.
    title, said : str
        What is described, and the first sentence.
    parts : sequence of Part
    command : str
        The command that wrote it.

    Returns
    -------
    pathlib.Path
        Of the page.

    Raises
    ------
    ValueError
        If a link, or a file that clsim did not write, is in the way; then nothing has changed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder) as draft:
        pictures = Pictures(draft)
        for part in parts:
            pictures.ask(part, "")
        bodies = [write_part(part, "", pictures) for part in parts]
        used = ", ".join(f"{name} {version}" for name, version in versions().items())
        keys = [*cite.ALWAYS, *(key for part in parts for key in part.cites)]
        cited = "; ".join(f"{cite.REFERENCES[key][0]} ({key})" for key in keys)
        write(draft / "tables" / "methods.bib", cite.bibtex(keys))
        made = Markup(
            "<h2>How to reproduce</h2><dl><dt>This page</dt><dd><code>{}</code></dd>"
            "<dt>Versions</dt><dd>{}</dd><dt>To cite</dt><dd>{}; BibTeX in "
            "<code>tables/methods.bib</code></dd></dl>"
        ).format(command, used, cited)
        head = Markup("<h1>{}</h1>{}").format(title, lead(said))
        write(draft / PAGE, document(title, joined([head, *bodies, made])))
    return folder / PAGE
