"""The command ``clsim-report``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clsim.sweep.interrupts import exit_code, sigterm_heeded, why


def parse_prices(words: Sequence[str]) -> dict[str, Any]:
    """Prices from words such as ``retraining=20``; a matrix as ``error=[[0,1],[5,0]]``.

    >>> parse_prices(["retraining=20", "currency=EUR", "error=[[0,1],[5,0]]", "floor=null"])
    {'retraining': 20.0, 'currency': 'EUR', 'error': [[0, 1], [5, 0]], 'floor': None}
    """
    from dataclasses import fields

    from clsim.errors import unknown
    from clsim.runs.ledger import Prices

    names = [field.name for field in fields(Prices)]
    given: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"--prices {word}: write name=value, such as retraining=20")
        if key not in names:
            raise ValueError(f"--prices {word}: {unknown('price', key, names)}")
        if not value:
            raise ValueError(f"--prices {word}: a value is missing, such as {key}=20")
        given[key] = value if key == "currency" else _value(word, value)
    return given


def _value(word: str, value: str) -> Any:
    """A number, a matrix of numbers, or None."""
    import yaml

    try:
        return float(value)
    except ValueError as error:
        try:
            parsed = yaml.safe_load(value)
        except yaml.YAMLError:
            parsed = value
        if parsed is not None and not isinstance(parsed, list):
            raise ValueError(
                f"--prices {word}: {value!r} is not a number; prices are plain numbers, all of one "
                "currency, which is said once as currency=EUR"
            ) from error
        return parsed


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clsim-report",
        description="Figures, tables and one page for a sweep folder, at any prices; nothing is "
        "replayed.",
    )
    parser.add_argument(
        "directories", metavar="DIR", nargs="*",
        help="folder that holds the run folders; after it those of other sweeps, of which the "
        "report shows the difference from the first, paired by seed. Or a file, CSV or Parquet, "
        "that says what versions trained elsewhere lost or answered, or a saved counterfactual "
        "table",
    )  # fmt: skip
    parser.add_argument(
        "--prices", nargs="+", default=[], metavar="NAME=VALUE",
        help="error (a number, or a matrix by true and predicted class), retraining, by_hand, "
        "row, label, bought, logged, profile, megabyte, vote, waiting, alarm, review, repair, "
        "change, automation, floor, currency; those not given are the runs' own. Or files of "
        "prices, one for each stakeholder: finance.yaml risk.yaml",
    )  # fmt: skip
    parser.add_argument(
        "--reference", metavar="NAME",
        help="strategy that the others are compared with (default: what runs today, as_served, "
        "if it is there; else the most retrainings)",
    )  # fmt: skip
    parser.add_argument(
        "--pair", nargs=2, metavar=("A", "B"),
        help="strategies whose loss curves are drawn (default: the choice and the reference)",
    )  # fmt: skip
    parser.add_argument(
        "--style", metavar="FILE",
        help="YAML that renames, orders, colours, selects and labels: strategies, settings, only, "
        "order, labels, figures, width (docs/figures.md)",
    )  # fmt: skip
    parser.add_argument(
        "--counterfactual", metavar="PATH",
        help="table of clsim.counterfactual, or a folder of them, for what only hindsight knows "
        "(default: DIR/counterfactual)",
    )  # fmt: skip
    _add_options_of_a_table(parser)
    parser.add_argument(
        "--memo", action="store_true",
        help="write memo.html too, one page to print: the four answers, what they take for granted "
        "and what the past cannot say",
    )  # fmt: skip
    parser.add_argument(
        "--cite", action="store_true",
        help="print BibTeX of clsim and of the methods that the report of DIR uses; without DIR, "
        "of all",
    )  # fmt: skip
    return parser


def _add_options_of_a_table(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--loss", metavar="NAME",
        help="of a table: what its losses are, or are to be (default: zero_one, wrong predictions)",
    )  # fmt: skip
    parser.add_argument(
        "--tick", metavar="LENGTH",
        help="of a table of predictions by time or row: length of a tick, such as 7d or 1000",
    )  # fmt: skip
    parser.add_argument(
        "--largest-age", type=int, metavar="TICKS",
        help="of a table: versions were scored up to so many ticks after they were trained",
    )  # fmt: skip
    parser.add_argument(
        "--unanswered", choices=("skip", "wrong"),
        help="of a table: how events without an answer count (default: there are none)",
    )  # fmt: skip


def cite(arguments: argparse.Namespace, options: dict[str, Any]) -> str:
    """BibTeX of the methods that a report uses, or of all without a folder."""
    from clsim.report.cite import bibtex

    if not arguments.directories:
        return bibtex()
    from clsim.report.page import methods, read
    from clsim.report.parts import of_all, of_section

    _, sections, _ = read(Path(arguments.directories[0]), **options)
    parts = [list(of_section(section)) for section in sections]
    return bibtex(methods([*parts, of_all(sections)]))


def main(argv: Sequence[str] | None = None) -> int:
    """Write the report of a sweep folder; 0, 2 on a wrong argument, 130 or 143 on a signal."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if not (arguments.directories or arguments.cite):
        parser.error("give DIR")
    try:
        files = [word for word in arguments.prices if word.endswith((".yaml", ".yml"))]
        words = [word for word in arguments.prices if word not in files]
        options = {
            "prices": parse_prices(words) or None,
            "stakeholders": files,
            "reference": arguments.reference,
            "pair": tuple(arguments.pair) if arguments.pair else None,
            "counterfactual": arguments.counterfactual,
            "loss": arguments.loss,
            "tick": int(tick) if (tick := arguments.tick or "").isdigit() else tick or None,
            "largest_age": arguments.largest_age,
            "unanswered": arguments.unanswered,
        }
        if arguments.cite:
            print(cite(arguments, options), end="")
            return 0
        from clsim.processes import end_processes, processes

        first, *others = arguments.directories
        with sigterm_heeded(), processes(-1, "clsim.report.page"):
            from clsim.report.page import write_report

            page = write_report(
                first, **options, memo=arguments.memo, style=arguments.style, beside=others
            )
            end_processes()
    except (OSError, TypeError, ValueError) as error:
        print(f"clsim-report: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt as error:
        print(f"clsim-report: {why(error)}; the report is as it was", file=sys.stderr)
        return exit_code(error)
    print(page)
    return 0
