"""Two sweeps beside each other: the difference of what both ran, paired by seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from clsim.analysis.compare.comparison import Setting, costed
from clsim.analysis.cost.opportunity import same_events
from clsim.runs.ledger import Prices
from clsim.runs.names import setting_names
from clsim.runs.run import Run
from clsim.statistics.intervals import mean_interval

KEYS = ["setting", "strategy", "seed"]

VALUES = ("score", "total", "upkeep", "loss", "retrainings")
"""What is compared; of a run's totals."""


@dataclass(frozen=True)
class Beside:
    """A sweep beside another.

    Attributes
    ----------
    pairs : pandas.DataFrame
        One row per run of the one sweep that has a partner in the other: setting, strategy, seed,
        draw (seeds of a recorded log are one draw), same_events (whether both served the same
        labelled events, tick by tick), same_labels (whether they replayed the same labels), and for
        each of `VALUES` ``<value>_a``, ``<value>_b``.
    unpaired : pandas.DataFrame
        Runs without a partner: sweep ('a' or 'b'), setting, strategy, seed, reason.
    differences : pandas.DataFrame
        In what the two sweeps differ, setting by setting: setting, a, b (in words; empty: in
        nothing that a configuration says).
    """

    pairs: pd.DataFrame
    unpaired: pd.DataFrame
    differences: pd.DataFrame


def beside(a: Sequence[Setting], b: Sequence[Setting], prices: Prices | None = None) -> Beside:
    """The runs of a sweep and their partners in another.

    A partner has the same strategy, seed and setting, by name: what a setting is called within its
    own sweep. So a sweep over delays is compared delay by delay with the same sweep of another
    learner. Where each sweep has one setting, these are partners whatever they are called.

    Parameters
    ----------
    a, b : sequence of Setting
        As `clsim.analysis.settings` gives them, of each sweep.
    prices : Prices or None, default=None
        Of both; None: `Prices()`.

    Returns
    -------
    Beside
        ``pairs`` (one row per run that has a partner: ``score_a``, ``score_b`` and so on),
        ``unpaired`` (runs without one, and why), and ``differences`` (in what the two sweeps
        differ).

    Raises
    ------
    TypeError, ValueError
        If the runs of a sweep cannot be priced, as in `clsim.analysis.compare.comparison.costed`.

    Notes
    -----
    Pairing takes out what seeds have in common. It does so where both replayed the same stream;
    where the stream itself differs, a pair shares the seed alone.

    Examples
    --------
    With another learner the same strategy loses 2 instead of 4; seed 2 has no partner.

    >>> from clsim.runs.info import RunInfo
    >>> def sweep(learner, losses):
    ...     runs = {}
    ...     for seed, loss in losses.items():
    ...         ticks = {"tick": [0], "start": 0, "end": 8, "slice": "all", "n": 8, "answered": 8}
    ...         totals = {"n": 8, "loss": loss, "retrainings": 0}
    ...         info = RunInfo(seed=seed, totals=totals, score=1 - loss / 8)
    ...         runs[seed] = Run({"ticks": pd.DataFrame({**ticks, "loss": loss})}, info)
    ...     return [Setting("", {"learner": learner}, {"never": runs})]
    >>> found = beside(sweep("trees", {1: 4.0, 2: 5.0}), sweep("rules", {1: 2.0}))
    >>> found.pairs[["strategy", "seed", "loss_a", "loss_b", "score_a", "score_b"]].values.tolist()
    [['never', 1, 4.0, 2.0, 0.5, 0.75]]
    >>> found.unpaired[["sweep", "strategy", "seed"]].values.tolist()
    [['a', 'never', 2]]
    >>> found.differences[["a", "b"]].values.tolist()
    [['trees', 'rules']]
    """
    of_a, of_b = ({setting.name: setting for setting in own} for own in (a, b))
    if len(a) == len(b) == 1:
        of_b = {a[0].name: b[0]}
    tables = {
        name: {
            key: costed(own[name], prices or Prices()) for key, own in (("a", of_a), ("b", of_b))
        }
        for name in of_a
        if name in of_b
    }
    pairs, unpaired = [], []
    for sweep, own, other in (("a", of_a, of_b), ("b", of_b, of_a)):
        for setting, strategy, seed, why in _without(own, other):
            unpaired.append((sweep, setting, strategy, seed, why))
    for name, both in tables.items():
        left, right = of_a[name], of_b[name]
        joined = both["a"].merge(both["b"], on=["strategy", "seed"], suffixes=("_a", "_b"))
        once = left.one_draw or right.one_draw
        for row in joined.to_dict("records"):
            run, partner = (of.runs[row["strategy"]][row["seed"]] for of in (left, right))
            values = {f"{v}_{s}": row[f"{v}_{s}"] for v in VALUES for s in "ab"}
            draw = joined["seed"].min() if once else row["seed"]
            pairs.append(
                {"setting": name, "strategy": row["strategy"], "seed": row["seed"], "draw": draw,
                 "same_events": same_events(run.ticks, partner.ticks),
                 "same_labels": _same_labels(run, partner), **values}
            )  # fmt: skip
    columns = [
        *KEYS,
        "draw",
        "same_events",
        "same_labels",
        *(f"{v}_{s}" for v in VALUES for s in "ab"),
    ]
    said = [(name, *_differ(of_a[name], of_b[name])) for name in tables]
    return Beside(
        pd.DataFrame(pairs, columns=columns),
        pd.DataFrame(unpaired, columns=["sweep", *KEYS, "reason"]),
        pd.DataFrame(said, columns=["setting", "a", "b"]),
    )


