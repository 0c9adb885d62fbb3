"""A bandit that chooses between ways to adapt the same model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from clsim.clock import Clock
from clsim.errors import check_object
from clsim.policies import LABELS_OF, REWARD_OF, Adapt, Adapted
from clsim.protocols import Adaptation, completed
from clsim.strategy.online.pulled import afresh, checked
from clsim.types import Rows, Schema
from clsim.view import View


class BanditOver(Adaptation):
    """Adaptations of the same model are arms, and a policy of river's chooses one for each tick.

    In every tick a fresh copy of the policy is told the rewards of all labelled events that the
    champion served so far, each for the arm that was in force then, in the order of the events; it
    is pulled once, and the arm is in force for the tick. What an arm does is learned anew in each
    tick. A new champion begins without rewards. So it chooses a way of answering by what answering
    so has earned, and by nothing that was not served: which is what there is where labels are seen
    after one answer alone.

    Parameters
    ----------
    policy : river.bandit.base.Policy
        As for `clsim.strategy.online.Bandit`: without context and without a seed.
    arms : mapping of str to Adaptation
        Two at least. ``NoAdaptation()`` is the model as it is.

    Notes
    -----
    Late labels reward the arm of the tick that served them. The reward of an event is 1 less its
    loss by the zero-one loss, and minus its loss by any other. What each arm has earned when one
    was chosen, its labels and its mean reward, is in the detail of the event
    (`clsim.analysis.adapted_numbers`).

    Examples
    --------
    >>> from river.bandit import UCB
    >>> from clsim.strategy.adaptation import NoAdaptation, PriorCorrection
    >>> arms = {"as it is": NoAdaptation(), "corrected": PriorCorrection()}
    >>> BanditOver(UCB(delta=1), arms).reads_shares
    True
    """

    def __init__(self, policy: Any, arms: Mapping[str, Adaptation]) -> None:
        self.policy = checked(policy)
        check_object("arms", arms)
        if not isinstance(arms, Mapping) or len(arms) < 2:
            raise TypeError(f"arms={arms!r}: expected a dict of names to two adaptations or more")
        self.arms: dict[str, Adaptation] = {
            name: completed(f"arms.{name}", arm, Adaptation) for name, arm in arms.items()
        }
        for name, arm in self.arms.items():
            if arm.survives:
                raise ValueError(
                    f"arms.{name}.survives: which arm is in force is chosen anew in every tick"
                )
        self.abstains = any(arm.abstains for arm in self.arms.values())
        self.reads_shares = any(arm.reads_shares for arm in self.arms.values())
        self._chosen: dict[int, list[tuple[int, str]]] = {}

    def bind(self, clock: Clock) -> None:
        for arm in self.arms.values():
            arm.bind(clock)

    def check_schema(self, schema: Schema) -> None:
        for arm in self.arms.values():
            arm.check_schema(schema)

    def check_loss(self, loss: str, schema: Schema) -> None:
        for arm in self.arms.values():
            arm.check_loss(loss, schema)

    def adapt(self, view: View, model: int, policy: Adapted, without: Rows) -> Adapt | None:
        chosen = self._chosen.setdefault(model, [])
        names = list(self.arms)
        earned: dict[str, list[float]] = {name: [] for name in names}
        if model != view.champion or len(without):  # it has served nothing, or is being judged
            name = chosen[-1][1] if chosen else names[0]
        else:
            if not chosen and view.promoted < view.tick:
                chosen.append((view.promoted, names[0]))  # with which it began
            name = names[self._pulled(view, model, chosen, earned)]
            chosen.append((view.tick, name))
        found = self.arms[name].adapt(view, model, policy, without)
        if found is None:
            found = Adapt(policy, "as it is")
        detail = found.detail | {f"{LABELS_OF}{arm}": len(its) for arm, its in earned.items()}
        detail |= {f"{REWARD_OF}{arm}": float(np.mean(its)) for arm, its in earned.items() if its}
        return Adapt(found.policy, f"{name}: {found.reason}", found.rows, detail)

    def _pulled(
        self, view: View, model: int, chosen: list[tuple[int, str]], earned: dict[str, list[float]]
    ) -> int:
        """Which arm the policy chooses, by what each has earned, which is noted."""
        bandit, names = afresh(self.policy, view.integer(f"bandit over {view.tick}")), [*self.arms]
        if chosen:
            rows = view.served(chosen[0][0])
            rows = rows[view.labels.known(rows)]
            rows = rows[view.outcomes.answered_by(rows) == model]
            losses, served = view.outcomes.losses(rows), view.tick - view.ages(rows)
            ticks = np.array([tick for tick, _ in chosen])
            place = np.searchsorted(ticks, served, "right") - 1
            for at, loss in zip(place.tolist(), losses.tolist(), strict=True):
                if not np.isnan(loss):
                    reward = view.score(loss)
                    bandit.update(names.index(chosen[at][1]), reward)
                    earned[chosen[at][1]].append(reward)
        return int(bandit.pull(list(range(len(names)))))
