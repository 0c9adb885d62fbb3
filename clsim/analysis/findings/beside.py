"""Other sweeps beside this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from clsim.analysis.compare.beside import Beside, beside, beside_means
from clsim.analysis.compare.comparison import Setting, settings
from clsim.analysis.findings.case import Case
from clsim.runs.reading import load
from clsim.runs.run import Runs

COMPARED = ("total", "score")
"""Quantities whose differences are looked at."""


def other_sweeps(folders: Sequence[str | Path]) -> dict[str, list[Setting]]:
    """The settings of other sweeps, by the name of their folder, or by its path.

    Raises
    ------
    ValueError
        For a folder that holds no sweep, or that is given twice.
    """
    found: dict[str, list[Setting]] = {}
    names = [Path(folder).resolve().name for folder in folders]
    for folder, name in zip(folders, names, strict=True):
        called = name if names.count(name) == 1 else str(folder)
        runs = load(folder)
        if not isinstance(runs, Runs):
            raise ValueError(
                f"{str(folder)!r}: this is one run; give the sweep folder that holds it"
            )
        if called in found:
            raise ValueError(f"{str(folder)!r}: this folder is given twice")
        found[called] = settings(runs)
    return found


def beside_others(
    cases: Sequence[Case], others: Mapping[str, Sequence[Setting]]
) -> dict[str, pd.DataFrame]:
    """What other sweeps differ in, by the prices of this one.

    Parameters
    ----------
    cases : sequence of Case
        The settings of this sweep.
    others : dict of str to sequence of Setting
        Those of others, by the name of the sweep.

    Returns
    -------
    dict of str to pandas.DataFrame
        beside: as `clsim.analysis.beside_means` says, of total cost and score; beside_counts:
        pairs, unpaired_here, unpaired_there, compared (strategies in settings), draws,
        different_labels and different_events (pairs whose runs did not replay the same labels, or
        did not serve the same events); beside_pairs, beside_unpaired, beside_settings: as
        `clsim.analysis.compare.beside.Beside` says. Each has the other's name as its first column,
        other. Empty where there is no other sweep.
    """
    own = [case.setting for case in cases]
    found = {name: beside(own, other, cases[0].prices) for name, other in others.items()}
    of_each = {
        "beside": lambda one: pd.concat([beside_means(one, value) for value in COMPARED]),
        "beside_counts": _counts,
        "beside_pairs": lambda one: one.pairs,
        "beside_unpaired": lambda one: one.unpaired,
        "beside_settings": lambda one: one.differences,
    }
    return {
        frame: _named({n: of(one) for n, one in found.items()}) for frame, of in of_each.items()
    }


def _counts(found: Beside) -> pd.DataFrame:
    pairs, sweep = found.pairs, found.unpaired["sweep"]
    means = beside_means(found)
    counts = {
        "pairs": len(pairs),
        "unpaired_here": (sweep == "a").sum(),
        "unpaired_there": (sweep == "b").sum(),
        "compared": len(means),
        "draws": means["draws"].max() if len(means) else 0,
        "different_labels": (~pairs["same_labels"].astype(bool)).sum(),
        "different_events": (~pairs["same_events"].astype(bool)).sum(),
    }
    return pd.DataFrame({key: [int(value)] for key, value in counts.items()})


def _named(frames: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Frames of other sweeps one below the other, each with the sweep's name in front."""
    some = [frame.assign(other=name) for name, frame in frames.items() if len(frame)]
    if not some:
        return pd.DataFrame()
    table = pd.concat(some, ignore_index=True)
    return table[["other", *table.columns.drop("other")]]
