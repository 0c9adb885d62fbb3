"""The table of the suite: everything that ships and trains cheaply, as it is and tuned by a grid.

``python experiments/suite/suite.py`` tunes on tuning worlds and seeds, replays the test worlds with
the seeds of ``results/suite/seeds.csv``, and writes tables and the figure; then with as many other
seeds, to see whether the order stays. ``--release`` draws new seeds first, from the system's
randomness. What is done is kept in ``clsim-runs/suite-table``; remove it to begin anew.
"""

from __future__ import annotations

import argparse
import itertools
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import scales
from hydra import compose, initialize_config_dir
from scipy.stats import spearmanr

import clsim
from clsim.analysis.compare.suite import at_equal_labels, over_worlds, placed, profiles
from clsim.analysis.findings.gather import findings
from clsim.report.figures.style import LOOKS, MORE_LOOKS, save
from clsim.report.figures.suite import suite_scores_and_profiles
from clsim.report.parts.suite import shown_of, suite_latex, suite_markdown
from clsim.runs.ledger import Prices, cost
from clsim.runs.run import Run, Runs
from clsim.strategy.datasets import SlidingWindow
from clsim.sweep import config as build
from clsim.sweep.app import CONF, resolved

RESULTS = scales.RESULTS
KEPT = Path("clsim-runs") / "suite-table"
"""Where finished worlds are kept until the table is made."""

Frames = dict[str, pd.DataFrame]

SEEDS = 10
"""Draws of each world in the table, and as many again to see whether its order stays."""

SHIPPED = (
    "daily", "weekly", "monthly", "volume", "performance", "drift", "budget", "cooldown", "any",
    "all", "gated", "stateful", "recurring", "cara", "modyn_errors", "modyn_latency",
    "detect_and_retrain", "detect_and_increment", "fine_tuning", "upf", "weekly_baseline", "loop",
    "stage_1", "stage_2", "stage_3", "stage_4", "no_model",
)  # fmt: skip
"""Options of ``strategy`` as they ship, but for prices and budgets: those are the world's.

Left out is what needs another learner (row_by_row), a log (as_served), or dates (four_stages), what
is calibrated on twins, and the calendar of which daily, weekly and monthly are points (periodic).
"""

TRIGGERS = (
    "harmful_drift", "learning_debt", "lyapunov_budget", "return_on_investment", "random",
    "square_root_calendar", "grid_calendar", "threshold", "significant", "attention",
    "avoidable_errors", "confirm", "incorporation_latency", "k_of", "on_losses", "on_signal",
    "veto", "wait_for",
)  # fmt: skip
"""Options of ``strategy/trigger`` that no option of ``strategy`` has, as they ship.

Left out is what needs data (alerts), dates (at) or slices (new_slice).
"""

TOLD = {
    "upf": {"trigger.price": "${prices.retraining}"},
    "return_on_investment": {"trigger.rule.price": "${prices.retraining}"},
    "square_root_calendar": {"trigger.price": "${prices.retraining}"},
    "grid_calendar": {"trigger.price": "${prices.retraining}"},
    "budget": {"trigger.trainings": "${world.budget.retrainings}"},
    "loop": {"curation.budget.labels": "${world.budget.bought}", "curation.budget.per": "90d"},
}
"""Rules that decide by the price of a training, or by a budget, are told that of the world."""

GRIDS: dict[str, dict[str, Sequence[Any]]] = {
    "periodic": {"trigger.every": ("10d", "14d", "18d", "22d", "30d", "45d")},
    "volume": {"trigger.rows": (250, 500, 700, 1000)},
    "performance": {"trigger.drop": (0.03, 0.05, 0.08, 0.12), "trigger.window": (100, 200, 300)},
    "drift": {"+trigger.detector.delta": (0.002, 0.05, 0.2, 0.5)},
    "cooldown": {"trigger.wait": ("7d", "14d"), "+trigger.trigger.detector.delta": (0.05, 0.3)},
    "gated": {"trigger.every": ("7d", "14d", "22d")},
    "cara": {"trigger.rule.allowed": (15, 30, 50, 100)},
    "stateful": {"trigger.every": ("1d", "4d", "7d", "14d")},
    "detect_and_retrain": {"+trigger.detector.delta": (0.05, 0.3), "dataset.min_rows": (100, 300)},
    "upf": {"trigger.horizon": ("14d", "28d", "56d"), "trigger.window": (500, 2000)},
}
"""What is tuned: for each option, the values of its parameters."""


def variants(option: str) -> list[dict[str, Any]]:
    """All points of an option's grid."""
    grid = GRIDS[option]
    return [dict(zip(grid, point, strict=True)) for point in itertools.product(*grid.values())]


@cache
def composed(*words: str) -> Any:
    """What Hydra composes, unresolved: dear, so once."""
    return compose("config", ["+experiment=suite", *words])


