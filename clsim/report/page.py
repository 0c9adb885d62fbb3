"""The report of a sweep: figures, tables and one page that needs nothing else."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from clsim.analysis.comparison import Setting, settings
from clsim.analysis.counterfactual import Counterfactual
from clsim.analysis.waiting import cost_of_waiting
from clsim.files import read_yaml
from clsim.ledger import Prices
from clsim.reading import load
from clsim.report import cite
from clsim.report.figures.style import COLUMN, FULL, save
from clsim.report.parts import of_all, of_section
from clsim.report.parts.hindsight import covered, table_paths
from clsim.report.parts.part import Drawing, Part
from clsim.report.parts.verdict import notes, verdict
from clsim.report.section import Section, check_strategies, make_section
from clsim.runs import Runs, versions

SVG_LIMIT = 1_500_000
"""Characters of an SVG above which the page holds a bitmap instead."""

FAMILY = ("seed", "dataset", "duration", "holdout")
"""Of two tables that agree in these, a setting needs one."""


def write_report(
    directory: str | Path,
    prices: Prices | Mapping[str, Any] | None = None,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
    counterfactual: str | Path | None = None,
) -> Path:
    """Write figures, tables and one self-contained page for the runs of a sweep folder.

    Nothing is replayed. Unfinished and damaged runs are listed and left out.

    Parameters
    ----------
    directory : path
        A folder of run folders. Written into it: ``report.html``, ``runs.parquet``,
        ``figures/*.pdf`` and ``*.png`` (``-column``: as wide as one column of a paper),
        ``tables/*.csv``, ``*.tex`` and ``methods.bib``.
    prices : Prices, mapping or None, default=None
        None: those in the runs' configurations. A mapping overrides some of them.
    reference : str or None, default=None
        Strategy against which opportunity costs are measured. None: the one with the most
        retrainings.
    pair : (str, str) or None, default=None
        Strategies A and B whose loss curves are compared. None: the chosen one and the
        reference.
    counterfactual : path or None, default=None
        A saved counterfactual table, or a folder of them. None: ``counterfactual`` in the sweep
        folder, if it is there.

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
    runs, sections, said = read(folder, prices, reference, pair, counterfactual)
    for name in ("figures", "tables"):  # what an earlier report left is of other prices
        (folder / name).mkdir(exist_ok=True)
        for file in (folder / name).iterdir():
            file.unlink()
    parts = [of_section(section) for section in sections]
    together = of_all(sections)
    if len(sections) == 1:  # then the table of all strategies comes last
        *first, last = parts[0]
        parts, together = [[*first, *together, last]], []
    bodies = [
        "".join(_write_part(part, section.suffix, folder) for part in found)
        for section, found in zip(sections, parts, strict=True)
    ]
    bodies.append("".join(_write_part(part, "", folder) for part in together))
    runs.save_table(folder)
    used = methods([*parts, together])
    bib = cite.bibtex(used)
    (folder / "tables" / "methods.bib").write_text(bib, encoding="utf-8")
    command = _command(folder, prices, sections[0].prices, reference, pair, counterfactual)
    page = _page(folder, runs, sections, bodies, [*cite.ALWAYS, *used], command, said)
    path = folder / "report.html"
    path.write_text(page, encoding="utf-8")
    return path


def read(
    folder: Path,
    prices: Prices | Mapping[str, Any] | None = None,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
    counterfactual: str | Path | None = None,
) -> tuple[Runs, list[Section], list[str]]:
    """The runs of a sweep folder, what the report says of each setting, and notes on the whole.

    Parameters and errors are those of `write_report`.
    """
    runs = load(folder)
    if not isinstance(runs, Runs):
        raise ValueError(f"{str(folder)!r}: this is one run; give the sweep folder that holds it")
    configured, stated = _configured(runs)
    used = _prices(prices, configured, stated)
    found = settings(runs)
    check_strategies(found, "reference", [reference] if reference else [])
    check_strategies(found, "pair", list(pair) if pair else [])
    sections = [
        make_section(setting, used, reference, pair, f"-{number}" if len(found) > 1 else "")
        for number, setting in enumerate(found, start=1)
    ]
    unused = _attach(sections, folder, counterfactual)
    waits = cost_of_waiting(runs, used)
    for section in sections:
        section.waiting = waits[waits["setting"] == section.setting.name]
    repriced = any(
        any(value != getattr(used, key) for value in values) for key, values in configured.items()
    )
    several = len(found) > 1
    said = [note for setting in found for note in _one_draw(setting)]
    if repriced:
        said.append(
            "Prices were changed after the replay. Strategies that decide by prices keep the "
            "decisions that they took."
        )
    if runs.unfinished:
        listed = ", ".join(f"<code>{escape(name)}</code>" for name in runs.unfinished)
        said.append(
            f"Left out, since not finished: {listed}. Run the sweep again to complete them."
        )
    said += [f"Damaged: {escape(reason)}." for reason in runs.damaged.values()]
    for section in sections:
        asked = any(
            run.config.get("hindsight")
            for by_seed in section.setting.runs.values()
            for run in by_seed.values()
        )
        if asked and not section.counterfactuals:
            said.append(
                f"Hindsight was asked for{f' ({escape(section.setting.name)})' * several}, and "
                "there is no table: no strategy trains from scratch on rows that depend on the "
                "tick alone, or the stream responds to what is served."
            )
    if used.by_class and any(section.counterfactuals for section in sections):
        said.append(
            "Hindsight is left out: its tables count units of loss, and errors are priced by "
            "class. Replay with <code>loss</code> as the matrix of prices to have both."
        )
    said += [f"A counterfactual table is left out: {escape(reason)}." for reason in unused]
    return runs, sections, said


def _one_draw(setting: Setting) -> list[str]:
    """What several seeds of one stream do not say."""
    if setting.repeated:
        listed, kept = ", ".join(map(str, setting.repeated)), _kept_seed(setting)
        return [
            f"Seeds left out: {listed}. On one recorded stream, with a learner that draws nothing, "
            f"they repeat seed {kept}."
        ]
    if setting.one_draw:
        return [
            "All seeds replay one and the same stream and differ in the learner alone: intervals "
            "say nothing of other streams."
        ]
    return []


def _kept_seed(setting: Setting) -> int:
    return next(seed for by_seed in setting.runs.values() for seed in by_seed)


def methods(parts: Sequence[Sequence[Part]]) -> list[str]:
    """Keys of the methods that these parts use, in the order of `clsim.report.cite`."""
    used = {key for found in parts for part in found for key in part.cites}
    return [key for key in cite.REFERENCES if key in used]


def _attach(sections: Sequence[Section], folder: Path, given: str | Path | None) -> list[str]:
    """Give each section the counterfactual tables that say what its runs served.

    Of tables that lie in the sweep folder, those that cannot be used are left out, with a note.
    """
    place = folder / "counterfactual" if given is None else Path(given)
    if given is None and not place.exists():
        return []
    left_out = []
    attached: list[tuple[int, str]] = []
    for path in table_paths(place):
        try:
            table = Counterfactual.load(path)
            counts = [covered(table, section.setting) for section in sections]
            if not any(counts):
                raise ValueError(
                    f"{str(path)!r}: this table of seed {table.setting.get('seed')} says of no run "
                    "what it served; make it with a run's stream, seed, delay, learner, dataset, "
                    "tick and warmup"
                )
            kind = repr([table.setting.get(key) for key in FAMILY])
            ranks = [
                (count, _agreement(table, sections[k].setting), -attached.count((k, kind)))
                for k, count in enumerate(counts)
            ]
            best = ranks.index(max(ranks))
            sections[best].counterfactuals.append(table)
            attached.append((best, kind))
        except ValueError as error:
            if given is not None:
                raise ValueError(f"counterfactual {error}") from error
            left_out.append(str(error))
    return left_out


def _agreement(table: Counterfactual, setting: Setting) -> int:
    """In how many keys a table was made as the runs of a setting: some change no number of it."""
    run = next(iter(next(iter(setting.runs.values())).values()))
    made = {
        "unanswered": run.info.get("unanswered"), "loss": run.info.get("loss"),
        "tick": run.config.get("tick"), "warmup": run.config.get("warmup"),
    }  # fmt: skip
    return sum(str(table.setting.get(key)) == str(value) for key, value in made.items())


# prices ----------------------------------------------------------------------------------------


def _configured(runs: Runs) -> tuple[dict[str, list[Any]], bool]:
    """For each price, the different values that the runs' configurations give."""
    given = [run.config.get("prices") for run in runs.runs.values()]
    stated = [asdict(Prices.from_dict({k: v for k, v in p.items() if k != "_target_"}))
              for p in given if p]  # fmt: skip
    different: dict[str, list[Any]] = {f.name: [] for f in fields(Prices)}
    for values in stated:
        for key, value in values.items():
            if value not in different[key]:
                different[key].append(value)
    return different, bool(stated)


def _prices(
    prices: Prices | Mapping[str, Any] | None, configured: dict[str, list[Any]], stated: bool
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
    base = {key: values[0] for key, values in configured.items() if len(values) == 1}
    return replace(Prices(**base) if stated else Prices(), **given)


# parts -----------------------------------------------------------------------------------------


def _write_part(part: Part, suffix: str, folder: Path) -> str:
    """Write the figures and tables of a part; give its HTML."""
    for name, frame in part.tables.items():
        frame.to_csv(folder / "tables" / f"{name}{suffix}.csv", index=False)
    for name, text in part.latex.items():
        (folder / "tables" / f"{name}{suffix}.tex").write_text(text, encoding="utf-8")
    drawn = "".join(_figure(drawing, suffix, folder / "figures") for drawing in part.drawings)
    return f"<section><h2>{escape(part.title)}</h2>{part.lead}{drawn}{part.html}</section>"


def _figure(drawing: Drawing, suffix: str, folder: Path) -> str:
    """Write a figure at both widths; the page shows the narrow one on a phone."""
    name = f"{drawing.name}{suffix}"
    wide = _image(save(drawing.draw(FULL), folder, name), folder, name, "wide", drawing.caption)
    column = f"{name}-column"
    narrow = _image(
        save(drawing.draw(COLUMN), folder, column), folder, column, "narrow", drawing.caption
    )  # fmt: skip
    return (
        f"<figure>{wide}{narrow}<figcaption>{escape(drawing.caption)} "
        f"<code>figures/{name}.pdf</code>, <code>figures/{column}.pdf</code></figcaption></figure>"
    )


def _image(svg: str, folder: Path, name: str, kind: str, caption: str) -> str:
    if len(svg) > SVG_LIMIT:
        data = base64.b64encode((folder / f"{name}.png").read_bytes()).decode()
        return (
            f'<img class="bitmap {kind}" alt="{escape(caption)}" '
            f'src="data:image/png;base64,{data}">'
        )
    return svg.replace(
        "<svg ", f'<svg class="{kind}" role="img" aria-label="{escape(caption)}" ', 1
    )  # fmt: skip


# the page --------------------------------------------------------------------------------------


def _command(
    folder: Path,
    given: Prices | Mapping[str, Any] | None,
    used: Prices,
    reference: str | None,
    pair: tuple[str, str] | None,
    counterfactual: str | Path | None,
) -> str:
    words = ["clsim-report", str(folder)]
    if given:
        changed = asdict(used) if isinstance(given, Prices) else dict(given)
        words += ["--prices", *(f"{k}={v}" for k, v in changed.items() if v is not None)]
    if reference:
        words += ["--reference", reference]
    if pair:
        words += ["--pair", *pair]
    if counterfactual:
        words += ["--counterfactual", str(counterfactual)]
    return shlex.join(words)


def _sweep_command(folder: Path) -> str | None:
    """The command of a Hydra sweep, from the file that Hydra leaves in its folder."""
    try:
        overrides = read_yaml(folder / "multirun.yaml")["hydra"]["overrides"]["task"]
        return shlex.join(["clsim", "-m", *map(str, overrides)])
    except (ValueError, TypeError, LookupError):  # Hydra's file is missing, or is something else
        return None


def _reproduce(
    folder: Path, runs: Runs, sections: Sequence[Section], used: Sequence[str], command: str
) -> str:
    infos = [run.info for run in runs.runs.values()]
    seeds = sorted({info["seed"] for info in infos})
    names = sorted({str(r.config["name"]) for r in runs.runs.values() if r.config.get("name")})
    libraries = sorted({tuple(info.get("versions", {}).items()) for info in infos})
    sweep = _sweep_command(folder)
    prices = {k: v for k, v in asdict(sections[0].prices).items() if v is not None}
    cited = "; ".join(f"{cite.REFERENCES[key][0]} ({key})" for key in used)
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
        ("To cite", f"{escape(cited)}; BibTeX in <code>tables/methods.bib</code>, or by "
                    "<code>clsim-report --cite</code>"),
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
    used: Sequence[str],
    command: str,
    said: Sequence[str],
) -> str:
    several = len(sections) > 1
    names = sorted({str(r.config["name"]) for r in runs.runs.values() if r.config.get("name")})
    title = f"Retraining strategies: {', '.join(names) or folder.resolve().name}"
    parts = [f"<h1>{escape(title)}</h1>"]
    if several:
        parts.append(
            f"<p class=note>The runs are of {len(sections)} settings (streams, delays, learners or "
            "versions). Only runs of one setting can be compared, so each has its own part.</p>"
        )
    for section in sections:
        if several:
            parts.append(f"<h3>{escape(section.setting.name)}</h3>")
        parts.append(verdict(section) + notes(section))
    parts += [f"<p class=note>{note}</p>" for note in said]
    *own, together = bodies
    for section, body in zip(sections, own, strict=True):
        heading = f"<h1>{escape(section.setting.name)}</h1>" if several else ""
        parts.append(f"<article>{heading}{body}</article>")
    heading = "<h1>All settings together</h1>" if several and together else ""
    parts.append(f"<article>{heading}{together}</article>")
    parts.append(_reproduce(folder, runs, sections, used, command))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_asset('page.css')}</style></head>\n"
        f"<body><main>{''.join(parts)}</main><script>{_asset('page.js')}</script></body></html>\n"
    )


def _asset(name: str) -> str:
    return (files("clsim.report") / "assets" / name).read_text(encoding="utf-8")
