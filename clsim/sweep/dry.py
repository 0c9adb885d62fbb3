"""What a sweep would do: what is done, what is left, and how long that may take."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from clsim.runs.reading import is_done, read_info
from clsim.sweep.families import FOLDER
from clsim.sweep.jobs import groups, tables_wanted


def dry(configs: Sequence[dict[str, Any]], folders: Sequence[Path], sweep: Path) -> str:
    """What would be run, in words; nothing is, and nothing is written.

    Parameters
    ----------
    configs : sequence of dict
        Resolved, of all jobs and of what is wanted beside them.
    folders : sequence of Path
        Of their runs.
    sweep : Path
    """
    runs = dict(zip(folders, configs, strict=True))
    work = groups(configs, folders)
    left = sum(len(group.folders) for group in work)
    lines = [f"{len(runs)} runs, of which {len(runs) - left} are done and {left} would be made"]
    for group in work[:20]:
        lines.append(f"  together: {group.named()}: {len(group.folders)}")
    if len(work) > 20:
        lines.append(f"  and {len(work) - 20} more groups")
    tables = tables_wanted(configs)
    if tables:
        there = sum((sweep / FOLDER / table.name).is_dir() for table in tables)
        lines.append(f"{len(tables)} tables of hindsight, of which {there} are there or begun")
    return "\n".join([*lines, _how_long(sweep, left)])


def _how_long(sweep: Path, left: int) -> str:
    """How long runs may take, by those of the folder that are done."""
    took = []
    for done in sweep.glob("*/done"):
        if is_done(done.parent):
            made = read_info(done.parent).made
            took += (
                [made.wall_seconds / made.together] if made.wall_seconds and made.together else []
            )
    if not left:
        return "nothing is left to be replayed"
    if not took:
        return "no run is done here that would say how long it may take"
    seconds = left * mean(took)
    return (
        f"about {seconds:.0f} s for one process, by the {mean(took):.2f} s each that {len(took)} "
        "runs took which are done here"
    )
