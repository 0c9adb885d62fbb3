"""Strategies without a learner: what runs today, and no model at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clsim.errors import check_choice
from clsim.protocols import Monitor
from clsim.strategy.strategy import Strategy
from clsim.strategy.triggers import Never
from clsim.types import Schema


class AsServed(Strategy):
    """What runs today: the answers that the log says production gave.

    It trains nothing and costs its errors alone, as the log does not say what its trainings cost.
    Where the log names versions, each is a model of the run; a change of the version that gives
    most answers in a tick is a deployment. Events without an answer are unanswered.

    Parameters
    ----------
    monitors : mapping of str to Monitor, default={}
        Signals that are recorded.
    name : str or None, default=None
        As for `Strategy`.

    Raises
    ------
    ValueError
        When it is replayed, if the stream does not say what production answered, or the loss
        needs probabilities that it does not have.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn.naive_bayes import GaussianNB
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(6), "y": [0, 1, 0, 1, 1, 1], "said": [0, 1, 1, 1, 0, 1]})
    >>> stream = Recorded(log, label="y", served="said")
    >>> runs = clsim.replay(stream, {"today": AsServed()}, learner=GaussianNB(), tick=2, warmup=2)
    >>> runs["today"].totals["errors"], runs["today"].score
    (2.0, 0.5)
    """

    source = "production"

    def __init__(
        self, *, monitors: Mapping[str, Monitor] | None = None, name: str | None = None
    ) -> None:
        super().__init__(Never(), monitors=monitors, name=name)

    def check_schema(self, schema: Schema) -> None:
        """Refuse a stream that does not say what production answered."""
        super().check_schema(schema)
        if not schema.served:
            raise ValueError(
                "AsServed: the stream does not say what production answered; give Recorded the "
                "column of its answers (served='...'), or leave this strategy out"
            )
        for key, monitor in self.monitors.items():
            if monitor.reads_chances and not schema.served_proba:
                raise ValueError(
                    f"monitors.{key}: needs the probabilities of production; give Recorded their "
                    "columns (served_proba=[...]), or use another monitor"
                )

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse a loss by probabilities where production's are not given."""
        if loss == "log" and not schema.served_proba:
            raise ValueError(
                "loss='log': needs the probabilities of production; give Recorded their columns "
                "(served_proba=[...]), or use another loss"
            )

    def has_chances(self, schema: Schema) -> bool:
        """Whether the log tells those of production."""
        return schema.served_proba


class NoModel(Strategy):
    """No model: one answer to all events, or the last known label; free of charge.

    Parameters
    ----------
    rule : {'constant', 'last'}, default='constant'
        One answer for good; or, in each tick, the label of the latest event whose label is known
        when it starts, known as persistence or no-change.
    value : class or number, optional
        The constant. None: the one that loses least on the labels of the warm-up: the most
        frequent class (of equals the first), by a matrix of costs or by amounts the cheapest, the
        median for the absolute loss, the mean for the squared one, the shares of the classes for
        the log loss.
    monitors, name
        As for `AsServed`.

    Raises
    ------
    ValueError
        For a value that goes with no rule; when it is replayed, for one that is no class, or for
        the log loss, where there is no probability.

    Examples
    --------
    >>> constant, last = NoModel(value="no"), NoModel("last")

    Of the labels 0, 1, 1, 1 three are not 0; the last known one is 1 in both ticks:

    >>> import pandas as pd
    >>> import clsim
    >>> from clsim.streams import Recorded
    >>> log = pd.DataFrame({"x": range(6), "y": [0, 1, 0, 1, 1, 1]})
    >>> ways = {"constant": NoModel(value=0), "last": NoModel("last")}
    >>> runs = clsim.replay(Recorded(log, label="y"), ways, tick=2, warmup=2)
    >>> runs["constant"].totals["errors"], runs["last"].totals["errors"]
    (3.0, 1.0)
    """

    source = "rule"

    def __init__(
        self,
        rule: str = "constant",
        value: Any = None,
        *,
        monitors: Mapping[str, Monitor] | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(Never(), monitors=monitors, name=name)
        check_choice("rule", rule, ("constant", "last"))
        if rule == "last" and value is not None:
            raise ValueError(f"value={value!r}: only with rule='constant'; leave it out")
        self.rule, self.value = rule, value

    def check_schema(self, schema: Schema) -> None:
        """Refuse a value that the stream cannot have."""
        super().check_schema(schema)
        for key, monitor in self.monitors.items():
            if monitor.reads_chances:
                raise ValueError(
                    f"monitors.{key}: needs probabilities, and a strategy without a model has "
                    "none; use another monitor"
                )
        if self.value is None:
            return
        if schema.task == "classification" and schema.codes([self.value])[0] < 0:
            raise ValueError(f"value={self.value!r}: none of the classes ({schema.listed})")
        if schema.task == "regression" and not _finite(self.value):
            raise ValueError(f"value={self.value!r}: expected a number")

    def check_loss(self, loss: str, schema: Schema) -> None:
        """Refuse one class for certain where the loss goes by probabilities."""
        if loss == "log" and (self.rule == "last" or self.value is not None):
            raise ValueError(
                "loss='log': a class for certain loses without bound where it is wrong; use "
                "rule='constant' without a value, which answers with shares, or another loss"
            )


def _finite(value: Any) -> bool:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number and abs(value) < float("inf")
