"""The four answers in words that can be read aloud, made of the numbers of `Answers` alone."""

from __future__ import annotations

import math

from clsim.analysis.choice.answers import Answers
from clsim.analysis.choice.difference import Difference
from clsim.analysis.choice.slices import losers
from clsim.analysis.cost.calendars import Calendar
from clsim.rounding import amount, percent

QUESTIONS = (
    "How often to retrain?", "What does it save?", "How sure is that?", "What would change it?",
)  # fmt: skip

NAMED = 3
"""Largest number of slices that lose which a sentence names."""


def sentences(a: Answers) -> dict[str, str]:
    """The answer to each of `QUESTIONS`; where nothing is recommended, that in the first.

    Parameters
    ----------
    a : Answers
        As `clsim.analysis.answers` gives them.

    Returns
    -------
    dict of str to str
        By question, in order: how often to retrain, what it saves, how sure that is, and what would
        change it; where nothing is recommended, the first question alone. Plain text, amounts in
        the currency of the prices.

    Examples
    --------
    Who never trains errs 80 times; who trains 3 times errs 20 times. The difference pays for 3
    retrainings up to a price of 20 each, and at 5 each as long as an error costs 0.25.

    >>> import clsim
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> from clsim.analysis import answers
    >>> from clsim.analysis.compare.comparison import Setting
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> from clsim.strategy.triggers import Never, Periodic
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 20 + [1] * 80}), "y")
    >>> ways = {"never": clsim.Strategy(Never()),
    ...         "often": clsim.Strategy(Periodic(2), SlidingWindow(20))}
    >>> runs = clsim.replay(log, ways, learner=DummyClassifier(), tick=10, warmup=20)
    >>> setting = Setting("", {}, {name: {0: run} for name, run in runs.items()})
    >>> said = sentences(answers(setting, clsim.Prices(retraining=5, currency="EUR")))
    >>> for sentence in said["What would change it?"].split(". "):
    ...     print(sentence)
    If a wrong prediction cost less than 0.25 EUR (now 1), 'never' would be the cheapest
    If a retraining cost more than 20 EUR (now 5), 'never' would be the cheapest.
    """
    if a.advice.strategy is None:
        return {QUESTIONS[0]: a.advice.text()}
    answers = (_how_often(a), _saves(a), _how_sure(a), _changes(a))
    return dict(zip(QUESTIONS, answers, strict=True))


def warning(a: Answers) -> str:
    """Which slices lose by the choice; empty if none does for sure."""
    lost = losers(a.slices)
    if lost.empty:
        return ""
    said = []
    for row in lost.head(NAMED).to_dict("records"):
        bounds = f"{_in_unit(a, row['jointly_low'])} to {_in_unit(a, row['jointly_high'])}"
        said.append(
            f"on {row['slice']} ({percent(row['share'])} of the events), '{a.advice.strategy}' "
            f"costs {_rate(a, row['mean'])} more than '{row['strategy']}' ({bounds})"
        )
    more = len(lost) - NAMED
    others = f"; and so it is on {more} more" if more > 0 else ""
    return (
        f"The whole hides who loses: {'; '.join(said)}{others}. Each event bears the same "
        "share of the upkeep; the intervals of all slices and strategies hold together at 95%."
    )


# money -------------------------------------------------------------------------------------


def _in_unit(a: Answers, value: float) -> str:
    return amount(value * a.pace.factor) if a.pace.unit else amount(value)


def _rate(a: Answers, value: float) -> str:
    """Money a year; of a replay without length, for the whole of it."""
    return f"{_in_unit(a, value)} {a.advice.currency} {a.pace.unit or 'in all'}"


def _both(a: Answers, value: float) -> str:
    """Money a year, and for the whole replay."""
    if not a.pace.unit:
        return f"{amount(value)} {a.advice.currency} for the whole replay"
    return f"{_rate(a, value)} ({amount(value)} for the whole replay)"


def _who(a: Answers, name: str) -> str:
    return "what you do today" if name == a.today else f"'{name}'"


# sentences ---------------------------------------------------------------------------------


def _how_often(a: Answers) -> str:
    advice, name = a.advice, f"'{a.advice.strategy}'"
    if advice.strategy == a.today:
        lead = f"Keep what you do today ({name})"
    elif advice.strategy in a.rules:
        lead = f"No model at all ({name})"
    elif a.every is not None:
        lead = f"Every {a.every} ({name})"
    elif a.retrainings == 0:
        lead = f"Never ({name})"
    else:
        mean = "" if a.retrainings == int(a.retrainings) else ", on average"
        lead = f"When {name} calls for it ({_count(a.retrainings)} in the replay{mean})"
    of = f"of {a.strategies} strategies it costs the least"
    if a.strategies == 1:
        of = "it is the only strategy, and costs"
    elif advice.floor is not None:
        of = f"of the strategies whose score reaches {amount(advice.floor)} it costs the least"
    lead += f": {of}{',' if a.strategies > 1 else ''} {_both(a, advice.cost.mean)}."
    return f"{lead} {_calendar(a)}"


def _calendar(a: Answers) -> str:
    found = a.calendar
    if isinstance(found, str):
        return f"Whether another calendar would be cheaper is not known: {found}."
    every, looked = f"every {found.text}", f"the {found.looked_up} calendars that hindsight knows"
    if found.listed == a.advice.strategy:
        return f"Of {looked}, it is the cheapest too."
    where = "which you did not list" if found.listed is None else f"which is '{found.listed}'"
    more = found.more.mean
    sampled = ", estimated from a sample of the events" if found.sampled else ""
    whole = f"{amount(abs(more))} for the whole replay{sampled}" if a.pace.unit else sampled[2:]
    how_much = (
        f"cost {_rate(a, abs(more))} {'less' if more < 0 else 'more'} than "
        f"'{a.advice.strategy}'{f' ({whole})' if whole else ''}"
    )
    starts = "on average over its possible starts,"
    if more < 0:
        return (
            f"Of {looked}, {every}, {where}, would be the cheapest: {starts} it would {how_much}. "
            f"{_picked(a, found)}"
        )
    return (
        f"None of {looked} would be cheaper: the closest, {every}, {where}, would, {starts} "
        f"{how_much}. {_picked(a, found)}"
    )


