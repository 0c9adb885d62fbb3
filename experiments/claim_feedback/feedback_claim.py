"""Selective labels and feedback loops: what retraining does to them, and what exploration is worth.

``python experiments/claim_feedback/feedback_claim.py --logs FOLDER`` writes
``results/claim_feedback/*.csv`` and the figure; without a folder the log is left out.
"""

from __future__ import annotations

import argparse
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import clsim
from clsim import Prices, Strategy
from clsim.analysis.choice.choose import common_seeds
from clsim.analysis.choice.difference import all_costs, difference
from clsim.analysis.compare.comparison import Setting, costed, settings
from clsim.report.figures.style import (
    FULL,
    GREEN,
    GREY,
    LOOKS,
    MORE_LOOKS,
    VERMILLION,
    in_style,
    new_figure,
    save,
)
from clsim.rounding import MINUS, amount
from clsim.runs.gathered import gathered
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval, ratio_interval
from clsim.strategy.curation import Buying, Complained, Fixed
from clsim.strategy.curation import Random as ByChance
from clsim.strategy.datasets import ByPropensity, SlidingWindow
from clsim.strategy.exploration import Explore
from clsim.strategy.triggers import Never, Periodic
from clsim.streams import Recorded, Synthetic
from clsim.streams.complaints import Complaining
from clsim.streams.concepts import AdClick, Agrawal, Gaussians
from clsim.streams.delays import Constant, Exponential
from clsim.streams.deletion import Deleting
from clsim.streams.drift import Gradual, Incremental, Sudden
from clsim.streams.feedback import Churn, Popularity, Selective
from clsim.streams.money import Money

RESULTS = Path("results/claim_feedback")

SEEDS, RATE, WARMUP, DAYS = 8, 100, 28, 140

SHARES = (0.02, 0.05, 0.1, 0.2)
SHARE = 0.05
"""The share of answers by chance that is judged; the others show how it depends on it."""

FREED = f"often, {SHARE:.0%} explored"
USUAL = [[-1.0, 0.0], [1.0, 0.0]]
HIDDEN = [[-3.0, 0.0], [-1.0, 0.0]]
"""Good events come to lie where all are refused, so no label says so."""

SHOWN = [[0.0, -1.0], [0.0, 1.0]]
"""Half of what is accepted turns bad, so that labels say so."""


@dataclass(frozen=True)
class World:
    """A stream with feedback and its twin without; and how both are replayed."""

    stream: Callable[[], Any]
    twin: Callable[[], Any]
    learner: Any = field(default_factory=LogisticRegression)
    prices: Prices = field(default_factory=lambda: Prices(retraining=10))
    accepted: Any = 1
    often: Any = "7d"
    seldom: Any = "28d"
    window: Any = "28d"
    seeds: int = SEEDS
    settings: dict[str, Any] = field(
        default_factory=lambda: {"tick": "1d", "warmup": f"{WARMUP}d", "delay": Constant("1d")}
    )
    threshold: Any = None

    def strategies(self, shares: tuple[float, ...]) -> dict[str, Strategy]:
        """Never, seldom and often as ever, and often with a share of the answers by chance."""
        window, how = SlidingWindow(self.window), {"threshold": self.threshold}
        often = Periodic(self.often)
        found = {
            "never": Strategy(Never(), **how),
            "seldom": Strategy(Periodic(self.seldom), window, **how),
            "often": Strategy(often, window, **how),
        }
        for share in shares:
            free = Explore(share, to=self.accepted)
            found[f"often, {share:.0%} explored"] = Strategy(
                often, ByPropensity(window), exploration=free, **how
            )
        if shares:
            free = Explore(SHARE, to=self.accepted)
            found[f"{FREED}, not weighed"] = Strategy(often, window, exploration=free, **how)
        return found

    def replayed(self, seed: int, fed: bool) -> dict[str, Run]:
        """With feedback, or its twin."""
        stream = self.stream() if fed else self.twin()
        made = self.strategies(SHARES if fed else ())
        return clsim.replay(stream, made, learner=self.learner, seed=seed, **self.settings)


def clouds(*drifts: Any) -> Synthetic:
    """100 events a day, of two Gaussian classes."""
    n = (WARMUP + DAYS) * RATE
    return Synthetic(Gaussians(means=USUAL), list(drifts), n=n, rate=f"{RATE}/d")


def selective(*drifts: Any) -> World:
    """Labels where the answer was 1, and a world without that."""
    return World(lambda: Selective(clouds(*drifts)), lambda: clouds(*drifts))


