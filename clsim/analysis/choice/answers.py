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
from clsim.analysis.choice.choose import AS_SERVED, Recommendation, amount, common_seeds, recommend
from clsim.analysis.choice.difference import Difference, all_costs, difference
from clsim.analysis.choice.overturning import what_changes
from clsim.analysis.choice.pace import Pace, pace
from clsim.analysis.choice.slices import by_slice, losers
from clsim.analysis.compare.comparison import Setting, priced
from clsim.analysis.cost.calendars import Calendar, cheapest_calendar, every_text
from clsim.analysis.cost.schedule_cost import intervals
from clsim.hindsight.losses import Table
from clsim.runs.ledger import Prices

QUESTIONS = (
    "How often to retrain?", "What does it save?", "How sure is that?", "What would change it?",
)  # fmt: skip

NAMED = 3
"""Largest number of slices that lose which a sentence names."""


@dataclass(frozen=True)
class Answers:
    """What a reader wants to know, as numbers; the sentences are made of these alone.

    Money is for the whole replay, mean over the seeds that every strategy has; ``pace`` makes it
    money a year.

    Attributes
    ----------
    advice : Recommendation
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

    def sentences(self) -> dict[str, str]:
        """The answer to each of `QUESTIONS`; where nothing is recommended, that in the first."""
        if self.advice.strategy is None:
            return {QUESTIONS[0]: self.advice.text()}
        answers = (self._how_often(), self._saves(), self._how_sure(), self._changes())
        return dict(zip(QUESTIONS, answers, strict=True))

    def warning(self) -> str:
        """Which slices lose by the choice; empty if none does for sure."""
        lost = losers(self.slices)
        if lost.empty:
            return ""
        said = []
        for row in lost.head(NAMED).to_dict("records"):
            bounds = f"{self._in_unit(row['jointly_low'])} to {self._in_unit(row['jointly_high'])}"
            said.append(
                f"on {row['slice']} ({row['share']:.0%} of the events), '{self.advice.strategy}' "
                f"costs {self._rate(row['mean'])} more than '{row['strategy']}' ({bounds})"
            )
        more = len(lost) - NAMED
        others = f"; and so it is on {more} more" if more > 0 else ""
        return (
            f"The whole hides who loses: {'; '.join(said)}{others}. Each event bears the same "
            "share of the upkeep; the intervals of all slices and strategies hold together at 95%."
        )

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
            rows.append(("more", f"every {self.calendar.text}", advice.strategy, *more, None))
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

    # money -------------------------------------------------------------------------------------

    def _in_unit(self, value: float) -> str:
        return amount(value * self.pace.factor) if self.pace.unit else amount(value)

    def _rate(self, value: float) -> str:
        """Money a year; of a replay without length, for the whole of it."""
        return f"{self._in_unit(value)} {self.advice.currency} {self.pace.unit or 'in all'}"

    def _both(self, value: float) -> str:
        """Money a year, and for the whole replay."""
        if not self.pace.unit:
            return f"{amount(value)} {self.advice.currency} for the whole replay"
        return f"{self._rate(value)} ({amount(value)} for the whole replay)"

    # sentences ---------------------------------------------------------------------------------

    def _how_often(self) -> str:
        advice, name = self.advice, f"'{self.advice.strategy}'"
        if advice.strategy == AS_SERVED:
            lead = f"Keep what you do today ({name})"
        elif self.every is not None:
            lead = f"Every {self.every} ({name})"
        elif self.retrainings == 0:
            lead = f"Never ({name})"
        else:
            lead = f"When {name} says so, {_count(self.retrainings)} in the replay"
        of = f"of {self.strategies} strategies it costs the least"
        if self.strategies == 1:
            of = "it is the only strategy, and costs"
        elif advice.floor is not None:
            of = f"of the strategies whose score reaches {amount(advice.floor)} it costs the least"
        lead += f": {of}{',' if self.strategies > 1 else ''} {self._both(advice.cost.mean)}."
        return f"{lead} {self._calendar()}"

    def _calendar(self) -> str:
        found = self.calendar
        if isinstance(found, str):
            return f"Whether another calendar would be cheaper is not known: {found}."
        every = f"every {found.text}"
        known = f"Of all {found.looked_up} calendars that hindsight looked up, {every}"
        if found.listed == self.advice.strategy:
            return f"{known} is the cheapest too."
        where = "" if found.listed is None else f", which is '{found.listed}'"
        said = f"{known} would be the cheapest{where}"
        if found.listed is None:
            said += "; you did not list it"
        more = found.more.mean
        compared = "less" if more < 0 else "more"
        bounds = ""
        if not math.isnan(found.more.low):
            low, high = sorted(
                (found.more.low, found.more.high) if more >= 0
                else (-found.more.high, -found.more.low)
            )  # fmt: skip
            bounds = (
                f", 95% interval over {found.seeds} seeds {self._in_unit(low)} to "
                f"{self._in_unit(high)}"
            )
        return (
            f"{said}. On average over the ticks that it may start on, it would cost "
            f"{self._rate(abs(more))} {compared} than '{self.advice.strategy}'"
            f" ({amount(abs(more))} for the whole replay{bounds})"
            + (", estimated from a sample of the events." if found.sampled else ".")
        )

    def _saves(self) -> str:
        advice = self.advice
        said = []
        if self.reference is None:
            today = advice.reference == AS_SERVED
            said.append(
                "Nothing against what you do today: it is what you do today."
                if today
                else f"Nothing against '{advice.reference}', the reference: it is the choice."
            )
        else:
            said.append(f"{self._against(advice.reference, self.reference)}.")
        if self.never is not None:
            said.append(f"{self._against(str(advice.never), self.never)}.")
        elif advice.never is None:
            said.append(
                "What it saves against never retraining is not known: no strategy never retrains."
            )
        if advice.reference != AS_SERVED and advice.strategy != AS_SERVED:
            said.append(
                "What it saves against what you do today is not known, unless that is one of these "
                f"strategies: there is none called '{AS_SERVED}'."
            )
        return " ".join(said)

    def _against(self, other: str, found: Difference) -> str:
        saves = "saves" if found.mean >= 0 else "costs"
        more = "" if found.mean >= 0 else " more"
        return f"It {saves} {self._both(abs(found.mean))}{more} {_than(other, found.mean < 0)}"

    def _how_sure(self) -> str:
        found = [
            self._sure("the saving against", name, one)
            for name, one in (
                (self.advice.reference, self.reference), (self.advice.never, self.never),
            )
            if one is not None and name is not None
        ]  # fmt: skip
        said = [f"{one[0].upper()}{one[1:]}." for one in found]
        if self.rival is None:
            return " ".join([*said, "There is no other strategy that could be chosen."])
        assert self.next is not None
        if self.next.reason is not None:
            doubt = f"costs {self._rate(self.next.mean)} more; nothing says how sure that is"
            return " ".join([*said, f"The next best, '{self.rival}', {doubt}."])
        bounds = f"{self._in_unit(self.next.low)} to {self._in_unit(self.next.high)}"
        apart = "told apart" if self.next.low > 0 else "not told apart"
        return " ".join(
            [*said,
             f"The next best, '{self.rival}', costs {self._rate(self.next.mean)} more ({bounds}): "
             f"the two are {apart}."]
        )  # fmt: skip

    def _sure(self, what: str, name: str, found: Difference) -> str:
        whom = _who(name)
        if found.reason is not None:
            return (
                f"how sure {what} {whom} is cannot be said: there is no interval over blocks of "
                f"this one stream ({found.reason})"
            )
        bounds = (
            f"{self._in_unit(found.low)} and {self._in_unit(found.high)} {self.advice.currency} "
            f"{self.pace.unit or 'for the whole replay'}"
        )
        whole = (
            f"; {amount(found.low)} and {amount(found.high)} for the whole replay"
            if self.pace.unit
            else ""
        )
        seeds = (
            "; the seeds are the learner's alone" if self.advice.one_draw and
            self.advice.seeds > 1 else ""
        )  # fmt: skip
        return f"{what} {whom} lies between {bounds} ({found.over}{whole}{seeds})"

    def _changes(self) -> str:
        return " ".join(filter(None, [self.change, self._automation()]))

    def _automation(self) -> str:
        found = self.automation
        if found is None:
            return ""
        if isinstance(found, str):
            return f"Whether automation pays is not known: {found}."
        lead = f"Automation costs {self._both(found.price)}"
        if math.isnan(found.pays_from):
            why = "there is no price of a retraining by hand"
            return f"{lead}; from how many retrainings it pays is not known, since {why}."
        lead += f" and pays from {_count(math.ceil(found.pays_from))} in the replay"
        if self.pace.days is not None:
            lead += f", or {_number(found.pays_from * self.pace.factor)} a year"
        has = f"'{self.advice.strategy}' has {_number(self.retrainings)}"
        if not found.pays:
            return f"{lead}; {has}, and by hand stays the cheaper."
        saved = self._rate(found.by_hand - found.automated)
        return (
            f"{lead}; {has}. With automation, '{found.advice.strategy}' would be the choice, and "
            f"save {saved} more."
        )


def _count(number: float) -> str:
    return f"{_number(number)} retraining{'' if number == 1 else 's'}"


def _number(number: float) -> str:
    return f"{number:,.0f}" if number == round(number) or number >= 100 else f"{number:.1f}"


def _who(name: str) -> str:
    return "what you do today" if name == AS_SERVED else f"'{name}'"


def _than(name: str, than: bool) -> str:
    return f"{'than' if than else 'against'} {_who(name)}"


def answers(
    setting: Setting,
    prices: Prices,
    *,
    reference: str | None = None,
    floor: float | None = None,
    tables: Mapping[int, Table] | None = None,
    advice: Recommendation | None = None,
    table: pd.DataFrame | None = None,
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
    table : pandas.DataFrame or None, default=None
        What `priced` gives at these prices, where it is at hand.

    Returns
    -------
    Answers
    """
    if advice is None:
        advice = recommend(setting, prices, reference=reference, floor=floor)
    seeds = common_seeds(setting)
    runs = [by_seed[seed] for by_seed in setting.runs.values() for seed in seeds]
    chosen = advice.strategy
    length = pace(runs) if runs else Pace(math.nan, "", None, math.nan)
    if chosen is None:
        return Answers(
            advice, length, None, math.nan, len(setting.runs), "", None, None, None, None,
            pd.DataFrame(), "",
        )  # fmt: skip
    if table is None:
        table = priced(setting, prices, advice.reference)
    per = {name: one["all"] for name, one in all_costs(setting, seeds, prices).items()}

    def against(other: str | None) -> Difference | None:
        if other is None or other == chosen:
            return None
        return difference(per[other], per[chosen], one_draw=setting.one_draw)

    own = setting.runs[chosen]
    ups = advice.runners_up
    may = [chosen, *map(str, ups["strategy"])]
    return Answers(
        advice, length, _every(setting, chosen),
        sum(own[seed].totals["retrainings"] for seed in seeds) / len(seeds), len(setting.runs),
        cheapest_calendar(setting, tables or {}, prices, chosen, table),
        against(advice.reference),
        None if advice.never == advice.reference else against(advice.never),
        against(None if ups.empty else str(ups.iloc[0]["strategy"])),
        automation(setting, prices, reference=advice.reference, floor=floor),
        by_slice(setting, prices, chosen, among=may),
        what_changes(advice, setting),
    )  # fmt: skip


def _every(setting: Setting, strategy: str) -> str | None:
    ticks = intervals(setting).get(strategy)
    if ticks is None or ticks != round(ticks):
        return None
    return every_text(next(iter(setting.runs[strategy].values())), int(ticks))
