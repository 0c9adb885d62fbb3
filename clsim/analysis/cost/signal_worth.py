"""What a signal is worth: rules over it, priced beside calendars, chance, labels and hindsight.

Thresholds are chosen on some draws of a world and priced on others, since a minimum over thresholds
on the draw that is scored is luck. All of it is look-ups in tables that were made with monitors
(`clsim.counterfactual`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.clock import UNITS
from clsim.errors import check_number, prefixed, unknown
from clsim.hindsight.cuts import stretch
from clsim.hindsight.grids import SIDES, Levels, Paths, run_all, spread_levels
from clsim.hindsight.losses import check_every_tick
from clsim.hindsight.optimum import optimum
from clsim.hindsight.schedules import costs_by_tick, periodic, ready
from clsim.hindsight.table import Counterfactual
from clsim.randomness import generator
from clsim.rounding import amount, percent
from clsim.runs.ledger import Prices
from clsim.statistics.intervals import Interval, mean_interval

YEAR = 365 * UNITS["d"]

LONGEST = 100
"""The longest period of a calendar that is looked up, in ticks; and none at all is one too."""


def by_quantiles(
    tuning: Sequence[Counterfactual],
    sides: Mapping[str, str],
    count: int = 50,
    waits: Sequence[int] = (1, 2, 4, 8),
) -> dict[str, list[Levels]]:
    """Rules for each signal: levels where its values lie, each with several cooldowns.

    Parameters
    ----------
    tuning : sequence of Counterfactual
    sides : dict of str to {'above', 'below', 'either'}
        For each signal, on which side something is wrong; ``'either'`` where nobody knows: rules of
        both sides.
    count : int, default=50
        Levels at the most.
    waits : sequence of int, default=(1, 2, 4, 8)
        Cooldowns, in ticks.

    Returns
    -------
    dict of str to list of Levels
        For each signal one grid per side and cooldown, sides first.

    Raises
    ------
    ValueError
        If a table has no signals, or a signal no value in any tick of them.

    Examples
    --------
    From tick 2 on the signal is 1 of models that were trained before it, and else 0: a level below
    both values, one at each of them, and two cooldowns.

    >>> from clsim.hindsight.signals import Signals
    >>> nan, ticks = float("nan"), np.arange(4)
    >>> models = np.append(ticks, -1)  # one is trained in every tick, and one before
    >>> there = ticks >= models[:, None]
    >>> says = np.where(there, (models[:, None] <= 1) & (ticks > 1), nan)
    >>> signals = Signals({"loss": {None: says}}, np.arange(0, 50, 10), models.clip(0),
    ...                   np.arange(10, 50, 10), timed=False)
    >>> table = Counterfactual(
    ...     loss=np.where(there, 1.0, nan), ticks=models, serves=models.clip(0),
    ...     rows=models.clip(0), n=np.full(4, 10), held_out=np.zeros(5, int), seconds=np.zeros(5),
    ...     failures={}, signals=signals,
    ... )
    >>> rules = by_quantiles([table], {"loss": "above"}, count=5, waits=(1, 4))
    >>> [(grid.side, grid.wait, len(grid.levels)) for grid in rules["loss"]]
    [('above', 1, 3), ('above', 4, 3)]
    """
    return {
        signal: [
            spread_levels(tuning, signal, count, one, wait)
            for one in (SIDES if side == "either" else (side,))
            for wait in waits
        ]
        for signal, side in sides.items()
    }


def signal_worth(
    tuning: Sequence[Counterfactual],
    scored: Sequence[Counterfactual],
    rules: Mapping[str, Sequence[Levels]],
    prices: Prices | None = None,
    *,
    quiet: Sequence[Counterfactual] = (),
    false_alarms: float | None = None,
    labels: str | None = None,
    draws: int = 200,
    seed: int = 0,
) -> pd.DataFrame:
    """What the best rule over each signal saves against the best calendar, and what that takes.

    Parameters
    ----------
    tuning, scored : sequence of Counterfactual
        Other draws of one world, or of a log other stretches (`clsim.hindsight.cuts.stretch`):
        rules and calendars are chosen on the first, and priced on the second.
    rules : dict of str to sequence of Levels
        For each signal the rules to choose from, as `by_quantiles` makes them.
    prices : Prices or None, default=None
        None: the default prices.
    quiet : sequence of Counterfactual, default=()
        Draws of the same world in which nothing changes (``Stream.quiet``): every training that
        starts there is a false one.
    false_alarms : float or None, default=None
        For all signals the same rate of false trainings, per year (per run, where the clock counts
        rows). The level is then the loosest of a grid that keeps it together with all stricter
        ones, of each cooldown, and the tuning draws choose the cooldown. None: the cheapest rule.
    labels : str or None, default=None
        The signal that is the labels' own loss, such as a ``Score(of='champion')``, beside which
        every other one is put. None: there is none.
    draws : int, default=200
        Number of schedules that are drawn for ``shuffled`` and ``random``.
    seed : int, default=0

    Returns
    -------
    pandas.DataFrame
        One row per signal, the dearest first:

        - ``signal``, ``side``, ``level``, ``wait``: the rule that was chosen;
        - ``retrainings`` and ``cost``: means over the scored draws, per run;
        - ``worth``, ``worth_low``, ``worth_high``: what it saves a year against the tuned
          calendar, with the 95 % interval over draws, or over blocks of ticks where one is scored
          (missing for what does not vary);
        - ``same_number``, ``shuffled``, ``random``, with ``_low`` and ``_high``: what *these* save
          a year against the tuned calendar: as many trainings, evenly spaced; the rule's own
          intervals between trainings in random order; as many at random ticks;
        - ``over_labels``, with ``_low`` and ``_high``: what the rule saves a year against that over
          the labels' own loss; left out without ``labels``;
        - ``hindsight``: what the best schedule in hindsight of each draw saves, which also fits
          luck; ``share``: of that, how much the rule saves;
        - ``luck``: by how much a year the rule would seem better if it had been chosen on the
          draws on which it is priced;
        - ``calendar``: the period of the tuned calendar, in ticks; 0: never;
        - ``false``: false trainings a year, missing without quiet draws;
        - ``labels``, ``seconds``: labels that it reads and measured seconds that it computes, a
          year.

        A year is a run where the clock counts rows.

    Raises
    ------
    ValueError
        Without draws, for draws that are in both, for other ticks, for a table that lacks the
        model of a tick or a loss of one, or if no level keeps a rate.

    Examples
    --------
    In two draws of a world the concept changes after tick 1 or after tick 2, and the loss that is
    seen a tick later says so. In the second, the rule costs 14 errors and one training, 19. The
    calendar that was best in the first, every 3 ticks, costs (19 + 32 + 40) / 3 there, by its
    phases.

    >>> from clsim.hindsight.signals import Signals
    >>> nan, ticks = float("nan"), np.arange(6)
    >>> models = np.append(ticks, -1)  # one is trained in every tick, and one before
    >>> there = ticks >= models[:, None]
    >>> def draw(change):  # models from before it lose 9 in every tick from then on
    ...     old = models[:, None] <= change
    ...     lost = np.where(there, np.where(old & (ticks >= change), 9.0, 1.0), nan)
    ...     says = np.where(there, old & (ticks > change), nan)
    ...     signals = Signals({"loss": {None: says}}, np.arange(0, 70, 10), models.clip(0),
    ...                       np.arange(10, 70, 10), timed=False)
    ...     return Counterfactual(
    ...         loss=lost, ticks=models, serves=models.clip(0), rows=np.where(models < 0, 0, 9),
    ...         n=np.full(6, 10), held_out=np.zeros(7, int), seconds=np.zeros(7), failures={},
    ...         signals=signals,
    ...     )
    >>> rules = {"loss": [Levels("loss", (0.5,))]}
    >>> found = signal_worth([draw(1)], [draw(2)], rules, Prices(retraining=5), draws=10)
    >>> found[["level", "retrainings", "cost", "calendar", "worth"]].round(2).values.tolist()
    [[0.5, 1.0, 19.0, 3.0, 11.33]]
    """
    prices = Prices() if prices is None else prices
    _check(tuning, scored, quiet, false_alarms)
    check_number("draws", draws, whole=True, low=1)
    if labels is not None and labels not in rules:
        raise ValueError(f"labels: {unknown('signal', labels, rules)}")
    every = _Calendars.of([*tuning], prices).cheapest()
    base = [_calendar_costs(table, every, prices) for table in scored]
    best = [_optimum_costs(table, prices) for table in scored]
    year = float(np.mean([years(table) for table in scored]))
    chosen = {
        signal: _choose(signal, grids, tuning, scored, quiet, prices, false_alarms)
        for signal, grids in rules.items()
    }
    found = []
    for signal, rule in chosen.items():
        row: dict[str, Any] = {"signal": signal, **rule.said}
        row["retrainings"] = float(np.mean([some.sum() for some in rule.starts]))
        row["cost"] = float(np.mean([costs.sum() for costs in rule.costs]))
        beside = _beside(scored, rule.starts, prices, draws, seed)
        for name, costs in {"worth": rule.costs, **beside}.items():
            row |= _said(name, _saved(base, costs, year, seed))
        if labels is not None:
            over = _saved(chosen[labels].costs, rule.costs, year, seed)
            row |= _said("over_labels", over)
        row["hindsight"] = _saved(base, best, year, seed).mean
        row["share"] = row["worth"] / row["hindsight"] if row["hindsight"] > 0 else np.nan
        row["luck"] = (row["cost"] - rule.least) / year
        row |= {"calendar": every, "false": rule.rate, **_needs(scored, signal)}
        found.append(row)
    frame = pd.DataFrame(found)
    return frame.sort_values("worth", ascending=False, kind="stable").reset_index(drop=True)


def _said(name: str, saved: Interval) -> dict[str, float]:
    return {name: saved.mean, f"{name}_low": saved.low, f"{name}_high": saved.high}


@dataclass(frozen=True)
class _Rule:
    """The rule over a signal that was chosen, and what it did on each scored draw.

    ``least`` is what the best of all rules there would have cost, ``rate`` its false trainings a
    year.
    """

    said: dict[str, Any]
    starts: list[np.ndarray]
    costs: list[np.ndarray]
    least: float
    rate: float


def _choose(
    signal: str, grids: Sequence[Levels], tuning: Sequence[Counterfactual],
    scored: Sequence[Counterfactual], quiet: Sequence[Counterfactual], prices: Prices,
    false_alarms: float | None,
) -> _Rule:  # fmt: skip
    """Choose a rule on the tuning draws, and run it on the scored ones."""
    rates = _rates([run_all(table, grids) for table in quiet], quiet)
    tuned = [run_all(table, grids) for table in tuning]
    place = _chosen(tuned, tuning, prices, rates, false_alarms, signal)
    runs = [run_all(table, grids) for table in scored]
    rule, starts = runs[0].rules.iloc[place], [paths.starts[place] for paths in runs]
    every = _means(runs, scored, prices)["cost"]
    return _Rule(
        {name: rule[name] for name in ("side", "level", "wait")}, starts,
        [costs_by_tick(t, s[None], prices)[0] for t, s in zip(scored, starts, strict=True)],
        float(every.min()), float(rates[place]) if len(quiet) else np.nan,
    )  # fmt: skip


def split_draws(
    tables: Sequence[Counterfactual],
) -> tuple[list[Counterfactual], list[Counterfactual]]:
    """Draws to choose on and draws to price on: every other one, or halves of the one there is.

    Parameters
    ----------
    tables : sequence of Counterfactual
        Draws of one world; of a log, one table.

    Returns
    -------
    tuning, scored : list of Counterfactual
        Without a draw in common: those at even places and those at odd ones, or the first half of
        the ticks of one table and the rest.

    Examples
    --------
    >>> split_draws(["a", "b", "c"])
    (['a', 'c'], ['b'])
    """
    if len(tables) > 1:
        return list(tables[::2]), list(tables[1::2])
    half = tables[0].loss.shape[1] // 2
    return [stretch(tables[0], 0, half)], [stretch(tables[0], half)]


def sentence(
    row: Mapping[str, float] | pd.Series, currency: str = "units", per: str = "year"
) -> str:
    """What a row of `signal_worth` says, in one sentence.

    Parameters
    ----------
    row : mapping or pandas.Series
        Uses signal, worth, worth_low, worth_high, share, false, labels and seconds; what is NaN is
        left out.
    currency : str, default='units'
    per : str, default='year'
        What amounts are per.

    Returns
    -------
    str

    Examples
    --------
    >>> sentence({"signal": "inputs", "worth": 120.4, "worth_low": 80.0, "worth_high": 161.0,
    ...           "share": 0.62, "false": 1.5, "labels": 0.0, "seconds": 12.0})
    'inputs is worth 120.4 units a year over the tuned calendar (80 to 161), 62% of what hindsight \
would gain, at 1.5 false retrainings a year, and needs no labels and 12 seconds.'
    """
    said = f"{row['signal']} is worth {amount(row['worth'])} {currency} a {per} over the tuned "
    said += "calendar"
    if np.isfinite(row["worth_low"]):
        said += f" ({amount(row['worth_low'])} to {amount(row['worth_high'])})"
    if np.isfinite(row["share"]):
        said += f", {percent(row['share'])} of what hindsight would gain"
    if np.isfinite(row["false"]):
        said += f", at {amount(row['false'])} false retrainings a {per}"
    labels = amount(row["labels"]) if row["labels"] else "no"
    return f"{said}, and needs {labels} labels and {amount(row['seconds'])} seconds."


def envelope(
    tuning: Sequence[Counterfactual],
    scored: Sequence[Counterfactual],
    rules: Mapping[str, Sequence[Levels]],
    prices: Prices | None = None,
) -> pd.DataFrame:
    """For each signal its cheapest rules, whatever a retraining costs: loss against retrainings.

    On the tuning draws, rules whose mean loss lies on the lower convex hull over their mean number
    of retrainings: each is the cheapest of its signal for some price of a retraining, and no other
    rule is for any.

    Parameters
    ----------
    tuning, scored, rules, prices
        As for `signal_worth`.

    Returns
    -------
    pandas.DataFrame
        One row per signal and rule of its hull, by number: signal, side, level, wait; and on the
        scored draws the means of ``retrainings``, ``loss`` and ``cost``.

    Raises
    ------
    ValueError
        As `signal_worth` does.

    Examples
    --------
    A level below every value trains in each tick, one above every value never; in between a rule
    trains once, when the loss has risen, which loses as little as to train in each tick.

    >>> from clsim.hindsight.signals import Signals
    >>> nan, ticks = float("nan"), np.arange(6)
    >>> models = np.append(ticks, -1)  # one is trained in every tick, and one before
    >>> there = ticks >= models[:, None]
    >>> def draw(change):  # models from before it lose 9 in every tick from then on
    ...     old = models[:, None] <= change
    ...     lost = np.where(there, np.where(old & (ticks >= change), 9.0, 1.0), nan)
    ...     says = np.where(there, old & (ticks > change), nan)
    ...     signals = Signals({"loss": {None: says}}, np.arange(0, 70, 10), models.clip(0),
    ...                       np.arange(10, 70, 10), timed=False)
    ...     return Counterfactual(
    ...         loss=lost, ticks=models, serves=models.clip(0), rows=np.where(models < 0, 0, 9),
    ...         n=np.full(6, 10), held_out=np.zeros(7, int), seconds=np.zeros(7), failures={},
    ...         signals=signals,
    ...     )
    >>> rules = {"loss": [Levels("loss", (-0.5, 0.5, 1.5))]}
    >>> envelope([draw(1)], [draw(2)], rules)[["level", "retrainings", "loss"]].values.tolist()
    [[1.5, 0.0, 38.0], [0.5, 1.0, 14.0]]
    """
    prices = Prices() if prices is None else prices
    _check(tuning, scored, (), None)
    found = []
    for signal, grids in rules.items():
        before, after = (
            _means([run_all(table, grids) for table in tables], tables, prices)
            for tables in (tuning, scored)
        )
        places = lower_hull(before["retrainings"].to_numpy(), before["loss"].to_numpy())
        found.append(after.iloc[places].assign(signal=signal))
    columns = ["signal", "side", "level", "wait", "retrainings", "loss", "cost"]
    return pd.concat(found, ignore_index=True)[columns]


def lower_hull(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Places of the points that have the least ``y + p x`` for some price p of at least 0.

    Parameters
    ----------
    x, y : numpy.ndarray of shape (n,)
        Such as numbers of retrainings, and losses.

    Returns
    -------
    list of int
        Their places, by ``x``; of equal points the first.

    Examples
    --------
    >>> lower_hull(np.array([0, 1, 2, 3.0]), np.array([10, 9, 2, 3.0]))
    [0, 2]
    """
    hull: list[int] = []
    for place in np.lexsort([y, x]).tolist():
        if hull and y[place] >= y[hull[-1]]:
            continue
        while len(hull) > 1:
            (ax, ay), (bx, by) = ((x[k], y[k]) for k in hull[-2:])
            if (by - ay) * (x[place] - ax) < (y[place] - ay) * (bx - ax):
                break
            hull.pop()
        hull.append(place)
    return hull


