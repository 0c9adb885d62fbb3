"""Rules that add up what it costs to keep the model."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from clsim.errors import Unreachable, check_flag, check_number
from clsim.strategy.rules.rule import Rule, Scoring
from clsim.types import Extent, Fired


def avoidable(loss: float, count: int, expected: float, reduction: bool = False) -> float:
    """The loss that a model as good as expected would not have had.

    Parameters
    ----------
    loss : float
        Of all events together.
    count : int
        Number of events.
    expected : float
        The mean loss that is expected.
    reduction : bool, default=False
        Whether it may be negative, where the loss is below what is expected.

    Examples
    --------
    >>> avoidable(9, 100, expected=0.0625), avoidable(2, 100, expected=0.0625)
    (2.75, 0.0)
    """
    found = loss - expected * count
    return found if reduction else max(0.0, found)


class _Beyond(Rule):
    """Losses beyond what is expected, which is given or learned from the first ones."""

    def __init__(self, expected: float | None, learn: int) -> None:
        if expected is not None:
            check_number("expected", expected)
        check_number("learn", learn, whole=True, low=1)
        self.expected = expected
        self.learn = learn
        self._first: list[float] = []

    def check_values(self, values: Extent, scores: Extent) -> None:
        if self.expected is not None:
            values.check_above("expected", self.expected)

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        if self.expected is None:
            left = self.learn - len(self._first)
            self._first.extend(values[:left])
            values = values[left:]
            if len(self._first) == self.learn:
                self.expected = sum(self._first) / self.learn
        if self.expected is None or len(values) == 0:
            return None
        return self._judged(values, self.expected)

    def _judged(self, values: Sequence[float], expected: float) -> Fired | None:
        raise NotImplementedError


class AvoidableErrors(_Beyond):
    """Errors that a fresh model would not have made have added up.

    Modyn's static number of avoidable misclassifications (Böther et al., SIGMOD 2025), in
    hindsight: in each tick the loss beyond what is expected, summed since the deployment or since
    it fired last. With zero-one loss it counts errors. It looks at nothing to come, and what is
    expected is learned from the first labels of a deployment rather than from a test set.

    It is also, with the price of a training in units of loss as ``allowed``, what CARA's cumulative
    threshold does (Mahadevan and Mathioudakis, Knowledge-Based Systems, 2024), but for the
    staleness cost, which there weighs the losses of training rows by how close they are to what is
    asked, and here is the loss that arrived.

    Parameters
    ----------
    allowed : float
        Fires when so much loss could have been avoided.
    expected : float or None, default=None
        Mean loss of a fresh model. None: learned.
    learn : int, default=200
        Number of first losses of a deployment that it is learned from.
    reduction : bool, default=False
        Whether ticks that are better than expected count against those that are worse. If not,
        chance alone adds up, and faster in small ticks.

    Examples
    --------
    >>> rule = AvoidableErrors(allowed=10, expected=0.5)
    >>> [rule.after([1.0] * errors + [0.0] * (10 - errors), float) is not None
    ...  for errors in (9, 2, 10, 6, 9)]  # 4, 4, 9, 10 and, anew, 4
    [False, False, False, True, False]
    """

    def __init__(
        self,
        allowed: float,
        expected: float | None = None,
        learn: int = 200,
        reduction: bool = False,
    ) -> None:
        super().__init__(expected, learn)
        check_number("allowed", allowed, above=0)
        check_flag("reduction", reduction)
        self.allowed = allowed
        self.reduction = reduction
        self._total = 0.0

    def _judged(self, values: Sequence[float], expected: float) -> Fired | None:
        self._total += avoidable(float(sum(values)), len(values), expected, self.reduction)
        total = self._total
        if total < self.allowed:
            return None
        self._total = 0.0
        return Fired(f"avoidable loss {total:.4g} of {self.allowed:g}", {"value": total})

    def excess(self, fired: Fired) -> float:
        return fired.detail["value"]


class Excess(_Beyond):
    """What the mean loss of each tick exceeds what is expected by, added up and never below 0.

    It says how much that is whenever there is any.
    """

    def __init__(self, expected: float | None, learn: int) -> None:
        super().__init__(expected, learn)
        self._total = 0.0

    def after(self, values: Sequence[float], score: Scoring) -> Fired | None:
        super().after(values, score)
        return Fired(f"excess {self._total:.4g}", {"value": self._total}) if self._total else None

    def _judged(self, values: Sequence[float], expected: float) -> Fired | None:
        self._total = max(0.0, self._total + sum(values) / len(values) - expected)
        return None


class ReturnOnInvestment(_Beyond):
    """A training pays back what it costs, and as much again as is wanted.

    After Žliobaitė, Budka and Stahl (Neurocomputing, 2015), who take an update for an investment
    whose return is (gain - cost) / cost. The gain is what the mean loss of the last events exceeds
    what is expected of a fresh model by, for as many events as that model will serve.

    What differs from the paper: there the return is measured in hindsight, over whole streams;
    here it is foretold, as if the loss of now stayed.

    Parameters
    ----------
    price : float
        What a training costs, in units of loss (with zero-one loss: in errors).
    horizon : int
        Number of events that the fresh model will serve.
    wanted : float, default=0
        The return that is wanted; at 0 the training pays back just what it costs.
    window : int, default=300
        Number of the last losses whose mean is taken; it needs as many.
    expected : float or None, default=None
        Mean loss of a fresh model. None: learned.
    learn : int, default=200
        Number of first losses of a deployment that it is learned from.

    Examples
    --------
    >>> rule = ReturnOnInvestment(price=100, horizon=1_000, window=4, expected=0.25)
    >>> rule.after([0.0, 0.0, 1.0, 0.0], float) is None
    True
    >>> rule.after([0.0, 1.0], float).reason  # .5 - .25 on 1,000 events gains 250
    'return 1.5 on 100'
    """

    def __init__(
        self,
        price: float,
        horizon: int,
        wanted: float = 0.0,
        window: int = 300,
        expected: float | None = None,
        learn: int = 200,
    ) -> None:
        super().__init__(expected, learn)
        check_number("price", price, above=0)
        check_number("horizon", horizon, whole=True, low=1)
        check_number("wanted", wanted, low=-1)
        check_number("window", window, whole=True, low=1)
        self.price = price
        self.horizon = horizon
        self.wanted = wanted
        self.window = window
        self._losses: deque[float] = deque(maxlen=window)

    def check_values(self, values: Extent, scores: Extent) -> None:
        super().check_values(values, scores)
        least = values.low if self.expected is None else self.expected
        most = (values.high - least) * self.horizon / self.price - 1
        if most <= self.wanted:
            raise Unreachable(
                f"price={self.price:g}: {values.of} is at most {values.high:g}, so in "
                f"horizon={self.horizon} events a training never returns more than {most:.4g}, and "
                f"wanted={self.wanted:g}; give a lower price, or a longer horizon"
            )

    def _judged(self, values: Sequence[float], expected: float) -> Fired | None:
        self._losses.extend(values)
        if len(self._losses) < self.window:
            return None
        gain = (sum(self._losses) / self.window - expected) * self.horizon
        found = gain / self.price - 1
        if found <= self.wanted:
            return None
        return Fired(f"return {found:.4g} on {self.price:g}", {"value": found})

    def excess(self, fired: Fired) -> float:
        return fired.detail["value"]