def _picked(a: Answers, found: Calendar) -> str:
    """How sure it is what the calendar costs more or less, though it is the best of all."""
    less = found.more.mean < 0
    if found.more.reason is not None:
        return (
            f"How sure that is cannot be said: there is no interval over blocks of this one stream "
            f"({found.more.reason})."
        )
    ends = (found.more.low, found.more.high)
    low, high = (-ends[1], -ends[0]) if less else ends
    return (
        f"That difference lies between {_in_unit(a, low)} and {_in_unit(a, high)} "
        f"{a.advice.currency} {a.pace.unit or 'for the whole replay'} ({found.more.over}, since "
        f"the cheapest of them was picked on these very events): {_apart(low)}."
    )


def _apart(low: float) -> str:
    """Whether two are told apart by an interval whose lower bound is this."""
    return "the two are told apart" if low > 0 else "the two are not told apart"


def _saves(a: Answers) -> str:
    advice = a.advice
    said = []
    if a.reference is None:
        said.append(
            "Nothing against what you do today: it is what you do today."
            if advice.reference == a.today
            else f"Nothing against '{advice.reference}', the reference: it is the choice."
        )
    else:
        said.append(f"{_against(a, advice.reference, a.reference)}.")
    if a.never is not None:
        said.append(f"{_against(a, str(advice.never), a.never)}.")
    elif advice.never is None:
        said.append(
            "What it saves against never retraining is not known: no strategy never retrains."
        )
    if a.today is None:
        said.append(
            "What it saves against what you do today is known only if that is one of these "
            "strategies; none is marked as what production answered (as_served)."
        )
    elif a.today not in (advice.reference, advice.strategy):
        said.append(f"What you do today is '{a.today}', which is not the reference.")
    return " ".join(said)


def _against(a: Answers, other: str, found: Difference) -> str:
    saves, than = ("saves", "against") if found.mean >= 0 else ("costs", "more than")
    return f"It {saves} {_both(a, abs(found.mean))} {than} {_who(a, other)}"


def _how_sure(a: Answers) -> str:
    against = ((a.advice.reference, a.reference), (a.advice.never, a.never))
    found = {name: one for name, one in against if one is not None and name is not None}
    said = [_sure(a, name, one) for name, one in found.items()]
    return " ".join([*said, _next_best(a, list(found))])


def _next_best(a: Answers, named: list[str]) -> str:
    """Whether the choice is told apart from the next best; ``named``: whose interval was said."""
    if a.rival is None or a.next is None:
        return "There is no other strategy that could be chosen."
    if a.next.reason is not None:
        return (
            f"The next best, {_who(a, a.rival)}, costs {_rate(a, a.next.mean)} more; nothing says "
            "how sure that is."
        )
    apart = _apart(a.next.low)
    if a.rival in named:
        return f"The next best is {_who(a, a.rival)}: {apart}."
    bounds = f"{_in_unit(a, a.next.low)} to {_in_unit(a, a.next.high)}"
    return (
        f"The next best, {_who(a, a.rival)}, costs {_rate(a, a.next.mean)} more ({bounds}): "
        f"{apart}."
    )


def _sure(a: Answers, name: str, found: Difference) -> str:
    whom = _who(a, name)
    if found.reason is not None:
        return (
            f"How sure the saving against {whom} is cannot be said: there is no interval over "
            f"blocks of this one stream ({found.reason})."
        )
    bounds = (
        f"{_in_unit(a, found.low)} and {_in_unit(a, found.high)} {a.advice.currency} "
        f"{a.pace.unit or 'for the whole replay'}"
    )
    whole = (
        f"; {amount(found.low)} and {amount(found.high)} for the whole replay"
        if a.pace.unit
        else ""
    )
    seeds = (
        "; the seeds are the learner's alone" if a.advice.one_draw and
        a.advice.seeds > 1 else ""
    )  # fmt: skip
    doubt = ": it is not certain to save anything" if found.low <= 0 <= found.high else ""
    return f"The saving against {whom} lies between {bounds} ({found.over}{whole}{seeds}){doubt}."


def _changes(a: Answers) -> str:
    return " ".join(filter(None, [a.change, _automation(a)]))


def _automation(a: Answers) -> str:
    found = a.automation
    if found is None:
        return ""
    if isinstance(found, str):
        return f"Whether automation pays is not known: {found}."
    lead = f"Automation costs {_both(a, found.price)}"
    if math.isnan(found.pays_from):
        why = "there is no price of a retraining by hand"
        return f"{lead}; from how many retrainings it pays is not known, since {why}."
    lead += f" and pays from {_count(math.ceil(found.pays_from))} in the replay"
    if a.pace.days is not None:
        lead += f", or {amount(found.pays_from * a.pace.factor)} a year"
    has = f"'{a.advice.strategy}' has {amount(a.retrainings)}"
    if not found.pays:
        return f"{lead}; {has}, and by hand stays the cheaper."
    saved = _rate(a, found.by_hand - found.automated)
    return (
        f"{lead}; {has}. With automation, '{found.advice.strategy}' would be the choice, and "
        f"cost {saved} less than '{a.advice.strategy}' does by hand."
    )


def _count(number: float) -> str:
    return f"{amount(number)} retraining{'' if number == 1 else 's'}"
