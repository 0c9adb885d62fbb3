"""The four answers: how often to retrain, what that saves, how sure it is, what would change it.

`recommend` chooses; here the choice is put into money a year and for the whole replay, beside all
calendars that the tables of hindsight know, and with the interval that the runs allow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from clsim.analysis.choice.automation import Automation, automation
from clsim.analysis.choice.choose import (
    Recommendation,
    common_runs,
    common_seeds,
    production,
    recommend,
)
from clsim.analysis.choice.difference import Difference, all_costs, difference
from clsim.analysis.choice.overturning import what_changes
from clsim.analysis.choice.pace import Pace, pace
from clsim.analysis.choice.slices import COLUMNS, by_slice
from clsim.analysis.compare.comparison import Setting, of_source
from clsim.analysis.cost.calendars import Calendar, Calendars, cheapest_calendar, every_text
from clsim.analysis.cost.schedule_cost import intervals
from clsim.hindsight.losses import Table
from clsim.runs.ledger import Prices


@dataclass(frozen=True)
class Answers:
    """What a reader wants to know, as numbers; `clsim.analysis.choice.aloud` puts it into words.

    Money is for the whole replay, mean over the seeds that every strategy has; ``pace`` makes it
    money a year.

    Attributes
    ----------
    advice : Recommendation
    today : str or None
        The strategy that is what production answered.
    rules : list of str
        Strategies that are no model.
    pace : Pace
    every : str or None
        Time between the trainings of the choice, in words; None: it is no calendar.
    retrainings : float
        Of the choice, in the replay.
    strategies : int
    calendar : Calendar or str
        The cheapest of all calendars; a text: why it is not known.
    reference, never : Difference or None
        Cost of the reference, and of the strategy that never trains, minus that of the choice;
        None where it is the choice itself, or there is none.
    next : Difference or None
        Cost of the runner-up minus that of the choice.
    automation : Automation, str or None
        A text: why the question cannot be answered; None: it was not asked.
    slices : pandas.DataFrame
        As `by_slice` gives it.
    change : str
        The sentence on prices that would change the choice.
    """

    advice: Recommendation
    today: str | None
    rules: list[str]
    pace: Pace
    every: str | None
    retrainings: float
    strategies: int
    calendar: Calendar | str
    reference: Difference | None
    never: Difference | None
    next: Difference | None
    automation: Automation | str | None
    slices: pd.DataFrame
    change: str

    def table(self) -> pd.DataFrame:
        """The numbers behind the sentences.

        Returns
        -------
        pandas.DataFrame
            One row per quantity: quantity, of (a strategy, calendar or slice), against, mean, low,
            high (money over the whole replay), factor and unit (what makes them money a year), and
            over (what the interval is, or why there is none).
        """
        advice = self.advice
        rows: list[tuple[object, ...]] = [
            ("cost", advice.strategy, None, advice.cost.mean, math.nan, math.nan, None)
        ]
        for other, found in (
            (advice.reference, self.reference), (advice.never, self.never), (self.rival, self.next),
        ):  # fmt: skip
            if found is not None:
                rows.append(("saving", advice.strategy, other, *found.interval, found.over))
        if isinstance(self.calendar, Calendar):
            more = self.calendar.more
            every = f"every {self.calendar.text}"
            rows.append(("more", every, advice.strategy, *more.interval, more.over))
        if isinstance(self.automation, Automation):
            rows.append(("automation", None, None, self.automation.price, math.nan, math.nan, None))
        names = ["quantity", "of", "against", "mean", "low", "high", "over"]
        found_rows = pd.DataFrame(rows, columns=names)
        return found_rows.assign(factor=self.pace.factor, unit=self.pace.unit)

    @property
    def rival(self) -> str | None:
        """The runner-up."""
        ups = self.advice.runners_up
        return None if ups.empty else str(ups.iloc[0]["strategy"])


def answers(
    setting: Setting,
    prices: Prices,
    *,
    reference: str | None = None,
    floor: float | None = None,
    tables: Mapping[int, Table] | None = None,
    advice: Recommendation | None = None,
    known: Calendars | str | None = None,
) -> Answers:
    """The four answers for one setting at given prices.

    Parameters
    ----------
    setting : Setting
    prices : Prices
    reference : str or None, default=None
    floor : float or None, default=None
        As for `recommend`.
    tables : dict of int to Table or None, default=None
        Tables of hindsight of this setting's world, one per seed.
    advice : Recommendation or None, default=None
        What `recommend` gives at these prices, where it is at hand.
    known : Calendars, str or None, default=None
        What `clsim.analysis.cost.calendars.calendars_beside` gives, where it is at hand.

    Returns
    -------
    Answers

    Examples
    --------
    >>> import clsim
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.analysis.choice.aloud import sentences
    >>> from clsim.analysis.compare.comparison import settings
    >>> from clsim.runs.run import Runs
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> stream = Synthetic(Sine(0), n=2000, rate="10/d")
    >>> ways = {"never": clsim.Strategy(Never()), "monthly": clsim.Strategy(Periodic("30d"))}
    >>> runs = clsim.replay(stream, ways, learner=GaussianNB(), tick="1d", warmup="50d")
    >>> [setting] = settings(Runs(runs, []))
    >>> found = answers(setting, Prices(retraining=20, currency="EUR"))
    >>> found.advice.strategy, found.pace.unit, round(found.pace.factor, 2)
    ('never', 'a year', 2.44)
    >>> sentences(found)["What does it save?"].split(" (")[0]
    'It saves 265.4 EUR a year'
    """
    if advice is None:
        advice = recommend(setting, prices, reference=reference, floor=floor)
    seeds = common_seeds(setting)
    chosen = advice.strategy
    length, rules = pace(common_runs(setting)), of_source(setting, "rule")
    if chosen is None:
        return Answers(
            advice, production(setting), rules, length, None, math.nan, len(setting.runs), "", None,
            None, None, None, pd.DataFrame(columns=list(COLUMNS)), "",
        )  # fmt: skip
    per = all_costs(setting, seeds, prices)

    def against(other: str | None) -> Difference | None:
        if other is None or other == chosen:
            return None
        return difference(per[other]["all"], per[chosen]["all"], one_draw=setting.one_draw)

    own = setting.runs[chosen]
    ups = advice.runners_up
    may = [chosen, *map(str, ups["strategy"])]
    return Answers(
        advice, production(setting), rules, length, calendar_text(setting, chosen),
        sum(own[seed].totals["retrainings"] for seed in seeds) / len(seeds), len(setting.runs),
        cheapest_calendar(setting, tables or {}, prices, chosen, known=known),
        against(advice.reference),
        None if advice.never == advice.reference else against(advice.never),
        against(None if ups.empty else str(ups.iloc[0]["strategy"])),
        automation(setting, prices, reference=advice.reference, floor=floor),
        by_slice(setting, prices, chosen, among=may, per=per),
        what_changes(advice, setting),
    )  # fmt: skip


def calendar_text(setting: Setting, strategy: str) -> str | None:
    """Time between the trainings of a strategy, in words; None: it is no calendar."""
    ticks = intervals(setting).get(strategy)
    if ticks is None or ticks != round(ticks):
        return None
    return every_text(next(iter(setting.runs[strategy].values())), int(ticks))
