"""The command ``clsim-describe``: what a log or a stream is."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

HOME = "clsim-described"
"""Folder in which pages are written."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clsim-describe",
        description="Say what a log or a stream is, in words, figures and a page. Of a log: what "
        "each column is taken for, what knows the label, what is odd about its times, how late "
        "labels are, and what drifts. It ends with 0, or with 1 if the log cannot be replayed as "
        "it is.",
    )
    parser.add_argument(
        "source", metavar="SOURCE",
        help="a .csv or .parquet file or a folder of them; stream=OPTION; or the folder or "
        "config.yaml of a run",
    )  # fmt: skip
    parser.add_argument(
        "words", nargs="*", default=[], metavar="KEY=VALUE",
        help="of a log: label, time, label_time, prediction, version (a column, or null), slices, "
        "id, drop, keep ([a,b]); how it is written: day_first, date_format, encoding, separator, "
        "decimal, thousands; of a stream: what clsim takes, such as delay=exponential seed=3",
    )  # fmt: skip
    parser.add_argument(
        "--write", metavar="NAME",
        help="write a stream and an experiment of this name, for clsim +experiment=NAME",
    )  # fmt: skip
    parser.add_argument(
        "--replace", action="store_true", help="with --write: also over files that are there"
    )
    parser.add_argument(
        "--config-dir", "-cd", metavar="FOLDER",
        help="your own configurations: where --write writes (default: conf), and where "
        "stream=OPTION is looked for too",
    )  # fmt: skip
    parser.add_argument(
        "--out", metavar="FOLDER", help=f"where the page goes (default: {HOME}/ and a name)"
    )
    parser.add_argument(
        "--trust", nargs="+", default=[], metavar="MODULE",
        help="modules whose classes a run may name, besides clsim's, scikit-learn's, river's and "
        "scipy.stats': its configuration is whoever's wrote it",
    )  # fmt: skip
    return parser


# a table --------------------------------------------------------------------------------------


def parse_words(words: Sequence[str]) -> dict[str, Any]:
    """What is said of a table, from words such as ``label=bought``.

    >>> parse_words(["label=bought", "slices=[region,plan]", "day_first=true", "time=null"])
    {'label': 'bought', 'slices': ['region', 'plan'], 'day_first': True, 'time': None}
    >>> parse_words(["decimal=,", "separator=;", "date_format={at: '%d.%m.%y'}"])
    {'decimal': ',', 'separator': ';', 'date_format': {'at': '%d.%m.%y'}}
    """
    import yaml

    given: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r}: write key=value, such as label=bought")
        if not value:
            raise ValueError(f"{word}: a value is missing; for none say {key}=null")
        plain = value in ("null", "true", "false") or value.startswith(("[", "{"))
        try:
            given[key] = yaml.safe_load(value) if plain else value
        except yaml.YAMLError as error:
            need = (
                f"list; write {key}=[a,b]" if value[0] == "[" else f"mapping; write {key}={{a: b}}"
            )
            raise ValueError(f"{word}: not a {need}") from error
    return given


def describe_log(arguments: argparse.Namespace, argv: Sequence[str]) -> int:
    """Describe a table, write its page, and its configurations if that is asked for."""
    from clsim.analysis.describe.proposal import propose
    from clsim.analysis.describe.table import describe_file
    from clsim.engine.knowledge import Knowledge
    from clsim.report.describing import lines_of, size_line
    from clsim.report.description import write_description
    from clsim.report.parts.description import of_stream, of_table
    from clsim.sweep.written import check_name, configurations, write_configurations

    if arguments.write:
        check_name(arguments.write)  # before the log is read
    path = Path(arguments.source)
    found = describe_file(path, parse_words(arguments.words))
    parts = of_table(found)
    proposal = None
    if found.stream is not None:
        proposal = propose(found)
        labels = "as_recorded" if "label_time" in found.reading else "history"
        world = Knowledge.of(
            found.stream, seed=0, tick=proposal.tick, warmup=proposal.warmup,
            warmup_labels=labels, delay=None,
        )  # fmt: skip
        parts.insert(2, of_stream(found.stream, world, found.stream.describe()))
    if arguments.write and proposal is not None:
        files = configurations(arguments.write, arguments.source, found, proposal)
    name = path.name.split(".")[0] or path.resolve().name
    page = write_description(
        Path(arguments.out or f"{HOME}/{name}"), f"The log {path.name}", size_line(found), parts,
        shlex.join(["clsim-describe", *argv]),
    )  # fmt: skip
    print("\n".join([*lines_of(found), "", f"page: {page}"]))
    if proposal is None:
        if arguments.write:
            what = "mended" if found.of_level("refused") else "answered"
            print(f"clsim-describe: --write {arguments.write}: nothing is written before what is "
                  f"listed above is {what}", file=sys.stderr)  # fmt: skip
        return 1
    if arguments.write:
        folder = arguments.config_dir or "conf"
        for file in write_configurations(Path(folder), files, arguments.replace):
            print(f"written: {file}")
        print(f"run it: {shlex.join(['clsim', '-cd', folder, f'+experiment={arguments.write}'])}")
    return 0


