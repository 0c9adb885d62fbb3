"""From how many retrainings machinery that trains by itself pays, against work by hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from clsim.analysis.choice.choose import Recommendation, common_runs, recommend
from clsim.analysis.choice.pace import pace
from clsim.analysis.compare.comparison import Setting, costed
from clsim.runs.ledger import Prices


@dataclass(frozen=True)
class Automation:
    """What automation comes to over a replay, in money.

    Attributes
    ----------
    price : float
        Of the whole replay: the price of a day times its days.
    pays_from : float
        Retrainings in the replay from which it costs less than work by hand; NaN without a price
        ``by_hand``.
    advice : Recommendation
        What to choose with automation, which is in its costs.
    retrains : bool
        Whether that strategy retrains, and so needs automation at all.
    by_hand : float
        Total cost of the cheapest strategy by hand.
    automated : float
        Total cost of that strategy.
    pays : bool
        Whether ``automated`` is less than ``by_hand``, and the strategy retrains.
    """

    price: float
    pays_from: float
    advice: Recommendation
    retrains: bool
    by_hand: float
    automated: float
    pays: bool


def automation(
    setting: Setting, prices: Prices, *, reference: str | None = None, floor: float | None = None
) -> Automation | str | None:
    """Whether to automate: the best choice by hand against the best choice with automation.

    Automation is paid for every day of a strategy that retrains, however often, in place of
    ``by_hand`` for every training.

    Parameters
    ----------
    setting : Setting
    prices : Prices
    reference : str or None, default=None
    floor : float or None, default=None
        As for `recommend`.

    Returns
    -------
    Automation, str or None
        None: there is no price of automation. A text: why it cannot be answered.

    Raises
    ------
    TypeError, ValueError
        As `recommend`.

    Examples
    --------
    Over 80 days, automation at 0.1 a day costs 8, as much as 1.6 retrainings by hand at 5 each. Who
    retrains 3 times errs 20 times: 35 by hand, and 28 with automation.

    >>> import clsim
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> frame = pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80})
    >>> log = clsim.streams.Recorded(frame, "y", start="2024-01-01", every="1d")
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic("20d"), SlidingWindow("20d"))}
    >>> runs = clsim.replay(log, ways, learner=DummyClassifier(), tick="10d", warmup="20d")
    >>> setting = Setting("", {}, {name: {0: run} for name, run in runs.items()})
    >>> found = automation(setting, Prices(retraining=0, by_hand=5, automation=0.1))
    >>> found.price, found.pays_from, found.by_hand, found.automated, found.pays
    (8.0, 1.6, 35.0, 28.0, True)
    """
    price = price_of_replay(setting, prices)
    if price is None or isinstance(price, str):
        return price
    hand = recommend(setting, prices, reference=reference, floor=floor)
    if hand.strategy is None:
        return "no strategy is recommended"
    without = replace(prices, by_hand=0.0)
    table = costed(setting, without)
    trained = table.groupby("strategy")["retrainings"].mean()
    # what is paid whatever the number of retrainings is part of each that retrains
    charged = table.assign(total=table["total"] + price * table["strategy"].map(trained > 0))
    advice = recommend(setting, without, reference=reference, floor=floor, table=charged)
    automated = float(advice.cost.mean)
    retrains = bool(trained[str(advice.strategy)] > 0)
    return Automation(
        price, price / prices.by_hand if prices.by_hand else np.nan, advice, retrains,
        float(hand.cost.mean), automated, retrains and automated < hand.cost.mean,
    )  # fmt: skip


def price_of_replay(setting: Setting, prices: Prices) -> float | str | None:
    """What automation costs in the whole replay; a text: why nobody knows; None: not asked."""
    if prices.automation is None:
        return None
    days = pace(common_runs(setting)).days
    if days is None:
        return "automation has a price per day, and the stream has no time"
    return prices.automation * days
