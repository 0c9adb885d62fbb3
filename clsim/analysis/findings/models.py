"""What befell models, what was measured of them, and what was kept and bought, of every run."""

from __future__ import annotations

from dataclasses import asdict

import pandas as pd

from clsim.analysis.behaviour import ancestry, lifeline
from clsim.analysis.behaviour.cards import report_cards
from clsim.analysis.behaviour.estimated import estimates, furthest_off, held_against_labels
from clsim.analysis.compare.comparison import score_over_time
from clsim.analysis.compare.reported import metric_means, metric_values
from clsim.analysis.cost.keeping import holdings
from clsim.analysis.cost.labels import USES, labels_by_use, labels_worth
from clsim.analysis.findings.case import Case, once
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval


def shows(run: Run) -> bool:
    """Whether more befell the models of a run than that one replaced another."""
    back = run.events["kind"].isin(["rollback", "reuse"]).any()
    return run.served is not None or bool(back) or len(lifeline.waits(run)) > 0


def _lived(case: Case, of: str) -> pd.DataFrame:
    give = getattr(lifeline, of)
    return case.of_runs(lambda run: give(run) if shows(run) else pd.DataFrame())


@once
def services(case: Case) -> pd.DataFrame:
    """Which model answered when, of runs that show more than replacements."""
    return _lived(case, "services")


@once
def trials(case: Case) -> pd.DataFrame:
    """Challengers tried on live events, as `clsim.analysis.behaviour.lifeline.trials`."""
    return _lived(case, "trials")


@once
def rollbacks(case: Case) -> pd.DataFrame:
    """Models that were taken back, as `clsim.analysis.behaviour.lifeline.rollbacks`."""
    return _lived(case, "rollbacks")


@once
def reuses(case: Case) -> pd.DataFrame:
    """Retired models that served again, as `clsim.analysis.behaviour.lifeline.reuses`."""
    return _lived(case, "reuses")


@once
def waits(case: Case) -> pd.DataFrame:
    """Models that were held until a freeze ended, as `clsim.analysis.behaviour.lifeline.waits`."""
    return _lived(case, "waits")


@once
def lives(case: Case) -> pd.DataFrame:
    """What befell the challengers of each run that shows more than replacements.

    Returns
    -------
    pandas.DataFrame
        strategy, seed, challengers (that were tried), trials (that ended with a verdict), promoted,
        taken_back, reused, held (counts).
    """

    def of(run: Run) -> pd.DataFrame:
        if not shows(run):
            return pd.DataFrame()
        verdicts = lifeline.trials(run)["verdict"]
        return pd.DataFrame([{
            "challengers": len(verdicts),
            "trials": int(verdicts.isin(["promoted", "rejected", "undecided"]).sum()),
            "promoted": int((verdicts == "promoted").sum()),
            "taken_back": len(lifeline.rollbacks(run)),
            "reused": int((run.events["kind"] == "reuse").sum()),
            "held": len(lifeline.waits(run)),
        }])  # fmt: skip

    return case.of_runs(of)


def goes_on(run: Run) -> bool:
    """Whether a training of a run went on from another model, or was taught by one."""
    if run.models is None:
        return False
    return bool((run.models["parent"].to_numpy(dtype=float, na_value=-1) >= 0).any())


@once
def lineage(case: Case) -> pd.DataFrame:
    """Where models came from, as `clsim.analysis.lineage`, of runs in which some go on."""
    return case.of_runs(lambda run: ancestry.lineage(run) if goes_on(run) else pd.DataFrame())


@once
def cards(case: Case) -> pd.DataFrame:
    """What each challenger was tested for, as `clsim.analysis.behaviour.cards.report_cards`."""
    return case.of_runs(report_cards)


@once
def verdicts(case: Case) -> pd.DataFrame:
    """How many challengers passed.

    Returns
    -------
    pandas.DataFrame
        strategy, seed, passed, challengers (tested).
    """
    every = cards(case)
    if every.empty:
        return pd.DataFrame()
    each = every.drop_duplicates(["strategy", "seed", "tick", "kind", "model"])
    passed = each.groupby(["strategy", "seed"], sort=False)["passed"]
    return passed.agg(passed="sum", challengers="size").reset_index()


