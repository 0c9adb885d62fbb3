"""Groups of events: named slices of a stream that have shares, that come and that go."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import numpy as np

from clsim.clock import Duration, as_duration
from clsim.errors import check_dict, check_number, unknown
from clsim.streams.drift.position import length


class Groups:
    """A column of slices; every event is of one group.

    Parameters
    ----------
    shares : dict of str to float
        For each group, its weight; weights are relative to those of the groups that are there.
    starts, ends : dict of str to (str or int), default={}
        When a group begins (new users, without history) or stops: since the stream's start, or a
        row number.

    Examples
    --------
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import SEA
    >>> region = Groups({"north": 1, "south": 3})
    >>> stream = Synthetic(SEA(), n=300, groups={"region": region})
    >>> stream.schema.slices
    {'region': ('region=north', 'region=south')}
    """

    _until: int | None = None

    def __init__(
        self,
        shares: Mapping[str, float],
        starts: Mapping[str, Duration] | None = None,
        ends: Mapping[str, Duration] | None = None,
    ) -> None:
        check_dict("shares", shares, "{'a': 0.5, 'b': 0.5}")
        for key, times in (("starts", starts), ("ends", ends)):
            if times is not None and not isinstance(times, Mapping):
                raise TypeError(f"{key}={times!r}: expected a dict, such as {{'a': '30d'}}")
        for name, share in shares.items():
            check_number(f"shares.{name}", share, above=0)
        self.shares = dict(shares)
        self.starts, self.ends = dict(starts or {}), dict(ends or {})
        for key, given in (("starts", self.starts), ("ends", self.ends)):
            for name, time in given.items():
                if name not in self.shares:
                    raise ValueError(f"{key}: {unknown('group', name, self.shares)}")
                given[name] = as_duration(time, f"{key}.{name}")

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self.shares)

    def check(self, end: int, timed: bool) -> None:
        """Refuse a group that never comes, and a time up to the end without any group."""
        starts = {name: length(t, timed, f"starts.{name}") for name, t in self.starts.items()}
        ends = {name: length(t, timed, f"ends.{name}") for name, t in self.ends.items()}
        for name, start in starts.items():
            if start >= min(end, ends.get(name, end)):
                raise ValueError(f"starts.{name}={self.starts[name]!r}: the group never comes")
        changes = {0, *starts.values(), *ends.values()}
        self.weights(np.array([t for t in sorted(changes) if t < end]), timed)

    def quiet(self, until: int) -> Groups:
        """The groups that are there at a time since the stream's start, for good."""
        other = copy.copy(self)
        other._until = until
        return other

    def weights(self, time: np.ndarray, timed: bool) -> np.ndarray:
        """Shares of shape (n, groups) at times since the stream's start; rows sum to 1.

        Raises
        ------
        ValueError
            If there is a time without any group.
        """
        if self._until is not None:
            time = np.minimum(time, self._until)
        weights = np.tile(np.array(list(self.shares.values()), dtype=float), (len(time), 1))
        for column, name in enumerate(self.names):
            if name in self.starts:
                weights[time < length(self.starts[name], timed, f"starts.{name}"), column] = 0
            if name in self.ends:
                weights[time >= length(self.ends[name], timed, f"ends.{name}"), column] = 0
        total = weights.sum(axis=1, keepdims=True)
        if (total == 0).any():
            raise ValueError("shares: at some time no group is there; let one start or end later")
        return weights / total

    def draw(self, time: np.ndarray, timed: bool, uniform: np.ndarray) -> np.ndarray:
        """The group of each event, as a position in ``names``."""
        edges = np.cumsum(self.weights(time, timed), axis=1)
        return np.minimum((uniform[:, None] >= edges).sum(axis=1), len(self.names) - 1)


def groups_by_column(given: Mapping[str, Groups] | None) -> dict[str, Groups]:
    """The groups of each column of slices; refuse what is none.

    Parameters
    ----------
    given : mapping of str to Groups or None

    Returns
    -------
    dict of str to Groups

    Raises
    ------
    TypeError
        Naming the column.

    Examples
    --------
    >>> list(groups_by_column({"region": Groups({"north": 1, "south": 3})}))
    ['region']
    """
    if given is not None and not isinstance(given, Mapping):
        raise TypeError(f"groups={given!r}: expected a dict of Groups by column")
    for column, groups in (given or {}).items():
        if not isinstance(groups, Groups):
            raise TypeError(f"groups.{column}={groups!r}: expected Groups")
    return dict(given or {})
