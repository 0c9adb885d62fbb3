"""How the models of one strategy live: trained, tested, tried, champion, retired."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from clsim.engine.calendar import places
from clsim.engine.knowledge import Knowledge
from clsim.engine.models import Model, RowByRowModel
from clsim.engine.register import Register
from clsim.types import NEVER, Plan, Reuse, Rollback, Rows, Sample, Trial, named


@dataclass
class Version:
    """A model of one run: its number, where it comes from, and what it is.

    Attributes
    ----------
    number : int
        Local to the run; the initial model is 0.
    parent : int or None
        The model that its training went on from.
    trained, ready : int
        Tick at which the training started, -1 for the initial model; tick at which it takes effect.
    since : int
        The tick by which "newer" goes: that of the training, or of the decision that let it serve
        again.
    rows, holdout : Rows
        Rows that it was trained on, and those that were held out for its test.
    model : Model
    serving : Model or RowByRowModel
        What answers: the model itself, or one that goes on learning from it.
    left_out : Rows or None
        Labelled rows at ``trained`` on which neither it nor an ancestor trained; None: all that
        are not in ``rows``.
    replaced : int or None
        The model that it replaced when it was promoted.
    found_out : Rows or None
        What ``left_out`` stands for, once somebody has asked.
    withdrawn : bool
        Whether it was taken back, so that it returns by re-use alone.
    held : (int, str) or None
        The tick since which a freeze holds it, and which: it passed its test, and waits.
    submitted : int or None
        The tick in which a person was given it to review.
    insisted : str or None
        Why that person looks at it though its offline test rejected it.
    sample : Sample or None
        What it was last trained on; None: it was not trained here.
    """

    number: int
    parent: int | None
    trained: int
    ready: int
    since: int
    rows: Rows
    holdout: Rows
    model: Model
    serving: Model | RowByRowModel
    left_out: Rows | None
    replaced: int | None = None
    found_out: Rows | None = None
    withdrawn: bool = False
    held: tuple[int, str] | None = None
    submitted: int | None = None
    insisted: str | None = None
    sample: Sample | None = None

    @cached_property
    def names(self) -> tuple[Hashable, Hashable]:
        """Of the rows that it was trained on, and of those that were held out."""
        return named(self.rows), named(self.holdout)

    @cached_property
    def taught(self) -> Hashable:
        """Equal where the same labels are new to a model, for those who know the same labels."""
        inherited = None if self.left_out is None else (named(self.left_out),)
        return self.trained, self.names[0], inherited, self.learned_until

    @property
    def learned_until(self) -> int:
        """The last tick whose labels it has learned, as far as they were among its rows."""
        serving = self.serving
        learns = serving.until - 1 if isinstance(serving, RowByRowModel) else 0
        return max(self.trained, 0, learns)

    @property
    def answerer(self) -> Hashable:
        """Equal for models that answer every row alike; None: nobody knows."""
        return self.model.key if self.model is self.serving else None


class Service(NamedTuple):
    """When a model began to serve.

    Attributes
    ----------
    tick, number : int
    trained : int
        The tick it was trained in.
    answerer : hashable
        Equal for models that answer every row alike; None: nobody knows.
    """

    tick: int
    number: int
    trained: int
    answerer: Hashable


class Lineage:
    """All models of one run that can still do something.

    Parameters
    ----------
    keeps : int
        Number of former champions that are kept, so that they can come back or be asked.
    reuses : int
        Number of retired models that can be re-used, withdrawn ones among them.

    Attributes
    ----------
    versions : dict of int to Version
    champion : Version or None
    challengers : list of Version
        In training, or in review, in the order in which they started that.
    trials : list of Trial
        Challengers on an online test, in the order of their training.
    training_ticks : list of int
        Ticks at which trainings started, the initial one apart.
    services : list of Service
    trained : dict of int to int
        For each model so far, the tick it was trained in.
    distrusted : Rows
        Rows that no later training may use.
    register : Register
        What all models so far came from.
    """

    def __init__(self, keeps: int, reuses: int) -> None:
        self.keeps, self.reuses = keeps, reuses
        self.versions: dict[int, Version] = {}
        self.champion: Version | None = None
        self.challengers: list[Version] = []
        self.trials: list[Trial] = []
        self.training_ticks: list[int] = []
        self.services: list[Service] = []
        self.distrusted: Rows = np.empty(0, dtype=np.int64)
        self._retired: list[Version] = []
        self.trained: dict[int, int] = {}
        self._numbers = 0
        self.register = Register()

    def add(self, version: Version) -> None:
        """A model whose training has started."""
        self.versions[version.number] = version
        self.trained[version.number] = version.trained
        self._numbers += 1

    def champions(self, ticks: np.ndarray) -> np.ndarray:
        """The champion of each of some ticks; -1 where there was none."""
        numbers = np.array([-1, *(service.number for service in self.services)], dtype=np.int32)
        starts = [service.tick for service in self.services]
        return numbers[np.searchsorted(starts, ticks, "right")]

    @property
    def next_number(self) -> int:
        """The number of the next model."""
        return self._numbers

    def on_trial(self, number: int) -> bool:
        """Whether a model is on an online test."""
        return any(trial.model == number for trial in self.trials)

    def goes_on(self, version: Version) -> bool:
        """Whether a model is on trial, or waits for a review."""
        waits = any(other is version for other in self.challengers)
        return waits or self.on_trial(version.number)

    def drop(self, version: Version) -> None:
        """A model that will never serve again."""
        del self.versions[version.number]

    def promote(self, version: Version, tick: int) -> None:
        """Let a model serve from a tick on; the champion retires."""
        self._retire(version)
        self._install(version, tick)

    def reuse(self, version: Version, tick: int) -> None:
        """Let a retired model serve again; the champion retires."""
        version.since, version.withdrawn = tick, False
        self._retired = [other for other in self._retired if other is not version]
        self._retire(version)
        self._install(version, tick)

    def _retire(self, by: Version) -> None:
        if self.champion is not None:
            by.replaced = self.champion.number
            self._retired.append(self.champion)

    def withdrawn_by(self, rollback: Rollback) -> tuple[Version, Version]:
        """The champion that is withdrawn, and the model that serves again.

        Raises
        ------
        LookupError
            If that model cannot come back.
        """
        to = self.replaced if rollback.to is None else rollback.to
        if to not in self.former or self.champion is None:
            raise LookupError(f"guard: model {to} cannot come back; only {sorted(self.former)} can")
        return self.champion, self.versions[to]

    def reused_by(self, reuse: Reuse) -> Version:
        """The retired model that serves again.

        Raises
        ------
        LookupError
            If it is not kept.
        """
        if reuse.model not in self.reusable:
            kept = sorted(self.reusable)
            raise LookupError(f"reuse: model {reuse.model} is not kept; only {kept} are")
        return self.versions[reuse.model]

    def is_newer(self, version: Version) -> bool:
        """Whether the champion is newer than a model."""
        return self.champion is not None and self.champion.since > version.since

    def trusted(self, plan: Plan) -> Plan:
        """The plan without rows that are distrusted."""
        if len(self.distrusted) == 0:
            return plan
        good = ~np.isin(plan.sample.rows, self.distrusted, assume_unique=True)
        return replace(plan, sample=plan.sample.at(good))

    def distrust(self, version: Version, knowledge: Knowledge) -> None:
        """Keep from later trainings what the champion learned, and the lineage of another not.

        Labels are new to it as they were when the later of the two was trained.
        """
        bad = self.champion
        assert bad is not None
        new = self.unseen(knowledge, max(bad.trained, version.trained, 0), version)
        new = np.intersect1d(bad.rows, new, assume_unique=True)
        self.distrusted = np.union1d(self.distrusted, new)

    def take_back(self, version: Version, tick: int) -> None:
        """Let a retired model serve again; the champion is withdrawn."""
        withdrawn = self.champion
        assert withdrawn is not None
        version.replaced = None  # a promotion is watched, a rollback is not
        withdrawn.withdrawn = True
        self._retired = [other for other in self._retired if other is not version] + [withdrawn]
        version.since = tick
        self._install(version, tick)

    def _install(self, version: Version, tick: int) -> None:
        self.champion = version
        self.services.append(Service(tick, version.number, version.trained, version.answerer))
        if not self._retired:
            return
        kept = {*self.former, *self.reusable}
        for old in self._retired:
            if old.number in kept:
                old.model.forget()
            else:
                self.drop(old)
        self._retired = [old for old in self._retired if old.number in kept]

    def _last(self, count: int, *, withdrawn: bool = True) -> tuple[int, ...]:
        """Numbers of the models that retired last, with or without those that were withdrawn."""
        if not count:
            return ()
        retired = [old.number for old in self._retired if withdrawn or not old.withdrawn]
        return tuple(retired[max(0, len(retired) - count) :])

    @property
    def replaced(self) -> int | None:
        """The model that the champion replaced, if it can come back."""
        if self.champion is None or self.champion.replaced not in self.former:
            return None
        return self.champion.replaced

    @property
    def former(self) -> tuple[int, ...]:
        """Numbers of the former champions that are kept, the latest last."""
        return self._last(self.keeps, withdrawn=False)

    @property
    def reusable(self) -> tuple[int, ...]:
        """Numbers of the retired models that can be re-used, the latest last."""
        return self._last(self.reuses)

    def unseen(self, knowledge: Knowledge, tick: int, version: Version | None) -> Rows:
        """Labelled rows on which a model's lineage never trained, by a tick."""
        if version is None:
            return knowledge.training.at(tick)
        then = version.learned_until  # row by row, all that arrived since it was trained
        rows = self._left_out(knowledge, version)
        if then < tick:
            rows = self._since(knowledge, rows, then, tick)
        ends = knowledge.training.ends
        return ends.among(rows[np.searchsorted(rows, ends.oldest(tick)) :], tick)

    def latest_unseen(
        self, knowledge: Knowledge, tick: int, version: Version, count: int, before: int
    ) -> Rows:
        """The last ``count`` of these before a row, without a look at all where they are many."""
        left_out = self._left_out(knowledge, version)
        training, then = knowledge.training, max(version.trained, 0)
        many = len(left_out) + training.counts_at(tick) - training.counts_at(then)
        length = 2 * count
        while length < many and length < before:
            rows = training.at(tick, before - length)
            rows = rows[: np.searchsorted(rows, before)]
            unseen = self.untrained(knowledge, version, rows, tick)
            if unseen.sum() >= count:
                return rows[unseen][-count:]
            length *= 2
        rows = self.unseen(knowledge, tick, version)
        return rows[: np.searchsorted(rows, before)][-count:]

    def untrained(
        self, knowledge: Knowledge, version: Version, rows: Rows, tick: int
    ) -> np.ndarray:
        """Which of some rows that are kept a model's lineage never trained on, by a tick."""
        then = version.learned_until
        unseen = places(self._left_out(knowledge, version), rows)[1]
        if then < NEVER - 1:  # else it learns all that ever comes
            unseen |= knowledge.training.ticks_of(rows) > then
        if then < tick:
            unseen |= np.isin(rows, knowledge.telling.revised(then, tick)[0])
        return unseen

    @staticmethod
    def _left_out(knowledge: Knowledge, version: Version) -> Rows:
        """What could have been trained on when a model was trained, and was not."""
        if version.left_out is not None:
            return version.left_out
        if version.found_out is None:
            known = knowledge.training.at(max(version.trained, 0))
            version.found_out = np.setdiff1d(known, version.rows, assume_unique=True)
        return version.found_out

    @staticmethod
    def _since(knowledge: Knowledge, left_out: Rows, then: int, tick: int) -> Rows:
        new = knowledge.training.between(then, tick)
        if not knowledge.telling.revises:
            return np.sort(np.concatenate([left_out, new]), kind="stable")  # mostly in order
        again, _ = knowledge.telling.revised(then, tick)
        again = again[knowledge.training.ticks_of(again) <= tick]
        return np.unique(np.concatenate([left_out, new, again]))
