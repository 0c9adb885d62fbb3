"""What `clsim.analysis.describe` found, in words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from clsim.analysis.describe.delays import Delays
from clsim.analysis.describe.finding import Finding
from clsim.analysis.describe.leaks import ALONE, MARGIN
from clsim.analysis.describe.roles import Role
from clsim.analysis.describe.table import Description
from clsim.clock import to_minute

HEADS = {
    "refused": "must be mended first",
    "asked": "must be said",
    "warned": "beware",
    "noted": "noted",
}
"""What the level of a finding is called."""

ROLES = {
    "time": "time", "label": "label", "label_time": "label time",
    "slice": "slices, which are features too", "id": "id",
    "prediction": "production's prediction", "version": "version of its model",
    "feature": "features", "left out": "left out",
}  # fmt: skip
"""What a role is called."""

REASONS = {
    "given": "you said so",
    "name": "by its name",
    "only time": "the only column of times without a hole",
    "earliest": "never later than the other times",
    "only few values, and last": "the last column, and the only one with few values",
    "after the event": "times that come after the event's",
    "few values": "few values, none rare or missing",
    "row number": "counts the rows",
    "all different": "another value in every row",
    "many values": "text with too many values",
    "constant": "one value alone",
    "empty": "no value at all",
    "date": "a date is no feature",
    "leak": "it knows the label",
    "rest": "all other columns",
}
"""Why a column has its role."""

SENTENCES = {
    "which": "which column is the {role}: {among}? Say {key}=NAME",
    "no label": "no column can be the label; say label=NAME",
    "either way": "dates such as {example!r} can be read in two ways, in all {rows} of them; say "
    "day_first=true or day_first=false",
    "both ways": "in some rows the day comes first and in others the month, so none of them is "
    "certain; write all like 2024-01-31",
    "one way": "dates such as {example!r} are read with the {first} first, as values above 12 say",
    "zones": "{said}",
    "zone": "times have the zone {zone}; the clock is UTC",
    "sentinel": "{day} in {rows} rows stands for \"not known\"; {remedy}",
    "epoch": "numbers that count {unit} since 1970; write them as timestamps, by "
    "pd.to_datetime(column, unit={unit_code!r})",
    "serial": "numbers that count days since 1899-12-30, as spreadsheets do; write them as "
    "timestamps, by pd.to_datetime(column, unit='D', origin='1899-12-30')",
    "unread time": "called like a time, and cannot be read as one ({example!r}), so the clock "
    "counts rows; write it as 2024-05-31 14:00",
    "no time": "no time in {rows} rows; leave these rows out, or say time=null to go by rows",
    "unsorted": "not in time order: {rows} rows are earlier than the one before (the first is row "
    "{row}); they are sorted",
    "gap": "no event from {start} to {end}: {days} days, {share} of the log",
    "summer time": "{seen}: these are local times with summer time, so waits over such a night are "
    "an hour off; give them their zone, by tz_localize(ZONE, ambiguous='infer'), or write UTC",
    "before its event": "earlier than the event in {rows} rows (the first is row {row}); correct "
    "them, or leave them empty where the label never came",
    "rows only": "no column of times: the clock counts rows",
    "no label time": "no column says when a label was known; labels are taken to come at once "
    "unless you give a delay, such as delay=constant delay.delay=7d",
    "numbers as text": "{said}",
    "one label": "one class alone in all {rows} labels: nothing to learn",
    "unlabelled": "no label in {rows} rows ({share}); they are left out, so the replay holds for "
    "rows that have one",
    "missing with the label": "missing in the very rows in which the label is missing; left out of "
    "the features, since nobody has it when a model answers",
    "only with the label": "filled only where there is a label (in {filled} rows); left out of the "
    "features, since nobody has it when a model answers",
    "only of one class": "filled in {filled} rows, all of the class {class}; left out of the "
    "features, since who has it knows the label",
    "alone": "its own model, trained on the past alone, reaches {alone} {measure} on {on}, and "
    "all others together {others} (a column is suspected from {at} on, if it is ahead by "
    "{margin}); left out of the features: say keep=[{column}] if it is there when a model answers",
    "mostly with the label": "filled in {filled_with} of the rows with a label, and in "
    "{filled_without} of those of the same time without one; left out of the features, since it is "
    "written when the label is: say keep=[{column}] if it is there when a model answers",
    "one value, one class": "{value} in {rows} rows, {others} of the class {class}, "
    "which all other columns together do not tell; left out of the features, since it gives the "
    "answer away there: say keep=[{column}] if it is there when a model answers",
    "adds up": "with {others} it gives the label exactly, as a {how}; left out of the features, "
    "since who has both has the answer: say keep=[{column}] if it is there when a model answers",
    "afterwards": "its name says that it may be known only when all is over, and with it a model "
    "reaches {with} {measure}, without it {without}; say keep=[{column}] if it is there when a "
    "model answers, else drop=[{column}]",
    "twice": "{rows} rows are the same as an earlier one in all columns (the first is row {row}): "
    "if an event was written twice, leave them out, by drop_duplicates(), since a model may have "
    "learned the row that it is asked about",
    "same id": "{rows} rows have the id and the time of an earlier row, and differ elsewhere (the "
    "first is row {row}), while nearly all others have an id of their own: if an event was written "
    "twice, such as by a join, keep one row of each",
    "stand-in": "{value} in {rows} rows, and all other numbers from {low} to {high}: if it stands "
    "for \"not known\", leave it empty there, or a model takes it for a number",
    "unit": "from {since} on {times} times what it was (the median goes from {before} to {after}), "
    "as between {units}: if the unit changed, write all in one; if not, it is a drift",
    "missing changes": "missing in {first} of the first third of the rows and in {last} of the "
    "last",
    "row number": "counts the rows, and is no feature",
    "identity": "an identity ({distinct} values), and is no feature",
    "prediction": "what production answered, and no feature; where it is a class or a number such "
    "as the label's, it is the strategy as_served",
    "version": "the version of production's model, and no feature",
    "constant": "one value alone ({example!r}), and left out",
    "empty": "no value at all, and left out",
    "date": "a date, and left out: derive from it what a model may use",
    "many values": "text with {distinct} values, and left out",
    "refused": "{said}",
}  # fmt: skip
"""A sentence for each kind of finding."""

UNIT_CODES = {"seconds": "s", "milliseconds": "ms", "microseconds": "us", "nanoseconds": "ns"}


def sentence(finding: Finding) -> str:
    """A finding in words, its column in front."""
    facts = {key: _fact(key, value) for key, value in finding.facts.items()}
    facts["column"] = finding.column or ""
    if finding.kind == "which":
        facts["key"] = finding.facts["role"]
        facts["role"] = ROLES[finding.facts["role"]]
        facts["among"] = ", ".join(finding.facts["among"])
    if finding.kind == "sentinel":
        event = finding.facts["role"] == "time"
        facts["remedy"] = "leave these rows out" if event else "leave it empty there"
    if finding.kind == "epoch":
        facts["unit_code"] = UNIT_CODES[finding.facts["unit"]]
    if finding.kind == "summer time":
        facts["seen"] = _seen_of_summer(finding.facts)
    if finding.kind == "one value, one class":
        facts["others"] = f"all but {facts['others']}" if finding.facts["others"] else "all"
    if finding.kind in ("alone", "afterwards"):
        classes = finding.facts["task"] == "classification"
        facts["measure"] = "of the area under the ROC curve" if classes else "of R²"
        if finding.kind == "alone":
            rarest = f", {facts['rarest']} of them of the rarest class" if classes else ""
            facts["on"] = f"{facts['rows']} of the last rows{rarest}"
        facts["at"], facts["margin"] = f"{ALONE:g}", f"{MARGIN:g}"
    said = SENTENCES[finding.kind].format(**facts)
    told = finding.column is None or repr(finding.column) in said
    return said if told else f"{finding.column}: {said}"


def _seen_of_summer(facts: Mapping[str, Any]) -> str:
    """Which hour is missing, and which is there twice."""
    seen = []
    if facts["spring"]:
        seen.append(f"no event in the hour from {facts['lost']} of {facts['spring']}")
    if facts["autumn"]:
        seen.append(f"the hour from {facts['again']} of {facts['autumn']} is there twice")
    return ", and ".join(seen)


def _fact(key: str, value: Any) -> Any:
    shares = ("share", "first", "last", "filled_with", "filled_without")
    if key in shares and isinstance(value, float):
        return f"{value:.0%}" if value >= 0.1 else f"{value:.1%}"
    if key == "days":
        return f"{value:.3g}"
    if key in ("alone", "others", "with", "without") and isinstance(value, float):
        return f"{value:.2f}"
    if key == "times":
        return f"{value:,g}" if value >= 1 else f"1/{1 / value:,g}"
    return f"{value:,}" if isinstance(value, int) and key != "row" else value


def role_lines(roles: Mapping[str, Role]) -> list[tuple[str, str, str]]:
    """For each role: what it is called, its columns, and the reason; in the order of ``ROLES``."""
    lines = []
    for role, called in ROLES.items():
        by_reason: dict[str, list[str]] = {}
        for name, its in roles.items():
            if its.role == role:
                by_reason.setdefault(REASONS[its.reason], []).append(name)
        lines += [(called, ", ".join(names), why) for why, names in by_reason.items()]
    return lines


def size_line(found: Description) -> str:
    """How much there is, and of what time."""
    text = f"{found.rows:,} rows, {len(found.columns)} columns"
    if found.span is not None:
        start, end = map(to_minute, found.span)
        text += f", from {start} to {end}"
    if found.task:
        classes = len(found.shares)
        text += f"; {f'{classes} classes' if classes else found.task}"
    return text


def delay_line(delays: Delays) -> str:
    """How late labels are, in a sentence."""
    half, most = delays.quantile(0.5), delays.quantile(0.9)
    said = [f"{share} are known after {days(value)}"
            for share, value in (("half of the labels", half), ("nine in ten", most))
            if not math.isnan(value)]  # fmt: skip
    if not said:
        last = days(float(delays.curve["delay"].iloc[-1]))
        said = [f"{delays.known_at_last:.0%} of the labels are known after {last}"]
    text = ", ".join(said)
    if delays.open:
        text += f"; {delays.open:,} had not come by the end, and are counted as still to come"
    return text


def days(value: float) -> str:
    """A number of days in words.

    >>> days(14.0), days(0.25)
    ('14 days', '6 hours')
    """
    if value >= 2:
        return f"{value:.3g} days"
    return f"{value * 24:.3g} hours" if value else "no time"


def lines_of(found: Description) -> list[str]:
    """A description for the console."""
    lines = [size_line(found)]
    for called, names, why in role_lines(found.roles):
        lines.append(f"- {called}: {names} ({why})")
    if found.delays is not None:
        lines.append(f"- delay of labels: {delay_line(found.delays)}")
    if len(found.shares):
        shown = found.shares.head(6)
        ends = shown.iloc[:, [0, 1, -1]].to_numpy(dtype=object).tolist()
        said = [f"{name} {first:.1%} → {last:.1%}" for name, first, last in ends]
        lines.append(f"- class shares, first third → last third: {', '.join(said)}")
    if len(found.moved):
        beyond = found.moved[found.moved["distance"] > found.moved["noise"]].head(3)
        rows = beyond[["column", "distance", "noise"]].to_numpy(dtype=object).tolist()
        said = [f"{name} ({far:.2f}, by chance up to {noise:.2f})" for name, far, noise in rows]
        lines.append(f"- features that moved most: {', '.join(said) or 'none beyond chance'}")
    for level, head in HEADS.items():
        findings = found.of_level(level)
        if findings:
            lines += ["", f"{head}:", *(f"- {sentence(finding)}" for finding in findings)]
    return lines