# calendars and other company ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Calendars:
    """What each period costs on the mean of some draws and of its phases."""

    every: np.ndarray
    cost: np.ndarray

    @classmethod
    def of(cls, tables: Sequence[Counterfactual], prices: Prices) -> _Calendars:
        every = np.arange(min(LONGEST, tables[0].loss.shape[1] - 1) + 1)
        costs = [
            [_calendar_costs(table, period, prices).sum() for period in every.tolist()]
            for table in tables
        ]
        return cls(every, np.mean(costs, axis=0))

    def cheapest(self) -> int:
        """The period of least cost, 0 for none; of equals the fewest trainings."""
        equal = self.every[self.cost <= self.cost.min()]
        return 0 if 0 in equal else int(equal.max())


def _calendar_costs(table: Counterfactual, every: int, prices: Prices) -> np.ndarray:
    """What a period costs in each tick, mean over its phases; 0: never."""
    ticks = table.loss.shape[1]
    starts = np.zeros((max(every, 1), ticks), dtype=bool)
    ends = ready(table)
    for phase in range(every):
        starts[phase, periodic(every, phase, ticks, ends)] = True
    return np.asarray(costs_by_tick(table, starts, prices).mean(axis=0))


def _optimum_costs(table: Counterfactual, prices: Prices) -> np.ndarray:
    starts = np.zeros((1, table.loss.shape[1]), dtype=bool)
    starts[0, list(optimum(table, prices).ticks)] = True
    return np.asarray(costs_by_tick(table, starts, prices)[0])


