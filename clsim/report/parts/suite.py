"""The suite: what strategies earn over frozen worlds, of what there is to be earned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.frozen import CALENDAR, NEVER
from clsim.analysis.findings.suite import suite_frames
from clsim.report import latex, markdown
from clsim.report.figures.suite import suite_scores_and_profiles
from clsim.report.markup import joined, lead, note
from clsim.report.parts.part import Drawing, Part
from clsim.report.section import Section
from clsim.report.tables import plain_table
from clsim.rounding import amount, counted, percent

TITLE = "The suite"

SHOWN = 6
"""Largest number of strategies in the figure: never, the calendar, and the best of the others."""

SAID = (
    "Each world has a scale that was found on other draws: what the best schedule known beforehand "
    "saves against never retraining. A strategy's score is what it saves against never in the same "
    "draws, divided by that: never scores 0, that schedule 1, and a rule that reacts may pass it. "
    "Worlds in which no schedule saves more than noise are quiet; what is lost there stands in a "
    "table of its own. All is at the prices of each world, which also says how many trainings and "
    "bought labels its team can afford in a draw."
)

OVER = (
    "The interquartile mean is of the scores of all draws of the worlds that earn; its first "
    "interval is of other draws of these worlds, the second of other worlds like these. Ranks are "
    "by cost, in each draw. "
    "Kinds are apart: the best schedule bounds strategies without one alone. Over budget: in what "
    "share of draws a strategy trains more often, or buys more labels, than its world can afford; "
    "those that never do have a place among themselves."
)

EQUAL = (
    "Each strategy stands beside the calendar that gets its labels by the same rule and budget: "
    "who buys labels is compared with a calendar that buys as many, and pays for them too. Saved: "
    "that calendar's cost less its own, as a share of what is to be earned; on all draws of the "
    "worlds that earn which both have. The numbers of labels are means of these draws; they part "
    "where labels depend on what was answered."
)

BY_WORLD = (
    ("suite", "score", "Scores by world"),
    ("suite_quiet", "excess", "Quiet worlds: cost per 1,000 events above never"),
)
"""Frames with a row for each world, what they state, and what they are called."""


def ranked_by_suite(sections: Sequence[Section]) -> Part | None:
    """Scores, the quiet worlds, and the comparison over all; None without worlds."""
    found = suite_frames(sections)
    if found["suite_draws"].empty and found["suite_left_out"].empty:
        return None
    scores, over = found["suite"], found["suite_over_worlds"]
    tables = {name: frame for name, frame in found.items() if len(frame)}
    equal = found["suite_equal_labels"]
    drawings, html = [], []
    if len(over):
        looks = sections[0].style.looks(sections[0].style.arranged(shown_of(over)))
        drawings = [
            Drawing(
                "suite", partial(suite_scores_and_profiles, scores, found["suite_profile"], looks),
                "Left: scores by world, with 95% intervals over draws; open marks lie beyond the "
                "axis. Right: in what share of draws a strategy scores more than so much.",
            )
        ]  # fmt: skip
        html += [lead(_aloud(over)), _over(over), note(OVER)]
    if len(equal):
        html += [_equal(equal), note(EQUAL)]
    order = list(over["strategy"]) if len(over) else []
    for name, value, title in BY_WORLD:
        frame = found[name]
        if len(frame):
            html += [_by_world(frame, value, order, title), _regrets(frame, order)]
    html += [
        note(Markup("Left out: {}, {}.").format(of, reason))
        for of, reason in found["suite_left_out"].itertuples(index=False)
    ]
    return Part(
        TITLE, lead=lead(SAID), drawings=drawings, html=joined(html), tables=tables,
        latex=suite_latex(found), markdown=suite_markdown(found),
        cites=("agarwal2021", "osband2020"),
    )  # fmt: skip


def shown_of(over: pd.DataFrame) -> list[str]:
    """Strategies of the figure: the references, and the best of the others.

    Parameters
    ----------
    over : pandas.DataFrame
        strategy, reference: as `clsim.findings` gives ``suite_over_worlds``, the best first.
    """
    by = over.set_index("reference")["strategy"].to_dict()
    first = [by[name] for name in (NEVER, CALENDAR) if name in by]
    best = over.loc[over["reference"] == "", "strategy"]
    return [str(name) for name in [*first, *best][:SHOWN]]


def suite_latex(found: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The tables of a suite in LaTeX, by name, of the frames that it has.

    Parameters
    ----------
    found : mapping of str to pandas.DataFrame
        ``suite``, ``suite_quiet``, ``suite_over_worlds`` and ``suite_equal_labels``, as
        `clsim.findings` gives them; also as they are read back from their CSV.

    Returns
    -------
    dict of str to str
        Those over worlds have every strategy, those by world those of the figure.
    """
    made, over, equal = {}, found["suite_over_worlds"], found["suite_equal_labels"]
    if len(over):
        over = over.fillna({"reference": "", "kind": ""})  # which CSV does not tell from nothing
        made["suite_over_worlds"] = _over_tex(over)
    if len(equal):
        made["suite_equal_labels"] = _equal_tex(equal)
    for name, value, title in BY_WORLD:
        if len(found[name]):
            names = shown_of(over) if len(over) else list(found[name]["strategy"].unique())[:SHOWN]
            made[name] = _by_world_tex(found[name], value, names, title, name)
    return made


