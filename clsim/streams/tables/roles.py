"""Which column of a log is what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clsim.streams.tables.amounts import Amount, amount_columns


@dataclass(frozen=True)
class Roles:
    """Names of columns by what they are; parameters as for `Recorded`, lists as lists.

    Raises
    ------
    ValueError
        For complaints about answers that are in no column.
    """

    label: str
    time: str | None
    label_time: str | None
    available: str | None
    complained: str | None
    deleted: str | None
    served: str | None
    served_proba: list[str]
    served_version: str | None
    amount: Amount
    slices: list[str]
    drop: list[str]

    def __post_init__(self) -> None:
        if self.complained is not None and self.served is None:
            raise ValueError(
                f"complained={self.complained!r}: say in which column the answers are that users "
                "complained of, as served"
            )

    @property
    def times(self) -> dict[str, str | None]:
        """The columns of times, by parameter."""
        return {
            "time": self.time, "label_time": self.label_time, "available": self.available,
            "complained": self.complained, "deleted": self.deleted,
        }  # fmt: skip

    @property
    def no_features(self) -> list[str | None]:
        """Columns that are no features; a slice may be one."""
        production = [self.served, *self.served_proba, self.served_version]

        return [
            self.label,
            *self.times.values(),
            *production,
            *amount_columns(self.amount),
            *self.drop,
        ]

    def features(self, columns: Iterable[Any]) -> list[Any]:
        """Those of some columns that are features."""
        others = self.no_features
        return [column for column in columns if column not in others]


def names_of(key: str, given: Any) -> list[Any]:
    """Names of columns that are given as one or as several."""
    if isinstance(given, str):
        return [given]
    if not isinstance(given, Sequence):
        raise TypeError(f"{key}={given!r}: expected the name of a column, or a list of names")
    return list(given)
