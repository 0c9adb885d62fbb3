"""The past of a run as far as it hangs on the model that serves, whoever served before it."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from clsim.engine.answering import Answering
from clsim.engine.knowledge import Knowledge
from clsim.engine.lineage import Lineage, Version
from clsim.engine.models import Model
from clsim.engine.past import Past
from clsim.engine.serving import Serving
from clsim.types import Of, Rows, Trial
from clsim.view import View

NONE = np.empty(0, dtype=np.int64)


class HangsOnTheScheduleError(ValueError):
    """What was asked for says other things where other models served before."""


class Alone(Past):
    """What a strategy can see of its past, if all that it asks for is of one model.

    That model serves from a tick on. What hangs on the models that served before it, or on what
    else the strategy did, is refused.

    Parameters
    ----------
    knowledge : Knowledge
    answering : Answering
    unanswered : {'skip', 'wrong'}
    model : Model
    rows : Rows
        That it was trained on.
    trained, serves : int
        The tick at which it was trained, -1 for the initial one, and the first that it serves.
    chances : bool
        Whether probabilities are recorded.

    Raises
    ------
    HangsOnTheScheduleError
        When it is asked for what it does not know.
    """

    def __init__(
        self, knowledge: Knowledge, answering: Answering, unanswered: str, model: Model,
        rows: Rows, trained: int, serves: int, chances: bool,
    ) -> None:  # fmt: skip
        lineage = Lineage(keeps=0, reuses=0)
        version = Version(0, None, trained, serves, trained, rows, NONE, model, model, None)
        lineage.add(version)
        lineage.promote(version, serves)
        serving = Serving(knowledge, answering, unanswered, chances=chances)
        self._first = int(knowledge.timeline.first[serves])
        serving.hand_over(self._first, {version.number: model})
        super().__init__(knowledge, lineage, serving, self._no_signal)
        self.model, self.trained, self.serves = model, trained, serves

    def _refuse(self, what: str) -> NoReturn:
        raise HangsOnTheScheduleError(what)

    def _no_signal(self, name: str, view: View) -> dict[Of, float]:
        self._refuse("another monitor's signal")

    def _check(self, rows: Rows, what: str) -> None:
        """Refuse events that other models may have answered."""
        others = (rows >= self.knowledge.timeline.n_warm) & (rows < self._first)
        if others.any():
            self._refuse(f"{what} of events before the model that serves did")

    # what was answered, of its own events alone ------------------------------------------------

    def answers(self, rows: Rows, tick: int) -> np.ndarray:
        self._check(rows, "answers")
        return super().answers(rows, tick)

    def chances(self, rows: Rows, tick: int) -> np.ndarray:
        self._check(rows, "probabilities")
        return super().chances(rows, tick)

    def complaints(self, rows: Rows, tick: int) -> np.ndarray:
        self._check(rows, "complaints")
        return super().complaints(rows, tick)

    def served_losses(self, rows: Rows, tick: int) -> np.ndarray:
        self._check(rows, "losses")
        return super().served_losses(rows, tick)

    def expected_losses(self, rows: Rows, tick: int) -> np.ndarray:
        self._check(rows, "expected losses")
        return super().expected_losses(rows, tick)

    def arrived_losses(self, tick: int, of: str) -> np.ndarray:
        if of != "champion":
            self._refuse("losses of events before the model that serves did")
        since = int(self.knowledge.timeline.first[self.serves])
        return self._serving.arrived(self.knowledge, tick, since)

    def _version(self, model: int | None) -> Version:
        if model is not None:
            self._refuse("a model by its number")
        return super()._version(None)

    # what the strategy did besides ---------------------------------------------------------------

    def answerers(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("who answered")

    def model_ages(self, rows: Rows, tick: int) -> np.ndarray:
        self._refuse("how old the models were that answered")

    @property
    def training_ticks(self) -> list[int]:
        self._refuse("when trainings started")

    @property
    def in_flight(self) -> bool:
        self._refuse("whether a training is in flight")

    @property
    def on_trial(self) -> bool:
        self._refuse("whether a challenger is on trial")

    @property
    def trials(self) -> tuple[Trial, ...]:
        self._refuse("trials")

    @property
    def champion(self) -> int | None:
        self._refuse("the number of the model that serves")

    @property
    def held_out(self) -> Rows:
        self._refuse("the rows that were held out")

    def signal(self, name: str, view: View) -> dict[Of, float]:
        self._refuse("another monitor's signal")

    def profile(self, kind: str, name: Any, first: int, stop: int, of_slice: str) -> Any:
        self._refuse("profiles")
