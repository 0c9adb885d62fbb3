"""What is read of a strategy while it is measured: one that shows the same gets the same values.

What a monitor asks next depends on what it was shown. So where another strategy shows the same in
all that was read, the same would be read of it, and the values are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, cast

from clsim.engine.past import Past
from clsim.view import Known, View
from clsim.view import Past as Did

Question = tuple[str, Any]
"""What is read, and of what: a model, or events from a row on."""

SHOWN: dict[str, Callable[[Past, Any], Hashable]] = {
    "features": lambda past, _: past.knowledge.seen.key,
    "labels": lambda past, _: past.knowledge.key,
    "trained": lambda past, _: past.alike.rows()[0],
    "held out": lambda past, _: past.alike.rows()[1],
    "unseen": lambda past, _: past.alike.taught(),
    "answered": lambda past, since: (
        past.alike.answered(past.knowledge.timeline.first, since) or past
    ),
    "model": lambda past, model: past.answerer(model) or past,
    "has_champion": lambda past, _: past.has_champion,
    "champion": lambda past, _: past.champion,
    "replaced": lambda past, _: past.replaced,
    "former": lambda past, _: past.former,
    "retired": lambda past, _: past.retired,
    "promoted": lambda past, _: past.promoted,
    "in_flight": lambda past, _: past.in_flight,
    "on_trial": lambda past, _: past.on_trial,
    "profiled": lambda past, _: past.profiled,
    "itself": lambda past, _: past,
}
"""Of each question, what is equal for strategies that show the same in a tick.

The past itself is equal to no other: so what nobody can tell is never shared.
"""

READ: dict[str, tuple[str, ...]] = {
    # of what is known
    "timeline": (),
    "seen": ("features",),
    "known": ("labels",),
    "training": ("labels",),
    "unlabelled": ("labels",),
    "ordered": ("labels",),
    "stands_for": ("labels",),
    "evaluation": ("labels",),
    "telling": ("labels",),
    "check_known": ("labels",),
    # of what was done
    "champion": ("champion",),
    "has_champion": ("has_champion",),
    "replaced": ("replaced",),
    "former": ("former",),
    "retired": ("retired",),
    "promoted": ("promoted",),
    "in_flight": ("in_flight",),
    "on_trial": ("on_trial",),
    "trials": ("itself",),
    "training_ticks": ("itself",),
    "looks": ("itself",),
    "alarms": ("itself",),
    "called": ("itself",),
    "trained_rows": ("trained",),
    "held_out": ("held out",),
    "answers": (),
    "chances": (),
    "complaints": ("labels",),  # users know what is right
    "served_losses": ("labels",),
    "answers_on": (),
    "chances_on": (),
    "losses_on": ("labels",),
    "expected_losses": (),
    "expected_losses_on": (),
    "answerer": (),
    "trained_in": ("itself",),
    "learned_shares": ("itself",),
    "propensities": ("itself",),
    "unseen": ("labels", "unseen"),
    "untrained": ("itself",),
    "latest_unseen": ("labels", "unseen"),
    "arrived_losses": ("labels", "promoted"),
    "answerers": ("itself",),
    "model_ages": ("itself",),
    "score": (),
    "signal": ("itself",),
    "profile": ("features", "profiled"),
}
"""What each part of `clsim.view.Known` and `clsim.view.Past` reads."""


def _since(rows: Any, tick: int) -> list[Question]:
    return [("answered", int(rows.min()))] if len(rows) else []


def _profile(kind: str, *_: Any) -> list[Question]:
    return [] if kind == "features" else [("answered", 0), ("labels", None)]


def _model(model: int | None, *_: Any) -> list[Question]:
    return [("model", model)]


CALLED: dict[str, Callable[..., list[Question]]] = {
    **dict.fromkeys(
        ("answers", "chances", "complaints", "served_losses", "expected_losses"), _since
    ),
    **dict.fromkeys(
        ("answers_on", "chances_on", "losses_on", "expected_losses_on", "answerer"), _model
    ),
    "profile": _profile,
    "arrived_losses": lambda tick, of: [("answered", 0)],
}
"""What is read beside it by what it is called with."""


class Reading:
    """One look at a strategy, and what it showed.

    Parameters
    ----------
    past : Past
    tick : int

    Attributes
    ----------
    view : View
        Which notes what is asked of it.
    shown : dict
        What was read, and what is equal for those who show the same.
    """

    def __init__(self, past: Past, tick: int) -> None:
        self.shown: dict[Question, Hashable] = {}
        self._past = past
        known, did = _Noting(past.knowledge, self._note), _Noting(past, self._note)
        self.view = View(cast(Known, known), cast(Did, did), tick)

    def _note(self, question: Question) -> None:
        if question not in self.shown:
            what, of = question
            self.shown[question] = SHOWN[what](self._past, of)


class _Noting:
    """What a view looks at, with a note of each question."""

    def __init__(self, source: Any, note: Callable[[Question], None]) -> None:
        self._source, self._note = source, note

    def __getattr__(self, name: str) -> Any:
        for what in READ[name]:
            self._note((what, None))
        found = getattr(self._source, name)
        if name not in CALLED:
            return found

        def call(*given: Any) -> Any:
            for question in CALLED[name](*given):
                self._note(question)
            return found(*given)

        return call


def shows(past: Past, shown: dict[Question, Hashable]) -> bool:
    """Whether a strategy shows the same as another did."""
    return all(SHOWN[what](past, of) == value for (what, of), value in shown.items())
