"""The report of a sweep: figures, tables and one page that needs nothing else."""

from __future__ import annotations

import base64
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from clsim.analysis.comparison import (
    Interval,
    Setting,
    least_retrained,
    mean_interval,
    most_retrained,
    paired_difference,
    priced,
    score_over_time,
    settings,
    summary,
)
from clsim.analysis.frontier import pareto
from clsim.analysis.opportunity import mean_curve, same_events
from clsim.errors import unknown
from clsim.ledger import Prices
from clsim.report import figures
from clsim.report.tables import amount, columns, html_table, tidy
from clsim.runs import Runs, load, versions

SVG_LIMIT = 1_500_000
"""Characters of an SVG above which the page holds a bitmap instead."""

SHOWN = 4
"""Largest number of strategies in one figure over time."""

PANELS = 12
"""Largest number of strategies in small panels."""

BARS = 20
"""Largest number of strategies with a bar of opportunity cost."""

STRIP = 14
"""Largest number of strategies in the strip of deployments."""

SCORES = {
    "zero_one": ("accuracy", "wrong predictions"),
    "log": ("minus mean log loss", "log loss (nats)"),
    "absolute": ("minus mean absolute error", "absolute error"),
    "squared": ("minus mean squared error", "squared error"),
    "matrix": ("minus mean cost of errors", "cost of errors"),
}
"""For each loss, what its score and its unit are called."""


@dataclass
class Section:
    """All that the report says of one setting."""

    setting: Setting
    prices: Prices
    reference: str
    pair: tuple[str, str]
    table: pd.DataFrame
    words: figures.Words
    suffix: str

    def __post_init__(self) -> None:
        self.summary = summary(self.table)
        self.means = self.summary.pivot_table(
            index="strategy", columns="quantity", values="mean", dropna=False
        )
        self.order = [str(name) for name in self.means.sort_values("total", kind="stable").index]
        front = pareto(self.means["upkeep"], self.means["score"])
        self.pareto = [str(name) for name in self.means.index[front]]

    @property
    def cheapest(self) -> str:
        """Strategy of the least mean total cost."""
        return self.order[0]

    def interval(self, quantity: str) -> pd.DataFrame:
        """Mean, low and high of a quantity; index: strategy."""
        rows = self.summary[self.summary["quantity"] == quantity]
        return rows.set_index("strategy")[["mean", "low", "high"]]

    def shown(self) -> list[str]:
        """The few strategies that say most: reference, cheapest, least retrained, best score."""
        if len(self.order) <= SHOWN:
            return [self.reference, *(name for name in self.order if name != self.reference)]
        best = str(self.means["score"].idxmax()) if self.means["score"].notna().any() else ""
        names = [self.reference, self.cheapest, least_retrained(self.table), best]
        return [name for name in dict.fromkeys(names) if name]

    def badges(self) -> dict[str, str]:
        """What is said of a strategy beside its name."""
        found: dict[str, list[str]] = {self.reference: ["reference"]}
        found.setdefault(self.cheapest, []).append("cheapest in total")
        if self.means["score"].notna().any():
            found.setdefault(str(self.means["score"].idxmax()), []).append("best score")
        return {name: ", ".join(parts) for name, parts in found.items()}


