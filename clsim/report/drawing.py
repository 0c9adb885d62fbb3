"""`clsim.plot`: one figure of runs, by its name, as a figure of Matplotlib."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from clsim.analysis.compare.comparison import settings
from clsim.analysis.findings.gather import check_strategies
from clsim.analysis.findings.hindsight import attach
from clsim.analysis.findings.stated import prices_each, swept
from clsim.analysis.findings.suite import is_suite
from clsim.errors import check_choice, check_number, unknown
from clsim.hindsight.table import Counterfactual
from clsim.report.figures.style import COLUMN, FULL
from clsim.report.parts.adapted import learned_meanwhile
from clsim.report.parts.comparison import compared
from clsim.report.parts.cost import against_cost, by_kind, opportunity_cost, waiting
from clsim.report.parts.descent import lineages
from clsim.report.parts.diagnosis import harmful, watched
from clsim.report.parts.factors import BY, by_factors
from clsim.report.parts.life import lives
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.reported import metrics
from clsim.report.parts.signal_worth import priced_signals
from clsim.report.parts.suite import ranked_by_suite
from clsim.report.parts.time import over_time
from clsim.report.parts.watching import kept, signals
from clsim.report.restyled import Style, labelled, read_style
from clsim.report.section import Section, make_section
from clsim.runs.gathered import gathered
from clsim.runs.ledger import Prices

Made = Part | Drawing | None

OF_A_SETTING: dict[str, Callable[[Section], Made]] = {
    "accuracy_over_time": over_time,
    "accuracy_each": over_time,
    "accuracy_cost": against_cost,
    "total_cost": by_kind,
    "opportunity_cost": opportunity_cost,
    "waiting": waiting,
    "metrics": metrics,
    "harm": harmful,
    "monitors": watched,
    "lifelines": lives,
    "lineage": lineages,
    "adaptation": learned_meanwhile,
    "signals": signals,
    "kept_and_bought": kept,
    "signal_worth": priced_signals,
}
"""Figures of one setting, by the names of their files, and what gives them."""

OF_ALL: dict[str, Callable[[Sequence[Section]], Made]] = {
    "suite": ranked_by_suite,
    "interquartile_mean": compared,
    "critical_difference": compared,
}
"""Figures of all settings together."""

OF_A_FACTOR = ("factor", "winners", "interactions")
"""Figures of strategies by a factor: lines, who is cheapest, and whether it depends."""

KINDS = (*OF_A_SETTING, *OF_ALL, *OF_A_FACTOR)
"""All kinds of figures that `plot` draws."""


def plot(
    runs: Any,
    kind: str = "accuracy_over_time",
    *,
    setting: str | None = None,
    factor: str | None = None,
    width: float = COLUMN,
    prices: Prices | Mapping[str, Any] | None = None,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
    counterfactual: str | Path | Sequence[Counterfactual] | None = None,
    style: Style | Mapping[str, Any] | str | Path | None = None,
) -> Figure:
    """A figure of runs, as the page has it, for a notebook or a paper.

    Nothing is replayed. The figure is Matplotlib's, so ``figure.axes`` and ``figure.savefig`` are
    what they are there; it belongs to no window, and ``pyplot`` does not know of it.

    Parameters
    ----------
    runs : Run, Runs, mapping or sequence
        As `clsim.runs.gathered.gathered` takes them: a run, a sweep, or what `clsim.replay` gives.
    kind : str, default='accuracy_over_time'
        One of `KINDS`, the names of the page's files. ``'signal_worth'`` needs tables; what else
        only hindsight knows is on the page alone.
    setting : str or None, default=None
        Which setting's, where runs are of several.
    factor : str or None, default=None
        By which factor, such as ``'delay'``, where the runs vary several.
    width : float, default=3.4
        Inches, from 2 to 7: up to 3.4 for one column of a paper, 7 for both.
    prices : Prices, mapping or None, default=None
        As for `clsim.write_report`.
    reference : str or None, default=None
        Strategy that the others are compared with.
    pair : (str, str) or None, default=None
        Strategies whose loss curves are drawn.
    counterfactual : path, sequence of Counterfactual or None, default=None
        Tables of hindsight of these runs, and of their quiet twins; a saved one, or a folder.
    style : path, mapping, Style or None, default=None
        As for `clsim.write_report`; its ``figures`` and ``width`` do not count here.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    ValueError
        For a kind, setting, strategy or key of a style that does not exist; or if these runs do
        not have what the figure shows.

    Examples
    --------
    >>> import numpy as np, clsim
    >>> from sklearn.linear_model import SGDClassifier
    >>> sea = clsim.streams.Synthetic(clsim.streams.concepts.SEA(), n=600)
    >>> weekly = clsim.Strategy(clsim.strategy.triggers.Periodic(every=2))
    >>> runs = clsim.replay(sea, {"every second tick": weekly}, learner=SGDClassifier(),
    ...                     tick=100, warmup=200, seed=0)
    >>> figure = clsim.plot(runs, "accuracy_over_time", width=3.3)
    >>> figure.axes[0].get_ylabel(), float(figure.get_figwidth())
    ('accuracy', 3.3)
    """
    check_choice("kind", kind, KINDS)
    check_number("width", width, low=2.0, high=FULL)
    look = read_style(style)
    every = gathered(runs)
    sections = _sections(every, prices, reference, pair, look)
    attach(sections, every, counterfactual)
    name, where = kind, "these runs"
    made: Made
    if kind in OF_A_FACTOR:
        made = _by_factor(sections, factor)
        name = next((one.name for one in _drawings(made) if one.name.startswith(kind)), kind)
    elif kind in OF_ALL:
        made = OF_ALL[kind](sections)
    else:
        made = OF_A_SETTING[kind](_one(sections, setting, look))
        where = f"the runs of {setting!r}" if setting else where
    drawing = next((one for one in _drawings(made) if one.name == name), None)
    if drawing is None:
        raise ValueError(f"kind={kind!r}: {where} do not have what this figure shows")
    figure = drawing.draw(width)
    labelled(figure, look.labels)
    return figure


def _sections(
    runs: Any, prices: Any, reference: str | None, pair: tuple[str, str] | None, style: Style
) -> list[Section]:
    every = settings(runs)
    used = prices_each(every, runs, prices)
    check_strategies(every, "reference", [reference] if reference else [])
    check_strategies(every, "pair", list(pair) if pair else [])
    style.check(every)
    reference = style.called(reference) if reference else None
    pair = (style.called(pair[0]), style.called(pair[1])) if pair else None
    made = [
        make_section(style.renamed(one), own, reference, pair, "", style)
        for one, own in zip(every, used, strict=True)
    ]
    for section in made:
        section.swept = {} if is_suite(every) else swept(runs, section.prices)
    return made


def _by_factor(sections: Sequence[Section], wanted: str | None) -> Part:
    """The part of a factor, by its name; of the only one there is, if none is given."""
    parts = {part.title.removeprefix(BY): part for part in by_factors(sections)}
    if not parts:
        raise ValueError("factor: the runs are of one setting, and vary no price")
    if wanted is None and len(parts) > 1:
        raise ValueError(f"factor: the runs vary several; give one of {', '.join(parts)}")
    name = next(iter(parts)) if wanted is None else wanted
    if name not in parts:
        raise ValueError(f"factor: {unknown('factor', name, parts)}")
    return parts[name]


def _one(sections: Sequence[Section], wanted: str | None, style: Style) -> Section:
    names = [section.setting.name for section in sections]
    if wanted is None:
        if len(names) > 1:
            raise ValueError(f"setting: the runs are of several; give one of {', '.join(names)}")
        return sections[0]
    called = style.called_setting(wanted)
    if called not in names:
        raise ValueError(f"setting: {unknown('setting', wanted, names)}")
    return sections[names.index(called)]


def _drawings(made: Made) -> Iterable[Drawing]:
    if isinstance(made, Part):
        return made.drawings
    return [] if made is None else [made]
