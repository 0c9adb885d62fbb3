"""What label delay and training duration cost: runs beside the same jobs without them."""

from __future__ import annotations

import pandas as pd

from clsim.analysis.compare.comparison import settings
from clsim.runs.ledger import Prices, cost
from clsim.runs.run import Run, Runs


def cost_of_waiting(runs: Runs, prices: Prices) -> pd.DataFrame:
    """What each run costs more than the same job without a wait.

    A sweep with ``also=[no_delay,no_duration]`` has, beside each job, the same one with every label
    known at once, or with trainings that take no time.

    Parameters
    ----------
    runs : Runs
        As `clsim.load` gives them for a sweep folder.
    prices : Prices

    Returns
    -------
    pandas.DataFrame
        One row per run and job beside it: setting, strategy, seed, without ('delay' or 'duration'),
        cost and cost_without (total, in money), difference (above 0: waiting costs),
        loss_difference (units of loss) and retrainings_difference. Empty without such jobs.

    Raises
    ------
    ValueError
        If a run cannot be priced, as in `clsim.runs.ledger.cost`.

    Notes
    -----
    A trigger that reads labels decides otherwise when they come sooner, so the difference can be
    negative, and holds what the strategy did with its sooner labels.

    Examples
    --------
    With labels that come at once, the same strategy makes 8 errors fewer.

    >>> from clsim.runs.info import RunInfo
    >>> from clsim.runs.run import Run
    >>> def run(loss, **config):
    ...     info = RunInfo(seed=1, totals={"n": 100, "loss": loss, "retrainings": 3})
    ...     return Run({}, info, {"strategy": {"name": "weekly"}, **config})
    >>> sooner = run(22.0, counterpart={"of": "a", "as": "no_delay"})
    >>> found = cost_of_waiting(Runs({"a": run(30.0), "b": sooner}, []), Prices(retraining=5))
    >>> found[["without", "cost", "cost_without", "difference"]].values.tolist()
    [['delay', 45.0, 37.0, 8.0]]
    """
    beside: dict[tuple[str, str], Run] = {}
    for run in runs.runs.values():
        counterpart = run.config.get("counterpart")
        if counterpart:
            beside[counterpart["of"], counterpart["as"]] = run
    names = {id(run): key for key, run in runs.runs.items()}
    rows = []
    for setting in settings(runs):
        for strategy, by_seed in setting.runs.items():
            for seed, run in by_seed.items():
                for without in ("delay", "duration"):
                    other = beside.get((names[id(run)], f"no_{without}"))
                    if other is None:
                        continue
                    paid, paid_without = (
                        float(cost(one.totals, prices, one.confusion, one.info.classes))
                        for one in (run, other)
                    )
                    rows.append(
                        {
                            "setting": setting.name, "strategy": strategy, "seed": seed,
                            "without": without, "cost": paid, "cost_without": paid_without,
                            "difference": paid - paid_without,
                            "loss_difference": run.totals["loss"] - other.totals["loss"],
                            "retrainings_difference": run.totals["retrainings"]
                            - other.totals["retrainings"],
                        }
                    )  # fmt: skip
    columns = ["setting", "strategy", "seed", "without", "cost", "cost_without", "difference",
               "loss_difference", "retrainings_difference"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)