def loans() -> Money:
    """Applications for loans: to lend in vain costs the loan, to turn away 150,000."""
    return Money(
        Synthetic(
            Agrawal(0, perturbation=0.05),
            [Sudden(Agrawal(2, perturbation=0.05), at="120d"),
             Gradual(Agrawal(4, perturbation=0.05), at="240d", width="30d")],
            n=17_520, rate="48/d", start="2025-01-01", noise=0.1,
        ),
        {0: {1: "loan"}, 1: {0: 150_000}},
    )  # fmt: skip


TREES = HistGradientBoostingClassifier(
    max_iter=10, max_leaf_nodes=15, random_state=0, categorical_features="from_dtype"
)

MOVED = Gaussians(means=HIDDEN)

WORLDS = {
    "nothing changes": selective(),
    "the good hide": selective(Sudden(MOVED, "84d")),
    "the good hide slowly": selective(Incremental(MOVED, "98d", "84d")),
    "the accepted turn bad": selective(Sudden(Gaussians(means=SHOWN), "84d")),
    "loans": World(
        lambda: Selective(loans()), loans, TREES, Prices(error=1 / 150_000, retraining=10),
        often="14d", seldom="56d", window="56d", seeds=4, threshold="by_price",
        settings={"tick": "7d", "warmup": "60d", "delay": Constant("14d"), "loss": "amount"},
    ),
}  # fmt: skip


def calls(path: Path) -> Recorded:
    """Whether a client of a bank agrees on the phone, every second call; they have no times."""
    with zipfile.ZipFile(path) as inside:
        name = "bank-additional/bank-additional-full.csv"
        frame = pd.read_csv(inside.open(name), sep=";", keep_default_na=False)
    frame = frame.drop(columns="duration")
    words = [key for key in frame.select_dtypes(exclude="number") if key != "y"]
    frame = frame.astype(dict.fromkeys(words, "category"))[::2].reset_index(drop=True)
    return Recorded(frame, label="y")


def bank(path: Path) -> World:
    """Who is not called does not say whether they would have agreed. A call in vain costs 1."""
    return World(
        lambda: Selective(calls(path), accept="yes"), lambda: calls(path), TREES, accepted="yes",
        often=1, seldom=4, window=4_000, seeds=1, threshold="by_price",
        settings={
            "tick": 500, "warmup": 7_000, "delay": Constant(200), "loss": [[0, 1], [5, 0]]
        },
    )  # fmt: skip


def all_worlds(logs: Path | None) -> dict[str, World]:
    """All worlds, and the log where it is there."""
    path = None if logs is None else logs / "bank_marketing.zip"
    if path is None or not path.exists():
        print("no --logs FOLDER with bank_marketing.zip: the log is left out")
        return WORLDS
    return WORLDS | {"bank": bank(path)}


def both(worlds: dict[str, World], seeds: int) -> dict[str, tuple[Setting, Setting]]:
    """Each world with feedback, and its twin; of so many seeds at the most."""
    found = {}
    for name, world in worlds.items():
        fed, twin = (
            settings(
                gathered([world.replayed(seed, fed) for seed in range(min(world.seeds, seeds))])
            )[0]
            for fed in (True, False)
        )
        found[name] = fed, twin
    return found


def saved(case: Setting, prices: Prices, before: str, after: str) -> dict[str, float]:
    """What one strategy saves against another in the replay, with the interval."""
    seeds = common_seeds(case)
    found = all_costs(case, seeds, prices)
    apart = difference(found[before]["all"], found[after]["all"], one_draw=len(seeds) == 1)
    return {"saves": apart.mean, "low": apart.low, "high": apart.high}


def retraining(cases: dict[str, tuple[Setting, Setting]], worlds: dict[str, World]) -> pd.DataFrame:
    """What retraining is worth with selective labels and without, and what exploration adds."""
    rows = []
    for name, (fed, twin) in cases.items():
        prices = worlds[name].prices
        pairs = [
            ("never", "seldom"), ("never", "often"), ("often", FREED), ("never", FREED),
            (f"{FREED}, not weighed", FREED),
        ]  # fmt: skip
        for labels, case, some in (("selective", fed, pairs), ("all", twin, pairs[:2])):
            for before, after in some:
                rows.append(
                    {"world": name, "labels": labels, "from": before, "to": after,
                     **saved(case, prices, before, after)}
                )  # fmt: skip
        if worlds[name].seeds > 1:
            worth = {}
            for labels, case in (("selective", fed), ("all", twin)):
                total = costed(case, prices).pivot_table("total", "seed", "strategy")
                worth[labels] = total["never"] - total["often"]
            share = ratio_interval(worth["selective"], worth["all"])
            if worth["all"].mean() > 0:
                bounds = {"saves": share.mean, "low": share.low, "high": share.high}
                rows.append(
                    {"world": name, "labels": "share", "from": "never", "to": "often", **bounds}
                )
    return pd.DataFrame(rows)


