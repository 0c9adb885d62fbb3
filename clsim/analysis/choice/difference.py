"""What one strategy costs more than another, in money, with an interval named for what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clsim.analysis.compare.blocks import moving_block_bootstrap
from clsim.analysis.compare.comparison import Setting
from clsim.rounding import percent
from clsim.runs.ledger import Prices, error_cost, upkeep
from clsim.runs.run import Run
from clsim.statistics.intervals import Interval, mean_interval

SEEDS, BLOCKS = "seeds", "blocks"
"""What an interval is over."""


@dataclass(frozen=True)
class Costs:
    """What a strategy cost, seed by seed and tick by tick, on all events or those of one slice.

    Attributes
    ----------
    errors : list of numpy.ndarray of shape (T,)
        Cost of what was served in each tick, one array per seed; T may differ between seeds.
    n : list of numpy.ndarray of shape (T,)
        Events of each tick, likewise.
    upkeep : numpy.ndarray of shape (s,)
        Cost of upkeep of each seed; of a slice, its share by events.
    """

    errors: Sequence[np.ndarray]
    n: Sequence[np.ndarray]
    upkeep: np.ndarray

    @property
    def events(self) -> float:
        """Events, mean over seeds."""
        return float(np.mean([n.sum() for n in self.n]))

    @property
    def totals(self) -> np.ndarray:
        """Total cost of each seed, shape (s,)."""
        return np.array([errors.sum() for errors in self.errors]) + self.upkeep


@dataclass(frozen=True)
class Difference:
    """Cost of A minus that of B over the whole replay, in money.

    Attributes
    ----------
    mean, low, high : float
        NaN bounds where ``reason`` says why.
    by : {'seeds', 'blocks'}
        What the interval is over: seeds, by Student's t of the differences seed by seed; or moving
        blocks of ticks of the one stream that there is (`moving_block_bootstrap`), where the
        cost of errors is drawn again and what was paid for upkeep is taken as paid.
    count : int
        Number of seeds; of ticks for blocks.
    block : int
        Ticks in a block; 0 for seeds.
    level : float
    reason : str or None
    together : int
        Number of differences whose intervals hold together at this level (Bonferroni).
    """

    mean: float
    low: float
    high: float
    by: str
    count: int
    block: int
    level: float
    reason: str | None = None
    together: int = 1

    @property
    def interval(self) -> Interval:
        """Mean and bounds."""
        return Interval(self.mean, self.low, self.high)

    @property
    def over(self) -> str:
        """What the interval is, in words, or why there is none."""
        if self.reason is not None:
            return f"no interval: {self.reason}"
        wide = f", wide enough for all {self.together} together" if self.together > 1 else ""
        if self.by == SEEDS:
            return f"{percent(self.level)} interval over {self.count} seeds{wide}"
        length = "1 tick" if self.block == 1 else f"{self.block} ticks"
        over = f"moving blocks of {length} of this one stream"
        return f"{percent(self.level)} interval over {over}{wide}"


def costs(by_seed: Mapping[int, Run], seeds: Sequence[int], prices: Prices) -> dict[str, Costs]:
    """What a strategy cost on all events, and on those of each slice.

    Every event bears the same share of the upkeep, so where slices part the events, their costs
    add up to the whole.

    Parameters
    ----------
    by_seed : dict of int to Run
    seeds : sequence of int
        Those that count.
    prices : Prices

    Returns
    -------
    dict of str to Costs
        ``'all'`` and the name of each slice that every seed has.
    """
    cut = [_by_slice(by_seed[seed], prices) for seed in seeds]
    names = [name for name in cut[0] if all(name in one for one in cut)]
    spent = [float(upkeep(by_seed[seed].totals, prices)) for seed in seeds]
    found = {}
    for name in names:
        errors, n = ([one[name][k] for one in cut] for k in (0, 1))
        share = [mine.sum() / max(one["all"][1].sum(), 1) for mine, one in zip(n, cut, strict=True)]
        found[name] = Costs(errors, n, np.array(spent) * share)
    return found


def _by_slice(run: Run, prices: Prices) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Cost of errors and number of events in each tick, by slice."""
    ticks = run.ticks
    code, names = pd.factorize(ticks["slice"].to_numpy(dtype=object))
    tick, every = ticks["tick"].to_numpy(), run.whole["tick"].to_numpy()
    shape = len(names), len(every)
    at = code, np.searchsorted(every, tick)
    n, errors = np.zeros(shape), np.zeros(shape)
    n[at] = ticks["n"].to_numpy(dtype=float)
    if not prices.by_class:
        errors[at] = error_cost({"loss": ticks["loss"].to_numpy(dtype=float)}, prices)
        return {str(name): (errors[k], n[k]) for k, name in enumerate(names)}
    money, nothing = _by_class(run, prices), pd.Series(dtype=float)
    return {
        str(name): (money.get(str(name), nothing).reindex(every, fill_value=0.0).to_numpy(), n[k])
        for k, name in enumerate(names)
    }


