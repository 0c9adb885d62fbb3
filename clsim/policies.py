"""How a model's output becomes the answer: values, apart from the models and from the loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Protocol

import numpy as np

from clsim.errors import check_choice, check_number
from clsim.losses import Loss, cheapest
from clsim.types import Schema


@dataclass(frozen=True)
class Policy:
    """What turns a model's output into the answer: here, its own answer stands.

    A value: equal outputs have equal answers, whatever was answered before. So several policies can
    be put on one model, and it is fitted once.

    Examples
    --------
    Of two events, the likelier class of each:

    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> chances = np.array([[0.75, 0.25], [0.375, 0.625]])
    >>> Policy().answers(chances, Loss(None, schema), None).tolist()
    [0, 1]
    """

    likely: ClassVar[bool] = False
    """Whether it asks the model for probabilities; if not, for its own answers."""

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse a loss or a stream under which it has no meaning.

        Raises
        ------
        ValueError
        """

    def chances(self, output: np.ndarray) -> np.ndarray:
        """What it takes the probabilities of each class to be, by what the model says.

        Parameters
        ----------
        output : numpy.ndarray of shape (n, classes)
            NaN in rows without a prediction.
        """
        return output

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        """Codes of classes that are answered, by the probabilities that the model gives.

        Asked where the policy is ``likely``, or where the loss goes by probabilities.

        Parameters
        ----------
        chances : numpy.ndarray of shape (n, classes)
        loss : Loss
        amount : numpy.ndarray or None
            As in `clsim.types.Batch`, of the same events.
        """
        return chances.argmax(axis=1)


@dataclass(frozen=True)
class Cut(Policy):
    """Of two classes the second, if its chance is at least ``at``.

    Parameters
    ----------
    at : float
        The least chance of the second class that it is answered with, above 0 and at most 1.

    Examples
    --------
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> chances = np.array([[0.75, 0.25], [0.9, 0.1]])
    >>> Cut(0.25).answers(chances, Loss(None, schema), None).tolist()
    [1, 0]
    """

    at: float

    likely: ClassVar[bool] = True

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse other than two classes."""
        _check_task(self.at, schema)
        if len(schema.classes) != 2:
            raise ValueError(
                f"threshold={self.at!r}: a cut is for two classes, and the stream has "
                f"{len(schema.classes)}"
            )

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        return (chances[:, 1] >= self.at).astype(int)


@dataclass(frozen=True)
class Cheapest(Policy):
    """The class with the least expected cost (Elkan, IJCAI 2001).

    By the matrix of costs, or by what the event itself says that each answer costs under each true
    class. It is right if the probabilities are calibrated.

    Examples
    --------
    To miss a 1 costs 5, a false alarm 1. With a chance of .25 an alarm costs .75 in the mean, none
    1.25; with .1 it is .9 and .5:

    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> chances = np.array([[0.75, 0.25], [0.9, 0.1]])
    >>> Cheapest().answers(chances, Loss([[0, 1], [5, 0]], schema), None).tolist()
    [1, 0]
    """

    likely: ClassVar[bool] = True

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse a loss that does not say what each answer costs before the label is known."""
        _check_task("by_price", schema)
        if loss.kind == "amount" and schema.amounts == "answer":
            raise ValueError(
                "threshold='by_price': what each answer to an event earned is known with its label "
                "alone, and would give it away; say what each answer costs under each true class, "
                "as in Recorded(log, label=..., amount={true: {answered: column}})"
            )
        if loss.kind not in ("matrix", "amount"):
            raise ValueError(
                "threshold='by_price': needs a loss that is a matrix of costs, such as "
                f"[[0, 1], [5, 0]], or amount, not {loss.kind}"
            )

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        if loss.matrix is not None:
            return cheapest(chances, loss.matrix)
        assert amount is not None
        if amount.ndim == 1:  # errors on a row cost the same, so the likeliest class costs least
            return chances.argmax(axis=1)
        return cheapest(chances, amount)


