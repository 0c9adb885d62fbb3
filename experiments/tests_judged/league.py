"""Which gates and roll-outs err how often, and what it costs, at four delays of labels.

``python experiments/tests_judged/league.py`` writes ``results/tests_judged/*.csv`` and the figure.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from river.bandit import ThompsonSampling
from river.proba import Beta
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Prices, Strategy
from clsim.analysis import verdict_rates
from clsim.protocols import Delay
from clsim.report.figures.style import (
    FULL,
    GREY,
    INK,
    VERMILLION,
    in_style,
    legend_above,
    new_figure,
    save,
)
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval
from clsim.strategy.datasets import Balanced, SlidingWindow
from clsim.strategy.offline import Bound, Bounds, ChampionChallenger, Significance
from clsim.strategy.online import ABTest, Bandit, Canary, Interleaving, Shadow
from clsim.strategy.online.rules import SPRT, AtTheEnd, GroupSequential
from clsim.strategy.triggers import Periodic
from clsim.streams import Synthetic
from clsim.streams.concepts import Logistic
from clsim.streams.delays import ByClass, Constant
from clsim.streams.drift import Incremental

SEEDS, DAYS, RATE = 14, 300, 150
EVERY, LABELS = "14d", 1_000
"""A training every two weeks, and a gate with about as many labels as a week has events."""

ASKED = "24d"
"""For how long both models are asked: as long as the longest trial, a canary of three steps."""

LEARNED = 100
"""Labels that a model learns from: so few that some challengers are worse by bad luck."""

PRICES = Prices(retraining=10)
"""Ten wrong answers more or less in two weeks (2,100 events) are no matter."""

BY_OUTCOME = "positives at once, others 5 days"
EARLY = 5 * RATE // 2
"""Labels of positives that have come before the first other one of the same day."""

EQUAL, WEEK = "equal labels", "a week"
"""How long trials last: until the labels of about a week's events have come, or a week."""


@dataclass(frozen=True)
class Late:
    """When labels come, and what that is for a trial."""

    delay: Delay
    more: int
    """Days after a week by which about a week's labels have come."""
    soon: int
    """Labels that have come by the end of the week itself."""


DELAYS = {
    "an hour": Late(Constant("1h"), 0, 1_044),
    "2 days": Late(Constant("2d"), 2, 751),
    "5 days": Late(Constant("5d"), 5, 301),
    BY_OUTCOME: Late(ByClass({1: Constant("1h"), 0: Constant("5d")}), 2, 672),
}


class Peeking(AtTheEnd):
    """The test that is made for one look at the end, looked at in every tick: do not."""

    at_end = False


def newest(rows: int) -> Balanced:
    """What models learn from: the newest labels, in which both classes count alike."""
    return Balanced(SlidingWindow(rows), how="weights")


def gates(learned: int) -> dict[str, Strategy]:
    """No test, and every gate; what a gate holds out, models do not learn from."""
    tests = {
        "gate, as measured": ChampionChallenger(LABELS),
        "gate, as measured, 200 labels": ChampionChallenger(200),
        "gate, not worse by 2 points": Bounds(
            [Bound("score", absolute=-0.02, confidence=0.9)], holdout=LABELS
        ),
        "gate, significantly better": Significance("better", holdout=LABELS),
    }
    found = {"no test": Strategy(Periodic(EVERY), newest(learned))}
    for name, test in tests.items():
        held = 200 if "200" in name else LABELS
        found[name] = Strategy(Periodic(EVERY), newest(learned + held), offline=test)
    return found


def trials(learned: int, more: int, labels: int) -> dict[str, Strategy]:
    """Every roll-out; trials last so many days more than a week, and have so many labels then."""
    length, planned = f"{7 + more}d", int(0.9 * labels)
    tests = {
        "shadow, better mean": Shadow(length),
        "shadow, significant": Shadow(length, rule=AtTheEnd()),
        "shadow, significant, looked at every day": Shadow(length, rule=Peeking()),
        "shadow, significant, mature": Shadow("12d", rule=AtTheEnd(), mature="5d"),
        "A/B, significant": ABTest(length),
        "A/B, looked at every day": ABTest(length, rule=Peeking()),
        "A/B, group-sequential": ABTest(length, rule=GroupSequential(planned)),
        "A/B, SPRT(.04)": ABTest(length, rule=SPRT(0.04)),
        "canary": Canary(f"{3 + more}d", min_labels=5),
        "interleaving": Interleaving(length, min_labels=30),
        "bandit": Bandit(length, ThompsonSampling(reward_obj=Beta()), min_labels=30),
    }
    return {
        name: Strategy(Periodic(EVERY), newest(learned), online=test)
        for name, test in tests.items()
    }


def strategies(delay: str, last: str = EQUAL) -> dict[str, Strategy]:
    """What is replayed at a delay: all models learn from the newest labels that are not held out.

    Gates do not depend on how long trials last, so they are in the league at equal labels alone.
    """
    late = DELAYS[delay]
    learned = LEARNED + EARLY * (delay == BY_OUTCOME)
    if last == EQUAL:
        labels = DELAYS["an hour"].soon
        return gates(learned) | trials(learned, late.more, labels)
    return {"no test": gates(learned)["no test"]} | trials(learned, 0, late.soon)


def world() -> Synthetic:
    """Labels that are random given the inputs, by weights that turn all the time."""
    turn = Incremental(Logistic(5, 1, scale=1.5), at=f"{DAYS}d", width=f"{2 * DAYS}d")
    return Synthetic(Logistic(5, 0, scale=1.5), [turn], n=DAYS * RATE, rate=f"{RATE}/d")


