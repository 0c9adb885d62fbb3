"""Small logs with one planted trouble each, and clean ones.

Each is a table of some 1,500 events, drawn from a seed, and made into what a CSV file holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

ROWS = 1_500

FEATURES = ("age", "spend", "plan", "calls")
"""Of the clean log."""


@dataclass(frozen=True)
class Trouble:
    """A trouble that is planted in a clean log.

    Attributes
    ----------
    name : str
    plant : callable
        Takes the clean log and a generator, and gives the troubled one.
    kinds : tuple of str
        Kinds of findings, any of which says what the trouble is.
    columns : tuple of str
        Columns in which it is planted, each of which must be named; empty: in the log as a whole.
    ends : str
        ``'reading'``, ``'refusal'`` or ``'question'``.
    beside : tuple of (str, str)
        Findings that are right too: kind and column.
    features : tuple of str
        Of the reading.
    """

    name: str
    plant: Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]
    kinds: tuple[str, ...]
    columns: tuple[str, ...]
    ends: str
    beside: tuple[tuple[str, str], ...] = ()
    features: tuple[str, ...] = FEATURES


def clean(seed: int, rows: int = ROWS) -> pd.DataFrame:
    """A log of customers: two classes, labels some days late, values missing here and there."""
    draw = np.random.default_rng(seed)
    at = pd.Timestamp("2024-01-03") + pd.to_timedelta(np.sort(draw.uniform(0, 300, rows)), unit="D")
    age, spend = draw.normal(45, 12, rows), draw.lognormal(3, 1, rows)
    plan = draw.choice(["free", "plus", "pro"], rows, p=[0.5, 0.3, 0.2])
    calls = draw.poisson(1.5, rows)
    score = (age - 45) / 12 + 0.8 * (calls - 1.5) + (plan == "free") + draw.normal(0, 1, rows)
    known = at + pd.to_timedelta(draw.gamma(2, 3, rows), unit="D")
    log = pd.DataFrame(
        {"at": at.round("s"), "age": age.round(1), "spend": spend.round(2), "plan": plan,
         "calls": calls, "churned": np.where(score > 0.5, "yes", "no"),
         "churned_at": known.round("s")}
    )  # fmt: skip
    log.loc[draw.random(rows) < 0.05, "age"] = np.nan
    return log


# clean ones -----------------------------------------------------------------------------------


def several_classes(seed: int) -> pd.DataFrame:
    """Three classes as numbers, no time of labels, and a drift of the inputs."""
    draw = np.random.default_rng(seed)
    kind = draw.integers(0, 3, ROWS)
    X = draw.normal(size=(ROWS, 3)) + kind[:, None] * [1.0, -0.5, 0.0]
    X[:, 2] += np.linspace(0, 2, ROWS)
    log = pd.DataFrame(X, columns=["width", "height", "heat"])
    log.insert(0, "timestamp", pd.date_range("2024-01-01", periods=ROWS, freq="3h"))
    return log.assign(device=draw.choice(["a", "b"], ROWS), outcome=kind)


def a_number(seed: int) -> pd.DataFrame:
    """A regression with daily and weekly cycles, and no events on Sundays."""
    draw = np.random.default_rng(seed)
    every = pd.date_range("2024-01-01", periods=2 * ROWS, freq="2h")
    at = every[every.day_of_week != 6][:ROWS]
    heat = 10 + 5 * np.sin(np.arange(ROWS) / 12) + draw.normal(0, 2, ROWS)
    target = 20 + 2 * heat + 5 * (at.hour.to_numpy() > 12) + draw.normal(0, 3, ROWS)
    return pd.DataFrame({"date": at, "heat": heat, "hour": at.hour, "target": target})


def without_time(seed: int) -> pd.DataFrame:
    """Rows in order, without any time; many values are missing."""
    draw = np.random.default_rng(seed)
    X = draw.normal(size=(ROWS, 4))
    y = X[:, 0] - X[:, 1] + draw.normal(size=ROWS) > 0
    X[draw.random(X.shape) < 0.3] = np.nan
    return pd.DataFrame(X, columns=list("abcd")).assign(label=y.astype(int))


def one_strong_feature(seed: int) -> pd.DataFrame:
    """One column tells much, the others little; two events in a hundred are of the class."""
    draw = np.random.default_rng(seed)
    log = clean(seed)
    risk = draw.normal(size=len(log))
    fraud = risk + draw.normal(0, 0.7, len(log)) > 2.4
    log = log.drop(columns=["churned", "churned_at"])
    return log.assign(risk=risk, fraud=fraud.astype(int))


def few_values(seed: int) -> pd.DataFrame:
    """Days and categories alone, so that many rows are the same by chance."""
    draw = np.random.default_rng(seed)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.sort(draw.integers(0, 90, ROWS)), "D")
    shop, kind = draw.choice(list("abcd"), ROWS), draw.choice(["new", "old"], ROWS, p=[0.3, 0.7])
    risk = 0.3 + 0.3 * (shop == "a") + 0.2 * (kind == "new")
    return pd.DataFrame({"day": day, "shop": shop, "kind": kind,
                         "bought": np.where(draw.random(ROWS) < risk, "yes", "no")})  # fmt: skip


def every_hour(seed: int) -> pd.DataFrame:
    """Each hour of nine weeks in UTC; one column rises slowly, one jumps, one is -1, 0 or 1."""
    draw = np.random.default_rng(seed)
    hours = np.arange(ROWS)
    price = draw.lognormal(3, 0.3, ROWS) * np.exp(hours / ROWS)
    load = draw.normal(50, 8, ROWS) + 25 * (hours > 900)
    trend = draw.integers(-1, 2, ROWS)
    up = 0.03 * (load - 60) + trend + draw.normal(0, 1, ROWS) > 0
    return pd.DataFrame({"at": pd.Timestamp("2024-03-03") + pd.to_timedelta(hours, "h"),
                         "price": price.round(2), "load": load.round(1), "trend": trend,
                         "label": up.astype(int)})  # fmt: skip


CLEAN: dict[str, Callable[[int], pd.DataFrame]] = {
    "two classes, late labels": clean,
    "three classes, inputs drift": several_classes,
    "a number, weekly pauses": a_number,
    "no time, many holes": without_time,
    "one strong feature, rare class": one_strong_feature,
    "days and categories alone": few_values,
    "every hour, one column jumps": every_hour,
}


# troubles -------------------------------------------------------------------------------------


def _text(log: pd.DataFrame, column: str, form: str) -> pd.DataFrame:
    return log.assign(**{column: log[column].dt.strftime(form)})


def two_ways(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    log = log[log["at"].dt.day <= 12].reset_index(drop=True)
    return _text(log, "at", "%d/%m/%Y %H:%M:%S")


def both_ways(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    american = _text(log, "at", "%m/%d/%Y %H:%M:%S")["at"]
    log = _text(log, "at", "%d/%m/%Y %H:%M:%S")
    return log.assign(at=log["at"].where(np.arange(len(log)) < 900, american))


def some_zones(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    text = log["at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    return log.assign(at=text.where(np.arange(len(log)) < 1_000, text + "+02:00"))


def one_zone(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return _text(log, "at", "%Y-%m-%d %H:%M:%S+02:00")


def _sentinel(column: str, day: str, rows: int) -> Callable[..., pd.DataFrame]:
    def plant(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
        text = log[column].dt.strftime("%Y-%m-%d %H:%M:%S")
        text.iloc[draw.choice(len(log), rows, replace=False)] = f"{day} 00:00:00"
        return log.assign(**{column: text})

    return plant


def label_again(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """A column made of the label, wrong in one row of a hundred."""
    same = (log["churned"] == "yes") ^ (draw.random(len(log)) < 0.01)
    return log.assign(refund=np.where(same, draw.uniform(5, 50, len(log)), 0.0).round(2))


def label_twice(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Two columns that know the label, so that neither beats all others together."""
    log = label_again(log, draw)
    return log.assign(stage=np.where(log["churned"] == "yes", "lost", "kept"))


