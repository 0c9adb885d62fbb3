"""What a sweep's settings are independent draws of: worlds, and kinds of worlds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clsim.analysis.compare.comparison import Setting
from clsim.runs.names import flat, setting_names, text


@dataclass(frozen=True)
class World:
    """A stream with its parameters: what settings of it add is no further evidence.

    Attributes
    ----------
    name : str
        What tells its stream from those of the other worlds; empty if it is alone.
    kind : str
        The classes that its stream is made of; of a recorded log, the log itself.
    settings : tuple of str
        Names of the settings that are of this world: its delays, learners, ticks.
    seeds : tuple of int
        Those that its runs have.
    one_draw : bool
        Whether all seeds replayed one and the same stream, as they do a recorded log: then they
        are one draw of it, however many they are.
    """

    name: str
    kind: str
    settings: tuple[str, ...]
    seeds: tuple[int, ...]
    one_draw: bool

    @property
    def draws(self) -> int:
        """Independent draws of this world."""
        return 1 if self.one_draw else len(self.seeds)


def worlds(compared: Sequence[Setting]) -> list[World]:
    """The worlds that settings are of, in the order of the settings.

    Two settings are of one world if their streams have the same parameters, or if a run of each
    replayed the same labels (`RunInfo.draw`): as they do with another delay, learner, tick or
    warm-up, or a fault in the same data. What is neither known by its configuration nor by its
    labels is a world of its own.

    Parameters
    ----------
    compared : sequence of Setting
        As `clsim.analysis.settings` gives them.

    Returns
    -------
    list of World
        Each with its ``name``, ``kind``, ``settings`` (their names), ``seeds``, ``one_draw``, and
        ``draws`` (how many of its seeds are independent).

    Notes
    -----
    Counting what is not independent as if it were is pseudo-replication (Hurlbert, Ecological
    Monographs 1984).

    Examples
    --------
    Two delays of one stream are one world; another stream is another.

    >>> from clsim.runs.info import RunInfo
    >>> from clsim.runs.run import Run
    >>> def setting(name, n, delay):
    ...     config = {"stream": {"_target_": "Sine", "n": n}, "delay": delay}
    ...     return Setting(name, config, {"never": {1: Run({}, RunInfo(seed=1))}})
    >>> found = worlds([setting("A", 100, "1d"), setting("B", 100, "7d"), setting("C", 900, "1d")])
    >>> [(world.settings, world.draws) for world in found]
    [(('A', 'B'), 1), (('C',), 1)]
    """
    groups = _joined([_marks(setting, at) for at, setting in enumerate(compared)])
    members = [[compared[at] for at in group] for group in groups]
    # what is said of a world is said of its plainest stream, before something befell it
    plain = [min(group, key=lambda setting: len(flat(_stream(setting)))) for group in members]
    streams = list(map(_stream, plain))
    names = setting_names(
        [{"stream": stream} for stream in streams], [setting.choices for setting in plain]
    )
    found = []
    for group, stream, name in zip(members, streams, names, strict=True):
        if not stream and len(members) > 1:
            name = group[0].name
        once = any(setting.one_draw for setting in group)
        seeds = {seed for setting in group for by in setting.runs.values() for seed in by}
        seeds |= {seed for setting in group for seed in setting.repeated}
        kind = f"{_kind(stream)} {name}".strip() if once else _kind(stream)
        found.append(World(name, kind, tuple(s.name for s in group), tuple(sorted(seeds)), once))
    return found


def worlds_table(found: Sequence[World]) -> pd.DataFrame:
    """What was taken for independent, one row per world.

    Parameters
    ----------
    found : sequence of World
        As `worlds` gives them.

    Returns
    -------
    pandas.DataFrame
        kind, world, settings (how many are of it), seeds, draws (independent ones).

    Examples
    --------
    A world of two settings and three seeds; a recorded log, of which all seeds are one draw.

    >>> drawn = World("sine", "Sine", ("1d", "7d"), (1, 2, 3), one_draw=False)
    >>> log = World("bank", "Recorded bank", ("bank",), (1, 2), one_draw=True)
    >>> worlds_table([drawn, log])
                kind world  settings  seeds  draws
    0           Sine  sine         2      3      3
    1  Recorded bank  bank         1      2      1
    """
    rows = [(w.kind, w.name, len(w.settings), len(w.seeds), w.draws) for w in found]
    return pd.DataFrame(rows, columns=["kind", "world", "settings", "seeds", "draws"])


def _stream(setting: Setting) -> dict[str, Any]:
    stream = setting.config.get("stream")
    return stream if isinstance(stream, dict) else {}


def _marks(setting: Setting, at: int) -> set[Hashable]:
    """What a setting has in common with others of its world."""
    runs = [run for by_seed in setting.runs.values() for run in by_seed.values()]
    marks: set[Hashable] = {("draw", run.info.draw) for run in runs if run.info.draw is not None}
    stream = _stream(setting)
    if stream:
        marks.add(("stream", text(stream)))
    return marks or {("setting", at)}


def _joined(marks: Sequence[set[Hashable]]) -> list[list[int]]:
    """Positions of sets that are connected by what they share."""
    groups: list[tuple[set[Hashable], list[int]]] = []
    for at, own in enumerate(marks):
        near = [group for group in groups if group[0] & own]
        if not near:
            groups.append((set(own), [at]))
            continue
        first, *others = near
        for other in others:
            first[0].update(other[0])
            first[1].extend(other[1])
            groups.remove(other)
        first[0].update(own)
        first[1].append(at)
    return [sorted(group) for _, group in groups]


def _kind(stream: dict[str, Any]) -> str:
    """The classes that a stream is made of, in order."""
    classes = [
        str(value).rsplit(".", 1)[-1]
        for key, value in flat(stream).items()
        if key.rsplit(".", 1)[-1] == "_target_"
    ]
    return " ".join(classes)
