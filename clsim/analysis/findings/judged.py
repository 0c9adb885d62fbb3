"""Whether the tests of challengers were right, of every run with ghosts."""

from __future__ import annotations

import pandas as pd

from clsim.analysis.behaviour.rightness import judged, verdict_rates
from clsim.analysis.findings.case import Case, once
from clsim.runs.run import Run


@once
def tests_judged(case: Case) -> pd.DataFrame:
    """Each test of each challenger until the next one is ready.

    Returns
    -------
    pandas.DataFrame
        As `clsim.analysis.behaviour.rightness.verdicts`, with strategy and seed. Empty without
        ghosts, or where errors are priced by class.
    """
    if case.prices.by_class:
        return pd.DataFrame()

    def of(run: Run) -> pd.DataFrame:
        return pd.DataFrame() if run.ghosts is None else judged(run, case.prices)

    return case.of_runs(of)


@once
def error_rates(case: Case) -> pd.DataFrame:
    """How often tests erred, as `clsim.analysis.behaviour.rightness.verdict_rates`."""
    every = tests_judged(case)
    if every.empty:
        return pd.DataFrame()
    return verdict_rates(every.assign(setting="")).drop(columns="setting", errors="ignore")