def write_report(
    directory: str | Path,
    prices: Prices | Mapping[str, Any] | None = None,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
) -> Path:
    """Write figures, tables and one self-contained page for the runs of a sweep folder.

    Nothing is replayed. Unfinished runs are listed and left out.

    Parameters
    ----------
    directory : path
        A folder of run folders. Written into it: ``report.html``, ``runs.parquet``,
        ``figures/*.pdf`` and ``*.png``, ``tables/*.csv``.
    prices : Prices, mapping or None, default=None
        None: those in the runs' configurations. A mapping overrides some of them.
    reference : str or None, default=None
        Strategy against which opportunity costs are measured. None: the one with the most
        retrainings.
    pair : (str, str) or None, default=None
        Strategies A and B whose loss curves are compared. None: the cheapest in total and the
        reference.

    Returns
    -------
    pathlib.Path
        Of ``report.html``.

    Raises
    ------
    ValueError
        If the folder holds no finished runs, a price or strategy does not exist, or the runs
        disagree on prices.
    """
    folder = Path(directory)
    runs = load(folder)
    if not isinstance(runs, Runs):
        raise ValueError(f"{str(folder)!r}: this is one run; give the sweep folder that holds it")
    configured, stated = _configured(runs)
    used = _prices(prices, configured, stated)
    found = settings(runs)
    _check_strategies(found, "reference", [reference] if reference else [])
    _check_strategies(found, "pair", list(pair) if pair else [])
    sections = [
        _section(setting, used, reference, pair, f"-{number}" if len(found) > 1 else "")
        for number, setting in enumerate(found, start=1)
    ]
    (folder / "tables").mkdir(exist_ok=True)
    bodies = [_write_section(section, folder) for section in sections]
    runs.save_table(folder)
    command = _command(folder, prices, used, reference, pair)
    repriced = any(values - {getattr(used, key)} for key, values in configured.items())
    page = _page(folder, runs, sections, bodies, command, repriced)
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


# what is compared ------------------------------------------------------------------------------


def _configured(runs: Runs) -> tuple[dict[str, set[Any]], bool]:
    """For each price, the values that the runs' configurations give."""
    given = [run.config.get("prices") for run in runs.runs.values()]
    stated = [asdict(Prices.from_dict({k: v for k, v in p.items() if k != "_target_"}))
              for p in given if p]  # fmt: skip
    return {f.name: {p[f.name] for p in stated} for f in fields(Prices)}, bool(stated)


def _prices(
    prices: Prices | Mapping[str, Any] | None, configured: dict[str, set[Any]], stated: bool
) -> Prices:
    if isinstance(prices, Prices):
        return prices
    given = dict(prices or {})
    Prices.from_dict(given)
    for key, values in configured.items():
        if key not in given and len(values) > 1:
            listed = ", ".join(sorted(map(str, values)))
            raise ValueError(
                f"prices.{key}: the runs disagree ({listed}); say which to use, as in "
                f"--prices {key}={sorted(map(str, values))[0]}"
            )
    base = {key: next(iter(values)) for key, values in configured.items() if len(values) == 1}
    return replace(Prices(**base) if stated else Prices(), **given)


def _check_strategies(found: Sequence[Setting], key: str, names: Sequence[str]) -> None:
    known = list(dict.fromkeys(name for setting in found for name in setting.runs))
    for name in names:
        if name not in known:
            raise ValueError(f"{key}: {unknown('strategy', name, known)}")


def _section(
    setting: Setting,
    prices: Prices,
    reference: str | None,
    pair: tuple[str, str] | None,
    suffix: str,
) -> Section:
    if reference not in setting.runs:
        first = next(iter(setting.runs))
        reference = most_retrained(priced(setting, prices, first))
    assert reference is not None
    table = priced(setting, prices, reference)
    run = next(iter(setting.runs[reference].values()))
    score, loss = SCORES[run.info["loss"]]
    ticks = run.ticks[run.ticks["slice"] == "all"]
    width = figures.bin_width(len(ticks))
    words = figures.Words(
        score, loss, prices.currency, run.info["timed"], _point(ticks, width),
        max(len(by_seed) for by_seed in setting.runs.values()),
    )  # fmt: skip
    section = Section(setting, prices, reference, ("", ""), table, words, suffix)
    if pair is not None and set(pair) <= set(setting.runs):
        section.pair = pair
    else:
        other = section.cheapest
        if other == reference:
            other = least_retrained(table)
        section.pair = (other, reference)
    return section


