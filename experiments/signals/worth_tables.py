"""The tables of the README out of what `worth.py` wrote, so that no number is copied by hand.

python experiments/signals/worth_tables.py [--out results/signals]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

SIGNALS = ("labels", "estimate", "inputs", "answers")

DELAY = 450


def whole(value: float) -> str:
    """A number without decimals, and without a minus of nothing."""
    return f"{round(value):,}" if round(value) else "0"


def cell(row: pd.Series) -> str:
    """What a signal is worth, with its interval where it varies; bold where that is above 0."""
    said = whole(row["worth"])
    if row["worth_low"] > 0:
        said = f"**{said}**"
    if pd.isna(row["worth_low"]) or row["worth_low"] == row["worth_high"]:
        return said
    return f"{said} [{whole(row['worth_low'])}, {whole(row['worth_high'])}]"


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of Markdown."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def of_worlds(worlds: pd.DataFrame, how: str) -> str:
    """All worlds at the usual delay."""
    usual = worlds[(worlds["delay"] == DELAY) & (worlds["how"] == how)]
    rows = []
    for name, own in usual.groupby("world", sort=False):
        of = own.set_index("signal")
        rows.append([str(name), *(cell(of.loc[signal]) for signal in SIGNALS)])
        rows[-1].append(whole(of["hindsight"].iloc[0]))
    return table(["world", *SIGNALS, "hindsight"], rows)


def of_delays(worlds: pd.DataFrame, how: str) -> str:
    """Worlds whose labels come sooner and later, in their order."""
    names = worlds.loc[worlds["delay"] != DELAY, "world"].unique()
    some = worlds[worlds["world"].isin(names) & (worlds["how"] == how)]
    rows = []
    for (name, delay), own in some.groupby(["world", "delay"]):
        of = own.set_index("signal")
        rows.append([str(name), whole(delay), *(cell(of.loc[signal]) for signal in SIGNALS)])
        rows[-1].append(whole(of["hindsight"].iloc[0]))
    return table(["world", "labels late by (events)", *SIGNALS, "hindsight"], rows)


def of_logs(logs: pd.DataFrame) -> str:
    """The logs: by blocks of ticks, and from the least to the most of draws of their events."""
    rows = []
    for (name, how), own in logs.groupby(["world", "how"]):
        of = own.set_index("signal")
        cells = [
            f"{cell(of.loc[signal])}; {whole(of.loc[signal, 'least'])} to "
            f"{whole(of.loc[signal, 'most'])}" if signal in of.index else ""
            for signal in SIGNALS
        ]  # fmt: skip
        rows.append([str(name), str(how), *cells, whole(of["hindsight"].iloc[0])])
    return table(["log", "rule", *SIGNALS, "hindsight"], rows)


def tables(folder: Path) -> dict[str, str]:
    """All tables of the README, by what they are."""
    worlds, logs = (pd.read_csv(folder / name) for name in ("worth.csv", "worth_logs.csv"))
    return {
        "cheapest": of_worlds(worlds, "cheapest"), "equal rate": of_worlds(worlds, "equal rate"),
        "delays": of_delays(worlds, "cheapest"),
        "delays at an equal rate": of_delays(worlds, "equal rate"), "logs": of_logs(logs),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/signals"))
    for name, text in tables(parser.parse_args().out).items():
        print(f"{name}\n\n{text}\n")


if __name__ == "__main__":
    main()
