"""Metrics that were reported beside the loss."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from clsim.analysis.compare.reported import metric_over_time
from clsim.analysis.findings.models import mean_metrics
from clsim.analysis.findings.models import metrics as metric_frame
from clsim.report.figures.time import metrics_over_time
from clsim.report.markup import lead
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.time import drifts_of
from clsim.report.section import Section
from clsim.report.tables import plain_table

CITED = {"calibration_error": "naeini2015", "brier": "brier1950"}
"""What to cite for metrics whose definition is somebody's."""


def metrics(section: Section) -> Part | None:
    """Each metric of each strategy over the whole replay, and over time."""
    values = metric_frame(section)
    if len(values) == 0:
        return None
    means, names = mean_metrics(section), list(dict.fromkeys(values["metric"]))
    cells = {
        (row["strategy"], row["metric"]): (row["mean"], row["low"], row["high"])
        for row in means.to_dict(orient="records")
    }
    none = (np.nan, np.nan, np.nan)
    having = [name for name in section.order if name in set(values["strategy"])]
    rows: list[list[Any]] = [
        [name, *(cells.get((name, metric), none) for metric in names)] for name in having
    ]
    interval = f" Under each mean: its {section.words.spread}." if section.words.spread else ""
    said = Markup(
        "Of the events that were answered, against their final labels. Metrics are reported and "
        "decide nothing: what is best in hindsight goes by the loss alone.{} A dash: not defined. "
        "By seed and slice, with reasons: <code>tables/metrics{}.csv</code>."
    ).format(interval, section.suffix)
    shown = [name for name in section.shown() if name in having]
    curves = {
        metric: pd.DataFrame(
            {n: metric_over_time(section.setting.runs[n], metric, section.bin) for n in shown}
        )
        for metric in names
    }
    ticks = section.first(section.reference).ticks
    start = ticks[ticks["slice"] == "all"].set_index("tick")["start"]
    draw = partial(metrics_over_time, curves, start, section.looks, drifts_of(section),
                   section.words)  # fmt: skip
    seeds = " and over seeds" if section.words.seeds > 1 else ""
    each = f"mean of the ticks' own values{seeds}; ticks in which it is not defined are left out"
    caption = f"Metrics over time. One point: {section.words.point}, {each}."
    return Part(
        "Metrics", lead=lead(said), drawings=[Drawing("metrics", draw, caption)],
        html=plain_table("Metrics over the whole replay", ["strategy", *names], rows),
        tables={"metrics": values},
        cites=tuple(key for metric, key in CITED.items() if metric in names),
    )  # fmt: skip
