"""Rows that are drawn: at random, old ones beside new, or by what the champion loses on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number
from clsim.protocols import Dataset, completed
from clsim.strategy.datasets.within import Within
from clsim.types import Column, Rows, Sample, Schema
from clsim.view import View


def lowest(values: np.ndarray, count: int) -> np.ndarray:
    """Ascending places of the lowest values; of equal ones the first.

    >>> lowest(np.array([3.0, 1.0, 2.0, 1.0]), 3).tolist()
    [1, 2, 3]
    """
    return np.sort(np.argsort(values, kind="stable")[:count])


def keys(draws: np.ndarray, log_weights: np.ndarray) -> np.ndarray:
    """Numbers of which the lowest are a draw without replacement, by weights.

    Each row in turn is drawn with a chance in proportion to its weight, of those that are left
    (Efraimidis & Spirakis, Weighted random sampling with a reservoir, 2006).
    """
    return np.log(-np.log1p(-draws)) - log_weights


class Sampled(Within):
    """Some rows of another rule, drawn at random.

    Each row's number is drawn once for all. So of all rows, a sample of a fixed size is a reservoir
    (Vitter, Random sampling with a reservoir, 1985): every row so far is in it with the same
    chance, and what has left it does not come back.

    Parameters
    ----------
    dataset : Dataset
        Which rows to draw from.
    rows : int or None, default=None
        How many are drawn.
    share : float or None, default=None
        The share of them; give this or ``rows``.
    half_life : int, str or None, default=None
        With ``rows``: the age at which a row is drawn with half the weight, so that the reservoir
        forgets (Aggarwal, On biased reservoir sampling, VLDB 2006; by forward decay, Cormode et
        al., ICDE 2009). None: all are drawn with the same chance.

    Examples
    --------
    >>> from clsim.strategy.datasets import All
    >>> reservoir, tenth = Sampled(All(), rows=2000), Sampled(All(), share=0.1)

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(1_000), "y": [0, 1] * 500})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=100, warmup=100)
    >>> before, now = View(known, None, tick=7), View(known, None, tick=8)
    >>> of_before = Sampled(All(), rows=50).sample(before, before.labelled()).rows
    >>> of_now = Sampled(All(), rows=50).sample(now, now.labelled()).rows
    >>> len(of_before), len(of_now), len(np.intersect1d(of_before, of_now)) > 25
    (50, 50, True)
    >>> bool(np.isin(of_now[of_now < 800], of_before).all())  # what has left does not come back
    True
    """

    def __init__(
        self,
        dataset: Dataset,
        rows: int | None = None,
        share: float | None = None,
        half_life: Duration | None = None,
    ) -> None:
        if (rows is None) == (share is None):
            raise ValueError(f"rows={rows!r}, share={share!r}: give one of them")
        if rows is not None:
            check_number("rows", rows, whole=True, low=1)
        if share is not None:
            check_number("share", share, above=0, high=1)
            if half_life is not None:
                raise ValueError("half_life: needs a number of rows, and a share is given")
        super().__init__(dataset)
        self.size, self.share = rows, share
        self.half_life = (
            None if half_life is None else as_duration(half_life, "half_life", positive=True)
        )

    def bind(self, clock: Clock) -> None:
        super().bind(clock)
        if self.half_life is not None:
            self._half_life = clock.units(self.half_life, "dataset.half_life")

    def sample(self, view: View, rows: Rows) -> Sample:
        sample = super().sample(view, rows)
        rows = sample.rows
        draws = view.uniform("dataset.sampled", rows)
        if self.share is not None:
            return sample.at(draws < self.share)
        assert self.size is not None
        if self.half_life is not None:
            draws = keys(draws, np.log(2) * view.time(rows) / self._half_life)
        return sample.at(lowest(draws, self.size))


class Replayed(Dataset):
    """New rows, and some old ones beside them, so that what they taught is not forgotten.

    Experience replay (Rolnick, Ahuja, Schwarz, Lillicrap & Wayne, NeurIPS 2019): as a rule rows on
    which the lineage never trained, for stateful training, beside a draw of all others. Other old
    rows are drawn in each tick.

    Parameters
    ----------
    new : Dataset
        Rows that are all trained on.
    old : Dataset
        Rows to draw from, but for the new ones.
    ratio : float, default=1.0
        How many old rows are drawn for each new one, as far as there are any.

    Examples
    --------
    >>> from clsim.strategy.datasets import All, NewSinceLast
    >>> dataset = Replayed(NewSinceLast(), All(), ratio=1.0)

    The two newest rows, and as many of the others:

    >>> import pandas as pd
    >>> from clsim.engine.knowledge import Knowledge
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(10), "y": [0, 1] * 5})
    >>> known = Knowledge.of(Recorded(log, label="y"), seed=0, tick=2, warmup=2)
    >>> view = View(known, None, tick=3)  # which begins with row 8
    >>> dataset = Replayed(SlidingWindow(2), All(), ratio=1.0)
    >>> rows = dataset.sample(view, dataset.rows(view)).rows
    >>> len(rows), rows[-2:].tolist()
    (4, [6, 7])
    """

    def __init__(self, new: Dataset, old: Dataset, ratio: float = 1.0) -> None:
        check_number("ratio", ratio, above=0)
        self.new: Dataset = completed("new", new, Dataset)
        self.old: Dataset = completed("old", old, Dataset)
        self.ratio = ratio
        for key, part in (("new", self.new), ("old", self.old)):
            if part.weighs:
                raise ValueError(
                    f"{key}: its rows have weights, and those beside them have none; weigh all of "
                    "them, such as Decayed(Replayed(...))"
                )
        self.asks_models = self.new.asks_models or self.old.asks_models
        self.reads_alarms = self.new.reads_alarms or self.old.reads_alarms

    def bind(self, clock: Clock) -> None:
        self.new.bind(clock)
        self.old.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        self.new.check_schema(schema)
        self.old.check_schema(schema)

    def check_columns(self, column: Callable[[str], Column]) -> None:
        self.new.check_columns(column)
        self.old.check_columns(column)

    def check_rows(self, X: Any) -> None:
        self.new.check_rows(X)
        self.old.check_rows(X)

    def rows(self, view: View) -> Rows:
        return np.union1d(self.new.rows(view), self.old.rows(view))

    def sample(self, view: View, rows: Rows) -> Sample:
        fresh = np.isin(rows, self.new.rows(view), assume_unique=True)
        new = self.new.sample(view, rows[fresh])
        old = self.old.sample(view, rows[~fresh])
        draws = view.uniform(f"dataset.replayed {view.tick}", old.rows)
        old = old.at(lowest(draws, round(self.ratio * len(new.rows))))
        return joined(new, old)


def joined(one: Sample, other: Sample) -> Sample:
    """The rows of two samples that share none, and have no weights."""
    order = np.argsort(rows := np.concatenate([one.rows, other.rows]))
    counts = None
    if one.counts is not None or other.counts is not None:
        each = [np.ones(len(s.rows), dtype=np.int64) if s.counts is None else s.counts
                for s in (one, other)]  # fmt: skip
        counts = np.concatenate(each)[order]
    noted = {**other.noted, **one.noted}
    return Sample(rows[order], counts=counts, noted=noted, veto=one.veto or other.veto)


class ByLoss(Within):
    """Rows of another rule that are drawn by what the champion loses on them.

    Online batch selection (Loshchilov & Hutter, Online batch selection for faster training of
    neural networks, arXiv 1511.06343): ordered by loss, each row is drawn without replacement with
    a chance that falls exponentially, so that the first counts ``pressure`` times the last. Losses
    are those of the champion as it stands, of any row; where it does not answer, rows come last. Of
    rows with the same loss the newest comes first.

    What is drawn is no longer like the events that are served, and no weight undoes that here: a
    learner fitted to it alone is biased towards what is hard, or noisy. It is meant for training
    that goes on.

    Parameters
    ----------
    dataset : Dataset
        Which rows to draw from.
    rows : int
        How many are drawn.
    pressure : float, default=100.0
        How much more the row with the highest loss counts than that with the lowest, in the paper
        the same number at first; 1: all count the same.

    Examples
    --------
    >>> from clsim.strategy.datasets import NewSinceLast
    >>> dataset = ByLoss(NewSinceLast(), rows=500)

    The champion is wrong on odd rows, and with so high a pressure these are drawn:

    >>> from types import SimpleNamespace
    >>> from clsim.strategy.datasets import All
    >>> champion = SimpleNamespace(losses=lambda rows: (rows % 2).astype(float))
    >>> view = SimpleNamespace(  # what is asked of a view here
    ...     tick=3, has_champion=True, model=lambda number: champion,
    ...     uniform=lambda role, rows: np.full(len(rows), 0.5),
    ... )
    >>> ByLoss(All(), rows=4, pressure=1e9).sample(view, np.arange(8)).rows.tolist()
    [1, 3, 5, 7]
    """

    def __init__(self, dataset: Dataset, rows: int, pressure: float = 100.0) -> None:
        check_number("rows", rows, whole=True, low=1)
        check_number("pressure", pressure, low=1)
        super().__init__(dataset)
        self.size, self.pressure, self.asks_models = rows, pressure, True

    def sample(self, view: View, rows: Rows) -> Sample:
        sample = super().sample(view, rows)
        rows = sample.rows
        if len(rows) <= self.size:
            return sample
        ranks = np.zeros(len(rows))
        if view.has_champion:
            losses = view.model(None).losses(rows)
            losses = np.where(np.isnan(losses), -np.inf, losses)
            ranks[np.lexsort([-rows, -losses])] = np.arange(len(rows))
        log_weights = -np.log(self.pressure) * ranks / len(rows)
        draws = view.uniform(f"dataset.by_loss {view.tick}", rows)
        return sample.at(lowest(keys(draws, log_weights), self.size))