class Step(Protocol):
    """A value that makes other probabilities of probabilities, row by row.

    Examples
    --------
    Chances that are half way to those of a coin:

    >>> @dataclass(frozen=True)
    ... class Humble:
    ...     def __call__(self, chances):
    ...         return (chances + 0.5) / 2
    >>> Adapted((Humble(),)).chances(np.array([[1.0, 0.0]])).tolist()
    [[0.75, 0.25]]
    """

    def __call__(self, chances: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Adapted(Policy):
    """What was learned of a model's probabilities since it was trained, and then a policy.

    Attributes
    ----------
    steps : tuple of Step, default=()
        What is done to the probabilities, one after the other. Each is a value that can be hashed.
    then : Policy, default=Policy()
        How the last ones become the answer; by default the likeliest class.
    shares : tuple of float or None, default=None
        Shares of classes that the last ones are about; None: those that the model was trained on.

    Examples
    --------
    The second class has come to be four times as frequent: chances of one half become .2 and .8,
    and with a cut at .9 the first class is answered.

    >>> policy = Adapted().after(OtherShares((1.0, 4.0)), shares=(0.2, 0.8)).deciding(Cut(0.9))
    >>> even = np.array([[0.5, 0.5]])
    >>> policy.chances(even).tolist()
    [[0.2, 0.8]]
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> policy.answers(even, Loss(None, schema), None).tolist()
    [0]
    """

    steps: tuple[Step, ...] = ()
    then: Policy = field(default_factory=Policy)
    shares: tuple[float, ...] | None = None

    likely: ClassVar[bool] = True

    def check(self, loss: Loss, schema: Schema) -> None:
        self.then.check(loss, schema)

    def chances(self, output: np.ndarray) -> np.ndarray:
        for step in self.steps:
            output = step(output)
        return output

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        return self.then.answers(self.chances(chances), loss, amount)

    def after(self, step: Step, shares: tuple[float, ...]) -> Adapted:
        """The same with one more step, after which chances are about other shares of classes."""
        return replace(self, steps=(*self.steps, step), shares=shares)

    def deciding(self, then: Policy) -> Adapted:
        """The same with another way from the last probabilities to the answer."""
        return replace(self, then=then)


LABELS_OF, REWARD_OF = "labels of ", "reward of "
"""What comes before an arm's name where `Adapt.detail` says what a bandit knows of it."""


@dataclass(frozen=True)
class Adapt:
    """That another policy is in force from now on.

    Attributes
    ----------
    policy : Adapted
    reason : str
    rows : int, default=0
        From so many rows it was learned.
    detail : dict of str to float
        Numbers that say what was learned.

    Examples
    --------
    >>> adapt = Adapt(Adapted(then=Cut(0.25)), "threshold learned", rows=400, detail={"at": 0.25})
    >>> adapt.policy.then, adapt.rows
    (Cut(at=0.25), 400)
    """

    policy: Adapted
    reason: str
    rows: int = 0
    detail: dict[str, float] = field(default_factory=dict)


# what can be learned ------------------------------------------------------------------------------


@dataclass(frozen=True)
class OtherShares:
    """Chances under other shares of classes: those times new over old, divided by their sum.

    Saerens, Latinne & Decaestecker, Neural Computation 14 (2002), equation 2.4.

    Parameters
    ----------
    factors : tuple of float
        For each class, its new share over its old one.

    Examples
    --------
    >>> OtherShares((1.0, 4.0))(np.array([[0.5, 0.5]])).tolist()
    [[0.2, 0.8]]
    """

    factors: tuple[float, ...]

    def __call__(self, chances: np.ndarray) -> np.ndarray:
        return summing_to_one(chances * np.array(self.factors))


@dataclass(frozen=True)
class Sigmoid:
    """For each class (of two, the second) a sigmoid of the log odds: a line's slope and height.

    Platt, *Probabilistic outputs for support vector machines* (1999).

    Parameters
    ----------
    lines : tuple of (float, float)
        For each class (of two, one for the second) slope and height of the line; (1, 0) changes
        nothing.

    Examples
    --------
    >>> Sigmoid(((1.0, 0.0),))(np.array([[0.2, 0.8]])).round(9).tolist()
    [[0.2, 0.8]]
    """

    lines: tuple[tuple[float, float], ...]

    def __call__(self, chances: np.ndarray) -> np.ndarray:
        return by_class(chances, self.lines, self._of)

    @staticmethod
    def _of(chance: np.ndarray, line: tuple[float, float]) -> np.ndarray:
        return 1 / (1 + np.exp(-(line[0] * log_odds(chance) + line[1])))


@dataclass(frozen=True)
class Stairs:
    """For each class (of two, the second) chances between knots: an isotonic regression.

    Zadrozny & Elkan, *Transforming classifier scores into accurate multiclass probability
    estimates*, KDD 2002.

    Parameters
    ----------
    knots : tuple of (tuple of float, tuple of float)
        For each class (of two, one for the second) chances that the model gives, ascending, and
        what they become; straight lines between, and level beyond.

    Examples
    --------
    >>> Stairs((((0.2, 0.6), (0.0, 1.0)),))(np.array([[0.6, 0.4], [0.1, 0.9]])).round(9).tolist()
    [[0.5, 0.5], [0.0, 1.0]]
    """

    knots: tuple[tuple[tuple[float, ...], tuple[float, ...]], ...]

    def __call__(self, chances: np.ndarray) -> np.ndarray:
        return by_class(chances, self.knots, self._of)

    @staticmethod
    def _of(chance: np.ndarray, knots: tuple[tuple[float, ...], tuple[float, ...]]) -> np.ndarray:
        return np.interp(chance, *knots)


def by_class(
    chances: np.ndarray, each: tuple[Any, ...], of: Callable[[np.ndarray, Any], np.ndarray]
) -> np.ndarray:
    """Chances of classes of which each is changed by itself; of two, the second alone.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
    each : tuple
        What belongs to each class; of two classes one entry, for the second.
    of : callable
        Makes of chances of one class, of shape (n,), and of what belongs to it their new values.

    Returns
    -------
    numpy.ndarray of shape (n, classes)
        Rows add up to 1.

    Examples
    --------
    >>> chances = np.array([[0.5, 0.5], [0.75, 0.25]])
    >>> by_class(chances, (0.5,), lambda chance, factor: factor * chance).tolist()
    [[0.75, 0.25], [0.875, 0.125]]
    """
    if len(each) == 1:
        second = of(chances[:, 1], each[0])
        return np.column_stack([1 - second, second])
    every = [of(chances[:, code], one) for code, one in enumerate(each)]
    return summing_to_one(np.column_stack(every))


def log_odds(chance: np.ndarray) -> np.ndarray:
    """Of chances, those of 0 and 1 being moved in by the least that can be told apart from 1.

    Parameters
    ----------
    chance : numpy.ndarray of any shape
        In [0, 1].

    Returns
    -------
    numpy.ndarray of the same shape
        ln(p / (1 - p)), finite; NaN stays NaN.

    Examples
    --------
    >>> log_odds(np.array([0.5, 0.75, 1.0])).round(4).tolist()
    [0.0, 1.0986, 36.0437]
    """
    near = float(np.finfo(float).eps)
    inside = np.clip(chance, near, 1 - near)
    return np.log(inside) - np.log1p(-inside)


def summing_to_one(chances: np.ndarray) -> np.ndarray:
    """Each row divided by its sum; all alike where that is 0, NaN where there is none.

    Parameters
    ----------
    chances : numpy.ndarray of shape (n, classes)
        None below 0.

    Returns
    -------
    numpy.ndarray of shape (n, classes)

    Examples
    --------
    >>> summing_to_one(np.array([[1.0, 3.0], [0.0, 0.0], [np.nan, 1.0]])).tolist()
    [[0.25, 0.75], [0.5, 0.5], [nan, nan]]
    """
    total = sum(chances.T[1:], chances.T[0])[:, None]  # so that no bit hangs on the other rows
    alike = np.full(chances.shape, 1 / chances.shape[1])
    return np.divide(chances, total, out=alike, where=(total > 0) | np.isnan(total))


@dataclass(frozen=True)
class Abstaining(Policy):
    """Leave an event to somebody else where its answer is expected to lose more than that does.

    Chow, *On optimum recognition error and reject tradeoff* (IEEE Transactions on Information
    Theory 16, 1970). It is right if the probabilities are calibrated.

    Parameters
    ----------
    then : Policy, default=Policy()
        What answers the events that are not left.

    Examples
    --------
    With 0/1 loss an answer is expected to lose 1 - its chance; an event that is left loses .3:

    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> loss = Loss("zero_one", schema, abstention=0.3)
    >>> chances = np.array([[0.75, 0.25], [0.625, 0.375]])
    >>> answers = Abstaining().answers(chances, loss, None)
    >>> int(answers[0]), loss.left(answers).tolist()
    (0, [False, True])
    """

    then: Policy = field(default_factory=Policy)

    likely: ClassVar[bool] = True

    def check(self, loss: Loss, schema: Schema) -> None:
        """Refuse a loss without a price of an abstention, or that chances do not say."""
        _check_task("abstention", schema)
        if loss.abstention is None:
            raise ValueError(
                "adaptation: it abstains, and nothing says what that costs; give the replay "
                "abstention=..., the loss of an event that is left to somebody else"
            )
        if not loss.expected:
            raise ValueError(
                "adaptation: whether to abstain goes by what an answer is expected to lose, and "
                "what each answer earned is known with the label alone; use another loss"
            )
        self.then.check(loss, schema)

    def answers(self, chances: np.ndarray, loss: Loss, amount: np.ndarray | None) -> np.ndarray:
        assert loss.abstention is not None
        answers = self.then.answers(chances, loss, amount)
        lost = np.zeros(len(chances))
        for code in range(chances.shape[1]):
            truth = np.full(len(chances), code)
            lost += chances[:, code] * loss.of(truth, chances, answers, amount)
        more = _above(lost, loss.abstention)
        return np.where(more, loss.abstained, answers)


def _above(values: np.ndarray, bound: float) -> np.ndarray:
    """Which values are above a bound by more than rounding."""
    return values - bound > 1e-12 * np.maximum(np.abs(values), bound)


def _check_task(threshold: Any, schema: Schema) -> None:
    if schema.task != "classification":
        raise ValueError(f"threshold={threshold!r}: the stream's task is {schema.task}")


def as_policy(threshold: Any) -> Policy:
    """The policy of a threshold.

    Parameters
    ----------
    threshold : 'by_price', float or None
        None: the model's own answers.

    Returns
    -------
    Policy
        `Cheapest` of 'by_price', a `Cut` of a number, `Policy` of None.

    Raises
    ------
    TypeError, ValueError
        For what is no threshold.

    Examples
    --------
    >>> as_policy("by_price"), as_policy(0.2), as_policy(None)
    (Cheapest(), Cut(at=0.2), Policy())
    """
    if threshold is None:
        return Policy()
    if isinstance(threshold, str):
        check_choice("threshold", threshold, ("by_price",))
        return Cheapest()
    check_number("threshold", threshold, above=0, high=1)
    return Cut(float(threshold))
