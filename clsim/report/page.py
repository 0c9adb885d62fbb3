"""The report of a sweep: figures, tables and one page that needs nothing else."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from markupsafe import Markup

from clsim.analysis.compare.comparison import Setting, settings
from clsim.analysis.cost.waiting import cost_of_waiting
from clsim.analysis.findings.beside import other_sweeps
from clsim.analysis.findings.gather import check_strategies, complete
from clsim.analysis.findings.hindsight import attach
from clsim.analysis.findings.stated import (
    by_name,
    configured,
    prices_each,
    prices_of,
    swept,
)
from clsim.analysis.findings.suite import is_suite
from clsim.errors import check_choice
from clsim.hindsight.table import Counterfactual
from clsim.processes import Call, Submit, check_processes, processes
from clsim.report import cite
from clsim.report.body import Chapter, chapter, page_body
from clsim.report.document import document, write
from clsim.report.figures.style import signs_named_once
from clsim.report.folder import MEMO, PAGE, replacing
from clsim.report.markup import fold, joined
from clsim.report.memo import memo_page
from clsim.report.own_table import folder_of, look_up_runs, read_tables
from clsim.report.parts import besides, of_all
from clsim.report.parts.own_table import is_looked_up, source
from clsim.report.parts.part import Part
from clsim.report.pictures import Pictures, check_figures, selected
from clsim.report.priced import price_files
from clsim.report.restyled import PLAIN, Style, check_labels, read_style
from clsim.report.section import Section, make_section
from clsim.runs.files import read_yaml
from clsim.runs.gathered import gathered
from clsim.runs.ledger import Prices
from clsim.runs.names import slugs
from clsim.runs.reading import load_by
from clsim.runs.run import Runs, versions

REPRICED = Markup(
    "Prices were changed after the replay. Strategies that decide by prices keep the decisions "
    "that they took."
)

NO_TABLE = Markup(
    "Hindsight was asked for{}, and there is no table: no strategy trains from scratch on rows "
    "that depend on the tick alone, or the stream responds to what is served."
)

BY_CLASS = Markup(
    "Hindsight is left out: its tables count units of loss, and errors are priced by class. Replay "
    "with <code>loss</code> as the matrix of prices to have both."
)


def write_report(
    runs: Any,
    prices: Prices | Mapping[str, Any] | None = None,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
    counterfactual: str | Path | None = None,
    *,
    stakeholders: Sequence[str | Path] = (),
    memo: bool = False,
    style: Style | Mapping[str, Any] | str | Path | None = None,
    beside: Sequence[str | Path] = (),
    to: str | Path | None = None,
    n_jobs: int = -1,
    **table: Any,
) -> Path:
    """Write figures, tables and one self-contained page for a sweep, for runs, or for a table.

    Nothing is replayed. Of a table, a few schedules are looked up and compared as runs would be;
    what needs runs is left out, and the page says why. Unfinished and damaged runs are listed and
    left out. Files of an earlier report are replaced when all new ones are there, and removed
    where they are no longer needed; other files are left alone (see `clsim.report.folder`).

    Parameters
    ----------
    runs : path, Run, Runs, mapping or sequence
        A folder of run folders. Or runs as one has them in Python, ``{strategy: run}`` or several
        of those, as `clsim.runs.gathered.gathered` takes them. Written: ``report.html``,
        ``runs.parquet``, ``figures/*.pdf`` and ``*.png`` (with a style that has a width also
        ``*-column``, as wide as that), ``tables/*.csv``, ``*.tex``, ``*.md`` (of a suite) and
        ``methods.bib``. Or a file with a table: what `clsim.Counterfactual.from_frame` reads, or a
        saved one.
    prices : Prices, mapping or None, default=None
        None: those in the runs' configurations. A mapping overrides some of them.
    reference : str or None, default=None
        Strategy against which opportunity costs are measured. None: what runs today
        (`clsim.strategy.AsServed`), if it is there; else the one with the most retrainings.
    pair : (str, str) or None, default=None
        Strategies A and B whose loss curves are compared. None: the chosen one and the
        reference.
    counterfactual : path or None, default=None
        A saved counterfactual table, or a folder of them. None: ``counterfactual`` in the sweep
        folder, if it is there.
    stakeholders : sequence of path, default=()
        Files of prices, YAML, one for each of several stakeholders; ``prices`` override some of
        all. The page has a column for each, and is otherwise at the prices of the first.
    memo : bool, default=False
        Whether to write ``memo.html`` too: one page to print, with the four answers.
    style : path, mapping, Style or None, default=None
        What figures are to look like: a file of YAML with the keys of
        `clsim.report.restyled.Style`. It renames, orders, colours, selects and labels.
    beside : sequence of path, default=()
        Folders of other sweeps: of each, the difference from this one, paired by seed, and which
        runs have no partner (`clsim.analysis.beside`). Nothing is written into them.
    to : path or None, default=None
        The folder into which all is written. None: the sweep's own; of a table a folder beside it,
        with its name. Runs out of Python need one.
    n_jobs : int, default=-1
        Processes that draw figures; -1: as many as there are cores. Nothing depends on it.
    **table
        ``loss``, ``tick``, ``largest_age`` and ``unanswered`` of a table, as for
        `clsim.Counterfactual.from_frame`.

    Returns
    -------
    pathlib.Path
        Of ``report.html``, or of the memo if that was asked for.

    Raises
    ------
    ValueError
        If the folder holds no finished runs, a price, strategy or key of the style does not exist,
        the runs disagree on prices, or a link or a file that clsim did not write is in the way.
        Then nothing has changed.

    Examples
    --------
    >>> import clsim, tempfile
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> never = {"never": clsim.Strategy(clsim.strategy.triggers.Never())}
    >>> runs = clsim.replay(Synthetic(Sine(), n=600), never, learner=GaussianNB(), tick=100,
    ...                     warmup=200)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = write_report(runs, to=folder, prices={"retraining": 50}, n_jobs=1)
    >>> path.name
    'report.html'
    """
    check_processes(n_jobs)
    place = Path(runs) if isinstance(runs, (str, Path)) else None
    folder, look = _folder(place, to), read_style(style)
    with processes(n_jobs, __name__) as submit, _bar() as bar:
        others = {name: list(map(look.renamed, own)) for name, own in other_sweeps(beside).items()}
        runs, sections, said = read(
            place or gathered(runs), prices, reference, pair, counterfactual,
            stakeholders=stakeholders, style=look, submit=submit, **table
        )  # fmt: skip
        folder.mkdir(exist_ok=True, parents=True)
        title = title_of(folder, runs)
        command = _command(
            place, prices, sections[0].prices, reference, pair, counterfactual, stakeholders,
            table, style, beside,
        )  # fmt: skip
        with replacing(folder) as draft, signs_named_once():
            pictures = Pictures(draft, look, submit)
            chapters, together = _chapters(sections, others, pictures, bar)
            if memo:
                write(draft / MEMO, memo_page(title, sections, command))
            if not is_looked_up(sections[0]):
                runs.save_table(draft)
            used = methods([*(own.parts for own in chapters), together])
            write(draft / "tables" / "methods.bib", cite.bibtex(used))
            check_labels(look, pictures.finish(bar))
            made = _reproduce(folder, runs, sections, [*cite.ALWAYS, *used], command)
            body = page_body(title, sections, chapters, together, said, pictures)
            write(draft / PAGE, document(title, body + made))
    return folder / (MEMO if memo else PAGE)


def _bar() -> Any:
    """A bar on a terminal, whose steps are settings and figures."""
    from tqdm import tqdm

    return tqdm(total=0, desc="clsim-report: reading", file=sys.stderr, disable=None, leave=False)


def _chapters(
    sections: Sequence[Section],
    others: Mapping[str, Sequence[Setting]],
    pictures: Pictures,
    bar: Any,
) -> tuple[list[Chapter], list[Part]]:
    """What is said of each setting, and the parts of all together; figures are asked for."""

    every: list[Part] = []

    def asked(suffix: str, parts: Iterable[Part]) -> list[Part]:
        kept = []
        for part in parts:
            every.append(part)
            kept.append(selected(pictures.style, part))
            pictures.ask(kept[-1], suffix)
        return kept

    bar.set_description("clsim-report: settings")
    bar.total += len(sections)
    if len(sections) > 1 and is_suite([section.setting for section in sections]):
        return [], asked("", of_all(sections))
    if len(sections) == 1:  # then figures are drawn while the next ones are thought of
        chapters = [chapter(sections[0], partial(asked, ""))]
        own = [*of_all(sections), *besides(sections, others)]
    else:
        coming = [Call(pictures.submit, chapter, section) for section in sections]
        own, chapters = [*of_all(sections), *besides(sections, others)], []
        for section, one in reversed(list(zip(sections, coming, strict=True))):
            found = one.answer
            chapters.insert(0, Chapter(found.lead, asked(section.suffix, found.parts)))
            bar.update()
    together = asked("", own)
    check_figures(pictures.style, every)
    if len(sections) == 1:  # then the table of all strategies comes last
        *first, last = chapters[0].parts
        chapters, together = [Chapter(chapters[0].lead, [*first, *together, last])], []
    return chapters, together


def _folder(place: Path | None, to: str | Path | None) -> Path:
    """Where a report is written."""
    if to is not None:
        if Path(to).is_file():
            raise ValueError(f"to={str(to)!r}: a file, where the folder of a report is to be")
        return Path(to)
    if place is None:
        raise ValueError("to: runs out of Python have no folder; say where to, as to='report'")
    return folder_of(place) if place.is_file() else place


def read(
    place: Path | Runs,
    prices: Prices | Mapping[str, Any] | None = None,
    reference: str | None = None,
    pair: tuple[str, str] | None = None,
    counterfactual: str | Path | None = None,
    *,
    stakeholders: Sequence[str | Path] = (),
    style: Style = PLAIN,
    submit: Submit | None = None,
    **table: Any,
) -> tuple[Runs, list[Section], list[Markup]]:
    """The runs of a sweep folder, what the report says of each setting, and notes on the whole.

    Parameters and errors are those of `write_report`; ``submit`` hands calls to other processes.
    """
    files = price_files(stakeholders)
    runs, tables = _runs_of(place, _priced_each(files, prices), counterfactual, table, submit)
    by_file = {name: prices_of(runs, {**one, **by_name(prices)}) for name, one in files.items()}
    every = settings(runs)
    used = (
        [next(iter(by_file.values()))] * len(every) if by_file else prices_each(every, runs, prices)
    )
    check_strategies(every, "reference", [reference] if reference else [])
    check_strategies(every, "pair", list(pair) if pair else [])
    style.check(every)
    every = list(map(style.renamed, every))
    reference = style.called(reference) if reference else None
    pair = (style.called(pair[0]), style.called(pair[1])) if pair else None
    suffixes = [f"-{slug}" for slug in slugs([setting.name for setting in every])]
    sections = [
        make_section(setting, own, reference, pair, suffix if len(every) > 1 else "", style)
        for setting, own, suffix in zip(every, used, suffixes, strict=True)
    ]
    unused = [] if tables else attach(sections, place, counterfactual)
    sections[0].counterfactuals += tables
    waits = cost_of_waiting(runs, used[0])
    waits["setting"], waits["strategy"] = (
        waits["setting"].map(style.called_setting), waits["strategy"].map(style.called),
    )  # fmt: skip
    complete(sections, waits)
    for section in sections:
        section.stakeholders = by_file
        section.swept = {} if is_suite(every) else swept(runs, section.prices)
    repriced = any(
        any(value != getattr(used[0], key) for value in values)
        for key, values in configured(runs)[0].items()
    )
    if is_suite(every):
        repriced = bool(by_name(prices) or by_file)
    notes = [note for setting in every for note in _one_draw(setting)]
    if repriced:
        notes.append(REPRICED)
    notes += _left_out(runs)
    notes += _without_hindsight(sections)
    notes += [Markup("A counterfactual table is left out: {}.").format(why) for why in unused]
    return runs, sections, notes


def _runs_of(
    place: Path | Runs,
    prices: Sequence[Prices],
    counterfactual: Any,
    table: Mapping[str, Any],
    submit: Submit | None,
) -> tuple[Runs, list[Counterfactual]]:
    """The runs of a sweep folder; or those that the tables of a file stand for, and the tables."""
    given = {key: value for key, value in table.items() if value is not None}
    for key in given:
        check_choice("write_report", key, ("loss", "tick", "largest_age", "unanswered"))
    if isinstance(place, Runs):
        if given:
            raise ValueError(f"{next(iter(given))}: is said of a table, and runs are none")
        return place, []
    if place.is_file():
        if counterfactual is not None:
            raise ValueError(f"counterfactual={str(counterfactual)!r}: {place} is a table itself")
        tables = read_tables(place, given)
        return look_up_runs(folder_of(place).name, tables, prices), tables
    if given:
        raise ValueError(f"{next(iter(given))}: is said of a table, and {str(place)!r} is none")
    runs = load_by(submit, place)
    if not isinstance(runs, Runs):
        raise ValueError(f"{str(place)!r}: this is one run; give the sweep folder that holds it")
    return runs, []


def _priced_each(
    files: Mapping[str, Mapping[str, Any]], prices: Prices | Mapping[str, Any] | None
) -> list[Prices]:
    """The prices of each stakeholder, or of the one there is, where no run has its own."""
    return [Prices.from_dict({**one, **by_name(prices)}) for one in files.values() or ({},)]


def _left_out(runs: Runs) -> list[Markup]:
    """Which runs of the folder the report does not speak of."""
    notes = [Markup("Damaged: {}.").format(reason) for reason in runs.damaged.values()]
    struck = [key for key, run in runs.runs.items() if not run.info.deterministic]
    if struck:
        notes.append(
            Markup(
                "Left out, since a limit of time or memory ended some of their trainings, and "
                "might not elsewhere: {}."
            ).format(Markup(", ").join(Markup("<code>{}</code>").format(key) for key in struck))
        )
    if not runs.unfinished:
        return notes
    names = [Markup("<code>{}</code>").format(name) for name in runs.unfinished]
    unfinished = Markup(
        "Left out, since not finished: {}. Run the sweep again to complete them."
    ).format(Markup(", ").join(names))
    return [unfinished, *notes]


def _without_hindsight(sections: Sequence[Section]) -> list[Markup]:
    """Why there is no hindsight where it was asked for."""
    notes = []
    for section in sections:
        asked = any(
            run.config.get("hindsight")
            for by_seed in section.setting.runs.values()
            for run in by_seed.values()
        )
        if asked and not section.counterfactuals:
            where = f" ({section.setting.name})" if len(sections) > 1 else ""
            notes.append(NO_TABLE.format(where))
    if sections[0].prices.by_class and any(section.counterfactuals for section in sections):
        notes.append(BY_CLASS)
    return notes


def _one_draw(setting: Setting) -> list[Markup]:
    """What several seeds of one stream do not say."""
    if setting.repeated:
        said = Markup(
            "Seeds left out: {}. On one recorded stream, with a learner that draws nothing, they "
            "repeat seed {}."
        )
        return [said.format(", ".join(map(str, setting.repeated)), _kept_seed(setting))]
    if setting.one_draw:
        return [
            Markup(
                "All seeds replay one and the same stream and differ in the learner alone: "
                "intervals say nothing of other streams."
            )
        ]
    return []


def _kept_seed(setting: Setting) -> int:
    return next(seed for by_seed in setting.runs.values() for seed in by_seed)


def methods(parts: Sequence[Sequence[Part]]) -> list[str]:
    """Keys of the methods that these parts use, in the order of `clsim.report.cite`."""
    used = {key for own in parts for part in own for key in part.cites}
    return [key for key in cite.REFERENCES if key in used]


# the page --------------------------------------------------------------------------------------


def _command(
    place: Path | None,
    given: Prices | Mapping[str, Any] | None,
    used: Prices,
    reference: str | None,
    pair: tuple[str, str] | None,
    counterfactual: str | Path | None,
    stakeholders: Sequence[str | Path],
    table: Mapping[str, Any],
    style: Any,
    beside: Sequence[str | Path] = (),
) -> str:
    """The command that writes the page again; ``clsim.write_report`` where runs had no folder."""
    if place is None or isinstance(style, (Style, Mapping)):
        return "clsim.write_report(...)"
    words = ["clsim-report", str(place), *map(str, beside)]
    if given or stakeholders:
        changed = asdict(used) if isinstance(given, Prices) else by_name(given)
        words += ["--prices", *map(str, stakeholders)]
        words += [f"{k}={v}" for k, v in changed.items() if v is not None]
    if reference:
        words += ["--reference", reference]
    if pair:
        words += ["--pair", *pair]
    if counterfactual:
        words += ["--counterfactual", str(counterfactual)]
    if style:
        words += ["--style", str(style)]
    for key, value in table.items():
        words += [] if value is None else [f"--{key.replace('_', '-')}", str(value)]
    return shlex.join(words)


def _sweep_command(folder: Path) -> str | None:
    """The command of a Hydra sweep, from the file that Hydra leaves in its folder."""
    try:
        hydra = read_yaml(folder / "multirun.yaml")["hydra"]
        words = ["clsim", "-m"]
        for source in hydra.get("runtime", {}).get("config_sources", ()):
            if source["provider"] == "command-line":
                words += ["-cd", source["path"]]
        return shlex.join([*words, *map(str, hydra["overrides"]["task"])])
    except (ValueError, TypeError, LookupError, AttributeError):  # missing, or something else
        return None


def _reproduce(
    folder: Path, runs: Runs, sections: Sequence[Section], used: Sequence[str], command: str
) -> Markup:
    infos = [run.info for run in runs.runs.values()]
    seeds = sorted({info.seed for info in infos})
    names = sorted({str(r.config["name"]) for r in runs.runs.values() if r.config.get("name")})
    libraries = sorted({tuple(info.versions.items()) for info in infos})
    sweep = _sweep_command(folder)
    prices = _named_prices(sections[0])
    cited = "; ".join(f"{cite.REFERENCES[key][0]} ({key})" for key in used)
    code = Markup("<code>{}</code>")
    items = [
        ("This report", code.format(command)),
        *([("The last sweep", code.format(sweep))] if sweep else []),
        *([("Experiment", ", ".join(names))] if names else []),
        ("Table", source(sections[0])) if is_looked_up(sections[0]) else ("Runs", Markup(
            "{} finished, {} unfinished; the resolved configuration of each is in "
            "<code>&lt;run id&gt;/config.yaml</code>"
        ).format(len(infos), len(runs.unfinished))),
        ("Seeds", ", ".join(map(str, seeds))),
        ("Prices", ", ".join(f"{key} {value}" for key, value in prices.items())),
        *(("Versions of the runs", ", ".join(f"{k} {v}" for k, v in used_by_some))
          for used_by_some in libraries),
        ("Versions of the report", ", ".join(f"{k} {v}" for k, v in versions().items())),
        ("To cite", Markup(
            "{}; BibTeX in <code>tables/methods.bib</code>, or by <code>clsim-report --cite</code>"
        ).format(cited)),
    ]  # fmt: skip
    listed = joined(Markup("<dt>{}</dt><dd>{}</dd>").format(*item) for item in items)
    configs = joined(_config_html(s.setting) for s in sections if s.setting.config)
    html = Markup('<div id="reproduce"><h2>How to reproduce</h2><dl>{}</dl>{}</div>')
    return html.format(listed, configs)


def _named_prices(section: Section) -> dict[str, Any]:
    """Each price by its name; of a matrix each cell by its classes."""
    prices = {k: v for k, v in asdict(section.prices).items() if v is not None}
    if not section.prices.by_class:
        return prices
    classes = section.first(section.reference).info.classes
    costs = prices.pop("error")
    cells = {f"{true} taken for {given}": costs[i][j] for i, true in enumerate(classes)
             for j, given in enumerate(classes) if i != j or costs[i][j]}  # fmt: skip
    return cells | prices


def _config_html(setting: Setting) -> Markup:
    title = f"Configuration: {setting.name}" if setting.name else "Configuration"
    text = yaml.safe_dump(setting.config, sort_keys=False)
    return fold(title, Markup("<pre>{}</pre>").format(text))


def title_of(folder: Path, runs: Runs) -> str:
    """What page and memo are called: after the experiments, else after the folder."""
    names = sorted({str(r.config["name"]) for r in runs.runs.values() if r.config.get("name")})
    return f"Retraining strategies: {', '.join(names) or folder.resolve().name}"