def replayed(seed: int, delay: str, last: str = EQUAL) -> dict[str, Run]:
    """All strategies on one draw."""
    return clsim.replay(
        world(), strategies(delay, last), learner=LogisticRegression(), tick="1d", warmup="20d",
        seed=seed, delay=DELAYS[delay].delay, ghosts=ASKED,
    )  # fmt: skip


def league(seeds: int) -> pd.DataFrame:
    """Rates by delay, by how long trials last, and by strategy and test."""
    rates = []
    for delay, late in DELAYS.items():
        for last in (EQUAL, WEEK) if late.more else (EQUAL,):
            runs = [replayed(seed, delay, last) for seed in range(seeds)]
            found = verdict_rates(clsim.verdicts(runs, PRICES, horizon=EVERY))
            start = [wrong(run["no test"]) for run in runs]
            for name in strategies(delay, last):
                lost, own = [wrong(run[name]) for run in runs], found["strategy"] == name
                more = mean_interval([a - b for a, b in zip(lost, start, strict=True)])
                found.loc[own, ["wrong", "more", "more_low", "more_high"]] = [
                    sum(lost) / seeds, *more,
                ]  # fmt: skip
            if last == WEEK:
                found = found[found["strategy"] != "no test"]
            rates.append(found.assign(delay=delay, trials=last))
            print(delay, last, "done", flush=True)
    return pd.concat(rates, ignore_index=True)


def wrong(run: Run) -> float:
    """Wrong answers per 1,000 events."""
    return run.totals["loss"] / run.totals["n"] * 1_000


MARKS = {
    "wrong_promotions": ("v", VERMILLION, "worse ones promoted"),
    "wrong_rejections": ("^", INK, "better ones rejected"),
}


def draw(rates: pd.DataFrame) -> Figure:
    """Error rates against exposure at equal labels: a panel for each delay, numbered strategies.

    What has no exposure stands side by side, left of nought.
    """
    names = [*strategies("an hour")]
    whole = rates[(rates["test"] == "together") & (rates["trials"] == EQUAL)]
    most = whole["exposure"].max()
    step = most / 16
    with in_style():
        figure = new_figure(FULL, 5.4)
        panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
        for axes, delay in zip(panels, DELAYS, strict=True):
            axes.set_title(delay if delay == BY_OUTCOME else f"labels after {delay}")
            axes.set_xlim(-5.8 * step, 1.06 * most)
            axes.set_ylim(-0.04, 1.22)
            axes.axvline(0, color=GREY, lw=0.5, ls=":")
            axes.text(-2.9 * step, 1.16, "no exposure", ha="center", fontsize=6.5)
            points, marked = [], []
            for row in whole[whole["delay"] == delay].to_dict("records"):
                number = names.index(row["strategy"])
                x = row["exposure"] if number > 4 else (number - 5) * step
                for name, (marker, color, _) in MARKS.items():
                    aside = x + (0.07 if name == "wrong_rejections" else -0.07) * step
                    axes.plot([aside] * 2, [row[f"{name}_low"], row[f"{name}_high"]], color=color,
                              lw=0.6)  # fmt: skip
                    axes.plot(x, row[name], marker=marker, ms=4, color=color, mfc="white", zorder=3)
                marked += [(x, row[name]) for name in MARKS]
                points.append((x, max(row[name] for name in MARKS), str(number)))
            number_points(axes, points, marked)
        for axes in panels[2:]:
            axes.set_xticks(range(0, int(most) + 1, 5))
            axes.set_xlabel("exposure (wrong answers per challenger)")
        for axes in panels[::2]:
            axes.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1])
            axes.set_ylabel("share")
        handles = [Line2D([], [], marker=marker, color=color, mfc="white", ls="", label=label)
                   for marker, color, label in MARKS.values()]  # fmt: skip
        legend_above(figure, handles, 2)
    return figure


def number_points(
    axes: Axes, points: list[tuple[float, float, str]], marks: list[tuple[float, float]]
) -> None:
    """Write numbers above points, where nothing else stands, with a line if that is far."""
    scale = 72 / axes.figure.dpi
    taken = [tuple(axes.transData.transform(mark) * scale) for mark in marks]
    for x, y, text in sorted(points):
        here = axes.transData.transform((x, y)) * scale
        tried = [(aside, far) for far in range(7, 90, 3) for aside in (0, 5, -5, 10, -10, 15, -15)]
        aside, far = next(
            (aside, far) for aside, far in tried
            if all(abs(here[0] + aside - a) > 8 or abs(here[1] + far - b) > 6.5 for a, b in taken)
        )  # fmt: skip
        taken.append((here[0] + aside, here[1] + far))
        line = {"arrowstyle": "-", "lw": 0.5, "color": GREY, "shrinkA": 0, "shrinkB": 3}
        axes.annotate(
            text, (x, y), (aside, far), textcoords="offset points", fontsize=6.5, ha="center",
            va="center", arrowprops=line if max(abs(aside), far) > 8 else None,
        )  # fmt: skip


def main() -> None:
    """Write tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=Path("results/tests_judged"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rates = league(given.seeds)
    rates = rates.drop(columns="setting").round(4)
    rates.to_csv(given.out / "league.csv", index=False)
    save(draw(rates), given.out, "league")
    shown = rates[rates["test"] == "together"]
    columns = ["delay", "trials", "strategy", "wrong", "more", "regret", "wrong_promotions",
               "wrong_rejections", "undecided", "exposure", "waited", "labels", "foretold",
               "challengers", "worse", "better"]  # fmt: skip
    print(shown[columns].round(3).to_string(index=False))


if __name__ == "__main__":
    main()