def suite_markdown(found: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """The tables over worlds in Markdown, by name; of the same frames as `suite_latex`."""
    made, over, equal = {}, found["suite_over_worlds"], found["suite_equal_labels"]
    if len(over):
        headings = [
            "strategy", "kind", "interquartile mean", "mean", "beats the calendar", "rank",
            "over budget",
        ]  # fmt: skip
        rows = [
            [
                str(row["strategy"]), row["kind"] if isinstance(row["kind"], str) else "",
                markdown.number(*_of(row, "iqm")), markdown.number(*_of(row, "mean")),
                _share(row), markdown.number(*_of(row, "rank"), places=1), _over_budget(row),
            ]
            for row in over.to_dict("records")
        ]  # fmt: skip
        made["suite_over_worlds"] = markdown.table(headings, rows)
    if len(equal):
        headings = ["strategy", "beside", "labels", "its labels", "saved", "costs less than it"]
        rows = [
            [
                str(row["strategy"]), str(row["against"]), markdown.number(row["labels"], places=0),
                markdown.number(row["labels_against"], places=0),
                markdown.number(*_of(row, "saved")), _share(row),
            ]
            for row in equal.to_dict("records")
        ]  # fmt: skip
        made["suite_equal_labels"] = markdown.table(headings, rows)
    return made


def _ordered(frame: pd.DataFrame, order: Sequence[str]) -> list[str]:
    """Strategies as they stand over worlds, then those that do not."""
    names = dict.fromkeys([*order, *frame["strategy"]])
    return [name for name in names if name in set(frame["strategy"])]


def _over(over: pd.DataFrame) -> Markup:
    """A row for each strategy; places apart are shown where they differ from that among all."""
    headings = [
        "strategy", "kind", "interquartile mean", "over other worlds", "mean", "beats the calendar",
        "rank", "place",
    ]  # fmt: skip
    kinds, overspent = len(set(over["kind"])) > 1, bool(over["over_budget"].any())
    headings += ["place among its kind"] * kinds
    headings += ["over budget", "place within the budgets"] * overspent
    rows = []
    for row in over.to_dict("records"):
        place = None if pd.isna(row["place_in_budget"]) else row["place_in_budget"]
        rows.append([
            row["strategy"], row["kind"] or "schedule", _of(row, "iqm"),
            (row["iqm"], row["iqm_wide_low"], row["iqm_wide_high"]), _of(row, "mean"),
            _share(row), _of(row, "rank"), row["place"], *[row["place_within"]] * kinds,
            *[_over_budget(row), place] * overspent,
        ])  # fmt: skip
    return plain_table("Over all worlds that earn", headings, rows)


def _aloud(over: pd.DataFrame) -> str:
    """What the best strategy within the budgets earns, in a sentence; nothing where there is none.

    Of a single strategy it is said whether it keeps to them.
    """
    others = over[over["reference"] == ""]
    alone = len(others) == 1
    ranked = others if alone else others[others["over_budget"] == 0]
    if ranked.empty:
        return ""
    row = ranked.iloc[0].to_dict()
    best = f"'{row['strategy']}'"
    who = best if alone else f"The best of those that keep to the budgets, {best},"
    between = ""
    if pd.notna(row["mean_low"]):
        low, high = percent(row["mean_low"]), percent(row["mean_high"])
        between = f" (95% interval over draws: {low} to {high})"
    said = [
        f"{who} earns on average {percent(row['mean'])}{between} of what the best schedule known "
        "beforehand saves."
    ]
    if pd.notna(row.get("better")):
        said.append(
            f"In {percent(row['better'])} of the draws it costs less than a tuned calendar."
        )
    if row["over_budget"]:
        said.append(
            f"In {percent(row['over_budget'])} of the draws it trains or buys more than its world "
            "can afford."
        )
    return " ".join(said)


def _over_budget(row: dict[Any, Any]) -> str:
    """In what share of draws a budget is overspent; nothing where it never is."""
    return percent(row["over_budget"]) if row["over_budget"] else ""


def _equal(equal: pd.DataFrame) -> Markup:
    headings = [
        "strategy", "beside", "place beside it", "labels", "labels of that calendar", "saved",
        "costs less than it", "worlds",
    ]  # fmt: skip
    rows = [
        [
            row["strategy"], row["against"], row["place"], row["labels"], row["labels_against"],
            _of(row, "saved"), _share(row), row["worlds"],
        ]
        for row in equal.to_dict("records")
    ]  # fmt: skip
    return plain_table("At equal labels", headings, rows)


def _share(row: dict[Any, Any]) -> str:
    """How likely a strategy costs less than the calendar, with its interval."""
    if pd.isna(row.get("better")):
        return ""
    if pd.isna(row["better_low"]):
        return percent(row["better"])
    return (
        f"{percent(row['better'])} ({percent(row['better_low'])} to {percent(row['better_high'])})"
    )


def _of(row: dict[Any, Any], name: str) -> tuple[float, float, float]:
    return row[name], row[f"{name}_low"], row[f"{name}_high"]


def _by_world(frame: pd.DataFrame, value: str, order: Sequence[str], title: str) -> Markup:
    """A row for each world, a column for each strategy."""
    names = _ordered(frame, order)
    rows = []
    for world, own in frame.groupby("world", sort=False):
        by = own.set_index("strategy")
        rows.append([
            f"{world}, version {by['version'].iloc[0]}",
            *(tuple(by.loc[name, [value, "low", "high"]]) if name in by.index else None
              for name in names),
        ])  # fmt: skip
    return plain_table(title, ["world", *names], rows)


def _regrets(frame: pd.DataFrame, order: Sequence[str]) -> Markup:
    """Regret to the best schedule of each draw, which is at least 0: the check."""
    if frame["regret"].isna().all():
        return Markup()
    names = [n for n in _ordered(frame, order)
             if frame.loc[frame["strategy"] == n, "regret"].notna().any()]  # fmt: skip
    wide = frame.pivot_table(index="world", columns="strategy", values="regret", sort=False)
    rows = [[str(world), *(row.get(name) for name in names)] for world, row in wide.iterrows()]
    least = float(frame["regret_least"].min())
    check = Markup("<p>The least regret of any draw: {}.</p>").format(amount(least))
    title = "Regret to the best schedule in hindsight, in money, mean over draws"
    return plain_table(title, ["world", *names], rows, folded=True) + check


def _over_tex(over: pd.DataFrame) -> str:
    rows = [
        [
            str(row["strategy"]), str(row["kind"] or "schedule"), _number(row, "iqm"),
            _number(row, "mean"), _number(row, "better") if "better" in row else "--",
            _number(row, "rank"), _over_budget(row),
        ]
        for row in over.to_dict("records")
    ]  # fmt: skip
    worlds, draws = int(over["worlds"].iloc[0]), int(over["draws"].iloc[0])
    caption = (
        f"Scores over {counted(worlds, 'world')}, {counted(draws, 'draw')}: never is 0, "
        "the best schedule known beforehand 1. IQM: interquartile mean. P: probability of costing "
        "less than the best calendar in the same draw. Over: share of draws in which a world's "
        "budget of trainings or labels is overspent. With 95% intervals over draws."
    )
    headings = ["strategy", "kind", "IQM", "mean", "P", "rank", "over"]
    return latex.table(headings, rows, caption, "suite_over_worlds")


def _equal_tex(equal: pd.DataFrame) -> str:
    rows = [
        [
            str(row["strategy"]), str(row["against"]), latex.number(row["labels"]),
            latex.number(row["labels_against"]), _number(row, "saved"), _number(row, "better"),
        ]
        for row in equal.to_dict("records")
    ]  # fmt: skip
    caption = (
        "Strategies beside the calendar that gets labels by the same rule and budget, on the "
        "worlds that earn. Saved: that calendar's cost less the strategy's, as a share of what is "
        "to be earned. P: probability of costing less in the same draw. With 95% intervals over "
        "draws."
    )
    headings = ["strategy", "beside", "labels", "its labels", "saved", "P"]
    return latex.table(headings, rows, caption, "suite_equal_labels")


def _number(row: dict[Any, Any], name: str) -> latex.Latex:
    value, low, high = _of(row, name)
    return latex.number(value, (high - low) / 2)


def _by_world_tex(
    frame: pd.DataFrame, value: str, names: Sequence[str], title: str, label: str
) -> str:
    rows = []
    for world, own in frame.groupby("world", sort=False):
        by = own.set_index("strategy")
        means, lows = (by[key].reindex(list(names)).tolist() for key in (value, "low"))
        gaps = zip(means, lows, strict=True)
        cells = [latex.number(mean, mean - low) for mean, low in gaps]
        rows.append([str(world), *cells])
    caption = f"{title}, with 95% intervals."
    left = frame["strategy"].nunique() - len(names)
    if left:
        caption += f" The references and the best of the others; {left} more are in {label}.csv."
    return latex.table(["world", *names], rows, caption, label)
