"""The command ``clsim-report``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any


def parse_prices(words: Sequence[str]) -> dict[str, Any]:
    """Prices from words such as ``retraining=20``.

    >>> parse_prices(["retraining=20", "currency=EUR"])
    {'retraining': 20.0, 'currency': 'EUR'}
    """
    from dataclasses import fields

    from clsim.errors import unknown
    from clsim.ledger import Prices

    names = [field.name for field in fields(Prices)]
    given: dict[str, Any] = {}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"--prices {word}: write name=value, such as retraining=20")
        if key not in names:
            raise ValueError(f"--prices {word}: {unknown('price', key, names)}")
        if key == "currency":
            given[key] = value
            continue
        try:
            given[key] = float(value)
        except ValueError as error:
            raise ValueError(f"--prices {word}: {value!r} is not a number") from error
    return given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="clsim-report",
        description="Figures, tables and one page for a sweep folder, at any prices; nothing is "
        "replayed.",
    )
    parser.add_argument("directory", metavar="DIR", help="folder that holds the run folders")
    parser.add_argument(
        "--prices", nargs="+", default=[], metavar="NAME=VALUE",
        help="error, retraining, row, label, currency; those not given are the runs' own",
    )  # fmt: skip
    parser.add_argument(
        "--reference", metavar="NAME",
        help="strategy that the others are compared with (default: the most retrainings)",
    )  # fmt: skip
    parser.add_argument(
        "--pair", nargs=2, metavar=("A", "B"),
        help="strategies whose loss curves are drawn (default: the cheapest and the reference)",
    )  # fmt: skip
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Write the report of a sweep folder; 0 on success, 2 on a wrong argument or folder."""
    arguments = _parser().parse_args(argv)
    try:
        prices = parse_prices(arguments.prices)
        from clsim.report.page import write_report

        pair = tuple(arguments.pair) if arguments.pair else None
        page = write_report(arguments.directory, prices or None, arguments.reference, pair)
    except (TypeError, ValueError) as error:
        print(f"clsim-report: {error}", file=sys.stderr)
        return 2
    print(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
