"""How many labels are bought: so many in a time, or by events as they pass one after the other."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import deque

import numpy as np

from clsim.clock import Clock, Duration, as_duration
from clsim.errors import check_number, undefined
from clsim.protocols import Part
from clsim.types import Schema


class Budget(Part):
    """How many labels may be bought in a tick.

    Examples
    --------
    Ten labels, but for every fifth tick, in which all candidates may be bought:

    >>> class AllInTheFifth(Budget):
    ...     def labels(self, tick):
    ...         return None if tick % 5 == 4 else 10
    >>> [AllInTheFifth().labels(tick) for tick in (3, 4, 5)]
    [10, None, 10]
    """

    def labels(self, tick: int) -> int | None:
        """Number of labels that may be bought in a tick; None: as many as there are candidates."""
        raise undefined(self, "labels")


class Unlimited(Budget):
    """All candidates, whichever rows are preferred.

    Examples
    --------
    >>> from clsim.strategy.curation import Buying, Random
    >>> curation = Buying(Random(), Unlimited())

    >>> Unlimited().labels(0) is None
    True
    """

    def labels(self, tick: int) -> int | None:
        return None


class Fixed(Budget):
    """So many labels in every period.

    Parameters
    ----------
    labels : int
        Number of labels that may be bought per period; what is left over is not carried on.
    per : int or str, default=1
        The period: ticks, or a duration that is a whole number of them. Its labels are spread
        evenly over its ticks.

    Examples
    --------
    >>> budget = Fixed(70, per=7)
    >>> budget.bind(Clock(timed=False, tick=100, tick_in_rows=True))
    >>> budget.labels(0)
    10
    """

    def __init__(self, labels: int, per: Duration = 1) -> None:
        check_number("labels", labels, whole=True, low=1)
        self.given = labels
        self.per = as_duration(per, "per", positive=True)

    def bind(self, clock: Clock) -> None:
        self._ticks = clock.ticks(self.per, "curation.budget.per")

    def labels(self, tick: int) -> int:
        return self.given * (tick + 1) // self._ticks - self.given * tick // self._ticks


class Money(Budget):
    """As many labels in every period as an amount of money buys.

    Parameters
    ----------
    amount : float
        What may be spent per period; what does not buy a whole label is carried on.
    price : float
        Of one label. It decides how many labels are bought; the prices by which a run is charged
        are given apart.
    per : int or str, default=1
        As for `Fixed`.

    Examples
    --------
    >>> budget = Money(amount=100, price=0.5, per="7d")  # 200 labels a week

    >>> budget.bind(Clock.of(True, tick="1d"))
    >>> labels = [budget.labels(tick) for tick in range(7)]
    >>> labels[0], sum(labels)
    (28, 200)
    """

    def __init__(self, amount: float, price: float, per: Duration = 1) -> None:
        check_number("amount", amount, above=0)
        check_number("price", price, above=0)
        self.amount, self.price = amount, price
        self.per = as_duration(per, "per", positive=True)

    def bind(self, clock: Clock) -> None:
        self._ticks = clock.ticks(self.per, "curation.budget.per")

    def labels(self, tick: int) -> int:
        return self._bought(tick + 1) - self._bought(tick)

    def _bought(self, ticks: int) -> int:
        """Labels that the money of the first ticks buys; a hair's breadth is no label less."""
        return int(self.amount * ticks / (self._ticks * self.price) + 1e-9)


class Passing(Part):
    """Events pass one after the other, and each is asked about or not, once and for good.

    What has been asked so far is remembered from tick to tick.

    Examples
    --------
    Every second event in which the chance of the likeliest class is at most .7:

    >>> class EverySecond(Passing):
    ...     seen = 0
    ...
    ...     def asks(self, scores, draws):
    ...         doubtful = scores >= 0.3
    ...         before, self.seen = self.seen, self.seen + int(doubtful.sum())
    ...         return doubtful & ((before + np.cumsum(doubtful)) % 2 == 0)
    >>> rule = EverySecond()
    >>> rule.asks(np.array([0.5, 0.1, 0.4]), np.zeros(3)).tolist()
    [False, False, True]
    >>> rule.asks(np.array([0.5, 0.5]), np.zeros(2)).tolist()  # the third and fourth in doubt
    [False, True]
    """

    confident = True
    """Whether what it goes by is the model's doubt: 1 less the chance of its likeliest class."""

    chance: float | None = None
    """The chance with which every event is asked about; None where it is no number."""

    def asks(self, scores: np.ndarray, draws: np.ndarray) -> np.ndarray:
        """Which of some events, in order, are asked about.

        Parameters
        ----------
        scores : numpy.ndarray of shape (n,)
            The higher, the rather; an event without one (NaN) is not asked about.
        draws : numpy.ndarray of shape (n,)
            A uniform number in [0, 1) for each.

        Returns
        -------
        numpy.ndarray of shape (n,), bool
        """
        raise undefined(self, "asks")


