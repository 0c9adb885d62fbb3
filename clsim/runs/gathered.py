"""Runs as one has them in Python: one, several by name, several seeds, several worlds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from clsim.runs.names import Called
from clsim.runs.run import Run, Runs


def gathered(runs: Any) -> Runs:
    """Runs as the report, figures and queries take them.

    Parameters
    ----------
    runs : Run, Runs, mapping or sequence
        A run; what `clsim.load` gives of a sweep; what `clsim.replay` gives, ``{strategy: run}``;
        several of them, one for each seed, ``[{strategy: run}, ...]``; or those by the name of
        their world, ``{world: [{strategy: run}, ...]}``.

    Returns
    -------
    Runs
        By a name of each; its ``called`` says which setting and strategy a run is of.

    Raises
    ------
    TypeError
        For anything else.
    ValueError
        If there is no run, or two runs of one world, strategy and seed.

    Examples
    --------
    >>> from clsim.runs.info import RunInfo
    >>> first, second = (Run({}, RunInfo(seed=seed)) for seed in (1, 2))
    >>> gathered([{"weekly": first}, {"weekly": second}]).called
    {'weekly, seed 1': Called(setting='', strategy='weekly'), \
'weekly, seed 2': Called(setting='', strategy='weekly')}
    """
    if isinstance(runs, Runs):
        return runs
    found: dict[str, Run] = {}
    names: dict[str, Called] = {}
    for called, run in _each(runs):
        parts = [called.setting, called.strategy, f"seed {run.info.seed}"]
        key = ", ".join(filter(None, parts))
        if key in found:
            raise ValueError(f"{key}: two runs; give each strategy and seed of a world once")
        found[key], names[key] = run, called
    if not found:
        raise ValueError("runs: there is none")
    return Runs(found, given=names)


def _each(runs: Any) -> Iterator[tuple[Called, Run]]:
    if isinstance(runs, Run):
        yield Called("", runs.label or "run"), runs
    elif isinstance(runs, Mapping) and all(isinstance(run, Run) for run in runs.values()):
        for name, run in runs.items():
            yield Called("", str(name)), run
    elif isinstance(runs, Mapping):
        for world, of in runs.items():
            for called, run in _each(of):
                if called.setting:
                    raise _refused(runs)
                yield Called(str(world), called.strategy), run
    elif isinstance(runs, Sequence) and not isinstance(runs, str):
        for of in runs:
            if not isinstance(of, Mapping):
                raise _refused(runs)
            yield from _each(of)
    else:
        raise _refused(runs)


def _refused(runs: Any) -> TypeError:
    return TypeError(
        f"runs: {type(runs).__name__}: expected a Run, Runs, {{strategy: run}}, a list of those, "
        "one for each seed, or any of them by the name of its world"
    )
