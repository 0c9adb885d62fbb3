"""What a replay of the past cannot say, and what it takes for granted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clsim.analysis.choice.choose import production
from clsim.analysis.choice.pace import YEAR, pace
from clsim.analysis.compare.comparison import Setting
from clsim.clock import in_words, parse_duration
from clsim.rounding import amount, percent
from clsim.runs.ledger import PAID, Prices

FEEDBACK = {
    "Selective": (
        "Answers decided which labels exist: the label of an event is known only where the answer "
        "was yes. Strategies learned, and were triggered and tested, on the answered alone; whom "
        "the model turned away, they never learned of."
    ),
    "Churn": "Whoever was badly served left, so strategies did not serve the same events.",
    "Flywheel": (
        "Right answers brought more events and wrong ones fewer, so strategies did not serve the "
        "same events, and one that serves more is wrong more often by that alone."
    ),
    "Popularity": "What was shown became liked, so strategies changed the labels that they met.",
    "Poisoning": (
        "Attackers watched the answers and chose by them what to send, so strategies did not serve "
        "the same events. Totals count their labels as they came; the slice sender=people is the "
        "score on clean labels."
    ),
}
"""For each stream with feedback, what that means for the reader."""

LOOKED_UP = (
    "Nothing was replayed: each strategy is a schedule, looked up in a table of what every version "
    "would have lost, with each new version serving as soon as it is ready. What triggers, gates, "
    "late labels and roll-outs would do is not in it."
)
"""What is not in a table that was made elsewhere."""

ANSWERED_ALONE = "The replay holds for the answered alone."

SELDOM, OFTEN, SOME = 0.05, 0.5, 0.01
"""Labels hang on the answer where one answer has them for half of its events at least, all others
have them for a twentieth at most, and these others are a hundredth of all events at least."""

MUCH = 0.1
"""Share of the events without a label of which the reader is told."""


def cannot_say(setting: Setting) -> list[str]:
    """What the past cannot say, in sentences, the gravest first.

    Parameters
    ----------
    setting : Setting

    Returns
    -------
    list of str
        Plain text, a sentence or two each. Never empty: what the replay covers, what intervals are
        of, and that the choice was made on the same events are always said.

    Examples
    --------
    >>> import clsim
    >>> import pandas as pd
    >>> from sklearn.dummy import DummyClassifier
    >>> log = clsim.streams.Recorded(pd.DataFrame({"x": 0.0, "y": [0] * 50 + [1] * 50}), "y")
    >>> never = {"never": clsim.Strategy(clsim.strategy.triggers.Never())}
    >>> run = clsim.replay(log, never, learner=DummyClassifier(), tick=10, warmup=20)["never"]
    >>> for sentence in cannot_say(Setting("", {}, {"never": {0: run}}))[1:]:
    ...     print(sentence)
    There is one stream; what another one would have cost, no interval here says.
    The choice was found on the same events that its savings are counted on, which flatters it.
    The stream names no slices, so whether some group of events loses is not known.
    """
    runs = [run for by_seed in setting.runs.values() for run in by_seed.values()]
    alone = who_is_unlabelled(setting)
    said = [alone] if alone else []
    for name in _feedback(setting):
        if name != "Selective":
            said.append(FEEDBACK[name])
    if setting.config.get("looked_up"):
        said.append(LOOKED_UP)
    where = pace(runs)
    if where.days is not None:
        length = f"{amount(where.days)} days"
        said.append(
            f"The replay covers {length}. A drift that is not in them is not in any number here"
            + (
                f", and a year is taken as {amount(where.factor)} times these days, so a season "
                "that they lack is not in it."
                if where.days < YEAR
                else "."
            )
        )
    else:
        said.append(
            f"The replay covers {amount(where.events)} events without time, so there is no money a "
            "year; a drift that is not in them is not in any number here."
        )
    if len({run.info.seed for run in runs}) > 1 and not setting.one_draw:
        said.append("Intervals are of worlds that are drawn as this one was, and of no others.")
    else:
        said.append("There is one stream; what another one would have cost, no interval here says.")
    today = production(setting)
    if today is not None and not next(iter(setting.runs[today].values())).says_trainings:
        said.append(
            "Of what you do today the log says the answers alone: what its trainings cost is not "
            "in its cost."
        )
    said.append(
        "The choice was found on the same events that its savings are counted on, which flatters "
        "it."
    )
    if set(runs[0].ticks["slice"]) <= {"all"}:
        said.append(
            "The stream names no slices, so whether some group of events loses is not known."
        )
    return said


def who_is_unlabelled(setting: Setting) -> str:
    """For whom the replay does not hold, since their labels are not known; empty if for nobody.

    Where the stream hides labels by the answer (`clsim.streams.feedback.Selective`), where a log
    has labels nearly only for events that production answered alike, and where much of a log has no
    label that later events have.

    Parameters
    ----------
    setting : Setting
    """
    if "Selective" in _feedback(setting):
        return f"{FEEDBACK['Selective']} {ANSWERED_ALONE}"
    found = next(iter(next(iter(setting.runs.values())).values())).info.labelling
    if found is None:
        return _all_alike(setting)
    counts = [one for one in found.answers if one[1] > 0]
    if len(counts) > 1:
        answer, rows, labelled = max(counts, key=lambda one: one[2] / one[1])
        others = sum(one[1] for one in counts) - rows
        known = sum(one[2] for one in counts) - labelled
        if labelled >= OFTEN * rows and known <= SELDOM * others and others >= SOME * found.rows:
            return (
                f"Labels hang on what production answered: they came for "
                f"{percent(labelled / rows)} of the {amount(rows)} events that it answered with "
                f"'{answer}', and for {_small(known / others)} of the {amount(others)} others. "
                f"Strategies learned, and were "
                f"triggered and tested, on the former; what the latter would have come to, nobody "
                f"knows. {ANSWERED_ALONE}"
            )
    missing = found.rows - found.labelled
    if missing < MUCH * found.rows:
        return ""
    left_out = ", and those left out are in no number here" if found.left_out else ""
    return (
        f"No label came for {percent(missing / found.rows)} of the events of the log, though it "
        f"did for later ones. Strategies learned from the others alone{left_out}: if those "
        "without a label are different, the replay does not hold for them."
    )


def _all_alike(setting: Setting) -> str:
    """That production answered all events of a log alike, if so."""
    name = production(setting)
    table = None if name is None else next(iter(setting.runs[name].values())).confusion
    if table is None or len(table) == 0:
        return ""
    given = table[table["n"] > 0]["y_pred"].unique()
    if len(given) > 1:
        return ""
    return (
        f"Production answered every event of the log with '{given[0]}'. If events that it answered "
        f"otherwise are not in the log, nobody knows what they would have come to: {ANSWERED_ALONE}"
    ).replace(": The replay", ": the replay")


def _small(share: float) -> str:
    return "none" if share == 0 else percent(share)


def _feedback(setting: Setting) -> list[str]:
    """Names of the streams with feedback, outermost first."""
    names = dict.fromkeys(_targets(setting.config.get("stream")))
    return [name for name in names if name in FEEDBACK]


def _targets(config: Any) -> Iterator[str]:
    """Names of the classes that a configuration builds, outermost first."""
    if isinstance(config, dict):
        if isinstance(config.get("_target_"), str):
            yield config["_target_"].rsplit(".", 1)[-1]
        for value in config.values():
            yield from _targets(value)
    elif isinstance(config, list):
        for value in config:
            yield from _targets(value)


def assumptions(setting: Setting, prices: Prices) -> list[str]:
    """What the numbers take for granted, in sentences."""
    info = next(iter(next(iter(setting.runs.values())).values())).info
    paid = [(f"{amount(getattr(prices, key))} per {said[1]}")
            for key, said in PAID.items() if getattr(prices, key)]  # fmt: skip
    if prices.by_class:
        classes = info.classes
        cells = [
            f"{amount(value)} for {classes[i]!r} taken for {classes[j]!r}"
            for i, row in enumerate(prices.error) for j, value in enumerate(row) if value
        ]  # fmt: skip
        paid = cells + paid
    else:
        what = "wrong prediction" if info.loss == "zero_one" else "unit of loss"
        paid = [f"{amount(prices.error)} per {what}", *paid]
    said = [f"Prices in {prices.currency}: {', '.join(paid)}."]
    if prices.floor is not None:
        said.append(f"No strategy with a score below {amount(prices.floor)} may be chosen.")
    config = setting.config
    if config.get("warmup") not in (None, 0, "0"):
        said.append(
            f"The first model is trained on a log of {_length(config['warmup'])}, and is free."
        )
    else:
        said.append("The first training is free for every strategy.")
    if config.get("tick") is not None:
        every = _length(config["tick"]).removeprefix("1 ")
        said.append(f"Decisions are taken every {every}, which is one tick.")
    if info.unanswered == "wrong":
        said.append("An event without a prediction counts as an error.")
    return said


def _length(value: Any) -> str:
    """Rows or a duration, as a configuration or `clsim.replay` notes it."""
    text = str(value)
    return f"{int(text):,} rows" if text.isdigit() else in_words(parse_duration(text, "tick"))
