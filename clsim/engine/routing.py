"""Who has which share of the events of one strategy: the champion, its challengers, a holdback."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from clsim.engine.models import Model
from clsim.engine.serving import Server, Serving
from clsim.engine.shadows import Shadows
from clsim.engine.timeline import Timeline
from clsim.randomness import uniform, uniform_by
from clsim.routes import Route
from clsim.types import Column, Rows


class Routing:
    """The route of one strategy.

    A challenger takes from what the champion has, and gives back to it. What is held back comes
    first in the shares, and is left alone by everybody.

    Parameters
    ----------
    serving : Serving
    timeline : Timeline
    unit : str or None
        The feature whose values go to one model as a whole; None: each event for itself.
    champions : callable
        Gives the champion of each of some ticks, who answers as long as one alone does.

    Attributes
    ----------
    unit : str or None
        By which shares go from now on.
    shadows : Shadows
    is_down : bool
        Whether nobody answers in a tick, nor at the start of the next.
    roles : list of (int, dict of int to str)
        The rows from which on others than the champion answer, who, and as what.
    """

    def __init__(
        self,
        serving: Serving,
        timeline: Timeline,
        unit: str | None,
        champions: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self.serving, self._timeline, self.unit = serving, timeline, unit
        self.shadows = Shadows(serving)
        self._champions = champions
        self._servers: dict[int, Server] = {}
        self._route: Route | None = None
        self._champion = -1
        self._since = 0  # the tick in which events began to be shared
        self._held: int | None = None
        self._down = 0  # the row from which on somebody answers again
        self.is_down = False
        self.roles: list[tuple[int, dict[int, str]]] = []

    @property
    def shared(self) -> bool:
        """Whether others than the champion answer."""
        return self._route is not None and self._route.models != (self._champion,)

    def share(self, model: int) -> float:
        """The share that a model has."""
        return 0.0 if self._route is None else self._route.share(model)

    def to(self, model: int, server: Server, tick: int, *, hold: float = 0.0) -> None:
        """Let another champion answer all, but for what is held back for the one before."""
        before, was = self._champion, self._servers.get(self._champion)
        since = self._since if self.shared else tick
        self._champion, self._held = model, None
        self._servers, self._route = {model: server}, Route.to(model)
        if hold and was is not None:
            self._held, self._since = before, since
            self._servers[before] = was
            self._route = self._route.grown(before, hold, of=model)
        self._serve(tick)

    def release(self, tick: int) -> None:
        """Give what is held back to the champion."""
        if self._held is not None:
            self.give(self._held, self._servers[self._held], 0.0, tick)
            self._held = None

    def shadow(self, model: int, asked: Model, tick: int) -> None:
        """Ask a model beside those who answer, from a tick on."""
        self.shadows.begin(model, asked, int(self._timeline.first[tick]))

    def end_shadow(self, model: int, tick: int) -> None:
        """Stop asking it."""
        self.shadows.end(model, int(self._timeline.first[tick]))

    def moved(self, model: int, server: Server) -> None:
        """The same model goes on in another branch."""
        self._servers[model] = server
        self.serving.moved(model, server)

    def has_room(self, model: int, share: float, hold: float = 0.0) -> bool:
        """Whether the champion has as much left as a model would take."""
        if not share:
            return True
        assert self._route is not None
        return self._route.has_room(model, share, of=self._champion, above=hold)

    def give(
        self, model: int, server: Server, share: float, tick: int, *, hold: float = 0.0
    ) -> None:
        """Let a model answer a share from a tick on; the champion has the rest.

        ``hold``: what lies below it is not taken, since it will be held back.
        """
        if abs(share - self.share(model)) < 1e-12:
            return
        assert self._route is not None
        if not self.shared:
            self._since = tick
        self._servers[model] = server
        self._route = self._route.grown(model, share, of=self._champion, above=hold)
        having = {*self._route.models, self._champion}
        self._servers = {n: server for n, server in self._servers.items() if n in having}
        self._serve(tick)

    def take_down(self, tick: int, until: int) -> None:
        """Let nobody answer from a tick on and before a row."""
        self._down = max(self._down, until)
        self._serve(tick)

    def resume(self, tick: int) -> None:
        """Let those answer again who should, if serving comes back in this tick."""
        if self.is_down:
            self._serve(tick)

    def _serve(self, tick: int) -> None:
        first = self._timeline.first
        row, stop = int(first[tick]), int(first[min(tick + 1, len(first) - 1)])
        self.is_down = self._down >= stop
        if self._down > row:
            self.serving.silence(row, self._champion)
        if not self.is_down:
            self._serve_from(max(row, self._down))

    def _serve_from(self, row: int) -> None:
        route = self._route
        others = [model for model in self._servers if model != self._champion]
        if others or self.roles:
            role = {model: "holdback" if model == self._held else "challenger" for model in others}
            self.roles.append((row, role))
        if route is None or not self.shared:
            self.serving.hand_over(row, dict(self._servers))
            return
        draws = partial(self._draws, self._since, self.unit)
        answering = {n: self._servers[n] for n in route.models}
        self.serving.split(row, answering, route, draws, self._alone)

    def _alone(self) -> np.ndarray:
        """Who answers each served row, as long as champions alone do."""
        return self._champions(self._timeline.tick_of[self._timeline.n_warm :])

    def _draws(self, since: int, unit: str | None, rows: Rows) -> np.ndarray:
        """A number in [0, 1) for each row, the same for all rows of a unit."""
        role, seed = f"route {since}", self._timeline.seed
        if unit is None:
            return uniform(seed, role, rows)
        some, names = self._timeline.column(unit, rows)
        missing = Column(some, names).missing
        draws = uniform(seed, role, rows)  # who is not known is no one else
        if not missing.all():
            known = some[~missing] if names is None else names[some[~missing]]
            draws[~missing] = uniform_by(seed, role, known)
        return draws