def _point(ticks: pd.DataFrame, width: int) -> str:
    """What a bin is, in words: ticks, their length and number of events."""
    count = "1 tick" if width == 1 else f"{width} ticks"
    events = ticks["n"].groupby(ticks["tick"].to_numpy() // width).sum().iloc[:-1]
    if len(events) == 0:
        return count
    about = "" if events.min() == events.max() else "about "
    return f"{count}, {about}{amount(round(events.mean()))} events"


# one setting -----------------------------------------------------------------------------------


def _write_section(section: Section, folder: Path) -> str:
    """Write the figures and tables of a setting; give its part of the page."""
    suffix = section.suffix
    parts = []
    for name, figure, caption in _figures(section, folder / "tables"):
        svg = figures.save(figure, folder / "figures", f"{name}{suffix}")
        parts.append(_figure_html(svg, folder / "figures", f"{name}{suffix}", caption))
    table = tidy(section.summary, section.pareto, section.reference, section.setting.name)
    table.to_csv(folder / "tables" / f"strategies{suffix}.csv", index=False)
    words = section.words
    headings = columns(words.score, words.loss, words.currency)
    html = html_table(
        section.summary, section.order, headings, section.pareto, section.badges()
    )  # fmt: skip
    interval = "with 95% intervals (Student's t over seeds)" if words.seeds > 1 else "of one seed"
    parts.append(
        f"<h3>All strategies</h3><p>Means {interval}, cheapest first; click a heading to sort. "
        f"Opportunity cost and cost difference are against {escape(section.reference)}, seed by "
        "seed. The initial training is in none of the costs. "
        f"As CSV: <code>tables/strategies{suffix}.csv</code>.</p>{html}"
    )
    return "".join(parts)


def _figures(section: Section, tables: Path) -> list[tuple[str, Any, str]]:
    setting, words = section.setting, section.words
    shown = section.shown()
    looks = dict(zip(shown, figures.LOOKS, strict=False))
    badges = section.badges()
    captions = {n: f"{n} ({badges[n]})" if n in badges else n for n in shown}
    reference_run = next(iter(setting.runs[section.reference].values()))
    n_ticks = int((reference_run.ticks["slice"] == "all").sum())
    width = figures.bin_width(n_ticks)
    rest = [name for name in section.order if name not in shown]
    curves = {name: score_over_time(setting.runs[name], width) for name in [*shown, *rest[:PANELS]]}
    pd.concat(curves, names=["strategy", None]).reset_index(level=0).to_csv(
        tables / f"over_time{section.suffix}.csv", index=False
    )
    drifts = _drifts(setting)
    band = f" Bands: {words.spread}." if words.bands else ""
    seed, marks = _marks(section, [*shown, *rest][:STRIP])
    found = [
        (
            "accuracy_over_time",
            figures.accuracy_over_time(
                {n: curves[n] for n in shown}, looks, captions, drifts, marks, words, seed
            ),
            f"{_capital(words.score)} over time. One point: {words.point}, mean over seeds.{band} "
            "The strip shows when a new model began to serve.",
        )
    ]
    if rest:
        left_out = f" The first {PANELS} by total cost." if len(rest) > PANELS else ""
        found.append(
            (
                "accuracy_each",
                figures.small_multiples(
                    {n: curves[n] for n in rest[:PANELS]},
                    (section.reference, curves[section.reference]), drifts, words,
                ),
                f"The other strategies beside {section.reference}.{band}{left_out}",
            )
        )  # fmt: skip
    found.append(
        (
            "accuracy_cost",
            figures.accuracy_cost(_points(section), looks, words, _slope(section)),
            f"{_capital(words.score)} against the cost of upkeep; up and left is better. Bold: "
            "cheapest in total. Filled: on the Pareto frontier, so no other strategy is as cheap "
            "and as good. Strategies under the dotted line cost more in total than the cheapest."
            + (
                f" Whiskers: {words.spread}; they hold what differs between seeds and is common to "
                "all strategies, so paired differences are surer."
                if words.spread
                else ""
            )
            + (
                " Other names and intervals are in the table."
                if len(section.order) > figures.NAMED
                else ""
            ),
        )
    )
    if len(section.order) > 1:
        found += _opportunity(section, width, tables)
    found.append(
        (
            "total_cost",
            figures.total_cost(_cost_parts(section), _ordered(section, "total"), words),
            f"Total cost of the replay, split into what is paid for ({words.currency}).",
        )
    )
    return found


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _drifts(setting: Setting) -> list[dict[str, Any]]:
    """Drifts of all seeds that touch the time that was served."""
    found = set()
    for by_seed in setting.runs.values():
        for run in by_seed.values():
            begin = _clock(run.ticks["start"], run.info["timed"]).min()
            finish = _clock(run.ticks["end"], run.info["timed"]).max()
            found |= {
                (d["start"], d["end"], d["kind"])
                for d in run.info["drifts"]
                if d["end"] >= begin and d["start"] <= finish
            }
    return [{"kind": kind, "start": start, "end": end} for start, end, kind in sorted(found)]


def _clock(times: pd.Series, timed: bool) -> np.ndarray:
    values = times.to_numpy()
    return (values.astype("datetime64[us]") if timed else values).astype("int64")


def _marks(section: Section, names: Sequence[str]) -> tuple[int, dict[str, tuple[Any, Any]]]:
    """When models were deployed and challengers rejected, in the runs of one seed."""
    seeds = [set(section.setting.runs[name]) for name in names]
    seed = min(set.intersection(*seeds) or set.union(*seeds))
    marks = {}
    for name in names:
        run = section.setting.runs[name].get(seed)
        if run is None:
            continue
        events = run.events
        rejected = (events["kind"] == "offline_test") & ~events["accepted"].fillna(True).astype(
            bool
        )
        deployed = events["kind"] == "deploy"
        marks[name] = (events["time"][deployed].to_numpy(), events["time"][rejected].to_numpy())
    return seed, marks


def _points(section: Section) -> pd.DataFrame:
    cost, score = section.interval("upkeep"), section.interval("score")
    points = pd.DataFrame(
        {
            "cost": cost["mean"], "cost_low": cost["low"], "cost_high": cost["high"],
            "score": score["mean"], "score_low": score["low"], "score_high": score["high"],
        }
    )  # fmt: skip
    points["pareto"] = points.index.isin(section.pareto)
    points["cheapest"] = points.index == section.cheapest
    return points.loc[section.order].dropna(subset=["cost", "score"])


def _slope(section: Section) -> float:
    """Score worth one unit of money: one unit of loss spread over the events that count."""
    run = next(iter(section.setting.runs[section.cheapest].values()))
    counted = section.interval("n" if run.info["unanswered"] == "wrong" else "answered")["mean"]
    worth = section.prices.error * float(counted.to_dict()[section.cheapest])
    return 1.0 / worth if worth > 0 else math.nan


def _opportunity(
    section: Section, width: int, tables: Path
) -> list[tuple[str, figures.Figure, str]]:
    a, b = section.pair
    of_a, of_b = section.setting.runs[a], section.setting.runs[b]
    pairs = [
        (of_a[seed].ticks, of_b[seed].ticks)
        for seed in of_a
        if seed in of_b and same_events(of_a[seed].ticks, of_b[seed].ticks)
    ]
    bars = section.interval("opportunity")
    bars["money"] = section.interval("opportunity_money")["mean"]
    bars = bars.drop(section.reference).dropna(subset=["mean"]).sort_values("mean")
    if not pairs or len(bars) == 0:
        return []
    few = [name for name in section.order if name in bars.index][:BARS]
    left_out = f" ({BARS} strategies, by total cost)" if len(few) < len(bars) else ""
    bars = bars.loc[[name for name in bars.index if name in few]]
    curve = mean_curve(pairs, width)
    curve.to_csv(tables / f"opportunity{section.suffix}.csv", index=False)
    total = mean_interval(
        [(x["loss"] - y["loss"])[x["slice"].eq("all")].sum() for x, y in pairs]
    )  # fmt: skip
    events = float(curve["events_end"].iloc[-1])
    figure = figures.opportunity(
        curve, (a, b), total, bars, section.reference, section.words, 1.0 / events,
        section.words.point,
    )  # fmt: skip
    return [
        (
            "opportunity_cost", figure,
            f"Opportunity cost. Left: mean loss per event of {a} (A) and {b} (B), mean over "
            f"{_seeds(len(pairs))}; the area where A is worse minus the area where it is better is "
            f"the opportunity cost OC(A|B) = {_with_interval(total)} {section.words.loss}. It is "
            "exact: the axis counts events, and the curves are means over whole ticks, not "
            "smoothed. (Each of the two areas by itself depends on how many ticks a step spans.) "
            f"Right: every strategy{left_out} against {section.reference}, in "
            f"{section.words.loss}, per event (upper axis) and in {section.words.currency}"
            + (f"; whiskers: {section.words.spread}, paired." if section.words.spread else "."),
        )
    ]  # fmt: skip


def _cost_parts(section: Section) -> pd.DataFrame:
    prices, means = section.prices, section.means.loc[section.order]
    parts = pd.DataFrame(
        {
            section.words.loss: means["error_cost"],
            "retrainings": prices.retraining * means["retrainings"],
            "rows trained": prices.row * means["rows_trained"],
            "labels": prices.label * means["labels"],
        }
    )
    return parts.loc[:, (parts != 0).any() | (parts.columns == section.words.loss)]


def _ordered(section: Section, quantity: str) -> pd.DataFrame:
    return section.interval(quantity).loc[section.order]


# the page --------------------------------------------------------------------------------------


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def _with_interval(value: Interval) -> str:
    if math.isnan(value.low):
        return amount(value.mean)
    return f"{amount(value.mean)} (95% interval {amount(value.low)} to {amount(value.high)})"


def _verdict(section: Section) -> str:
    """Two sentences: who is cheapest, and by how much against the reference."""
    cheapest, reference, currency = section.cheapest, section.reference, section.words.currency
    by_seed = section.table.groupby("seed")[["n", "answered"]].nunique()
    if (by_seed > 1).any(axis=None):
        return (
            "<p class=verdict>No strategy is named the cheapest: they did not serve and answer the "
            "same events, so their totals cannot be compared. Events without a prediction cost "
            "nothing unless <code>unanswered=wrong</code>.</p>"
        )
    total = Interval(*section.interval("total").loc[cheapest].to_numpy(float))
    counts = section.table["strategy"].value_counts()
    first = (
        f"At these prices <strong>{escape(cheapest)}</strong> is the cheapest of "
        f"{len(section.order)} strategies in total: {_with_interval(total)} {escape(currency)} for "
        f"the whole replay, mean over {_seeds(int(counts[cheapest]))}."
    )
    if len(section.order) == 1:
        return f"<p class=verdict>{first} There is no other strategy to compare it with.</p>"
    if cheapest == reference:
        other = section.order[1]
        saved = paired_difference(section.table, "total", other, reference)
        lead = f"It is the reference itself; the next, <strong>{escape(other)}</strong>, costs"
        end = "more"
    else:
        saved = paired_difference(section.table, "total", reference, cheapest)
        lead = f"Against the reference, <strong>{escape(reference)}</strong>, it saves"
        end = ""
    doubt = ""
    if saved.low <= 0 <= saved.high:
        doubt = "; the interval holds 0, so these runs do not tell the two apart"
    second = f"{lead} {_with_interval(saved)} {escape(currency)} {end}".strip() + f"{doubt}."
    return f"<p class=verdict>{first} {second}</p>"


def _ties(section: Section) -> list[str]:
    """Strategies whose total cost may be that of the cheapest, but for the reference."""
    found = []
    for name in section.order:
        if name not in (section.cheapest, section.reference):
            more = paired_difference(section.table, "total", name, section.cheapest)
            if more.low <= 0 <= more.high:
                found.append(name)
    return found


def _notes(section: Section) -> str:
    """What a reader must know before believing the numbers."""
    notes = []
    table = section.table
    ties = _ties(section)
    if ties:
        listed = ", ".join(f"<strong>{escape(name)}</strong>" for name in ties)
        notes.append(
            f"These runs do not tell the cheapest apart from {listed}: the 95% interval of the "
            "difference in total cost, seed by seed, holds 0."
        )
    if len({tuple(by_seed) for by_seed in section.setting.runs.values()}) > 1:
        notes.append(
            "Not every strategy has every seed: means are over the seeds that each has, so they "
            "are not all of the same worlds. Differences use the seeds that both have."
        )
    if section.words.seeds == 1:
        notes.append("There is one seed, so no interval can be given.")
    if table.groupby("seed")["answered"].nunique().max() > 1:
        notes.append(
            "Strategies left different numbers of events without a prediction. Under "
            "<code>unanswered=skip</code> such events cost nothing, which flatters strategies "
            "that answer less."
        )
    if table["opportunity"].isna().any():
        notes.append(
            "Some runs have no counterpart of the reference with the same seed and events; they "
            "have no opportunity cost."
        )
    return "".join(f"<p class=note>{note}</p>" for note in notes)


def _figure_html(svg: str, folder: Path, name: str, caption: str) -> str:
    if len(svg) > SVG_LIMIT:
        data = base64.b64encode((folder / f"{name}.png").read_bytes()).decode()
        image = f'<img class="bitmap" alt="{escape(caption)}" src="data:image/png;base64,{data}">'
    else:
        image = svg.replace("<svg ", f'<svg role="img" aria-label="{escape(caption)}" ', 1)
    return (
        f'<figure><div class="scroll">{image}</div><figcaption>{escape(caption)} '
        f"<code>figures/{name}.pdf</code></figcaption></figure>"
    )


def _command(
    folder: Path,
    given: Prices | Mapping[str, Any] | None,
    used: Prices,
    reference: str | None,
    pair: tuple[str, str] | None,
) -> str:
    words = ["clsim-report", str(folder)]
    if given:
        changed = asdict(used) if isinstance(given, Prices) else dict(given)
        words += ["--prices", *(f"{key}={value}" for key, value in changed.items())]
    if reference:
        words += ["--reference", reference]
    if pair:
        words += ["--pair", *pair]
    return shlex.join(words)


def _sweep_command(folder: Path) -> str | None:
    """The command of a Hydra sweep, from the file that Hydra leaves in its folder."""
    path = folder / "multirun.yaml"
    if not path.exists():
        return None
    hydra = yaml.safe_load(path.read_text(encoding="utf-8")).get("hydra", {})
    overrides = hydra.get("overrides", {}).get("task") or []
    return shlex.join(["clsim", "-m", *map(str, overrides)])


def _reproduce(folder: Path, runs: Runs, sections: Sequence[Section], command: str) -> str:
    infos = [run.info for run in runs.runs.values()]
    seeds = sorted({info["seed"] for info in infos})
    names = sorted({str(r.config["name"]) for r in runs.runs.values() if r.config.get("name")})
    libraries = sorted({tuple(info.get("versions", {}).items()) for info in infos})
    sweep = _sweep_command(folder)
    prices = asdict(sections[0].prices)
    items = [
        ("This report", f"<code>{escape(command)}</code>"),
        *([("The last sweep", f"<code>{escape(sweep)}</code>")] if sweep else []),
        *([("Experiment", escape(", ".join(names)))] if names else []),
        ("Runs", f"{len(infos)} finished, {len(runs.unfinished)} unfinished; the resolved "
                 "configuration of each is in <code>&lt;run id&gt;/config.yaml</code>"),
        ("Seeds", escape(", ".join(map(str, seeds)))),
        ("Prices", escape(", ".join(f"{key} {value}" for key, value in prices.items()))),
        *(("Versions of the runs", escape(", ".join(f"{k} {v}" for k, v in found)))
          for found in libraries),
        ("Versions of the report", escape(", ".join(f"{k} {v}" for k, v in versions().items()))),
    ]  # fmt: skip
    listed = "".join(f"<dt>{term}</dt><dd>{text}</dd>" for term, text in items)
    configs = "".join(_config_html(s.setting) for s in sections if s.setting.config)
    return f"<h2>How to reproduce</h2><dl>{listed}</dl>{configs}"


def _config_html(setting: Setting) -> str:
    title = f"Configuration: {setting.name}" if setting.name else "Configuration"
    text = yaml.safe_dump(setting.config, sort_keys=False)
    return f"<details><summary>{escape(title)}</summary><pre>{escape(text)}</pre></details>"


def _page(
    folder: Path,
    runs: Runs,
    sections: Sequence[Section],
    bodies: Sequence[str],
    command: str,
    repriced: bool,
) -> str:
    several = len(sections) > 1
    names = sorted({str(r.config["name"]) for r in runs.runs.values() if r.config.get("name")})
    title = f"Retraining strategies: {', '.join(names) or folder.resolve().name}"
    parts = [f"<h1>{escape(title)}</h1>"]
    for section in sections:
        if several:
            parts.append(f"<h3>{escape(section.setting.name)}</h3>")
        parts.append(_verdict(section) + _notes(section))
    if repriced:
        parts.append(
            "<p class=note>Prices were changed after the replay. Strategies that decide by prices "
            "keep the decisions that they took.</p>"
        )
    if runs.unfinished:
        listed = ", ".join(f"<code>{escape(name)}</code>" for name in runs.unfinished)
        parts.append(
            f"<p class=note>Left out, since not finished: {listed}. Run the sweep again to "
            "complete them.</p>"
        )
    for section, body in zip(sections, bodies, strict=True):
        heading = escape(section.setting.name) if several else "Figures"
        parts.append(f"<section><h2>{heading}</h2>{body}</section>")
    parts.append(_reproduce(folder, runs, sections, command))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>{''.join(parts)}</main><script>{SCRIPT}</script></body></html>\n"
    )