def _beside(
    tables: Sequence[Counterfactual], starts: Sequence[np.ndarray], prices: Prices, draws: int,
    seed: int,
) -> dict[str, list[np.ndarray]]:  # fmt: skip
    """What as many trainings cost in each tick that need no signal: draws are averaged."""
    made: dict[str, list[np.ndarray]] = {"same_number": [], "shuffled": [], "random": []}
    for number, (table, own) in enumerate(zip(tables, starts, strict=True)):
        rng = generator(seed, "signals", number)
        for name, some in (
            ("same_number", evenly(own)),
            ("shuffled", shuffled(own, draws, rng)),
            ("random", at_random(own, draws, rng)),
        ):
            made[name].append(np.asarray(costs_by_tick(table, some, prices).mean(axis=0)))
    return made


def evenly(starts: np.ndarray) -> np.ndarray:
    """As many trainings at even distances, after tick 0.

    Parameters
    ----------
    starts : numpy.ndarray of shape (T,), bool
        Whether a training starts in each tick.

    Returns
    -------
    numpy.ndarray of shape (1, T), bool

    Examples
    --------
    >>> evenly(np.array([True, True, False, False, False])).astype(int).tolist()
    [[0, 0, 1, 1, 0]]
    """
    made, count = np.zeros((1, len(starts)), dtype=bool), int(starts.sum())
    if count >= len(starts):
        made[:] = True
        return made
    places = np.arange(1, count + 1) * len(starts) / (count + 1)
    made[0, np.floor(places + 0.5).astype(np.int64)] = True
    return made


