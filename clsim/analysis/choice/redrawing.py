"""What intervals over blocks are made of before the errors of each class have a price.

The difference between two strategies is a sum of prices times counts, cell by cell of the
confusion, and so is each of its resampled means. Their variance is the quadratic form of the
prices in the covariance of the resampled counts; which of these it is, the prices decide too, since
the length of blocks follows from the differences that they give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from clsim.analysis.choice.difference import Costs, all_costs
from clsim.analysis.compare.blocks import drawn_means, lengths
from clsim.analysis.compare.comparison import Setting
from clsim.runs.ledger import Prices
from clsim.statistics.intervals import half_width

MOST = 100_000
"""Numbers, about 1 MB of a page, above which there are none."""


@dataclass(frozen=True)
class Scope:
    """All events or those of a slice.

    Attributes
    ----------
    events : numpy.ndarray of shape (T,)
    counts : numpy.ndarray of shape (S, K, T)
        Events of each strategy, cell and tick, mean over seeds.
    spread : dict of (int, int) to numpy.ndarray of shape (L, K, K)
        For each two strategies, by position, and each length of blocks, the covariance of the
        resampled means of their differences.
    factors : numpy.ndarray of shape (L,)
        For each length, what makes the root of the quadratic form a half width in money.
    """

    events: np.ndarray
    counts: np.ndarray
    spread: Mapping[tuple[int, int], np.ndarray]
    factors: np.ndarray


@dataclass(frozen=True)
class Redrawn:
    """Counts, and the covariances of their resampled means.

    Attributes
    ----------
    cells : list of (int, int)
        Pairs of true and predicted class, by position, that happened and may cost something.
    lengths : range
        Lengths of blocks, in ticks.
    scopes : dict of str to Scope
        ``'all'``, and each slice.
    """

    cells: list[tuple[int, int]]
    lengths: range
    scopes: Mapping[str, Scope]


def redrawn(
    setting: Setting, seeds: Sequence[int], prices: Prices, together: Mapping[str, int]
) -> Redrawn | str:
    """Counts of a setting of one stream, and covariances of their resampled means.

    Parameters
    ----------
    setting : Setting
    seeds : sequence of int
        Those that count.
    prices : Prices
        With errors by class.
    together : dict of str to int
        For each scope, the number of differences whose intervals hold together.

    Returns
    -------
    Redrawn or str
        A text, where they would be more than `MOST` numbers.
    """
    cells, first = _cells(setting, seeds, prices), next(iter(setting.runs.values()))
    ticks = int((first[seeds[0]].ticks["slice"] == "all").sum())
    ways, count, may = len(setting.runs), len(cells), lengths(ticks)
    pairs = ways * (ways - 1) // 2
    size = ticks * (1 + ways * count) + pairs * len(may) * count * (count + 1) // 2
    if (size := size * len(together)) > MOST:
        return (
            f"errors are priced by class, and the page would need {size:,} numbers for it, more "
            f"than {MOST:,}; clsim-report --prices gives it at prices of your own"
        )
    alone = [_alone(cell, len(prices.error)) for cell in cells]
    per = [all_costs(setting, seeds, replace(prices, error=error)) for error in alone]
    return Redrawn(
        cells, may,
        {name: _scope([[one[way][name] for one in per] for way in setting.runs], may, all_together)
         for name, all_together in together.items()},
    )  # fmt: skip


def _cells(setting: Setting, seeds: Sequence[int], prices: Prices) -> list[tuple[int, int]]:
    found = set()
    for by_seed in setting.runs.values():
        for seed in seeds:
            run = by_seed[seed]
            assert run.confusion is not None
            place = {label: code for code, label in enumerate(run.info.classes)}
            told = run.confusion[run.confusion["n"] > 0]
            pairs = told[["y_true", "y_pred"]].drop_duplicates()
            found |= {(place[a], place[b]) for a, b in pairs.itertuples(index=False)}
    return sorted((i, j) for i, j in found if i != j or prices.error[i][j] > 0)


def _alone(cell: tuple[int, int], classes: int) -> list[list[float]]:
    """A matrix in which one cell costs 1, and the others nothing."""
    found = np.zeros((classes, classes))
    found[cell] = 1.0
    return [list(map(float, row)) for row in found]


def _scope(costs: Sequence[Sequence[Costs]], may: range, together: int) -> Scope:
    """Of costs of each strategy and cell."""
    counts = np.array(
        [[np.mean(np.stack(list(cell.errors)), axis=0) for cell in way] for way in costs]
    )
    events = np.mean(np.stack(list(costs[0][0].n)), axis=0)
    ways, cells, ticks = counts.shape
    spread = {pair: np.empty((len(may), cells, cells)) for pair in combinations(range(ways), 2)}
    for at, block in enumerate(may):
        drawn = np.array(drawn_means(counts.reshape(-1, ticks), events, block))
        drawn = drawn.reshape(ways, cells, -1)
        for (a, b), found in spread.items():
            found[at] = np.cov(drawn[a] - drawn[b])
    blocks, level = ticks / np.array(may, dtype=float), 1 - 0.05 / together
    factors = np.asarray(half_width(events.sum(), blocks, blocks - 1, level))
    return Scope(events, counts, spread, factors)