class Chance(Passing):
    """Each event is asked about with the same chance (the random strategy of Zliobaite et al.).

    Parameters
    ----------
    share : float, default=0.1
        Share of the events that is bought, in the mean.

    Examples
    --------
    >>> Chance(0.5).asks(np.zeros(3), np.array([0.2, 0.7, 0.4])).tolist()
    [True, False, True]
    """

    confident = False

    def __init__(self, share: float = 0.1) -> None:
        check_number("share", share, above=0, high=1)
        self.share = self.chance = share

    def asks(self, scores: np.ndarray, draws: np.ndarray) -> np.ndarray:
        return draws < self.share


class _Spending(Passing):
    """Asks while the share that was spent lately is below the budget.

    The share is estimated as in the source, of a window of ``w`` events that forgets:
    u <- u (w - 1) / w + asked; there is budget while u / w is below it.
    """

    def __init__(self, share: float, window: int) -> None:
        check_number("share", share, above=0, high=1)
        check_number("window", window, whole=True, low=1)
        self.share, self.window = share, window
        self._spent = 0.0

    def asks(self, scores: np.ndarray, draws: np.ndarray) -> np.ndarray:
        asked = np.zeros(len(scores), dtype=bool)
        for i, (confidence, draw) in enumerate(zip(1.0 - scores, draws, strict=True)):
            known = confidence == confidence  # not NaN
            if known and self._spent / self.window < self.share:
                asked[i] = self._wants(float(confidence), float(draw))
            self._spent = self._spent * (self.window - 1) / self.window + asked[i]
        return asked

    def _wants(self, confidence: float, draw: float) -> bool:
        """Whether an event is asked about, as long as there is budget."""
        raise NotImplementedError


class FixedUncertainty(_Spending):
    """Ask where the chance of the likeliest class is at most a fixed bound.

    The bound is 1/c + B (1 - 1/c) for c classes and a budget of B, as scikit-activeml has it.

    Parameters
    ----------
    share : float, default=0.1
        The budget: share of the events that may be asked about.
    window : int, default=100
        Over about so many events.
    classes : int or None, default=None
        Number of classes. None: that of the stream.

    Notes
    -----
    Source of this rule and of the next ones: Zliobaite, Bifet, Pfahringer and Holmes, Active
    learning with drifting streaming data, IEEE TNNLS 25(1), 2014. MOA counts the budget otherwise.

    Examples
    --------
    >>> doubt = np.random.RandomState(0).rand(50)
    >>> np.flatnonzero(FixedUncertainty(classes=2).asks(doubt, doubt)).tolist()
    [0, 1, 2, 3, 5, 7, 8, 10, 11, 12, 13, 18, 27, 37]
    """

    def __init__(self, share: float = 0.1, window: int = 100, classes: int | None = None) -> None:
        super().__init__(share, window)
        if classes is not None:
            check_number("classes", classes, whole=True, low=2)
        self.classes = classes

    def check_schema(self, schema: Schema) -> None:
        if self.classes is None:
            self.classes = len(schema.classes)

    def _wants(self, confidence: float, draw: float) -> bool:
        assert self.classes is not None
        by_chance = 1.0 / self.classes
        return confidence <= by_chance + self.share * (1.0 - by_chance)


class VariableUncertainty(_Spending):
    """Ask where the chance of the likeliest class is below a bound that goes with the stream.

    It begins at 1, shrinks by ``step`` with every question, and grows by it where there was none,
    so that the budget is spent whether the model is in doubt or not.

    Parameters
    ----------
    share, window
        As for `FixedUncertainty`, which names the source.
    step : float, default=0.01

    Examples
    --------
    >>> budget = VariableUncertainty(share=0.05)

    The bound is 1, then .5, and .75, since nothing was asked:

    >>> budget = VariableUncertainty(share=1.0, step=0.5)
    >>> budget.asks(np.array([0.1, 0.1, 0.3]), draws=np.zeros(3)).tolist()  # .9, .9 and .7 sure
    [True, False, True]
    """

    def __init__(self, share: float = 0.1, window: int = 100, step: float = 0.01) -> None:
        super().__init__(share, window)
        check_number("step", step, above=0, high=1)
        self.step = step
        self._bound = 1.0

    def _wants(self, confidence: float, draw: float) -> bool:
        asked = confidence < self._bound * self._factor(draw)
        self._bound *= 1.0 - self.step if asked else 1.0 + self.step
        return asked

    def _factor(self, draw: float) -> float:
        """What the bound is multiplied by for one event."""
        return 1.0


