"""Which gates and roll-outs err how often, and what it costs, at four delays of labels.

``python experiments/tests_judged/league.py`` writes ``results/tests_judged/*.csv`` and the figure.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
from matplotlib.lines import Line2D
from river.bandit import ThompsonSampling
from river.proba import Beta
from sklearn.linear_model import LogisticRegression

import clsim
from clsim import Prices, Strategy
from clsim.analysis import verdict_rates
from clsim.report.figures.style import FULL, in_style, legend_above, new_figure, save
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
EVERY, TRIAL, LABELS = "14d", "7d", 1_000
"""A training every two weeks, a trial of a week, and about as many labels for a gate."""

LEARNED = 100
"""Labels that a model learns from: so few that some challengers are worse by bad luck."""

PRICES = Prices(retraining=10)
"""Ten wrong answers more or less in two weeks (2,100 events) are no matter."""

BY_OUTCOME = "positives at once, others 5 days"
EARLY = 5 * RATE // 2
"""Labels of positives that have come before the first other one of the same day."""

DELAYS = {
    "an hour": Constant("1h"), "2 days": Constant("2d"), "5 days": Constant("5d"),
    BY_OUTCOME: ByClass({1: Constant("1h"), 0: Constant("5d")}),
}  # fmt: skip


class Peeking(AtTheEnd):
    """The test that is made for one look at the end, looked at in every tick: do not."""

    at_end = False


def newest(rows: int) -> Balanced:
    """What models learn from: the newest labels, in which both classes count alike."""
    return Balanced(SlidingWindow(rows), how="weights")


def strategies(learned: int = LEARNED) -> dict[str, Strategy]:
    """Every gate and every roll-out; what a gate holds out, models do not learn from."""
    gates = {
        "gate, as measured": ChampionChallenger(LABELS),
        "gate, as measured, 200 labels": ChampionChallenger(200),
        "gate, not worse by 2 points": Bounds(
            [Bound("score", absolute=-0.02, confidence=0.9)], holdout=LABELS
        ),
        "gate, significantly better": Significance("better", holdout=LABELS),
    }
    trials = {
        "shadow, better mean": Shadow(TRIAL),
        "shadow, significant": Shadow(TRIAL, rule=AtTheEnd()),
        "shadow, significant, looked at every day": Shadow(TRIAL, rule=Peeking()),
        "shadow, significant, mature": Shadow("12d", rule=AtTheEnd(), mature="5d"),
        "A/B, significant": ABTest(TRIAL),
        "A/B, looked at every day": ABTest(TRIAL, rule=Peeking()),
        "A/B, group-sequential": ABTest(TRIAL, rule=GroupSequential(700)),
        "A/B, SPRT(.04)": ABTest(TRIAL, rule=SPRT(0.04)),
        "canary": Canary("3d", min_labels=5),
        "interleaving": Interleaving(TRIAL, min_labels=30),
        "bandit": Bandit(TRIAL, ThompsonSampling(reward_obj=Beta()), min_labels=30),
    }
    # all models learn from the newest labels that are not held out, as many of each class
    found = {"no test": Strategy(Periodic(EVERY), newest(learned))}
    for name, gate in gates.items():
        held = 200 if "200" in name else LABELS
        found[name] = Strategy(Periodic(EVERY), newest(learned + held), offline=gate)
    for name, trial in trials.items():
        found[name] = Strategy(Periodic(EVERY), newest(learned), online=trial)
    return found


def world() -> Synthetic:
    """Labels that are random given the inputs, by weights that turn all the time."""
    turn = Incremental(Logistic(5, 1, scale=1.5), at=f"{DAYS}d", width=f"{2 * DAYS}d")
    return Synthetic(Logistic(5, 0, scale=1.5), [turn], n=DAYS * RATE, rate=f"{RATE}/d")


def replayed(seed: int, delay: str) -> dict[str, Run]:
    """All strategies on one draw."""
    return clsim.replay(
        world(), strategies(LEARNED + EARLY * (delay == BY_OUTCOME)),
        learner=LogisticRegression(), tick="1d", warmup="20d", seed=seed,
        delay=DELAYS[delay], ghosts=EVERY,
    )  # fmt: skip


def league(seeds: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Rates by delay and strategy, and every test."""
    rates, every = [], []
    for delay in DELAYS:
        runs = [replayed(seed, delay) for seed in range(seeds)]
        each = clsim.verdicts(runs, PRICES, horizon=EVERY)
        found = verdict_rates(each)
        for name in strategies():
            lost = [run[name].totals["loss"] / run[name].totals["n"] * 1_000 for run in runs]
            start = [run["no test"].totals["loss"] / run["no test"].totals["n"] * 1_000
                     for run in runs]  # fmt: skip
            own = found["strategy"] == name
            more = mean_interval([a - b for a, b in zip(lost, start, strict=True)])
            found.loc[own, ["wrong", "more", "more_low", "more_high"]] = [
                sum(lost) / seeds, *more,
            ]  # fmt: skip
        rates.append(found.assign(delay=delay))
        every.append(each.assign(delay=delay))
    return pd.concat(rates, ignore_index=True), pd.concat(every, ignore_index=True)


def draw(rates: pd.DataFrame) -> object:
    """Error rates against exposure: a panel for each delay, a number for each strategy."""
    names = list(strategies())
    whole = rates[rates["test"] == "together"]
    marks = {"wrong_promotions": ("v", "#D55E00"), "wrong_rejections": ("^", "#0072B2")}
    said = {"wrong_promotions": "worse ones promoted", "wrong_rejections": "better ones rejected"}
    with in_style():
        figure = new_figure(FULL, 5.2)
        panels = figure.subplots(2, 2, sharex=True, sharey=True).ravel()
        for axes, delay in zip(panels, DELAYS, strict=True):
            for row in whole[whole["delay"] == delay].to_dict("records"):
                for name, (marker, color) in marks.items():
                    x, y = row["exposure"], row[name]
                    axes.plot([x, x], [row[f"{name}_low"], row[f"{name}_high"]], color=color,
                              lw=0.5, alpha=0.6)  # fmt: skip
                    axes.plot(x, y, marker=marker, ms=4, color=color, mfc="white")
                    axes.annotate(str(names.index(row["strategy"])), (x, y), (3, 2),
                                  textcoords="offset points", fontsize=6)  # fmt: skip
            axes.set_title(f"labels after {delay}" if "at once" not in delay else delay, fontsize=8)
        for axes in panels[2:]:
            axes.set_xlabel("exposure (wrong answers per challenger)")
        for axes in panels[::2]:
            axes.set_ylabel("share")
        handles = [Line2D([], [], marker=m, color=c, mfc="white", ls="", label=said[name])
                   for name, (m, c) in marks.items()]  # fmt: skip
        legend_above(figure, handles, 2)
    return figure


def main() -> None:
    """Write tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--out", type=Path, default=Path("results/tests_judged"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    rates, _ = league(given.seeds)
    rates.drop(columns="setting").round(4).to_csv(given.out / "league.csv", index=False)
    save(draw(rates), given.out, "league")
    shown = rates[rates["test"] == "together"]
    columns = ["delay", "strategy", "wrong", "more", "regret", "wrong_promotions",
               "wrong_rejections", "undecided", "exposure", "waited", "labels", "foretold",
               "challengers", "worse", "better"]  # fmt: skip
    print(shown[columns].round(3).to_string(index=False))


if __name__ == "__main__":
    main()
