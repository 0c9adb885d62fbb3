"""One setting of a sweep, priced: what every part of the report reads."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.findings.case import Case, priced_case
from clsim.analysis.findings.paid import LOSSES
from clsim.report.figures.style import LOOKS, MORE_LOOKS, Look, Words
from clsim.report.restyled import PLAIN, Style
from clsim.rounding import amount
from clsim.runs.ledger import Prices

SHOWN = len(LOOKS)
"""Largest number of strategies in one figure over time."""

ROWS = 20
"""Largest number of strategies that have a row in a figure."""

SCORES = {
    "zero_one": "accuracy",
    "log": "minus mean log loss",
    "absolute": "minus mean absolute error",
    "squared": "minus mean squared error",
    "matrix": "minus mean cost of errors",
    "amount": "minus mean money lost",
}
"""For each loss, what its score is called."""


@dataclass
class Section(Case):
    """A case, and how the report speaks of it.

    Attributes
    ----------
    words : Words
    suffix : str
        Added to the names of files, where a sweep has several settings.
    style : Style
        Which strategies figures show, in which order and how.
    """

    words: Words = field(kw_only=True)
    suffix: str = field(kw_only=True)
    style: Style = PLAIN

    @property
    def few(self) -> list[str]:
        """Strategies that have a row in figures: the cheapest `ROWS`, and the reference."""
        cheapest = self.order[:ROWS]
        if not self.style.only and self.reference not in cheapest:
            cheapest = [*cheapest[: ROWS - 1], self.reference]
        return self.style.arranged(self.order if self.style.only else cheapest)

    @property
    def arranged(self) -> list[str]:
        """Strategies that figures may show: cheapest first, or as the style says."""
        return self.style.arranged(self.order)

    @property
    def left_out(self) -> str:
        """What captions say of the others; empty if all have a row."""
        more = len(self.order) > ROWS and not self.style.only
        return f" The {ROWS} cheapest strategies; the others are in the table." if more else ""

    @property
    def looks(self) -> dict[str, Look]:
        """How the strategies that figures single out are drawn."""
        return self.style.looks(self.shown())

    def shown(self) -> list[str]:
        """The few strategies that say most: reference, choice, least retrained, best score."""
        if self.style.only:
            return self.arranged[: len(LOOKS) + len(MORE_LOOKS)]
        if len(self.order) <= SHOWN:
            names = [self.reference, *(name for name in self.order if name != self.reference)]
            return self.style.arranged(names)
        best = str(self.means["score"].idxmax()) if self.means["score"].notna().any() else ""
        names = [self.reference, self.chosen, self.least_retrained, best]
        return self.style.arranged(name for name in dict.fromkeys(names) if name)

    def badges(self) -> dict[str, str]:
        """What is said of a strategy beside its name; nothing where it is alone."""
        if len(self.order) < 2:
            return {}
        by_strategy: dict[str, list[str]] = {self.reference: ["reference"]}
        if self.advice.refused:  # totals of other events
            return {self.reference: "reference"}
        by_strategy.setdefault(self.order[0], []).append("cheapest in total")
        if self.means["score"].notna().any():
            by_strategy.setdefault(str(self.means["score"].idxmax()), []).append("best score")
        return {name: ", ".join(words) for name, words in by_strategy.items()}


def make_section(
    setting: Setting,
    prices: Prices,
    reference: str | None,
    pair: tuple[str, str] | None,
    suffix: str,
    style: Style = PLAIN,
) -> Section:
    """A setting at given prices; reference and pair where the setting has them, else defaults."""
    case = priced_case(setting, prices, reference, pair)
    reference = str(case["reference"])
    run = next(iter(setting.runs[reference].values()))
    words = Words(
        SCORES.get(run.info.loss, "score"), LOSSES.get(run.info.loss, "loss"), prices.currency,
        run.info.timed, "", max(len(by_seed) for by_seed in setting.runs.values()),
    )  # fmt: skip
    section = Section(**case, words=words, suffix=suffix, style=style)
    section.words = replace(words, point=_point(section.ticks, section.bin))
    return section


def _point(ticks: pd.DataFrame, width: int) -> str:
    """What a bin is, in words: ticks, their length and number of events."""
    count = "1 tick" if width == 1 else f"{width} ticks"
    events = ticks["n"].groupby(ticks["tick"].to_numpy() // width).sum().iloc[:-1]
    if len(events) == 0:
        return count
    about = "" if events.min() == events.max() else "about "
    return f"{count}, {about}{amount(round(events.mean()))} events"


# words ------------------------------------------------------------------------------------------


def capital(text: str) -> str:
    """With a capital letter first."""
    return text[:1].upper() + text[1:]