class RandomVariableUncertainty(VariableUncertainty):
    """`VariableUncertainty` with a bound that is multiplied, each time, by a normal number.

    So events of which the model is sure are asked about too, now and then.

    Parameters
    ----------
    share, window, step
        As for `VariableUncertainty`.
    spread : float, default=1.0
        Standard deviation of the number, whose mean is 1.

    Examples
    --------
    >>> budget = RandomVariableUncertainty(share=0.05)

    A draw of .5 leaves the bound as it is; one of .9 makes it 2.3 times as large:

    >>> budget = RandomVariableUncertainty(share=1.0, step=0.5)
    >>> budget.asks(np.array([0.1, 0.1]), draws=np.array([0.5, 0.5])).tolist()
    [True, False]
    >>> budget = RandomVariableUncertainty(share=1.0, step=0.5)
    >>> budget.asks(np.array([0.1, 0.1]), draws=np.array([0.5, 0.9])).tolist()
    [True, True]
    """

    def __init__(
        self, share: float = 0.1, window: int = 100, step: float = 0.01, spread: float = 1.0
    ) -> None:
        super().__init__(share, window, step)
        check_number("spread", spread, above=0)
        self.spread = spread

    def _factor(self, draw: float) -> float:
        from scipy.special import ndtri

        return 1.0 + self.spread * float(ndtri(draw))


class SplitUncertainty(VariableUncertainty):
    """A part of the events is asked about at random, the others by `VariableUncertainty`.

    Parameters
    ----------
    share, window, step
        As for `VariableUncertainty`.
    at_random : float, default=0.1
        Chance that an event belongs to the random part, where it is asked about with the chance
        ``share``.

    Examples
    --------
    >>> budget = SplitUncertainty(share=0.05, at_random=0.2)

    Of the numbers below .5 a half is asked about at random; the last event has another one:

    >>> budget = SplitUncertainty(share=0.5, at_random=0.5)
    >>> budget.asks(np.array([0.1, 0.1, 0.1]), draws=np.array([0.1, 0.4, 0.9])).tolist()
    [True, False, True]
    """

    def __init__(
        self, share: float = 0.1, window: int = 100, step: float = 0.01, at_random: float = 0.1
    ) -> None:
        super().__init__(share, window, step)
        check_number("at_random", at_random, low=0, high=1)
        self.at_random = at_random

    def _wants(self, confidence: float, draw: float) -> bool:
        if draw < self.at_random:  # given that, draw / at_random is uniform again
            return draw < self.at_random * self.share
        return super()._wants(confidence, draw)


class Biqf(Passing):
    """Balanced incremental quantile filter: ask where a score is among the highest of the latest.

    The bound is the (1 - B) quantile of the latest scores, lowered where fewer than a share of B
    was asked about so far, and raised where more: by (B seen - asked) / ``tolerance`` of the range
    of these scores.

    Parameters
    ----------
    share : float, default=0.1
        The budget B: share of the events that may be asked about.
    window : int, default=100
        Number of the latest scores.
    tolerance : int, default=50
        Events over which the balance is restored.

    Notes
    -----
    Source: Kottke, Krempl and Spiliopoulou, Probabilistic active learning in datastreams, IDA 2015.

    Examples
    --------
    >>> Biqf(0.5).asks(np.array([0.0, 1.0, 0.2, 0.9]), np.zeros(4)).tolist()
    [True, True, False, True]
    """

    confident = False

    def __init__(self, share: float = 0.1, window: int = 100, tolerance: int = 50) -> None:
        check_number("share", share, above=0, high=1)
        check_number("window", window, whole=True, low=1)
        check_number("tolerance", tolerance, whole=True, low=1)
        self.share, self.window, self.tolerance = share, window, tolerance
        self._latest: deque[float] = deque()
        self._sorted: list[float] = []
        self._seen = self._asked = 0

    def asks(self, scores: np.ndarray, draws: np.ndarray) -> np.ndarray:
        asked = np.zeros(len(scores), dtype=bool)
        for i in np.flatnonzero(~np.isnan(scores)):
            score = float(scores[i])
            self._see(score)
            left = self.share * self._seen - self._asked
            span = self._sorted[-1] - self._sorted[0]
            asked[i] = score >= self._quantile() - span * left / self.tolerance
            self._asked += int(asked[i])
        return asked

    def _see(self, score: float) -> None:
        """Count a score among the latest, and forget the oldest if there are too many."""
        if len(self._latest) == self.window:
            del self._sorted[bisect_left(self._sorted, self._latest.popleft())]
        self._latest.append(score)
        insort(self._sorted, score)
        self._seen += 1

    def _quantile(self) -> float:
        """The (1 - B) quantile of the latest scores, linear between two of them."""
        place = (len(self._sorted) - 1) * (1.0 - self.share)
        low = int(place)
        high = min(low + 1, len(self._sorted) - 1)
        return self._sorted[low] + (place - low) * (self._sorted[high] - self._sorted[low])
