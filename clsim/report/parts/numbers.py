"""What the page's script reads: the numbers that prices multiply, to price them again."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.choice.answers import calendar_text
from clsim.analysis.choice.choose import common_seeds
from clsim.analysis.choice.overturning import unit
from clsim.analysis.choice.redrawing import Redrawn
from clsim.analysis.choice.repricing import ALL, Repricing, repricing
from clsim.analysis.compare.blocks import FEWEST_BLOCKS, FEWEST_TICKS, ROUNDED, SAME
from clsim.analysis.cost.calendars import every_text, is_sampled
from clsim.analysis.findings.paid import Term
from clsim.report.section import Section
from clsim.rounding import percent

TRAINING = ("retraining", "by_hand", "row")
"""Prices of a training."""


def block(section: Section, paid: Sequence[Term], most: Sequence[float]) -> dict[str, Any]:
    """For each strategy and price the quantity of each seed, and what the four answers need.

    The total cost of a run is the sum over prices of price times quantity.

    Parameters
    ----------
    section : Section
    paid : sequence of Term
        The prices.
    most : sequence of float
        Right end of the slider of each.
    """
    table, advice, answers = section.table, section.advice, section.answers
    names, common = table["strategy"], common_seeds(section.setting)
    means = table[table["seed"].isin(common)].groupby("strategy")[["score", "retrainings"]].mean()
    info, by_class = section.first(section.reference).info, section.prices.by_class

    def by_seed(values: Any, strategy: str) -> list[float | None]:
        return [_plain(value) for value in values[names == strategy]]

    return {
        "currency": section.words.currency, "score": section.words.score,
        "reference": section.reference, "floor": advice.floor, "never": advice.never,
        "today": answers.today, "common": common, "one_draw": section.setting.one_draw,
        "factor": _plain(answers.pace.factor), "unit": answers.pace.unit,
        "timed": answers.pace.days is not None, "by_class": by_class,
        "prices": {key: getattr(section.prices, key) for key in
                   (TRAINING if by_class else ("error", *TRAINING))},
        "terms": [{"key": t.key, "label": t.label, "unit": t.unit, "price": t.price,
                   "max": most[k], "error": t.key.startswith("error"), "fixed": t.fixed,
                   "stays": _stays(t.key), "one": unit(t.key, info)}
                  for k, t in enumerate(paid)],
        "t": {str(n): _student(n, 1) for n in range(2, max(section.words.seeds, 2) + 1)},
        "strategies": [
            {
                "name": name,
                "score": _plain(means["score"][name]),
                "score_all": _plain(section.means["score"][name]),
                "trained": float(means["retrainings"][name]),
                "trains": bool((table["retrainings"][names == name] > 0).any()),
                "rule": name in answers.rules,
                "every": calendar_text(section.setting, name),
                "seeds": [int(seed) for seed in table["seed"][names == name]],
                "counts": [by_seed(term.counts, name) for term in paid],
                "opportunity": by_seed(table["opportunity"], name),
            }
            for name in section.setting.runs
        ],
        **_answered(section, paid, repricing(section.setting, section.prices, section.calendars)),
    }  # fmt: skip


def _answered(section: Section, paid: Sequence[Term], found: Repricing) -> dict[str, Any]:
    """Slices, calendars, automation, and the half widths of intervals over blocks."""
    strategies = list(section.setting.runs)
    columns = [_column(term.key) for term in paid if term.key.startswith("error")]
    return {
        "automation": found.automation,
        "slices": [_slice(str(name), of, strategies, columns)
                   for name, of in found.slices.groupby("slice", sort=False)],
        "slices_t": _student(len(common_seeds(section.setting)), found.together),
        "blocks": None if not found.blocks else {
            "free": found.free, "drawn": _drawn(found.redrawn), "scopes": {
                str(name): _pairs(found.widths[found.widths["scope"] == name], strategies)
                for name in [ALL, *found.slices["slice"].unique()]
            } if found.redrawn is None else None,
        },
        "calendars": _calendars(section, found, strategies),
    }  # fmt: skip


def _stays(key: str) -> bool:
    """Whether a calendar in the place of a strategy pays for it as the strategy does."""
    return not key.startswith("error") and key not in (*TRAINING, "alarm")


def _student(seeds: int, together: int) -> float | None:
    """Student's t of that many seeds, for intervals of which so many hold together at 95%."""
    from scipy.special import stdtrit

    return float(stdtrit(seeds - 1, 1 - 0.025 / together)) if seeds > 1 else None


def _column(key: str) -> Any:
    """The column of a frame of slices that a price of errors is for."""
    if key == "error":
        return "loss"
    i, j = key.removeprefix("error[").removesuffix("]").split("][")
    return int(i), int(j)


def _slice(name: str, of: pd.DataFrame, strategies: Sequence[str], columns: list[Any]) -> Any:
    by_strategy = [of[of["strategy"] == strategy] for strategy in strategies]
    first = by_strategy[0]
    return {
        "name": name, "share": f"{percent(first['n'].sum() / first['events'].sum())}",
        "upkeep": [(own["n"] / own["events"].clip(lower=1)).tolist() for own in by_strategy],
        "lost": [[own[column].tolist() for column in columns] for own in by_strategy],
    }  # fmt: skip


def _drawn(found: Redrawn | str | None) -> Any:
    """What the script draws intervals of errors by class from; of covariances the lower half."""
    if found is None or isinstance(found, str):
        return found
    half = np.tril_indices(len(found.cells))
    return {
        "cells": [f"error[{i}][{j}]" for i, j in found.cells], "least": found.lengths.start,
        "ticks": FEWEST_TICKS, "blocks": FEWEST_BLOCKS, "same": SAME, "rounded": ROUNDED,
        "scopes": {
            name: {
                "n": _whole(one.events),
                "lost": [[_whole(cell) for cell in way] for way in one.counts],
                "spread": [[form[half].tolist() for form in forms]
                           for forms in one.spread.values()],
                "factors": one.factors.tolist(),
            }
            for name, one in found.scopes.items()
        },
    }  # fmt: skip


def _whole(values: np.ndarray) -> list[float]:
    """Counts; whole ones without a fraction, which is half of what the page has to hold."""
    return [int(value) if value == int(value) else float(value) for value in values]


def _pairs(widths: pd.DataFrame, strategies: Sequence[str]) -> list[Any]:
    """Of each pair of strategies, in the order of `combinations`."""
    by_pair = widths.set_index(["a", "b"])
    return [_width(by_pair.loc[pair]) for pair in combinations(strategies, 2)]


def _width(row: Any) -> list[Any]:
    reason = None if pd.isna(row["reason"]) else row["reason"]
    return [_plain(row["half"]), int(row["block"]), reason]


def _calendars(section: Section, found: Repricing, strategies: Sequence[str]) -> Any:
    known = found.calendars
    if isinstance(known, str):
        return known
    seeds = list(known.tables)
    run = section.setting.runs[strategies[0]][seeds[0]]
    periods = known.every["every"].unique().tolist()
    widths = found.widths.set_index(["scope", "a"])
    rows = []
    for every in periods:
        own = known.every[known.every["every"] == every]
        rows.append(
            {"text": every_text(run, every), "listed": found.listed[every],
             **{key: [_plain(value) for value in own[key]] for key in ("loss", "paid", "rows")},
             "blocks": [_width(widths.loc[(every, name)]) for name in strategies]
             if found.blocks else None}
        )  # fmt: skip
    return {"seeds": seeds, "t": _student(len(seeds), len(periods)), "rows": rows,
            "sampled": is_sampled(known.tables)}  # fmt: skip


def _plain(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)
