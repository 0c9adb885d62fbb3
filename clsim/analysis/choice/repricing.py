"""What the four answers are made of before anything has a price: sums that prices multiply.

Costs are linear in prices, and so is the half width of an interval over blocks in the price of an
error. So whoever has these frames can say the four answers at any price without the runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from clsim.analysis.choice.automation import price_of_replay
from clsim.analysis.choice.choose import common_seeds
from clsim.analysis.choice.difference import Costs, Difference, all_costs, costs, difference
from clsim.analysis.choice.redrawing import Redrawn, redrawn
from clsim.analysis.choice.slices import comparisons, slices_of
from clsim.analysis.compare.comparison import Setting
from clsim.analysis.cost.calendars import Calendars, listed
from clsim.runs.ledger import Prices
from clsim.runs.run import Run

PER_LOSS = Prices(error=1.0, retraining=0.0)
"""Prices at which a cost is the loss."""

ALL = "all"


@dataclass(frozen=True)
class Repricing:
    """Sums of a setting that prices multiply.

    Attributes
    ----------
    blocks : bool
        Whether intervals are over blocks of one stream; otherwise they are over seeds.
    slices : pandas.DataFrame
        One row per slice (the largest first), strategy and seed: slice, strategy, seed, n,
        events (of the whole replay), and ``loss``, or where errors are priced by class a column
        for each pair of classes, as (true, predicted) positions.
    together : int
        Number of comparisons whose intervals on slices hold together.
    calendars : Calendars or str
        A text: why there are none.
    listed : dict of int to (str or None)
        For each period, the strategy of the sweep that is this calendar.
    widths : pandas.DataFrame
        Half widths of the intervals over blocks, in units of loss: scope (``'all'``, a slice, or
        a period), a, b (strategies; of a period, the strategy alone), half, block and reason (why
        there is none). Empty where intervals are over seeds, or errors priced by class.
    redrawn : Redrawn, str or None
        What the intervals over blocks of errors that are priced by class are made of; a text: why
        there are none; None: they are over seeds, or errors have one price.
    free : str
        Why there is no interval over blocks where errors cost nothing.
    automation : float, str or None
        Price of automation for the whole replay; a text: why there is none; None: not asked.
    """

    blocks: bool
    slices: pd.DataFrame
    together: int
    calendars: Calendars | str
    listed: Mapping[int, str | None]
    widths: pd.DataFrame
    redrawn: Redrawn | str | None
    free: str
    automation: float | str | None


def repricing(setting: Setting, prices: Prices, known: Calendars | str) -> Repricing:
    """What `clsim.analysis.choice.answers.answers` at any price is made of.

    Parameters
    ----------
    setting : Setting
        Whose runs can be compared.
    prices : Prices
        Whether errors are priced by class is read of them, and what automation costs.
    known : Calendars or str
        What `clsim.analysis.cost.calendars.calendars_beside` gives.
    """
    seeds = common_seeds(setting)
    blocks = setting.one_draw or len(seeds) == 1
    per = all_costs(setting, seeds, PER_LOSS)
    names = slices_of(per)
    tests = comparisons(names, per)
    rows: list[tuple[object, ...]] = []
    drawn = None
    if blocks and prices.by_class:
        drawn = redrawn(setting, seeds, prices, {ALL: 1, **dict.fromkeys(names, tests)})
    elif blocks:
        rows = _between_strategies(per, [ALL, *names], setting.one_draw)
    same = {}
    if not isinstance(known, str):
        rows += _of_calendars(known, setting) if blocks else []
        periods = known.every["every"].unique().tolist()
        same = {every: listed(setting, known.tables, every) for every in periods}
    return Repricing(
        blocks, _counts(setting, seeds, names, prices), tests, known, same,
        pd.DataFrame(rows, columns=["scope", "a", "b", "half", "block", "reason"]), drawn,
        _free(next(iter(per.values()))[ALL]), price_of_replay(setting, prices),
    )  # fmt: skip


def _between_strategies(
    per: Mapping[str, Mapping[str, Costs]], scopes: Sequence[str], one_draw: bool
) -> list[tuple[object, ...]]:
    tests = comparisons(scopes[1:], per)
    rows: list[tuple[object, ...]] = []
    for scope in scopes:
        for a, b in combinations(per, 2):
            found = difference(
                per[a][scope], per[b][scope], one_draw=one_draw,
                together=1 if scope == ALL else tests,
            )  # fmt: skip
            rows.append((scope, a, b, *_half(found)))
    return rows


def _of_calendars(known: Calendars, setting: Setting) -> list[tuple[object, ...]]:
    """Of each period against each strategy."""
    seeds = list(known.tables)
    rows: list[tuple[object, ...]] = []
    periods = known.every["every"].unique()
    for name, by_seed in setting.runs.items():
        own = costs(by_seed, seeds, PER_LOSS)[ALL]
        for every in periods.tolist():
            errors = [known.losses[every, seed] for seed in seeds]
            found = difference(
                replace(own, errors=errors), own, one_draw=setting.one_draw, together=len(periods)
            )
            rows.append((every, name, None, *_half(found)))
    return rows


def _half(found: Difference) -> tuple[float, int, str | None]:
    return (found.high - found.low) / 2, found.block, found.reason


def _free(one: Costs) -> str:
    # of one seed: worlds of random arrivals have other ticks for each
    flat = Costs([np.zeros_like(one.errors[0])], one.n[:1], one.upkeep[:1])
    return str(difference(flat, flat, one_draw=True).reason)


def _lost(run: Run) -> pd.DataFrame:
    """Events and loss of each slice (index), and all events."""
    code, names = pd.factorize(run.ticks["slice"].to_numpy(dtype=object))
    n, loss = (run.ticks[name].to_numpy() for name in ("n", "loss"))
    columns = {
        "n": [int(n[code == k].sum()) for k in range(len(names))],
        "loss": [float(loss[code == k].sum()) for k in range(len(names))],
    }
    lost = pd.DataFrame(columns, index=pd.Index(names, name="slice"))
    return lost.assign(events=lost["n"].to_dict()[ALL])


def _counts(
    setting: Setting, seeds: Sequence[int], names: Sequence[str], prices: Prices
) -> pd.DataFrame:
    """What was lost on each slice, by strategy and seed."""
    frames = []
    for strategy, by_seed in setting.runs.items():
        for seed in seeds:
            run = by_seed[seed]
            lost = _lost(run)
            if prices.by_class:
                position = {label: code for code, label in enumerate(run.info.classes)}
                assert run.confusion is not None
                told = run.confusion.assign(
                    true=run.confusion["y_true"].map(position),
                    given=run.confusion["y_pred"].map(position),
                )
                cells = told.pivot_table(
                    index="slice", columns=["true", "given"], values="n", aggfunc="sum",
                    fill_value=0,
                )  # fmt: skip
                cells.columns = pd.Index(
                    [(int(cell[0]), int(cell[1])) for cell in cells.columns.tolist()],
                    tupleize_cols=False,
                )
                lost = lost.drop(columns="loss").join(cells).fillna(0)
            lost = lost.loc[list(names)].rename_axis("slice").reset_index()
            frames.append(lost.assign(strategy=strategy, seed=seed))
    found = pd.concat(frames, ignore_index=True).fillna(0)
    order = {name: place for place, name in enumerate(names)}
    return found.sort_values("slice", key=lambda s: s.map(order), kind="stable", ignore_index=True)