def beside_means(found: Beside, value: str = "total", level: float = 0.95) -> pd.DataFrame:
    """The mean difference of two sweeps, strategy by strategy: B less A, paired by seed.

    Parameters
    ----------
    found : Beside
    value : {'score', 'total', 'upkeep', 'loss', 'retrainings'}, default='total'
    level : float, default=0.95

    Returns
    -------
    pandas.DataFrame
        setting, strategy, value (which), a, b (means over the pairs), difference, low, high (by
        Student's t over draws; NaN for one), pairs, draws.

    Examples
    --------
    >>> pairs = pd.DataFrame({"setting": "", "strategy": "weekly", "seed": [1, 2, 3],
    ...     "draw": [1, 2, 3], "total_a": [10.0, 20.0, 30.0], "total_b": [11.0, 22.0, 33.0]})
    >>> row = beside_means(Beside(pairs, pd.DataFrame(), pd.DataFrame())).iloc[0]
    >>> [round(float(row[name]), 2) for name in ("difference", "low", "high")]
    [2.0, -0.48, 4.48]
    """
    rows = []
    for (setting, strategy), group in found.pairs.groupby(["setting", "strategy"], sort=False):
        draws = group.groupby("draw")[[f"{value}_a", f"{value}_b"]].mean()
        gap = mean_interval((draws[f"{value}_b"] - draws[f"{value}_a"]).dropna(), level)
        rows.append(
            {"setting": setting, "strategy": strategy, "value": value,
             "a": draws[f"{value}_a"].mean(), "b": draws[f"{value}_b"].mean(),
             "difference": gap.mean, "low": gap.low, "high": gap.high,
             "pairs": len(group), "draws": len(draws)}
        )  # fmt: skip
    columns = ["setting", "strategy", "value", "a", "b", "difference", "low", "high", "pairs",
               "draws"]  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _without(own: dict[str, Setting], other: dict[str, Setting]) -> list[tuple[str, str, int, str]]:
    """Runs of a sweep that have no partner in the other, and why."""
    found = []
    for name, setting in own.items():
        there = other[name].runs if name in other else {}
        for strategy, by_seed in setting.runs.items():
            for seed in by_seed:
                if name not in other:
                    why = "the other has no such setting"
                elif strategy not in there:
                    why = "the other has no such strategy in this setting"
                elif seed not in there[strategy]:
                    why = "the other has not this seed"
                else:
                    continue
                found.append((name, strategy, seed, why))
    return found


def _same_labels(run: Run, partner: Run) -> bool:
    return run.info.draw is not None and run.info.draw == partner.info.draw


def _differ(a: Setting, b: Setting) -> list[str]:
    """In what two settings differ, in words."""
    return setting_names([a.config, b.config], [a.choices, b.choices])
