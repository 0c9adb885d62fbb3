"""The parts of the page, in its order. Each takes a section and gives a `Part`, or None.

A part appears only where its data exist.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from markupsafe import Markup

from clsim.analysis.compare.comparison import Setting
from clsim.analysis.findings.choice import answers_frame
from clsim.report.parts.adapted import learned_meanwhile
from clsim.report.parts.beside import beside_another
from clsim.report.parts.cards import cards
from clsim.report.parts.choice import elsewhere, forward, ranked
from clsim.report.parts.comparison import compared
from clsim.report.parts.cost import against_cost, by_kind, opportunity_cost, waiting
from clsim.report.parts.descent import descended
from clsim.report.parts.diagnosis import fresh, harmful, watched
from clsim.report.parts.factors import by_factors
from clsim.report.parts.glance import anchor, glance
from clsim.report.parts.gone_back import went_back
from clsim.report.parts.hindsight import against_hindsight
from clsim.report.parts.judged import right_or_wrong
from clsim.report.parts.labels import worth
from clsim.report.parts.life import lives
from clsim.report.parts.own_table import is_looked_up, left_out
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.prices import sliders
from clsim.report.parts.reported import metrics
from clsim.report.parts.schedule import break_even, by_interval
from clsim.report.parts.signal_worth import priced_signals
from clsim.report.parts.slices import by_slice
from clsim.report.parts.stakeholders import by_stakeholder
from clsim.report.parts.suite import ranked_by_suite
from clsim.report.parts.table import all_strategies
from clsim.report.parts.thresholds import calibrated
from clsim.report.parts.time import over_time
from clsim.report.parts.trained import learned
from clsim.report.parts.watching import kept, signals
from clsim.report.section import Section
from clsim.runs.names import slugs

__all__ = ["Drawing", "Part", "anchor", "besides", "of_all", "of_section"]

UNANSWERED = Markup(
    "<p>No strategy answered any event: none had a model. A strategy trains its first model on the "
    "labels of the warm-up, so give it one (<code>warmup=30d</code>), or a trigger that fires.</p>"
)


def _prices(section: Section) -> Part:
    """What the strategies cost at other prices."""
    return Part(
        "Prices", lead=sliders(section), drawings=[by_kind(section)],
        tables={"answers": answers_frame(section)},
    )  # fmt: skip


def _against_cost(section: Section) -> Part | None:
    """A cloud of points, where there are two."""
    return against_cost(section) if len(section.order) > 1 else None


def _watched(section: Section) -> Part | None:
    """What signals foretold, where something was served."""
    return None if is_looked_up(section) else watched(section)


def _walked(section: Section) -> Part | None:
    """What choosing by the past would have cost."""
    return ranked(section) if is_looked_up(section) else forward(section)


OF_SECTION: tuple[Callable[[Section], Part | None], ...] = (
    _against_cost, _prices, break_even, by_stakeholder, by_slice, opportunity_cost, waiting,
    over_time, metrics, lives, descended, learned, learned_meanwhile, cards, right_or_wrong,
    signals, priced_signals, calibrated, kept, worth, fresh, by_interval, against_hindsight,
    went_back, harmful, _watched, _walked, left_out, all_strategies,
)  # fmt: skip
"""What the page says of a setting, in its order."""


def of_section(section: Section) -> Iterator[Part]:
    """All parts of a setting that have something to show, each when it is asked for."""
    if not section.interval("answered")["mean"].any():
        yield Part("Nothing was answered", lead=UNANSWERED)
        yield all_strategies(section)
        return
    for of in OF_SECTION:
        part = of(section)
        if part is not None:
            yield part


def of_all(sections: Sequence[Section]) -> list[Part]:
    """Parts that speak of all settings together."""
    ranked_there = ranked_by_suite(sections)
    if ranked_there is not None and len(sections) > 1:  # whose worlds have prices of their own
        return [ranked_there]
    first = [glance(sections)] if len(sections) > 1 else []
    parts = [
        *first, *by_factors(sections), compared(sections), elsewhere(sections), ranked_there,
    ]  # fmt: skip
    return [part for part in parts if part is not None]


def besides(sections: Sequence[Section], others: Mapping[str, Sequence[Setting]]) -> list[Part]:
    """A part for each other sweep, by its name."""
    return [
        beside_another(sections, name, other, slug.replace("-", "_"))
        for (name, other), slug in zip(others.items(), slugs(list(others)), strict=True)
    ]
