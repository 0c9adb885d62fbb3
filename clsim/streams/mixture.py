"""Concepts of one stream: which inputs they share, and what an event draws from them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from clsim.randomness import BLOCK, generator
from clsim.streams.concepts.concept import Concept
from clsim.streams.drift.weight import Drift, concept_shares
from clsim.streams.targets import Inputs, Prior, Subpopulation

DRAWS = 64
"""Labels that are drawn of each event to say how likely each class is."""


class Mixture:
    """The concepts that a stream begins with and drifts to, with changes of their inputs.

    Parameters
    ----------
    concept : Concept
        The one that the stream begins with.
    drifts : sequence of Drift

    Raises
    ------
    ValueError
        If the concepts do not go together, or not with changes of the inputs.
    """

    def __init__(self, concept: Concept, drifts: Sequence[Drift]) -> None:
        self._drifts = drifts
        self._concepts = [concept, *(d.to for d in drifts if d.target == "concept")]
        self._moving = any(d.target == "concept" and d.how == "move" for d in drifts)
        self._check()
        # numbers of the concepts that share their draws
        self._sources: dict[tuple[Any, ...], list[int]] = {}
        for k, one in enumerate(self._concepts):
            self._sources.setdefault(one.inputs, []).append(k)

    def _check(self) -> None:
        names = ", ".join(sorted({type(concept).__name__ for concept in self._concepts}))
        if self._moving and len({(type(c), c.inputs) for c in self._concepts}) > 1:
            raise ValueError(
                "drifts: concepts that move must be of one class and draw the same inputs, not "
                + names
            )
        if not any(_changes(drift) for drift in self._drifts):
            return
        for concept in self._concepts:
            if _hides(concept):
                raise ValueError(
                    f"drifts: labels of {type(concept).__name__} are drawn with its inputs and "
                    "cannot follow a change of them; drift to another concept, or to a "
                    "Subpopulation"
                )

    @property
    def labels_by_inputs(self) -> bool:
        """Whether labels are classes that follow from the features that are seen, and from chance.

        Not where classes are drawn before inputs (`Prior`), inputs are drawn again
        (`Subpopulation`), or a concept draws the label with them.
        """
        if any(isinstance(drift.to, (Prior, Subpopulation)) for drift in self._drifts):
            return False
        return bool(self._concepts[0].n_classes) and not any(map(_hides, self._concepts))

    def chances(self, degrees: list[np.ndarray], seed: int, number: int) -> np.ndarray:
        """How likely each class is for each event of a block, to 1/128.

        The share of 64 labels of the same inputs, by evenly spaced numbers.
        """
        counts = np.zeros((BLOCK, self._concepts[0].n_classes))
        for k in range(DRAWS):
            uniform = np.full(BLOCK, (k + 0.5) / DRAWS)
            y = self.draw(degrees, seed, number, uniform=uniform)[1]
            counts[np.arange(BLOCK), y] += 1
        return counts / DRAWS

    def draw(
        self,
        degrees: list[np.ndarray],
        seed: int,
        number: int,
        attempt: int = 0,
        rows: np.ndarray | None = None,
        uniform: np.ndarray | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels of some rows of a block, or of all; each attempt draws anew.

        ``degrees`` say how far each drift has taken each event of the block; ``uniform``, where it
        is given, decides the labels.
        """
        if rows is not None:
            degrees = [degree[rows] for degree in degrees]
        n = BLOCK if rows is None else len(rows)
        index = (number, attempt) if attempt else (number,)
        if uniform is None:
            uniform = generator(seed, "stream.labels", *index).random(n)
        shares = concept_shares(self._drifts, degrees, n)
        sources = list(self._sources.values())
        X = y = np.empty(0)
        for place, members in enumerate(sources):
            if len(sources) > 1:
                mine = np.flatnonzero(sum(shares[k] for k in members))
                if len(mine) == 0:
                    continue
            role = f"stream.inputs.{place}" if place else "stream.inputs"
            rng = generator(seed, role, *index)
            blend = [(self._concepts[k], shares[k]) for k in members]
            inputs, labels = self._draw_from(blend, degrees, n, rng, uniform, seed)
            if len(X) == 0:
                X, y = inputs, labels
            else:
                X[mine], y[mine] = inputs[mine], labels[mine]
        return X, y

    def _draw_from(
        self,
        blend: list[tuple[Concept, np.ndarray]],
        degrees: list[np.ndarray],
        n: int,
        rng: np.random.Generator,
        uniform: np.ndarray,
        seed: int,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and labels from concepts that share their draws."""
        concept: Any = blend[0][0]
        X = concept.draw(n, rng, seed)
        if concept.moves_inputs and not (blend[0][1] == 1).all():
            X = concept.moved(X, seed, blend)
        for drift, degree in zip(self._drifts, degrees, strict=True):
            if _changes(drift) and degree.any():
                X = drift.to.change(X, degree, concept.features)
        features = X[:, : len(concept.features)]
        if self._moving:
            return features, concept.label(X, uniform, seed, blend)
        if len(blend) == 1:
            return features, concept.label(X, uniform, seed)
        y = np.empty(n, dtype=np.int64 if concept.n_classes else float)
        for one, share in blend:
            if share.all():
                return features, one.label(X, uniform, seed)
            mine = np.flatnonzero(share)
            if len(mine):
                y[mine] = one.label(X.take(mine, axis=0), uniform.take(mine), seed)
        return features, y


def _hides(concept: Concept) -> bool:
    """Whether labels are drawn with the inputs, in columns that nobody sees."""
    return concept.draw(1, generator(0, "check"), 0).shape[1] > len(concept.features)


def _changes(drift: Drift) -> bool:
    """Whether a drift changes the values of inputs that were drawn."""
    return isinstance(drift.to, Inputs) and not isinstance(drift.to, Subpopulation)