def shares(cases: dict[str, tuple[Setting, Setting]], worlds: dict[str, World]) -> pd.DataFrame:
    """What a share of answers by chance saves against none."""
    rows = []
    for name, (fed, _) in cases.items():
        for share in SHARES:
            found = saved(fed, worlds[name].prices, "often", f"often, {share:.0%} explored")
            rows.append({"world": name, "share": share, **found})
    return pd.DataFrame(rows)


WEEKS = (1, 2, 4, 8, 12)
CHANGE = 84 - WARMUP
"""The tick of the change, where it is sudden."""


def since(cases: dict[str, tuple[Setting, Setting]]) -> pd.DataFrame:
    """What 5 % by chance save against none from the change on, in so many weeks; errors alone."""
    rows = []
    for name in ("nothing changes", "the good hide", "the accepted turn bad"):
        case = cases[name][0]
        for weeks in WEEKS:
            saves = []
            for seed, run in case.runs["often"].items():
                losses = [one.whole["loss"].to_numpy() for one in (run, case.runs[FREED][seed])]
                usual, free = (loss[CHANGE : CHANGE + 7 * weeks].sum() for loss in losses)
                saves.append(usual - free)
            found = mean_interval(saves)
            rows.append({"world": name, "weeks": weeks, "saves": found.mean, "low": found.low,
                         "high": found.high})  # fmt: skip
    return pd.DataFrame(rows)


# loops ----------------------------------------------------------------------------------------

CLICKS = {"n_users": 50, "n_items": 20, "rate": 0.4}


def ads() -> Synthetic:
    """Clicks on 20 items, of 50 users, whose tastes change for good after half of the replay."""
    n = (WARMUP + DAYS) * RATE
    change = Sudden(AdClick(**CLICKS, variant=1), "98d")
    return Synthetic(AdClick(**CLICKS), [change], n=n, rate=f"{RATE}/d")


LOOPS: dict[str, Callable[[], Any]] = {
    "no loop": ads,
    "popularity": lambda: Popularity(ads(), by="item", strength=0.3, halflife=10),
    "churn": lambda: Churn(ads(), by="user", rate=0.005),
}


def ones(run: Run, column: str) -> float:
    """The share of 1 among answers (``y_pred``) or labels (``y_true``) of the last four weeks."""
    last = run.confusion[run.confusion["tick"] >= DAYS - 28]
    return float(last.loc[last[column] == 1, "n"].sum() / last["n"].sum())