STYLE = """
:root { color-scheme: light dark; --ink: #1b1b1d; --paper: #fff; --faint: #6a6a70;
  --line: #d8d8dc; --tint: #f4f4f6; --blue: #0072b2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6ea; --paper: #141416; --faint: #9c9ca4;
  --line: #38383e; --tint: #1e1e22; --blue: #4ba3dc; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 62rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.2rem; margin-top: 2.5rem; }
h3 { font-size: 1rem; margin: 2rem 0 .3rem; }
h1, h2, h3, p, dd, figcaption { overflow-wrap: anywhere; }
.verdict { font-size: 1.1rem; max-width: 46rem; }
.note { border-left: 3px solid #E69F00; padding: .2rem .8rem; color: var(--faint);
  max-width: 46rem; }
figure { margin: 2rem 0; } figcaption { color: var(--faint); font-size: .875rem; max-width: 46rem;
  margin-top: .5rem; }
.scroll { overflow-x: auto; }
figure svg, figure img { display: block; width: 100%; height: auto; min-width: 36rem; }
figure svg.narrow, figure img.narrow { max-width: 30rem; min-width: 22rem; }
figure svg { color: var(--ink); } .bitmap { background: #fff; }
table { border-collapse: collapse; font-size: .8125rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .6rem; text-align: right; vertical-align: top; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
thead th { white-space: normal; vertical-align: bottom; min-width: 5.2rem; }
th:first-child { text-align: left; position: sticky; left: 0; background: var(--paper);
  min-width: 8.5rem; max-width: 14rem; white-space: normal; }
small { color: var(--faint); font-weight: normal; }
tbody th small { display: block; }
button { font: inherit; font-weight: 600; color: inherit; background: none; border: 0; padding: 0;
  text-align: inherit; cursor: pointer; }
th[aria-sort=ascending] button::after { content: " \\2191"; }
th[aria-sort=descending] button::after { content: " \\2193"; }
dt { font-weight: 600; margin-top: .6rem; } dd { margin: 0; }
code, pre { font-size: .85em; background: var(--tint); border-radius: 3px; padding: .1em .3em; }
pre { padding: .8rem; overflow-x: auto; }
@media print { .scroll { overflow: visible; } }
"""

SCRIPT = """
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => head.firstChild.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    heads.forEach(other => other.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = row => row.cells[column].dataset.v;
    const order = (a, b) => {
      if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
      const found = column === 0
        ? key(a).localeCompare(key(b), undefined, { numeric: true }) : key(a) - key(b);
      return up ? found : -found;
    };
    body.append(...[...body.rows].sort(order));
  }));
}
"""