def shuffled(starts: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """The same number of trainings with the same gaps in random order, (draws, T).

    The gaps are those before the first training, between two, and after the last.

    Parameters
    ----------
    starts : numpy.ndarray of shape (T,), bool
        Whether a training starts in each tick.
    draws : int
        How often to draw.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of shape (draws, T), bool

    Examples
    --------
    Gaps of 2, 1 and 4: here in the order 4, 2, 1, then 4, 1, 2, and 4, 2, 1 again.

    >>> rng = np.random.default_rng(0)
    >>> shuffled(np.array([False, True, True, False, False, False]), 3, rng).astype(int).tolist()
    [[0, 0, 0, 1, 0, 1], [0, 0, 0, 1, 1, 0], [0, 0, 0, 1, 0, 1]]
    """
    at = np.flatnonzero(starts)
    gaps = np.diff(np.concatenate([[-1], at, [len(starts)]]))
    made = np.zeros((draws, len(starts)), dtype=bool)
    order = rng.permuted(np.broadcast_to(gaps, (draws, len(gaps))), axis=1)
    places = np.cumsum(order, axis=1)[:, :-1] - 1
    made[np.arange(draws)[:, None], places] = True
    return made


def at_random(starts: np.ndarray, draws: int, rng: np.random.Generator) -> np.ndarray:
    """As many trainings at random ticks, (draws, T).

    Parameters
    ----------
    starts : numpy.ndarray of shape (T,), bool
        Whether a training starts in each tick.
    draws : int
        How often to draw.
    rng : numpy.random.Generator

    Returns
    -------
    numpy.ndarray of shape (draws, T), bool

    Examples
    --------
    >>> made = at_random(np.array([True, True, False, False]), 3, np.random.default_rng(0))
    >>> made.shape, made.sum(axis=1).tolist()
    ((3, 4), [2, 2, 2])
    """
    return rng.permuted(np.broadcast_to(starts, (draws, len(starts))), axis=1)


# choosing, and what is said of it -----------------------------------------------------------------


def _means(runs: Sequence[Paths], tables: Sequence[Counterfactual], prices: Prices) -> pd.DataFrame:
    """Rules with the means over draws of their retrainings, loss and cost."""
    each = [paths.priced(table, prices) for paths, table in zip(runs, tables, strict=True)]
    columns = ["retrainings", "loss", "cost"]
    means = np.mean([frame[columns].to_numpy(dtype=float) for frame in each], axis=0)
    return runs[0].rules.assign(**dict(zip(columns, means.T, strict=True)))


def _chosen(
    runs: Sequence[Paths], tables: Sequence[Counterfactual], prices: Prices, rates: np.ndarray,
    wanted: float | None, signal: str,
) -> int:  # fmt: skip
    """Place of the cheapest rule on the tuning draws; of equals, that with fewest retrainings."""
    means = _means(runs, tables, prices)
    if wanted is not None:
        kept = _keeping(means, rates, wanted)
        if not len(kept):
            raise ValueError(
                f"false_alarms={wanted}: no level of {signal!r} keeps it; give stricter levels"
            )
        means = means.loc[kept]
    best = means[means["cost"] <= means["cost"].min()]
    return int(best["retrainings"].idxmin())


def _keeping(rules: pd.DataFrame, rates: np.ndarray, wanted: float) -> list[int]:
    """Of each cooldown the loosest level such that it and all stricter ones keep a rate."""
    kept = []
    for (side, _), some in rules.groupby(["side", "wait"], sort=False):
        strictest_first = some["level"].sort_values(ascending=side == "below").index
        keeps = rates[strictest_first] <= wanted
        count = len(keeps) if keeps.all() else int(keeps.argmin())
        if count:
            kept.append(int(strictest_first[count - 1]))
    return kept


def _rates(runs: Sequence[Paths], tables: Sequence[Counterfactual]) -> np.ndarray:
    """Trainings a year that each rule starts on some draws, mean over them."""
    if not runs:
        return np.empty(0)
    each = [paths.starts.sum(axis=1) / years(table)
            for paths, table in zip(runs, tables, strict=True)]  # fmt: skip
    return np.asarray(np.mean(each, axis=0))


def _saved(
    base: Sequence[np.ndarray], costs: Sequence[np.ndarray], year: float, seed: int
) -> Interval:
    """What is saved a year, with its interval over draws, or over blocks of ticks of one."""
    if len(base) > 1:
        saved = [b.sum() - c.sum() for b, c in zip(base, costs, strict=True)]
        return Interval(*(value / year for value in mean_interval(saved)))
    found = moving_block_bootstrap(base[0], costs[0], seed=seed)
    scale = len(base[0]) / year
    return Interval(found.difference * scale, found.low * scale, found.high * scale)


def years(table: Counterfactual) -> float:
    """How many years a table lasts; 1 where its clock counts rows.

    Parameters
    ----------
    table : Counterfactual
        The times of its signals are used; without signals it counts as one year.

    Returns
    -------
    float
        Of 365 days.

    Examples
    --------
    A table of one tick of 73 days.

    >>> from dataclasses import replace
    >>> from clsim.hindsight.signals import Signals
    >>> frame = pd.DataFrame({"version": "a", "trained_at": -1, "tick": [0], "loss": 3, "n": 10})
    >>> table = Counterfactual.from_frame(frame)
    >>> ends = np.array([0, 73 * UNITS["d"]])
    >>> times = Signals({}, ends, np.array([0]), np.array([9]), timed=True)
    >>> years(table), years(replace(table, signals=times))
    (1.0, 0.2)
    """
    signals = table.signals
    if signals is None or not signals.timed:
        return 1.0
    return float(signals.starts[-1] - signals.starts[0]) / YEAR


def _needs(tables: Sequence[Counterfactual], signal: str) -> dict[str, float]:
    """Labels that a signal reads and seconds that it takes, a year."""
    labels, seconds = [], []
    for table in tables:
        need = table.info.get("signals", {}).get(signal, {})
        signals, span = table.signals, years(table)
        assert signals is not None
        reads = {"labels", "unseen"} & {*need.get("reads", ())}
        labels.append((signals.labels[-1] - signals.labels[0]) / span if reads else 0)
        seconds.append(need.get("seconds", np.nan) * len(signals.labels) / span)
    return {"labels": float(np.mean(labels)), "seconds": float(np.mean(seconds))}


def _same_draw(one: Counterfactual, other: Counterfactual) -> bool:
    """Whether two tables have the same losses and the same signals."""
    assert one.signals is not None
    assert other.signals is not None
    here, there = one.signals.columns, other.signals.columns
    return (
        np.array_equal(one.loss, other.loss, equal_nan=True)
        and [*here] == [*there]
        and all(np.array_equal(here[name], there[name], equal_nan=True) for name in here)
    )


def _check(
    tuning: Sequence[Counterfactual], scored: Sequence[Counterfactual],
    quiet: Sequence[Counterfactual], false_alarms: float | None,
) -> None:  # fmt: skip
    """Refuse draws that say nothing of a choice that was made on others."""
    for key, tables in (("tuning", tuning), ("scored", scored), ("quiet", quiet)):
        for number, table in enumerate(tables):
            with prefixed(f"{key}[{number}]"):
                check_every_tick(table)
    for key, tables in (("tuning", tuning), ("scored", scored)):
        if not len(tables):
            raise ValueError(f"{key}: give at least one table")
        for number, table in enumerate(tables):
            if table.signals is None:
                raise ValueError(
                    f"{key}[{number}]: it has no signals; make it with monitors={{...}}"
                )
            if table.setting.quiet is not None:
                raise ValueError(
                    f"{key}[{number}]: it is of a quiet twin, in which nothing is to be gained; "
                    "give it as one of quiet"
                )
    for number, table in enumerate(scored):
        if table.loss.shape != scored[0].loss.shape:
            raise ValueError(f"scored[{number}]: it has other ticks than scored[0]")
        if any(_same_draw(table, other) for other in tuning):
            raise ValueError(
                f"scored[{number}]: it is also among the tuning draws, and what is chosen on the "
                "draw on which it is priced is luck; give others, or other stretches of a log"
            )
    if false_alarms is not None:
        check_number("false_alarms", false_alarms, low=0)
        if not len(quiet):
            raise ValueError(
                f"false_alarms={false_alarms}: give quiet draws, on which they can be counted"
            )
