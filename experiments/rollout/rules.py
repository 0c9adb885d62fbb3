"""What the rules of online tests claim, and what they need: 2,000 trials of 1,000 labels each.

``python experiments/rollout/rules.py`` prints the tables of docs/rollouts.md, and writes
them to ``results/rollout``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from clsim.statistics.arms import paired, split
from clsim.strategy.online.rules import (
    SPRT,
    AtTheEnd,
    ConfidenceSequence,
    GroupSequential,
    Kayenta,
    Rule,
)

TRIALS, ROWS, EVERY, FIRST = 2_000, 1_000, 50, 200
"""Trials, labels of each, a look at every so many, and the first look."""

RULES: dict[str, Rule] = {
    "AtTheEnd()": AtTheEnd(),
    "AtTheEnd(), looked at in every tick": AtTheEnd(),
    "GroupSequential(1000)": GroupSequential(ROWS),
    "GroupSequential(1000, spending='pocock')": GroupSequential(ROWS, spending="pocock"),
    "GroupSequential(1000, equal=True)": GroupSequential(ROWS, equal=True),
    "GroupSequential(1000, spending='pocock', equal=True)": GroupSequential(
        ROWS, spending="pocock", equal=True
    ),
    "SPRT(0.06)": SPRT(0.06),
    "ConfidenceSequence(1000, by_arm=False)": ConfidenceSequence(ROWS, by_arm=False),
    "ConfidenceSequence(1000)": ConfidenceSequence(ROWS),
    "Kayenta()": Kayenta(),
}


def losses(champion: float, challenger: float, seed: int, trials: int = TRIALS) -> np.ndarray:
    """Wrong answers, in alternate rows of the champion and of the challenger."""
    chances = np.where(np.arange(ROWS) % 2 == 1, challenger, champion)
    return np.random.default_rng(seed).random((trials, ROWS), dtype=np.float32) < chances


def tried(name: str, wrong: np.ndarray) -> tuple[float, float, float]:
    """Shares of trials that end for and against the challenger, and the mean labels at the end."""
    rule, counts = RULES[name], np.arange(FIRST, ROWS + 1, EVERY)
    if isinstance(rule, Kayenta):
        counts, wrong = np.arange(EVERY, ROWS + 1, EVERY), wrong[:500]
    looks = counts if sees_all(name, rule) else rule.look_at(counts)
    says = rule.found(split(wrong, np.arange(ROWS) % 2 == 1, looks)).says
    ended = says != 0
    first = ended.argmax(axis=-1)
    end = np.take_along_axis(says, first[:, None], axis=-1)[:, 0]
    labels = ROWS if rule.at_end and not sees_all(name, rule) else looks[first]
    labels = np.where(ended.any(axis=-1), labels, ROWS)
    return float((end > 0).mean()), float((end < 0).mean()), float(labels.mean())


def sees_all(name: str, rule: Rule) -> bool:
    """Whether it says something at each look, instead of the last one alone."""
    return "every tick" in name or isinstance(rule, (SPRT, ConfidenceSequence))


def by_rule() -> pd.DataFrame:
    """Of each rule: how often it errs, finds six points, and with how many labels."""
    found = {}
    for name in RULES:
        for_it, against, labels = tried(name, losses(0.2, 0.2, 1))
        finds, _, fewer = tried(name, losses(0.2, 0.14, 2))
        _, stops, _ = tried(name, losses(0.2, 0.26, 3))
        found[name] = {
            "better, of equals": for_it, "worse, of equals": against, "labels, of equals": labels,
            "better, of better": finds, "labels, of better": fewer, "stopped, of worse": stops,
        }  # fmt: skip
    return pd.DataFrame(found).T.round(3)


def by_user(
    correlation: float = 0.1, users: int = 100, times: int = 20, trials: int = TRIALS
) -> pd.DataFrame:
    """How often one look errs where a user comes again and again, by rows and by users."""
    rng, units = np.random.default_rng(3), np.tile(np.arange(users), times)
    its, found = units % 2 == 1, []
    for _ in range(trials):
        own = np.sqrt(correlation) * rng.normal(size=users)[units]
        values = own + np.sqrt(1 - correlation) * rng.normal(size=len(units))
        found.append([
            AtTheEnd().found(split(values, its, [len(units)], some)).says[0] != 0
            for some in (None, units)
        ])  # fmt: skip
    rows, by_users = np.mean(found, axis=0)
    return pd.DataFrame({"by rows": [rows], "by users": [by_users]}).round(3)


def late_by_class(rows: int = 2_000, trials: int = TRIALS) -> pd.DataFrame:
    """How often one look finds a difference between two models as good as each other.

    Three of 23 rows are positive. The champion is wrong on .5 of them and on .05 of the others, the
    challenger on .3 and on .08: on .1087 of all rows, both. Labels of all positives have come, and
    of three in twenty of the others; so half of those that are there are positive, among which the
    challenger is wrong less often by (.2 - .03) / 2 = .085.
    """
    rng, found = np.random.default_rng(4), {}
    positive = rng.random((trials, rows)) < 3 / 23
    come = positive | (rng.random((trials, rows)) < 3 / 20)
    old = rng.random((trials, rows)) < np.where(positive, 0.5, 0.05)
    new = rng.random((trials, rows)) < np.where(positive, 0.3, 0.08)
    for name, some in (("mature", np.ones_like(come)), ("as they come", come)):
        says = [
            AtTheEnd().found(paired(a[k], b[k], [int(k.sum())])).says[0]
            for a, b, k in zip(old, new, some, strict=True)
        ]
        found[name] = {"better": np.mean(np.array(says) > 0), "worse": np.mean(np.array(says) < 0)}
    return pd.DataFrame(found).T.round(3)


if __name__ == "__main__":
    out = Path("results/rollout")
    out.mkdir(parents=True, exist_ok=True)
    tables = {"rules": by_rule(), "users": by_user(), "late_by_class": late_by_class()}
    for name, table in tables.items():
        print(table.to_string(), end="\n\n")
        table.to_csv(out / f"{name}.csv", index_label="")
