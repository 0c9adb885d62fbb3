"""Files of prices, one for each stakeholder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clsim.runs.files import read_yaml
from clsim.runs.ledger import Prices


def price_files(paths: Sequence[str | Path]) -> dict[str, dict[str, Any]]:
    """Prices from files of YAML, by the file's name without ending, or by its path.

    Raises
    ------
    ValueError
        For a file that is no mapping of prices, beginning with its name; or one that is given
        twice.
    """
    stems = [Path(path).stem for path in paths]
    found: dict[str, dict[str, Any]] = {}
    for path, stem in zip(paths, stems, strict=True):
        name = stem if stems.count(stem) == 1 else str(path)
        if name in found:
            raise ValueError(f"{path}: this price file is given twice")
        given = read_yaml(Path(path))
        one = {str(key): value for key, value in given.items() if key != "_target_"}
        try:
            Prices.from_dict(one)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{path}: {error}") from error
        found[name] = one
    return found