def _by_class(run: Run, prices: Prices) -> dict[str, pd.Series]:
    """For each slice, the cost of errors by tick."""
    classes = run.info.classes
    error_cost(run.totals, prices, run.confusion, classes)  # whether it can be priced at all
    assert run.confusion is not None
    position = {label: code for code, label in enumerate(classes)}
    true, given = (run.confusion[k].map(position).to_numpy() for k in ("y_true", "y_pred"))
    frame = run.confusion[["tick", "slice"]].assign(
        money=np.asarray(prices.error, dtype=float)[true, given] * run.confusion["n"]
    )
    return {str(k): g.groupby("tick")["money"].sum() for k, g in frame.groupby("slice")}


def difference(
    a: Costs, b: Costs, *, one_draw: bool, level: float = 0.95, together: int = 1
) -> Difference:
    """What A costs more than B over the whole replay; both of the same seeds and events.

    Parameters
    ----------
    a, b : Costs
    one_draw : bool
        Whether all seeds replayed one and the same stream. Then, and with one seed, the interval
        is over blocks of its ticks, and means over seeds are compared.
    level : float, default=0.95
    together : int, default=1
        Number of differences whose intervals are to hold together at this level: each is at 1 -
        (1 - level) / together (Bonferroni).

    Returns
    -------
    Difference

    Examples
    --------
    Two seeds: A costs 4 more than B, and 6.

    >>> def of(*errors):
    ...     return Costs([np.array(e, float) for e in errors], [np.ones(2)] * 2, np.zeros(2))
    >>> found = difference(of([3, 4], [5, 4]), of([1, 2], [1, 2]), one_draw=False)
    >>> found.mean, found.over
    (5.0, '95% interval over 2 seeds')
    """
    seeds = len(a.upkeep)
    apart = a.totals - b.totals
    each = 1 - (1 - level) / together
    if seeds > 1 and not one_draw:
        bounds = mean_interval(apart, each)
        return Difference(*bounds, SEEDS, seeds, 0, level, together=together)
    mean_a, mean_b = (np.mean(np.stack(list(x.errors)), axis=0) for x in (a, b))
    events = np.mean(np.stack(list(a.n)), axis=0)
    mean, ticks = float(apart.mean()), len(events)
    plain = Difference(mean, np.nan, np.nan, BLOCKS, ticks, 0, level, together=together)
    if not events.sum() > 0:
        return replace(plain, reason="no events")
    found = moving_block_bootstrap(mean_a, mean_b, events, level=each)
    if found.reason is not None:
        return replace(plain, block=found.block, reason=found.reason)
    paid = float((a.upkeep - b.upkeep).mean())
    low, high = (float(x * events.sum() + paid) for x in (found.low, found.high))
    return replace(plain, low=low, high=high, block=found.block)


def all_costs(
    setting: Setting, seeds: Sequence[int], prices: Prices
) -> dict[str, dict[str, Costs]]:
    """As `costs`, for every strategy of a setting."""
    return {name: costs(by_seed, seeds, prices) for name, by_seed in setting.runs.items()}