def configured(world: str, option: str, settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The configuration of a job of the suite, as the command has it."""
    trigger = [f"strategy/trigger={option}"] if option in TRIGGERS else []
    words = [f"strategy={'periodic' if trigger else option}", *trigger, f"strategy.name='{name}'"]
    for key, value in {**TOLD.get(option, {}), **settings}.items():
        add, path = ("+", key[1:]) if key.startswith("+") else ("", key)
        words.append(f"{add}strategy.{path}={value}")
    whole = composed(f"world={world}").copy()
    whole.strategy = composed(*words).strategy  # whose interpolations name what the world says
    return {**resolved(whole), "choices": {}}


def replayed(configs: Sequence[dict[str, Any]], seed: int) -> dict[str, Run]:
    """Strategies of one world and seed, replayed together."""
    strategies = {c["strategy"]["name"]: build.once_more(c["strategy"], "strategy")
                  for c in configs}  # fmt: skip
    runs = clsim.replay(strategies=strategies, seed=seed, **scales.world_of(configs[0]))
    for config in configs:
        runs[config["strategy"]["name"]].config = {**config, "seed": seed}
    return runs


def tuned(worlds: Sequence[str], seeds: Iterable[int]) -> pd.DataFrame:
    """Cost of each point of each grid beside never's, mean over tuning worlds and draws."""
    rows = []
    points = {f"{option} {k}": (option, point)
              for option in GRIDS for k, point in enumerate(variants(option))}  # fmt: skip
    for world in worlds:
        configs = [configured(world, "never", {}, "never")]
        configs += [configured(world, *of, name) for name, of in points.items()]
        prices = Prices.from_dict(configs[0]["prices"])
        for seed in seeds:
            runs = replayed(configs, seed)
            never = float(cost(runs["never"].totals, prices))
            rows += [
                {"name": name, "world": world, "ratio": float(cost(run.totals, prices)) / never}
                for name, run in runs.items() if name in points
            ]  # fmt: skip
        print(f"tuned on {world}", flush=True)
    means = pd.DataFrame(rows).groupby("name")["ratio"].mean()
    return pd.DataFrame([
        {"option": option, "settings": " ".join(f"{k}={v}" for k, v in point.items()),
         "ratio": means[name], "point": k}
        for name, (option, point) in points.items()
        for k in [int(name.split()[-1])]
    ])  # fmt: skip


def chosen(table: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Of each option the point that costs least on the tuning worlds."""
    best = table.loc[table.groupby("option")["ratio"].idxmin()]
    return {row.option: variants(row.option)[row.point] for row in best.itertuples()}


def jobs_of(world: str, best: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """All strategies of the table in one world, each once, and what comes along with them."""
    first = configured(world, "never", {}, "never")
    shipped = [configured(world, option, {}, option) for option in (*SHIPPED, *TRIGGERS)]
    if "feedback" in first["stream"]["_target_"]:  # where nobody sells labels
        shipped = [config for config in shipped if config["strategy"]["name"] != "loop"]
    other = [configured(world, option, point, f"{option} (tuned)")
             for option, point in best.items()]  # fmt: skip
    along = [beside for config in (first, *shipped) for beside in build.beside(config)]
    every = [first, *along, *shipped, *other]
    once = {config["strategy"]["name"]: {**config, "choices": {}} for config in every}
    return list(once.values())


def draws_of(world: str, seeds: Sequence[int], best: Mapping[str, Any], bound: bool) -> Frames:
    """What the frames of a suite say of one world, with the regret of each draw if ``bound``."""
    configs = jobs_of(world, best)
    runs = {
        f"{name} {seed}": run for seed in seeds for name, run in replayed(configs, seed).items()
    }
    with tempfile.TemporaryDirectory() as place:
        if bound and "feedback" not in configs[0]["stream"]["_target_"]:
            for seed in seeds:
                looked_back(configs[0], seed, Path(place) / str(seed))
        found = findings(Runs(runs), counterfactual=place if any(Path(place).iterdir()) else None)
        names = ("suite", "suite_quiet", "suite_draws", "suite_left_out")
        return {name: found[name].drop(columns="setting", errors="ignore") for name in names}


def everything(
    part: str, worlds: Sequence[str], seeds: Sequence[int], best: Mapping[str, Any]
) -> Frames:
    """All worlds, each kept when it is done, so that the same command goes on where it stopped."""
    every: dict[str, list[pd.DataFrame]] = {}
    for world in worlds:
        path = KEPT / f"{part}-{len(seeds)}-{world}.pickle"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            pd.to_pickle(draws_of(world, seeds, best, part == "table"), path)
            print(f"{part}: {world}", flush=True)
        for name, frame in pd.read_pickle(path).items():
            every.setdefault(name, []).append(frame)
    return {name: pd.concat(frames, ignore_index=True) for name, frames in every.items()}


def looked_back(config: dict[str, Any], seed: int, path: Path) -> None:
    """The table of the family that trains on the world's window."""
    window = SlidingWindow(config["window"])
    clsim.counterfactual(**scales.world_of(config), dataset=window, seed=seed, path=path)


def release() -> pd.DataFrame:
    """Seeds that nobody knew before: for the table, and for the look at whether it stays."""
    drawn = [secrets.randbelow(2**31 - 10_000) + 10_000 for _ in range(2 * SEEDS)]
    parts = ["table"] * SEEDS + ["again"] * SEEDS
    return pd.DataFrame({"part": parts, "seed": drawn})


def main() -> None:
    """Tune, replay, and write what came out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--release", action="store_true", help="draw new seeds")
    parser.add_argument("--anew", action="store_true", help="tune again")
    parser.add_argument("--seeds", type=int, default=SEEDS, help="of each part, at most")
    given = parser.parse_args()
    RESULTS.mkdir(parents=True, exist_ok=True)
    if given.release or not (RESULTS / "seeds.csv").exists():
        release().to_csv(RESULTS / "seeds.csv", index=False, lineterminator="\n")
    drawn = pd.read_csv(RESULTS / "seeds.csv")
    names = sorted(path.stem for path in (CONF / "world").glob("*.yaml"))
    tuning = [name for name in names if name.startswith("tuning")]
    worlds = [name for name in names if name not in tuning]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        if given.anew or not (RESULTS / "grid.csv").exists():
            grid = tuned(tuning, range(1000, 1006))
            grid.to_csv(RESULTS / "grid.csv", index=False, lineterminator="\n", float_format="%.6g")
        grid = pd.read_csv(RESULTS / "grid.csv")
        best = chosen(grid)
        seeds = {part: own["seed"].tolist()[: given.seeds] for part, own in drawn.groupby("part")}
        written(everything("table", worlds, seeds["table"], best))
        again(everything("again", worlds, seeds["again"], best))


def written(found: Frames) -> None:
    """The tables, in LaTeX and Markdown too, and the figure."""
    draws = found["suite_draws"]
    kinds = pd.concat([found["suite"], found["suite_quiet"]]).groupby("strategy")["kind"]
    over = placed(over_worlds(draws), kinds.agg(lambda said: max(said, key=len)).to_dict())
    more = {"suite_over_worlds": over, "suite_equal_labels": at_equal_labels(draws),
            "halves": halves(draws)}  # fmt: skip
    for name, frame in ({**found, **more}).items():
        if name != "suite_draws":
            path = RESULTS / f"{name}.csv"
            frame.to_csv(path, index=False, lineterminator="\n", float_format="%.6g")
    for name, text in suite_latex(read_back()).items():
        (RESULTS / f"{name}.tex").write_text(text, "utf-8", newline="\n")
    for name, text in suite_markdown(read_back()).items():
        (RESULTS / f"{name}.md").write_text(text, "utf-8", newline="\n")
    looks = dict(zip(shown_of(over), (*LOOKS, *MORE_LOOKS), strict=False))
    drawn = suite_scores_and_profiles(found["suite"], profiles(draws), looks)
    save(drawn, RESULTS, "suite")
    (RESULTS / "suite.pdf").unlink()


def read_back() -> Frames:
    """The frames of which LaTeX and Markdown are written, as their CSV has them."""
    names = ("suite", "suite_quiet", "suite_over_worlds", "suite_equal_labels")
    return {name: pd.read_csv(RESULTS / f"{name}.csv") for name in names}


def halves(draws: pd.DataFrame) -> pd.DataFrame:
    """Each strategy over worlds by the first half of the seeds, and by the other."""
    seeds = draws["seed"].drop_duplicates().tolist()
    first = draws["seed"].isin(seeds[: len(seeds) // 2])
    both = pd.DataFrame({
        name: over_worlds(draws[own]).set_index("strategy")["iqm"]
        for name, own in (("first", first), ("second", ~first))
    })  # fmt: skip
    rho = spearmanr(both["first"], both["second"]).statistic
    return both.rename_axis("strategy").reset_index().assign(rank_correlation=rho)


def again(found: Frames) -> None:
    """How the order of the table and that under other draws agree."""
    path = RESULTS / "suite_over_worlds.csv"
    first = pd.read_csv(path).set_index("strategy")["iqm"]
    other = over_worlds(found["suite_draws"]).set_index("strategy")["iqm"]
    both = pd.DataFrame({"table": first, "again": other}).dropna()
    rho = spearmanr(both["table"], both["again"]).statistic
    both.rename_axis("strategy").assign(rank_correlation=rho).to_csv(
        RESULTS / "again.csv", lineterminator="\n", float_format="%.6g"
    )
    print(f"rank correlation under other seeds: {rho:.3f}")


if __name__ == "__main__":
    main()