def looped(seeds: int) -> pd.DataFrame:
    """What becomes of users and labels: a row for each loop and strategy, with intervals.

    ``right`` are events that were answered rightly; ``shown`` and ``liked`` the shares of answers
    and of labels that are 1, in the last four weeks. Intervals are of ``more``, the answers that
    are right beyond those of never retraining, and of ``bent``, the labels that are 1 beyond.
    """
    clicks = make_pipeline(OneHotEncoder(handle_unknown="ignore"), LogisticRegression())
    how = World(ads, ads)
    window = SlidingWindow("28d")
    made = how.strategies(()) | {
        "often, 10% at random": Strategy(Periodic("7d"), window, exploration=Explore(0.1))
    }
    rows = []
    for name, stream in LOOPS.items():
        runs = [
            clsim.replay(stream(), made, learner=clicks, seed=seed, **how.settings)
            for seed in range(seeds)
        ]
        for strategy in made:
            of = [run[strategy] for run in runs]
            right = [run.totals["n"] - run.totals["errors"] for run in of]
            usual = [run["never"].totals["n"] - run["never"].totals["errors"] for run in runs]
            more = mean_interval([a - b for a, b in zip(right, usual, strict=True)])
            shown, liked = (
                sum(ones(run, column) for run in of) / seeds for column in ("y_pred", "y_true")
            )
            bent = mean_interval(
                [ones(run[strategy], "y_true") - ones(run["never"], "y_true") for run in runs]
            )
            rows.append(
                {
                    "loop": name, "strategy": strategy,
                    "events": sum(run.totals["n"] for run in of) / seeds,
                    "right": sum(right) / seeds, "more": more.mean, "low": more.low,
                    "high": more.high, "accuracy": sum(run.score for run in of) / seeds,
                    "shown": shown, "liked": liked, "bent": bent.mean, "bent_low": bent.low,
                    "bent_high": bent.high,
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


# complaints and deletions ---------------------------------------------------------------------


def asked(seeds: int) -> pd.DataFrame:
    """Twenty labels a day, asked for by chance or where somebody complained; and rows deleted."""
    turned = Sudden(Gaussians(means=SHOWN), "84d")
    wait = Exponential("2d")
    week, window = Periodic("7d"), SlidingWindow("28d")

    def bought(pick: Any) -> Strategy:
        return Strategy(week, window, curation=Buying(pick, Fixed(20), among="7d", natural=False))

    made = {
        "never": Strategy(Never()), "all labels": Strategy(week, window),
        "20 a day by chance": bought(ByChance()), "20 a day by complaint": bought(Complained()),
    }  # fmt: skip
    worlds = {
        "complaints, nothing changes": lambda: Complaining(clouds(), 0.2, 0.01, wait),
        "complaints, the accepted turn bad": lambda: Complaining(clouds(turned), 0.2, 0.01, wait),
        "a fifth is deleted, nothing changes": lambda: Deleting(
            clouds(), after=Exponential("14d"), share=0.2
        ),
        "a fifth is deleted, the accepted turn bad": lambda: Deleting(
            clouds(turned), after=Exponential("14d"), share=0.2
        ),
    }
    prices = Prices(retraining=10)
    rows = []
    for name, stream in worlds.items():
        some = made if name.startswith("complaints") else dict(list(made.items())[:2])
        runs = [
            clsim.replay(
                stream(), some, learner=LogisticRegression(), seed=seed,
                **World(clouds, clouds).settings,
            )
            for seed in range(seeds)
        ]  # fmt: skip
        case = settings(gathered(runs))[0]
        for strategy in list(some)[1:]:
            rows.append({"world": name, "strategy": strategy,
                         **saved(case, prices, "never", strategy)})  # fmt: skip
    return pd.DataFrame(rows)


# what is written ------------------------------------------------------------------------------


def draw(worth: pd.DataFrame, curves: pd.DataFrame) -> Figure:
    """What retraining often is worth by world, and what exploration adds by its share."""
    with in_style():
        figure = new_figure(FULL, 2.8)
        left, right = figure.subplots(1, 2)
        worlds = list(dict.fromkeys(worth["world"]))[::-1]
        kinds = [
            ("all", "often", "all labels", 0.2, GREY, "o"),
            ("selective", "often", "labels of the accepted", 0.0, VERMILLION, "s"),
            ("selective", FREED, f"the same, {SHARE:.0%} accepted by chance", -0.2, GREEN, "^"),
        ]
        for labels, to, text, up, color, mark in kinds:
            own = worth[(worth["labels"] == labels) & (worth["to"] == to)]
            own = own[own["from"] == "never"].set_index("world").loc[worlds]
            places = [place + up for place in range(len(worlds))]
            left.hlines(places, own["low"], own["high"], color=color)
            left.plot(own["saves"], places, mark, ms=3.5, color=color, label=text)
        left.axvline(0, color="#999999", lw=0.6)
        left.set_yticks(range(len(worlds)), worlds)
        left.set_xlabel("frequent retraining saves (in wrong answers)")
        left.set_title("What retraining is worth")
        figure.legend(*left.get_legend_handles_labels(), loc="outside lower center", ncols=3)
        looks = zip(dict.fromkeys(curves["world"]), (*LOOKS, *MORE_LOOKS), strict=False)
        for place, (name, look) in enumerate(looks):
            own = curves[curves["world"] == name]
            at, error = 100 * own["share"] + 0.12 * (place - 2.5), own[["low", "high"]].to_numpy().T
            right.vlines(at, *error, color=look.color, lw=0.9)
            right.plot(at, own["saves"], color=look.color, ls=look.line, marker=look.marker, ms=3,
                       label=name)  # fmt: skip
        right.axhline(0, color="#999999", lw=0.6)
        right.set_yscale("symlog", linthresh=1_000)
        ticks = (-10_000, -1_000, -500, 0, 500, 1_000, 10_000)
        right.set_yticks(ticks, [whole(tick) for tick in ticks])
        right.yaxis.set_minor_locator(NullLocator())
        right.set_xlabel("accepted by chance (%)")
        right.set_ylabel("saves (in wrong answers)")
        right.set_title("What exploration saves against none")
        right.legend(loc="upper center", bbox_to_anchor=(0.4, -0.2), ncols=3, fontsize=6)
    return figure


def cell(row: pd.Series, mean: str = "saves") -> str:
    """A number and its interval, bold where the interval is above 0; without one, alone."""
    if not row["low"] <= row["high"]:
        return whole(row[mean])
    text = f"{whole(row[mean])} [{whole(row['low'])}, {whole(row['high'])}]"
    return f"**{text}**" if row["low"] > 0 else text


def points(row: pd.Series) -> str:
    """By how many points of a hundred more labels are 1, and the interval."""
    mean, low, high = (f"{100 * row[key]:.1f}" for key in ("bent", "bent_low", "bent_high"))
    return f"{mean} [{low}, {high}]".replace("-", MINUS)


def whole(value: float) -> str:
    """A number without decimals."""
    return amount(float(round(value)))


def tables(folder: Path) -> dict[str, str]:
    """The tables of the README, of the files in a folder."""
    worth = pd.read_csv(folder / "retraining.csv").set_index(["labels", "from", "to", "world"])
    worth = worth.sort_index()
    names = list(dict.fromkeys(pd.read_csv(folder / "retraining.csv")["world"]))
    columns = [
        ("all", "never", "often"), ("selective", "never", "often"), ("share", "never", "often"),
        ("selective", "often", FREED), ("selective", f"{FREED}, not weighed", FREED),
    ]  # fmt: skip
    lines = ["| world | often against never, all labels | selective | share that is left "
             f"| {SHARE:.0%} explored saves | of it by weighing |", "|" + " --- |" * 6]  # fmt: skip
    for name in names:
        cells = []
        for key in columns:
            if (*key, name) not in worth.index:
                cells.append("")
                continue
            row = worth.loc[(*key, name)]
            share = f"{row['saves']:.2f} [{row['low']:.2f}, {row['high']:.2f}]"
            cells.append(share if key[0] == "share" else cell(row))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    curves = pd.read_csv(folder / "shares.csv")
    by = ["| world | " + " | ".join(f"{share:.0%}" for share in SHARES) + " |",
          "|" + " --- |" * (len(SHARES) + 1)]  # fmt: skip
    for name in names:
        own = curves[curves["world"] == name]
        by.append(f"| {name} | " + " | ".join(cell(row) for _, row in own.iterrows()) + " |")
    after = pd.read_csv(folder / "since.csv")
    weeks = ["| world | " + " | ".join(f"{n} weeks" for n in WEEKS) + " |",
             "|" + " --- |" * (len(WEEKS) + 1)]  # fmt: skip
    for name, own in after.groupby("world", sort=False):
        weeks.append(f"| {name} | " + " | ".join(cell(row) for _, row in own.iterrows()) + " |")
    loops = ["| loop | strategy | events | answered right | more than never | accuracy "
             "| answered 1 | labels 1 | points more than never |", "|" + " --- |" * 9]  # fmt: skip
    loops += [
        f"| {r['loop']} | {r['strategy']} | {whole(r['events'])} | {whole(r['right'])} | "
        f"{cell(r, 'more')} | {r['accuracy']:.3f} | {r['shown']:.2f} | {r['liked']:.2f} | "
        f"{points(r)} |"
        for _, r in pd.read_csv(folder / "loops.csv").iterrows()
    ]
    told = ["| world | strategy | saves against never |", "|" + " --- |" * 3]
    told += [
        f"| {r['world']} | {r['strategy']} | {cell(r)} |"
        for _, r in pd.read_csv(folder / "asked.csv").iterrows()
    ]
    return {
        "retraining": "\n".join(lines), "shares": "\n".join(by), "since": "\n".join(weeks),
        "loops": "\n".join(loops),
        "asked": "\n".join(told),
    }  # fmt: skip


def also(folder: Path) -> list[str]:
    """Numbers of the prose that are in no table: there is none."""
    return []


def main() -> None:
    """Write the tables and the figure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--logs", type=Path)
    parser.add_argument("--out", type=Path, default=RESULTS)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    worlds = all_worlds(given.logs)
    cases = both(worlds, given.seeds)
    made = {
        "retraining": retraining(cases, worlds), "shares": shares(cases, worlds),
        "since": since(cases), "loops": looped(given.seeds), "asked": asked(given.seeds),
    }  # fmt: skip
    for name, frame in made.items():
        frame.round(3).to_csv(given.out / f"{name}.csv", index=False)
    save(draw(made["retraining"], made["shares"]), given.out, "feedback")
    for text in tables(given.out).values():
        print(text, end="\n\n")


if __name__ == "__main__":
    main()