# a stream -------------------------------------------------------------------------------------


def compose_stream(
    option: str, overrides: Sequence[str], config_dir: str | None = None
) -> dict[str, Any]:
    """The configuration of a job with this stream, as ``clsim`` composes it.

    Parameters
    ----------
    option : str
        An option of the group stream.
    overrides : sequence of str
        Such as ``'delay=exponential'``.
    config_dir : str or None, default=None
        A folder of configurations beside clsim's own.

    Raises
    ------
    ValueError
        For an unknown option, or what Hydra refuses.
    """
    from hydra import compose, initialize_config_dir
    from hydra.errors import HydraException

    from clsim.errors import unknown
    from clsim.sweep.app import CONF, resolved

    places = [CONF, *([Path(config_dir)] if config_dir else [])]
    known = sorted({file.stem for place in places for file in (place / "stream").glob("*.yaml")})
    if option not in known:
        raise ValueError(unknown("stream", option, known))
    searched = [f"hydra.searchpath=[file://{Path(config_dir).resolve()}]"] if config_dir else []
    with initialize_config_dir(str(CONF), version_base="1.3"):
        try:
            return resolved(compose("config", [f"stream={option}", *overrides, *searched]))
        except HydraException as error:
            raise ValueError(str(error)) from error


def config_of_run(path: Path, trust: Sequence[str] = ()) -> dict[str, Any]:
    """The configuration of a run, from its folder or its ``config.yaml``.

    Raises
    ------
    ValueError
        For a run that names code that is not trusted.
    """
    from clsim.runs.files import read_yaml
    from clsim.sweep import config as build

    config = read_yaml(path / "config.yaml" if path.is_dir() else path)
    build.check_trusted(config, trust)
    return config


def describe_stream(
    config: Mapping[str, Any], name: str, arguments: argparse.Namespace, argv: Sequence[str]
) -> int:
    """Describe the stream of a job, and write its page."""
    from clsim.engine.knowledge import Knowledge
    from clsim.report.description import write_description
    from clsim.report.parts.description import of_stream
    from clsim.report.stream import describe
    from clsim.sweep import config as build

    build.check(config)
    stream = build.instance(config["stream"], "stream")
    delay = build.instance(config["delay"], "delay")
    keys = ("seed", "tick", "warmup", "warmup_labels")
    given = {
        key: config[key] for key in keys if key in config
    }  # whoever's wrote a run may lack one
    world = Knowledge.of(stream, delay=delay, **given)
    said = describe(stream, world)
    page = write_description(
        Path(arguments.out or f"{HOME}/{name}"), f"The stream {name}",
        "; ".join(f"{key} {value}" for key, value in given.items()),
        [of_stream(stream, world, said)], shlex.join(["clsim-describe", *argv]),
    )  # fmt: skip
    print(f"{said}\n\npage: {page}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Describe a log or a stream; 0, 1 if a log cannot be replayed yet, 2 on a wrong argument."""
    argv = sys.argv[1:] if argv is None else list(argv)
    arguments = _parser().parse_intermixed_args(argv)
    try:
        return _described(arguments, argv)
    except (OSError, TypeError, ValueError) as error:
        print(f"clsim-describe: {error}", file=sys.stderr)
        return 2


def _described(arguments: argparse.Namespace, argv: Sequence[str]) -> int:
    source, path = arguments.source, Path(arguments.source)
    key, equals, option = source.partition("=")
    of_run = (path / "config.yaml").is_file() or path.suffix in (".yaml", ".yml")
    is_stream = bool(equals) and not path.exists()
    if (is_stream or of_run) and arguments.write:
        raise ValueError(f"--write {arguments.write}: {source} is configured already")
    if of_run:
        if arguments.words:
            raise ValueError(f"{source}: a run is as it was; leave out {arguments.words[0]}")
        name = path.parent.name if path.suffix else path.resolve().name
        return describe_stream(config_of_run(path, arguments.trust), name, arguments, argv)
    if is_stream:
        if key != "stream":
            raise ValueError(f"{source}: say what is described first: a file, or stream=OPTION")
        config = compose_stream(option, arguments.words, arguments.config_dir)
        return describe_stream(config, option, arguments, argv)
    if not path.exists():
        raise ValueError(f"{source}: no such file; a stream is named as stream={source}")
    return describe_log(arguments, argv)
