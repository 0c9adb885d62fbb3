"""All calendars: what training every so often would have cost, listed in the sweep or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clsim.analysis.choice.choose import common_seeds
from clsim.analysis.choice.difference import Difference, costs, difference
from clsim.analysis.compare.comparison import Setting
from clsim.analysis.cost.schedule_cost import intervals
from clsim.clock import in_words
from clsim.hindsight.losses import Table
from clsim.hindsight.optimum import error_price, training_prices
from clsim.hindsight.regret import outside
from clsim.hindsight.schedules import look_up, periodic, ready, served_by_phase
from clsim.runs.ledger import Prices, upkeep
from clsim.runs.run import Run

DENSE, STEP = 100, 1.05
"""Every period up to this many ticks is looked up, and of longer ones each 5 % longer."""


SAME = 1e-9
"""Relative difference of costs that rounding alone may make."""


@dataclass(frozen=True)
class Calendar:
    """The cheapest of all calendars that the tables of hindsight can look up.

    Attributes
    ----------
    every : int
        Ticks between trainings.
    text : str
        The same in words, as ``'60 days'``.
    listed : str or None
        The strategy of the sweep that is this calendar, if one is.
    looked_up : int
        Number of periods that were compared.
    more : Difference
        What it costs more than the strategy that was chosen, in money over the whole replay, mean
        over its phases. The interval holds for all calendars together, and so for whichever of
        them is the cheapest.
    sampled : bool
        Whether the tables scored a sample of the events.
    """

    every: int
    text: str
    listed: str | None
    looked_up: int
    more: Difference
    sampled: bool


@dataclass(frozen=True)
class Calendars:
    """What all calendars would have lost and trained, before anything has a price.

    Attributes
    ----------
    tables : dict of int to Table
        By seed.
    every : pandas.DataFrame
        One row per period and seed: every, seed, phases, and means over phases of retrainings,
        paid (those that had a row to train on), rows (trained on; NaN where nobody knows) and
        loss. Periods that the table of some seed cannot look up are left out.
    losses : dict of (int, int) to numpy.ndarray of shape (T,)
        By period and seed, the loss in each tick, mean over phases.
    """

    tables: Mapping[int, Table]
    every: pd.DataFrame
    losses: Mapping[tuple[int, int], np.ndarray]

    @classmethod
    def of(cls, tables: Mapping[int, Table]) -> Calendars:
        """All calendars that the tables of all seeds can look up."""
        rows, losses = [], {}
        for seed, table in tables.items():
            ends = ready(table)
            for every in periods(table.loss.shape[1]):
                served, models = served_by_phase(table, every, ends)
                if len(served):
                    losses[every, seed] = served.mean(axis=0)
                    trained = table.rows[models]
                    rows.append(
                        (every, seed, len(served), len(trained) / len(served),
                         (trained != 0).sum() / len(served),
                         np.nan if (table.rows < 0).any() else trained.sum() / len(served),
                         losses[every, seed].sum())
                    )  # fmt: skip
        names = ["every", "seed", "phases", "retrainings", "paid", "rows", "loss"]
        found = pd.DataFrame(rows, columns=names)
        complete = found.groupby("every")["seed"].transform("size") == len(tables)
        return cls(tables, found[complete].reset_index(drop=True), losses)

    def training_cost(self, prices: Prices) -> pd.Series:
        """What trainings cost, row by row of ``every``."""
        for table in self.tables.values():
            training_prices(table, prices)  # whether rows can be priced at all
        cost = (prices.retraining + prices.by_hand) * self.every["paid"]
        return cost + prices.row * self.every["rows"] if prices.row else cost

    def cost(self, prices: Prices) -> pd.Series:
        """What errors and trainings cost, row by row of ``every``."""
        return error_price(prices) * self.every["loss"] + self.training_cost(prices)

    def cheapest(self, prices: Prices) -> int:
        """The period of least mean cost, of equals the longest."""
        mean = self.cost(prices).groupby(self.every["every"]).mean()
        return int(mean.index[mean <= mean.min() + SAME * abs(mean.min())].max())


def periods(ticks: int) -> list[int]:
    """Periods to look up: each up to 100 ticks, then each 5 % longer, up to half of the replay.

    >>> periods(8), len(periods(1000)), max(periods(1000))
    ([1, 2, 3, 4], 131, 482)
    """
    longest = max(ticks // 2, 1)
    found = list(range(1, min(DENSE, longest) + 1))
    while (longer := int(np.ceil(found[-1] * STEP))) <= longest:
        found.append(longer)
    return found


def calendars(tables: Mapping[int, Table], prices: Prices) -> pd.DataFrame:
    """What each calendar costs, errors and trainings, mean over its phases.

    Parameters
    ----------
    tables : dict of int to Table
        By seed.
    prices : Prices
        ``error``, ``retraining``, ``by_hand`` and ``row`` are used.

    Returns
    -------
    pandas.DataFrame
        One row per period and seed: every, seed, phases, retrainings and cost. Periods that the
        table of some seed cannot look up are left out.

    Examples
    --------
    Four ticks; each model loses 1 more with every tick of age. Training at every tick, or at every
    second one, at 2 each, which loses 2 and 1 in its two phases and trains once and twice:

    >>> age = np.arange(4.0) - np.arange(4)[:, None]
    >>> loss = np.vstack([np.where(age >= 0, age, np.nan)[1:], np.arange(4.0)])
    >>> table = Table(loss, np.array([1, 2, 3, -1]), np.array([1, 2, 3, 0]), np.ones(4, int),
    ...               np.ones(4, int))
    >>> found = calendars({1: table}, Prices(retraining=2))
    >>> found[["every", "retrainings", "cost"]].values.tolist()
    [[1.0, 3.0, 6.0], [2.0, 1.5, 4.5]]
    """
    found = Calendars.of(tables)
    priced = found.every[["every", "seed", "phases", "retrainings"]]
    return priced.assign(cost=found.cost(prices))


def few_schedules(
    tables: Mapping[int, Table], prices: Sequence[Prices]
) -> dict[str, tuple[int | None, tuple[int, ...]]]:
    """Schedules that stand for all that a table can look up: what its page compares.

    Parameters
    ----------
    tables : dict of int to Table
        By seed.
    prices : sequence of Prices
        The cheapest calendar at each of them is among the schedules.

    Returns
    -------
    dict of str to (int or None, tuple of int)
        By name, ticks between trainings and ticks of the trainings: ``never``; training every 1,
        2, 4, 8, ... ticks and at the cheapest calendars, in the first phase that the tables of all
        seeds can look up; and ``every version``, if that is none of these.

    Examples
    --------
    Models of ticks 1 and 3 alone: every second tick can be looked up in phase 1, every tick not.

    >>> nan = float("nan")
    >>> loss = np.array([[nan, 1, 2, 3], [nan, nan, nan, 1], [1, 2, 3, 4.0]])
    >>> table = Table(loss, np.array([1, 3, -1]), np.array([1, 3, 0]), np.ones(3, int),
    ...               np.full(4, 9))
    >>> few_schedules({0: table}, [Prices()])
    {'never': (None, ()), 'every 2 ticks': (2, (1, 3))}
    """
    first = next(iter(tables.values()))
    found: dict[str, tuple[int | None, tuple[int, ...]]] = {"never": (None, ())}
    every = periods(first.loss.shape[1])
    wanted = {k for k in every if k & (k - 1) == 0}  # powers of two
    known = Calendars.of(tables)
    wanted |= set(map(known.cheapest, prices)) if len(known.every) else set()
    for length in sorted(wanted):
        for phase in range(length):
            ticks = periodic(length, phase, first.loss.shape[1], ready(first))
            if len(ticks) and all(_looked_up(table, ticks) for table in tables.values()):
                name = "every tick" if length == 1 else f"every {length:,} ticks"
                found[name] = (length, tuple(ticks.tolist()))
                break
    whole = tuple(first.ticks[:-1].tolist())
    same = all(np.array_equal(first.ticks, table.ticks) for table in tables.values())
    listed = [ticks for _, ticks in found.values()]  # which never train at tick 0
    if (
        same
        and tuple(tick for tick in whole if tick) not in listed
        and all(_looked_up(t, np.array(whole)) for t in tables.values())
    ):
        found["every version"] = (None, whole)
    return found


def _looked_up(table: Table, ticks: np.ndarray) -> bool:
    """Whether a table has all that a schedule needs."""
    known = np.isin(ticks, table.ticks[:-1]).all()
    return bool(known and np.isfinite(look_up(table, [ticks])["loss"].iloc[0]))


def cheapest_calendar(
    setting: Setting,
    tables: Mapping[int, Table],
    prices: Prices,
    chosen: str,
    *,
    known: Calendars | str | None = None,
) -> Calendar | str:
    """The cheapest calendar of all, and what it would cost more than the strategy that was chosen.

    Parameters
    ----------
    setting : Setting
    tables : dict of int to Table
        One per seed, whose world the runs of the setting served.
    prices : Prices
    chosen : str
    known : Calendars, str or None, default=None
        What `calendars_beside` gives, where it is at hand.

    Returns
    -------
    Calendar or str
        A text: why there is none.

    Raises
    ------
    ValueError
        If errors are priced by class.

    Notes
    -----
    Of a calendar, errors and trainings are looked up; what else the chosen strategy paid for, such
    as labels, is added. Only seeds count that every strategy has. The cheapest of k calendars is
    picked on the events that its cost is counted on, so its interval is at 1 - 0.05 / k
    (Bonferroni): it holds whichever is picked.

    Examples
    --------
    Labels change for good after the warm-up, and from tick 2 on a training knows it. Trainings at
    ticks 2, 4 and 6 cost 20 errors and 3 times 5. Of calendars of 3 ticks, training at 3 and 6
    costs 30 + 10, at 1, 4 and 7 40 + 15, and at 2 and 5 20 + 10: on average 41.67, which is 6.67
    more.

    >>> import clsim
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Periodic
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80}), "y")
    >>> same = {"learner": DummyClassifier(), "tick": 10, "warmup": 20}
    >>> often = clsim.Strategy(Periodic(2), SlidingWindow(20))
    >>> run = clsim.replay(log, {"often": often}, **same)["often"]
    >>> table = clsim.counterfactual(log, dataset=SlidingWindow(20), **same)
    >>> setting = Setting("", {}, {"often": {0: run}})
    >>> found = cheapest_calendar(setting, {0: table}, Prices(retraining=5), "often")
    >>> found.every, found.text, round(found.more.mean, 2)
    (3, '30 rows', 6.67)
    """
    known = calendars_beside(setting, tables, prices) if known is None else known
    if isinstance(known, str):
        return known
    shared, best = known.tables, known.cheapest(prices)
    runs, count = setting.runs[chosen], known.every["every"].nunique()
    own = costs(runs, list(shared), prices)["all"]
    trained = known.training_cost(prices)[known.every["every"] == best].to_numpy()
    others = [_but_trainings(runs[seed], prices) for seed in shared]
    errors = [error_price(prices) * known.losses[best, seed] for seed in shared]
    more = difference(
        replace(own, errors=errors, upkeep=trained + others), own, one_draw=setting.one_draw,
        together=count,
    )  # fmt: skip
    return Calendar(
        best, every_text(runs[next(iter(shared))], best), listed(setting, shared, best), count,
        more, is_sampled(shared),
    )  # fmt: skip


def calendars_beside(
    setting: Setting, tables: Mapping[int, Table], prices: Prices
) -> Calendars | str:
    """All calendars of the seeds that every strategy has; a text: why there are none."""
    if prices.by_class:
        return "tables of hindsight count units of loss, and errors are priced by class"
    shared = {seed: tables[seed] for seed in common_seeds(setting) if seed in tables}
    if not shared:
        return "there is no table of hindsight (replay with hindsight=true)"
    known = Calendars.of(shared)
    return known if len(known.every) else "the table of hindsight can look up no calendar"


def _but_trainings(run: Run, prices: Prices) -> float:
    """Upkeep of a run without what its trainings cost, nor its alarms, which a calendar has not."""
    without = {**run.totals, "retrainings": 0, "rows_trained": 0, "looked_at": 0}
    return float(upkeep(without, prices))


def listed(setting: Setting, tables: Mapping[int, Table], every: int) -> str | None:
    """The strategy that trains so often, and whose models are those of the table."""
    for name, ticks in intervals(setting).items():
        runs = setting.runs[name]
        if ticks == every and all(
            seed in runs and outside(runs[seed], one, exact=not _sampled(one)) is None
            for seed, one in tables.items()
        ):
            return name
    return None


def is_sampled(tables: Mapping[int, Table]) -> bool:
    """Whether any of the tables scored a sample of the events."""
    return any(_sampled(table) for table in tables.values())


def _sampled(table: Table) -> bool:
    made = getattr(table, "setting", None)
    return made is not None and made.sample is not None


def every_text(run: Run, every: int) -> str:
    """So many ticks of a run in words: ``'7 days'``, ``'12 hours'``, ``'3,000 rows'``.

    Ticks of different lengths stay ticks.
    """
    ticks = run.whole
    length = (ticks["end"] - ticks["start"]).to_numpy()
    if run.info.timed:
        length = length.astype("timedelta64[us]")
    length = length.astype(np.int64)
    if len(length) > 1:
        length = length[:-1]  # the last may be cut short
    if len(length) == 0 or (length != length[0]).any():
        return "tick" if every == 1 else f"{every:,} ticks"
    whole = int(length[0]) * every
    if not run.info.timed:
        return f"{whole:,} rows"
    return in_words(whole).removeprefix("1 ")
