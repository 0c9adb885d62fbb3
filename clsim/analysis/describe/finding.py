"""One thing that was found in a table, as a value; a report turns it into words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

LEVELS = ("refused", "asked", "warned", "noted")
"""What a finding means, the gravest first.

- ``refused``: the table cannot be replayed until the file is mended;
- ``asked``: it can be read in several ways, and the user says which;
- ``warned``: it was read in one way, which changes numbers;
- ``noted``: good to know.
"""


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes
    ----------
    kind : str
        What it is, such as ``'gap'``; see `clsim.report.describing`.
    column : str or None
        Where; None: in the table as a whole.
    level : str
        One of ``LEVELS``.
    facts : mapping of str
        Numbers and examples that its sentence needs.
    """

    kind: str
    column: str | None
    level: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def findings_frame(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table: level, kind, column, facts (as text)."""
    rows = [
        (f.level, f.kind, f.column, ", ".join(f"{k}={v}" for k, v in f.facts.items()))
        for f in findings
    ]
    return pd.DataFrame(rows, columns=["level", "kind", "column", "facts"])
