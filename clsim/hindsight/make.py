"""Make the table of what every model that could have been trained would have lost."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from clsim.clock import Duration
from clsim.engine.answering import Answering
from clsim.engine.binding import bind_learner, bind_loss, check_policy
from clsim.engine.blocks import Blocks
from clsim.engine.branches import check_feedback
from clsim.engine.calibration import twins_of
from clsim.engine.knowledge import Knowledge
from clsim.errors import check_choice, check_number
from clsim.hindsight.candidates import (
    ModelFamily,
    Scoring,
    all_parts,
    bound,
    candidate_ticks,
    in_pieces,
    needs_of,
    with_monitors,
)
from clsim.hindsight.files import check_same_setting, fingerprint, plain
from clsim.hindsight.setting import TableSetting
from clsim.hindsight.table import Counterfactual
from clsim.policies import as_policy
from clsim.protocols import Dataset, Delay, Monitor, Stream
from clsim.runs.files import clear_leftovers
from clsim.runs.locks import locked
from clsim.runs.run import versions
from clsim.types import WARMUP_LABELS


def counterfactual(
    stream: Stream,
    *,
    learner: Any,
    dataset: Dataset,
    tick: Duration,
    warmup: Duration,
    seed: int = 0,
    delay: Delay | None = None,
    warmup_labels: str = "history",
    duration: Duration = 0,
    holdout: Any = None,
    loss: Any = None,
    threshold: Any = None,
    unanswered: str = "skip",
    candidates: Duration | Sequence[int] = 1,
    largest_age: int | None = None,
    sample: float | None = None,
    slices: bool = False,
    monitors: Mapping[str, Monitor] | None = None,
    quiet: bool | Blocks = False,
    n_jobs: int = 1,
    path: str | Path | None = None,
) -> Counterfactual:
    """Train one model at every candidate tick, and score it in every later tick.

    From this table every schedule of trainings from scratch is a look-up, at any prices: the
    losses are those of `clsim.replay`, bit for bit.

    Parameters
    ----------
    stream, learner, tick, warmup, seed, delay, warmup_labels, loss, unanswered
        As for `clsim.replay`. The warm-up must have labels: every schedule needs a first model.
    threshold
        As for `clsim.Strategy`.
    dataset : Dataset
        On which labelled rows to train: a part of a `clsim.Strategy`, or any object with
        ``rows(view)``. They may depend on the tick and its visible labels, and on nothing else.
    duration : int or str, default=0
        Simulated time from the start of a training until its model can serve, as for `Stateless`.
    holdout : int, str, OfflineTest or None, default=None
        Labelled rows that are kept out of every training but the first: of those that the first did
        not train on the latest so many, or those of a last stretch of time (``'7d'``); or
        ``holdout(view)`` of an offline test. See Notes.
    candidates : int, str or sequence of int, default=1
        Every so-many-th tick from tick 0 on, or the ticks themselves; none for a strategy that
        never retrains. A schedule of other ticks is not in the table.
    largest_age : int or None, default=None
        A model is scored up to so many ticks after it was trained, and the initial model always.
        None: to the end.
    sample : float or None, default=None
        Share of each tick's events that are scored, drawn without replacement and the same for all
        models (at least 2 events); losses are scaled up, without bias. A minimum over schedules
        fits their errors, and so is too low. None: all.
    slices : bool, default=False
        Whether to keep the losses by slice, too.
    monitors : dict of str to Monitor or None, default=None
        Those whose values are kept of each model in each tick, so that rules over them can be run
        without a training (`clsim.hindsight.rules`). Each must hang on the model that serves and
        on the tick alone; and every tick must be a candidate, without ``holdout``, ``largest_age``
        and ``sample``. How long it will take is logged first.
    quiet : bool or Blocks, default=False
        Whether to make the table of a twin of the world in which nothing changes after the warm-up,
        drawn from a seed of its own: every training on it is a false one. Of a log, of which nobody
        knows such a twin, give the `clsim.Blocks` of its warm-up that make one.
    n_jobs : int, default=1
        Processes over which the trainings are spread, as for joblib. Results do not depend on it.
    path : path or None, default=None
        A folder in which finished pieces are kept. The same call finishes what is missing there.

    Returns
    -------
    Counterfactual

    Raises
    ------
    TypeError, ValueError
        For arguments that do not fit each other or the stream; if there is no first model; if what
        is trained on depends on the strategy's own past, or the world on what is served; or if
        the folder holds a table of another setting.

    Notes
    -----
    The losses of `clsim.strategy.offline.ChampionChallenger` are in a table with the same number
    as ``holdout`` where the latest so many labelled rows are all unseen by the champion: if labels
    come in the order of events and at least so many come between trainings. Elsewhere its holdout
    depends on when the champion was trained, and no table has its models.

    The variance of a sampled tick is n² (1 - k/n) s² / k for k of n events whose losses have the
    sample variance s² (Cochran, Sampling Techniques, 1977, theorem 2.2).

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.naive_bayes import GaussianNB
    >>> from clsim.streams import Synthetic
    >>> from clsim.streams.concepts import Sine
    >>> from clsim.streams.drift import Sudden
    >>> from clsim.strategy.datasets import SlidingWindow
    >>> stream = Synthetic(Sine(0), [Sudden(Sine(1), at=2000)], n=4000)
    >>> table = counterfactual(
    ...     stream, learner=GaussianNB(), dataset=SlidingWindow(500), tick=100, warmup=500, seed=1
    ... )
    >>> table
    Counterfactual: 35 candidates and the initial model, 35 ticks, zero_one loss
    >>> float(table.loss[-1].sum()) > float(np.nansum(np.diag(table.loss)))
    True
    """
    begin = time.perf_counter()
    _check(stream, dataset, seed, unanswered, warmup_labels, largest_age, sample, n_jobs)
    clocked: dict[str, Any] = {"tick": tick, "delay": delay, "warmup_labels": warmup_labels}
    twin_of = None
    if quiet is not False:
        blocks = None if quiet is True else quiet
        twins = twins_of(stream, blocks, seed=seed, warmup=warmup, **clocked)
        stream, warmup, seed = twins.stream, twins.warmup, twins.seed(seed, 0)
        twin_of = fingerprint(twins.world)
    declared, policy = bind_loss(loss, unanswered, stream.schema), as_policy(threshold)
    adapted = bind_learner(learner, declared, stream.schema, seed)
    check_policy(policy, declared, stream.schema, adapted)
    adapted.check("fit", weighs=getattr(dataset, "weighs", False))
    world = Knowledge.of(stream, seed=seed, warmup=warmup, **clocked)
    chosen = candidate_ticks(candidates, world.timeline)
    family = ModelFamily(
        world, Scoring.of(world) if sample is None else Scoring.sampled(world, sample), adapted,
        (adapted.for_chances() if policy.likely else None) or adapted,
        Answering(declared, policy), unanswered,
        *bound(dataset, holdout, world.timeline.clock, seed),
        world.timeline.clock.units(duration, "duration"),
        world.timeline.n_ticks if largest_age is None else largest_age, slices,
    )  # fmt: skip
    family.check(chosen)
    setting = TableSetting(
        stream=plain(type(stream)), learner=plain(learner), dataset=plain(dataset), tick=str(tick),
        warmup=str(warmup), warmup_labels=warmup_labels, seed=int(seed), delay=plain(delay),
        duration=str(duration), holdout=plain(holdout), loss=declared.kind,
        matrix=plain(declared.matrix), threshold=threshold, unanswered=unanswered,
        largest_age=largest_age, sample=sample, slices=slices, candidates=chosen.tolist(),
        versions=versions(), monitors=plain(monitors and {**monitors}), quiet=twin_of,
        events=None if path is None and monitors is None else fingerprint(world),
    )  # fmt: skip
    table = _made(with_monitors(family, monitors, chosen), setting, n_jobs, path)
    table.info["wall_seconds"] = time.perf_counter() - begin
    return table


def _made(family: ModelFamily, setting: TableSetting, n_jobs: int, path: Any) -> Counterfactual:
    """Train all models of a table, but for the pieces that are in a folder."""
    about = {
        "setting": setting.to_json(), "n": family.timeline.served.tolist(),
        "slice_n": family.slice_counts() if setting.slices else {},
    }  # fmt: skip
    if family.measuring is not None:
        about["signals"] = family.measuring.about(family.world)
    needs = needs_of(family, setting.candidates)
    if needs is not None:
        about["needs"] = needs
    with nullcontext() if path is None else _alone_in(Path(path)):
        if path is not None:
            check_same_setting(Path(path), setting)
        pieces = all_parts(family, in_pieces(setting.candidates), n_jobs, path, about)
    return Counterfactual.from_pieces(pieces, about, {} if needs is None else {"signals": needs})


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """A folder of a table, in which no other process writes; it may finish what others began."""
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder / ".lock", f"{folder}: another process makes this table; waiting for it"):
        clear_leftovers(folder)
        yield


def _check(
    stream: Stream,
    dataset: Dataset,
    seed: int,
    unanswered: str,
    warmup_labels: str,
    largest_age: int | None,
    sample: float | None,
    n_jobs: int,
) -> None:
    """Refuse arguments that no table can be made with, as far as each tells by itself."""
    check_number("seed", seed, whole=True)
    check_number("n_jobs", n_jobs, whole=True)
    check_choice("unanswered", unanswered, ("skip", "wrong"))
    check_choice("warmup_labels", warmup_labels, WARMUP_LABELS)
    if n_jobs == 0:
        raise ValueError("n_jobs=0: give a number of processes, or -1 for all cores")
    if largest_age is not None:
        check_number("largest_age", largest_age, whole=True, low=0)
    if sample is not None:
        check_number("sample", sample, above=0, high=1)
    if not callable(getattr(dataset, "rows", None)):
        raise TypeError(f"dataset={dataset!r}: needs a method 'rows'")
    if check_feedback(stream):
        raise ValueError(
            "stream: what it does next depends on what is served (it has 'respond'), so no table "
            "says what another schedule would have lost; replay each schedule"
        )