def _open(log: pd.DataFrame) -> pd.Series:
    """Rows whose label has not come by the last event."""
    return log["churned_at"] > log["at"].max()


def still_open(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return log.assign(**{name: log[name].mask(_open(log)) for name in ("churned", "churned_at")})


def missing_with_label(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    log = still_open(log, draw)
    return log.assign(
        satisfaction=pd.Series(draw.normal(size=len(log))).where(log["churned"].notna())
    )


def filled_with_label(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    log = still_open(log, draw)
    agent = pd.Series(draw.choice(["ann", "bob", "cleo"], len(log)))
    return log.assign(closed_by=agent.where(log["churned"].notna() & (draw.random(len(log)) < 0.6)))


def reason_of_one(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    reason = pd.Series(draw.choice(["price", "service", "moved"], len(log)))
    return log.assign(
        reason=reason.where((log["churned"] == "yes") & (draw.random(len(log)) < 0.4))
    )


def row_number(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return log.reset_index(names="Unnamed: 0")


def customer(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return log.assign(customer_id=draw.integers(10_000, 10_700, len(log)))


def forty_days(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    day = (log["at"] - log["at"].min()).dt.days
    return log[(day < 130) | (day >= 170)].reset_index(drop=True)


def shuffled(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return log.iloc[draw.permutation(len(log))].reset_index(drop=True)


def question_marks(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    text = log["spend"].astype(str)
    return log.assign(spend=text.mask(draw.random(len(log)) < 0.01, "unknown"))


def known_before(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    early = log["at"] - pd.Timedelta(days=2)
    return log.assign(churned_at=log["churned_at"].mask(draw.random(len(log)) < 0.01, early))


def falls_silent(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return log.assign(spend=log["spend"].where(np.arange(len(log)) < 800))


def since_1970(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    return log.assign(at=log["at"].astype("datetime64[s]").astype("int64")).drop(
        columns="churned_at"
    )


def two_labels(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    other = np.where(draw.random(len(log)) < 0.3, "yes", "no")
    return log.rename(columns={"churned": "left_us", "churned_at": "known"}).assign(renewed=other)


def served(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    right = draw.random(len(log)) < 0.97
    answer = np.where((log["churned"] == "yes") == right, "yes", "no")
    return log.assign(predicted=answer)


def code_of_one(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """One value of many is written when somebody has left."""
    stage = pd.Series(draw.choice(["web", "shop", "phone"], len(log)))
    lost = (log["churned"] == "yes") & (draw.random(len(log)) < 0.4)
    return log.assign(stage=stage.mask(lost, "closed"))


def amount_of_one(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """Something is paid back to three in ten of those who left, and to nobody else."""
    paid = (log["churned"] == "yes") & (draw.random(len(log)) < 0.3)
    return log.assign(credit=np.where(paid, draw.uniform(5, 50, len(log)), 0.0).round(2))


def mostly_with_label(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """One label in ten never comes; a column is filled with it, and seldom without."""
    lost = draw.random(len(log)) < 0.1
    log = log.assign(churned=log["churned"].mask(lost), churned_at=log["churned_at"].mask(lost))
    agent = pd.Series(draw.choice(["ann", "bob", "cleo"], len(log)))
    return log.assign(agent=agent.where(draw.random(len(log)) < np.where(lost, 0.03, 0.6)))


def sum_of_two(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    members, guests = draw.poisson(40, len(log)), draw.poisson(9, len(log))
    log = log.drop(columns=["churned", "churned_at"]).assign(members=members, guests=guests)
    return log.assign(target=members + guests)


def half_a_leak(name: str) -> Callable[[pd.DataFrame, np.random.Generator], pd.DataFrame]:
    def plant(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
        """A column made of the label, wrong in one row of five."""
        same = (log["churned"] == "yes") ^ (draw.random(len(log)) < 0.2)
        return log.assign(**{name: np.where(same, draw.uniform(5, 50, len(log)), 0.0).round(2)})

    return plant


def twice(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """A tenth of the rows is there twice."""
    rows = np.sort(np.append(np.arange(len(log)), draw.choice(len(log), 150, replace=False)))
    return log.iloc[rows].reset_index(drop=True)


def id_twice(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """A join has doubled one row of twenty, with another value of one column."""
    log = log.assign(order_id=draw.permutation(len(log)) * 7 + 10_000)
    rows = np.sort(np.append(np.arange(len(log)), draw.choice(len(log), 75, replace=False)))
    log = log.iloc[rows].reset_index(drop=True)
    again = log["order_id"].duplicated()
    return log.assign(spend=log["spend"].mask(again, log["spend"] + 1))


def for_missing(column: str, value: float, share: float = 0.05) -> Callable[..., pd.DataFrame]:
    def plant(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
        filled = log[column].mask(draw.random(len(log)) < share, value)
        return log.assign(**{column: filled.fillna(value)})

    return plant


def other_unit(column: str, factor: float) -> Callable[..., pd.DataFrame]:
    def plant(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
        """From one day on, in another unit."""
        after = np.arange(len(log)) >= 1_200
        return log.assign(**{column: (log[column] * np.where(after, factor, 1.0)).round(2)})

    return plant


def local_time(start: str) -> Callable[..., pd.DataFrame]:
    def plant(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
        """Each hour of nine weeks, as clocks in Berlin show it."""
        at = pd.Series(pd.date_range(start, periods=len(log), freq="h", tz="UTC"))
        known = at + (log["churned_at"] - log["at"])
        local = [times.dt.tz_convert("Europe/Berlin").dt.tz_localize(None) for times in (at, known)]
        return log.assign(at=local[0], churned_at=local[1])

    return plant


def written(column: str, decimal: str, thousands: str) -> Callable[..., pd.DataFrame]:
    def plant(log: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
        text = (log[column] * 50).map("{:,.2f}".format)
        signs = str.maketrans({",": thousands, ".": decimal})
        return log.assign(**{column: text.str.translate(signs)})

    return plant


OPEN = (("unlabelled", "churned"),)

TROUBLES = (
    Trouble("dates that can be read in two ways", two_ways, ("either way",), ("at",), "question"),
    Trouble("dates written in both ways", both_ways, ("both ways",), ("at",), "refusal"),
    Trouble("a zone in some times", some_zones, ("zones",), ("at",), "refusal"),
    Trouble("a zone in one column", one_zone, ("zones",), ("churned_at",), "refusal"),
    Trouble("1900-01-01 for no label", _sentinel("churned_at", "1900-01-01", 40), ("sentinel",),
            ("churned_at",), "refusal"),
    Trouble("9999-12-31 for no label", _sentinel("churned_at", "9999-12-31", 40), ("sentinel",),
            ("churned_at",), "refusal"),
    Trouble("1970-01-01 for no time", _sentinel("at", "1970-01-01", 3), ("sentinel",), ("at",),
            "refusal"),
    Trouble("seconds since 1970", since_1970, ("epoch",), ("at",), "refusal"),
    Trouble("a column made of the label", label_again, ("alone",), ("refund",), "reading"),
    Trouble("two columns made of the label", label_twice, ("alone",), ("refund", "stage"),
            "reading"),
    Trouble("missing where the label is", missing_with_label, ("missing with the label",),
            ("satisfaction",), "reading", OPEN),
    Trouble("filled with the label alone", filled_with_label, ("only with the label",),
            ("closed_by",), "reading", OPEN),
    Trouble("filled in one class alone", reason_of_one, ("only of one class",), ("reason",),
            "reading"),
    Trouble("a row number", row_number, ("row number",), ("Unnamed: 0",), "reading"),
    Trouble("a customer's number", customer, ("identity",), ("customer_id",), "reading"),
    Trouble("forty days without events", forty_days, ("gap",), ("at",), "reading"),
    Trouble("rows out of order", shuffled, ("unsorted",), ("at",), "reading"),
    Trouble("labels still to come", still_open, ("unlabelled",), ("churned",), "reading"),
    Trouble("words among numbers", question_marks, ("numbers as text",), ("spend",), "refusal"),
    Trouble("labels before their events", known_before, ("before its event",), ("churned_at",),
            "refusal"),
    Trouble("a column that falls silent", falls_silent, ("missing changes",), ("spend",),
            "reading"),
    Trouble("two columns that may be the label", two_labels, ("which",), (), "question"),
    Trouble("production's answers", served, ("prediction",), ("predicted",), "reading"),
    Trouble("a value of one class alone", code_of_one, ("one value, one class",), ("stage",),
            "reading"),
    Trouble("an amount of one class alone", amount_of_one, ("one value, one class",), ("credit",),
            "reading"),
    Trouble("filled mostly with the label", mostly_with_label, ("mostly with the label",),
            ("agent",), "reading", OPEN),
    Trouble("two columns whose sum is the label", sum_of_two, ("adds up",), ("members", "guests"),
            "reading"),
    Trouble("called as what is known afterwards", half_a_leak("duration"), ("afterwards",),
            ("duration",), "question"),
    Trouble("rows that are there twice", twice, ("twice",), (), "reading"),
    Trouble("an id that is there twice", id_twice, ("same id",), ("order_id",), "reading"),
    Trouble("-999 for a missing number", for_missing("age", -999), ("stand-in",), ("age",),
            "reading"),
    Trouble("9999 for a missing number", for_missing("age", 9_999), ("stand-in",), ("age",),
            "reading"),
    Trouble("-1 for a missing amount", for_missing("spend", -1), ("stand-in",), ("spend",),
            "reading"),
    Trouble("-1 for a missing count", for_missing("calls", -1, 0.1), ("stand-in",), ("calls",),
            "reading"),
    Trouble("cents from one day on", other_unit("spend", 100), ("unit",), ("spend",), "reading"),
    Trouble("a factor of 2.54 from one day on", other_unit("age", 2.54), ("unit",), ("age",),
            "reading"),
    Trouble("local times in spring", local_time("2024-03-03"), ("summer time",), ("at",),
            "reading"),
    Trouble("local times in autumn", local_time("2024-10-01"), ("summer time",), ("at",),
            "reading"),
    Trouble("decimal commas", written("spend", ",", "."), ("numbers as text",), ("spend",),
            "refusal"),
    Trouble("signs between thousands", written("spend", ".", ","), ("numbers as text",), ("spend",),
            "refusal"),
)  # fmt: skip
"""Forty that are looked for."""

UNSOUGHT = (
    Trouble("a leak that is wrong in one row of five", half_a_leak("level"), ("alone",), ("level",),
            "reading"),
    Trouble("-1 for a few missing counts", for_missing("calls", -1, 0.02), ("stand-in",),
            ("calls",), "reading"),
    Trouble("99 for a missing age", for_missing("age", 99), ("stand-in",), ("age",), "reading"),
    Trouble("another unit for some days", lambda log, draw: log.assign(
        spend=log["spend"] * np.where(np.abs(np.arange(len(log)) - 600) < 100, 100, 1)),
            ("unit",), ("spend",), "reading"),
    Trouble("a unit whose factor is small beside the spread", other_unit("spend", 1.609), ("unit",),
            ("spend",), "reading"),
)  # fmt: skip
"""Five that are beyond what is looked for, so that it is known what to look for oneself."""
