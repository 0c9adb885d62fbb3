"""Labels that people vote on, and err."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from clsim.clock import Clock, Duration
from clsim.errors import check_dict, check_number
from clsim.protocols import Delay
from clsim.streams.delays.constant import Constant, inner_delay
from clsim.streams.delays.labels import class_codes, named
from clsim.streams.delays.rows import uniforms
from clsim.types import Batch, Schema, Told


class Annotators(Delay):
    """People vote on each label, and each of them errs.

    For classes, the label told is that with most votes; of equals, one is drawn. For numbers, it is
    the mean of the votes. The truth still scores.

    Parameters
    ----------
    votes : int, default=1
        Votes on each label.
    noise : float or dict of label to float, default=0.1
        Chance that a vote is wrong, and then for any other class alike: of every label, or by
        label (none for those without). For numbers, the standard deviation of a vote's error.
    delay : Delay, str, int or None, default=None
        When the votes are in, as with `Capacity` for a team. None: at once.

    References
    ----------
    Dawid & Skene (1979), Maximum likelihood estimation of observer error-rates using the EM
    algorithm. Applied Statistics 28. Annotators who err by class.

    Examples
    --------
    Every vote on a 1 is wrong, and none on a 0; so is what three votes say:

    >>> events = Batch(np.zeros((3, 1)), y=np.array([0, 1, 0]), time=np.arange(3))
    >>> schema = Schema(("x",), "classification", np.array([0, 1]), timed=False)
    >>> people = Annotators(votes=3, noise={1: 1.0})
    >>> told = people.told(events, schema, Clock.of(False, tick=1), seed=0)
    >>> told.y.tolist(), told.votes.tolist()
    ([0, 0, 0], [3, 3, 3])
    """

    tells = True

    def __init__(
        self,
        votes: int = 1,
        noise: float | Mapping[Any, float] = 0.1,
        delay: Delay | Duration | None = None,
    ) -> None:
        check_number("votes", votes, whole=True, low=1)
        if isinstance(noise, Mapping):
            check_dict("noise", noise, "{'no': 0.1}")
        for key, value in noise.items() if isinstance(noise, Mapping) else [("", noise)]:
            check_number(f"noise[{key}]" if key != "" else "noise", value, low=0)
        self.votes = votes
        self.noise = noise
        self.delay = Constant(0) if delay is None else inner_delay(delay, "delay")

    def inner(self) -> Sequence[Delay]:
        return [self.delay]

    def label_times(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> np.ndarray:
        return self.delay.label_times(events, schema, clock, seed)

    def told(self, events: Batch, schema: Schema, clock: Clock, seed: int) -> Told:
        """The outcome of the votes, which is never revised."""
        vote = self._majority if schema.task == "classification" else self._mean
        return Told(vote(events, schema, seed), None, np.full(len(events.y), self.votes))

    def _mean(self, events: Batch, schema: Schema, seed: int) -> np.ndarray:
        from scipy.special import ndtri

        if isinstance(self.noise, Mapping):
            raise ValueError(
                f"noise={dict(self.noise)!r}: by label, but the task of this stream is "
                f"{schema.task}; give one number"
            )
        error = np.zeros(len(events.y))
        for vote in range(self.votes):
            # half a step of the generator off 0, where the quantile is infinite
            chance = uniforms(events, seed, f"delay.vote.{vote}") + 2.0**-54
            error += self.noise * ndtri(chance)
        return events.y + error / self.votes

    def _majority(self, events: Batch, schema: Schema, seed: int) -> np.ndarray:
        codes, names = class_codes("noise", events, schema)
        noise = np.full(len(names), 0.0)
        if isinstance(self.noise, Mapping):
            for name, share in named("noise", "label", self.noise, names).items():
                noise[names.index(name)] = share
        else:
            noise[:] = self.noise
        if (noise > 1).any():
            raise ValueError(f"noise={self.noise!r}: must be at most 1, as a chance")
        size, rows = len(names), np.arange(len(codes))
        votes = np.zeros((len(codes), size))
        for vote in range(self.votes):
            chance = uniforms(events, seed, f"delay.vote.{vote}")
            wrong = chance < noise[codes]
            # what is left of the same number says which of the others
            other = chance / np.where(wrong, noise[codes], 1) * (size - 1)
            votes[rows, np.where(wrong, codes + 1 + other.astype(np.int64), codes) % size] += 1
        if self.votes > 1:  # a tie is broken at random: less than a vote apart
            for code in range(size):
                votes[:, code] += 0.5 * uniforms(events, seed, f"delay.tie.{code}")
        return schema.classes[votes.argmax(axis=1)]