@once
def over_time(case: Case) -> pd.DataFrame:
    """Score over time, as `clsim.analysis.compare.comparison.score_over_time`, by strategy."""
    curves = {name: score_over_time(case.setting.runs[name], case.bin) for name in case.order}
    return pd.concat(curves, names=["strategy", None]).reset_index(level=0)


@once
def metrics(case: Case) -> pd.DataFrame:
    """Metrics beside the loss, as `clsim.analysis.compare.reported.metric_values`."""
    return metric_values(case.setting)


@once
def mean_metrics(case: Case) -> pd.DataFrame:
    """Metrics over the whole replay: strategy, metric, mean, low, high, seeds."""
    return metric_means(metrics(case)) if len(metrics(case)) else pd.DataFrame()


@once
def calibrated(case: Case) -> pd.DataFrame:
    """Thresholds that were found before the replay, and what they rest on, by strategy and seed."""
    return case.of_runs(
        lambda run: (
            pd.DataFrame()
            if run.info.calibrated is None
            else pd.DataFrame([asdict(run.info.calibrated)])
        )
    )


@once
def calibrated_ranges(case: Case) -> pd.DataFrame:
    """The thresholds over the seeds of each strategy, cheapest strategy first.

    Returns
    -------
    pandas.DataFrame
        strategy, parameter, least, most (threshold), wanted (in words), rate (mean, without
        drift), low, high (the widest 95% interval of any seed), twins.
    """
    every = calibrated(case)
    if every.empty:
        return every
    table = every.groupby("strategy", sort=False).agg(
        parameter=("parameter", "first"), least=("value", "min"), most=("value", "max"),
        wanted=("wanted", "first"), rate=("rate", "mean"), low=("low", "min"), high=("high", "max"),
        twins=("twins", "first"),
    )  # fmt: skip
    return table.loc[[name for name in case.order if name in table.index]].reset_index()


@once
def estimates_off(case: Case) -> pd.DataFrame:
    """When the estimates of each run were furthest off, as labels said later, and by how much."""

    def of(run: Run) -> pd.DataFrame:
        worst = {
            estimate.signal: furthest_off(held_against_labels(run, estimate))
            for estimate in (estimates(run) if run.signals is not None else [])
        }
        return pd.DataFrame([
            {"signal": name, **asdict(one), "off": one.said - one.labels}
            for name, one in worst.items() if one is not None
        ])  # fmt: skip

    return case.of_runs(of)


@once
def kept_and_bought(case: Case) -> pd.DataFrame:
    """Events kept and labels known at the end of each run, and what they cost."""
    table = case.table
    if not ((table["logged"] < table["n"]) | (table["bought"] > 0)).any():
        return pd.DataFrame()
    ends = case.of_runs(lambda run: holdings(run, case.prices).iloc[-1:])
    return ends.drop(columns=["tick", "end"])


@once
def mean_kept_and_bought(case: Case) -> pd.DataFrame:
    """The same, mean over seeds, cheapest strategy first."""
    every = kept_and_bought(case)
    if every.empty:
        return every
    means = every.drop(columns="seed").groupby("strategy").mean()
    return means.loc[case.order].reset_index()


@once
def labels_for_use(case: Case) -> pd.DataFrame:
    """Labels that each run bought, by their use, and its score; empty where none were bought."""
    if not case.table["bought"].any():
        return pd.DataFrame()
    return case.of_runs(lambda run: pd.DataFrame([{**labels_by_use(run), "score": run.score}]))


@once
def mean_labels_for_use(case: Case) -> pd.DataFrame:
    """Labels by use, mean over seeds: strategy, the uses, score_mean, score_low, score_high."""
    every = labels_for_use(case)
    if every.empty:
        return every
    means = every.groupby("strategy")[list(USES)].mean()
    scores = {
        name: mean_interval(of["score"].dropna().to_numpy(float))
        for name, of in every.groupby("strategy")
    }
    bounds = pd.DataFrame.from_dict(
        scores, orient="index", columns=["score_mean", "score_low", "score_high"]
    )
    return means.join(bounds).loc[case.order].reset_index()


@once
def label_worth(case: Case) -> pd.DataFrame:
    """What one more bought label is worth, as `clsim.analysis.cost.labels.labels_worth`."""
    return labels_worth(case.setting) if case.table["bought"].any() else pd.DataFrame()
